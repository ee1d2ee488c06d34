/* SPDX-License-Identifier: Apache-2.0 */
/* test_scope.c: the same words, of more, demanded, or done by another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "cite/scope.h"
#include "cite/support.h"

struct pair {
	const char *claim, *source;
	bool differs;
};

static void
check(const struct pair *pairs, size_t n,
	bool (*differs)(const struct bh_slice *claim, const struct bh_slice *source))
{
	for (size_t i = 0; i < n; i++) {
		struct bh_arena arena = {0};
		struct bh_evidence claim, source;
		struct bh_slice mine, theirs;

		bh_support_prepare(&arena, pairs[i].claim, strlen(pairs[i].claim), &claim);
		bh_support_prepare(&arena, pairs[i].source, strlen(pairs[i].source), &source);
		mine = (struct bh_slice){claim.words.list, claim.words.n};
		theirs = (struct bh_slice){source.words.list, source.words.n};
		if (differs(&mine, &theirs) != pairs[i].differs)
			print_error("%s / %s\n", pairs[i].claim, pairs[i].source);
		assert_int_equal(differs(&mine, &theirs), pairs[i].differs);
		bh_arena_close(&arena);
	}
}

static void
a_part_is_not_the_whole(void **state)
{
	static const struct pair pairs[] = {
		{"All bridges are red.", "Most of the bridges are red.", true},
		{"Most bridges are red.", "Most of the bridges are red.", false},
		{"Few bridges are red.", "Some bridges are red.", true},
		{"Some bridges are red.", "Some bridges are red, all bridges are old.", false},
		{"Bridges are red.", "Most bridges are red.", false},
		{"All bridges are red.", "The bridges are red.", false},
		{"Alle Tore sind rot.", "Die meisten Tore sind rot.", true},
		{"Only bridges are red.", "Bridges are red.", true},
		{"Only bridges are red.", "Bridges only are red.", false},
		{"Bridges are red.", "Only bridges are red.", false},
		{"Nur das Tor ist rot.", "Das Tor ist rot.", true},
	};

	(void)state;
	check(pairs, BH_COUNT(pairs), bh_scope_quantity);
}

static void
a_bound_is_on_one_side(void **state)
{
	static const struct pair pairs[] = {
		{"Vessels under 40 metres wait.", "Vessels over 40 metres wait.", true},
		{"Vessels above 40 metres wait.", "Vessels over 40 metres wait.", false},
		{"It rose to four knots.", "It rose from four knots.", true},
		{"It rose from four to five.", "It rose from four to five.", false},
		{"It lasted until 1415.", "It lasted from 1412 to 1415.", false},
		{"Kinder über 6 zahlen.", "Kinder unter 6 zahlen.", true},
		{"It has 40 metres.", "It has over 40 metres.", false},
	};

	(void)state;
	check(pairs, BH_COUNT(pairs), bh_scope_bound);
}

static void
a_number_counts_what_it_counts(void **state)
{
	static const struct pair pairs[] = {
		{"Vessels over 40 feet wait.", "Vessels over 40 metres wait.", true},
		{"Vessels over 40 meters wait.", "Vessels over 40 metres wait.", false},
		{"The 5 dukes fled.", "The 5 earls fled.", true},
		{"The 5 angry dukes fled.", "The 5 dukes fled angry.", false},
		{"The 5 dukes fled.", "All 5 fled.", false},
		{"In 1412 Tarn fled.", "Tarn fled in 1412.", false},
	};

	(void)state;
	check(pairs, BH_COUNT(pairs), bh_scope_counted);
}

static void
what_is_allowed_is_not_demanded(void **state)
{
	static const struct pair pairs[] = {
		{"Staff must open it.", "Staff may open it.", true},
		{"Staff can open it.", "Staff must open it.", true},
		{"Staff may open it.", "Staff may open it.", false},
		{"Staff must not open it.", "Staff may not open it.", false},
		{"Staff can open it.", "Staff may open it.", false},
		{"Staff must open it.", "Staff must open it. Guests may wait.", false},
		{"Gäste müssen warten.", "Gäste dürfen warten.", true},
	};

	(void)state;
	check(pairs, BH_COUNT(pairs), bh_scope_modality);
}

static void
who_suffers_is_not_who_acts(void **state)
{
	static const struct pair pairs[] = {
		{"Tarn poisoned five dukes.", "Tarn was poisoned in a revolt of five dukes.", true},
		{"Tarn was poisoned.", "Tarn was poisoned in a revolt of five dukes.", false},
		{"Helen designed the line.", "The line was designed by Helen.", false},
		{"Claims submitted late are not paid.", "Claims are submitted late.", false},
		{"Rain delayed the train.", "The train was delayed.", true},
		{"Tarn verkaufte das Tor.", "Tarn wurde mit dem Tor verkauft.", true},
		{"Tarn verkaufte das Tor.", "Das Tor wurde von Tarn verkauft.", false},
		{"Tarn wurde verkauft.", "Tarn wurde verkauft.", false},
	};

	(void)state;
	check(pairs, BH_COUNT(pairs), bh_scope_voice);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_is_not_the_whole),
		cmocka_unit_test(a_bound_is_on_one_side),
		cmocka_unit_test(a_number_counts_what_it_counts),
		cmocka_unit_test(what_is_allowed_is_not_demanded),
		cmocka_unit_test(who_suffers_is_not_who_acts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
