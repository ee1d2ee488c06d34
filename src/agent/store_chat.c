/* SPDX-License-Identifier: Apache-2.0 */
/* store_chat.c: the SQL of chats and their turns. */
#include "agent/store_chat.h"

#include "base/error.h"
#include "service/retention.h"

#define COLUMNS \
	"c.id, c.title, c.settings," \
	" (SELECT count(*) FROM chat_turn AS t WHERE t.tenant_id = $1 AND t.chat_id = c.id)," \
	" (SELECT t.response_id FROM chat_turn AS t" \
	"   WHERE t.tenant_id = $1 AND t.chat_id = c.id" \
	"   ORDER BY t.response_id DESC LIMIT 1)," \
	" c.created_at, c.updated_at"

static const struct bh_row chat_row = BH_ROW(struct agent_chat_row, id, title, settings, turns,
	latest, created_ms, updated_ms);

int
agent_store_chat_add(struct bh_db *db, struct agent_chat_of of, const struct bh_uuid *id,
	const char *title, const char *settings, struct agent_chat_row *out, bool *out_added)
{
	static const char sql[] =
		"INSERT INTO chat AS c (tenant_id, id, subject, title, settings)"
		" SELECT $1, $2, $3, $4, $5"
		"  WHERE (SELECT count(*) FROM chat AS o WHERE o.tenant_id = $1 AND o.subject = $3) < $6"
		" RETURNING c.id, c.title, c.settings, 0::bigint, NULL::uuid, c.created_at, c.updated_at";

	return bh_db_maybe(db, sql,
		BH_PARAMS(of.tenant, id, of.subject, title, settings, (int64_t)AGENT_CHATS_MOST), &chat_row,
		out, out_added);
}

int
agent_store_chat_get(struct bh_db *db, struct agent_chat_of of, const struct bh_uuid *id,
	struct agent_chat_row *out)
{
	static const char sql[] = "SELECT " COLUMNS " FROM chat AS c"
							  " WHERE c.tenant_id = $1 AND c.id = $2 AND c.subject = $3";

	return bh_db_read_one(db, sql, BH_PARAMS(of.tenant, id, of.subject), &chat_row, out);
}

int
agent_store_chat_list(struct bh_db *db, struct agent_chat_of of, const char *search,
	const struct bh_uuid *after, int64_t limit, struct agent_chat_row **out, size_t *out_n)
{
	/* A cursor that is gone meanwhile, or never was one of them, ends the list. */
	static const char sql[] =
		"SELECT " COLUMNS " FROM chat AS c"
		" WHERE c.tenant_id = $1 AND c.subject = $2"
		"   AND ($3::uuid IS NULL OR (c.updated_at, c.id) <"
		"        (SELECT a.updated_at, a.id FROM chat AS a"
		"          WHERE a.tenant_id = $1 AND a.subject = $2 AND a.id = $3))"
		"   AND ($4 = '' OR strpos(lower(c.title), lower($4)) > 0"
		"        OR EXISTS (SELECT FROM chat_turn AS t"
		"                    WHERE t.tenant_id = $1 AND t.chat_id = c.id"
		"                      AND strpos(lower(t.question), lower($4)) > 0))"
		" ORDER BY c.tenant_id DESC, c.subject DESC, c.updated_at DESC, c.id DESC"
		" LIMIT $5";

	return bh_db_read_each(db, sql,
		BH_PARAMS(of.tenant, of.subject, bh_uuid_or_null_param(after), search != NULL ? search : "",
			limit),
		&chat_row, out, out_n);
}

int
agent_store_chat_set(struct bh_db *db, struct agent_chat_of of, const struct bh_uuid *id,
	const char *title, const char *settings)
{
	static const char sql[] =
		"UPDATE chat"
		"   SET title = coalesce($4, title), settings = coalesce($5, settings)"
		" WHERE tenant_id = $1 AND id = $2 AND subject = $3";

	return bh_db_change(db, sql, BH_PARAMS(of.tenant, id, of.subject, title, settings));
}

