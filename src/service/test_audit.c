/* SPDX-License-Identifier: Apache-2.0 */
/* test_audit.c: lines of many threads while the file is put aside under them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "service/audit.h"

#define THREADS 3
#define LINES 4000
#define MOVES 40
#define MINUTE_US (INT64_C(60) * 1000 * 1000)

struct fixture {
	char folder[64];
	struct bh_audit audit;
	int running;
};

static int
set_up(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));

	assert_non_null(fix);
	snprintf(fix->folder, sizeof(fix->folder), "/tmp/test_audit.XXXXXX");
	assert_non_null(mkdtemp(fix->folder));
	assert_int_equal(bh_audit_open(&fix->audit, fix->folder, "probe"), 0);
	*state = fix;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;
	char command[128];

	bh_audit_close(&fix->audit);
	snprintf(command, sizeof(command), "rm -rf '%s'", fix->folder);
	assert_int_equal(system(command), 0);
	free(fix);
	return 0;
}

static void *
write_lines(void *arg)
{
	struct fixture *fix = arg;

	for (int i = 0; i < LINES; i++) {
		BH_AUTO(bh_buf_close) struct bh_buf line = {0};

		bh_audit_begin(&fix->audit, &line, "probe.line", NULL, "0123456789abcdef");
		bh_audit_end(&fix->audit, &line, false);
	}
	__atomic_fetch_sub(&fix->running, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* Counts whole lines; a cut one fails the test. */
static int
count_lines(const char *path)
{
	char text[512];
	FILE *file = fopen(path, "r");
	int n = 0;

	if (file == NULL)
		return 0;
	while (fgets(text, sizeof(text), file) != NULL) {
		assert_int_equal(strncmp(text, "{\"time\":\"", 9), 0);
		assert_non_null(strstr(text, "\"tenant_id\":null}\n"));
		n++;
	}
	fclose(file);
	return n;
}

static void
no_line_is_lost_or_cut_while_the_file_is_put_aside(void **state)
{
	struct fixture *fix = *state;
	pthread_t threads[THREADS];
	char aside[600];
	int moved = 0;
	int found;

	fix->running = THREADS;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_lines, fix), 0);
	while (__atomic_load_n(&fix->running, __ATOMIC_ACQUIRE) > 0 && moved < MOVES) {
		snprintf(aside, sizeof(aside), "%s.%d", fix->audit.acts.path, ++moved);
		assert_int_equal(rename(fix->audit.acts.path, aside), 0);
		assert_int_equal(bh_audit_follow(&fix->audit), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	found = count_lines(fix->audit.acts.path);
	for (int i = 1; i <= moved; i++) {
		snprintf(aside, sizeof(aside), "%s.%d", fix->audit.acts.path, i);
		found += count_lines(aside);
	}
	assert_true(moved > 0);
	assert_int_equal(found, THREADS * LINES);
	assert_int_equal(fix->audit.lost, 0);
}

static void
lines_go_to_the_file_of_the_name(void **state)
{
	struct fixture *fix = *state;
	BH_AUTO(bh_buf_close) struct bh_buf line = {0};
	int fd = fix->audit.acts.fd;

	assert_int_equal(bh_audit_follow(&fix->audit), 0);
	assert_int_equal(unlink(fix->audit.acts.path), 0);
	assert_int_equal(bh_audit_follow(&fix->audit), 0);
	assert_int_equal(fix->audit.acts.fd, fd);
	bh_audit_begin(&fix->audit, &line, "probe.line", NULL, "0123456789abcdef");
	bh_audit_end(&fix->audit, &line, false);
	assert_int_equal(count_lines(fix->audit.acts.path), 1);
}

static void
strangers_have_a_file_of_their_own_and_so_many_lines(void **state)
{
	struct fixture *fix = *state;
	int64_t now_us = INT64_C(7000000000);
	int written = 0;

	for (int i = 0; i < 3 * BH_AUDIT_STRANGERS; i++)
		written += bh_audit_admits(&fix->audit, now_us);
	assert_int_equal(written, BH_AUDIT_STRANGERS);
	assert_int_equal(fix->audit.unwritten, 2 * BH_AUDIT_STRANGERS);
	/* a second gives some back, and an hour no more than the minute's */
	now_us += 1000 * 1000;
	for (written = 0; bh_audit_admits(&fix->audit, now_us); written++)
		;
	assert_int_equal(written, BH_AUDIT_STRANGERS / 60);
	now_us += INT64_C(3600) * 1000 * 1000;
	for (written = 0; bh_audit_admits(&fix->audit, now_us); written++)
		;
	assert_int_equal(written, BH_AUDIT_STRANGERS);

	for (int i = 0; i < 3; i++) {
		BH_AUTO(bh_buf_close) struct bh_buf line = {0};

		bh_audit_begin(&fix->audit, &line, "probe.line", NULL, "0123456789abcdef");
		bh_audit_end(&fix->audit, &line, i > 0);
	}
	assert_int_equal(count_lines(fix->audit.acts.path), 1);
	assert_int_equal(count_lines(fix->audit.strangers.path), 2);
}

static void
a_tenant_s_refusals_are_sampled_and_another_s_not(void **state)
{
	struct fixture *fix = *state;
	struct bh_uuid loud = bh_uuid_new();
	int64_t now_us = INT64_C(7000000000);
	int written = 0;

	for (int i = 0; i < 3 * BH_AUDIT_REFUSALS; i++)
		written += bh_audit_admits_refusal(&fix->audit, &loud, now_us);
	assert_int_equal(written, BH_AUDIT_REFUSALS);
	assert_int_equal(fix->audit.sampled, 2 * BH_AUDIT_REFUSALS);
	/* however many others there are: none meets another's count, and the loud one keeps its own */
	for (int i = 0; i < 20000; i++) {
		struct bh_uuid other = bh_uuid_new();

		assert_true(bh_audit_admits_refusal(&fix->audit, &other, now_us));
	}
	assert_false(bh_audit_admits_refusal(&fix->audit, &loud, now_us));
	now_us += MINUTE_US / BH_AUDIT_REFUSALS;
	assert_true(bh_audit_admits_refusal(&fix->audit, &loud, now_us));
	assert_false(bh_audit_admits_refusal(&fix->audit, &loud, now_us));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_line_is_lost_or_cut_while_the_file_is_put_aside, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(lines_go_to_the_file_of_the_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_tenant_s_refusals_are_sampled_and_another_s_not, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(strangers_have_a_file_of_their_own_and_so_many_lines,
			set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
