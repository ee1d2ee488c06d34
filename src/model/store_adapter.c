/* SPDX-License-Identifier: Apache-2.0 */
/* store_adapter.c: the SQL of adapters. */
#include "model/store_adapter.h"

#include "base/error.h"
#include "base/macros.h"

enum { LIST_MOST = 1000 };

#define ADAPTER_COLUMNS \
	" id, name, base, base_sha256, file_id, sha256, bytes, license, state, error, created_at"
static const struct bh_row adapter_row = BH_ROW(struct model_adapter, id, name, base, base_sha256,
	file_id, sha256, bytes, license, state, error, created_ms);

int
model_store_adapter_find(struct bh_db *db, const struct bh_uuid *tenant, const char *name,
	struct model_adapter *out)
{
	static const char sql[] = "SELECT" ADAPTER_COLUMNS "  FROM model_adapter"
							  " WHERE tenant_id = $1 AND name = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, name), &adapter_row, out);
}

int
model_store_adapter_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct model_adapter *out)
{
	static const char sql[] = "SELECT" ADAPTER_COLUMNS "  FROM model_adapter"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &adapter_row, out);
}

int
model_store_adapter_list(struct bh_db *db, const struct bh_uuid *tenant, struct model_adapter **out,
	size_t *out_count)
{
	static const char sql[] = "SELECT" ADAPTER_COLUMNS "  FROM model_adapter"
							  " WHERE tenant_id = $1"
							  " ORDER BY name"
							  " LIMIT $2";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, (int64_t)LIST_MOST), &adapter_row, out,
		out_count);
}

int
model_store_adapter_add(struct bh_db *db, const struct bh_uuid *tenant,
	const struct model_adapter *adapter, int64_t most)
{
	static const char sql[] =
		"INSERT INTO model_adapter (tenant_id, id, name, base, base_sha256, file_id, sha256, bytes,"
		"       license, state)"
		" SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, 'loading'"
		"  WHERE (SELECT count(*) FROM model_adapter WHERE tenant_id = $1) < $10"
		" RETURNING true";
	bool added = false, found = false;
	int rc = bh_db_maybe(db, sql,
		BH_PARAMS(tenant, &adapter->id, adapter->name, adapter->base,
			bh_bytes_param(adapter->base_sha256.data, adapter->base_sha256.len), &adapter->file_id,
			bh_bytes_param(adapter->sha256.data, adapter->sha256.len), adapter->bytes,
			adapter->license, most),
		&bh_row_bool, &added, &found);

	return rc < 0 || found ? rc : BH_E_TOO_MANY;
}

int
model_store_adapter_ready(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	static const char sql[] = "UPDATE model_adapter SET state = 'ready'"
							  " WHERE tenant_id = $1 AND id = $2 AND state <> 'failed'";

	return bh_db_change(db, sql, BH_PARAMS(tenant, id));
}

int
model_store_adapter_fail(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *error)
{
	static const char sql[] = "UPDATE model_adapter SET state = 'failed', error = $3"
							  " WHERE tenant_id = $1 AND id = $2 AND state <> 'failed'";

	return bh_db_change(db, sql, BH_PARAMS(tenant, id, error));
}

int
model_store_adapter_remove(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	static const char sql[] = "DELETE FROM model_adapter WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(db, sql, BH_PARAMS(tenant, id));
}
