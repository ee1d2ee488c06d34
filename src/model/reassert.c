/* SPDX-License-Identifier: Apache-2.0 */
/* reassert.c: looks at every slot once for each change in the count of lost connections. */
#include "model/reassert.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"
#include "model/store.h"

struct model_reassert {
	struct model_calls *calls; /* borrowed */
	pthread_mutex_t lock;      /* held while looking */
	_Atomic uint64_t losses;   /* when it last looked */
};

int
model_reassert_open(struct model_calls *calls, struct model_reassert **out)
{
	struct model_reassert *reassert = calloc(1, sizeof(*reassert));

	if (reassert == NULL)
		return BH_E_MEMORY;
	reassert->calls = calls;
	pthread_mutex_init(&reassert->lock, NULL);
	/* The server may have crashed together with the process before us. */
	atomic_store(&reassert->losses, UINT64_MAX);
	*out = reassert;
	return 0;
}

void
model_reassert_close(struct model_reassert *reassert)
{
	if (reassert == NULL)
		return;
	pthread_mutex_destroy(&reassert->lock);
	free(reassert);
}

/* What a call in flight has reserved, read while its owner may end it and the slot become another's.
 * False when there is nothing, or it has changed meanwhile. */
static bool
reserved_by(const struct model_slot *slot, struct bh_uuid *tenant, struct bh_uuid *call,
	int64_t *nanos)
{
	uint32_t state = atomic_load(&slot->state);

	*nanos = atomic_load(&slot->reserved_nanos);
	*tenant = slot->tenant;
	*call = slot->call;
	atomic_thread_fence(memory_order_acquire);
	/* A slot that was given up in between is free, is being filled, or has another call's id. */
	return *nanos > 0 && (state == MODEL_SLOT_ACTIVE || state == MODEL_SLOT_ENDED) &&
		atomic_load(&slot->state) >= MODEL_SLOT_ACTIVE && bh_uuid_equal(&slot->call, call);
}

static int
put_all_back(struct model_calls *calls, struct bh_db *db)
{
	struct model_slot *slot;
	size_t at = 0;
	int rc = 0;

	model_calls_look(calls);
	while (rc == 0 && (slot = model_calls_next(calls, &at)) != NULL) {
		struct bh_uuid tenant, call;
		struct bh_db as;
		int64_t nanos;

		if (!reserved_by(slot, &tenant, &call, &nanos))
			continue;
		as = bh_db_as(db, &tenant);
		rc = model_store_budget_reassert(&as, &tenant, &call, nanos);
	}
	return rc;
}

int
model_reassert_run(struct model_reassert *reassert, struct bh_db *session)
{
	uint64_t losses = bh_db_pool_losses(session->pool);
	int rc = 0;

	if (atomic_load(&reassert->losses) != losses) {
		pthread_mutex_lock(&reassert->lock);
		if (atomic_load(&reassert->losses) != losses)
			rc = put_all_back(reassert->calls, session);
		if (rc == 0)
			atomic_store(&reassert->losses, losses);
		pthread_mutex_unlock(&reassert->lock);
	}
	return rc;
}

uint64_t
model_reassert_looks(const struct model_reassert *reassert)
{
	return model_calls_looks(reassert->calls);
}
