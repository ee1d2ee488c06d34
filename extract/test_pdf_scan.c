/* SPDX-License-Identifier: Apache-2.0 */
/* test_pdf_scan.c: which text layers are nonsense, and what is had in place of them. */
#include "pdf_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static bool
is_nonsense(const char *text)
{
	struct extract_pdf_layer layer;

	extract_pdf_layer_measure(&layer, text);
	return extract_pdf_layer_is_nonsense(&layer);
}

static void
text_of_any_language_is_no_nonsense(void **state)
{
	static const char *const texts[] = {
		"The lighthouse keeper climbs the tower every evening and lights the lamp before ships "
		"return. "
		"Nobody has ever seen her asleep, and nobody would know what to do without her light.",
		"Der Schlussstrich unter den Rechtsstreit steht noch aus; die Kraftfahrzeugsteuer wird zum "
		"Jahreswechsel "
		"angepasst, und die Herbststurmschadensversicherung muss bis Dezember schriftlich "
		"gek\xc3\xbc"
		"ndigt werden.",
		"Prst skrz krk strc; smrt plz v srst. Zmrzlina je vyborna, a proto ji deti jedi kazdy den "
		"v lete.",
		"Dydd Gwener bydd y llyfrgell yn agor am naw o'r gloch y bore ac yn cau am bump y "
		"prynhawn.",
		"\xd0\xa1\xd0\xbc\xd0\xbe\xd1\x82\xd1\x80\xd0\xb8\xd1\x82\xd0\xb5\xd0\xbb\xd1\x8c "
		"\xd0\xbc\xd0\xb0\xd1\x8f\xd0\xba\xd0\xb0",
		"\xe7\x81\xaf\xe5\x8f\xb0\xe5\xae\x88\xe3\x81\xae\xe5\xa5\xb3\xe6\x80\xa7",
		"1.1 Berths .............................................................................. "
		"12\n"
		"1.2 Cranes .............................................................................. "
		"15",
		"x^2 + y^2 = (a/b)^2",
		"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (is_nonsense(texts[i]))
			fail_msg("text %zu is taken for nonsense", i);
}

static void
codes_that_a_font_does_not_explain_are_nonsense(void **state)
{
	(void)state;
	assert_true(is_nonsense("\xee\x80\x81\xee\x80\x82 ab \xee\x80\x83"));
	assert_true(is_nonsense("\x01\x02\x03 abc"));
	assert_false(is_nonsense("abcdefghij \xef\xbf\xbd"));
}

static void
signs_in_place_of_letters_are_nonsense(void **state)
{
	(void)state;
	assert_true(is_nonsense(
		"!\"#$% &'()+ ,/:;< =>?@[ \\]^`{ }~!\"# $%&'( )+,/: ;<=>? @[\\]^ `{}~! \"#$%&"));
}

static void
letters_moved_along_the_alphabet_are_nonsense(void **state)
{
	(void)state;
	/* Each letter is the third after the right one, as where a font counts from another place. */
	assert_true(is_nonsense(
		"Wkh oljkwkrxvh nhhshu folpev wkh wrzhu hyhub hyhqlqj dqg oljkwv wkh odps ehiruh vklsv "
		"uhwxuq wr wkh kduerxu zklfk kdv ehhq wkhluv vlqfh wkh eulgjh zdv exlow"));
}

static struct extract_page
page_of(size_t characters)
{
	struct extract_page page = {0};

	for (size_t i = 0; i < characters; i++)
		extract_page_add(&page,
			&(struct extract_glyph){.point = 'a',
				.box = {10 * (double)i, 10, 10 * (double)i + 10, 20},
				.size = 10,
				.confidence = 90});
	return page;
}

static void
a_picture_with_no_more_text_than_the_layer_changes_nothing(void **state)
{
	struct extract_page few = page_of(22), many = page_of(60), none = {0};
	struct extract_pdf_layer layer, nonsense, empty;

	(void)state;
	extract_pdf_layer_measure(&layer, "RECEIVED 12 MAY, ROOM 4");
	extract_pdf_layer_measure(&nonsense, "\x01\x02\x03\x04\x05");
	extract_pdf_layer_measure(&empty, "");
	assert_false(extract_pdf_scan_is_better(&few, &layer));
	assert_true(extract_pdf_scan_is_better(&many, &layer));
	assert_true(extract_pdf_scan_is_better(&few, &nonsense));
	assert_true(extract_pdf_scan_is_better(&few, &empty));
	assert_false(extract_pdf_scan_is_better(&none, &nonsense));
	extract_page_close(&few);
	extract_page_close(&many);
}

static void
sizes_that_hardly_differ_become_one_and_a_heading_stays(void **state)
{
	struct extract_page pages[2] = {0};
	static const double sizes[] = {11, 10, 12, 11, 20};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		for (int k = 0; k < 8; k++)
			extract_page_add(&pages[i % 2],
				&(struct extract_glyph){.point = 'a',
					.box = {10 * k, 30 * (double)i, 10 * k + 10, 30 * (double)i + 10},
					.size = sizes[i],
					.confidence = 90});
		extract_page_add(&pages[i % 2], &(struct extract_glyph){.point = '\n'});
	}
	extract_pdf_scan_settle(pages, 2);
	assert_true(pages[0].fragments[0].size == 11 && pages[1].fragments[0].size == 11);
	assert_true(pages[0].fragments[1].size == 11);
	assert_true(pages[0].fragments[2].size == 20);
	extract_page_close(&pages[0]);
	extract_page_close(&pages[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_any_language_is_no_nonsense),
		cmocka_unit_test(codes_that_a_font_does_not_explain_are_nonsense),
		cmocka_unit_test(signs_in_place_of_letters_are_nonsense),
		cmocka_unit_test(letters_moved_along_the_alphabet_are_nonsense),
		cmocka_unit_test(a_picture_with_no_more_text_than_the_layer_changes_nothing),
		cmocka_unit_test(sizes_that_hardly_differ_become_one_and_a_heading_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
