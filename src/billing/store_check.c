/* SPDX-License-Identifier: Apache-2.0 */
/* store_check.c: the SQL of proofs. Every statement gives subject, what is expected and what was found. */
#include "billing/store_check.h"

#define MOST " LIMIT 20"

static const struct bh_row row = BH_ROW(struct billing_mismatch, subject, expected, found);

int
billing_store_check_entries(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT e.kind || ' ' || e.reference, 0::bigint, coalesce(sum(l.nanos), -1)::bigint"
		"  FROM ledger_entry AS e"
		"  LEFT JOIN ledger_line AS l ON l.tenant_id = $1 AND l.entry_id = e.id"
		" WHERE e.tenant_id = $1"
		" GROUP BY e.id, e.kind, e.reference, l.currency"
		" HAVING coalesce(sum(l.nanos), -1) <> 0"
		" ORDER BY e.id" MOST;

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &row, out, out_n);
}

int
billing_store_check_balances(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT coalesce(l.account, b.account), coalesce(l.nanos, 0)::bigint, coalesce(b.nanos, 0)"
		"  FROM (SELECT account, currency, sum(nanos) AS nanos FROM ledger_line"
		"         WHERE tenant_id = $1 GROUP BY account, currency) AS l"
		"  FULL JOIN (SELECT account, currency, nanos FROM ledger_balance"
		"         WHERE tenant_id = $1) AS b"
		"    ON b.account = l.account AND b.currency = l.currency"
		" WHERE coalesce(l.nanos, 0) <> coalesce(b.nanos, 0)"
		" ORDER BY 1" MOST;

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &row, out, out_n);
}

int
billing_store_check_clearing(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT account, 0::bigint, nanos FROM ledger_balance"
		" WHERE tenant_id = $1 AND account IN ('drawn', 'rounding') AND nanos <> 0" MOST;

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &row, out, out_n);
}

int
billing_store_check_posted(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n)
{
	/* Days that retention has taken are not there to compare. */
	static const char sql[] =
		"SELECT coalesce(u.day, p.subject) || part.name,"
		"       (CASE part.name WHEN '' THEN coalesce(u.cost, 0) ELSE coalesce(u.covered, 0) "
		"END)::bigint,"
		"       CASE part.name WHEN '' THEN coalesce(p.nanos, 0) ELSE coalesce(p.covered, 0) END"
		"  FROM (SELECT day::text AS day, sum(cost_nanos) AS cost, sum(covered_nanos) AS covered"
		"          FROM usage_day WHERE tenant_id = $1 GROUP BY day) AS u"
		"  FULL JOIN (SELECT subject, nanos, covered FROM ledger_posted"
		"         WHERE tenant_id = $1 AND kind = 'usage' AND subject >= coalesce((SELECT "
		"min(day)::text"
		"               FROM usage_day WHERE tenant_id = $1), '')) AS p ON p.subject = u.day"
		" CROSS JOIN (VALUES (''), (' covered')) AS part (name)"
		" WHERE CASE part.name WHEN '' THEN coalesce(u.cost, 0) <> coalesce(p.nanos, 0)"
		"       ELSE coalesce(u.covered, 0) <> coalesce(p.covered, 0) END"
		" ORDER BY 1" MOST;

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &row, out, out_n);
}

