/* SPDX-License-Identifier: Apache-2.0 */
/* test_sums.c: random acts, owners, limits, funds, expiries, late and repeated settlements and days that pass, by the
 * functions of a real database; after each, every sum that is kept is the one computed anew from the events.
 *
 *     test_meter_sums [SEEDS [FIRST]] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "db/testing.h"
#include "meter/books.h"
#include "meter/price.h"

enum { SEEDS = 6, STEPS = 120, ACTS = 400, OWNERS = 6, HOUR_MS = 3600000 };

/* An act as its service knows it. */
struct act {
	struct meter_slot slot;
	bool is_reserved, is_settled;
};

static struct {
	uint64_t random, seed;
	struct bh_uuid tenant;
	struct bh_uuid owners[OWNERS]; /* two teams, two users, two keys */
	struct bh_db db, billing, admin;
	struct act acts[ACTS];
	size_t n_acts;
	int64_t jumped; /* days, since the beginning */
} world;

static uint64_t
below(uint64_t n)
{
	uint64_t z = world.random += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (z ^ z >> 31) % n;
}

static void
must(int rc, const char *what)
{
	if (rc == 0)
		return;
	print_error("seed %llu: %s: %s\n", (unsigned long long)world.seed, what, bh_error_detail(rc));
	fail();
}

static void
admin(const char *sql)
{
	must(bh_db_exec(&world.admin, sql, BH_PARAMS(&world.tenant), NULL), sql);
}

/* ---- what must hold ---- */

