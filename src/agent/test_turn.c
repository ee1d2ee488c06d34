/* SPDX-License-Identifier: Apache-2.0 */
/* test_turn.c: the question of a turn, whatever form its input has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/turn.h"
#include "base/text.h"

static void
expect(const char *input, const char *question)
{
	struct bh_arena arena = {0};
	struct bh_json_doc doc = {0};

	assert_int_equal(bh_json_parse(input, strlen(input), &doc), 0);
	assert_string_equal(agent_turn_question(&arena, doc.root), question);
	bh_json_close(&doc);
	bh_arena_close(&arena);
}

static void
test_a_string_is_the_question(void **state)
{
	(void)state;
	expect("\"How fast?\"", "How fast?");
	expect("\"  two\\n\\n lines\\u0007 \"", "two lines");
	expect("\"\\n\"", "");
}

static void
test_the_last_message_of_the_user_counts(void **state)
{
	(void)state;
	expect("[{\"role\":\"user\",\"content\":\"first\"},{\"role\":\"assistant\",\"content\":\"no\"},"
		   "{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"a\"},"
		   "{\"type\":\"input_image\"},{\"type\":\"input_text\",\"text\":\"b\"}]},"
		   "{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":\"o\"}]",
		"a b");
	expect("[{\"role\":\"user\",\"content\":\"asked\"},{\"role\":\"user\",\"content\":[]}]",
		"asked");
	expect("[{\"role\":\"system\",\"content\":\"only this\"}]", "");
}

static void
test_a_long_one_is_cut_between_characters(void **state)
{
	struct bh_arena arena = {0};
	struct bh_json_doc doc = {0};
	char input[3 * AGENT_QUESTION_MOST];
	const char *question;
	size_t at = 0;

	(void)state;
	input[at++] = '"';
	input[at++] = 'x';
	while (at < 2 * AGENT_QUESTION_MOST) {
		input[at++] = (char)0xc3;
		input[at++] = (char)0xa9;
	}
	input[at++] = '"';
	assert_int_equal(bh_json_parse(input, at, &doc), 0);
	question = agent_turn_question(&arena, doc.root);
	assert_int_equal(strlen(question), AGENT_QUESTION_MOST - 1);
	assert_true(bh_text_is_utf8(question, strlen(question)));
	bh_json_close(&doc);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_string_is_the_question),
		cmocka_unit_test(test_the_last_message_of_the_user_counts),
		cmocka_unit_test(test_a_long_one_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
