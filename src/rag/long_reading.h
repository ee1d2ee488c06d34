/* SPDX-License-Identifier: Apache-2.0 */
/* long_reading.h: limits how many slow documents are read at the same time.
 *
 * A small file can keep a reader busy for minutes, and its output cannot be used before it is complete.
 * Therefore a document that is read for longer than a turn needs one of two places; without one, reading
 * continues only while no other job waits. Two workers thus remain available for short documents. */
#ifndef RAG_LONG_READING_H
#define RAG_LONG_READING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

#define RAG_LONG_READINGS 2
#define RAG_READING_TURN_MS 5000

struct rag_long_readings {
	pthread_mutex_t lock;
	size_t n; /* places that are taken */
};

/* One document; guarded by the lock above. Zeroed: not being read. */
struct rag_long_reading {
	bool active;
	int64_t since_ms; /* steady clock */
	bool has_place;
};

void rag_long_reading_init(struct rag_long_readings *all);
void rag_long_reading_begin(struct rag_long_readings *all, struct rag_long_reading *one,
	int64_t now_ms);

/* Takes a place when the turn is over. False: there is none, and it should yield to waiting jobs. */
BH_MUST_CHECK bool rag_long_reading_keeps(struct rag_long_readings *all,
	struct rag_long_reading *one, int64_t now_ms);

void rag_long_reading_end(struct rag_long_readings *all, struct rag_long_reading *one);

#endif
