/* SPDX-License-Identifier: Apache-2.0 */
/* test_thought.c: what a model thinks before its answer is taken from it, in whatever pieces it comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/thought.h"
#include "base/macros.h"

/* What is left of a text that comes in pieces of so many bytes; the most that was held while it was thought. */
static enum agent_thought
take(const char *text, size_t piece, struct bh_buf *left, size_t *out_most)
{
	enum agent_thought state = AGENT_THOUGHT_MAY_BEGIN;
	size_t len = strlen(text);

	bh_buf_reset(left);
	for (size_t at = 0; at < len; at += piece) {
		bh_buf_add(left, text + at, len - at < piece ? len - at : piece);
		if (!agent_thought_skip(&state, left) && left->len > *out_most)
			*out_most = left->len;
	}
	return state;
}

static void
what_is_thought_is_not_left(void **state)
{
	static const struct {
		const char *text, *left;
		enum agent_thought end;
	} cases[] = {
		{"<think>Yes. No.</think> It is so.", " It is so.", AGENT_THOUGHT_IS_OVER},
		{"\n <think></think>It.", "It.", AGENT_THOUGHT_IS_OVER},
		{"<think>a </thin </</think>b", "b", AGENT_THOUGHT_IS_OVER},
		{"<think>a</think>b <think>c</think>", "b <think>c</think>", AGENT_THOUGHT_IS_OVER},
		{"It is so.", "It is so.", AGENT_THOUGHT_IS_OVER},
		{"  <thought>", "  <thought>", AGENT_THOUGHT_IS_OVER},
		{" <thi", " <thi", AGENT_THOUGHT_MAY_BEGIN},
		{"", "", AGENT_THOUGHT_MAY_BEGIN},
	};
	struct bh_buf left = {0};
	size_t most = 0;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		for (size_t piece = 1; piece < 40; piece++) {
			assert_int_equal(take(cases[i].text, piece, &left, &most), cases[i].end);
			assert_string_equal(bh_buf_string(&left), cases[i].left);
		}
	}
	bh_buf_close(&left);
}

static void
a_thought_without_end_is_not_held(void **state)
{
	char text[5000];
	struct bh_buf left = {0};
	size_t most = 0;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "<think>", 7);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(take(text, 10, &left, &most), AGENT_THOUGHT_GOES_ON);
	assert_true(most < 8);
	bh_buf_close(&left);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_thought_is_not_left),
		cmocka_unit_test(a_thought_without_end_is_not_held),
	};

	return cmocka_run_group_tests_name("agent/thought", tests, NULL, NULL);
}