int
billing_store_check_events(struct bh_db *db, const struct bh_uuid *tenant, int64_t days,
	struct billing_mismatch **out, size_t *out_n)
{
	/* Acts in quarantine have no event. An act that waited over midnight counts on the day after its event's:
	 * sums are compared that begin at three days one after the other, and one of them must be equal. Where
	 * all events are kept and all are read, they begin at the beginning. */
	static const char sql[] =
		"WITH oldest AS ("
		"	SELECT (SELECT (min(arrived_at) AT TIME ZONE 'UTC')::date FROM usage_event"
		"		WHERE tenant_id = $1) AS event,"
		"	       (SELECT min(day) FROM usage_day WHERE tenant_id = $1) AS used"
		"), first AS ("
		"	SELECT greatest(CASE WHEN event IS NULL THEN date 'infinity' WHEN used < event - 1 "
		"THEN event + 1"
		"		ELSE date '-infinity' END, CASE WHEN $2 > 0 THEN (now() AT TIME ZONE 'UTC')::date "
		"- $2::int"
		"		ELSE date '-infinity' END) AS day FROM oldest"
		"), event AS ("
		"	SELECT (arrived_at AT TIME ZONE 'UTC')::date AS day, sum(cost_nanos) AS cost,"
		"	       sum(covered_nanos) AS covered FROM usage_event"
		"	 WHERE tenant_id = $1 AND arrived_at >= (SELECT day FROM first)::timestamp AT TIME "
		"ZONE 'UTC'"
		"	 GROUP BY 1"
		"), aside AS ("
		"	SELECT (created_at AT TIME ZONE 'UTC')::date AS day, sum(cost_nanos) AS cost FROM "
		"usage_quarantine"
		"	 WHERE tenant_id = $1 AND created_at >= (SELECT day FROM first)::timestamp AT TIME "
		"ZONE 'UTC'"
		"	 GROUP BY 1"
		"), used AS ("
		"	SELECT day, sum(cost_nanos) AS cost, sum(covered_nanos) AS covered FROM usage_day"
		"	 WHERE tenant_id = $1 AND kind <> 'expired' AND day >= (SELECT day FROM first)"
		"	 GROUP BY day"
		"), part AS ("
		"	SELECT day, 'cost' AS name, cost AS expected, 0 AS found FROM event"
		"	 UNION ALL SELECT day, 'cost', cost, 0 FROM aside"
		"	 UNION ALL SELECT day, 'cost', 0, cost FROM used"
		"	 UNION ALL SELECT day, 'covered', covered, 0 FROM event"
		"	 UNION ALL SELECT day, 'covered', 0, covered FROM used"
		"), since AS ("
		"	SELECT name, first.day + n AS start, sum(expected) FILTER (WHERE part.day >= first.day "
		"+ n) AS expected,"
		"	       sum(found) FILTER (WHERE part.day >= first.day + n) AS found"
		"	  FROM part, first, generate_series(0, 2) AS n"
		"	 WHERE part.name = 'cost' OR NOT EXISTS (SELECT FROM aside)"
		"	 GROUP BY name, first.day, n"
		")"
		" SELECT name || ' since ' || start, coalesce(expected, 0)::bigint, coalesce(found, "
		"0)::bigint"
		"  FROM since"
		" WHERE start = (SELECT day FROM first)"
		"   AND NOT EXISTS (SELECT FROM since AS same WHERE same.name = since.name"
		"         AND coalesce(same.expected, 0) = coalesce(same.found, 0))"
		" ORDER BY 1";

	return bh_db_read_each(db, sql, BH_PARAMS(tenant, days), &row, out, out_n);
}

int
billing_store_check_days(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n)
{
	/* Reservations that expired are told of the tenant's day only: on their days its other owners have
	 * more than their acts. */
	static const char sql[] =
		"WITH used AS MATERIALIZED ("
		"	SELECT day, kind, key_id, user_id, team_id, cost_nanos AS cost FROM usage_day WHERE "
		"tenant_id = $1"
		"), late AS ("
		"	SELECT DISTINCT day FROM used WHERE kind = 'expired'"
		"), owed AS ("
		"	SELECT day, owner, sum(cost) AS cost"
		"	  FROM (SELECT day, $1::uuid AS owner, cost FROM used"
		"		UNION ALL SELECT day, key_id, cost FROM used"
		"		UNION ALL SELECT day, user_id, cost FROM used"
		"		UNION ALL SELECT day, team_id, cost FROM used) AS each"
		"	 WHERE owner <> '00000000-0000-0000-0000-000000000000'"
		"	 GROUP BY day, owner"
		"), spent AS ("
		"	SELECT day, owner_id AS owner, spent FROM meter_day"
		"	 WHERE tenant_id = $1 AND day >= (SELECT min(day) FROM used)"
		"), since AS ("
		"	SELECT greatest((SELECT min(day) FROM used), (SELECT min(day) FROM spent)) AS day"
		")"
		" SELECT coalesce(owed.day, spent.day) || ' ' || coalesce(owed.owner, spent.owner),"
		"       coalesce(owed.cost, 0)::bigint, coalesce(spent.spent, 0)"
		"  FROM owed FULL JOIN spent ON spent.day = owed.day AND spent.owner = owed.owner"
		" WHERE coalesce(owed.cost, 0) <> coalesce(spent.spent, 0)"
		"   AND coalesce(owed.day, spent.day) >= (SELECT day FROM since)"
		"   AND (coalesce(owed.owner, spent.owner) = $1"
		"        OR coalesce(owed.day, spent.day) NOT IN (SELECT day FROM late))"
		" ORDER BY 1" MOST;

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &row, out, out_n);
}

