/* SPDX-License-Identifier: Apache-2.0 */
/* store_usage.h: sums of what was used, by bucket and group. */
#ifndef BH_BILLING_STORE_USAGE_H
#define BH_BILLING_STORE_USAGE_H

#include "billing/usage.h"
#include "db/db.h"

/* One group of one bucket. What is not grouped by is zero or NULL. */
struct billing_usage_sum {
	int64_t start_s;
	struct bh_uuid team, user, key;
	const char *model, *kind;
	bool batch;
	int64_t calls;
	int64_t input_tokens, cached_tokens, cache_write_tokens, output_tokens, units;
	int64_t cost_nanos;
};

/* One answer holds at most this many groups. */
enum { BILLING_SUMS_MAX = 10000 };

/* In the order of their buckets, at most BILLING_SUMS_MAX + 1. Days come from the sums that are kept by day;
 * what is finer from the acts themselves. */
BH_MUST_CHECK int billing_store_usage_sums(struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_usage_query *query, struct billing_usage_sum **out, size_t *out_n);

#endif
