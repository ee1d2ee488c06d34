/* SPDX-License-Identifier: Apache-2.0 */
/* ended.c: a ring with a place for every slot there is, so that it is never full. */
#include "model/ended.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

struct model_ended {
	pthread_mutex_t lock;
	pthread_cond_t written; /* on the steady clock */
	bool failing;           /* the last write failed */
	size_t first, count;
	struct model_slot *ring[MODEL_SLOTS]; /* borrowed */
};

int
model_ended_open(struct model_ended **out)
{
	struct model_ended *ended = calloc(1, sizeof(*ended));

	if (ended == NULL)
		return BH_E_MEMORY;
	pthread_mutex_init(&ended->lock, NULL);
	bh_clock_cond_init(&ended->written);
	*out = ended;
	return 0;
}

void
model_ended_close(struct model_ended *ended)
{
	if (ended == NULL)
		return;
	pthread_cond_destroy(&ended->written);
	pthread_mutex_destroy(&ended->lock);
	free(ended);
}

bool
model_ended_add(struct model_ended *ended, struct model_slot *slot)
{
	bool wakes;

	atomic_store(&slot->state, MODEL_SLOT_ENDED);
	pthread_mutex_lock(&ended->lock);
	BH_ASSERT(ended->count < MODEL_SLOTS);
	ended->ring[(ended->first + ended->count) % MODEL_SLOTS] = slot;
	ended->count++;
	wakes = ended->count == 1 || ended->count == MODEL_ENDED_MOST;
	pthread_mutex_unlock(&ended->lock);
	return wakes;
}

size_t
model_ended_take(struct model_ended *ended, struct model_slot **slots, size_t most)
{
	size_t count;

	pthread_mutex_lock(&ended->lock);
	count = ended->count < most ? ended->count : most;
	for (size_t i = 0; i < count; i++)
		slots[i] = ended->ring[(ended->first + i) % MODEL_SLOTS];
	ended->first = (ended->first + count) % MODEL_SLOTS;
	ended->count -= count;
	pthread_mutex_unlock(&ended->lock);
	return count;
}

void
model_ended_written(struct model_ended *ended, bool failed)
{
	pthread_mutex_lock(&ended->lock);
	ended->failing = failed;
	pthread_cond_broadcast(&ended->written);
	pthread_mutex_unlock(&ended->lock);
}

/* Under the lock. Looks at every call only when there are many. */
static bool
is_crowded(const struct model_ended *ended, const struct bh_uuid *tenant)
{
	size_t own = 0;

	if (ended->count < MODEL_ENDED_MOST)
		return false;
	for (size_t i = 0; i < ended->count; i++)
		own += bh_uuid_equal(&ended->ring[(ended->first + i) % MODEL_SLOTS]->tenant, tenant);
	return own >= MODEL_ENDED_MOST;
}

int
model_ended_wait(struct model_ended *ended, const struct bh_uuid *tenant, int64_t wait_ms)
{
	int64_t until_ms = bh_clock_steady_ms() + wait_ms;
	bool crowded, in_time = true;

	pthread_mutex_lock(&ended->lock);
	while ((crowded = is_crowded(ended, tenant)) && !ended->failing && in_time)
		in_time = bh_clock_wait_until(&ended->written, &ended->lock, until_ms);
	pthread_mutex_unlock(&ended->lock);
	return crowded ? bh_error(BH_E_UNAVAILABLE,
						 "The usage of your last %d calls has not been recorded yet because the "
						 "database is overloaded; try again later.",
						 MODEL_ENDED_MOST)
				   : 0;
}
