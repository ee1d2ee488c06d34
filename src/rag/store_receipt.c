/* SPDX-License-Identifier: Apache-2.0 */
/* store_receipt.c: the SQL of deletions' receipts. */
#include "rag/store_receipt.h"

#include "base/error.h"

struct counted {
	const char *part;
	int64_t n;
};
static const struct bh_row counted_row = BH_ROW(struct counted, part, n);

/* What this session has deleted, as the server counts it for its own statistics. The counts are the
 * session's until it passes them on between transactions, hence the difference of two readings. */
#define TALLY \
	"SELECT relname::text AS part, n_tup_del AS n" \
	"  FROM pg_catalog.pg_stat_xact_user_tables" \
	" WHERE schemaname = 'bulkhead' AND n_tup_del > 0" \
	"   AND relname ~ '^(file|document|chunk|posting|ingest_vector|store_statistics|vector_store" \
	"|vector_store_file|vector_store_batch|vector_store_batch_file|chunk_vector_[0-9a-z_]+)$'" \
	" UNION ALL " \
	"SELECT 'posting.rewritten', n_tup_upd" \
	"  FROM pg_catalog.pg_stat_xact_user_tables" \
	" WHERE schemaname = 'bulkhead' AND relname = 'posting' AND n_tup_upd > 0"

/* Reads the counts as they are before the deletion. */
static int
tally(struct bh_db *tx, struct rag_counting *counting)
{
	static const char sql[] = TALLY;
	struct counted *rows;
	const char **parts;
	int64_t *counts;
	size_t n;
	int rc = bh_db_each(tx, sql, NULL, 0, &counted_row, &rows, &n);

	if (rc < 0)
		return rc;
	parts = bh_arena_array(tx->arena, n + 1, sizeof(*parts));
	counts = bh_arena_array(tx->arena, n + 1, sizeof(*counts));
	for (size_t i = 0; i < n; i++) {
		parts[i] = rows[i].part;
		counts[i] = rows[i].n;
	}
	counting->parts = parts;
	counting->counts = counts;
	counting->n = n;
	return 0;
}

int
rag_store_receipt_begin(struct bh_db *tx, const struct bh_uuid *tenant, const char *kind,
	const struct bh_uuid *subject, struct rag_counting *out)
{
	static const char sql[] = "INSERT INTO receipt AS r (tenant_id, id, kind, subject)"
							  " VALUES ($1, $2, $3, $4)"
							  " ON CONFLICT (tenant_id, kind, subject) WHERE completed_at IS NULL"
							  " DO UPDATE SET subject = r.subject"
							  " RETURNING id";
	const struct bh_uuid id = bh_uuid_new();
	struct rag_counting counting = {0};
	int rc = bh_db_one(tx, sql, BH_PARAMS(tenant, &id, kind, subject), &bh_row_uuid,
		&counting.receipt);

	if (rc == 0)
		rc = tally(tx, &counting);
	if (rc == 0)
		*out = counting;
	return rc;
}

int
rag_store_receipt_resume(struct bh_db *tx, const struct bh_uuid *tenant, const char *kind,
	const struct bh_uuid *subject, struct rag_counting *out)
{
	static const char sql[] = "SELECT id FROM receipt"
							  " WHERE tenant_id = $1 AND kind = $2 AND subject = $3"
							  "   AND completed_at IS NULL"
							  "   FOR UPDATE";
	struct rag_counting counting = {0};
	bool found = false;
	int rc = bh_db_maybe(tx, sql, BH_PARAMS(tenant, kind, subject), &bh_row_uuid, &counting.receipt,
		&found);

	if (rc == 0 && found)
		rc = tally(tx, &counting);
	if (rc == 0)
		*out = counting;
	return rc;
}

