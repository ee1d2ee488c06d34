/* SPDX-License-Identifier: Apache-2.0 */
/* store_model.c: models a tenant may use: its own and the platform's. */
#include <string.h>

#include "base/error.h"
#include "base/macros.h"
#include "model/store.h"

/* A row as read; kinds and forms arrive as text. */
struct row {
	struct model_entry entry;
	const char *kind, *text_form, *excerpts, *score_form;
};

#define MODEL_COLUMNS \
	" m.tenant_id, m.id, m.name, m.kind, m.url, m.upstream_name, m.text_form, m.context," \
	" m.max_output, m.dimensions, m.managed, m.api_key_sealed," \
	" m.created_at, m.concurrency, m.excerpts, m.score_form, m.vision"
static const struct bh_row model_row = BH_ROW(struct row, entry.tenant, entry.id, entry.name, kind,
	entry.url, entry.upstream_name, text_form, entry.context, entry.max_output, entry.dimensions,
	entry.managed, entry.sealed_key, entry.created_ms, entry.concurrency, excerpts, score_form,
	entry.vision);

static struct model_entry
row_entry(const struct row *row)
{
	struct model_entry entry = row->entry;

	entry.kind = MODEL_CHAT;
	for (enum model_kind kind = MODEL_CHAT; kind < MODEL_KINDS; kind++) {
		if (strcmp(row->kind, model_kind_name(kind)) == 0)
			entry.kind = kind;
	}
	entry.text_form = row->text_form[0] == 'u' ? MODEL_TEXT_UNCASED : MODEL_TEXT_PLAIN;
	entry.excerpts = row->excerpts[0] == 's' ? MODEL_EXCERPTS_SENTENCES : MODEL_EXCERPTS_PASSAGES;
	entry.score_form = row->score_form[0] == 'l' ? MODEL_SCORE_LOGIT : MODEL_SCORE_UNIT;
	return entry;
}

static int
read_entry(struct bh_db *db, const char *sql, const struct bh_param *params, size_t n_params,
	struct model_entry *out)
{
	struct row row;
	int rc = bh_db_read_one(db, sql, params, n_params, &model_row, &row);

	if (rc == 0)
		*out = row_entry(&row);
	return rc;
}

#define PLATFORM "'00000000-0000-0000-0000-000000000001'"

/* The tenant's own model comes before a public one of the same name. */
int
model_store_model_find(struct bh_db *db, const struct bh_uuid *tenant, const char *name,
	struct model_entry *out)
{
	static const char sql[] = "SELECT" MODEL_COLUMNS "  FROM model m"
							  " WHERE (m.tenant_id = $1 OR m.tenant_id = " PLATFORM
							  ") AND m.name = $2"
							  " ORDER BY m.tenant_id = $1 DESC"
							  " LIMIT 1";

	return read_entry(db, sql, BH_PARAMS(tenant, name), out);
}

int
model_store_model_default(struct bh_db *db, const struct bh_uuid *tenant, const char *kind,
	struct model_entry *out)
{
	static const char sql[] =
		"SELECT" MODEL_COLUMNS "  FROM model_default d"
		"  JOIN model m ON m.tenant_id = d.model_tenant_id AND m.id = d.model_id"
		" WHERE (d.tenant_id = $1 OR d.tenant_id = " PLATFORM ") AND d.kind = $2"
		" ORDER BY d.tenant_id = $1 DESC"
		" LIMIT 1";

	return read_entry(db, sql, BH_PARAMS(tenant, kind), out);
}

int
model_store_model_list(struct bh_db *db, const struct bh_uuid *tenant, struct model_entry **out,
	size_t *out_count)
{
	static const char sql[] = "SELECT" MODEL_COLUMNS "  FROM model m"
							  " WHERE m.tenant_id = $1 OR m.tenant_id = " PLATFORM
							  " ORDER BY m.name, m.tenant_id = $1 DESC"
							  " LIMIT 1000";
	struct model_entry *entries;
	struct row *rows;
	size_t count;
	int rc = bh_db_read_each(db, sql, BH_PARAMS(tenant), &model_row, &rows, &count);

	if (rc < 0)
		return rc;
	entries = bh_arena_array(db->arena, count + 1, sizeof(*entries));
	for (size_t i = 0; i < count; i++)
		entries[i] = row_entry(&rows[i]);
	*out = entries;
	*out_count = count;
	return 0;
}

int
model_store_model_add(struct bh_db *db, const struct bh_uuid *tenant,
	const struct model_entry *entry)
{
	static const char sql[] =
		"INSERT INTO model (tenant_id, id, name, kind, url, upstream_name, text_form, context,"
		"       max_output, dimensions, managed, api_key_sealed, concurrency, excerpts, score_form,"
		"       vision)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
		/* A managed engine has moved, or has another context: whoever means the model still does. */
		" ON CONFLICT (tenant_id, name) DO UPDATE"
		"    SET url = excluded.url, context = excluded.context, dimensions = excluded.dimensions,"
		"        excerpts = excluded.excerpts, vision = excluded.vision"
		"  WHERE model.managed AND excluded.managed AND model.kind = excluded.kind";
	int rc = bh_db_change(db, sql,
		BH_PARAMS(tenant, &entry->id, entry->name, model_kind_name(entry->kind), entry->url,
			entry->upstream_name, entry->text_form == MODEL_TEXT_UNCASED ? "uncased" : "plain",
			entry->context, entry->max_output, entry->dimensions, entry->managed,
			bh_bytes_param(entry->sealed_key.len > 0 ? entry->sealed_key.data : "",
				entry->sealed_key.len),
			entry->concurrency, model_excerpts_name(entry->excerpts),
			model_score_form_name(entry->score_form), entry->vision));

	return rc == BH_E_NOT_FOUND ? BH_E_EXISTS : rc;
}

int
model_store_model_remove(struct bh_db *db, const struct bh_uuid *tenant, const char *name)
{
	static const char sql[] =
		/* A customer falls back on the platform's default; behind that there is none, but for images the backend for
		 * tests. */
		"WITH meant AS ("
		"  SELECT model_id FROM model_default"
		"   WHERE tenant_id = $1 AND model_tenant_id = $1 AND $1 = $3 AND kind <> 'image'),"
		" gone AS ("
		"  DELETE FROM model"
		"   WHERE tenant_id = $1 AND name = $2 AND id NOT IN (SELECT model_id FROM meant)"
		"  RETURNING id)"
		" SELECT EXISTS (SELECT FROM gone)"
		"   FROM model"
		"  WHERE tenant_id = $1 AND name = $2";
	bool gone = false;
	int rc = bh_db_one(db, sql, BH_PARAMS(tenant, name, &bh_platform_tenant), &bh_row_bool, &gone);

	if (rc == BH_E_NOT_FOUND)
		return BH_E_MODEL_NOT_FOUND;
	return rc < 0 || gone ? rc : BH_E_STATE;
}

int
model_store_default_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct model_entry *entry)
{
	static const char sql[] =
		"INSERT INTO model_default (tenant_id, kind, model_tenant_id, model_id)"
		" VALUES ($1, $2, $3, $4)"
		" ON CONFLICT (tenant_id, kind)"
		" DO UPDATE SET model_tenant_id = excluded.model_tenant_id, model_id = excluded.model_id";

	return bh_db_exec(db, sql,
		BH_PARAMS(tenant, model_kind_name(entry->kind), &entry->tenant, &entry->id), NULL);
}
