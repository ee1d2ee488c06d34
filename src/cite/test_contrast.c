/* SPDX-License-Identifier: Apache-2.0 */
/* test_contrast.c: each way in which a text says something else with the same words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "cite/align.h"
#include "cite/binding.h"
#include "cite/contrast.h"
#include "cite/order.h"
#include "cite/support.h"
#include "cite/units.h"

struct pair {
	const char *claim, *source;
	bool differs;
};

/* Sentences and clauses are numbered as for a passage. */
static struct bh_slice
slice_of(struct bh_arena *arena, const char *text)
{
	struct bh_evidence evidence;

	bh_support_prepare(arena, text, strlen(text), &evidence);
	return (struct bh_slice){evidence.words.list, evidence.words.n};
}

static void
check(const struct pair *pairs, size_t n,
	bool (*differs)(const struct bh_slice *claim, const struct bh_slice *source))
{
	for (size_t i = 0; i < n; i++) {
		struct bh_arena arena = {0};
		struct bh_slice claim = slice_of(&arena, pairs[i].claim);
		struct bh_slice source = slice_of(&arena, pairs[i].source);

		if (differs(&claim, &source) != pairs[i].differs)
			print_error("%s / %s\n", pairs[i].claim, pairs[i].source);
		assert_int_equal(differs(&claim, &source), pairs[i].differs);
		bh_arena_close(&arena);
	}
}

static void
negation_reaches_the_next_content_word(void **state)
{
	static const struct pair pairs[] = {
		{"Data must be sent.", "Data must not be sent.", true},
		{"Data must not be sent.", "Data must not be sent.", false},
		{"Data isn't sent.", "Data is sent.", true},
		{"Data is sent.", "Data is sent, paper is not sent.", false},
		{"The door is not locked.", "The door is red.", false},
		{"Das Tor ist nicht offen.", "Das Tor ist offen.", true},
	};

	(void)state;
	check(BH_LIST(pairs), bh_contrast_negation);
}

static void
opposites_exclude_each_other(void **state)
{
	static const struct pair pairs[] = {
		{"Requests are made before the journey.", "Requests are made after the journey.", true},
		{"Prices rose.", "Prices fell.", true},
		{"More than ten.", "Less than ten.", true},
		{"More or less ten.", "Less than ten.", false},
		{"More than ten.", "Ten or more, never less.", false},
		{"Die Preise stiegen nach dem Fest.", "Die Preise stiegen vor dem Fest.", true},
		{"The lease lasts long.", "The first lease.", false},
	};

	(void)state;
	check(BH_LIST(pairs), bh_contrast_opposites);
}

static void
a_copy_with_a_word_put_in_place_of_another_differs(void **state)
{
	static const struct pair pairs[] = {
		{"It was built by Jon Falk in 1954.", "It was built by Jon Falk in 1954.", false},
		{"It was built by Jon Falk in 1954.", "It was built by Jon Falk in 1953.", true},
		{"It was built by Jon Falk in 1954.", "It was built by Jon Maier in 1954.", true},
		{"It was not built by Jon Falk in 1954.", "It was built by Jon Falk in 1954.", true},
		/* a word for a word; other forms, and more words for one, are none */
		{"The toll was introduced for cars in 1991.", "The toll was abolished for cars in 1991.",
			true},
		{"Managers may leave at six.", "Employees may leave at six.", true},
		{"The lamp is very red.", "The lamp is very blue.", true},
		{"The toll was abolishing cars.", "The toll was abolished for cars.", false},
		{"The toll was abolished in 1991.", "The toll was abolished for cars in 1991.", false},
		{"Falk built it.", "In 1954 somebody whose name was Maier had a mill.", false},
	};

	(void)state;
	check(BH_LIST(pairs), bh_align_differs);
}

static void
names_and_numbers_keep_their_order(void **state)
{
	static const struct pair pairs[] = {
		{"In the final Westhaven beat Oldmouth.", "In the final Westhaven beat Oldmouth.", false},
		{"In the final Oldmouth beat Westhaven.", "In the final Westhaven beat Oldmouth.", true},
		{"Oldmouth was beaten by Westhaven.", "There Westhaven beat Oldmouth.", false},
		{"It is open from 16:45 to 8:30.", "It is open from 8:30 to 16:45.", true},
		{"It lasts 4 years and costs 3 euros.", "It costs 3 euros and lasts 4 years.", false},
		{"We saw Ohio, Texas and Iowa.", "We saw Iowa, Ohio and Texas.", false},
	};

	(void)state;
	check(BH_LIST(pairs), bh_order_differs);
}

