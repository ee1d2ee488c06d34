/* SPDX-License-Identifier: Apache-2.0 */
/* store_chain.c: the SQL of the chains of audit events. */
#include "auth/store_chain.h"

static const struct bh_row key_row = BH_ROW(struct auth_signing_key, id, state, public_jwk,
	private_sealed, created_ms, state_ms);
static const struct bh_row state_row = BH_ROW(struct auth_chain_state, size, sealed);
static const struct bh_row checkpoint_row = BH_ROW(struct auth_checkpoint, size, made_ms, jws);
static const struct bh_row gone_row = BH_ROW(struct auth_chain_gone, from, to);
#define EVENT_COLUMNS \
	"tenant_id, id, source, action, actor, object, request_id, status, staff, line, position"
static const struct bh_row event_row = BH_ROW(struct auth_audit_row, tenant, id, source, action,
	actor, object, request_id, status, staff, line, position);

int
auth_store_chain_keys(struct bh_db *db, struct auth_signing_key **out, size_t *out_n)
{
	static const char sql[] = "SELECT id, state, public_jwk, private_sealed, created_at, state_at"
							  "  FROM signing_key"
							  " WHERE tenant_id = $1 AND algorithm = 'EdDSA'"
							  " ORDER BY created_at, id";

	return bh_db_read_each(AUTH_DB(auth_platform(db)), sql, BH_PARAMS(&bh_platform_tenant),
		&key_row, out, out_n);
}

int
auth_store_chain_key_add(struct bh_db *tx, const struct auth_signing_key *key, int64_t now_ms)
{
	static const char sql[] =
		"INSERT INTO signing_key (tenant_id, id, algorithm, state, private_sealed, public_jwk,"
		"       created_at, state_at)"
		" VALUES ($1, $2, 'EdDSA', 'in_use', $3, $4, $5, $5)";

	return bh_db_exec(AUTH_DB(auth_platform(tx)), sql,
		BH_PARAMS(&bh_platform_tenant, &key->id,
			bh_bytes_param(key->private_sealed.data, key->private_sealed.len), key->public_jwk,
			bh_time_param(now_ms)),
		NULL);
}

int
auth_store_chain_state(struct bh_db *db, const struct bh_uuid *tenant, struct auth_chain_state *out)
{
	static const char sql[] = "SELECT size, sealed FROM audit_chain WHERE tenant_id = $1";
	struct auth_chain_state state = {0};
	bool found;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &state_row, &state, &found);

	if (rc == 0)
		*out = state;
	return rc;
}

int
auth_store_chain_due(struct bh_db *db, const struct bh_uuid *tenant, int64_t most,
	struct bh_uuid **out, size_t *out_n)
{
	static const char sql[] = "SELECT tenant_id FROM audit_chain_due($1, $2)";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, most), &bh_row_uuid, out, out_n);
}

int
auth_store_chain_begin(struct bh_db *tx, const struct bh_uuid *tenant, int64_t *out_size)
{
	static const char sql[] = "SELECT audit_chain_begin($1)";

	return bh_db_one(tx, sql, BH_PARAMS(tenant), &bh_row_int, out_size);
}

int
auth_store_chain_tile(struct bh_db *db, const struct bh_uuid *tenant, int64_t level, int64_t n,
	struct bh_bytes *out_hashes)
{
	static const char sql[] =
		"SELECT hashes FROM audit_tile WHERE tenant_id = $1 AND level = $2 AND n = $3";
	struct bh_bytes hashes = {0};
	bool found;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant, level, n), &bh_row_bytes, &hashes, &found);

	if (rc == 0)
		*out_hashes = hashes;
	return rc;
}

int
auth_store_chain_level(struct bh_db *db, const struct bh_uuid *tenant, int64_t level,
	int64_t *out_count)
{
	static const char sql[] =
		"SELECT coalesce((SELECT n * 256 + length(hashes) / 32 FROM audit_tile"
		"       WHERE tenant_id = $1 AND level = $2 ORDER BY tenant_id DESC, level DESC, n DESC"
		"       LIMIT 1), 0)::bigint";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, level), &bh_row_int, out_count);
}

