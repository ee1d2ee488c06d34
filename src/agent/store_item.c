/* SPDX-License-Identifier: Apache-2.0 */
/* store_item.c: what went into a response and what came out. */
#include "agent/store.h"

#include "base/error.h"

int
agent_store_item_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *response,
	bool output, size_t first, const struct agent_item *items, size_t n)
{
	static const char sql[] =
		"INSERT INTO response_item (tenant_id, response_id, output, position, item_id, item)"
		" SELECT $1, $2, $3, $4 + place - 1, item_id, item"
		"   FROM unnest($5::text[], $6::text[]) WITH ORDINALITY AS new (item_id, item, place)"
		" RETURNING true";
	const char **ids = bh_arena_array(tx->arena, n + 1, sizeof(*ids));
	const char **texts = bh_arena_array(tx->arena, n + 1, sizeof(*texts));

	for (size_t i = 0; i < n; i++) {
		ids[i] = items[i].id;
		texts[i] = items[i].json;
	}

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, response, output, (int64_t)first, bh_text_array_param(ids, n),
			bh_text_array_param(texts, n)),
		NULL);
}

static const struct bh_row item_row = BH_ROW(struct agent_item, id, json);

int
agent_store_item_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *response, bool output, struct agent_item **out, size_t *out_n)
{
	static const char sql[] = "SELECT item_id, item"
							  "  FROM response_item"
							  " WHERE tenant_id = $1 AND response_id = $2 AND output = $3"
							  " ORDER BY position";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, response, output), &item_row, out, out_n);
}

static int
item_place(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *response,
	const char *id, int64_t *out)
{
	static const char sql[] =
		"SELECT position"
		"  FROM response_item"
		" WHERE tenant_id = $1 AND response_id = $2 AND NOT output AND item_id = $3";

	return bh_db_read_one(db, sql, BH_PARAMS(tenant, response, id), &bh_row_int, out);
}

int
agent_store_item_page(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *response, const char *after, bool ascending, int64_t limit,
	struct agent_item **out, size_t *out_n)
{
	static const char upwards[] =
		"SELECT item_id, item"
		"  FROM response_item"
		" WHERE tenant_id = $1 AND response_id = $2 AND NOT output AND position > $3"
		" ORDER BY position"
		" LIMIT $4";
	static const char downwards[] =
		"SELECT item_id, item"
		"  FROM response_item"
		" WHERE tenant_id = $1 AND response_id = $2 AND NOT output AND position < $3"
		" ORDER BY position DESC"
		" LIMIT $4";
	int64_t place = ascending ? -1 : INT64_MAX;
	int rc = 0;

	if (after != NULL)
		rc = item_place(db, tenant, response, after, &place);
	if (rc < 0)
		return rc;

	return bh_db_read_each(db, ascending ? upwards : downwards,
		BH_PARAMS(tenant, response, place, limit), &item_row, out, out_n);
}

/* A row of the chain: an item, and what there is to say of the chain's beginning. */
struct chained {
	struct agent_item item;
	bool missing, more;
};

static const struct bh_row chain_row = BH_ROW(struct chained, item.id, item.json, missing, more);

int
agent_store_item_chain(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *response, int64_t bytes_most, struct agent_item **out, size_t *out_n,
	bool *out_more)
{
	/* From the newest backwards, a response at a time, until enough was found. */
	static const char sql[] =
		"WITH RECURSIVE chain AS ("
		"	SELECT id, previous_id, 1 AS distance, 512 +"
		"	       (SELECT coalesce(sum(octet_length(item) + 160), 0) FROM response_item AS item"
		"	         WHERE item.tenant_id = $1 AND item.response_id = response.id) AS bytes"
		"	  FROM response"
		"	 WHERE tenant_id = $1 AND id = $2 AND store"
		"	 UNION ALL"
		"	SELECT before.id, before.previous_id, chain.distance + 1, chain.bytes + 512 +"
		"	       (SELECT coalesce(sum(octet_length(item) + 160), 0) FROM response_item AS item"
		"	         WHERE item.tenant_id = $1 AND item.response_id = before.id)"
		"	  FROM chain"
		"	  JOIN response AS before ON before.id = chain.previous_id"
		"	 WHERE before.tenant_id = $1 AND before.store AND chain.bytes < $3"
		"), first AS MATERIALIZED ("
		"	SELECT previous_id IS NOT NULL AND bytes < $3 AS missing,"
		"	       previous_id IS NOT NULL AND bytes >= $3 AS more"
		"	  FROM chain ORDER BY distance DESC LIMIT 1"
		")"
		" SELECT item.item_id, item.item, first.missing, first.more"
		"   FROM first"
		"  CROSS JOIN chain"
		"   LEFT JOIN response_item AS item ON item.tenant_id = $1 AND item.response_id = chain.id"
		"  ORDER BY chain.distance DESC, item.output, item.position";
	struct chained *rows = NULL;
	struct agent_item *items;
	size_t n_rows = 0, n = 0;
	int rc;

	rc = bh_db_read_each(db, sql, BH_PARAMS(tenant, response, bytes_most), &chain_row, &rows,
		&n_rows);
	if (rc == 0 && (n_rows == 0 || rows[0].missing))
		rc = BH_E_NOT_FOUND;
	if (rc < 0)
		return rc;
	items = bh_arena_array(db->arena, n_rows, sizeof(*items));
	for (size_t i = 0; i < n_rows; i++) {
		if (rows[i].item.id != NULL)
			items[n++] = rows[i].item;
	}
	*out = items;
	*out_n = n;
	*out_more = rows[0].more;
	return 0;
}
