/* SPDX-License-Identifier: Apache-2.0 */
/* words.c: reads words and numbers, then takes their endings off. */
#include "text/words.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/macros.h"
#include "text/fold.h"
#include "text/lists.h"
#include "text/points.h"

/* A text being read. */
struct reader {
	struct bh_arena *arena;
	const char *text;
	size_t len;
	struct bh_buf folded;       /* of the last word */
	size_t tally[BH_LANGUAGES]; /* function words of each language */
};

bool
bh_word_is_content(const struct bh_word *word)
{
	return word->number || (!word->common && word->stem[0] != '\0');
}

bool
bh_word_equals(const struct bh_word *left, const struct bh_word *right)
{
	return strcmp(left->stem, right->stem) == 0;
}

static bool
ends(const char *word, size_t n, const char *suffix)
{
	size_t len = strlen(suffix);

	return n > len && memcmp(word + n - len, suffix, len) == 0;
}

size_t
bh_words_without_possessive(const char *word, size_t len)
{
	if (ends(word, len, "'s"))
		return len - 2;
	return ends(word, len, "\xe2\x80\x99s") ? len - 4 : len;
}

/* ---- numbers and signs ---- */

/* Whether the comma at `at` divides thousands: three digits stand behind it. Else it is a decimal point. */
static bool
divides_thousands(const char *text, size_t end, size_t at)
{
	size_t digits = 0;

	while (at + 1 + digits < end && bh_point_is_digit((unsigned char)text[at + 1 + digits]))
		digits++;
	return digits == 3;
}

/* One spelling for "15,000.00" and "15000", "7,5" and "7.5", "8:00" and "8": groups closed up, zeros behind
 * the point and full hours' minutes dropped. */
static void
fill_number(const struct reader *reader, struct bh_word *word)
{
	char *out = bh_arena_alloc(reader->arena, word->at.end - word->at.start + 1);
	size_t n = 0;

	for (size_t i = word->at.start; i < word->at.end; i++) {
		if (reader->text[i] != ',')
			out[n++] = reader->text[i];
		else if (!divides_thousands(reader->text, word->at.end, i))
			out[n++] = '.';
	}
	if (ends(out, n, ":00"))
		n -= 3;
	if (memchr(out, '.', n) != NULL) {
		while (n > 1 && out[n - 1] == '0')
			n--;
		if (out[n - 1] == '.')
			n--;
	}
	out[n] = '\0';
	word->folded = out;
	word->number = true;
}

static size_t
number_end(const char *text, size_t len, size_t at)
{
	while (at < len &&
		(bh_point_is_digit((unsigned char)text[at]) ||
			((text[at] == '.' || text[at] == ',' || text[at] == ':') && at + 1 < len &&
				bh_point_is_digit((unsigned char)text[at + 1]))))
		at++;
	return at;
}

/* "15th": letters that hang on a number and say nothing more. */
static bool
is_ordinal(const char *text, const struct bh_span *at)
{
	static const char *const endings[] = {"th", "st", "nd", "rd"};

	if (at->start == 0 || at->end - at->start != 2 ||
		!bh_point_is_digit((unsigned char)text[at->start - 1]))
		return false;
	for (size_t i = 0; i < BH_COUNT(endings); i++) {
		if (memcmp(text + at->start, endings[i], 2) == 0)
			return true;
	}
	return false;
}

static bool
fill_sign(struct bh_word *word, const char *text)
{
	char sign[5] = "";

	memcpy(sign, text + word->at.start, word->at.end - word->at.start);
	word->folded = bh_lexicon_find(&bh_list_signs, sign);
	word->common = true;
	return word->folded != NULL;
}

/* ---- words ---- */

/* Case folded, without marks and 's. */
static const char *
fold_word(struct reader *reader, const struct bh_word *word)
{
	struct bh_buf *folded = &reader->folded;

	bh_buf_reset(folded);
	/* What is no text has no words. */
	if (bh_fold(BH_FOLD_BARE, reader->text + word->at.start, word->at.end - word->at.start,
			folded) < 0)
		return "";
	return bh_arena_copy(reader->arena, bh_buf_string(folded),
		bh_words_without_possessive(bh_buf_string(folded), folded->len));
}

static void
count_language(struct reader *reader, const char *language)
{
	if (strcmp(language, "en") == 0)
		reader->tally[BH_ENGLISH]++;
	else if (strcmp(language, "de") == 0)
		reader->tally[BH_GERMAN]++;
}

static void
fill_word(struct reader *reader, struct bh_word *word, bool initial)
{
	const char *folded = fold_word(reader, word);
	const char *language = bh_lexicon_find(&bh_list_common, folded);
	const char *digits = bh_lexicon_find(&bh_list_numbers, folded);
	const char *other = bh_lexicon_find(&bh_list_signs, folded);
	size_t bytes;

	if (language != NULL)
		count_language(reader, language);
	word->folded = digits != NULL ? digits : other != NULL ? other : folded;
	word->number = digits != NULL;
	word->negates = bh_lexicon_has(&bh_list_negating, folded) ||
		ends(folded, strlen(folded), "n't");
	word->common = language != NULL || word->negates;
	word->capital = bh_point_is_upper(
		bh_point_at(reader->text, word->at.end, word->at.start, &bytes));
	word->name = word->capital && !initial && !word->common && !word->number;
}

