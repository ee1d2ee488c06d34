/* SPDX-License-Identifier: Apache-2.0 */
/* test_terms.c: which terms a text has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/macros.h"
#include "text/terms.h"

/* What a kind is written with here. */
static const char *const signs[] = {
	[BH_TERM_WORD] = "",
	[BH_TERM_EXACT] = "=",
	[BH_TERM_VARIANT] = "~",
	[BH_TERM_JOINED] = "+",
	[BH_TERM_PART] = "-",
	[BH_TERM_SINGLE] = ".",
};

static void
print_terms(const struct bh_terms *terms, struct bh_buf *out)
{
	for (size_t i = 0; i < terms->n; i++)
		bh_buf_printf(out, "%s%s%s", i > 0 ? " " : "", signs[terms->list[i].kind],
			terms->list[i].text);
}

/* The terms of a passage, divided by blanks. */
static void
assert_terms(const char *text, const char *expected)
{
	struct bh_arena arena = {0};
	struct bh_buf printed = {0};
	struct bh_terms terms;

	assert_int_equal(bh_terms_split(&arena, text, strlen(text), &terms), 0);
	print_terms(&terms, &printed);
	assert_string_equal(bh_buf_string(&printed), expected);
	bh_buf_close(&printed);
	bh_arena_close(&arena);
}

static void
assert_query(uint64_t languages, const char *text, const char *expected)
{
	struct bh_arena arena = {0};
	struct bh_buf printed = {0};
	struct bh_terms terms;

	assert_int_equal(bh_terms_split_query(&arena, languages, text, strlen(text), &terms), 0);
	print_terms(&terms, &printed);
	assert_string_equal(bh_buf_string(&printed), expected);
	bh_buf_close(&printed);
	bh_arena_close(&arena);
}

static void
case_and_punctuation_do_not_count(void **state)
{
	(void)state;
	assert_terms("The Panthers' defense, IN 2015!",
		"the panther =panthers defens =defense in 2015");
}

static void
words_lose_the_endings_of_their_own_language(void **state)
{
	(void)state;
	assert_terms("the houses", "the hous =houses");
	assert_terms("die Häuser und der Garten", "die haus =häuser und der gart =garten");
	assert_terms("les maisons sont grandes", "le =les maison =maisons sont grand =grandes");
	assert_terms("дома", "дом =дома");
}

static void
a_query_is_read_in_each_language_of_the_store_unless_it_tells_its_own(void **state)
{
	const uint64_t both = BH_LANGUAGE_BIT(BH_ENGLISH) | BH_LANGUAGE_BIT(BH_GERMAN);

	(void)state;
	assert_query(both, "Gärten", "garten =gärten ~gart ~gaert");
	assert_query(both, "wo sind Gärten", "wo sind gart =gärten ~gaert");
	assert_query(BH_LANGUAGE_BIT(BH_GERMAN), "Gärten", "gart =gärten ~gaert");
	/* A store of an older release does not say. */
	assert_query(0, "houses", "hous =houses");
}

static void
accents_are_the_exact_form(void **state)
{
	(void)state;
	assert_terms("café", "cafe =café");
	assert_terms("Smørrebrød", "smorrebrod =smørrebrød");
	assert_terms("STRASSE Straße ﬁle", "strass =strasse strass =strasse file");
	assert_terms("Müll", "mull =müll");
	assert_terms("Mu\u0308ll", "mull =müll");
}

static void
a_possessive_and_an_elided_article_are_no_part_of_the_word(void **state)
{
	(void)state;
	assert_terms("the company's rule", "the compani =company rule");
	assert_terms("the company’s rule", "the compani =company rule");
	assert_terms("l’orage", "orag =orage");
	assert_terms("dell'acqua", "acqua");
	assert_terms("they're", "they");
}

static void
all_apostrophes_are_one(void **state)
{
	static const char *const names[] = {"O'Neill", "O’Neill", "O‘Neill", "OʼNeill", "O`Neill",
		"O´Neill", "O＇Neill"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(names); i++)
		assert_terms(names[i], "+oneil -neill");
}

static void
what_has_no_shape_is_dropped(void **state)
{
	(void)state;
	assert_terms("GX\u206071\u206044", "+gx7144 -gx -7144");
	assert_terms("un\u00adusual\u200d \u202ausual\u202c", "unusu =unusual usual");
	assert_terms("\ufeffword\ufe0f", "word");
}