/* Each row of these tells of a sum that is wrong. $1 is the tenant. */
static const char *const rules[] = {
	/* Sums by day are those of the events. */
	"WITH kept AS (SELECT day, kind, model_id, price_version, key_id, user_id, team_id, calls, "
	"unpriced, input_tokens,"
	"        cached_tokens, cache_write_tokens, output_tokens, units, included_input, "
	"included_cached,"
	"        included_cache_write, included_output, included_units, cost_nanos, covered_nanos"
	"   FROM bulkhead.usage_day WHERE tenant_id = $1 AND kind <> 'expired'),"
	" anew AS (SELECT (arrived_at AT TIME ZONE 'UTC')::date, kind, model_id, price_version, "
	"key_id, user_id, team_id,"
	"        count(*), count(*) FILTER (WHERE NOT price_known), sum(input_tokens)::bigint,"
	"        sum(cached_tokens)::bigint, sum(cache_write_tokens)::bigint, "
	"sum(output_tokens)::bigint,"
	"        sum(units)::bigint, coalesce(sum(included[1]), 0)::bigint, coalesce(sum(included[2]), "
	"0)::bigint,"
	"        coalesce(sum(included[3]), 0)::bigint, coalesce(sum(included[4]), 0)::bigint,"
	"        coalesce(sum(included[5]), 0)::bigint, sum(cost_nanos)::bigint, "
	"sum(covered_nanos)::bigint"
	"   FROM bulkhead.usage_event WHERE tenant_id = $1 GROUP BY 1, 2, 3, 4, 5, 6, 7)"
	" SELECT 'usage_day ' || d::text FROM ((TABLE kept EXCEPT TABLE anew) UNION ALL (TABLE anew "
	"EXCEPT TABLE kept)) AS d",
	/* What expired stands there too, until it is given back. */
	"WITH kept AS (SELECT day, calls, cost_nanos FROM bulkhead.usage_day"
	"   WHERE tenant_id = $1 AND kind = 'expired' AND (calls <> 0 OR cost_nanos <> 0)),"
	" anew AS (SELECT expired_on, count(*), sum(nanos)::bigint FROM bulkhead.meter_reservation"
	"   WHERE tenant_id = $1 AND expired_on IS NOT NULL GROUP BY 1)"
	" SELECT 'expired ' || d::text FROM ((TABLE kept EXCEPT TABLE anew) UNION ALL (TABLE anew "
	"EXCEPT TABLE kept)) AS d",
	/* An owner's days. */
	"WITH kept AS (SELECT owner_id, day, spent FROM bulkhead.meter_day WHERE tenant_id = $1 AND "
	"spent <> 0),"
	" parts AS (SELECT o.id, (arrived_at AT TIME ZONE 'UTC')::date AS day, cost_nanos AS nanos"
	"    FROM bulkhead.usage_event, unnest(ARRAY[tenant_id, team_id, user_id, key_id]) AS o (id)"
	"   WHERE tenant_id = $1 AND o.id <> '00000000-0000-0000-0000-000000000000'"
	"  UNION ALL SELECT o.id, expired_on, nanos FROM bulkhead.meter_reservation, unnest(owners) AS "
	"o (id)"
	"   WHERE tenant_id = $1 AND expired_on IS NOT NULL),"
	" anew AS (SELECT id, day, sum(nanos)::bigint FROM parts GROUP BY 1, 2 HAVING sum(nanos) <> 0)"
	" SELECT 'meter_day ' || d::text FROM ((TABLE kept EXCEPT TABLE anew) UNION ALL (TABLE anew "
	"EXCEPT TABLE kept)) AS d",
	/* Its windows, and what it has reserved. */
	"SELECT 'owner ' || o::text || sums::text FROM bulkhead.meter_owner AS o,"
	"  LATERAL (SELECT coalesce(sum(spent) FILTER (WHERE d.day = o.day), 0) AS day,"
	"     coalesce(sum(spent) FILTER (WHERE date_trunc('month', d.day) = o.month), 0) AS month,"
	"     coalesce(sum(spent), 0) AS total,"
	"     (SELECT coalesce(sum(nanos), 0) FROM bulkhead.meter_reservation AS r"
	"       WHERE r.tenant_id = $1 AND o.id = ANY (r.owners) AND r.expired_on IS NULL) AS reserved"
	"    FROM bulkhead.meter_day AS d WHERE d.tenant_id = $1 AND d.owner_id = o.id) AS sums"
	" WHERE o.tenant_id = $1 AND (o.day_spent, o.month_spent, o.total_spent, o.reserved)"
	"   <> (sums.day, sums.month, sums.total, sums.reserved)",
	"SELECT 'limited ' || o.limited FROM bulkhead.meter_owner AS o WHERE o.tenant_id = $1 AND o.id "
	"= $1"
	"   AND o.limited <> (SELECT count(*) FROM bulkhead.meter_owner AS p WHERE p.tenant_id = $1 "
	"AND p.id <> $1"
	"     AND coalesce(p.day_limit, p.month_limit, p.total_limit) IS NOT NULL)",
	/* What is held of a fund. */
	"SELECT 'held ' || f::text FROM bulkhead.meter_funds AS m, unnest(m.ids, m.held) AS f (id, "
	"kept)"
	" WHERE m.tenant_id = $1 AND f.kept <> (SELECT coalesce(sum(h.amount), 0) FROM "
	"bulkhead.meter_reservation AS r,"
	"     unnest(r.funds, r.held) AS h (id, amount)"
	"   WHERE r.tenant_id = $1 AND r.expired_on IS NULL AND h.id = f.id)",
	/* What was drawn of credits, and of what is included, by meter. */
	"SELECT 'drawn ' || f::text FROM (SELECT part.meter, sum(part.amount - part.rest) AS drawn"
	"    FROM bulkhead.meter_funds AS m, unnest(m.meters, m.amounts, m.remains) AS part (meter, "
	"amount, rest)"
	"   WHERE m.tenant_id = $1 GROUP BY part.meter) AS f"
	" WHERE f.drawn <> (SELECT coalesce(sum(h.amount), 0) FROM bulkhead.meter_reservation AS r,"
	"       unnest(r.funds, r.held) AS h (id, amount), bulkhead.meter_funds AS m"
	"     WHERE r.tenant_id = $1 AND r.expired_on IS NOT NULL AND m.tenant_id = $1"
	"       AND m.meters[array_position(m.ids, h.id)] = f.meter)"
	"   + CASE WHEN f.meter < 0 THEN (SELECT coalesce(sum(covered_nanos), 0) FROM "
	"bulkhead.usage_event WHERE tenant_id = $1)"
	"       + (SELECT repaid FROM bulkhead.meter_funds WHERE tenant_id = $1)"
	"     ELSE (SELECT coalesce(sum(included[f.meter % 8 + 1]), 0) FROM bulkhead.usage_event"
	"            WHERE tenant_id = $1 AND kind = CASE f.meter / 8 WHEN 1 THEN 'chat' ELSE "
	"'embedding' END) END",
	"SELECT 'owed ' || m.owed FROM bulkhead.meter_funds AS m WHERE m.tenant_id = $1 AND m.owed <>"
	"   CASE WHEN m.prepaid THEN (SELECT coalesce(sum(cost_nanos - covered_nanos), 0) FROM "
	"bulkhead.usage_event"
	"     WHERE tenant_id = $1) ELSE 0 END - m.repaid",
	/* An act has a reservation or an event. */
	("SELECT 'both ' || r.act_id FROM bulkhead.meter_reservation AS r JOIN bulkhead.usage_event AS "
	 "u"
	 "    ON u.tenant_id = r.tenant_id AND u.id = r.act_id WHERE r.tenant_id = $1"),
};

