/* SPDX-License-Identifier: Apache-2.0 */
/* extract_run.h: runs bulkhead-extract over one object and reads the document it answers with; in turns, if
 * need be. */
#ifndef RAG_EXTRACT_RUN_H
#define RAG_EXTRACT_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "rag/extract_lines.h"
#include "rag/rag.h"

/* A reader's process and what it has said so far. Whoever owns it closes it. */
struct rag_extraction;

/* Starts a reader of the document behind fd (borrowed: the reader has its own). BH_E_IO or BH_E_UNAVAILABLE:
 * it could not be started, another attempt may do better. */
BH_MUST_CHECK int rag_extract_open(const struct rag_extract_conf *conf, int fd,
	const char *filename, const char *content_type, struct rag_extraction **out);

enum {
	RAG_EXTRACT_PAUSED = 1,
	RAG_EXTRACT_LONG =
		3 /* of a short one only: it has pictures or takes long, and the next call goes on */
};

/* Lets the reader go on, to its end or until it has begun and *conf->pause is set: then the whole of its process group is
 * stopped (RAG_EXTRACT_PAUSED), and the next call, by any thread and with pointers of its own in `conf`, lets it
 * go on where it was. Otherwise 0; BH_E_INVALID with *failure filled: the file is at fault, or the reader
 * crashed or overran its time on it; BH_E_MEMORY: it ran out of memory, its own or the machine's; BH_E_CANCELLED; BH_E_IO; BH_E_UNAVAILABLE as above. */
BH_MUST_CHECK int rag_extract_listen(struct rag_extraction *extraction,
	const struct rag_extract_conf *conf, struct bh_arena *arena, struct rag_document *out,
	struct rag_failure *failure);

/* Memory that cannot be had elsewhere meanwhile: the reader's, and in this process what it has said. */
int64_t rag_extract_bytes(const struct rag_extraction *extraction);
int64_t rag_extract_said_bytes(const struct rag_extraction *extraction);

/* Whether the reader still exists. One that is stopped does not end by itself. */
bool rag_extract_lives(const struct rag_extraction *extraction);

/* Ends the reader with everything that it started, and frees what it said. Safe on NULL. */
void rag_extract_close(struct rag_extraction *extraction);

#endif
