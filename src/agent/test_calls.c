/* SPDX-License-Identifier: Apache-2.0 */
/* test_calls.c: function calls and their outputs, in one input and across two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/testing_items.h"
#include "agent/calls.h"
#include "base/error.h"

#define CALL(id) \
	"{\"type\":\"function_call\",\"call_id\":\"" id "\",\"name\":\"f\",\"arguments\":\"{}\"}"
#define OUTPUT(id) "{\"type\":\"function_call_output\",\"call_id\":\"" id "\",\"output\":\"5\"}"
#define USER "{\"role\":\"user\",\"content\":\"go on\"}"
#define SEARCHED "{\"type\":\"file_search_call\",\"queries\":[\"q\"],\"results\":null}"

static void
a_call_needs_its_output(void **state)
{
	static const struct {
		const char *before, *items;
		const char *param; /* NULL: right */
	} cases[] = {
		{NULL, "[" USER "," CALL("a") "," CALL("b") "," OUTPUT("b") "," OUTPUT("a") "]", NULL},
		{NULL, "[" CALL("a") "," USER "," SEARCHED "," OUTPUT("a") "," USER "]", NULL},
		{"[" USER "," CALL("a") "]", "[" USER "," OUTPUT("a") "]", NULL},
		{"[" USER "," CALL("a") "," CALL("b") "]", "[" OUTPUT("b") "," OUTPUT("a") "]", NULL},
		{"[" USER "," CALL("a") "," OUTPUT("a") "," CALL("a") "]", "[" OUTPUT("a") "]", NULL},
		{"[" USER "," CALL("a") "," OUTPUT("a") "]", "[" CALL("b") "," OUTPUT("b") "]", NULL},
		{"[" USER "," CALL("a") "]", "[" USER "]", "input"},
		{"[" USER "," CALL("a") "," CALL("b") "]", "[" OUTPUT("b") "," USER "]", "input"},
		{"[" USER "," CALL("a") "," OUTPUT("a") "," CALL("a") "]", "[" USER "]", "input"},
		{NULL, "[" USER "," CALL("a") "]", "input"},
		{NULL, "[" USER "," CALL("a") "," USER "]", "input"},
		{NULL, "[" CALL("a") "," CALL("a") "," OUTPUT("a") "]", "input.1.call_id"},
		{NULL, "[" CALL("a") "," OUTPUT("a") "," CALL("a") "," OUTPUT("a") "]", NULL},
		{NULL, "[" CALL("a") "," OUTPUT("a") "," CALL("a") "]", "input"},
		{"[" CALL("a") "]", "[" CALL("a") "," OUTPUT("a") "]", "input.0.call_id"},
		{NULL, "[" OUTPUT("a") "," CALL("a") "]", "input.0.call_id"},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct bh_arena arena = {0};
		struct agent_item *before = NULL, *items;
		size_t n_before = 0, n;
		int rc;

		if (cases[i].before != NULL)
			assert_int_equal(read_items(cases[i].before, &arena, &before, &n_before), 0);
		assert_int_equal(read_items(cases[i].items, &arena, &items, &n), 0);
		rc = agent_calls_match(before, n_before, items, n);
		if (rc != (cases[i].param == NULL ? 0 : BH_E_INVALID))
			print_error("%s\n", cases[i].items);
		assert_int_equal(rc, cases[i].param == NULL ? 0 : BH_E_INVALID);
		if (cases[i].param != NULL)
			assert_string_equal(bh_error_field(rc), cases[i].param);
		if (cases[i].param != NULL && strcmp(cases[i].param, "input") == 0)
			assert_string_equal(bh_error_detail(rc), "No tool output found for function call a.");
		bh_arena_close(&arena);
	}
}
int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_needs_its_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