static void
check(const char *after)
{
	for (size_t i = 0; i < BH_COUNT(rules); i++) {
		const char **wrong = NULL;
		size_t count = 0;

		/* The rows of one rule are read as one column of text. */
		must(bh_db_each(&world.admin, rules[i], BH_PARAMS(&world.tenant), &bh_row_text, &wrong,
				 &count),
			rules[i]);
		if (count > 0) {
			for (size_t row = 0; row < count; row++)
				print_error("seed %llu, after %s: %s\n", (unsigned long long)world.seed, after,
					wrong[row]);
			fail();
		}
	}
}

struct found {
	int64_t in, cached, written, out, units, cost;
	bool is_there;
};
static const struct bh_row found_row = BH_ROW(struct found, in, cached, written, out, units, cost);

/* The event costs what meter_cost says of what was not included. */
static void
check_cost(const struct act *act)
{
	static const char sql[] =
		"SELECT coalesce(included[1], 0), coalesce(included[2], 0), coalesce(included[3], 0),"
		"       coalesce(included[4], 0), coalesce(included[5], 0), cost_nanos"
		"  FROM bulkhead.usage_event WHERE tenant_id = $1 AND id = $2";
	struct found found;
	int64_t rest[METER_LINES];

	must(bh_db_one(&world.admin, sql,
			 BH_PARAMS(&world.tenant, (const struct bh_uuid *)&act->slot.act), &found_row, &found),
		"the event");
	memcpy(rest, act->slot.used, sizeof(rest));
	rest[METER_INPUT] -= found.in;
	rest[METER_CACHED] -= found.cached;
	rest[METER_CACHE_WRITE] -= found.written;
	rest[METER_OUTPUT] -= found.out;
	rest[METER_UNITS] -= found.units;
	assert_int_equal(found.cost, meter_cost(act->slot.prices, rest));
}

/* ---- what happens ---- */

static struct bh_uuid
owner_or_none(size_t first)
{
	uint64_t which = below(3);

	return which == 2 ? (struct bh_uuid){0} : world.owners[first + which];
}

static struct act *
new_act(void)
{
	struct act *act = &world.acts[world.n_acts++];

	assert_true(world.n_acts < ACTS);
	*act = (struct act){.slot = {
							.tenant = world.tenant,
							.act = bh_uuid_new(),
							.team = owner_or_none(0),
							.user = owner_or_none(2),
							.key = owner_or_none(4),
							.kind = below(3) ? METER_CHAT : METER_EMBEDDING,
							.model = "m",
							.request_id = "r",
							.started_ms = 1793500000000,
							.ended_ms = 1793500000000,
							.price_known = below(10) > 0,
							.price_version = 1 + (int64_t)below(2),
						}};
	for (int line = 0; line < METER_LINES; line++) {
		if (act->slot.price_known)
			act->slot.prices[line] = (int64_t)below(3000000);
		act->slot.most[line] = (int64_t)below(40);
		act->slot.used[line] = (int64_t)below((uint64_t)act->slot.most[line] + 1);
	}
	return act;
}

/* Whoever was admitted fits: checked on the rows that say so. */
static void
check_admitted(void)
{
	static const char sql[] =
		"SELECT count(*) FROM bulkhead.meter_owner AS o WHERE o.tenant_id = $1"
		"   AND (o.day_spent + o.reserved > o.day_limit OR o.month_spent + o.reserved > "
		"o.month_limit"
		"        OR o.total_spent + o.reserved > o.total_limit)"
		"   AND (o.id = $1 OR o.id = ANY ($2))";
	const struct meter_slot *slot = &world.acts[world.n_acts - 1].slot;
	const struct bh_uuid ids[] = {slot->team, slot->user, slot->key};
	int64_t over = 0;

	must(bh_db_one(&world.admin, sql,
			 BH_PARAMS(&world.tenant, bh_uuid_array_param(ids, BH_COUNT(ids))), &bh_row_int, &over),
		"limits");
	assert_int_equal(over, 0);
}

