/* SPDX-License-Identifier: Apache-2.0 */
/* test_chain.c: chains of audit events in a real database: written by several, sealed, proved, changed by a superuser. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "auth/chain.h"
#include "auth/chain_check.h"
#include "auth/testing.h"
#include "base/clock.h"
#include "base/error.h"
#include "service/audit_event.h"
#include "service/audit_index.h"
#include "service/audit_proof.h"

#define DAY_MS INT64_C(86400000)

enum { LINES = 600 };

static struct bh_db admin;
static char folder[64];
static bool stopping;
static int64_t now_ms;
static struct auth_chain_conf conf;

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
	static const char sql[] =
		"DELETE FROM bulkhead.audit_event; DELETE FROM bulkhead.audit_chain;"
		"DELETE FROM bulkhead.audit_tile; DELETE FROM bulkhead.audit_checkpoint;"
		"DELETE FROM bulkhead.audit_gone; DELETE FROM bulkhead.audit_position;"
		"DELETE FROM bulkhead.signing_key WHERE algorithm = 'EdDSA'";

	(void)state;
	now_ms = bh_clock_wall_ms();
	conf = (struct auth_chain_conf){.seal_key = {{1}}, .rotate_ms = 365 * DAY_MS};
	snprintf(folder, sizeof(folder), "/tmp/test_chain.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	return bh_test_db_script(&auth_test.database, sql);
}

static int
tidy(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

/* ---- writing ---- */

/* Lines of a tenant in the file of a service, from that time on. */
static void
write_lines(const char *service, const struct bh_uuid *tenant, int n, int64_t at_ms)
{
	char path[128], id[BH_UUID_TEXT], time[BH_TIME_TEXT];
	static int written;
	FILE *file;

	snprintf(path, sizeof(path), "%s/audit-%s.jsonl", folder, service);
	file = fopen(path, "a");
	assert_non_null(file);
	bh_uuid_format(tenant, id);
	for (int i = 0; i < n; i++) {
		bh_clock_format(at_ms + i, time);
		fprintf(file,
			"{\"time\":\"%s\",\"event\":\"probe.line\",\"request_id\":\"%s%d\",\"tenant_id\":\"%"
			"s\","
			"\"subject\":\"s\\u00f6mebody\",\"status\":200,\"object\":\"a,\\\"position\\\":7\"}\n",
			time, service, written++, id);
	}
	assert_int_equal(fclose(file), 0);
}

static void
index_lines(const char *service)
{
	char path[128], role[64];
	struct bh_audit_index index = {.path = path, .source = service, .stopping = &stopping};

	snprintf(path, sizeof(path), "%s/audit-%s.jsonl", folder, service);
	snprintf(role, sizeof(role), "bulkhead_%s", service);
	index.db = bh_test_db_as(&auth_test.database, role, NULL).pool;
	bh_audit_index_beat(&index);
	assert_false(index.failing);
	assert_int_equal(index.lag_bytes, 0);
	bh_audit_index_close(&index);
}

static void
add(const struct bh_uuid *tenant, int n)
{
	write_lines("auth", tenant, n, now_ms);
	index_lines("auth");
}

static struct bh_db
db_of(const struct bh_uuid *tenant)
{
	return bh_test_db_as(&auth_test.database, "bulkhead_auth", tenant);
}

static int64_t
seal(const struct bh_uuid *tenant)
{
	BH_AUTO(auth_chain_signer_close) struct auth_chain_signer signer = {0};
	struct bh_db db = db_of(tenant), platform = db_of(&bh_platform_tenant);
	int64_t size = -1;

	assert_int_equal(auth_chain_signer_open(&platform, &conf, now_ms, &signer), 0);
	assert_int_equal(auth_chain_seal(&db, &signer, tenant, now_ms, &size), 0);
	return size;
}

/* ---- looking ---- */

/* All stretches; the first finding is told. */
static struct auth_chain_check
check_all(const struct bh_uuid *tenant, struct auth_chain_finding *out)
{
	struct bh_db db = db_of(tenant);
	struct auth_chain_check all = {.has_more = true}, check;

	*out = (struct auth_chain_finding){-1, ""};
	while (all.has_more) {
		assert_int_equal(auth_chain_check(&db, tenant, all.to, &check), 0);
		if (all.n_findings == 0 && check.n_findings > 0)
			*out = check.findings[0];
		all.to = check.to;
		all.size = check.size;
		all.has_more = check.has_more;
		all.n_findings += check.n_findings;
		all.events += check.events;
		all.gone += check.gone;
		all.checkpoints += check.checkpoints;
	}
	return all;
}

