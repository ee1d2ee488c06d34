/* SPDX-License-Identifier: Apache-2.0 */
/* test_prompt.c: what an engine would not read as words is not in the prompt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/macros.h"
#include "multimodal/prompt.h"

#define OPENS "<sd_cpp_extra_args>"
#define SHUTS "</sd_cpp_extra_args>"

static void
blocks_are_taken_out(void **state)
{
	static const struct {
		const char *prompt, *left;
		bool found;
	} cases[] = {
		{"A cat", "A cat", false},
		{"", "", false},
		{"A " OPENS "{\"steps\":1}" SHUTS "cat", "A cat", true},
		{OPENS "a" SHUTS OPENS "b" SHUTS, "", true},
		{"A " OPENS "cat", "A cat", true},
		{"A " SHUTS "cat", "A cat", true},
		{"A" SHUTS OPENS "b" SHUTS "c", "Ac", true},
		/* What a removal would make. */
		{"<sd_cpp_" OPENS "x" SHUTS "extra_args>{\"steps\":1}" SHUTS "cat", "cat", true},
		{"</sd_cpp_" SHUTS "extra_args>cat", "cat", true},
		{"<sd_cpp_extra_arg>cat", "<sd_cpp_extra_arg>cat", false},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct bh_buf out = {0};

		assert_int_equal(multimodal_prompt_clean(cases[i].prompt, &out), cases[i].found);
		assert_string_equal(bh_buf_string(&out), cases[i].left);
		bh_buf_close(&out);
	}
}

static void
what_the_buffer_held_before_stays(void **state)
{
	struct bh_buf out = {0};

	(void)state;
	bh_buf_text(&out, OPENS "mine ");
	assert_true(multimodal_prompt_clean("a" OPENS SHUTS "b", &out));
	assert_string_equal(bh_buf_string(&out), OPENS "mine ab");
	bh_buf_close(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_taken_out),
		cmocka_unit_test(what_the_buffer_held_before_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