int
auth_store_chain_tile_add(struct bh_db *tx, const struct bh_uuid *tenant, int64_t level, int64_t at,
	const struct bh_buf *hashes)
{
	static const char sql[] = "SELECT true FROM audit_tile_add($1, $2, $3, $4)";
	bool done;

	return bh_db_one(tx, sql,
		BH_PARAMS(tenant, level, at, bh_bytes_param(hashes->data, hashes->len)), &bh_row_bool,
		&done);
}

int
auth_store_chain_checkpoint_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct auth_checkpoint *checkpoint)
{
	static const char sql[] = "SELECT true FROM audit_checkpoint_add($1, $2, $3, $4)";
	bool done;

	return bh_db_one(tx, sql,
		BH_PARAMS(tenant, checkpoint->size, bh_time_param(checkpoint->made_ms), checkpoint->jws),
		&bh_row_bool, &done);
}

int
auth_store_chain_checkpoints(struct bh_db *db, const struct bh_uuid *tenant, int64_t above,
	int64_t to, int64_t most, struct auth_checkpoint **out, size_t *out_n)
{
	static const char sql[] = "SELECT size, made_at, jws FROM audit_checkpoint"
							  " WHERE tenant_id = $1 AND size > $2 AND size <= $3"
							  " ORDER BY tenant_id, size LIMIT $4";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, above, to, most), &checkpoint_row, out,
		out_n);
}

int
auth_store_chain_earlier(struct bh_db *db, const struct bh_uuid *tenant, int64_t size, int64_t most,
	struct auth_checkpoint **out, size_t *out_n)
{
	static const char sql[] = "SELECT size, made_at, jws"
							  "  FROM (SELECT size, made_at, jws FROM audit_checkpoint"
							  "         WHERE tenant_id = $1 AND size < $2"
							  "         ORDER BY tenant_id DESC, size DESC LIMIT $3) AS newest"
							  " ORDER BY size";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, size, most), &checkpoint_row, out, out_n);
}

int
auth_store_chain_newest(struct bh_db *db, const struct bh_uuid *tenant, int64_t to,
	struct auth_checkpoint *out)
{
	static const char sql[] = "SELECT size, made_at, jws FROM audit_checkpoint"
							  " WHERE tenant_id = $1 AND size <= $2"
							  " ORDER BY tenant_id DESC, size DESC LIMIT 1";
	struct auth_checkpoint checkpoint = {0};
	bool found;
	int rc = bh_db_read_maybe(db, sql, BH_PARAMS(tenant, to), &checkpoint_row, &checkpoint, &found);

	if (rc == 0)
		*out = checkpoint;
	return rc;
}

int
auth_store_chain_rows(struct bh_db *db, const struct bh_uuid *tenant, int64_t from, int64_t to,
	struct auth_audit_row **out, size_t *out_n)
{
	static const char sql[] = "SELECT " EVENT_COLUMNS "  FROM audit_event"
							  " WHERE tenant_id = $1 AND position >= $2 AND position < $3"
							  "   AND position >= 0"
							  " ORDER BY position LIMIT 10000";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, from, to), &event_row, out, out_n);
}

int
auth_store_chain_unchained(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *after, int64_t most, struct auth_audit_row **out, size_t *out_n)
{
	static const char sql[] = "SELECT " EVENT_COLUMNS "  FROM audit_event"
							  " WHERE tenant_id = $1 AND id > $2 AND position < 0"
							  " ORDER BY id LIMIT $3";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, after, most), &event_row, out, out_n);
}

int
auth_store_chain_gone(struct bh_db *db, const struct bh_uuid *tenant, int64_t from, int64_t to,
	struct auth_chain_gone **out, size_t *out_n)
{
	static const char sql[] = "SELECT from_position, to_position FROM audit_gone"
							  " WHERE tenant_id = $1 AND to_position > $2 AND from_position < $3"
							  " ORDER BY tenant_id, from_position";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, from, to), &gone_row, out, out_n);
}
