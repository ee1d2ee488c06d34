/* SPDX-License-Identifier: Apache-2.0 */
/* share.c: who holds how much, who waits, and whose turn it is. */
#include "service/share.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

/* A thread that waits; lies on its stack. */
struct waiter {
	struct waiter *next;
	pthread_cond_t granted;
	int64_t amount;
	bool has;
};

/* One tenant that holds something or waits for it. */
struct bh_share_tenant {
	struct bh_share_tenant *next; /* in its bucket */
	struct bh_uuid id;
	int64_t used;
	struct waiter *first, **last;      /* in the order they came */
	struct bh_share_tenant *ring_next; /* among those that wait */
	struct bh_share_tenant *ring_before;
};

void
bh_share_init(struct bh_share *share, const char *what, int64_t most, int64_t percent,
	int64_t small)
{
	*share = (struct bh_share){
		.what = what,
		.most = most,
		.tenant_most = most * percent / 100,
		.reserve = most / 8,
		.small = small,
	};
	pthread_mutex_init(&share->lock, NULL);
}

void
bh_share_close(struct bh_share *share)
{
	if (share->what == NULL)
		return;
	BH_ASSERT(share->used == 0 && share->waiting == NULL);
	pthread_mutex_destroy(&share->lock);
	*share = (struct bh_share){0};
}

/* Ids are random in their last bytes. */
static struct bh_share_tenant **
place_of(struct bh_share *share, const struct bh_uuid *id)
{
	struct bh_share_tenant **at = &share->tenants[id->bytes[15]];

	while (*at != NULL && !bh_uuid_equal(&(*at)->id, id))
		at = &(*at)->next;
	return at;
}

static struct bh_share_tenant *
get_tenant(struct bh_share *share, const struct bh_uuid *id)
{
	struct bh_share_tenant **at = place_of(share, id);

	if (*at != NULL)
		return *at;
	*at = calloc(1, sizeof(**at));
	BH_ASSERT(*at != NULL);
	(*at)->id = *id;
	(*at)->last = &(*at)->first;
	return *at;
}

static void
forget_idle(struct bh_share *share, const struct bh_uuid *id)
{
	struct bh_share_tenant **at = place_of(share, id), *tenant = *at;

	if (tenant == NULL || tenant->used > 0 || tenant->first != NULL)
		return;
	*at = tenant->next;
	free(tenant);
}

/* A first piece may be larger than the share: it would never fit otherwise. */
static bool
fits_tenant(const struct bh_share *share, const struct bh_share_tenant *tenant, int64_t amount)
{
	return tenant->used == 0 || tenant->used + amount <= share->tenant_most;
}

static bool
fits_total(const struct bh_share *share, const struct bh_share_tenant *tenant, int64_t amount)
{
	bool small = tenant->used + amount <= share->small;

	return share->used + amount <= share->most - (small ? 0 : share->reserve);
}

static bool
fits(const struct bh_share *share, const struct bh_share_tenant *tenant, int64_t amount)
{
	return fits_tenant(share, tenant, amount) && fits_total(share, tenant, amount);
}

static void
enter_ring(struct bh_share *share, struct bh_share_tenant *tenant)
{
	struct bh_share_tenant *next = share->waiting;

	share->n_waiting++;
	if (next == NULL) {
		tenant->ring_next = tenant->ring_before = tenant;
		share->waiting = tenant;
		return;
	}
	tenant->ring_next = next;
	tenant->ring_before = next->ring_before;
	tenant->ring_before->ring_next = tenant;
	next->ring_before = tenant;
}

static void
leave_ring(struct bh_share *share, struct bh_share_tenant *tenant)
{
	share->n_waiting--;
	if (share->waiting == tenant)
		share->waiting = tenant->ring_next == tenant ? NULL : tenant->ring_next;
	tenant->ring_next->ring_before = tenant->ring_before;
	tenant->ring_before->ring_next = tenant->ring_next;
}

static void
append_waiter(struct bh_share *share, struct bh_share_tenant *tenant, struct waiter *waiter)
{
	if (tenant->first == NULL)
		enter_ring(share, tenant);
	*tenant->last = waiter;
	tenant->last = &waiter->next;
}

