/* SPDX-License-Identifier: Apache-2.0 */
/* progress.h: the state of a file as an event. */
#ifndef RAG_PROGRESS_H
#define RAG_PROGRESS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/uuid.h"

struct bh_shape;
struct rag_event;

/* Seconds until the stage ends, should it go on as it has gone; -1: cannot be told. Waiting for a turn
 * counts. */
int64_t rag_progress_left_s(const struct rag_event *event);

/* Appends the event: its type (vector_store.file.in_progress, .completed, …), its number, its data. */
void rag_progress_write(const struct bh_uuid *store, const struct bh_uuid *file,
	const struct rag_event *event, struct bh_buf *out);

/* Appends the one event that is no state: the listening ends. */
void rag_progress_write_error(int64_t number, const char *code, const char *message,
	struct bh_buf *out);

#endif
