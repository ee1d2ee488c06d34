/* SPDX-License-Identifier: Apache-2.0 */
/* test_audit_index.c: audit files that grow, are put aside and cut, in a real database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "db/testing.h"
#include "service/audit_index.h"
#include "service/audit_piece.h"

enum { MANY = 3 * BH_AUDIT_PIECE_BYTES / 200 };

struct fixture {
	struct bh_test_db db;
	struct bh_db admin;
	char folder[64], path[96];
	bool stopping;
	struct bh_audit_index index;
	struct bh_uuid acme, other;
	int64_t now_ms;
	int written;
};

static struct bh_audit_index
open_index(struct fixture *fix, const char *source, const char *path)
{
	char role[64];

	snprintf(role, sizeof(role), "bulkhead_%s", strcmp(source, "gateway") == 0 ? "auth" : source);
	return (struct bh_audit_index){
		.path = path,
		.source = source,
		.db = bh_test_db_as(&fix->db, role, NULL).pool,
		.stopping = &fix->stopping,
	};
}

static struct bh_uuid
add_tenant(struct fixture *fix, const char *name)
{
	static const char sql[] =
		"INSERT INTO bulkhead.tenant (tenant_id, id, name, name_key) VALUES ($1, $2, $3, $3)";
	const struct bh_uuid id = bh_uuid_new();

	assert_int_equal(bh_db_exec(&fix->admin, sql, BH_PARAMS(&bh_platform_tenant, &id, name), NULL),
		0);
	return id;
}

static int
set_up(void **state)
{
	static struct fixture fix;

	fix = (struct fixture){0};
	if (bh_test_db_open(&fix.db) < 0)
		return -1;
	fix.admin = bh_test_db_as(&fix.db, NULL, NULL);
	snprintf(fix.folder, sizeof(fix.folder), "/tmp/test_audit_index.XXXXXX");
	if (mkdtemp(fix.folder) == NULL)
		return -1;
	snprintf(fix.path, sizeof(fix.path), "%s/audit-auth.jsonl", fix.folder);
	fix.index = open_index(&fix, "auth", fix.path);
	fix.acme = add_tenant(&fix, "acme");
	fix.other = add_tenant(&fix, "other");
	fix.now_ms = bh_clock_wall_ms();
	*state = &fix;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;
	char command[128];

	bh_audit_index_close(&fix->index);
	snprintf(command, sizeof(command), "rm -rf '%s'", fix->folder);
	bh_test_db_close(&fix->db);
	return system(command);
}

/* ---- the file ---- */

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "a");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* A line of about 200 bytes; each has a request of its own. */
static void
write_line(struct fixture *fix, FILE *file, const struct bh_uuid *tenant, const char *request)
{
	char id[BH_UUID_TEXT], time[BH_TIME_TEXT];

	bh_uuid_format(tenant, id);
	bh_clock_format(fix->now_ms + fix->written++, time);
	fprintf(file,
		"{\"time\":\"%s\",\"event\":\"probe.line\",\"request_id\":\"%s%d\",\"tenant_id\":\"%s\","
		"\"subject\":\"somebody\",\"status\":200,\"object\":\"thing\",\"filling\":\"%020d\"}\n",
		time, request, fix->written, id, fix->written);
}

static void
write_lines(struct fixture *fix, const struct bh_uuid *tenant, int n)
{
	FILE *file = fopen(fix->path, "a");

	assert_non_null(file);
	for (int i = 0; i < n; i++)
		write_line(fix, file, tenant, "r");
	assert_int_equal(fclose(file), 0);
}

static void
put_aside(struct fixture *fix)
{
	char from[128], to[128];

	for (int i = 8; i >= 0; i--) {
		snprintf(from, sizeof(from), i == 0 ? "%s" : "%s.%d", fix->path, i);
		snprintf(to, sizeof(to), "%s.%d", fix->path, i + 1);
		(void)rename(from, to);
	}
}

/* As a new process, which knows nothing but what the database does. */
static void
begin_anew(struct fixture *fix)
{
	bh_audit_index_close(&fix->index);
	fix->index = open_index(fix, "auth", fix->path);
}

/* ---- the database ---- */

static int64_t
count(struct fixture *fix, const struct bh_uuid *tenant)
{
	static const char sql[] =
		"SELECT count(*) FROM bulkhead.audit_event WHERE tenant_id = $1 AND NOT superseded";
	int64_t n = -1;

	assert_int_equal(bh_db_read_one(&fix->admin, sql, BH_PARAMS(tenant), &bh_row_int, &n), 0);
	return n;
}

