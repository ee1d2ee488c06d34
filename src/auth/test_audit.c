/* SPDX-License-Identifier: Apache-2.0 */
/* test_audit.c: searches through the index of audit lines, in a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/audit.h"
#include "auth/testing.h"
#include "base/error.h"

#define NOW_MS INT64_C(1790000000000)

static struct bh_db admin;

static int
set_up(void **state)
{
	(void)state;
	if (auth_test_open(state) < 0)
		return -1;
	admin = bh_test_db_as(&auth_test.database, NULL, NULL);
	return 0;
}

static int
empty(void **state)
{
	(void)state;
	return bh_test_db_script(&auth_test.database,
		"DELETE FROM bulkhead.audit_event; DELETE FROM bulkhead.audit_action");
}

/* `n` lines of a tenant, a millisecond apart, the first at that time. */
static void
add(const struct bh_uuid *tenant, int64_t at_ms, int64_t n, const char *action, const char *actor,
	const char *object)
{
	static const char rows[] =
		"INSERT INTO bulkhead.audit_event (tenant_id, id, source, action, actor, object, "
		"request_id,"
		"       status, staff, line)"
		" SELECT $1, (lpad(to_hex($2 + i), 12, '0') || '7' || "
		"substr(replace(gen_random_uuid()::text,"
		"        '-', ''), 14))::uuid, 'auth', $4, $5, $6, 'r' || i, 200, $5 = '',"
		"        format('{\"event\":\"%s\",\"Number\":\"N%s\"}', $4, i)"
		"   FROM generate_series(0, $3 - 1) AS i";
	static const char actions[] =
		"INSERT INTO bulkhead.audit_action (tenant_id, action) VALUES ($1, $2)"
		" ON CONFLICT DO NOTHING";

	assert_int_equal(bh_db_exec(&admin, rows, BH_PARAMS(tenant, at_ms, n, action, actor, object),
						 NULL),
		0);
	assert_int_equal(bh_db_exec(&admin, actions, BH_PARAMS(tenant, action), NULL), 0);
}

static struct auth_audit_search
begin(const struct bh_uuid *tenant)
{
	struct auth_audit_search search = {.tenant = *tenant};
	const struct bh_uuid nothing = {0};

	auth_audit_bounds(&search, 0, 0, &nothing);
	return search;
}

static size_t
count_all(struct auth_audit_search search)
{
	struct bh_db db = bh_test_db_as(&auth_test.database, "bulkhead_auth", &search.tenant);
	struct auth_audit_row *rows;
	struct bh_uuid last;
	size_t n, all = 0;

	memset(last.bytes, 0xff, sizeof(last.bytes));
	while (!search.over) {
		assert_int_equal(auth_audit_step(&db, &search, &rows, &n), 0);
		for (size_t i = 0; i < n; i++) {
			assert_true(bh_uuid_order(&rows[i].id, &last) < 0);
			last = rows[i].id;
		}
		all += n;
	}
	return all;
}

static void
a_tenant_finds_its_own_lines(void **state)
{
	struct auth_audit_search search = begin(&auth_test.acme);

	(void)state;
	add(&auth_test.acme, NOW_MS, 3, "key.create", "u1", "k1");
	add(&auth_test.other, NOW_MS, 4, "key.create", "u1", "k1");
	assert_int_equal(count_all(search), 3);
	search.filter.object = "k1";
	assert_int_equal(count_all(search), 3);
	search.filter.object = NULL;
	search.filter.action = "key.";
	assert_int_equal(count_all(search), 3);
}

static void
every_filter_passes_what_it_says(void **state)
{
	const struct {
		struct auth_audit_filter filter;
		size_t n;
	} cases[] = {
		{{0}, 15},
		{{.actor = "u1"}, 8},
		{{.actor = "u"}, 0},
		{{.action = "key."}, 8},
		{{.action = "key.create"}, 5},
		{{.action = "key.create."}, 0},
		{{.action = "k%"}, 0},
		{{.object = "k2"}, 3},
		{{.actor = "u1", .action = "key.", .object = "k2"}, 3},
		{{.actor = "u2", .object = "k2"}, 0},
		{{.request_id = "r4"}, 2},
		{{.text = "\"n4\""}, 2},
		{{.text = "n4", .action = "user."}, 1},
		{{.text = "nothing"}, 0},
	};

	(void)state;
	add(&auth_test.acme, NOW_MS, 5, "key.create", "u1", "k1");
	add(&auth_test.acme, NOW_MS + 100, 3, "key.revoke", "u1", "k2");
	add(&auth_test.acme, NOW_MS + 200, 7, "user.role", "u2", "");
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct auth_audit_search search = begin(&auth_test.acme);

		search.filter = cases[i].filter;
		assert_int_equal(count_all(search), cases[i].n);
	}
}

static void
bounds_of_time_hold_to_the_millisecond(void **state)
{
	struct auth_audit_search search = {.tenant = auth_test.acme};
	const struct bh_uuid nothing = {0};

	(void)state;
	add(&auth_test.acme, NOW_MS, 10, "key.create", "u1", "k1");
	auth_audit_bounds(&search, NOW_MS + 2, NOW_MS + 5, &nothing);
	assert_int_equal(count_all(search), 3);
}

