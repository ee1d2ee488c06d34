/* SPDX-License-Identifier: Apache-2.0 */
/* testing.h: a tenant of a test's own, a process of its service that writes the books, and what these say. Tests only. */
#ifndef BH_METER_TESTING_H
#define BH_METER_TESTING_H

#include "db/testing.h"
#include "meter/books.h"
#include "meter/settle.h"

#define METER_TEST_HOUR_MS 3600000

struct meter_test {
	struct bh_uuid tenant;
	struct bh_db db;
	char path[32];
	struct meter_slots *slots;
	struct meter_settle *settle;
};

/* Set-up and tear-down of a test, in the database of bh_test_group_open. */
int meter_test_set_up(void **state);
int meter_test_tear_down(void **state);

void meter_test_set_budget(struct meter_test *fix, int64_t nanos);

/* A call in flight that cost nothing yet: a token costs a nano. Each begins a millisecond later. */
struct meter_slot *meter_test_begin(struct meter_test *fix);
bool meter_test_admit(struct meter_test *fix, struct meter_slot *slot, int64_t nanos);
void meter_test_end(struct meter_test *fix, struct meter_slot *slot, int64_t cost);
/* All that ended gets its rows: how many. */
size_t meter_test_write_rows(struct meter_test *fix);
/* A call from its beginning to its row. */
void meter_test_settle_one(struct meter_test *fix, int64_t cost);

/* Gives up reservations an hour old of which no slot is named. */
int64_t meter_test_expire(struct meter_test *fix, const struct bh_uuid *live, size_t n_live);

/* What a statement of the service answers; a statement of the set-up role. $1 is the tenant. */
int64_t meter_test_number(struct meter_test *fix, const char *sql);
void meter_test_change(struct meter_test *fix, const char *sql);
#define METER_TEST_SPENT "SELECT sum(cost_nanos)::bigint FROM usage_day WHERE tenant_id = $1"
#define METER_TEST_AN_HOUR_PASSES \
	"UPDATE bulkhead.meter_reservation SET renewed_at = renewed_at - interval '2 hours'" \
	" WHERE tenant_id = $1"

/* What the books say of the tenant, this month. */
void meter_test_expect(struct meter_test *fix, int64_t spent, int64_t reserved);

#endif