static void
read_keys(struct bh_audit_keys *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf jwks = {0};
	struct bh_db db = db_of(&bh_platform_tenant);

	assert_int_equal(auth_chain_jwks(&db, &jwks), 0);
	assert_int_equal(bh_audit_keys_open(bh_buf_string(&jwks), jwks.len, out), 0);
}

/* As an export writes it. */
static void
write_export(const struct bh_uuid *tenant, bool range, struct bh_buf *out)
{
	struct bh_db db = db_of(tenant);
	struct auth_chain_reader *reader = auth_chain_reader_new(&db, tenant);
	struct auth_checkpoint newest;
	struct auth_audit_row *rows;
	size_t n;

	assert_int_equal(auth_store_chain_newest(&db, tenant, INT64_MAX, &newest), 0);
	assert_int_equal(auth_chain_head(reader, &newest, range, out), 0);
	assert_int_equal(auth_store_chain_rows(&db, tenant, 0, newest.size, &rows, &n), 0);
	for (size_t i = 0; i < n; i++) {
		const struct bh_audit_event event = auth_chain_event(&rows[i]);
		struct bh_write write = {.out = out};

		bh_fields_write(&write, BH_OF(bh_audit_event_shape), &event);
		if (!range) {
			out->len--;
			assert_int_equal(auth_chain_path(reader, event.position, newest.size, out), 0);
			bh_buf_char(out, '}');
		}
		bh_buf_char(out, '\n');
	}
	bh_buf_printf(out, "{\"object\":\"audit_proof_end\",\"events\":%zu}\n", n);
	auth_chain_reader_free(reader);
}

struct verdict {
	bool good;
	int64_t proved, gone, position;
};

static struct verdict
verify(const char *text, size_t len)
{
	struct bh_audit_keys keys = {0};
	struct bh_audit_verifier verifier;
	struct verdict verdict;

	read_keys(&keys);
	bh_audit_verify_open(&verifier, &keys);
	for (const char *at = text, *end = text + len; at < end;) {
		const char *next = memchr(at, '\n', (size_t)(end - at));

		bh_audit_verify_line(&verifier, at, (size_t)(next - at));
		at = next + 1;
	}
	verdict.good = bh_audit_verify_end(&verifier);
	verdict.proved = verifier.proved;
	verdict.gone = verifier.gone;
	verdict.position = verifier.failed_position;
	bh_audit_verify_close(&verifier);
	bh_audit_keys_close(&keys);
	return verdict;
}

/* ---- tests ---- */

static void
what_is_written_is_sealed_and_proved(void **state)
{
	struct auth_chain_finding first;
	struct auth_chain_check check;

	(void)state;
	add(&auth_test.acme, LINES);
	add(&auth_test.other, 3);
	assert_int_equal(seal(&auth_test.acme), LINES);
	assert_int_equal(seal(&auth_test.acme), 0);
	assert_int_equal(seal(&auth_test.other), 3);
	add(&auth_test.acme, 1);
	assert_int_equal(seal(&auth_test.acme), LINES + 1);
	check = check_all(&auth_test.acme, &first);
	assert_int_equal(check.n_findings, 0);
	assert_int_equal(check.events, LINES + 1);
	assert_int_equal(check.checkpoints, 2);
	check = check_all(&auth_test.other, &first);
	assert_int_equal(check.n_findings, 0);
	assert_int_equal(check.events, 3);
}

static void *
index_rag(void *nothing)
{
	(void)nothing;
	index_lines("rag");
	return NULL;
}

