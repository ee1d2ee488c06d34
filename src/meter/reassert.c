/* SPDX-License-Identifier: Apache-2.0 */
/* reassert.c: looks at every slot once for each change in the count of lost connections. */
#include "meter/reassert.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"
#include "meter/books.h"

struct meter_reassert {
	struct meter_slots *slots; /* borrowed */
	pthread_mutex_t lock;      /* held while looking */
	_Atomic uint64_t losses;   /* when it last looked */
};

int
meter_reassert_open(struct meter_slots *slots, struct meter_reassert **out)
{
	struct meter_reassert *reassert = calloc(1, sizeof(*reassert));

	if (reassert == NULL)
		return BH_E_MEMORY;
	reassert->slots = slots;
	pthread_mutex_init(&reassert->lock, NULL);
	/* The server may have crashed together with the process before us. */
	atomic_store(&reassert->losses, UINT64_MAX);
	*out = reassert;
	return 0;
}

void
meter_reassert_close(struct meter_reassert *reassert)
{
	if (reassert == NULL)
		return;
	pthread_mutex_destroy(&reassert->lock);
	free(reassert);
}

/* What an act in flight has reserved, read while its owner may end it and the slot become another's.
 * False when there is nothing, or it has changed meanwhile. */
static bool
reserved_by(const struct meter_slot *slot, struct bh_uuid *tenant, struct meter_wanted *want)
{
	uint32_t state = atomic_load(&slot->state);
	bool is_reserved = atomic_load(&slot->is_reserved);

	*tenant = slot->tenant;
	*want = meter_wanted_of(slot);
	want->nanos = atomic_load(&slot->reserved_nanos);
	atomic_thread_fence(memory_order_acquire);
	/* A slot that was given up in between is free, is being filled, or has another act's id. */
	return is_reserved && (state == METER_SLOT_ACTIVE || state == METER_SLOT_ENDED) &&
		atomic_load(&slot->state) >= METER_SLOT_ACTIVE && bh_uuid_equal(&slot->act, &want->act);
}

static int
put_all_back(struct meter_slots *slots, struct bh_db *db)
{
	struct meter_slot *slot;
	size_t at = 0;
	int rc = 0;

	meter_slots_look(slots);
	while (rc == 0 && (slot = meter_slots_next(slots, &at)) != NULL) {
		struct meter_wanted want;
		struct bh_uuid tenant;
		struct bh_db as;

		if (!reserved_by(slot, &tenant, &want))
			continue;
		as = bh_db_as(db, &tenant);
		rc = meter_books_reassert(&as, &tenant, &want, 1);
	}
	return rc;
}

int
meter_reassert_run(struct meter_reassert *reassert, struct bh_db *session)
{
	uint64_t losses = bh_db_pool_losses(session->pool);
	int rc = 0;

	if (atomic_load(&reassert->losses) != losses) {
		pthread_mutex_lock(&reassert->lock);
		if (atomic_load(&reassert->losses) != losses)
			rc = put_all_back(reassert->slots, session);
		if (rc == 0)
			atomic_store(&reassert->losses, losses);
		pthread_mutex_unlock(&reassert->lock);
	}
	return rc;
}

uint64_t
meter_reassert_looks(const struct meter_reassert *reassert)
{
	return meter_slots_looks(reassert->slots);
}