int
rag_store_receipt_note(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_counting *counting)
{
	static const char sql[] =
		"INSERT INTO receipt_count AS c (tenant_id, receipt_id, part, n)"
		" SELECT $1, $2, present.part, present.n - coalesce(earlier.n, 0)"
		"   FROM (" TALLY ") AS present"
		"   LEFT JOIN unnest($3::text[], $4::bigint[]) AS earlier (part, n)"
		"     ON earlier.part = present.part"
		"  WHERE present.n > coalesce(earlier.n, 0)"
		" ON CONFLICT (tenant_id, receipt_id, part) DO UPDATE SET n = c.n + excluded.n";

	if (bh_uuid_is_zero(&counting->receipt))
		return 0;
	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &counting->receipt, bh_text_array_param(counting->parts, counting->n),
			bh_int_array_param(counting->counts, counting->n)),
		NULL);
}

int
rag_store_receipt_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_counting *counting, const char *part, int64_t n)
{
	static const char sql[] =
		"INSERT INTO receipt_count AS c (tenant_id, receipt_id, part, n)"
		" VALUES ($1, $2, $3, $4)"
		" ON CONFLICT (tenant_id, receipt_id, part) DO UPDATE SET n = c.n + excluded.n";

	if (bh_uuid_is_zero(&counting->receipt))
		return 0;
	return bh_db_exec(tx, sql, BH_PARAMS(tenant, &counting->receipt, part, n), NULL);
}

int
rag_store_receipt_complete(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_counting *counting)
{
	static const char sql[] = "UPDATE receipt SET completed_at = now()"
							  " WHERE tenant_id = $1 AND id = $2 AND completed_at IS NULL";

	if (bh_uuid_is_zero(&counting->receipt))
		return 0;
	return bh_db_exec(tx, sql, BH_PARAMS(tenant, &counting->receipt), NULL);
}

int
rag_store_receipt_await(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct rag_counting *counting, const struct bh_uuid *object)
{
	static const char sql[] = "UPDATE receipt SET object_id = $3"
							  " WHERE tenant_id = $1 AND id = $2";

	return bh_db_exec(tx, sql, BH_PARAMS(tenant, &counting->receipt, object), NULL);
}

struct removal {
	const struct bh_uuid *tenant, *object;
};

static int
complete_object(struct bh_db *tx, void *ctx)
{
	static const char sql[] = "SELECT id FROM receipt"
							  " WHERE tenant_id = $1 AND object_id = $2 AND completed_at IS NULL"
							  "   FOR UPDATE";
	const struct removal *removal = ctx;
	struct rag_counting counting = {0};
	bool found = false;
	int rc = bh_db_maybe(tx, sql, BH_PARAMS(removal->tenant, removal->object), &bh_row_uuid,
		&counting.receipt, &found);

	if (rc == 0)
		rc = rag_store_receipt_add(tx, removal->tenant, &counting, "object", 1);
	return rc < 0 ? rc : rag_store_receipt_complete(tx, removal->tenant, &counting);
}

int
rag_store_receipt_object(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *object)
{
	struct removal removal = {tenant, object};

	return bh_tx_run(db, complete_object, &removal);
}

static const struct bh_row receipt_row = BH_ROW(struct rag_receipt, id, kind, subject, created_ms,
	completed_ms, removed);

#define RECEIPTS \
	"SELECT r.id, r.kind," \
	"       CASE r.kind WHEN 'vector_store' THEN 'vs_' ELSE 'file-' END || " \
	"replace(r.subject::text, '-', '')," \
	"       r.created_at, r.completed_at," \
	"       coalesce((SELECT jsonb_object_agg(part, n) FROM receipt_count" \
	"                  WHERE tenant_id = $1 AND receipt_id = r.id), '{}')" \
	"  FROM receipt AS r WHERE r.tenant_id = $1"

int
rag_store_receipt_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct rag_receipt *out)
{
	static const char sql[] = RECEIPTS " AND r.id = $2";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &receipt_row, out);
}

int
rag_store_receipt_list(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_slice *slice,
	struct rag_receipt **out, size_t *out_n)
{
	static const char up[] = RECEIPTS " AND r.id > $2 AND r.id < $3 ORDER BY r.id LIMIT $4";
	static const char down[] = RECEIPTS " AND r.id > $2 AND r.id < $3 ORDER BY r.id DESC LIMIT $4";

	return bh_db_read_each(db, slice->up ? up : down,
		BH_PARAMS(tenant, &slice->low, &slice->high, slice->limit), &receipt_row, out, out_n);
}