static void
two_services_write_one_order(void **state)
{
	struct auth_chain_finding first;
	struct auth_chain_check check;
	pthread_t thread;

	(void)state;
	write_lines("auth", &auth_test.acme, LINES, now_ms);
	write_lines("rag", &auth_test.acme, LINES, now_ms);
	write_lines("auth", &auth_test.other, LINES, now_ms);
	write_lines("rag", &auth_test.other, LINES, now_ms);
	assert_int_equal(pthread_create(&thread, NULL, index_rag, NULL), 0);
	index_lines("auth");
	pthread_join(thread, NULL);
	assert_int_equal(seal(&auth_test.acme), 2 * LINES);
	check = check_all(&auth_test.acme, &first);
	assert_int_equal(check.n_findings, 0);
	assert_int_equal(check.events, 2 * LINES);
	assert_int_equal(seal(&auth_test.other), 2 * LINES);
	assert_int_equal(check_all(&auth_test.other, &first).n_findings, 0);
}

static void *
grow(void *ctx)
{
	bool *over = ctx;

	for (int i = 0; i < 60; i++) {
		write_lines("rag", &auth_test.acme, 5, now_ms);
		index_lines("rag");
	}
	__atomic_store_n(over, true, __ATOMIC_RELEASE);
	return NULL;
}

static void
what_is_written_while_it_is_checked_is_no_finding(void **state)
{
	struct auth_chain_finding first;
	bool over = false;
	pthread_t thread;

	(void)state;
	add(&auth_test.acme, 10);
	(void)bh_test_db_as(&auth_test.database, "bulkhead_rag", NULL); /* not opened by two at once */
	assert_int_equal(pthread_create(&thread, NULL, grow, &over), 0);
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE)) {
		assert_true(seal(&auth_test.acme) >= 0);
		assert_int_equal(check_all(&auth_test.acme, &first).n_findings, 0);
	}
	pthread_join(thread, NULL);
	assert_int_equal(check_all(&auth_test.acme, &first).events, 310);
}

/* Each as the database's superuser; afterwards everything is as it was. */
static void
whatever_a_superuser_changes_is_found_with_its_position(void **state)
{
	static const struct {
		const char *change, *what;
		int64_t position;
	} cases[] = {
		{"UPDATE bulkhead.audit_event SET line = replace(line, '200', '201') WHERE position = 300",
			"changed", 300},
		{"UPDATE bulkhead.audit_event SET actor = 'nobody' WHERE position = 0", "changed", 0},
		{"UPDATE bulkhead.audit_event SET staff = true WHERE position = 599", "changed", 599},
		{"DELETE FROM bulkhead.audit_event WHERE position = 42", "missing", 42},
		{"DELETE FROM bulkhead.audit_event WHERE position = 599", "missing", 599},
		{"UPDATE bulkhead.audit_event SET position = position + 1 WHERE position = 7", "missing",
			7},
		{"INSERT INTO bulkhead.audit_event SELECT tenant_id, gen_random_uuid(), source, action,"
		 " actor, object, request_id, status, staff, line, position, superseded"
		 " FROM bulkhead.audit_event WHERE position = 5",
			"added", 5},
		{"INSERT INTO bulkhead.audit_event SELECT tenant_id, gen_random_uuid(), source, action,"
		 " actor, object, request_id, status, staff, line, 600, superseded"
		 " FROM bulkhead.audit_event WHERE position = 5",
			"added", 600},
		{"UPDATE bulkhead.audit_tile SET hashes = set_byte(hashes, 40, 1) WHERE level = 0 AND n = "
		 "1",
			"changed", 257},
		{"UPDATE bulkhead.audit_tile SET hashes = set_byte(hashes, 0, 255 - get_byte(hashes, 0))"
		 " WHERE level = 1",
			"tree", 0},
		{"DELETE FROM bulkhead.audit_tile WHERE level = 0 AND n = 2", "tree", 512},
		{"DELETE FROM bulkhead.audit_checkpoint WHERE size = 600", "checkpoint", 599},
		{"UPDATE bulkhead.audit_checkpoint SET jws = 'x' || jws WHERE size = 600", "checkpoint",
			599},
	};

	(void)state;
	add(&auth_test.acme, LINES);
	assert_int_equal(seal(&auth_test.acme), LINES);
	assert_int_equal(bh_test_db_script(&auth_test.database,
						 "DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept;"
						 "CREATE TABLE kept.audit_event AS TABLE bulkhead.audit_event;"
						 "CREATE TABLE kept.audit_tile AS TABLE bulkhead.audit_tile;"
						 "CREATE TABLE kept.audit_checkpoint AS TABLE bulkhead.audit_checkpoint"),
		0);
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct auth_chain_finding first;

		assert_int_equal(check_all(&auth_test.acme, &first).n_findings, 0);
		assert_int_equal(bh_test_db_script(&auth_test.database, cases[i].change), 0);
		assert_true(check_all(&auth_test.acme, &first).n_findings > 0);
		assert_string_equal(first.what, cases[i].what);
		assert_int_equal(first.position, cases[i].position);
		assert_int_equal(bh_test_db_script(&auth_test.database,
							 "DELETE FROM bulkhead.audit_event; DELETE FROM bulkhead.audit_tile;"
							 "DELETE FROM bulkhead.audit_checkpoint;"
							 "INSERT INTO bulkhead.audit_event SELECT * FROM kept.audit_event;"
							 "INSERT INTO bulkhead.audit_tile SELECT * FROM kept.audit_tile;"
							 "INSERT INTO bulkhead.audit_checkpoint SELECT * FROM "
							 "kept.audit_checkpoint"),
			0);
	}
	assert_int_equal(bh_test_db_script(&auth_test.database, "DROP SCHEMA kept CASCADE"), 0);
}

