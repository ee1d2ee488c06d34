/* SPDX-License-Identifier: Apache-2.0 */
/* store_greeting.c: the SQL of greetings. */
#include "hello/hello.h"

static const struct bh_row greeting_row = BH_ROW(struct hello_greeting, id, name, text);

int
hello_store_greeting_add(struct bh_db *db, const struct bh_uuid *tenant,
	const struct hello_greeting *greeting)
{
	static const char sql[] = "INSERT INTO greeting (tenant_id, id, name) VALUES ($1, $2, $3)";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(&greeting->id),
		bh_text_param(greeting->name)};

	return bh_db_exec(db, sql, BH_LIST(params), NULL);
}

int
hello_store_greeting_get(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	struct hello_greeting *out)
{
	static const char sql[] =
		"SELECT id, name, text FROM greeting WHERE tenant_id = $1 AND id = $2";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(id)};

	return bh_db_read_one(db, sql, BH_LIST(params), &greeting_row, out);
}

int
hello_store_greeting_say(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *word)
{
	static const char sql[] = "UPDATE greeting SET text = $3 || ', ' || name || '.'"
							  " WHERE tenant_id = $1 AND id = $2";
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_uuid_param(id),
		bh_text_param(word)};

	return bh_db_change(db, sql, BH_LIST(params));
}