static void
remove_waiter(struct bh_share *share, struct bh_share_tenant *tenant, struct waiter *waiter)
{
	struct waiter **at = &tenant->first;

	while (*at != waiter)
		at = &(*at)->next;
	*at = waiter->next;
	if (tenant->last == &waiter->next)
		tenant->last = at;
	if (tenant->first == NULL)
		leave_ring(share, tenant);
}

static void
hold(struct bh_share *share, struct bh_share_tenant *tenant, int64_t amount)
{
	tenant->used += amount;
	share->used += amount;
}

/* One round: each waiting tenant's first, if it fits. The next round begins behind the last that was
 * served. False when none was. */
static bool
serve_round(struct bh_share *share)
{
	struct bh_share_tenant *at = share->waiting;
	bool served = false;

	for (size_t left = share->n_waiting; left > 0 && share->waiting != NULL; left--) {
		struct bh_share_tenant *tenant = at;
		struct waiter *waiter = tenant->first;

		at = tenant->ring_next;
		if (!fits(share, tenant, waiter->amount))
			continue;
		hold(share, tenant, waiter->amount);
		remove_waiter(share, tenant, waiter);
		waiter->has = true;
		pthread_cond_signal(&waiter->granted);
		share->waiting = share->waiting == NULL ? NULL : at;
		served = true;
	}
	return served;
}

static void
serve_waiting(struct bh_share *share)
{
	while (share->waiting != NULL && serve_round(share))
		;
}

static void
wait_for(struct bh_share *share, struct waiter *waiter, int64_t wait_ms)
{
	int64_t until_ms = bh_clock_steady_ms() + wait_ms;

	bh_clock_cond_init(&waiter->granted);
	while (!waiter->has && bh_clock_wait_until(&waiter->granted, &share->lock, until_ms))
		;
	pthread_cond_destroy(&waiter->granted);
}

static int
refuse(struct bh_share *share, bool own)
{
	share->refused++;
	if (own)
		return bh_error(BH_E_BUSY,
			"The tenant's share of the platform's %s is in use by other requests. Send fewer or "
			"smaller requests concurrently.",
			share->what);
	return bh_error(BH_E_UNAVAILABLE, "all %s is in use", share->what);
}

/* Locked. */
static int
take(struct bh_share *share, struct bh_share_tenant *tenant, int64_t amount, int64_t wait_ms)
{
	struct waiter waiter = {.amount = amount};

	if (tenant->first == NULL && fits(share, tenant, amount)) {
		hold(share, tenant, amount);
		return 0;
	}
	if (wait_ms > 0) {
		share->waited++;
		append_waiter(share, tenant, &waiter);
		wait_for(share, &waiter, wait_ms);
		if (waiter.has)
			return 0;
		remove_waiter(share, tenant, &waiter);
		serve_waiting(share); /* who stood behind may fit */
	}
	return refuse(share, !fits_tenant(share, tenant, amount));
}

int
bh_share_take(struct bh_share *share, const struct bh_uuid *tenant, int64_t amount, int64_t wait_ms)
{
	int rc;

	if (amount > share->most - share->reserve)
		return bh_error(BH_E_TOO_LARGE, "The request needs more %s than the platform allows.",
			share->what);
	pthread_mutex_lock(&share->lock);
	rc = take(share, get_tenant(share, tenant), amount, wait_ms);
	forget_idle(share, tenant);
	pthread_mutex_unlock(&share->lock);
	return rc;
}

void
bh_share_give(struct bh_share *share, const struct bh_uuid *tenant, int64_t amount)
{
	struct bh_share_tenant *from;

	if (amount == 0)
		return;
	pthread_mutex_lock(&share->lock);
	from = *place_of(share, tenant);
	BH_ASSERT(from != NULL && from->used >= amount);
	hold(share, from, -amount);
	serve_waiting(share);
	forget_idle(share, tenant);
	pthread_mutex_unlock(&share->lock);
}

struct bh_share_state
bh_share_state(struct bh_share *share)
{
	struct bh_share_state state;

	pthread_mutex_lock(&share->lock);
	state = (struct bh_share_state){share->used, share->waited, share->refused};
	pthread_mutex_unlock(&share->lock);
	return state;
}
