/* long_reading.h: how many documents that take long to read are read at once.
 *
 * A reader can be kept at work for minutes by a small file, and what it has read is of no use before its
 * end. So whoever reads for longer than a turn needs one of two places; without one it goes on only while
 * nobody waits. Two workers are thus left to everybody's short documents. */
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

/* Takes a place when the turn is over. False: there is none, it should give way to whoever waits. */
BH_MUST_CHECK bool rag_long_reading_keeps(struct rag_long_readings *all,
	struct rag_long_reading *one, int64_t now_ms);

void rag_long_reading_end(struct rag_long_readings *all, struct rag_long_reading *one);

#endif
