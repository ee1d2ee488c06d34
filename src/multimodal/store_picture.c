/* SPDX-License-Identifier: Apache-2.0 */
/* store_picture.c: a function per statement. */
#include "multimodal/store_picture.h"

#include "service/list.h"

#define COLUMNS \
	"p.id, p.file_id, p.has_file, p.source, p.format, p.width, p.height, p.bytes, p.prompt," \
	" p.model, p.quality, p.alt, p.seed IS NOT NULL, p.seed, p.created_at, p.expires_at"
#define MEMBERS \
	id, file, has_file, source, format, width, height, bytes, prompt, model, quality, alt, \
		has_seed, seed, created_ms, expires_ms
static const struct bh_row picture_row = BH_ROW(struct multimodal_picture, MEMBERS);
static const struct bh_row whole_row = BH_ROW(struct multimodal_picture, MEMBERS, words);
static const struct bh_row found_row = BH_ROW(struct multimodal_picture, MEMBERS, score);

#define IS_THERE " AND (p.expires_at IS NULL OR p.expires_at > now())"

/* ---- writing ---- */

int
multimodal_store_picture_begin(struct bh_db *tx, const struct bh_uuid *tenant, int64_t *out_change)
{
	static const char sql[] = "INSERT INTO picture_change AS c (tenant_id, changes)"
							  " VALUES ($1, 1)"
							  " ON CONFLICT (tenant_id) DO UPDATE SET changes = c.changes + 1"
							  " RETURNING changes";

	return bh_db_one(tx, sql, BH_PARAMS(tenant), &bh_row_int, out_change);
}

static struct bh_param
hashes_param(const struct multimodal_picture *picture)
{
	return picture->hashes.len > 0 ? bh_bytes_param(picture->hashes.data, picture->hashes.len)
								   : bh_bytes_param(NULL, 0);
}

int
multimodal_store_picture_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct multimodal_picture *picture, int64_t change)
{
	static const char sql[] =
		"INSERT INTO picture (tenant_id, id, change, file_id, has_file, source, format, width,"
		"                     height, bytes, prompt, model, seed, quality, alt, words, hashes,"
		"                     created_at, expires_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,"
		"         $18, $19)";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &picture->id, change, &picture->file, picture->has_file, picture->source,
			picture->format, picture->width, picture->height, picture->bytes, picture->prompt,
			picture->model, bh_int_or_null_param(picture->has_seed, picture->seed),
			picture->quality, picture->alt, picture->words, hashes_param(picture),
			bh_time_param(picture->created_ms), bh_time_or_null_param(picture->expires_ms)),
		NULL);
}

int
multimodal_store_picture_of_file(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *file, struct multimodal_picture *out, bool *out_found)
{
	static const char sql[] = "SELECT " COLUMNS ", p.words"
							  "  FROM picture AS p"
							  " WHERE p.tenant_id = $1 AND p.file_id = $2";

	return bh_db_maybe(tx, sql, BH_PARAMS(tenant, file), &whole_row, out, out_found);
}

int
multimodal_store_picture_change(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct multimodal_picture *picture, int64_t change)
{
	/* A file's bytes do not change, and neither do its hashes. */
	static const char sql[] =
		"UPDATE picture"
		"   SET change = CASE WHEN hashes IS NULL AND $6::bytea IS NOT NULL THEN $3::bigint"
		"                     ELSE change END,"
		"       alt = $4, words = $5, hashes = coalesce(hashes, $6::bytea)"
		" WHERE tenant_id = $1 AND id = $2";

	return bh_db_change(tx, sql,
		BH_PARAMS(tenant, &picture->id, change, picture->alt, picture->words,
			hashes_param(picture)));
}

int
multimodal_store_picture_terms(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct multimodal_picture *picture)
{
	static const char forget_sql[] = "DELETE FROM picture_term"
									 " WHERE tenant_id = $1 AND picture_id = $2";
	static const char sql[] = "INSERT INTO picture_term (tenant_id, term, picture_id)"
							  " SELECT $1, term, $2 FROM unnest($3::bigint[]) AS word (term)"
							  " RETURNING true";
	int rc = bh_db_exec(tx, forget_sql, BH_PARAMS(tenant, &picture->id), NULL);

	if (rc < 0 || picture->n_terms == 0)
		return rc;
	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &picture->id, bh_int_array_param(picture->terms, picture->n_terms)),
		NULL);
}

int
multimodal_store_picture_delete(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id)
{
	static const char sql[] = "DELETE FROM picture WHERE tenant_id = $1 AND id = $2";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, id), NULL);
}

