/* SPDX-License-Identifier: Apache-2.0 */
/* store_limit.h: a tenant's request limits: what the operator set for it, or else what its plan says. */
#ifndef BH_AUTH_STORE_LIMIT_H
#define BH_AUTH_STORE_LIMIT_H

#include "auth/auth.h"
#include "base/uuid.h"

/* 0 is no limit. */
struct auth_limit {
	int64_t requests_per_minute;
	int64_t concurrency;
};

/* Those that hold: each is the operator's own one for the tenant, or the plan's where there is none, until the
 * subscription is canceled. */
BH_MUST_CHECK int auth_store_limit_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_limit *out);
/* Sets the operator's own ones; 0 leaves it to the plan. Only what is marked changes, so that two changes at once
 * both stand. *out: the limits that hold from then on. */
struct auth_limit_change {
	struct auth_limit limit;
	bool has_requests, has_concurrency;
};
BH_MUST_CHECK int auth_store_limit_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_limit_change *change, struct auth_limit *out);

#endif