/* Distinct requests: as many as rows, where no line became two. */
static int64_t
count_requests(struct fixture *fix, const struct bh_uuid *tenant)
{
	static const char sql[] =
		"SELECT count(DISTINCT request_id) FROM bulkhead.audit_event WHERE tenant_id = $1";
	int64_t n = -1;

	assert_int_equal(bh_db_read_one(&fix->admin, sql, BH_PARAMS(tenant), &bh_row_int, &n), 0);
	return n;
}

static int64_t
count_behind(struct fixture *fix, const struct bh_uuid *tenant)
{
	static const char sql[] = "SELECT count(*) FROM bulkhead.audit_behind WHERE tenant_id = $1";
	int64_t n = -1;

	assert_int_equal(bh_db_read_one(&fix->admin, sql, BH_PARAMS(tenant), &bh_row_int, &n), 0);
	return n;
}

/* ---- tests ---- */

static void
lines_become_rows_of_their_tenants_once(void **state)
{
	struct fixture *fix = *state;

	write_lines(fix, &fix->acme, 3);
	write_lines(fix, &fix->other, 2);
	bh_audit_index_beat(&fix->index);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(count(fix, &fix->acme), 3);
	assert_int_equal(count(fix, &fix->other), 2);
	write_lines(fix, &fix->acme, 1);
	begin_anew(fix);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(count(fix, &fix->acme), 4);
	assert_int_equal(fix->index.added, 1);
	assert_int_equal(fix->index.lag_bytes, 0);
}

static void
nothing_is_lost_or_doubled_over_files_that_are_put_aside(void **state)
{
	struct fixture *fix = *state;
	char aside[128];

	write_lines(fix, &fix->acme, 5);
	bh_audit_index_beat(&fix->index);
	write_lines(fix, &fix->acme, 5);
	put_aside(fix);
	write_lines(fix, &fix->acme, 5);
	put_aside(fix);
	write_lines(fix, &fix->acme, 5);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(count(fix, &fix->acme), 20);
	/* a writer that has not yet seen that its file was put aside */
	snprintf(aside, sizeof(aside), "%s", fix->path);
	snprintf(fix->path, sizeof(fix->path), "%.80s.1", aside);
	write_lines(fix, &fix->acme, 1);
	snprintf(fix->path, sizeof(fix->path), "%.90s", aside);
	begin_anew(fix);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(count(fix, &fix->acme), 21);
	assert_int_equal(count_requests(fix, &fix->acme), 21);
}

static void
a_file_that_is_read_again_from_its_beginning_adds_nothing(void **state)
{
	struct fixture *fix = *state;

	write_lines(fix, &fix->acme, 5);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(bh_test_db_script(&fix->db, "DELETE FROM bulkhead.audit_position"), 0);
	begin_anew(fix);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(count(fix, &fix->acme), 5);
	assert_int_equal(fix->index.added, 0);
}

static void
a_line_is_read_when_its_end_is_there(void **state)
{
	struct fixture *fix = *state;
	char text[512], id[BH_UUID_TEXT], time[BH_TIME_TEXT];

	write_lines(fix, &fix->acme, 1);
	bh_uuid_format(&fix->acme, id);
	bh_clock_format(fix->now_ms, time);
	snprintf(text, sizeof(text), "{\"time\":\"%s\",\"event\":\"late\",\"tenant_id\":\"%s", time,
		id);
	put(fix->path, text);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(count(fix, &fix->acme), 1);
	put(fix->path, "\"}\n");
	bh_audit_index_beat(&fix->index);
	assert_int_equal(count(fix, &fix->acme), 2);
	assert_int_equal(fix->index.unreadable, 0);
}

static void
a_line_that_was_cut_costs_no_other(void **state)
{
	struct fixture *fix = *state;

	write_lines(fix, &fix->acme, 1);
	put(fix->path, "{\"time\":\"2026-01-3");
	write_lines(fix, &fix->acme, 1);
	put(fix->path, "rubbish\n");
	write_lines(fix, &fix->acme, 1);
	/* cut at the end of a file that nobody writes to any more */
	put(fix->path, "{\"time\"");
	put_aside(fix);
	write_lines(fix, &fix->other, 1);
	put_aside(fix);
	write_lines(fix, &fix->other, 1);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(count(fix, &fix->acme), 3);
	assert_int_equal(fix->index.unreadable, 2);
	assert_int_equal(fix->index.lag_bytes, 0);
}

