/* SPDX-License-Identifier: Apache-2.0 */
/* store_adapter.h: the SQL of adapters. Tenant is always the second argument. */
#ifndef BH_MODEL_STORE_ADAPTER_H
#define BH_MODEL_STORE_ADAPTER_H

#include "model/adapter.h"

/* BH_E_NOT_FOUND. */
BH_MUST_CHECK int model_store_adapter_find(struct bh_db *db, const struct bh_uuid *tenant,
	const char *name, struct model_adapter *out);
BH_MUST_CHECK int model_store_adapter_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct model_adapter *out);

/* By name. */
BH_MUST_CHECK int model_store_adapter_list(struct bh_db *db, const struct bh_uuid *tenant,
	struct model_adapter **out, size_t *out_count);

/* BH_E_CONFLICT: the name is taken; BH_E_TOO_MANY: the tenant has `most`. */
BH_MUST_CHECK int model_store_adapter_add(struct bh_db *db, const struct bh_uuid *tenant,
	const struct model_adapter *adapter, int64_t most);

/* One that has failed stays so. BH_E_NOT_FOUND: it was deleted, or has failed. */
BH_MUST_CHECK int model_store_adapter_ready(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id);
BH_MUST_CHECK int model_store_adapter_fail(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *error);

/* BH_E_NOT_FOUND. */
BH_MUST_CHECK int model_store_adapter_remove(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id);

#endif
