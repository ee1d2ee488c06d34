/* SPDX-License-Identifier: Apache-2.0 */
/* test_said.c: what a Response says itself, in every language that is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/said.h"
#include "base/text.h"

static void
every_language_has_words_of_its_own(void **state)
{
	struct bh_arena arena = {0};
	size_t wrong = 0;

	(void)state;
	assert_int_equal(agent_said_n, BH_LANGUAGES);
	for (size_t i = 0; i < BH_LANGUAGES; i++) {
		const struct agent_said *said = agent_said_in((enum bh_language)i);
		const char *const texts[] = {said->nothing, said->nearest};

		assert_string_equal(said->code, bh_tell_code((enum bh_language)i));
		/* Each sentence is of the language that it stands for. */
		for (size_t j = 0; j < BH_COUNT(texts); j++) {
			assert_true(bh_text_is_utf8(texts[j], strlen(texts[j])));
			if (bh_tell_language(&arena, texts[j], strlen(texts[j])) != i) {
				print_error("%s: %s\n", said->code, texts[j]);
				wrong++;
			}
		}
		assert_int_equal(said->nearest[strlen(said->nearest) - 1], ':');
	}
	assert_int_equal(wrong, 0);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_language_has_words_of_its_own),
	};

	return cmocka_run_group_tests_name("agent/said", tests, NULL, NULL);
}