/* ---- reading ---- */

int
multimodal_store_picture_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct multimodal_picture *out)
{
	static const char sql[] = "SELECT " COLUMNS ", p.words"
							  "  FROM picture AS p"
							  " WHERE p.tenant_id = $1 AND p.id = $2" IS_THERE;

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, id), &whole_row, out);
}

#define LISTED \
	"SELECT " COLUMNS "  FROM picture AS p" \
	" WHERE p.tenant_id = $1 AND p.id > $2 AND p.id < $3" IS_THERE

int
multimodal_store_picture_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_slice *slice, struct multimodal_picture **out, size_t *out_n)
{
	static const char up[] = LISTED " ORDER BY p.id LIMIT $4";
	static const char down[] = LISTED " ORDER BY p.id DESC LIMIT $4";

	return bh_db_read_each(db, slice->up ? up : down,
		BH_PARAMS(tenant, &slice->low, &slice->high, slice->limit), &picture_row, out, out_n);
}

int
multimodal_store_picture_some(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *ids, size_t n, struct multimodal_picture **out, size_t *out_n)
{
	static const char sql[] = "SELECT " COLUMNS "  FROM picture AS p"
							  " WHERE p.tenant_id = $1 AND p.id = ANY ($2::uuid[])" IS_THERE;

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, bh_uuid_array_param(ids, n)), &picture_row,
		out, out_n);
}

int
multimodal_store_picture_count(struct bh_db *db, const struct bh_uuid *tenant, int64_t most,
	int64_t *out)
{
	static const char sql[] = "SELECT count(*)"
							  "  FROM (SELECT FROM picture WHERE tenant_id = $1 LIMIT $2) AS rows";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, most), &bh_row_int, out);
}

int
multimodal_store_picture_search(struct bh_db *db, const struct bh_uuid *tenant,
	const struct multimodal_wanted_terms *wanted, int64_t limit, struct multimodal_picture **out,
	size_t *out_n)
{
	/* Only rows of the best are read. Some of them may have expired, so that a few more are taken. Words that all pictures
	 * have are many rows, which are sorted in the database that all tenants share: there is a limit to them. */
	static const char sql[] =
		"WITH best AS MATERIALIZED ("
		"	SELECT t.picture_id, count(DISTINCT asked.of_word) AS words"
		"	  FROM unnest($2::bigint[], $3::bigint[]) AS asked (term, of_word)"
		"	 CROSS JOIN LATERAL (SELECT has.picture_id"
		"	                       FROM picture_term AS has"
		"	                      WHERE has.tenant_id = $1 AND has.term = asked.term"
		"	                      ORDER BY has.picture_id DESC LIMIT $6::bigint) AS t"
		"	 GROUP BY t.picture_id"
		"	 ORDER BY words DESC, t.picture_id DESC LIMIT $5::bigint + 100)"
		" SELECT " COLUMNS ", best.words::float8 / $4::bigint AS score"
		"  FROM best"
		"  JOIN picture AS p ON p.tenant_id = $1 AND p.id = best.picture_id" IS_THERE
		" ORDER BY score DESC, p.id DESC LIMIT $5::bigint";
	int rc = bh_db_read_each(db, sql,
		BH_PARAMS(tenant, bh_int_array_param(wanted->terms, wanted->n),
			bh_int_array_param(wanted->groups, wanted->n), (int64_t)wanted->n_groups, limit,
			wanted->each),
		&found_row, out, out_n);

	for (size_t i = 0; rc == 0 && i < *out_n; i++)
		(*out)[i].has_score = true;
	return rc;
}

/* ---- hashes ---- */

int
multimodal_store_picture_changes(struct bh_db *db, const struct bh_uuid *tenant, int64_t *out)
{
	static const char sql[] = "SELECT coalesce(max(changes), 0)"
							  "  FROM picture_change"
							  " WHERE tenant_id = $1";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant), &bh_row_int, out);
}

static const struct bh_row hashed_row = BH_ROW(struct multimodal_hashed, id, change, hashes);

int
multimodal_store_picture_hashes(struct bh_db *db, const struct bh_uuid *tenant, int64_t after,
	int64_t until, int64_t limit, struct multimodal_hashed **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT id, change, hashes"
		"  FROM picture"
		" WHERE tenant_id = $1 AND change > $2 AND change <= $3 AND hashes IS NOT NULL"
		" ORDER BY change LIMIT $4";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, after, until, limit), &hashed_row, out,
		out_n);
}
