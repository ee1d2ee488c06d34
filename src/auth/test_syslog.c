/* SPDX-License-Identifier: Apache-2.0 */
/* test_syslog.c: who sends audit events to the operator's syslog, whose and from where, in a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/syslog.h"
#include "auth/testing.h"
#include "base/error.h"

static struct bh_db admin;

static int
set_up(void **state)
{
	if (auth_test_open(state) < 0)
		return -1;
	admin = bh_test_db_as(&auth_test.database, NULL, NULL);
	return 0;
}

static struct bh_db
db_of(const struct bh_uuid *tenant)
{
	return bh_test_db_as(&auth_test.database, "bulkhead_auth", tenant);
}

/* How many events each of the two tenants has. */
static void
chains(int64_t acme, int64_t other)
{
	static const char sql[] =
		"INSERT INTO bulkhead.audit_chain (tenant_id, size) VALUES ($1, $2), ($3, $4)"
		" ON CONFLICT (tenant_id) DO UPDATE SET size = excluded.size";

	assert_int_equal(bh_db_exec(&admin, sql,
						 BH_PARAMS(&auth_test.acme, acme, &auth_test.other, other), NULL),
		0);
}

static int
empty(void **state)
{
	static const char sql[] =
		"DELETE FROM bulkhead.audit_syslog; DELETE FROM bulkhead.audit_syslog_sender;"
		"DELETE FROM bulkhead.audit_chain;"
		"INSERT INTO bulkhead.audit_syslog_sender (tenant_id)"
		" VALUES ('00000000-0000-0000-0000-000000000001')";

	(void)state;
	return bh_test_db_script(&auth_test.database, sql);
}

static int64_t
begin(void)
{
	struct bh_db db = db_of(&bh_platform_tenant);
	int64_t epoch = 0;

	assert_int_equal(auth_store_syslog_begin(&db, &bh_platform_tenant, 60000, &epoch), 0);
	return epoch;
}

static size_t
claim(int64_t epoch, int64_t most, struct auth_syslog_turn **out)
{
	struct bh_db db = db_of(&bh_platform_tenant);
	size_t n = 0;

	assert_int_equal(auth_store_syslog_claim(&db, &bh_platform_tenant, epoch, most, out, &n), 0);
	return n;
}

static void
sent(const struct bh_uuid *tenant, int64_t epoch, int64_t position)
{
	struct bh_db db = db_of(tenant);

	assert_int_equal(auth_store_syslog_sent(&db, tenant, epoch, position), 0);
}

static void
end(int64_t epoch, bool read, const char *error)
{
	struct bh_db db = db_of(&bh_platform_tenant);

	assert_int_equal(auth_store_syslog_end(&db, &bh_platform_tenant, epoch, read, error), 0);
}

static struct auth_syslog_state
state_now(void)
{
	struct bh_db db = db_of(&bh_platform_tenant);
	struct auth_syslog_state now = {-1, -1, NULL, -1};

	assert_int_equal(auth_store_syslog_state(&db, &bh_platform_tenant, &now), 0);
	return now;
}

/* ---- ---- */

static void
a_platform_that_begins_late_sends_what_comes_from_then_on(void **state)
{
	struct auth_syslog_turn *turns = NULL;
	int64_t epoch;

	(void)state;
	assert_int_equal(bh_test_db_script(&auth_test.database,
						 "DELETE FROM bulkhead.audit_syslog_sender"),
		0);
	chains(7, 3);
	assert_int_equal(begin(), 0);
	assert_int_equal(state_now().behind, 0);
	chains(9, 3);
	epoch = begin();
	assert_true(epoch > 0);
	assert_int_equal(claim(epoch, 10, &turns), 1);
	assert_true(bh_uuid_equal(&turns[0].tenant, &auth_test.acme));
	assert_int_equal(turns[0].at, 7);
	assert_int_equal(turns[0].size, 9);
}

static void
a_tenant_that_is_new_is_sent_from_its_first_event_on(void **state)
{
	struct auth_syslog_turn *turns = NULL;

	(void)state;
	chains(2, 0);
	assert_int_equal(claim(begin(), 10, &turns), 1);
	assert_int_equal(turns[0].at, 0);
}

static void
one_sends_at_a_time(void **state)
{
	int64_t epoch;

	(void)state;
	chains(2, 0);
	epoch = begin();
	assert_true(epoch > 0);
	assert_int_equal(begin(), 0);
	end(epoch, false, NULL);
	assert_true(begin() > epoch);
}

static void
tenants_take_turns(void **state)
{
	struct auth_syslog_turn *turns = NULL;
	struct bh_uuid first;
	int64_t epoch;

	(void)state;
	chains(100, 100);
	epoch = begin();
	assert_int_equal(claim(epoch, 1, &turns), 1);
	first = turns[0].tenant;
	sent(&first, epoch, 10);
	assert_int_equal(claim(epoch, 1, &turns), 1);
	assert_false(bh_uuid_equal(&turns[0].tenant, &first));
	sent(&turns[0].tenant, epoch, 10);
	assert_int_equal(claim(epoch, 1, &turns), 1);
	assert_true(bh_uuid_equal(&turns[0].tenant, &first));
	assert_int_equal(turns[0].at, 10);
}

static void
what_was_not_read_is_sent_again(void **state)
{
	struct auth_syslog_turn *turns = NULL;
	int64_t epoch;

	(void)state;
	chains(5, 0);
	epoch = begin();
	assert_int_equal(claim(epoch, 10, &turns), 1);
	sent(&auth_test.acme, epoch, 5);
	assert_int_equal(claim(epoch, 10, &turns), 0);
	assert_int_equal(state_now().behind, 5);
	end(epoch, false, NULL);
	epoch = begin();
	assert_int_equal(claim(epoch, 10, &turns), 1);
	assert_int_equal(turns[0].at, 0);
	sent(&auth_test.acme, epoch, 5);
	end(epoch, true, NULL);
	assert_int_equal(state_now().behind, 0);
	assert_true(state_now().delivered_ms > 0);
	assert_int_equal(begin(), 0);
}

