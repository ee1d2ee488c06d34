/* SPDX-License-Identifier: Apache-2.0 */
/* extract_lines.h: what bulkhead-extract says, line by line (extract/protocol.h). It may have been taken over by its
 * document: any bytes are possible. */
#ifndef RAG_EXTRACT_LINES_H
#define RAG_EXTRACT_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"
#include "rag/rag.h"

/* How a reader is run, and what for. */
struct rag_extract_conf {
	const char *program;
	int64_t
		timeout_ms; /* wall clock, from start to end without pauses; more where there are pictures */
	int64_t characters_max;
	const char *ocr_languages; /* NULL: pictures are not read */
	int64_t ocr_s;             /* of processor time, where there are pictures */
	bool is_short;      /* it stops before it reads pictures, and after 3 s: RAG_EXTRACT_LONG */
	const bool *cancel; /* polled; NULL: none */
	const bool *pause;  /* the same */
	int64_t *pages_done, *pages; /* written atomically as it goes; NULL: not wanted */
};

/* Why a file cannot be ingested, for its last_error. Strings in the arena or static. */
struct rag_failure {
	const char *code; /* invalid_file, unsupported_file, server_error */
	const char *message;
};

/* What was said so far. Zeroed but for conf, arena and the texts of document.ocr: nothing. */
struct rag_extract_lines {
	const struct rag_extract_conf *conf; /* borrowed */
	struct bh_arena *arena;              /* borrowed: of small texts */
	struct bh_buf line;                  /* owned: an unfinished line */
	struct bh_buf text;                  /* owned */
	struct bh_buf blocks;                /* owned: of struct rag_block */
	struct rag_document document;
	int64_t characters, pages_done;
	size_t header_start, header_end; /* the table's last row without a header, or a signature */
	bool begun;                      /* it ends with this process: it may be stopped */
	bool ended, refused;
	struct rag_failure failure; /* where it refused the document */
};

/* Takes the whole lines of `line`, whose first `scanned` bytes end none. BH_E_PROTOCOL: it is malformed. */
BH_MUST_CHECK int rag_extract_lines_take(struct rag_extract_lines *lines, size_t scanned);

/* Writes pages and pages done to where conf wants them. */
void rag_extract_lines_show(const struct rag_extract_lines *lines);

/* The document, all of it in this arena: the reader's ends before it. */
void rag_extract_lines_finish(const struct rag_extract_lines *lines, struct bh_arena *arena,
	struct rag_document *out);

void rag_extract_lines_close(struct rag_extract_lines *lines);

#endif
