/* SPDX-License-Identifier: Apache-2.0 */
/* store_stripe_outbox.c: what Stripe has to be told, and what it was told of usage. */
#include "base/error.h"
#include "base/macros.h"
#include "billing/store_stripe.h"
#include "meter/unit.h"

int
stripe_store_outbox_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct stripe_owed *owed)
{
	static const char sql[] = "INSERT INTO stripe_outbox (tenant_id, id, kind, reference, payload)"
							  " VALUES ($1, $2, $3, $4, $5)"
							  " ON CONFLICT (tenant_id, id) DO NOTHING";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, &owed->id, owed->kind, owed->reference,
			bh_json_text_param(owed->payload)),
		NULL);
}

static const struct bh_row owed_row = BH_ROW(struct stripe_owed, id, kind, reference, payload,
	attempts, created_ms, generation);

int
stripe_store_outbox_next(struct bh_db *db, const struct bh_uuid *tenant, struct stripe_owed *out,
	bool *out_found)
{
	static const char sql[] =
		"SELECT id, kind, reference, payload, attempts, created_at, generation"
		"  FROM stripe_outbox"
		" WHERE tenant_id = $1 AND state = 'waiting'"
		" ORDER BY created_at, id LIMIT 1";

	return bh_db_read_maybe(db, sql, BH_PARAMS(tenant), &owed_row, out, out_found);
}

int
stripe_store_outbox_sent(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	/* What was reported is in stripe_reported: its rows are many, and tell nothing more. */
	static const char sql[] =
		"WITH reported AS (DELETE FROM stripe_outbox"
		"                   WHERE tenant_id = $1 AND id = $2 AND kind = 'meter_event')"
		" UPDATE stripe_outbox"
		"   SET state = 'sent', attempts = attempts + 1, error = NULL, ended_at = now()"
		" WHERE tenant_id = $1 AND id = $2 AND state = 'waiting' AND kind <> 'meter_event'";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, id), NULL);
}

int
stripe_store_outbox_refused(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *error)
{
	static const char sql[] =
		"UPDATE stripe_outbox"
		"   SET state = 'refused', attempts = attempts + 1, error = $3, ended_at = now()"
		" WHERE tenant_id = $1 AND id = $2 AND state = 'waiting'";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, id, error), NULL);
}

int
stripe_store_outbox_failed(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *error)
{
	static const char sql[] = "UPDATE stripe_outbox SET attempts = attempts + 1, error = $3"
							  " WHERE tenant_id = $1 AND id = $2 AND state = 'waiting'";

	return bh_db_exec(db, sql, BH_PARAMS(tenant, id, error), NULL);
}

int
stripe_store_outbox_again(struct bh_db *db, const struct bh_uuid *tenant, int64_t *out_rows)
{
	static const char sql[] =
		"UPDATE stripe_outbox"
		"   SET state = 'waiting', ended_at = NULL, generation = generation + 1"
		" WHERE tenant_id = $1 AND state = 'refused'";

	return bh_db_exec(db, sql, BH_PARAMS(tenant), out_rows);
}

static const struct bh_row outbox_row = BH_ROW(struct stripe_outbox_row, id, kind, reference, state,
	error, attempts, created_ms, ended_ms);

int
stripe_store_outbox_list(struct bh_db *db, const struct bh_uuid *tenant, int64_t limit,
	struct stripe_outbox_row **out, size_t *out_count)
{
	static const char sql[] =
		"SELECT id, kind, reference, state, error, attempts, created_at, ended_at"
		"  FROM stripe_outbox"
		" WHERE tenant_id = $1 AND state <> 'sent'"
		" ORDER BY id DESC LIMIT $2";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, limit), &outbox_row, out, out_count);
}

static const struct bh_row unsent_row = BH_ROW(struct stripe_unsent, id, name, nanos, currency);

int
stripe_store_unsent(struct bh_db *tx, const struct bh_uuid *tenant, const char *prefix,
	struct stripe_unsent **out, size_t *out_count)
{
	/* Only what was sent to an account before: an invoice that was open when the customer left a card is not
	 * charged behind its back. One that waits goes to the account that is there when its turn comes. */
	static const char sql[] =
		"SELECT i.id, i.number, i.due - i.paid - i.credited, i.currency"
		"  FROM invoice AS i"
		" WHERE i.tenant_id = $1 AND i.kind = 'invoice' AND i.status = 'open'"
		"   AND i.due > i.paid + i.credited"
		"   AND NOT EXISTS (SELECT FROM stripe_link AS l WHERE l.tenant_id = $1"
		"         AND l.kind = 'invoice' AND l.ours = $2 || i.id::text)"
		"   AND (EXISTS (SELECT FROM stripe_link AS l WHERE l.tenant_id = $1 AND l.kind = 'invoice'"
		"         AND split_part(l.ours, ':', 2) = i.id::text)"
		"     OR EXISTS (SELECT FROM stripe_outbox AS o WHERE o.tenant_id = $1 AND o.kind = "
		"'collect'"
		"         AND o.payload ->> 'id' = i.id::text))"
		"   AND NOT EXISTS (SELECT FROM stripe_outbox AS o WHERE o.tenant_id = $1"
		"         AND o.state = 'waiting' AND o.kind = 'collect' AND o.payload ->> 'id' = "
		"i.id::text)"
		" ORDER BY i.finalized_at, i.id"
		" LIMIT 1000";

