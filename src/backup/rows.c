/* SPDX-License-Identifier: Apache-2.0 */
/* rows.c: the statements of a backup. */
#include "backup/rows.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

struct backup_row {
	struct bh_uuid id;
	struct bh_bytes hash;
	int64_t bytes;
};
static const struct bh_row object_row = BH_ROW(struct backup_row, id, hash, bytes);

void
backup_object_path(const struct backup_object *object, char out[BACKUP_OBJECT_PATH])
{
	char tenant[BH_UUID_HEX], id[BH_UUID_HEX];

	bh_uuid_hex(&object->tenant, tenant);
	bh_uuid_hex(&object->id, id);
	snprintf(out, BACKUP_OBJECT_PATH, "objects/%s/%s", tenant, id);
}

int
backup_rows_deleted(struct bh_db *db, const struct bh_uuid *tenant, bool *out)
{
	static const char sql[] = "SELECT d.target_tenant_id FROM tenant_deletion AS d"
							  " WHERE d.tenant_id = $1 AND d.target_tenant_id = $2"
							  "   AND d.completed_at IS NOT NULL"
							  "   AND NOT EXISTS (SELECT FROM tenant AS t"
							  "                    WHERE t.tenant_id = $1 AND t.id = $2)"
							  " LIMIT 1";
	struct bh_uuid found;

	return bh_db_read_maybe(db, sql, BH_PARAMS(&bh_platform_tenant, tenant), &bh_row_uuid, &found,
		out);
}

int
backup_rows_tenants(struct bh_db *db, struct bh_uuid **out, size_t *out_n)
{
	static const char sql[] = "SELECT id FROM tenant ORDER BY id";

	return bh_db_read_each(db, sql, NULL, 0, &bh_row_uuid, out, out_n);
}

static int
read_page(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *after,
	struct backup_row **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT id, sha256, bytes FROM ("
		"SELECT id, sha256, bytes FROM file_object WHERE tenant_id = $1 AND id > $2"
		" UNION ALL "
		"SELECT id, sha256, bytes FROM upload_part WHERE tenant_id = $1 AND id > $2) AS named"
		" ORDER BY id LIMIT 1000";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(after)};

	return bh_db_read_each(db, sql, BH_LIST(params), &object_row, out, out_n);
}

/* The next page of the tenant; an empty one was its last. */
static int
turn_page(struct backup_rows *rows)
{
	int rc;

	bh_arena_close(&rows->arena);
	rows->db.arena = &rows->arena;
	rows->n = rows->at = 0;
	rc = read_page(&rows->db, &rows->tenants[rows->tenant], &rows->last, &rows->page, &rows->n);
	if (rc < 0)
		return rc;
	if (rows->n == 0)
		rows->tenant++;
	rows->last = rows->n > 0 ? rows->page[rows->n - 1].id : (struct bh_uuid){{0}};
	return 0;
}

int
backup_rows_next(struct backup_rows *rows, struct backup_object *out)
{
	const struct backup_row *row;

	while (rows->at == rows->n) {
		int rc = rows->tenant < rows->n_tenants ? turn_page(rows) : BH_E_NOT_FOUND;

		if (rc < 0)
			return rc;
	}
	row = &rows->page[rows->at++];
	if (row->hash.len != sizeof(out->hash.bytes))
		return bh_error(BH_E_DB, "an object's hash has %zu bytes", row->hash.len);
	*out = (struct backup_object){rows->tenants[rows->tenant], row->id, .bytes = row->bytes};
	memcpy(out->hash.bytes, row->hash.data, sizeof(out->hash.bytes));
	return 0;
}

void
backup_rows_close(struct backup_rows *rows)
{
	bh_arena_close(&rows->arena);
	rows->n = rows->at = 0;
}
