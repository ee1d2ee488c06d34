/* SPDX-License-Identifier: Apache-2.0 */
/* rate.c: the shared bucket first, the machine's own otherwise. */
#include "model/rate.h"

#include "base/error.h"
#include "model/bucket.h"
#include "shared/shared.h"

#define MINUTE_US 60000000LL

static void
key_of(const struct bh_uuid *tenant, char out[BH_SHARED_KEY_BYTES])
{
	bh_shared_key(tenant, "rate", "model.tokens", out);
}

/* Microseconds that so many tokens take to flow back. */
static int64_t
cost_us(int64_t tokens, int64_t per_minute)
{
	return (int64_t)((__int128)tokens * MINUTE_US / per_minute);
}

static struct model_rate_taken
take_own(const struct model_rate *rate, const struct bh_uuid *tenant, int64_t per_minute,
	int64_t tokens, int64_t now_us)
{
	struct model_rate_taken taken = {0};

	taken.wait_us = model_buckets_take(rate->buckets, tenant, per_minute, tokens, now_us,
		&taken.charged);
	taken.left = model_buckets_left(rate->buckets, tenant, per_minute, now_us);
	return taken;
}

struct model_rate_taken
model_rate_take(const struct model_rate *rate, const struct bh_uuid *tenant, int64_t per_minute,
	int64_t tokens, int64_t now_us)
{
	int64_t charged = tokens < per_minute ? tokens : per_minute;
	struct bh_shared_taken taken;
	char key[BH_SHARED_KEY_BYTES];

	if (rate->shared == NULL)
		return take_own(rate, tenant, per_minute, tokens, now_us);
	key_of(tenant, key);
	if (bh_shared_take(rate->shared, key, cost_us(charged, per_minute), MINUTE_US, &taken) == 0)
		return (struct model_rate_taken){
			.wait_us = taken.wait_us,
			.charged = taken.wait_us == 0 ? charged : 0,
			.left = (int64_t)((__int128)taken.left_us * per_minute / MINUTE_US),
		};
	bh_error_clear();
	model_buckets_raise(rate->buckets, tenant, bh_shared_owes_us(rate->shared, MINUTE_US, now_us),
		now_us);
	return take_own(rate, tenant, bh_shared_part(rate->shared, per_minute), tokens, now_us);
}

void
model_rate_adjust(const struct model_rate *rate, const struct bh_uuid *tenant, int64_t per_minute,
	int64_t tokens, int64_t now_us)
{
	char key[BH_SHARED_KEY_BYTES];

	if (per_minute <= 0 || tokens == 0)
		return;
	if (rate->shared != NULL) {
		key_of(tenant, key);
		if (bh_shared_charge(rate->shared, key, cost_us(tokens, per_minute), MINUTE_US) == 0)
			return;
		bh_error_clear();
	}
	model_buckets_adjust(rate->buckets, tenant, bh_shared_part(rate->shared, per_minute), tokens,
		now_us);
}
