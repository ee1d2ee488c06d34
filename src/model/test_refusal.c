/* SPDX-License-Identifier: Apache-2.0 */
/* test_refusal.c: the reason is found wherever a server puts it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "model/refusal.h"

static void
assert_reason(const char *told, const char *expected)
{
	struct bh_json_doc doc = {0};
	struct bh_buf reason = {0};

	assert_int_equal(bh_json_parse(told, strlen(told), &doc), 0);
	model_refusal_reason(doc.root, &reason);
	assert_string_equal(bh_buf_string(&reason), expected);
	bh_buf_close(&reason);
	bh_json_close(&doc);
}

static void
a_reason_is_found_in_each_server_s_form(void **state)
{
	static const char *const rows[][2] = {
		{"{\"error\":{\"message\":\"a\",\"type\":\"x\"}}", "a"},
		{"{\"error\":\"a\"}", "a"},
		{"\"a\"", "a"},
		{"[{\"error\":{\"message\":\"a\"}}]", "a"},
		{"{\"object\":\"error\",\"message\":\"a\",\"code\":400}", "a"},
		{"{\"detail\":\"a\"}", "a"},
		{"{\"detail\":[{\"loc\":[\"body\",0,\"x\"],\"msg\":\"a\"},{\"msg\":\"b\"}]}",
			"body.0.x: a; b"},
		{"{\"detail\":{\"error\":{\"message\":\"a\"}}}", "a"},
		{"{\"error\":{\"message\":{\"detail\":\"a\"}}}", "a"},
		{"{\"error\":{\"message\":\"\",\"details\":[{\"description\":\"a\"}]}}", "a"},
		{"{\"error\":{\"type\":\"x\",\"error\":{\"message\":\"a\"}}}", "a"},
		{"{\"error_code\":1,\"error_msg\":\"a\"}", "a"},
		{"{\"base_resp\":{\"status_msg\":\"a\"}}", "a"},
		{"{\"errors\":{\"x\":[\"a\"],\"y\":[\"b\"]}}", "a; b"},
		{"{\"Message\":\"a\"}", "a"},
		{"{\"fault\":{\"faultstring\":\"a\"}}", "a"},
		{"{\"title\":\"a\",\"status\":400}", "a"},
		{"{\"error\":{\"message\":\"a\",\"metadata\":{\"raw\":\"{\\\"error\\\":{\\\"message\\\":"
		 "\\\"b\\\"}}\"}}}",
			"a: b"},
		{"{\"error\":{\"message\":\"a\",\"metadata\":{\"raw\":\"no JSON\"}}}", "a"},
		{"{\"code\":1,\"status\":400}", ""},
		{"null", ""},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(rows); i++)
		assert_reason(rows[i][0], rows[i][1]);
}

static void
a_reason_ends_however_deep_and_long_it_is(void **state)
{
	struct bh_json_doc doc = {0};
	struct bh_buf told = {0}, reason = {0};

	(void)state;
	for (int i = 0; i < 60; i++)
		bh_buf_text(&told, "{\"error\":");
	bh_buf_text(&told, "\"a\"");
	for (int i = 0; i < 60; i++)
		bh_buf_char(&told, '}');
	assert_reason(told.data, "");
	bh_buf_close(&told);
	bh_buf_text(&told, "[\"a\"");
	for (int i = 0; i < 10000; i++)
		bh_buf_text(&told, ",\"reason\"");
	bh_buf_char(&told, ']');
	assert_int_equal(bh_json_parse(told.data, told.len, &doc), 0);
	model_refusal_reason(doc.root, &reason);
	assert_true(reason.len < 500);
	bh_json_close(&doc);
	bh_buf_close(&told);
	bh_buf_close(&reason);
}

static void
words_in_no_json_are_plain_text_and_no_page(void **state)
{
	static const char *const rows[][2] = {{" too long", "too long"}, {"<html>x", ""}, {"", ""},
		{"f\xfcnf zu viel", "f?nf zu viel"}};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(rows); i++) {
		struct bh_buf body = {0}, out = {0};

		bh_buf_text(&body, rows[i][0]);
		model_refusal_plain(&body, &out);
		assert_string_equal(bh_buf_string(&out), rows[i][1]);
		bh_buf_close(&body);
		bh_buf_close(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reason_is_found_in_each_server_s_form),
		cmocka_unit_test(a_reason_ends_however_deep_and_long_it_is),
		cmocka_unit_test(words_in_no_json_are_plain_text_and_no_page),
	};

	return cmocka_run_group_tests_name("model/refusal", tests, NULL, NULL);
}
