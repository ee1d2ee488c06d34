/* SPDX-License-Identifier: Apache-2.0 */
/* store_event.c: the journal of a run. */
#include "agent/store.h"

const char agent_store_event_retention[] =
	"WITH old AS MATERIALIZED ("
	"	SELECT id FROM response"
	"	 WHERE tenant_id = $1 AND NOT journal_gone"
	"	   AND completed_at < now() - $2::bigint * interval '1 millisecond'"
	"	 ORDER BY completed_at"
	"	 LIMIT $3"
	"), gone AS ("
	"	DELETE FROM response_event WHERE tenant_id = $1 AND response_id IN (SELECT id FROM old)"
	"), marked AS ("
	"	UPDATE response SET journal_gone = true"
	"	 WHERE tenant_id = $1 AND id IN (SELECT id FROM old)"
	"	RETURNING id"
	")"
	" SELECT (SELECT count(*) FROM marked),"
	"       (SELECT completed_at FROM response"
	"         WHERE tenant_id = $1 AND NOT journal_gone"
	"           AND completed_at >= now() - $2::bigint * interval '1 millisecond'"
	"         ORDER BY completed_at LIMIT 1)";

int
agent_store_event_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *response, int64_t epoch, const struct agent_event *events, size_t n)
{
	static const char sql[] =
		"INSERT INTO response_event (tenant_id, response_id, epoch, sequence_number, type, data)"
		" SELECT $1, $2, $3, new.sequence_number, new.type, new.data"
		"   FROM unnest($4::bigint[], $5::text[], $6::text[]) AS new (sequence_number, type, data)"
		" RETURNING true";
	int64_t *sequences = bh_arena_array(tx->arena, n + 1, sizeof(*sequences));
	const char **types = bh_arena_array(tx->arena, n + 1, sizeof(*types));
	const char **data = bh_arena_array(tx->arena, n + 1, sizeof(*data));

	for (size_t i = 0; i < n; i++) {
		sequences[i] = events[i].sequence;
		types[i] = events[i].type;
		data[i] = events[i].data;
	}

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, response, epoch, bh_int_array_param(sequences, n),
			bh_text_array_param(types, n), bh_text_array_param(data, n)),
		NULL);
}

static const struct bh_row event_row = BH_ROW(struct agent_event, sequence, type, data);

int
agent_store_event_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *response, int64_t after, int64_t limit, struct agent_event **out,
	size_t *out_n)
{
	static const char sql[] = "SELECT sequence_number, type, data"
							  "  FROM response_event"
							  " WHERE tenant_id = $1 AND response_id = $2 AND sequence_number > $3"
							  " ORDER BY sequence_number"
							  " LIMIT $4";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, response, after, limit), &event_row, out,
		out_n);
}