static void
vowel_signs_that_are_not_written_do_not_count(void **state)
{
	(void)state;
	assert_terms("שָׁלוֹם", "שלום");
	assert_terms("مُحَمَّد", "محمد");
	assert_terms("كتـــاب", "كتاب");
}

static void
identifiers_are_joined_and_in_pieces(void **state)
{
	(void)state;
	assert_terms("PPR-9087", "+ppr9087 -ppr -9087");
	assert_terms("PPR9087", "+ppr9087 -ppr -9087");
	assert_terms("PPR_9087", "+ppr9087 -ppr -9087");
	assert_terms("E-1042", "+e1042 -1042");
	assert_terms("v2.3.1", "+v2.3.1 -2.3.1 -2.3");
	assert_terms("2.3.1", "2.3.1 -2.3");
	assert_terms("0x80070057", "+0x80070057 -80070057");
	assert_terms("0x8007000E", "+0x8007000e -8007000e");
	assert_terms("2024-05-01", "+20240501 -2024 -05 -01");
	assert_terms("192.168.10.25", "192.168.10.25 -192.168 -192.168.10");
	assert_terms("ORA-01555", "+ora01555 -ora -01555 -1555");
	assert_terms("6204-2RS/C3", "+62042rsc3 +62042rs +c3 -6204 -2 -rs -3");
	assert_query(BH_LANGUAGE_BIT(BH_ENGLISH), "v2.3.1", "+v2.3.1 -2.3.1");
	assert_query(BH_LANGUAGE_BIT(BH_ENGLISH), "6204-2RS/C3", "+62042rsc3 -6204 -2 -rs -3");
	assert_terms("getUserName", "+getusernam -get -user -name");
}

static void
hardware_addresses_are_joined(void **state)
{
	static const char *const spellings[] = {"00:1A:2B:3C:4D:5E", "00:1a:2b:3c:4d:5e",
		"(00:1A:2B:3C:4D:5E)"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(spellings); i++)
		assert_terms(spellings[i], "+001a2b3c4d5e");
	assert_terms("001A.2B3C", "+001a2b3c -001 -2 -3");
	/* Times and what is longer or shorter are none. */
	assert_terms("10:20:30", "10:20:30");
	assert_terms("00:11:22:33:44:55:66", "00:11:22:33:44:55:66");
}

static void
pictographs_are_words(void **state)
{
	(void)state;
	assert_terms("fine 👍🏽 🐛", "fine 👍 🐛");
	assert_query(BH_LANGUAGE_BIT(BH_ENGLISH), "🐛", "🐛");
}

static void
a_name_is_found_with_its_article_and_without(void **state)
{
	(void)state;
	assert_terms("d'Artagnan", "artagnan +dartagnan");
	assert_terms("l'orage", "orag =orage");
	assert_query(BH_LANGUAGE_BIT(BH_ENGLISH), "d'Artagnan", "artagnan");
}

static void
letters_with_two_spellings_are_both(void **state)
{
	const uint64_t german = BH_LANGUAGE_BIT(BH_GERMAN);

	(void)state;
	assert_terms("Þingvellir", "thingvellir =þingvellir");
	assert_query(german, "Mueller", "muell =mueller ~mull");
	assert_query(german, "Müller", "mull =müller ~muell");
	assert_query(german, "neue Quelle", "neu =neue quell =quelle");
	assert_query(BH_LANGUAGE_BIT(BH_ENGLISH), "blue", "blue");
}

static void
persian_words_in_parts_are_joined(void **state)
{
	(void)state;
	assert_terms("کتاب\u200cخانه", "+كتابخ كتاب خان =خانه");
	assert_terms("a\u200cb", "ab");
}

static void
a_form_that_is_a_stem_elsewhere_counts_as_both(void **state)
{
	(void)state;
	assert_query(BH_LANGUAGE_BIT(BH_ENGLISH) | BH_LANGUAGE_BIT(BH_FRENCH), "hopital",
		"hopit =hopital ~hopital");
}

static void
words_with_hyphens_are_words_and_joined(void **state)
{
	(void)state;
	assert_terms("e-mail", "+email mail");
	assert_terms("boundary-layer", "+boundarylay boundari =boundary layer");
	assert_terms("TCP/IP", "+tcpip tcp ip");
	assert_terms("U.S.A.", "+usa");
	assert_terms("R&D", "+rd");
}