static void
a_flood_is_passed_over_and_read_later(void **state)
{
	struct fixture *fix = *state;

	write_lines(fix, &fix->acme, MANY);
	write_lines(fix, &fix->other, 5);
	write_lines(fix, &fix->acme, 5);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(count(fix, &fix->other), 5);
	assert_int_equal(count(fix, &fix->acme), MANY + 5);
	assert_int_equal(count_requests(fix, &fix->acme), MANY + 5);
	assert_int_equal(count_behind(fix, &fix->acme), 0);
	assert_int_equal(fix->index.lag_bytes, 0);
	/* nobody is passed over where a file is read as it grows */
	write_lines(fix, &fix->acme, 3 * BH_AUDIT_PIECE_LINES);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(count(fix, &fix->acme), MANY + 5 + 3 * BH_AUDIT_PIECE_LINES);
}

/* Stops the reader, as a kill does, after what it has added so far. */
static void
what_was_passed_over_survives_the_process(void **state)
{
	struct fixture *fix = *state;
	static const char sql[] =
		"INSERT INTO bulkhead.audit_behind (tenant_id, source, file, at, until)"
		" SELECT $1, source, file, 0, at FROM bulkhead.audit_position WHERE source = 'auth'";

	write_lines(fix, &fix->acme, MANY);
	write_lines(fix, &fix->other, 1);
	bh_audit_index_beat(&fix->index);
	/* as if its lines were still to be read, all of them */
	assert_int_equal(bh_db_exec(&fix->admin, sql, BH_PARAMS(&fix->acme), NULL), 0);
	assert_int_equal(bh_test_db_script(&fix->db,
						 "DELETE FROM bulkhead.audit_event WHERE actor = 'somebody'"),
		0);
	begin_anew(fix);
	put_aside(fix);
	write_lines(fix, &fix->other, 1);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(count(fix, &fix->acme), MANY);
	assert_int_equal(count(fix, &fix->other), 1);
	assert_int_equal(count_behind(fix, &fix->acme), 0);
}

static void
the_services_line_of_a_request_takes_the_place_of_the_gateways(void **state)
{
	struct fixture *fix = *state;
	char gateway[128], rag[128];
	struct bh_audit_index first, second;
	FILE *file;

	snprintf(gateway, sizeof(gateway), "%s/audit-gateway.jsonl", fix->folder);
	snprintf(rag, sizeof(rag), "%s/audit-rag.jsonl", fix->folder);
	first = open_index(fix, "gateway", gateway);
	second = open_index(fix, "rag", rag);
	/* the same three requests, and one more that no service has seen */
	for (int i = 0; i < 2; i++) {
		fix->written = 0;
		file = fopen(i == 0 ? gateway : rag, "w");
		assert_non_null(file);
		for (int j = i; j < 4; j++)
			write_line(fix, file, &fix->acme, i == 0 || j < 4 ? "same" : "");
		fclose(file);
	}
	bh_audit_index_beat(&first);
	assert_int_equal(count(fix, &fix->acme), 4);
	bh_audit_index_beat(&second);
	assert_int_equal(count(fix, &fix->acme), 4);
	/* and the other way round */
	assert_int_equal(bh_test_db_script(&fix->db,
						 "DELETE FROM bulkhead.audit_position"
						 " WHERE source = 'gateway'"),
		0);
	first.loaded = false;
	bh_audit_index_beat(&first);
	assert_int_equal(count(fix, &fix->acme), 4);
	assert_int_equal(count_requests(fix, &fix->acme), 4);
	bh_audit_index_close(&first);
	bh_audit_index_close(&second);
}

static void
a_patient_reader_reads_what_it_saw_a_beat_before(void **state)
{
	struct fixture *fix = *state;

	fix->index.patient = true;
	write_lines(fix, &fix->acme, 3);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(count(fix, &fix->acme), 0);
	assert_int_equal(fix->index.lag_bytes, 0);
	write_lines(fix, &fix->acme, 2);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(count(fix, &fix->acme), 3);
	put_aside(fix);
	write_lines(fix, &fix->acme, 1);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(count(fix, &fix->acme), 5);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(count(fix, &fix->acme), 6);
	assert_int_equal(count_requests(fix, &fix->acme), 6);
}