static void
who_is_overtaken_changes_nothing(void **state)
{
	struct bh_db db = db_of(&bh_platform_tenant);
	struct auth_syslog_turn *turns = NULL;
	int64_t old, epoch;

	(void)state;
	chains(5, 0);
	old = begin();
	assert_int_equal(claim(old, 10, &turns), 1);
	assert_int_equal(bh_test_db_script(&auth_test.database,
						 "UPDATE bulkhead.audit_syslog_sender SET until = now() - interval '1 "
						 "second'"),
		0);
	epoch = begin();
	assert_true(epoch > old);
	assert_int_equal(auth_store_syslog_hold(&db, &bh_platform_tenant, old, 60000), BH_E_NOT_FOUND);
	assert_int_equal(claim(old, 10, &turns), 0);
	sent(&auth_test.acme, old, 5);
	end(old, true, NULL);
	assert_int_equal(claim(epoch, 10, &turns), 1);
	assert_int_equal(turns[0].at, 0);
	assert_int_equal(begin(), 0);
}

static void
a_failure_is_told_and_waits(void **state)
{
	int64_t epoch;

	(void)state;
	chains(5, 0);
	epoch = begin();
	end(epoch, false, "not there");
	assert_int_equal(state_now().failures, 1);
	assert_string_equal(state_now().error, "not there");
	assert_int_equal(begin(), 0);
	assert_int_equal(bh_test_db_script(&auth_test.database,
						 "UPDATE bulkhead.audit_syslog_sender SET next_at = now()"),
		0);
	epoch = begin();
	end(epoch, true, NULL);
	assert_int_equal(state_now().failures, 0);
	assert_null(state_now().error);
}

static void
a_tenant_that_is_deleted_is_left_out(void **state)
{
	static const char sql[] = "UPDATE bulkhead.tenant SET state = $2 WHERE id = $1";

	(void)state;
	chains(5, 0);
	assert_int_equal(bh_db_exec(&admin, sql, BH_PARAMS(&auth_test.acme, "deleting"), NULL), 0);
	assert_int_equal(begin(), 0);
	assert_int_equal(state_now().behind, 0);
	assert_int_equal(bh_db_exec(&admin, sql, BH_PARAMS(&auth_test.acme, "active"), NULL), 0);
	assert_true(begin() > 0);
}

static void
only_the_platform_may(void **state)
{
	struct bh_db db = db_of(&auth_test.acme);
	struct auth_syslog_turn *turns = NULL;
	struct auth_syslog_state of = {0};
	int64_t epoch = 0;
	size_t n = 0;

	(void)state;
	assert_true(auth_store_syslog_begin(&db, &auth_test.acme, 60000, &epoch) < 0);
	assert_true(auth_store_syslog_claim(&db, &auth_test.acme, 1, 10, &turns, &n) < 0);
	assert_true(auth_store_syslog_end(&db, &auth_test.acme, 1, true, NULL) < 0);
	assert_true(auth_store_syslog_state(&db, &auth_test.acme, &of) < 0);
}

/* ---- frames ---- */

static void
a_turn_has_one_frame_at_least_and_says_where_it_ends(void **state)
{
	const struct auth_conf conf = {.syslog = "", .syslog_ca_file = "", .syslog_enterprise = 32473};
	struct auth_audit_row rows[3] = {0};
	BH_AUTO(bh_buf_close) struct bh_buf frames = {0};
	int64_t to = -1;

	(void)state;
	for (int i = 0; i < 3; i++) {
		rows[i] = (struct auth_audit_row){.tenant = auth_test.acme,
			.source = "auth",
			.action = "key.create",
			.actor = "",
			.object = "",
			.request_id = "",
			.status = 403,
			.line = "{}",
			.position = 40 + i};
	}
	auth_syslog_frames(&conf, "node", rows, 3, 1, &frames, &to);
	assert_int_equal(to, 41);
	assert_non_null(strstr(frames.data, " <108>1 "));
	assert_non_null(strstr(frames.data, " node bulkhead - key.create [origin "));
	assert_non_null(strstr(frames.data, "\" position=\"40\"] {\"id\":"));
	assert_true(strcmp(frames.data + frames.len - 14, "\"position\":40}") == 0);
	auth_syslog_frames(&conf, "node", rows, 3, 1000000, &frames, &to);
	assert_int_equal(to, 43);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_platform_that_begins_late_sends_what_comes_from_then_on, empty),
		cmocka_unit_test_setup(a_tenant_that_is_new_is_sent_from_its_first_event_on, empty),
		cmocka_unit_test_setup(one_sends_at_a_time, empty),
		cmocka_unit_test_setup(tenants_take_turns, empty),
		cmocka_unit_test_setup(what_was_not_read_is_sent_again, empty),
		cmocka_unit_test_setup(who_is_overtaken_changes_nothing, empty),
		cmocka_unit_test_setup(a_failure_is_told_and_waits, empty),
		cmocka_unit_test_setup(a_tenant_that_is_deleted_is_left_out, empty),
		cmocka_unit_test_setup(only_the_platform_may, empty),
		cmocka_unit_test_setup(a_turn_has_one_frame_at_least_and_says_where_it_ends, empty),
	};

	return cmocka_run_group_tests(tests, set_up, auth_test_close);
}