static void
a_number_has_one_spelling(void **state)
{
	(void)state;
	assert_terms("1,250,000", "1250000");
	assert_terms("1.250.000", "1250000");
	assert_terms("1'250'000", "1250000");
	assert_terms("1\u00a0250\u202f000", "1250000");
	assert_terms("1,250.50", "1250.50");
	assert_terms("1.250,50", "1250.50");
	assert_terms("7,5", "7.5");
	assert_terms("1.250", "1.250 +1250");
	assert_terms("1,2,3", "1 2 3");
	assert_terms("8:30", "8:30");
	assert_terms("١٢٣", "123");
}

static void
names_of_languages_keep_what_tells_them_apart(void **state)
{
	(void)state;
	assert_terms("C C++ C#", "c c++ c#");
	assert_terms("in C++.", "in c++");
	assert_terms("C/C++", "+cc c c++");
	assert_terms("use .NET", "use net +.net");
	assert_terms("1+1", "1 1");
}

static void
scripts_without_blanks_have_pairs(void **state)
{
	const uint64_t english = BH_LANGUAGE_BIT(BH_ENGLISH);

	(void)state;
	assert_terms("人权。", "人权 .人 .权");
	assert_query(english, "会社", "会社");
	assert_query(english, "海上运输", "海上 上运 运输");
	assert_query(english, "水", "水");
	assert_query(english, "東京tower", "東京 tower");
	assert_query(english, "회사는", "회사 사는");
}

static void
the_length_counts_words(void **state)
{
	struct bh_arena arena = {0};
	struct bh_terms terms;
	const char *text = "The houses PPR-9087 of e-mail 人权";

	(void)state;
	assert_int_equal(bh_terms_split(&arena, text, strlen(text), &terms), 0);
	assert_int_equal(terms.words, 6);
	assert_int_equal(terms.language, BH_ENGLISH);
	bh_arena_close(&arena);
}

static void
an_endless_word_is_cut(void **state)
{
	struct bh_arena arena = {0};
	char word[5000];
	struct bh_terms terms;

	(void)state;
	memset(word, 'a', sizeof(word));
	assert_int_equal(bh_terms_split(&arena, word, sizeof(word), &terms), 0);
	assert_int_equal(terms.n, 1);
	assert_int_equal(strlen(terms.list[0].text), BH_TERM_BYTES_MAX);
	bh_arena_close(&arena);
}

static void
an_empty_text_has_none(void **state)
{
	(void)state;
	assert_terms("", "");
	assert_terms(" .,;\n", "");
	assert_terms("\u00ad\u2060", "");
}

static void
a_line_holds_the_words_in_order(void **state)
{
	struct bh_arena arena = {0};
	const char *line, *text = "The e-Mail, “café” 人权 costs 7.5";

	(void)state;
	assert_int_equal(bh_terms_line(&arena, text, strlen(text), &line), 0);
	assert_string_equal(line, " the e mail cafe 人 权 costs 7 5 ");
	assert_int_equal(bh_terms_line(&arena, "", 0, &line), 0);
	assert_string_equal(line, " ");
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_and_punctuation_do_not_count),
		cmocka_unit_test(words_lose_the_endings_of_their_own_language),
		cmocka_unit_test(a_query_is_read_in_each_language_of_the_store_unless_it_tells_its_own),
		cmocka_unit_test(accents_are_the_exact_form),
		cmocka_unit_test(a_possessive_and_an_elided_article_are_no_part_of_the_word),
		cmocka_unit_test(all_apostrophes_are_one),
		cmocka_unit_test(what_has_no_shape_is_dropped),
		cmocka_unit_test(vowel_signs_that_are_not_written_do_not_count),
		cmocka_unit_test(identifiers_are_joined_and_in_pieces),
		cmocka_unit_test(hardware_addresses_are_joined),
		cmocka_unit_test(pictographs_are_words),
		cmocka_unit_test(a_name_is_found_with_its_article_and_without),
		cmocka_unit_test(letters_with_two_spellings_are_both),
		cmocka_unit_test(persian_words_in_parts_are_joined),
		cmocka_unit_test(a_form_that_is_a_stem_elsewhere_counts_as_both),
		cmocka_unit_test(words_with_hyphens_are_words_and_joined),
		cmocka_unit_test(a_number_has_one_spelling),
		cmocka_unit_test(names_of_languages_keep_what_tells_them_apart),
		cmocka_unit_test(scripts_without_blanks_have_pairs),
		cmocka_unit_test(the_length_counts_words),
		cmocka_unit_test(an_endless_word_is_cut),
		cmocka_unit_test(an_empty_text_has_none),
		cmocka_unit_test(a_line_holds_the_words_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
