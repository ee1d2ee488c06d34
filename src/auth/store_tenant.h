/* SPDX-License-Identifier: Apache-2.0 */
/* store_tenant.h: the register of tenants. */
#ifndef BH_AUTH_STORE_TENANT_H
#define BH_AUTH_STORE_TENANT_H

#include "auth/auth.h"
#include "base/uuid.h"

/* The state of one that is being deleted: nobody may learn any more that it was there. */
#define AUTH_TENANT_DELETING "deleting"

struct auth_tenant {
	struct bh_uuid id;
	const char *name;
	const char *state;
	int64_t created_ms;
};

/* `key` is that of the name (names.h). BH_E_CONFLICT when another one has the name or looks alike. */
BH_MUST_CHECK int auth_store_tenant_add(struct bh_db *db, const struct bh_uuid *id,
	const char *name, const char *key, struct auth_tenant *out);
BH_MUST_CHECK int auth_store_tenant_get(struct bh_db *db, const struct bh_uuid *id,
	struct auth_tenant *out);

/* A page in the order of ids. `name` NULL: all. */
BH_MUST_CHECK int auth_store_tenant_list(struct bh_db *db, const char *name,
	const struct bh_uuid *after, int64_t limit, struct auth_tenant **out, size_t *out_count);

/* Makes what counts a tenant's things wait for one another. BH_E_NOT_FOUND. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_tenant_lock(struct bh_db *tx, const struct bh_uuid *id);

/* Sets the state; *out_changed tells whether it was another. BH_E_NOT_FOUND. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_tenant_set_state(struct bh_db *tx, const struct bh_uuid *id,
	const char *state, bool *out_changed);

/* BH_E_CONFLICT when another one has the name or looks alike. */
BH_MUST_CHECK int auth_store_tenant_rename(struct bh_db *db, const struct bh_uuid *id,
	const char *name, const char *key);

/* A tenant's state as the tenant itself sees it. BH_E_NOT_FOUND. */
BH_MUST_CHECK int auth_store_tenant_state(struct bh_db *db, const struct bh_uuid *tenant,
	const char **out);

#endif
