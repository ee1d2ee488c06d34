/* SPDX-License-Identifier: Apache-2.0 */
/* long_reading.c: counts the places of documents that take long to read. */
#include "rag/long_reading.h"

void
rag_long_reading_init(struct rag_long_readings *all)
{
	pthread_mutex_init(&all->lock, NULL);
}

void
rag_long_reading_begin(struct rag_long_readings *all, struct rag_long_reading *one, int64_t now_ms)
{
	pthread_mutex_lock(&all->lock);
	*one = (struct rag_long_reading){.active = true, .since_ms = now_ms};
	pthread_mutex_unlock(&all->lock);
}

bool
rag_long_reading_keeps(struct rag_long_readings *all, struct rag_long_reading *one, int64_t now_ms)
{
	bool is_long, keeps;

	pthread_mutex_lock(&all->lock);
	is_long = one->active && now_ms - one->since_ms >= RAG_READING_TURN_MS;
	if (is_long && !one->has_place && all->n < RAG_LONG_READINGS) {
		one->has_place = true;
		all->n++;
	}
	keeps = !is_long || one->has_place;
	pthread_mutex_unlock(&all->lock);
	return keeps;
}

void
rag_long_reading_end(struct rag_long_readings *all, struct rag_long_reading *one)
{
	pthread_mutex_lock(&all->lock);
	if (one->has_place)
		all->n--;
	*one = (struct rag_long_reading){0};
	pthread_mutex_unlock(&all->lock);
}
