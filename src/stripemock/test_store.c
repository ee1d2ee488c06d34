/* SPDX-License-Identifier: Apache-2.0 */
/* test_store.c: the mock's rows against a scratch database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "db/testing.h"
#include "stripemock/store.h"

static const struct bh_uuid *const tenant = &bh_platform_tenant;

static struct bh_db
as_mock(void)
{
	return bh_test_db_as(&bh_test_group, "bulkhead_stripemock", tenant);
}

static void
the_keys_that_were_made_first_stay(void **state)
{
	struct bh_db db = as_mock();
	struct bh_bytes kept;

	(void)state;
	assert_int_equal(stripemock_store_account_add(&db, tenant, &(struct bh_bytes){"first", 5}), 0);
	assert_int_equal(stripemock_store_account_add(&db, tenant, &(struct bh_bytes){"second", 6}), 0);
	assert_int_equal(stripemock_store_account_keys(&db, tenant, &kept), 0);
	assert_int_equal(kept.len, 5);
	assert_memory_equal(kept.data, "first", 5);
}

/* ---- objects ---- */

static void
put(const char *id, const char *kind, int64_t seq, int64_t created, int64_t due, const char *body)
{
	struct bh_db db = as_mock();
	const struct stripemock_row row = {
		.id = id,
		.kind = kind,
		.seq = seq,
		.customer = "cus_1",
		.clock = "clock_1",
		.created = created,
		.due = due,
		.body = body,
	};

	assert_int_equal(stripemock_store_object_put(&db, tenant, &row), 0);
}

static void
assert_lists(const struct stripemock_filter *filter, const char *ids)
{
	struct bh_db db = as_mock();
	struct stripemock_row *rows;
	char found[256] = "";
	size_t n;

	assert_int_equal(stripemock_store_object_list(&db, tenant, filter, &rows, &n), 0);
	for (size_t i = 0; i < n; i++) {
		strcat(found, i > 0 ? " " : "");
		strcat(found, rows[i].id);
	}
	assert_string_equal(found, ids);
}

static void
lists_are_narrowed_and_paged(void **state)
{
	const struct stripemock_filter all = {.kind = "list", .limit = 10};
	struct stripemock_filter some = all;

	(void)state;
	put("a", "list", 101, 10, 0, "{\"status\":\"open\",\"n\":{\"m\":1}}");
	put("b", "list", 102, 20, 0, "{\"status\":\"paid\"}");
	put("c", "list", 103, 30, 0, "{\"status\":\"open\"}");
	assert_lists(&all, "c b a");
	some.members = "{\"status\":\"open\"}";
	assert_lists(&some, "c a");
	some.members = "{\"n\":{\"m\":1}}";
	assert_lists(&some, "a");
	some = all;
	some.created_least = 20;
	some.created_most = 29;
	assert_lists(&some, "b");
	some = all;
	some.after = 103;
	some.limit = 1;
	assert_lists(&some, "b");
	some.after = 0;
	some.before = 101;
	assert_lists(&some, "b");
	some = all;
	some.customer = "cus_2";
	assert_lists(&some, "");
}

static void
what_is_due_first_is_found_by_its_clock(void **state)
{
	struct bh_db db = as_mock();
	struct stripemock_row row;
	bool found;

	(void)state;
	put("late", "due", 201, 0, 300, "{}");
	put("soon", "due", 202, 0, 100, "{}");
	put("never", "due", 203, 0, 0, "{}");
	assert_int_equal(stripemock_store_object_due(&db, tenant, "clock_1", 99, &row, &found), 0);
	assert_false(found);
	assert_int_equal(stripemock_store_object_due(&db, tenant, "clock_1", 300, &row, &found), 0);
	assert_true(found);
	assert_string_equal(row.id, "soon");
	put("soon", "due", 202, 0, 0, "{}");
	assert_int_equal(stripemock_store_object_due(&db, tenant, "clock_1", 300, &row, &found), 0);
	assert_string_equal(row.id, "late");
	assert_int_equal(stripemock_store_object_due(&db, tenant, "", 300, &row, &found), 0);
	assert_false(found);
}

/* ---- usage ---- */

static bool
use(const char *identifier, int64_t happened, int64_t value)
{
	struct bh_db db = as_mock();
	const struct stripemock_usage usage = {"mtr_1", "cus_1", identifier, happened, value};
	bool added;

	assert_int_equal(stripemock_store_usage_add(&db, tenant, &usage, &added), 0);
	return added;
}

static void
an_identifier_counts_once_a_day(void **state)
{
	(void)state;
	assert_true(use("day", 5000, 1));
	assert_false(use("day", 5000, 1));
	assert_int_equal(bh_test_db_script(&bh_test_group,
						 "UPDATE bulkhead.stripemock_meter_event"
						 " SET made_at = now() - interval '25 hours' WHERE identifier = 'day'"),
		0);
	assert_true(use("day", 5000, 1));
}