static size_t
word_end(const char *text, size_t len, size_t at)
{
	size_t bytes, next;

	while (at < len) {
		uint32_t c = bh_point_at(text, len, at, &bytes);

		if (c == '\'' || c == 0x2019) {
			/* Inside a word only: "doesn't", not a quotation's end. */
			if (!bh_point_is_letter(bh_point_at(text, len, at + bytes, &next)))
				break;
		} else if (!bh_point_is_letter(c) || bh_point_is_ideograph(c)) {
			break;
		}
		at += bytes;
	}
	return at;
}

/* Reads the word at `at`; false when none begins there. */
static bool
read_word(struct reader *reader, size_t at, bool initial, struct bh_word *out)
{
	size_t bytes;
	uint32_t c = bh_point_at(reader->text, reader->len, at, &bytes);

	*out = (struct bh_word){.at = {at, at + bytes}};
	if (bh_point_is_digit(c)) {
		out->at.end = number_end(reader->text, reader->len, at);
		fill_number(reader, out);
	} else if (bh_point_is_ideograph(c)) {
		fill_word(reader, out, true);
	} else if (bh_point_is_alphabetic(c)) {
		out->at.end = word_end(reader->text, reader->len, at);
		fill_word(reader, out, initial);
	} else {
		return fill_sign(out, reader->text);
	}
	return true;
}

/* ---- what stands between words ---- */

/* Whether the line that ends at `at` is a table's row. */
static bool
ends_row(const char *text, size_t at)
{
	while (at > 0 && text[at - 1] != '\n' && text[at - 1] != '|')
		at--;
	return at > 0 && text[at - 1] == '|';
}

/* Marks that part clauses. A dot parts only before a space: not in "e.g.x" or "a.m". */
static bool
parts(const struct reader *reader, size_t at, uint32_t c)
{
	const char *text = reader->text;

	if (c == '.')
		return at + 1 >= reader->len || isspace((unsigned char)text[at + 1]);
	if (c == '\n')
		return bh_sentences_break(text, reader->len, at) || ends_row(text, at);
	return bh_point_is_stop(c) || (c < 0x80 && strchr(",;:()|", (int)c) != NULL) || c == 0x2013 ||
		c == 0x2014;
}

static void
read_words(struct reader *reader, struct bh_words *out)
{
	struct bh_buf words = {0};
	bool initial = true, parted = true;
	size_t at = 0, bytes;

	while (at < reader->len) {
		uint32_t c = bh_point_at(reader->text, reader->len, at, &bytes);
		struct bh_word word;

		if (!read_word(reader, at, initial, &word)) {
			initial = initial || bh_point_is_stop(c) || c == '\n';
			parted = parted || parts(reader, at, c);
			at += bytes;
			continue;
		}
		at = word.at.end;
		initial = false;
		if (is_ordinal(reader->text, &word.at))
			continue;
		word.parted = parted || bh_lexicon_has(&bh_list_joining, word.folded);
		parted = false;
		bh_buf_add(&words, &word, sizeof(word));
	}
	out->n = words.len / sizeof(struct bh_word);
	out->list = (struct bh_word *)(void *)bh_arena_copy(reader->arena, bh_buf_string(&words),
		words.len);
	bh_buf_close(&words);
}

static void
stem_words(struct bh_arena *arena, struct bh_words *words)
{
	struct bh_stemmer stemmer = bh_stemmer_open(words->language);

	for (size_t i = 0; i < words->n; i++) {
		struct bh_word *word = &words->list[i];

		word->stem = word->number || word->common
			? word->folded
			: bh_arena_strdup(arena, bh_stemmer_stem(&stemmer, word->folded));
	}
	bh_stemmer_close(&stemmer);
}

static void
split(struct bh_arena *arena, const enum bh_language *language, const char *text, size_t len,
	struct bh_words *out)
{
	struct reader reader = {.arena = arena, .text = text, .len = len};

	read_words(&reader, out);
	out->language = language != NULL                         ? *language
		: reader.tally[BH_GERMAN] > reader.tally[BH_ENGLISH] ? BH_GERMAN
															 : BH_ENGLISH;
	stem_words(arena, out);
	bh_buf_close(&reader.folded);
}

void
bh_words_split(struct bh_arena *arena, const char *text, size_t len, struct bh_words *out)
{
	split(arena, NULL, text, len, out);
}

void
bh_words_split_as(struct bh_arena *arena, enum bh_language language, const char *text, size_t len,
	struct bh_words *out)
{
	split(arena, &language, text, len, out);
}