	return bh_db_each(tx, sql, BH_PARAMS(tenant, prefix), &unsent_row, out, out_count);
}

/* ---- usage ---- */

static const struct bh_row unreported_row = BH_ROW(struct stripe_unreported, day_ms, meter,
	quantity);

int
stripe_store_unreported(struct bh_db *db, const struct bh_uuid *tenant,
	struct stripe_unreported **out, size_t *out_count)
{
	/* Numbers of kinds and lines are those of src/meter/unit.h; what is cached is no input there. */
	static const char sql[] =
		"WITH used AS ("
		"  SELECT u.day, k.number * 8 + line.n AS meter, sum(line.quantity)::bigint AS quantity"
		"    FROM usage_day AS u"
		"    JOIN unnest($2::text[]) WITH ORDINALITY AS k (name, number) ON k.name = u.kind"
		"   CROSS JOIN LATERAL (VALUES"
		"     (0, u.input_tokens - u.cached_tokens - u.cache_write_tokens), (1, u.cached_tokens),"
		"     (2, u.cache_write_tokens), (3, u.output_tokens), (4, u.units)) AS line (n, quantity)"
		"   WHERE u.tenant_id = $1 AND u.day >= (now() AT TIME ZONE 'UTC')::date - 34"
		"   GROUP BY 1, 2)"
		" SELECT (used.day::timestamp AT TIME ZONE 'UTC'), used.meter,"
		"        used.quantity - coalesce(r.reported, 0)"
		"   FROM used"
		"   LEFT JOIN stripe_reported AS r"
		"     ON r.tenant_id = $1 AND r.day = used.day AND r.meter = used.meter"
		"  WHERE used.quantity <> coalesce(r.reported, 0)"
		"  ORDER BY used.day, used.meter"
		"  LIMIT 1000";
	const char *kinds[METER_KINDS - 1];

	for (int kind = 1; kind < METER_KINDS; kind++)
		kinds[kind - 1] = meter_kind_name((enum meter_kind)kind);
	return bh_db_read_each(db, sql, BH_PARAMS(tenant, bh_text_array_param(kinds, BH_COUNT(kinds))),
		&unreported_row, out, out_count);
}

int
stripe_store_reported_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct stripe_unreported *reported)
{
	static const char sql[] = "INSERT INTO stripe_reported AS r (tenant_id, day, meter, reported)"
							  " VALUES ($1, ($2::timestamptz AT TIME ZONE 'UTC')::date, $3, $4)"
							  " ON CONFLICT (tenant_id, day, meter)"
							  " DO UPDATE SET reported = r.reported + excluded.reported";

	return bh_db_exec(tx, sql,
		BH_PARAMS(tenant, bh_time_param(reported->day_ms), reported->meter, reported->quantity),
		NULL);
}

int
stripe_store_reported_trim(struct bh_db *db, const struct bh_uuid *tenant)
{
	static const char sql[] = "DELETE FROM stripe_reported"
							  " WHERE tenant_id = $1"
							  "   AND day < (now() AT TIME ZONE 'UTC')::date - 40";

	return bh_db_exec(db, sql, BH_PARAMS(tenant), NULL);
}

static const struct bh_row reported_row = BH_ROW(struct stripe_reported, day_ms, meter, reported);

int
stripe_store_reported_list(struct bh_db *db, const struct bh_uuid *tenant,
	struct stripe_reported **out, size_t *out_count)
{
	static const char sql[] = "SELECT (r.day::timestamp AT TIME ZONE 'UTC'), r.meter, r.reported"
							  "  FROM stripe_reported AS r"
							  " WHERE r.tenant_id = $1"
							  "   AND r.day BETWEEN (now() AT TIME ZONE 'UTC')::date - 3"
							  "                 AND (now() AT TIME ZONE 'UTC')::date - 2"
							  "   AND NOT EXISTS (SELECT FROM stripe_outbox AS o"
							  "                    WHERE o.tenant_id = $1 AND o.state <> 'sent'"
							  "                      AND o.kind = 'meter_event')"
							  " ORDER BY r.day, r.meter";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &reported_row, out, out_count);
}

int
stripe_store_open_list(struct bh_db *db, const struct bh_uuid *tenant, const char *prefix,
	const char ***out, size_t *out_count)
{
	/* A name of ours is "TAG:ID": that of another account names no invoice here. */
	static const char sql[] = "SELECT l.theirs"
							  "  FROM invoice AS i"
							  "  JOIN stripe_link AS l"
							  "    ON l.tenant_id = $1 AND l.kind = 'invoice'"
							  "   AND l.ours = $2 || i.id::text"
							  " WHERE i.tenant_id = $1 AND i.status = 'open'"
							  " UNION ALL "
							  "SELECT l.theirs"
							  "  FROM credit_intent AS c"
							  "  JOIN stripe_link AS l"
							  "    ON l.tenant_id = $1 AND l.kind = 'invoice'"
							  "   AND l.ours = $2 || c.id::text"
							  " WHERE c.tenant_id = $1 AND c.status = 'pending'"
							  " LIMIT 200";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, prefix), &bh_row_text, out, out_count);
}