static void
reserve(void)
{
	struct meter_wanted wants[4];
	struct meter_refusal refusal = {0};
	size_t n = 1 + below(BH_COUNT(wants)), first = world.n_acts;

	for (size_t i = 0; i < n; i++)
		wants[i] = meter_wanted_of(&new_act()->slot);
	must(meter_books_reserve(&world.db, &world.tenant, wants, n, &refusal), "reserve");
	for (size_t i = first; i < world.n_acts; i++) {
		world.acts[i].is_reserved = refusal.span == METER_ADMITTED;
		/* One that was refused is not made; and some of them none the less, without a reservation. */
		world.acts[i].is_settled = !world.acts[i].is_reserved && below(4) > 0;
	}
	if (refusal.span == METER_ADMITTED)
		check_admitted();
}

static void
settle(void)
{
	struct meter_slot *slots[8];
	size_t n = 0, most = 1 + below(BH_COUNT(slots)), first = below(world.n_acts + 1);

	for (size_t i = 0; i < world.n_acts && n < most; i++) {
		struct act *act = &world.acts[(i + first) % world.n_acts];

		if (act->is_settled && (!act->is_reserved || below(3) > 0))
			continue; /* but some again */
		slots[n++] = &act->slot;
	}
	if (n == 0)
		return;
	for (size_t twice = 0; twice <= below(2); twice++)
		must(meter_books_settle(&world.db, &world.tenant, slots, n), "settle");
	for (size_t i = 0; i < n; i++) {
		struct act *act = (struct act *)slots[i]; /* its first member */

		act->is_settled = act->is_reserved = true;
		check_cost(act);
	}
}

static void
expire(void)
{
	int64_t expired = 0;

	if (below(2))
		admin("UPDATE bulkhead.meter_reservation SET renewed_at = renewed_at - interval '2 hours'"
			  " WHERE tenant_id = $1 AND get_byte(uuid_send(act_id), 15) % 3 = 0");
	must(meter_books_expire(&world.db, &world.tenant, HOUR_MS, 0, NULL, 0, &expired), "expire");
}

static void
reassert(void)
{
	for (size_t i = 0; i < world.n_acts; i++) {
		struct meter_wanted want = meter_wanted_of(&world.acts[i].slot);

		if (world.acts[i].is_reserved && below(4) == 0)
			must(meter_books_reassert(&world.db, &world.tenant, &want, 1), "reassert");
	}
}

/* Of a crash of the server: a reservation is gone, as if it had never been made. */
static void
lose(void)
{
	static const char sql[] =
		"WITH gone AS (DELETE FROM bulkhead.meter_reservation WHERE tenant_id = $1 AND expired_on "
		"IS NULL"
		"     AND get_byte(uuid_send(act_id), 14) % 4 = 0 RETURNING owners, nanos, funds, held),"
		" funds AS (UPDATE bulkhead.meter_funds AS m SET held = ARRAY("
		"    SELECT f.kept - coalesce((SELECT sum(h.amount) FROM gone, unnest(gone.funds, "
		"gone.held) AS h (id, amount)"
		"       WHERE h.id = f.id), 0)::bigint FROM unnest(m.ids, m.held) WITH ORDINALITY AS f "
		"(id, kept, n) ORDER BY n)"
		"   WHERE m.tenant_id = $1)"
		" UPDATE bulkhead.meter_owner AS o SET reserved = reserved"
		"    - coalesce((SELECT sum(nanos) FROM gone WHERE o.id = ANY (gone.owners)), 0)"
		"  WHERE o.tenant_id = $1";

	admin(sql);
	if (below(2))
		reassert();
}

