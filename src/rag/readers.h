/* SPDX-License-Identifier: Apache-2.0 */
/* readers.h: readers of documents beside each other, and alone where one has run out of memory.
 *
 * What the kernel kills for memory need not be what has most of it, and a reader may have been short only because
 * others were at work. So its document is read once more while no other reader is at work, before it is said to
 * be too much. Which documents those are is the process's memory: after a restart they have one more attempt. */
#ifndef RAG_READERS_H
#define RAG_READERS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

#define RAG_SHORT_MOST 64 /* documents that ran out of memory; one more forgets the first */

struct rag_readers {
	pthread_mutex_t lock;
	pthread_cond_t left; /* one has left; on the steady clock */
	size_t running, waiting_alone;
	bool alone;
	struct bh_uuid
		short_ones[RAG_SHORT_MOST]; /* by their jobs; the first n_short, in the order they came */
	size_t n_short;
};

void rag_readers_init(struct rag_readers *readers);

/* Waits up to wait_ms for room beside the others, or for all of them to have left. Those who come wait for one that
 * wants to be alone. BH_E_BUSY: there was none; then there is nothing to leave. */
BH_MUST_CHECK int rag_readers_enter(struct rag_readers *readers, bool alone, int64_t wait_ms);
void rag_readers_leave(struct rag_readers *readers);

/* The document of this job ran out of memory. */
void rag_readers_note(struct rag_readers *readers, const struct bh_uuid *job);
bool rag_readers_was_short(struct rag_readers *readers, const struct bh_uuid *job);
void rag_readers_forget(struct rag_readers *readers, const struct bh_uuid *job);

#endif