static void
pages_go_on_where_the_last_ended(void **state)
{
	struct auth_audit_search search = begin(&auth_test.acme);
	struct bh_db db = bh_test_db_as(&auth_test.database, "bulkhead_auth", &auth_test.acme);
	struct auth_audit_row *rows;
	size_t n, all = 0, pages = 0;

	(void)state;
	add(&auth_test.acme, NOW_MS, 2 * AUTH_AUDIT_ROWS + 7, "key.create", "u1", "k1");
	while (!search.over) {
		assert_int_equal(auth_audit_page(&db, &search, 500, INT64_MAX, &rows, &n), 0);
		all += n;
		pages++;
	}
	assert_int_equal(all, 2 * AUTH_AUDIT_ROWS + 7);
	assert_int_equal(pages, 9);
}

/* The time is over at once: what was looked through is told, though nothing of it is wanted. */
static void
a_page_whose_time_is_over_leads_on(void **state)
{
	struct auth_audit_search search = begin(&auth_test.acme);
	struct bh_db db = bh_test_db_as(&auth_test.database, "bulkhead_auth", &auth_test.acme);
	struct auth_audit_row *rows;
	size_t n;

	(void)state;
	add(&auth_test.acme, NOW_MS, 1, "rare", "u1", "k1");
	add(&auth_test.acme, NOW_MS + 1, 2 * AUTH_AUDIT_ROWS, "key.create", "u2", "k1");
	search.filter.text = "rare";
	for (int i = 0; i < 2; i++) {
		assert_int_equal(auth_audit_page(&db, &search, 500, 0, &rows, &n), 0);
		assert_int_equal(n, 0);
		assert_false(search.over);
	}
	assert_int_equal(auth_audit_page(&db, &search, 500, 0, &rows, &n), 0);
	assert_int_equal(n, 1);
	assert_true(search.over);
}

static void
only_the_platform_sees_all_tenants(void **state)
{
	const struct {
		struct auth_audit_filter filter;
		size_t n;
	} cases[] = {
		{{.request_id = "r1"}, 3},
		{{.object = "k1"}, 7},
		{{.actor = "u1"}, 7},
		{{.actor = "u1", .action = "tenant."}, 0},
		{{.actor = "o1", .text = "tenant.suspend"}, 2},
		{{.actor = "nobody"}, 0},
	};
	struct auth_audit_search search = begin(&bh_platform_tenant);
	struct bh_db db = bh_test_db_as(&auth_test.database, "bulkhead_auth", &auth_test.acme);
	struct auth_audit_row *rows;
	size_t n;

	(void)state;
	add(&auth_test.acme, NOW_MS, 3, "key.create", "u1", "k1");
	add(&auth_test.other, NOW_MS, 4, "key.create", "u1", "k1");
	add(&bh_platform_tenant, NOW_MS, 2, "tenant.suspend", "o1", "");
	/* what the staff did to a tenant is a row of both, and told once */
	add(&auth_test.acme, NOW_MS, 2, "tenant.suspend", "", "");
	search.across = true;
	assert_int_equal(count_all(search), 9);
	search.filter.action = "tenant.";
	assert_int_equal(count_all(search), 2);
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		search.filter = cases[i].filter;
		assert_int_equal(count_all(search), cases[i].n);
		assert_int_equal(auth_audit_step(&db, &search, &rows, &n), BH_E_DB);
	}
	search.filter = (struct auth_audit_filter){0};
	assert_int_equal(auth_audit_step(&db, &search, &rows, &n), BH_E_DB);
	search.tenant = auth_test.acme;
	assert_int_equal(auth_audit_step(&db, &search, &rows, &n), BH_E_DB);
}

static void
old_months_go_and_new_ones_are_made(void **state)
{
	struct bh_db db = bh_test_db_as(&auth_test.database, "bulkhead_auth", &bh_platform_tenant);
	int64_t dropped = 0;

	(void)state;
	assert_int_equal(bh_test_db_script(&auth_test.database,
						 "DROP TABLE IF EXISTS bulkhead.audit_event_2001_01;"
						 "SELECT bulkhead.audit_month_open('2001-01-01')"),
		0);
	add(&auth_test.acme, INT64_C(978350000000), 3, "key.create", "u1", "k1");
	/* in no month */
	add(&auth_test.acme, INT64_C(1000000000000), 3, "key.create", "u1", "k1");
	assert_int_equal(count_all(begin(&auth_test.acme)), 6);
	assert_int_equal(auth_store_audit_months(&db, &bh_platform_tenant, INT64_C(365) * 86400000 * 10,
						 &dropped),
		0);
	assert_int_equal(dropped, 1);
	assert_int_equal(count_all(begin(&auth_test.acme)), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, empty)
		TEST(a_tenant_finds_its_own_lines),
		TEST(every_filter_passes_what_it_says),
		TEST(bounds_of_time_hold_to_the_millisecond),
		TEST(pages_go_on_where_the_last_ended),
		TEST(a_page_whose_time_is_over_leads_on),
		TEST(only_the_platform_sees_all_tenants),
		TEST(old_months_go_and_new_ones_are_made),
	};

	return cmocka_run_group_tests(tests, set_up, auth_test_close);
}