/* The server's clock goes on by days, or back: everything that there is lies so much earlier, or later. */
static void
jump(void)
{
	static const int64_t days[] = {1, 1, 5, 40, -1, -3};
	int64_t by = days[below(BH_COUNT(days))];
	char sql[1024];
	bool done;

	/* What was charged two months ago is forgotten, and its charge stays. */
	if (world.jumped + by > 60)
		return;
	world.jumped += by;
	/* Far away and back, for keys are looked at row by row. */
	snprintf(sql, sizeof(sql),
		"UPDATE bulkhead.usage_day SET day = day - 100000 WHERE tenant_id = '$1';"
		"UPDATE bulkhead.usage_day SET day = day + 100000 - (%lld) WHERE tenant_id = '$1';"
		"UPDATE bulkhead.meter_day SET day = day - 100000 WHERE tenant_id = '$1';"
		"UPDATE bulkhead.meter_day SET day = day + 100000 - (%lld) WHERE tenant_id = '$1';"
		"UPDATE bulkhead.usage_event SET arrived_at = arrived_at - interval '%lld days' WHERE "
		"tenant_id = '$1';"
		"UPDATE bulkhead.meter_reservation SET expired_on = expired_on - (%lld) WHERE tenant_id = "
		"'$1';"
		"UPDATE bulkhead.meter_owner SET day = day - (%lld), month = date_trunc('month', day - "
		"(%lld))"
		" WHERE tenant_id = '$1'",
		(long long)by, (long long)by, (long long)by, (long long)by, (long long)by, (long long)by);
	{
		char tenant[BH_UUID_TEXT];
		char text[2048];
		size_t len = 0;

		bh_uuid_format(&world.tenant, tenant);
		for (const char *at = sql; *at != '\0'; at++) {
			if (at[0] == '$' && at[1] == '1') {
				memcpy(text + len, tenant, BH_UUID_TEXT - 1);
				len += BH_UUID_TEXT - 1;
				at++;
			} else {
				text[len++] = *at;
			}
		}
		text[len] = '\0';
		must(bh_test_db_script(&bh_test_group, text), "a jump");
	}
	/* Days moved across the ends of months, which a real clock's do not. What has begun since, the books see. */
	admin("UPDATE bulkhead.meter_owner AS o SET month_spent = (SELECT coalesce(sum(spent), 0)"
		  "    FROM bulkhead.meter_day AS d WHERE d.tenant_id = $1 AND d.owner_id = o.id"
		  "     AND date_trunc('month', d.day) = o.month) WHERE tenant_id = $1");
	admin("UPDATE bulkhead.meter_owner SET day = '1970-01-01', month = '1970-01-01' WHERE "
		  "tenant_id = $1"
		  "   AND day < (now() AT TIME ZONE 'UTC')::date");
	must(bh_db_one(&world.billing, "SELECT meter_lock($1) IS NULL", BH_PARAMS(&world.tenant),
			 &bh_row_bool, &done),
		"lock");
}

static void
limit(void)
{
	const struct meter_limit set = {
		.sets_day = below(2),
		.sets_month = below(2),
		.sets_total = below(2),
		.has_day = below(3) > 0,
		.has_month = below(3) > 0,
		.has_total = below(3) > 0,
		.day = (int64_t)below(2000),
		.month = (int64_t)below(4000),
		.total = (int64_t)below(9000),
	};
	size_t which = below(OWNERS + 1);
	enum meter_scope scope = which == OWNERS ? METER_TENANT : (enum meter_scope)(1 + which / 2);

	must(meter_books_limit(&world.billing, &world.tenant,
			 which == OWNERS ? &world.tenant : &world.owners[which], scope, &set),
		"limit");
}

static void
fund(void)
{
	static const char sql[] =
		"SELECT meter_fund($1, $2, $3, $4, $5, now() + $6 * interval '1 millisecond', now(), $7)";
	static const int64_t meters[] = {-1, -1, METER_NUMBER(METER_CHAT, METER_INPUT),
		METER_NUMBER(METER_CHAT, METER_OUTPUT), METER_NUMBER(METER_EMBEDDING, METER_INPUT)};
	int64_t meter = meters[below(BH_COUNT(meters))];
	int64_t kinds = below(2) ? -1 : 1 << METER_CHAT;
	struct bh_uuid id = bh_uuid_new();
	bool done;

	must(bh_db_one(&world.billing, sql,
			 BH_PARAMS(&world.tenant, (const struct bh_uuid *)&id, meter, kinds, (int64_t)below(3),
				 below(5) ? (int64_t)HOUR_MS : (int64_t)1, (int64_t)(100 + below(900))),
			 &bh_row_bool, &done),
		"fund");
}