int
billing_store_check_owners(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n)
{
	/* Days are kept for more than 300 days; what is older may be missing in the sum of all. */
	static const char sql[] =
		"WITH day AS ("
		"	SELECT o.id, coalesce(sum(d.spent) FILTER (WHERE d.day = o.day), 0) AS day,"
		"	       coalesce(sum(d.spent) FILTER (WHERE d.day >= o.month"
		"	              AND d.day < o.month + interval '1 month'), 0) AS month,"
		"	       coalesce(sum(d.spent), 0) AS total, min(d.day) < o.day - 300 AS old"
		"	  FROM meter_owner AS o"
		"	  LEFT JOIN meter_day AS d ON d.tenant_id = $1 AND d.owner_id = o.id"
		"	 WHERE o.tenant_id = $1"
		"	 GROUP BY o.id, o.day, o.month"
		")"
		" SELECT o.kind || ' ' || o.id || ' ' || part.name, part.expected::bigint, part.found"
		"  FROM meter_owner AS o"
		"  JOIN day ON day.id = o.id"
		" CROSS JOIN LATERAL (VALUES ('day', day.day, o.day_spent), ('month', day.month, "
		"o.month_spent),"
		"       ('total', CASE WHEN day.old THEN least(day.total, o.total_spent) ELSE day.total "
		"END,"
		"        o.total_spent)) AS part (name, expected, found)"
		" WHERE o.tenant_id = $1 AND part.expected <> part.found"
		" ORDER BY 1" MOST;

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &row, out, out_n);
}

int
billing_store_check_credits(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n)
{
	static const char sql[] =
		"WITH fund AS ("
		"	SELECT f.id, f.amount, f.remains FROM meter_funds AS m"
		"	 CROSS JOIN LATERAL unnest(m.ids, m.meters, m.amounts, m.remains) AS f (id, meter, "
		"amount, remains)"
		"	 WHERE m.tenant_id = $1 AND f.meter < 0"
		"), given AS ("
		"	SELECT id, nanos, drawn FROM credit_grant WHERE tenant_id = $1 AND status = 'active'"
		")"
		" SELECT coalesce(given.id, fund.id) || ' ' || part.name, part.expected, part.found"
		"  FROM given FULL JOIN fund ON fund.id = given.id"
		" CROSS JOIN LATERAL (VALUES ('amount', coalesce(given.nanos, 0), coalesce(fund.amount, "
		"0)),"
		"       ('drawn', coalesce(given.drawn, 0), coalesce(fund.amount - fund.remains, 0)))"
		"       AS part (name, expected, found)"
		" WHERE part.expected <> part.found OR fund.remains < 0 OR fund.remains > fund.amount"
		" ORDER BY 1" MOST;

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &row, out, out_n);
}

#define NUMBERED "tenant_id = $1 AND status IN ('open', 'paid', 'uncollectible')"

int
billing_store_check_accounts(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n)
{
	static const char sql[] =
		"WITH posted AS ("
		"	SELECT coalesce(sum(nanos - covered) FILTER (WHERE kind = 'usage'), 0) AS used,"
		"	       coalesce(sum(nanos) FILTER (WHERE kind = 'drawn'), 0) AS drawn,"
		"	       coalesce(sum(nanos) FILTER (WHERE kind = 'earned'), 0) AS earned"
		"	  FROM ledger_posted WHERE tenant_id = $1"
		"), billed AS ("
		"	SELECT coalesce(sum(usage_nanos), 0) AS used, coalesce(sum(total - due), 0) AS carried,"
		"	       coalesce(sum(greatest(0, due - paid - credited)) FILTER (WHERE status = "
		"'open'), 0) AS open,"
		"	       coalesce(sum(greatest(0, due - paid - credited)) FILTER (WHERE status = "
		"'uncollectible'), 0)"
		"	           AS lost,"
		"	       coalesce(sum(tax), 0) AS tax"
		"	  FROM invoice WHERE " NUMBERED " AND kind = 'invoice'"
		"), credited AS ("
		"	SELECT coalesce(sum(tax), 0) AS tax FROM invoice WHERE " NUMBERED
		" AND kind = 'credit_note'"
		"), ahead AS ("
		"	SELECT coalesce(sum(l.nanos), 0) AS nanos FROM invoice_line AS l"
		"	  JOIN invoice AS i ON i.tenant_id = $1 AND i.id = l.invoice_id"
		"	   AND i.status IN ('open', 'paid', 'uncollectible')"
		"	 WHERE l.tenant_id = $1 AND l.kind IN ('base', 'proration')"
		"), fund AS ("
		"	SELECT coalesce(sum(f.remains), 0) AS nanos FROM meter_funds AS m"
		"	 CROSS JOIN LATERAL unnest(m.meters, m.remains) AS f (meter, remains)"
		"	 WHERE m.tenant_id = $1 AND f.meter < 0"
		"), paid AS ("
		"	SELECT (SELECT coalesce(sum(nanos), 0) FROM invoice_payment WHERE tenant_id = $1)"
		"	     + (SELECT coalesce(sum(nanos), 0) FROM credit_grant WHERE tenant_id = $1 AND "
		"category = 'paid')"
		"	     + (SELECT coalesce(sum(nanos) FILTER (WHERE kind = 'surplus'), 0)"
		"	             - coalesce(sum(nanos) FILTER (WHERE status = 'succeeded'), 0)"
		"	          FROM invoice_refund WHERE tenant_id = $1)"
		"	       AS nanos"
		")"
		" SELECT want.account, want.nanos::bigint, coalesce(b.nanos, 0)"
		"  FROM posted, billed, credited, ahead, fund, paid"
		" CROSS JOIN LATERAL (VALUES"
		"       ('unbilled', posted.used - posted.drawn - billed.used), ('receivable', "
		"billed.open),"
		"       ('carried', billed.carried), ('tax_payable', credited.tax - billed.tax),"
		"       ('deferred', posted.earned - ahead.nanos), ('credit_liability', -fund.nanos),"
		"       ('cash', paid.nanos)) AS want (account, nanos)"
		"  LEFT JOIN ledger_balance AS b ON b.tenant_id = $1 AND b.account = want.account"
		" WHERE want.nanos <> coalesce(b.nanos, 0)"
		" ORDER BY 1" MOST;

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &row, out, out_n);
}

