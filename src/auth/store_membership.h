/* SPDX-License-Identifier: Apache-2.0 */
/* store_membership.h: who belongs to a tenant, and as what. */
#ifndef BH_AUTH_STORE_MEMBERSHIP_H
#define BH_AUTH_STORE_MEMBERSHIP_H

#include "auth/auth.h"
#include "base/uuid.h"

struct auth_membership {
	struct bh_uuid account;
	const char *role;
	const char *state;
	int64_t created_ms;
};

BH_MUST_CHECK int auth_store_membership_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const char *role);
/* How many there are, counted up to `most`. */
BH_MUST_CHECK int auth_store_membership_count(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t most, int64_t *out);
BH_MUST_CHECK int auth_store_membership_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *account, struct auth_membership *out);
/* A page in the order of ids. */
BH_MUST_CHECK int auth_store_membership_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *after, int64_t limit, struct auth_membership **out, size_t *out_count);

/* Locks the tenant's memberships of its top role and then this one, in that order always, so that two
 * changes at once cannot both take the last owner away. *out_top counts the active of the top role
 * without this member. BH_E_NOT_FOUND. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_membership_lock(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const char *top_role, struct auth_membership *out,
	int64_t *out_top);
BH_MUST_CHECK int auth_store_membership_set(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const char *role, const char *state);

/* What a token for a member depends on, as the tenant sees it. BH_E_NOT_FOUND. */
struct auth_standing {
	const char *role;
	const char *state; /* the member's */
	const char *tenant_state;
	const char *tenant_name;
	bool mfa_required; /* by the tenant */
};
BH_MUST_CHECK int auth_store_membership_standing(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *account, struct auth_standing *out);

#endif
