/* SPDX-License-Identifier: Apache-2.0 */
/* test_focus.c: which sentences a slow model gets to read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "cite/focus.h"

static const char quays[] = "Working hours\n\nThe office is open from 8:00 to 16:30. Quay crews "
							"work in three shifts. The night shift "
							"starts at 22:00. The old museum of the harbour is worth a visit. It "
							"opens at noon and closes at five. "
							"The expenses are:\n- hotel: 140 euros\n- meals: 45 euros\n\nSmoking "
							"is allowed in the shelter.";
static const char forklifts[] =
	"A forklift needs a licence. Nobody drives a forklift at night without lights.";

static const struct bh_focus_passage passages[] = {
	{.text = quays, .len = sizeof(quays) - 1, .score = 0.9},
	{.text = forklifts, .len = sizeof(forklifts) - 1, .score = 0.5},
	{.text = "The night shift is long in winter.", .len = 34, .score = 0.4},
};

struct excerpts {
	const char **list;
	size_t n;
};

static void
pick(struct bh_arena *arena, const char *question, int64_t tokens, struct excerpts *out)
{
	bh_focus_pick(arena, BH_LIST(passages), question, tokens, &out->list, &out->n);
}

static void
the_nearest_sentence_stands_last(void **state)
{
	struct bh_arena arena = {0};
	struct excerpts excerpts;

	(void)state;
	pick(&arena, "When does the night shift start and who drives a forklift at night?", 40,
		&excerpts);
	assert_int_equal(excerpts.n, 2);
	assert_string_equal(excerpts.list[0], "Nobody drives a forklift at night without lights.");
	assert_string_equal(excerpts.list[1], "The night shift starts at 22:00.");
	bh_arena_close(&arena);
}

static void
a_small_room_holds_one_sentence_and_a_smaller_one_its_beginning(void **state)
{
	struct bh_arena arena = {0};
	struct excerpts excerpts;

	(void)state;
	pick(&arena, "When does the night shift start?", 8, &excerpts);
	assert_int_equal(excerpts.n, 1);
	assert_string_equal(excerpts.list[0], "The night shift starts at 22:00.");
	pick(&arena, "When does the night shift start?", 4, &excerpts);
	assert_int_equal(excerpts.n, 1);
	assert_string_equal(excerpts.list[0], "The night shift ");
	pick(&arena, "When does the night shift start?", 0, &excerpts);
	assert_int_equal(excerpts.n, 0);
	bh_arena_close(&arena);
}

static void
a_sentence_brings_what_it_leans_on(void **state)
{
	struct bh_arena arena = {0};
	struct excerpts excerpts;

	(void)state;
	pick(&arena, "What closes at five?", 30, &excerpts);
	assert_string_equal(excerpts.list[excerpts.n - 1],
		"The old museum of the harbour is worth a visit. It opens at noon and closes at five.");
	pick(&arena, "Which expenses are there?", 30, &excerpts);
	assert_non_null(strstr(excerpts.list[excerpts.n - 1], "- meals: 45 euros"));
	assert_null(strstr(excerpts.list[excerpts.n - 1], "Smoking"));
	bh_arena_close(&arena);
}

static void
sentences_that_have_little_of_the_question_are_left_out(void **state)
{
	struct bh_arena arena = {0};
	struct excerpts excerpts;

	(void)state;
	pick(&arena, "When does the night shift start?", 1000, &excerpts);
	assert_int_equal(excerpts.n, 1);
	bh_arena_close(&arena);
}

static void
headings_and_far_passages_are_left_out(void **state)
{
	struct bh_arena arena = {0};
	struct excerpts excerpts;

	(void)state;
	pick(&arena, "What are the working hours of the night shift in winter?", 1000, &excerpts);
	for (size_t i = 0; i < excerpts.n; i++) {
		assert_string_not_equal(excerpts.list[i], "Working hours");
		assert_null(strstr(excerpts.list[i], "winter"));
	}
	bh_arena_close(&arena);
}

static void
a_question_without_words_gets_the_best_passage_first(void **state)
{
	struct bh_arena arena = {0};
	struct excerpts excerpts;

	(void)state;
	pick(&arena, "?", 12, &excerpts);
	assert_int_equal(excerpts.n, 1);
	assert_string_equal(excerpts.list[0], "The office is open from 8:00 to 16:30.");
	bh_arena_close(&arena);
}

static void
widely(struct bh_arena *arena, const char *question, int64_t tokens, struct excerpts *out)
{
	bh_focus_widely(arena, BH_LIST(passages), question, tokens, &out->list, &out->n);
}

static void
a_model_that_reads_more_gets_the_neighbours_and_then_all(void **state)
{
	struct bh_arena arena = {0};
	struct excerpts excerpts;

	(void)state;
	widely(&arena, "When does the night shift start?", 25, &excerpts);
	assert_int_equal(excerpts.n, 1);
	assert_string_equal(excerpts.list[0],
		"The night shift starts at 22:00. The old museum of the harbour is worth a visit.");
	widely(&arena, "When does the night shift start and who drives a forklift at night?", 1000,
		&excerpts);
	assert_int_equal(excerpts.n, 2);
	assert_string_equal(excerpts.list[0],
		"A forklift needs a licence. Nobody drives a forklift at night without lights.");
	assert_non_null(strstr(excerpts.list[1], "The night shift starts at 22:00. The old museum"));
	/* No room for the nearest: nothing is better than another one. */
	widely(&arena, "When does the night shift start?", 2, &excerpts);
	assert_int_equal(excerpts.n, 0);
	bh_arena_close(&arena);
}

static void
the_nearest_place_is_found_for_a_quotation(void **state)
{
	struct bh_arena arena = {0};
	struct bh_span place;
	size_t passage;

	(void)state;
	assert_true(bh_focus_best(&arena, BH_LIST(passages), "When does the night shift start?",
		&passage, &place));
	assert_int_equal(passage, 0);
	assert_memory_equal(quays + place.start, "The night shift starts at 22:00.",
		place.end - place.start);
	assert_false(bh_focus_best(&arena, passages, 0, "When?", &passage, &place));
	bh_arena_close(&arena);
}

static void
a_heading_counts_for_the_sentences_below_it(void **state)
{
	static const struct bh_focus_passage sections[] = {
		{.text = "It is open until five.", .len = 22, .score = 0.5, .heading = "Museum"},
		{.text = "It is open until nine.", .len = 22, .score = 0.5, .heading = "Library"},
	};
	struct bh_arena arena = {0};
	struct bh_span place;
	size_t passage;

	(void)state;
	assert_true(bh_focus_best(&arena, BH_LIST(sections), "Until when is the library open?",
		&passage, &place));
	assert_int_equal(passage, 1);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_sentence_stands_last),
		cmocka_unit_test(a_small_room_holds_one_sentence_and_a_smaller_one_its_beginning),
		cmocka_unit_test(a_sentence_brings_what_it_leans_on),
		cmocka_unit_test(sentences_that_have_little_of_the_question_are_left_out),
		cmocka_unit_test(headings_and_far_passages_are_left_out),
		cmocka_unit_test(a_question_without_words_gets_the_best_passage_first),
		cmocka_unit_test(a_model_that_reads_more_gets_the_neighbours_and_then_all),
		cmocka_unit_test(the_nearest_place_is_found_for_a_quotation),
		cmocka_unit_test(a_heading_counts_for_the_sentences_below_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