static void
no_role_changes_or_removes_what_is_written(void **state)
{
	static const char *const changes[] = {
		"UPDATE audit_event SET actor = 'x' WHERE tenant_id = $1",
		"DELETE FROM audit_event WHERE tenant_id = $1",
		"DELETE FROM audit_tile WHERE tenant_id = $1",
		"DELETE FROM audit_checkpoint WHERE tenant_id = $1",
		"DELETE FROM audit_chain WHERE tenant_id = $1",
		"UPDATE audit_tile SET n = 9 WHERE tenant_id = $1",
		"UPDATE audit_checkpoint SET size = 9 WHERE tenant_id = $1",
		"UPDATE audit_chain SET size = 9 WHERE tenant_id = $1",
		"SELECT audit_tile_add($1, 0, 2, '\\x00')",
		"SELECT audit_tile_add($1, 1, 5, decode(repeat('00', 32), 'hex'))",
		"SELECT audit_checkpoint_add($1, 1, now(), 'x')",
		"SELECT audit_checkpoint_add($1, 99, now(), 'x')",
	};
	struct bh_db db = db_of(&auth_test.acme);

	(void)state;
	add(&auth_test.acme, 2);
	assert_int_equal(seal(&auth_test.acme), 2);
	for (size_t i = 0; i < BH_COUNT(changes); i++)
		assert_true(bh_db_exec(&db, changes[i], BH_PARAMS(&auth_test.acme), NULL) < 0);
}

static void
an_export_proves_itself_and_shows_what_was_changed(void **state)
{
	(void)state;
	add(&auth_test.acme, 300);
	assert_int_equal(seal(&auth_test.acme), 300);
	add(&auth_test.acme, 300);
	assert_int_equal(seal(&auth_test.acme), LINES);
	for (int range = 0; range < 2; range++) {
		BH_AUTO(bh_buf_close) struct bh_buf text = {0};
		struct verdict verdict;
		char *line, *status, *end;

		write_export(&auth_test.acme, range != 0, &text);
		verdict = verify(text.data, text.len);
		assert_true(verdict.good);
		assert_int_equal(verdict.proved, LINES);
		/* one digit of one event */
		line = strstr(bh_buf_string(&text) + text.len / 4, "\n{\"id\"");
		status = strstr(line, "\"status\":200");
		status[9] = '5';
		verdict = verify(text.data, text.len);
		assert_false(verdict.good);
		assert_in_range(verdict.position, 0, 299);
		status[9] = '2';
		assert_true(verify(text.data, text.len).good);
		/* cut off; and without one of its lines */
		assert_false(verify(text.data, (size_t)(line + 1 - text.data)).good);
		end = strchr(line + 1, '\n');
		memmove(line, end, (size_t)(text.data + text.len - end));
		assert_false(verify(text.data, text.len - (size_t)(end - line)).good);
	}
}