int
agent_store_chat_delete(struct bh_db *tx, struct agent_chat_of of, const struct bh_uuid *id)
{
	static const char responses[] =
		"DELETE FROM response"
		" WHERE tenant_id = $1"
		"   AND id IN (SELECT response_id FROM chat_turn WHERE tenant_id = $1 AND chat_id = $2)";
	static const char chat[] = "DELETE FROM chat WHERE tenant_id = $1 AND id = $2 AND subject = $3";
	int rc = bh_db_exec(tx, responses, BH_PARAMS(of.tenant, id), NULL);

	return rc < 0 ? rc : bh_db_change(tx, chat, BH_PARAMS(of.tenant, id, of.subject));
}

/* ---- turns ---- */

int
agent_store_turn_add(struct bh_db *tx, struct agent_chat_of of, const struct bh_uuid *chat,
	const struct bh_uuid *response, const char *question)
{
	/* The chat's row is locked by this, so that the count below is that of one asker after the other. */
	static const char used[] =
		"UPDATE chat"
		"   SET updated_at = now(), title = CASE WHEN title = '' THEN left($4, 100) ELSE title END"
		" WHERE tenant_id = $1 AND id = $2 AND subject = $3";
	static const char turn[] = "INSERT INTO chat_turn (tenant_id, chat_id, response_id, question)"
							   " SELECT $1, $2, $3, $4"
							   "  WHERE (SELECT count(*) FROM chat_turn AS t WHERE t.tenant_id = "
							   "$1 AND t.chat_id = $2) < $5"
							   " RETURNING true";
	int rc = bh_db_change(tx, used, BH_PARAMS(of.tenant, chat, of.subject, question));

	if (rc < 0)
		return rc;
	rc = bh_db_change(tx, turn,
		BH_PARAMS(of.tenant, chat, response, question, (int64_t)AGENT_TURNS_MOST));
	return rc == BH_E_NOT_FOUND
		? bh_error(BH_E_TOO_MANY, "A chat has at most %d turns.", AGENT_TURNS_MOST)
		: rc;
}

int
agent_store_turn_list(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *chat,
	const struct bh_uuid *low, const struct bh_uuid *high, bool up, int64_t limit,
	struct bh_uuid **out, size_t *out_n)
{
	static const char ascending[] =
		"SELECT response_id FROM chat_turn"
		" WHERE tenant_id = $1 AND chat_id = $2 AND response_id > $3 AND response_id < $4"
		" ORDER BY tenant_id, chat_id, response_id LIMIT $5";
	static const char descending[] =
		"SELECT response_id FROM chat_turn"
		" WHERE tenant_id = $1 AND chat_id = $2 AND response_id > $3 AND response_id < $4"
		" ORDER BY tenant_id DESC, chat_id DESC, response_id DESC LIMIT $5";

	return bh_db_read_each(db, up ? ascending : descending,
		BH_PARAMS(tenant, chat, low, high, limit), &bh_row_uuid, out, out_n);
}

int
agent_store_turn_hides(struct bh_db *db, struct agent_chat_of of, const struct bh_uuid *response,
	bool *out)
{
	static const char sql[] =
		"SELECT EXISTS (SELECT FROM chat_turn AS t"
		"                 JOIN chat AS c ON c.tenant_id = t.tenant_id AND c.id = t.chat_id"
		"                WHERE t.tenant_id = $1 AND t.response_id = $2 AND c.subject <> $3)";

	return bh_db_read_one(db, sql, BH_PARAMS(of.tenant, response, of.subject), &bh_row_bool, out);
}

static const struct bh_row run_row = BH_ROW(struct agent_turn_run, response, job);

int
agent_store_turn_running(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *chat,
	struct agent_turn_run **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT r.id, r.job_id"
		"  FROM chat_turn AS t JOIN response AS r ON r.tenant_id = t.tenant_id AND r.id = "
		"t.response_id"
		" WHERE t.tenant_id = $1 AND t.chat_id = $2 AND r.status IN ('queued', 'in_progress')";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, chat), &run_row, out, out_n);
}

/* One whose responses are kept is kept with them. */
const char agent_store_chat_retention[] = BH_RETENTION_SQL("chat", "id", "updated_at",
	" AND NOT EXISTS (SELECT FROM chat_turn AS o WHERE o.tenant_id = t.tenant_id AND o.chat_id = "
	"t.id)");