/* An owner's row may go while nothing names it: made anew, it goes on from its days. */
static void
forget(void)
{
	admin("DELETE FROM bulkhead.meter_owner AS o WHERE o.tenant_id = $1 AND o.id <> $1"
		  "   AND coalesce(o.day_limit, o.month_limit, o.total_limit) IS NULL AND o.reserved = 0"
		  "   AND NOT EXISTS (SELECT FROM bulkhead.meter_reservation AS r"
		  "     WHERE r.tenant_id = $1 AND o.id = ANY (r.owners))");
}

static void
step(void)
{
	static const struct {
		void (*what)(void);
		const char *name;
		uint64_t weight;
	} things[] = {
		{reserve, "reserve", 8},
		{settle, "settle", 8},
		{expire, "expire", 2},
		{lose, "lose", 2},
		{reassert, "reassert", 1},
		{jump, "jump", 1},
		{limit, "limit", 1},
		{fund, "fund", 2},
		{forget, "forget", 1},
	};
	uint64_t at = below(26);

	for (size_t i = 0; i < BH_COUNT(things); i++) {
		if (at >= things[i].weight) {
			at -= things[i].weight;
			continue;
		}
		things[i].what();
		check(things[i].name);
		return;
	}
}

static void
run(uint64_t seed)
{
	bool done;

	memset(&world, 0, sizeof(world));
	world.seed = world.random = seed;
	world.tenant = bh_uuid_new();
	for (size_t i = 0; i < OWNERS; i++)
		world.owners[i] = bh_uuid_new();
	world.db = bh_test_db_as(&bh_test_group, "bulkhead_model", &world.tenant);
	world.billing = bh_test_db_as(&bh_test_group, "bulkhead_billing", &world.tenant);
	world.admin = bh_test_db_as(&bh_test_group, NULL, NULL);
	if (seed % 3 > 0)
		must(bh_db_one(&world.billing, "SELECT meter_prepaid($1, $2, 50) IS NULL",
				 BH_PARAMS(&world.tenant, (bool)(seed % 3 == 1)), &bh_row_bool, &done),
			"prepaid");
	for (int i = 0; i < 3; i++)
		fund();
	for (int i = 0; i < STEPS; i++)
		step();
}

static void
every_sum_is_the_one_that_is_computed_anew(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		run(seed);
}

/* ---- the price of an act ---- */

static int64_t
any_figure(void)
{
	switch (below(4)) {
	case 0:
		return 0;
	case 1:
		return (int64_t)below(1000);
	case 2:
		return (int64_t)below(METER_COST_MOST);
	default:
		return (int64_t)below(INT64_MAX);
	}
}

static void
the_database_and_the_program_agree_on_every_price(void **state)
{
	(void)state;
	world.admin = bh_test_db_as(&bh_test_group, NULL, NULL);
	for (int i = 0; i < 2000; i++) {
		int64_t prices[METER_LINES], quantities[METER_LINES], cost = 0;

		for (int line = 0; line < METER_LINES; line++) {
			prices[line] = any_figure();
			quantities[line] = any_figure();
		}
		must(bh_db_one(&world.admin, "SELECT bulkhead.meter_cost($1, $2)",
				 BH_PARAMS(bh_int_array_param(prices, METER_LINES),
					 bh_int_array_param(quantities, METER_LINES)),
				 &bh_row_int, &cost),
			"meter_cost");
		assert_int_equal(cost, meter_cost(prices, quantities));
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sum_is_the_one_that_is_computed_anew),
		cmocka_unit_test(the_database_and_the_program_agree_on_every_price),
	};
	uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

	if (!bh_test_db_named())
		return 77;
	if (argc == 1)
		return cmocka_run_group_tests_name("meter/sums", tests, bh_test_group_open,
			bh_test_group_close);
	if (bh_test_db_open(&bh_test_group) < 0)
		return 1;
	for (uint64_t seed = first; seed < first + strtoull(argv[1], NULL, 10); seed++)
		run(seed);
	bh_test_db_close(&bh_test_group);
	return 0;
}
