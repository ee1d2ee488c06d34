/* SPDX-License-Identifier: Apache-2.0 */
/* readers.c: counts those that read, and remembers a few that were short of memory. */
#include "rag/readers.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"

void
rag_readers_init(struct rag_readers *readers)
{
	*readers = (struct rag_readers){0};
	pthread_mutex_init(&readers->lock, NULL);
	bh_clock_cond_init(&readers->left);
}

/* Under the lock. */
static bool
has_room(const struct rag_readers *readers, bool alone)
{
	return alone ? readers->running == 0 : !readers->alone && readers->waiting_alone == 0;
}

int
rag_readers_enter(struct rag_readers *readers, bool alone, int64_t wait_ms)
{
	int64_t until_ms = bh_clock_steady_ms() + wait_ms;
	bool in_time = true, entered;

	pthread_mutex_lock(&readers->lock);
	readers->waiting_alone += alone;
	while (!has_room(readers, alone) && in_time)
		in_time = bh_clock_wait_until(&readers->left, &readers->lock, until_ms);
	readers->waiting_alone -= alone;
	entered = has_room(readers, alone);
	if (entered) {
		readers->running++;
		readers->alone = alone;
	}
	/* Whoever waited for one that wanted to be alone and gave up looks again. */
	if (alone && !entered)
		pthread_cond_broadcast(&readers->left);
	pthread_mutex_unlock(&readers->lock);
	return entered ? 0 : BH_E_BUSY;
}

void
rag_readers_leave(struct rag_readers *readers)
{
	pthread_mutex_lock(&readers->lock);
	readers->running--;
	readers->alone = false;
	pthread_cond_broadcast(&readers->left);
	pthread_mutex_unlock(&readers->lock);
}

/* ---- those that were short ---- */

/* Under the lock; n_short: it is none of them. */
static size_t
place_of(const struct rag_readers *readers, const struct bh_uuid *job)
{
	size_t at = 0;

	while (at < readers->n_short && !bh_uuid_equal(&readers->short_ones[at], job))
		at++;
	return at;
}

static void
take_out(struct rag_readers *readers, size_t at)
{
	readers->n_short--;
	memmove(&readers->short_ones[at], &readers->short_ones[at + 1],
		(readers->n_short - at) * sizeof(readers->short_ones[0]));
}

void
rag_readers_note(struct rag_readers *readers, const struct bh_uuid *job)
{
	pthread_mutex_lock(&readers->lock);
	if (place_of(readers, job) == readers->n_short) {
		if (readers->n_short == RAG_SHORT_MOST)
			take_out(readers, 0);
		readers->short_ones[readers->n_short++] = *job;
	}
	pthread_mutex_unlock(&readers->lock);
}

bool
rag_readers_was_short(struct rag_readers *readers, const struct bh_uuid *job)
{
	bool was;

	pthread_mutex_lock(&readers->lock);
	was = place_of(readers, job) < readers->n_short;
	pthread_mutex_unlock(&readers->lock);
	return was;
}

void
rag_readers_forget(struct rag_readers *readers, const struct bh_uuid *job)
{
	size_t at;

	pthread_mutex_lock(&readers->lock);
	at = place_of(readers, job);
	if (at < readers->n_short)
		take_out(readers, at);
	pthread_mutex_unlock(&readers->lock);
}
