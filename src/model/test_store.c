/* SPDX-License-Identifier: Apache-2.0 */
/* test_store.c: the statements of usage, budgets and their ages on a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/error.h"
#include "db/testing.h"
#include "model/store.h"
#include "model/store_adapter.h"

struct fixture {
	struct bh_uuid tenant;
	struct bh_db db;
};

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	if (fix == NULL)
		return -1;
	fix->tenant = bh_uuid_new();
	fix->db = bh_test_db_as(&bh_test_group, "bulkhead_model", &fix->tenant);
	*state = fix;
	return 0;
}

static int
tear_down(void **state)
{
	free(*state);
	return 0;
}

/* A chat call of so many tokens, begun so many milliseconds after another. */
static void
settle_one(struct fixture *fix, int64_t tokens, int64_t after_ms)
{
	struct meter_slot slot = {
		.tenant = fix->tenant,
		.act = bh_uuid_new(),
		.kind = METER_CHAT,
		.request_id = "r",
		.model = "m",
		.started_ms = 1793500000000 + after_ms,
		.ended_ms = 1793500000000 + after_ms,
		.price_known = true,
		.prices = {[METER_INPUT] = 1000000},
		.used = {[METER_INPUT] = tokens},
	};
	struct meter_slot *one = &slot;

	assert_int_equal(meter_books_settle(&fix->db, &fix->tenant, &one, 1), 0);
}

static void
pages_of_rows_go_on_where_the_last_one_ended(void **state)
{
	struct fixture *fix = *state;
	struct model_usage_row *rows = NULL;
	struct bh_uuid before = {0};
	size_t count = 0, seen = 0;

	for (int i = 0; i < 7; i++)
		settle_one(fix, i, i);
	do {
		assert_int_equal(model_store_usage_list(&fix->db, &fix->tenant, NULL, &before, 3, &rows,
							 &count),
			0);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(rows[i].prompt_tokens, 6 - (int64_t)seen++);
		if (count > 0)
			before = rows[count - 1].id;
	} while (count > 0);
	assert_int_equal(seen, 7);
}

static void
a_change_of_limits_leaves_alone_what_it_does_not_name(void **state)
{
	const struct model_limits_change budget = {.budget = true, .budget_month = 50};
	const struct model_limits_change tokens = {.tokens = true, .tokens_per_minute = 7};
	const struct model_limits_change none = {.budget = true, .budget_month = -1};
	struct fixture *fix = *state;
	struct model_budget found = {0};

	settle_one(fix, 30, 0);
	assert_int_equal(model_store_limits_set(&fix->db, &fix->tenant, &budget), 0);
	assert_int_equal(model_store_limits_set(&fix->db, &fix->tenant, &tokens), 0);
	assert_int_equal(model_store_budget_get(&fix->db, &fix->tenant, &found), 0);
	assert_int_equal(found.limits.tokens_per_minute, 7);
	assert_true(found.month.has_month);
	assert_int_equal(found.month.month_limit, 50);
	assert_int_equal(found.month.month_spent, 30);
	assert_int_equal(model_store_limits_set(&fix->db, &fix->tenant, &none), 0);
	assert_int_equal(model_store_budget_get(&fix->db, &fix->tenant, &found), 0);
	assert_false(found.month.has_month);
	assert_int_equal(found.limits.tokens_per_minute, 7);
}

static bool
charge(struct fixture *fix, const struct bh_uuid *job, int64_t position, const struct bh_uuid *act)
{
	bool ours = false;

	assert_int_equal(model_store_charge_put(&fix->db, &fix->tenant, job, position, act, &ours), 0);
	return ours;
}