static void
a_tenant_that_is_being_deleted_gets_no_rows(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(bh_test_db_script(&fix->db,
						 "UPDATE bulkhead.tenant SET state = 'deleting' WHERE name = 'acme'"),
		0);
	write_lines(fix, &fix->acme, 3);
	write_lines(fix, &fix->other, 1);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(count(fix, &fix->acme), 0);
	assert_int_equal(count(fix, &fix->other), 1);
}

static void
a_service_reads_no_files_but_its_own(void **state)
{
	struct fixture *fix = *state;
	struct bh_audit_index wrong = open_index(fix, "rag", fix->path);

	wrong.source = "auth";
	write_lines(fix, &fix->acme, 1);
	bh_audit_index_beat(&wrong);
	assert_true(wrong.failing);
	wrong.source = "gateway";
	bh_audit_index_beat(&wrong);
	assert_true(wrong.failing);
	assert_int_equal(count(fix, &fix->acme), 0);
	bh_audit_index_close(&wrong);
}

static void
a_file_that_is_gone_is_forgotten(void **state)
{
	struct fixture *fix = *state;
	static const char sql[] = "SELECT count(*) FROM bulkhead.audit_position WHERE source = $1";
	int64_t n = -1;

	write_lines(fix, &fix->acme, 1);
	bh_audit_index_beat(&fix->index);
	assert_int_equal(remove(fix->path), 0);
	write_lines(fix, &fix->acme, 1);
	for (int i = 0; i < 5; i++)
		bh_audit_index_beat(&fix->index);
	assert_int_equal(bh_db_read_one(&fix->admin, sql, BH_PARAMS("auth"), &bh_row_int, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(count(fix, &fix->acme), 2);
}

/* Two machines run the same service: neither takes the other's files for gone. */
static void
two_machines_leave_each_others_positions_alone(void **state)
{
	struct fixture *fix = *state;
	static const char sql[] = "SELECT count(*) FROM bulkhead.audit_position WHERE source = $1";
	char path[96];
	struct bh_audit_index there;
	int64_t n = -1, added;

	snprintf(path, sizeof(path), "%s/there.jsonl", fix->folder);
	there = open_index(fix, "auth", path);
	for (int round = 0; round < 3; round++) {
		FILE *file = fopen(path, "a");

		assert_non_null(file);
		write_line(fix, file, &fix->acme, "there");
		assert_int_equal(fclose(file), 0);
		write_lines(fix, &fix->acme, 1);
		/* Each starts, or loses its place, when the other has one. */
		there.loaded = fix->index.loaded = false;
		for (int i = 0; i < 6; i++) {
			bh_audit_index_beat(&there);
			bh_audit_index_beat(&fix->index);
		}
		assert_false(there.failing || fix->index.failing);
	}
	assert_int_equal(bh_db_read_one(&fix->admin, sql, BH_PARAMS("auth"), &bh_row_int, &n), 0);
	assert_int_equal(n, 2);
	added = fix->index.added + there.added;
	assert_int_equal(added, 6);
	assert_int_equal(count(fix, &fix->acme), 6);
	/* What nobody has read on for a month is of a machine that is gone. */
	assert_int_equal(bh_test_db_script(&fix->db,
						 "UPDATE bulkhead.audit_position SET seen_at = now() - interval '31 "
						 "days';"),
		0);
	bh_audit_index_close(&there);
	write_lines(fix, &fix->acme, 1);
	begin_anew(fix);
	for (int i = 0; i < 6; i++)
		bh_audit_index_beat(&fix->index);
	assert_int_equal(bh_db_read_one(&fix->admin, sql, BH_PARAMS("auth"), &bh_row_int, &n), 0);
	assert_int_equal(n, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(lines_become_rows_of_their_tenants_once),
		TEST(nothing_is_lost_or_doubled_over_files_that_are_put_aside),
		TEST(a_file_that_is_read_again_from_its_beginning_adds_nothing),
		TEST(a_line_is_read_when_its_end_is_there),
		TEST(a_line_that_was_cut_costs_no_other),
		TEST(a_flood_is_passed_over_and_read_later),
		TEST(what_was_passed_over_survives_the_process),
		TEST(the_services_line_of_a_request_takes_the_place_of_the_gateways),
		TEST(a_patient_reader_reads_what_it_saw_a_beat_before),
		TEST(a_tenant_that_is_being_deleted_gets_no_rows),
		TEST(a_service_reads_no_files_but_its_own),
		TEST(a_file_that_is_gone_is_forgotten),
		TEST(two_machines_leave_each_others_positions_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