static bool
is_bound_elsewhere(const struct bh_slice *claim, const struct bh_slice *source)
{
	return bh_binding_differs(claim, source, source);
}

static void
numbers_and_names_belong_to_the_words_around_them(void **state)
{
	static const char shifts[] = "The early shift starts at 6:00, the late shift at 14:00.";
	static const char people[] =
		"The harbour was founded by Ingrid Holm. Its director is Tomas Berg.";
	const struct pair pairs[] = {
		{"The early shift starts at 6:00.", shifts, false},
		{"The late shift starts at 14:00.", shifts, false},
		{"The late shift starts at 6:00.", shifts, true},
		{"The early shift starts at 14:00.", shifts, true},
		{"The director is Tomas Berg.", people, false},
		{"The director is Ingrid Holm.", people, true},
	};

	(void)state;
	check(BH_LIST(pairs), is_bound_elsewhere);
}

static void
a_number_counts_what_stands_beside_it(void **state)
{
	static const struct {
		const char *text;
		size_t at;
		const char *unit;
	} cases[] = {
		{"3 days", 0, "day"},
		{"three business days", 0, "day"},
		{"2 or 3 Wochen", 0, "week"},
		{"$3", 1, "dollar"},
		{"3%", 0, "percent"},
		{"3, days", 0, NULL},
		{"3 4 days", 0, NULL},
		{"room 3", 1, NULL},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct bh_arena arena = {0};
		struct bh_slice slice = slice_of(&arena, cases[i].text);

		if (!bh_unit_equals(bh_unit_of(&slice, cases[i].at), cases[i].unit))
			print_error("%s\n", cases[i].text);
		assert_true(bh_unit_equals(bh_unit_of(&slice, cases[i].at), cases[i].unit));
		bh_arena_close(&arena);
	}
}

static void
a_clause_holds_one_number(void **state)
{
	static const char text[] = "A costs 1, B costs 2 or less. C costs 3.";
	static const size_t expected[] = {0, 0, 0, 1, 1, 1, 1, 1, 3, 3, 3};
	struct bh_arena arena = {0};
	struct bh_slice slice = slice_of(&arena, text);

	(void)state;
	assert_int_equal(slice.n, BH_COUNT(expected));
	for (size_t i = 0; i < slice.n; i++)
		assert_int_equal(slice.words[i].clause, expected[i]);
	bh_arena_close(&arena);
}

static void
a_reason_that_becomes_an_effect_is_seen(void **state)
{
	static const struct {
		const char *claim, *source;
		bool turned;
	} cases[] = {
		{"The gate is heavy because it opens slowly.",
			"The gate is heavy and therefore opens slowly.", true},
		{"The gate opens slowly because it is heavy.",
			"The gate is heavy and therefore opens slowly.", false},
		{"The channel is dark because the ferry rests.",
			"The ferry rests because the channel is dark.", true},
		{"The ferry rests because the channel is dark.",
			"The ferry rests because the channel is dark.", false},
		{"Because the channel is dark, the ferry rests.",
			"The ferry rests because the channel is dark.", false},
		{"Because the ferry rests, the channel is dark.",
			"The ferry rests because the channel is dark.", true},
		{"The ferry rests.", "The ferry rests because the channel is dark.", false},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct bh_arena arena = {0};
		struct bh_words claim, source;

		bh_words_split_as(&arena, BH_ENGLISH, cases[i].claim, strlen(cases[i].claim), &claim);
		bh_words_split_as(&arena, BH_ENGLISH, cases[i].source, strlen(cases[i].source), &source);
		assert_int_equal(bh_contrast_cause(&(struct bh_slice){claim.list, claim.n},
							 &(struct bh_slice){source.list, source.n}),
			cases[i].turned);
		bh_arena_close(&arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(negation_reaches_the_next_content_word),
		cmocka_unit_test(opposites_exclude_each_other),
		cmocka_unit_test(a_copy_with_a_word_put_in_place_of_another_differs),
		cmocka_unit_test(names_and_numbers_keep_their_order),
		cmocka_unit_test(numbers_and_names_belong_to_the_words_around_them),
		cmocka_unit_test(a_number_counts_what_stands_beside_it),
		cmocka_unit_test(a_clause_holds_one_number),
		cmocka_unit_test(a_reason_that_becomes_an_effect_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
