/* SPDX-License-Identifier: Apache-2.0 */
/* test_audit_line.c: what a reader makes of lines of audit files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "service/audit_line.h"

#define ACME "01900000-0000-7000-8000-00000000000a"
#define PLATFORM "00000000-0000-0000-0000-000000000001"
#define TIME "{\"time\":\"2026-01-31T23:59:59.123Z\""

static int
read_line(const char *text, struct bh_audit_line *out)
{
	return bh_audit_line_read(text, strlen(text), out);
}

static void
a_line_is_read_with_what_it_is_searched_by(void **state)
{
	BH_AUTO(bh_audit_line_close) struct bh_audit_line line = {0};

	(void)state;
	assert_int_equal(read_line(TIME
						 ",\"event\":\"key.revoke\",\"request_id\":\"r1\",\"tenant_id\":\"" ACME
						 "\",\"subject\":\"s1\",\"status\":204,\"target_key_id\":\"k1\"}",
						 &line),
		0);
	assert_int_equal(line.time_ms, INT64_C(1769903999123));
	assert_int_equal(line.n_tenants, 1);
	assert_string_equal(line.action, "key.revoke");
	assert_string_equal(line.actor, "s1");
	assert_string_equal(line.object, "k1");
	assert_string_equal(line.request_id, "r1");
	assert_int_equal(line.status, 204);
	assert_false(bh_audit_line_is_staff(&line, 0));
}

static void
a_line_of_the_platforms_staff_is_shown_without_who_it_was(void **state)
{
	BH_AUTO(bh_audit_line_close) struct bh_audit_line line = {0};
	BH_AUTO(bh_buf_close) struct bh_buf shown = {0};

	(void)state;
	assert_int_equal(read_line(TIME ",\"event\":\"tenant.suspend\",\"tenant_id\":\"" PLATFORM
									"\",\"subject\":\"operator:1000\",\"credential\":\"c1\","
									"\"status\":200,\"target_tenant_id\":\"" ACME "\"}",
						 &line),
		0);
	assert_int_equal(line.n_tenants, 2);
	assert_true(bh_audit_line_is_staff(&line, 1));
	bh_audit_line_write_staff(&line, &shown);
	assert_string_equal(bh_buf_string(&shown),
		TIME ",\"event\":\"tenant.suspend\",\"status\":200}");
}

static void
who_signs_in_is_the_actor(void **state)
{
	BH_AUTO(bh_audit_line_close) struct bh_audit_line line = {0};

	(void)state;
	assert_int_equal(read_line(TIME
						 ",\"event\":\"auth.sign_in\",\"tenant_id\":null,\"subject\":null,"
						 "\"status\":200,\"target_tenant_id\":\"" ACME
						 "\",\"target_user_id\":\"u1\"}",
						 &line),
		0);
	assert_int_equal(line.n_tenants, 1);
	assert_string_equal(line.actor, "u1");
	assert_false(bh_audit_line_is_staff(&line, 0));
}

static void
lines_of_nobody_and_steps_of_requests_are_not_indexed(void **state)
{
	struct bh_audit_line line = {0};

	(void)state;
	assert_int_equal(read_line(TIME ",\"event\":\"auth.jwks\",\"tenant_id\":null}", &line),
		BH_E_EMPTY);
	assert_int_equal(read_line(TIME ",\"event\":\"auth.token\",\"path\":\"/internal/token\","
									"\"tenant_id\":\"" ACME "\"}",
						 &line),
		BH_E_EMPTY);
}

static void
what_follows_a_cut_line_is_read(void **state)
{
	static const char text[] = TIME ",\"event\":\"key.cre" TIME
									",\"event\":\"file.get\",\"tenant_id\":\"" ACME "\"}";
	BH_AUTO(bh_audit_line_close) struct bh_audit_line line = {0};

	(void)state;
	assert_int_equal(read_line(text, &line), 0);
	assert_string_equal(line.action, "file.get");
	assert_ptr_equal(line.text + line.len, text + strlen(text));
}

static void
what_cannot_be_read_is_refused(void **state)
{
	static const char *const texts[] = {"", "x", "[]", "{}", TIME "}",
		"{\"time\":\"2026-13-31T23:59:59.123Z\",\"event\":\"a\",\"tenant_id\":\"" ACME "\"}",
		"{\"time\":\"2026-01-31 23:59:59.123Z\",\"event\":\"a\",\"tenant_id\":\"" ACME "\"}",
		"{\"time\":1,\"event\":\"a\",\"tenant_id\":\"" ACME "\"}"};
	struct bh_audit_line line = {0};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(texts); i++)
		assert_int_equal(read_line(texts[i], &line), BH_E_INVALID);
}

static void
long_words_are_cut_between_characters(void **state)
{
	BH_AUTO(bh_audit_line_close) struct bh_audit_line line = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	(void)state;
	bh_buf_text(&text, TIME ",\"event\":\"a\",\"tenant_id\":\"" ACME "\",\"object\":\"x");
	for (int i = 0; i < BH_AUDIT_WORD_MOST; i++)
		bh_buf_text(&text, "é");
	bh_buf_text(&text, "\"}");
	assert_int_equal(read_line(bh_buf_string(&text), &line), 0);
	assert_int_equal(strlen(line.object), BH_AUDIT_WORD_MOST - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_read_with_what_it_is_searched_by),
		cmocka_unit_test(a_line_of_the_platforms_staff_is_shown_without_who_it_was),
		cmocka_unit_test(who_signs_in_is_the_actor),
		cmocka_unit_test(lines_of_nobody_and_steps_of_requests_are_not_indexed),
		cmocka_unit_test(what_follows_a_cut_line_is_read),
		cmocka_unit_test(what_cannot_be_read_is_refused),
		cmocka_unit_test(long_words_are_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