static void
a_picture_of_a_job_counts_in_the_call_that_made_it_first(void **state)
{
	const struct bh_uuid job = bh_uuid_new(), first = bh_uuid_new(), second = bh_uuid_new();
	struct fixture *fix = *state;
	int64_t n = -1;

	assert_true(charge(fix, &job, 0, &first));
	assert_true(charge(fix, &job, 1, &first));
	assert_true(charge(fix, &job, 1, &first)); /* said again, as its answer was lost */
	assert_false(charge(fix, &job, 1, &second));
	assert_true(charge(fix, &job, 2, &second));
	assert_int_equal(model_store_charge_of(&fix->db, &fix->tenant, &first, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(model_store_charge_of(&fix->db, &fix->tenant, &second, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(model_store_charge_count(&fix->db, &fix->tenant, &job, 1, 3, &n), 0);
	assert_int_equal(n, 2);
}

static void
a_picture_that_was_not_made_after_all_is_charged_when_it_is(void **state)
{
	const struct bh_uuid job = bh_uuid_new(), first = bh_uuid_new(), second = bh_uuid_new();
	const struct bh_uuid other = bh_uuid_new();
	struct fixture *fix = *state;
	struct bh_db theirs = bh_test_db_as(&bh_test_group, "bulkhead_model", &other);

	assert_true(charge(fix, &job, 0, &first));
	assert_true(charge(fix, &job, 1, &first));
	/* Not another call's, and not another tenant's. */
	assert_int_equal(model_store_charge_take_back(&fix->db, &fix->tenant, &job, 0, &second), 0);
	assert_int_equal(model_store_charge_take_back(&theirs, &other, &job, 0, &first), 0);
	assert_false(charge(fix, &job, 0, &second));
	assert_int_equal(model_store_charge_take_back(&fix->db, &fix->tenant, &job, 0, &first), 0);
	assert_true(charge(fix, &job, 0, &second));
	assert_false(charge(fix, &job, 1, &second));
}

static void
a_picture_of_another_tenants_job_is_not_seen(void **state)
{
	const struct bh_uuid job = bh_uuid_new(), act = bh_uuid_new(), other = bh_uuid_new();
	struct fixture *fix = *state;
	struct bh_db theirs = bh_test_db_as(&bh_test_group, "bulkhead_model", &other);
	int64_t n = -1;
	bool ours = false;

	assert_true(charge(fix, &job, 0, &act));
	assert_int_equal(model_store_charge_count(&theirs, &other, &job, 0, 10, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(model_store_charge_put(&theirs, &other, &job, 0, &act, &ours), 0);
	assert_true(ours);
	assert_int_equal(model_store_charge_of(&fix->db, &fix->tenant, &act, &n), 0);
	assert_int_equal(n, 1);
}

struct pricing {
	const char *name;
	const char *unit;
	int64_t input, output;
};

static int
price_work(struct bh_db *tx, void *ctx)
{
	const struct pricing *pricing = ctx;

	return model_store_price_add(tx, &tx->context, pricing->name, pricing->unit, pricing->input,
		pricing->output);
}

static void
price(struct fixture *fix, const char *name, const char *unit, int64_t input, int64_t output)
{
	assert_int_equal(bh_tx_run(&fix->db, price_work, &(struct pricing){name, unit, input, output}),
		0);
}

static void
a_models_price_is_a_version_of_the_book_when_it_changes(void **state)
{
	struct fixture *fix = *state;
	struct model_book book;

	assert_int_equal(model_store_book_get(&fix->db, &fix->tenant, "m", "maker/m", &book), 0);
	assert_false(book.known);
	price(fix, "m", "output", 100, 200);
	price(fix, "m", "output", 100, 200);
	assert_int_equal(model_store_book_get(&fix->db, &fix->tenant, "m", "maker/m", &book), 0);
	assert_true(book.known);
	assert_int_equal(book.version, 1);
	assert_int_equal(book.said[0][METER_INPUT], 100);
	assert_int_equal(book.said[0][METER_OUTPUT], 200);
	assert_int_equal(book.said[0][METER_UNITS], -1);
	assert_int_equal(book.said[METER_TIER_BATCH][METER_INPUT], -1);
	price(fix, "m", "units", 0, 300);
	assert_int_equal(model_store_book_get(&fix->db, &fix->tenant, "m", "maker/m", &book), 0);
	assert_int_equal(book.version, 2);
	assert_int_equal(book.said[0][METER_UNITS], 300);
	assert_int_equal(book.said[0][METER_OUTPUT], -1);
}

static void
all_tiers_of_a_version_are_read(void **state)
{
	static const char batch[] = "INSERT INTO price_unit (tenant_id, item, version, unit, nanos)"
								" VALUES ($1, 'maker/m', 1, 'input_batch', 7),"
								"        ($1, 'maker/m', 1, 'output_above_200k', 8),"
								"        ($1, 'maker/m', 1, 'units_above_200k_batch', 9)";
	struct fixture *fix = *state;
	struct model_book book;

	price(fix, "maker/m", "output", 1, 2);
	assert_int_equal(bh_db_exec(&fix->db, batch, BH_PARAMS(&fix->tenant), NULL), 0);
	/* Under the name that its maker knows it by. */
	assert_int_equal(model_store_book_get(&fix->db, &fix->tenant, "m", "maker/m", &book), 0);
	assert_int_equal(book.said[METER_TIER_BATCH][METER_INPUT], 7);
	assert_int_equal(book.said[METER_TIER_LONG][METER_OUTPUT], 8);
	assert_int_equal(book.said[METER_TIER_LONG | METER_TIER_BATCH][METER_UNITS], 9);
	/* Its own name comes first. */
	price(fix, "m", "output", 3, 4);
	assert_int_equal(model_store_book_get(&fix->db, &fix->tenant, "m", "maker/m", &book), 0);
	assert_int_equal(book.said[0][METER_INPUT], 3);
}

struct removal {
	int64_t rows, oldest_ms;
};
static const struct bh_row removal_row = BH_ROW(struct removal, rows, oldest_ms);

static int64_t
number(struct fixture *fix, const char *sql)
{
	int64_t value = 0;

	assert_int_equal(bh_db_read_one(&fix->db, sql, BH_PARAMS(&fix->tenant), &bh_row_int, &value),
		0);
	return value;
}

/* A day is as old as its end. */
static void
the_sums_of_old_days_go_and_the_others_stay(void **state)
{
	static const char fill[] = "INSERT INTO bulkhead.meter_day (tenant_id, owner_id, day, spent)"
							   " SELECT $1, $1, (now() AT TIME ZONE 'UTC')::date - n::int, 1"
							   "   FROM generate_series(1, 100) AS n";
	const int64_t day_ms = INT64_C(24) * 3600 * 1000;
	struct fixture *fix = *state;
	struct bh_db admin = bh_test_db_as(&bh_test_group, NULL, NULL);
	struct removal removal;
	const struct bh_param params[] = {bh_uuid_param(&fix->tenant), bh_int_param(93 * day_ms),
		bh_int_param(5)};

	settle_one(fix, 7, 0);
	assert_int_equal(bh_db_exec(&admin, fill, BH_PARAMS(&fix->tenant), NULL), 0);
	assert_int_equal(bh_db_one(&fix->db, MODEL_STORE_DAYS_REMOVE("meter_day"), BH_LIST(params),
						 &removal_row, &removal),
		0);
	assert_int_equal(removal.rows, 5); /* as many as one piece has */
	assert_int_equal(bh_db_one(&fix->db, MODEL_STORE_DAYS_REMOVE("meter_day"), BH_LIST(params),
						 &removal_row, &removal),
		0);
	assert_true(removal.rows >= 1 && removal.rows <= 2);
	assert_int_equal(number(fix, "SELECT count(*) FROM meter_day WHERE tenant_id = $1"),
		96 - removal.rows);
	assert_int_equal(number(fix,
						 "SELECT (extract(epoch FROM min(day) + interval '1 day') * 1000)::bigint"
						 "  FROM meter_day WHERE tenant_id = $1"),
		removal.oldest_ms);
	assert_int_equal(number(fix, "SELECT max(spent) FROM meter_day WHERE tenant_id = $1"), 7);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static struct model_adapter
adapter_of(const char *name)
{
	static const char hash[32] = "thirty-two bytes of any digest..";

	return (struct model_adapter){
		.id = bh_uuid_new(),
		.file_id = bh_uuid_new(),
		.name = name,
		.base = "base",
		.license = "MIT",
		.base_sha256 = {hash, sizeof(hash)},
		.sha256 = {hash, sizeof(hash)},
		.bytes = 7,
	};
}

static void
an_adapter_is_its_tenants_and_no_more_than_it_may_have(void **state)
{
	const struct model_adapter first = adapter_of("ft:a"), second = adapter_of("ft:b");
	const struct model_adapter again = adapter_of("ft:a"), third = adapter_of("ft:c");
	const struct bh_uuid other = bh_uuid_new();
	struct fixture *fix = *state;
	struct bh_db theirs = bh_db_as(&fix->db, &other);
	struct model_adapter found = {0}, *list = NULL;
	size_t n = 0;

	assert_int_equal(model_store_adapter_add(&fix->db, &fix->tenant, &second, 2), 0);
	assert_int_equal(model_store_adapter_add(&fix->db, &fix->tenant, &first, 2), 0);
	assert_int_equal(model_store_adapter_add(&fix->db, &fix->tenant, &third, 2), BH_E_TOO_MANY);
	assert_int_equal(model_store_adapter_add(&fix->db, &fix->tenant, &again, 3), BH_E_CONFLICT);
	assert_int_equal(model_store_adapter_list(&fix->db, &fix->tenant, &list, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].name, "ft:a");
	assert_int_equal(model_store_adapter_find(&fix->db, &fix->tenant, "ft:b", &found), 0);
	assert_true(bh_uuid_equal(&found.id, &second.id));
	assert_string_equal(found.state, "loading");
	assert_int_equal(found.sha256.len, 32);

	/* Another tenant has none of them, by name or id, and may use the same name. */
	assert_int_equal(model_store_adapter_find(&theirs, &other, "ft:b", &found), BH_E_NOT_FOUND);
	assert_int_equal(model_store_adapter_get(&theirs, &other, &second.id, &found), BH_E_NOT_FOUND);
	assert_int_equal(model_store_adapter_remove(&theirs, &other, &second.id), BH_E_NOT_FOUND);
	assert_int_equal(model_store_adapter_find(&theirs, &fix->tenant, "ft:b", &found),
		BH_E_NOT_FOUND);
	assert_int_equal(model_store_adapter_add(&theirs, &other, &again, 2), 0);
}

static void
an_adapter_that_has_failed_stays_so(void **state)
{
	const struct model_adapter adapter = adapter_of("ft:x");
	struct fixture *fix = *state;
	struct model_adapter found = {0};

	assert_int_equal(model_store_adapter_add(&fix->db, &fix->tenant, &adapter, 2), 0);
	assert_int_equal(model_store_adapter_ready(&fix->db, &fix->tenant, &adapter.id), 0);
	assert_int_equal(model_store_adapter_fail(&fix->db, &fix->tenant, &adapter.id, "Why."), 0);
	assert_int_equal(model_store_adapter_ready(&fix->db, &fix->tenant, &adapter.id),
		BH_E_NOT_FOUND);
	assert_int_equal(model_store_adapter_get(&fix->db, &fix->tenant, &adapter.id, &found), 0);
	assert_string_equal(found.state, "failed");
	assert_string_equal(found.error, "Why.");
	assert_int_equal(model_store_adapter_remove(&fix->db, &fix->tenant, &adapter.id), 0);
	assert_int_equal(model_store_adapter_get(&fix->db, &fix->tenant, &adapter.id, &found),
		BH_E_NOT_FOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pages_of_rows_go_on_where_the_last_one_ended),
		TEST(a_picture_of_a_job_counts_in_the_call_that_made_it_first),
		TEST(a_picture_that_was_not_made_after_all_is_charged_when_it_is),
		TEST(a_picture_of_another_tenants_job_is_not_seen),
		TEST(a_change_of_limits_leaves_alone_what_it_does_not_name),
		TEST(a_models_price_is_a_version_of_the_book_when_it_changes),
		TEST(all_tiers_of_a_version_are_read),
		TEST(the_sums_of_old_days_go_and_the_others_stay),
		TEST(an_adapter_is_its_tenants_and_no_more_than_it_may_have),
		TEST(an_adapter_that_has_failed_stays_so),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests_name("model/store", tests, bh_test_group_open,
		bh_test_group_close);
}
