/* SPDX-License-Identifier: Apache-2.0 */
/* test_query.c: what is searched for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/query.h"

#define MESSAGE(role, text) \
	{ \
		.id = "msg", \
		.json = "{\"type\":\"message\",\"role\":\"" role "\",\"content\":\"" text "\"}" \
	}

static void
make(struct bh_arena *arena, const struct agent_item *items, size_t n, size_t most,
	struct agent_queries *out)
{
	struct agent_prompt prompt;

	assert_int_equal(agent_prompt_read(arena, items, n, NULL, &prompt), 0);
	agent_query_make(arena, &prompt, most, out);
}

static void
a_question_that_stands_alone_is_searched_for_as_it_is(void **state)
{
	static const struct agent_item items[] = {
		MESSAGE("user", "Who built the mill?"),
		MESSAGE("assistant", "It was built by Anna Weber."),
		MESSAGE("user", "How deep is the harbour of Riga?"),
	};
	struct bh_arena arena = {0};
	struct agent_queries queries;

	(void)state;
	make(&arena, BH_LIST(items), 1, &queries);
	assert_int_equal(queries.n, 1);
	assert_string_equal(queries.list[0], "How deep is the harbour of Riga?");
	bh_arena_close(&arena);
}

static void
a_follow_up_gets_the_matter_before_it_and_the_names_of_the_answer(void **state)
{
	static const struct agent_item items[] = {
		MESSAGE("user", "Who built the mill on the river?"),
		MESSAGE("assistant", "The mill was built by Anna Weber."),
		MESSAGE("user", "And when was she born?"),
	};
	struct bh_arena arena = {0};
	struct agent_queries queries;

	(void)state;
	make(&arena, BH_LIST(items), 1, &queries);
	assert_string_equal(queries.question, "And when was she born?");
	assert_string_equal(queries.list[0], "And when was she born? built mill river Anna Weber");
	bh_arena_close(&arena);
}

static void
a_chain_of_follow_ups_goes_back_to_the_question_that_stands_alone(void **state)
{
	static const struct agent_item items[] = {
		MESSAGE("user", "Who built the mill on the river?"),
		MESSAGE("user", "When was she born?"),
		MESSAGE("user", "Where?"),
	};
	struct bh_arena arena = {0};
	struct agent_queries queries;

	(void)state;
	make(&arena, BH_LIST(items), 1, &queries);
	assert_string_equal(queries.list[0], "Where? born built mill river");
	bh_arena_close(&arena);
}

static void
several_queries_are_made_where_they_are_asked_for(void **state)
{
	static const struct agent_item items[] = {
		MESSAGE("user", "How deep is the harbour? Who may enter the harbour?"),
	};
	struct bh_arena arena = {0};
	struct agent_queries queries;

	(void)state;
	make(&arena, BH_LIST(items), 4, &queries);
	assert_int_equal(queries.n, 4);
	assert_string_equal(queries.list[1], "How deep is the harbour?");
	assert_string_equal(queries.list[2], "Who may enter the harbour?");
	assert_string_equal(queries.list[3], "harbour enter");
	make(&arena, BH_LIST(items), 2, &queries);
	assert_int_equal(queries.n, 2);
	bh_arena_close(&arena);
}

static void
nobody_who_asked_nothing_is_searched_for(void **state)
{
	static const struct agent_item items[] = {MESSAGE("user", "  ")};
	struct bh_arena arena = {0};
	struct agent_queries queries;

	(void)state;
	make(&arena, BH_LIST(items), 1, &queries);
	assert_null(queries.question);
	assert_int_equal(queries.n, 0);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question_that_stands_alone_is_searched_for_as_it_is),
		cmocka_unit_test(a_follow_up_gets_the_matter_before_it_and_the_names_of_the_answer),
		cmocka_unit_test(a_chain_of_follow_ups_goes_back_to_the_question_that_stands_alone),
		cmocka_unit_test(several_queries_are_made_where_they_are_asked_for),
		cmocka_unit_test(nobody_who_asked_nothing_is_searched_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
