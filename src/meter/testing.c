/* SPDX-License-Identifier: Apache-2.0 */
/* testing.c: see the header. */
#include "meter/testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "meter/price.h"

void
meter_test_set_budget(struct meter_test *fix, int64_t nanos)
{
	const struct meter_limit limit = {.sets_month = true, .has_month = true, .month = nanos};

	assert_int_equal(meter_books_limit(&fix->db, &fix->tenant, &fix->tenant, METER_TENANT, &limit),
		0);
}

int
meter_test_set_up(void **state)
{
	struct meter_test *fix = calloc(1, sizeof(*fix));

	fix->tenant = bh_uuid_new();
	fix->db = bh_test_db_as(&bh_test_group, "bulkhead_model", &fix->tenant);
	snprintf(fix->path, sizeof(fix->path), "/tmp/bh-books-XXXXXX");
	close(mkstemp(fix->path));
	*state = fix;
	if (meter_slots_open(fix->path, 0, &fix->slots) < 0)
		return -1;
	return meter_settle_open(fix->slots, &fix->settle);
}

int
meter_test_tear_down(void **state)
{
	struct meter_test *fix = *state;

	meter_settle_close(fix->settle);
	meter_slots_close(fix->slots);
	unlink(fix->path);
	free(fix);
	return 0;
}

struct meter_slot *
meter_test_begin(struct meter_test *fix)
{
	static int64_t now_ms = 1793500000000;
	struct meter_slot *slot = NULL;

	assert_int_equal(meter_slots_take(fix->slots, &fix->tenant, &slot), 0);
	slot->act = bh_uuid_new();
	slot->model_tenant = fix->tenant;
	slot->model_id = fix->tenant;
	slot->started_ms = slot->ended_ms = now_ms++;
	snprintf(slot->request_id, sizeof(slot->request_id), "r");
	snprintf(slot->model, sizeof(slot->model), "m");
	slot->kind = METER_CHAT;
	slot->prices[METER_INPUT] = 1000000;
	slot->price_known = true;
	return slot;
}

bool
meter_test_admit(struct meter_test *fix, struct meter_slot *slot, int64_t nanos)
{
	struct meter_refusal refusal = {0};

	slot->most[METER_INPUT] = nanos;
	assert_int_equal(meter_settle_admit(fix->settle, &fix->db, slot, 0, &refusal), 0);
	return refusal.span == METER_ADMITTED;
}

void
meter_test_end(struct meter_test *fix, struct meter_slot *slot, int64_t cost)
{
	slot->used[METER_INPUT] = cost;
	(void)meter_settle_end(fix->settle, slot);
}

size_t
meter_test_write_rows(struct meter_test *fix)
{
	size_t all = 0, settled;

	do {
		assert_int_equal(meter_settle_round(fix->settle, &fix->db, &settled), 0);
		all += settled;
	} while (settled > 0);
	return all;
}

void
meter_test_settle_one(struct meter_test *fix, int64_t cost)
{
	struct meter_slot *slot = meter_test_begin(fix);

	meter_settle_begin(slot);
	meter_test_end(fix, slot, cost);
	assert_int_equal(meter_test_write_rows(fix), 1);
}

int64_t
meter_test_number(struct meter_test *fix, const char *sql)
{
	int64_t value = 0;

	assert_int_equal(bh_db_read_one(&fix->db, sql, BH_PARAMS(&fix->tenant), &bh_row_int, &value),
		0);
	return value;
}

void
meter_test_change(struct meter_test *fix, const char *sql)
{
	struct bh_db db = bh_test_db_as(&bh_test_group, NULL, NULL);

	assert_int_equal(bh_db_exec(&db, sql, BH_PARAMS(&fix->tenant), NULL), 0);
}

void
meter_test_expect(struct meter_test *fix, int64_t spent, int64_t reserved)
{
	static const char days[] = "SELECT coalesce(sum(d.spent), 0)::bigint"
							   "  FROM meter_day AS d JOIN meter_owner AS o"
							   "    ON o.tenant_id = d.tenant_id AND o.id = d.owner_id"
							   " WHERE o.tenant_id = $1 AND o.id = $1"
							   "   AND date_trunc('month', d.day) = date_trunc('month', "
							   "meter_today(o.day))";
	static const char held[] =
		"SELECT coalesce(sum(nanos), 0)::bigint FROM bulkhead.meter_reservation"
		" WHERE tenant_id = $1 AND expired_on IS NULL";
	struct meter_standing standing = {0};
	struct bh_db admin = bh_test_db_as(&bh_test_group, NULL, NULL);
	int64_t sum = 0;

	assert_int_equal(meter_books_standing(&fix->db, &fix->tenant, &fix->tenant, &standing), 0);
	assert_int_equal(standing.month_spent, spent);
	assert_int_equal(standing.reserved, reserved);
	assert_int_equal(meter_test_number(fix, days), spent);
	assert_int_equal(bh_db_one(&admin, held, BH_PARAMS(&fix->tenant), &bh_row_int, &sum), 0);
	assert_int_equal(sum, reserved);
}

int64_t
meter_test_expire(struct meter_test *fix, const struct bh_uuid *live, size_t n_live)
{
	int64_t expired = 0;

	assert_int_equal(meter_books_expire(&fix->db, &fix->tenant, METER_TEST_HOUR_MS, 0, live, n_live,
						 &expired),
		0);
	return expired;
}
