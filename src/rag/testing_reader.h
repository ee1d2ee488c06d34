/* SPDX-License-Identifier: Apache-2.0 */
/* testing_reader.h: a reader of documents that is a shell script, so that tests say what it does. Tests only. */
#ifndef RAG_TESTING_READER_H
#define RAG_TESTING_READER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "rag/extract_run.h"

/* What a reader says, as lines of its script. */
#define BEGUN "echo '{\"type\":\"begun\"}'\n"
#define DOCUMENT \
	"echo '{\"type\":\"document\",\"format\":\"text\",\"title\":null,\"pages\":null}'\n"
#define END "echo '{\"type\":\"end\",\"characters\":1,\"blocks\":1}'\n"
#define BLOCK(kind, level, header, text) \
	"echo '{\"type\":\"block\",\"kind\":\"" kind "\",\"level\":" level \
	",\"page\":0,\"header\":\"" header "\",\"text\":\"" text "\"}'\n"

struct testing_reader {
	struct bh_arena arena;
	char script[64];
	struct rag_extraction *extraction;
	struct rag_document document;
	struct rag_failure failure;
	int64_t timeout_ms;
	const char *languages;
	bool is_short;
	const bool *cancel;
	char fifo[64];
	bool cancelled;
	/* Of a reader that is stopped. */
	char gate[64];
	bool pause;
	pid_t pid;
};

/* Starts a reader made of these shell lines over a small file. */
int testing_reader_begin(struct testing_reader *fix, const char *lines);
int testing_reader_go_on(struct testing_reader *fix);
void testing_reader_end(struct testing_reader *fix);

/* From its start to its end. */
int testing_reader_run(struct testing_reader *fix, const char *lines);

/* A pipe by which a script tells where it is; the path ends in XXXXXX. */
void testing_reader_fifo(char *path);

#endif