int
billing_store_check_invoices(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT i.number || ' ' || part.name, part.expected::bigint, part.found"
		"  FROM invoice AS i"
		" CROSS JOIN LATERAL (SELECT coalesce(sum(nanos), 0) AS nanos FROM invoice_line"
		"         WHERE tenant_id = $1 AND invoice_id = i.id) AS line"
		" CROSS JOIN LATERAL (SELECT coalesce(sum(nanos), 0) AS nanos FROM invoice_payment"
		"         WHERE tenant_id = $1 AND invoice_id = i.id) AS payment"
		" CROSS JOIN LATERAL (SELECT coalesce(sum(n.total), 0) AS nanos FROM invoice AS n"
		"         WHERE n.tenant_id = $1 AND n.of_invoice = i.id AND n.kind = 'credit_note'"
		"           AND n.number IS NOT NULL) AS note"
		" CROSS JOIN LATERAL (VALUES ('subtotal', line.nanos, i.subtotal),"
		"       ('total', i.subtotal::numeric + CASE WHEN i.tax_inclusive THEN 0 ELSE i.tax END, "
		"i.total),"
		"       ('due', i.total::numeric + i.carried_in - i.carried_out, i.due),"
		"       ('paid', payment.nanos, i.paid), ('credited', note.nanos, i.credited))"
		"       AS part (name, expected, found)"
		" WHERE i.tenant_id = $1 AND i.number IS NOT NULL AND part.expected <> part.found"
		" ORDER BY 1" MOST;

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &row, out, out_n);
}

int
billing_store_check_invoice_entries(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n)
{
	static const char sql[] =
		"SELECT i.number || ' ' || want.account, want.nanos, coalesce(l.nanos, 0)"
		"  FROM invoice AS i"
		" CROSS JOIN LATERAL (VALUES ('receivable', i.due), ('unbilled', -i.usage_nanos),"
		"       ('tax_payable', -i.tax)) AS want (account, nanos)"
		"  LEFT JOIN ledger_entry AS e"
		"    ON e.tenant_id = $1 AND e.kind = 'invoice' AND e.reference = i.id::text"
		"  LEFT JOIN ledger_line AS l"
		"    ON l.tenant_id = $1 AND l.entry_id = e.id AND l.account = want.account"
		" WHERE i.tenant_id = $1 AND i.kind = 'invoice' AND i.number IS NOT NULL"
		"   AND want.nanos <> coalesce(l.nanos, 0)"
		" ORDER BY 1" MOST;

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &row, out, out_n);
}

int
billing_store_check_numbers(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_mismatch **out, size_t *out_n)
{
	static const char sql[] =
		"WITH given AS ("
		"	SELECT kind, year, count(*) AS n, max(sequence) AS last FROM invoice"
		"	 WHERE tenant_id = $1 AND number IS NOT NULL GROUP BY kind, year"
		"), series AS ("
		"	SELECT kind, year, last FROM invoice_series WHERE tenant_id = $1"
		")"
		" SELECT coalesce(g.kind, s.kind) || ' ' || coalesce(g.year, s.year), coalesce(s.last, 0),"
		"       coalesce(least(g.n, g.last), 0)"
		"  FROM given AS g FULL JOIN series AS s ON s.kind = g.kind AND s.year = g.year"
		" WHERE g.n IS DISTINCT FROM s.last OR g.last IS DISTINCT FROM s.last"
		" ORDER BY 1" MOST;

	return bh_db_read_each(db, sql, BH_PARAMS(tenant), &row, out, out_n);
}
