/* SPDX-License-Identifier: Apache-2.0 */
/* store_plan.h: a tenant's plan, as billing wrote it. */
#ifndef BH_AUTH_STORE_PLAN_H
#define BH_AUTH_STORE_PLAN_H

#include "auth/auth.h"

/* What a token says of the plan. Zeroed: the tenant has none. Text is in the handle's arena. */
struct auth_plan {
	const char *name;         /* NULL: none */
	const char *entitlements; /* words */
	const char *state;        /* "active", "paused", "suspended", "canceled" */
	int64_t seats;            /* most users; 0: as many as the platform allows */
	int64_t requests_per_minute, concurrency;
	int64_t sequence, applied; /* of its changes; the one that everybody was told of */
};

/* For a token: read the revocation sequence before it. */
BH_MUST_CHECK int auth_store_plan_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_plan *out);

/* The same, and whoever else applies it waits. *out_found false: there is none. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_plan_lock(struct bh_db *tx, const struct bh_uuid *tenant,
	struct auth_plan *out, bool *out_found);

/* Notes that this change was told. */
BH_MUST_CHECK int auth_store_plan_applied(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t sequence);

#endif