static void
usage_is_summed_by_pieces_of_time(void **state)
{
	const struct stripemock_usage of = {.meter = "mtr_1", .customer = "cus_1"};
	struct bh_db db = as_mock();
	struct stripemock_usage_sum *sums;
	bool found;
	size_t n;

	(void)state;
	assert_true(use("one", 100, 5));
	assert_true(use("two", 159, 7));
	assert_true(use("three", 160, 11));
	assert_true(use("out", 220, 13));
	assert_int_equal(stripemock_store_usage_sums(&db, tenant, &of, 100, 220, 60, &sums, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(sums[0].start, 160);
	assert_int_equal(sums[0].sum, 11);
	assert_int_equal(sums[1].start, 100);
	assert_int_equal(sums[1].sum, 12);
	assert_int_equal(sums[1].count, 2);
	assert_int_equal(sums[1].last, 7);
	assert_int_equal(stripemock_store_usage_cancel(&db, tenant, "mtr_1", "two", &found), 0);
	assert_true(found);
	assert_int_equal(stripemock_store_usage_cancel(&db, tenant, "mtr_1", "two", &found), 0);
	assert_false(found);
	assert_int_equal(stripemock_store_usage_sums(&db, tenant, &of, 100, 160, 60, &sums, &n), 0);
	assert_int_equal(sums[0].sum, 5);
}

/* ---- answers ---- */

static void
a_key_belongs_to_the_first_call(void **state)
{
	struct bh_db db = as_mock();
	const struct bh_digest one = {{1}}, two = {{2}};
	struct stripemock_answer kept;
	bool taken;

	(void)state;
	assert_int_equal(stripemock_store_answer_begin(&db, tenant, "k", &one, "req_1", &kept, &taken),
		0);
	assert_true(taken);
	assert_int_equal(stripemock_store_answer_keep(&db, tenant, "k", 200, "{}"), 0);
	assert_int_equal(stripemock_store_answer_begin(&db, tenant, "k", &two, "req_2", &kept, &taken),
		0);
	assert_false(taken);
	assert_memory_equal(kept.fingerprint.data, one.bytes, sizeof(one.bytes));
	assert_string_equal(kept.request_id, "req_1");
	assert_string_equal(kept.body, "{}");
	assert_int_equal(bh_test_db_script(&bh_test_group,
						 "UPDATE bulkhead.stripemock_answer SET made_at = now() - interval '25 "
						 "hours'"),
		0);
	assert_int_equal(stripemock_store_answer_begin(&db, tenant, "k", &two, "req_3", &kept, &taken),
		0);
	assert_true(taken);
}

/* ---- events ---- */

static void
a_delivery_is_due_until_it_ended(void **state)
{
	struct bh_db db = as_mock();
	const struct stripemock_event_row event = {.id = "evt_1",
		.type = "a.b",
		.seq = 301,
		.created = 1,
		.body = "{}"};
	struct stripemock_event_row read;
	struct stripemock_delivery *due;
	bool found;
	size_t n;

	(void)state;
	assert_int_equal(stripemock_store_event_add(&db, tenant, &event), 0);
	assert_int_equal(stripemock_store_delivery_add(&db, tenant, "evt_1", "we_1", 0), 0);
	assert_int_equal(stripemock_store_event_find(&db, tenant, "evt_1", &read, &found), 0);
	assert_int_equal(read.pending, 1);
	assert_int_equal(stripemock_store_delivery_due(&db, tenant, 10, &due, &n), 0);
	assert_int_equal(n, 1);
	assert_null(due[0].endpoint_body);
	assert_int_equal(stripemock_store_delivery_retry(&db, tenant, "evt_1", "we_1", 500, 3600000),
		0);
	assert_int_equal(stripemock_store_delivery_due(&db, tenant, 10, &due, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(stripemock_store_delivery_end(&db, tenant, "evt_1", "we_1"), 0);
	assert_int_equal(stripemock_store_event_find(&db, tenant, "evt_1", &read, &found), 0);
	assert_int_equal(read.pending, 0);
}

static void
another_tenant_sees_nothing(void **state)
{
	const struct bh_uuid other = bh_uuid_new();
	struct bh_db db = bh_test_db_as(&bh_test_group, "bulkhead_stripemock", &other);
	struct stripemock_row row;
	bool found;

	(void)state;
	put("mine", "wall", 401, 0, 0, "{}");
	assert_int_equal(stripemock_store_object_find(&db, &other, "mine", &row, &found), 0);
	assert_false(found);
	assert_int_equal(stripemock_store_object_find(&db, tenant, "mine", &row, &found), 0);
	assert_false(found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_keys_that_were_made_first_stay),
		cmocka_unit_test(lists_are_narrowed_and_paged),
		cmocka_unit_test(what_is_due_first_is_found_by_its_clock),
		cmocka_unit_test(an_identifier_counts_once_a_day),
		cmocka_unit_test(usage_is_summed_by_pieces_of_time),
		cmocka_unit_test(a_key_belongs_to_the_first_call),
		cmocka_unit_test(a_delivery_is_due_until_it_ended),
		cmocka_unit_test(another_tenant_sees_nothing),
	};

	return cmocka_run_group_tests(tests, bh_test_group_open, bh_test_group_close);
}
