/* SPDX-License-Identifier: Apache-2.0 */
/* extract_run.h: runs bulkhead-extract over one object and reads the document it answers with. */
#ifndef RAG_EXTRACT_RUN_H
#define RAG_EXTRACT_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "rag/rag.h"

struct rag_extract_conf {
	const char *program;
	int64_t timeout_ms; /* wall clock, from start to end */
	int64_t characters_max;
	const bool *cancel;          /* polled; NULL: none */
	int64_t *pages_done, *pages; /* written atomically as it goes; NULL: not wanted */
};

/* Why a file cannot be ingested, for its last_error. Strings in the arena or static. */
struct rag_failure {
	const char *code; /* invalid_file, unsupported_file, server_error */
	const char *message;
};

/* Reads the document behind fd (borrowed). 0; BH_E_INVALID with *failure filled: the file is at fault,
 * or the reader crashed or overran its time on it; BH_E_CANCELLED; BH_E_IO or BH_E_UNAVAILABLE: the
 * reader could not be started, another attempt may do better. */
BH_MUST_CHECK int rag_extract_run(const struct rag_extract_conf *conf, int fd, const char *filename,
	const char *content_type, struct bh_arena *arena, struct rag_document *out,
	struct rag_failure *failure);

#endif