static void
what_retention_removes_leaves_the_rest_proved(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_db platform = db_of(&bh_platform_tenant);
	struct auth_chain_finding first;
	struct auth_chain_check check;
	struct verdict verdict;
	int64_t dropped, tiles = -1;

	(void)state;
	assert_int_equal(bh_test_db_script(&auth_test.database,
						 "SELECT bulkhead.audit_month_open('2001-01-01')"),
		0);
	write_lines("auth", &auth_test.acme, 300, INT64_C(978350000000));
	index_lines("auth");
	add(&auth_test.acme, 100);
	/* a late line of that time */
	write_lines("auth", &auth_test.acme, 1, INT64_C(978350000000));
	index_lines("auth");
	add(&auth_test.acme, 10);
	assert_int_equal(seal(&auth_test.acme), 411);
	assert_int_equal(auth_store_audit_months(&platform, &bh_platform_tenant, 3650 * DAY_MS,
						 &dropped),
		0);
	assert_int_equal(bh_db_read_one(&admin,
						 "SELECT count(*) FROM bulkhead.audit_tile WHERE level = 0", NULL, 0,
						 &bh_row_int, &tiles),
		0);
	assert_int_equal(tiles, 1); /* the first is gone as a whole */
	add(&auth_test.acme, 5);
	assert_int_equal(seal(&auth_test.acme), 416);
	check = check_all(&auth_test.acme, &first);
	assert_int_equal(check.n_findings, 0);
	assert_int_equal(check.gone, 301);
	assert_int_equal(check.events, 115);
	write_export(&auth_test.acme, true, &text);
	verdict = verify(text.data, text.len);
	assert_true(verdict.good);
	assert_int_equal(verdict.proved, 115);
	assert_int_equal(verdict.gone, 301);
	bh_buf_reset(&text);
	write_export(&auth_test.acme, false, &text);
	assert_int_equal(verify(text.data, text.len).proved, 115);
}

static void
old_checkpoints_become_one_an_hour(void **state)
{
	struct bh_db platform = db_of(&bh_platform_tenant);
	struct auth_chain_finding first;
	struct auth_chain_check check;
	int64_t dropped, real_ms = now_ms;

	(void)state;
	/* three days ago: five within an hour, and one in the next */
	now_ms = (real_ms - 3 * DAY_MS) / 3600000 * 3600000;
	for (int i = 0; i < 6; i++) {
		add(&auth_test.acme, 1);
		assert_int_equal(seal(&auth_test.acme), i + 1);
		now_ms += i < 4 ? 60000 : 3600000;
	}
	now_ms = real_ms;
	add(&auth_test.acme, 1);
	assert_int_equal(seal(&auth_test.acme), 7);
	assert_int_equal(auth_store_audit_months(&platform, &bh_platform_tenant, 3650 * DAY_MS,
						 &dropped),
		0);
	check = check_all(&auth_test.acme, &first);
	assert_int_equal(check.n_findings, 0);
	assert_int_equal(check.checkpoints, 3);
}

static void
a_key_is_replaced_and_stays_published(void **state)
{
	struct auth_chain_finding first;
	struct bh_audit_keys keys = {0};
	int64_t sealed = -1;
	static const char sql[] = "SELECT count(private_sealed) FROM bulkhead.signing_key"
							  " WHERE algorithm = 'EdDSA'";

	(void)state;
	add(&auth_test.acme, 3);
	assert_int_equal(seal(&auth_test.acme), 3);
	now_ms += 366 * DAY_MS;
	add(&auth_test.acme, 3);
	assert_int_equal(seal(&auth_test.acme), 6);
	read_keys(&keys);
	assert_int_equal(keys.n, 2);
	bh_audit_keys_close(&keys);
	assert_int_equal(bh_db_read_one(&admin, sql, NULL, 0, &bh_row_int, &sealed), 0);
	assert_int_equal(sealed, 1);
	assert_int_equal(check_all(&auth_test.acme, &first).n_findings, 0);
	assert_int_equal(check_all(&auth_test.acme, &first).checkpoints, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, empty, tidy)
		TEST(what_is_written_is_sealed_and_proved),
		TEST(two_services_write_one_order),
		TEST(what_is_written_while_it_is_checked_is_no_finding),
		TEST(whatever_a_superuser_changes_is_found_with_its_position),
		TEST(no_role_changes_or_removes_what_is_written),
		TEST(an_export_proves_itself_and_shows_what_was_changed),
		TEST(what_retention_removes_leaves_the_rest_proved),
		TEST(old_checkpoints_become_one_an_hour),
		TEST(a_key_is_replaced_and_stays_published),
	};

	return cmocka_run_group_tests(tests, set_up, auth_test_close);
}
