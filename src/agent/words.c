/* words.c: splits text into sentences and words; the only file here that knows libunistring. */
#include "agent/words.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/text.h"

/* Words that say nothing about the matter, English and German. */
static const char common_words[] =
	"a an the this that these those it its he she they them their his her we our you your i me my "
	"and or but nor so yet if then than as at by for from in into of on onto to with within about "
	"over under up out off per via is are was were be been being am do does did done has have had "
	"having will would shall should can could may might must need not no never none cannot there "
	"here what which who whom whose when where why how also only just very more most such any all "
	"each every some other both either same own because while during until before after again "
	"der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine ist "
	"sind war waren wird werden wurde wurden hat haben hatte kann muss soll von vom zu zum zur mit "
	"auf aus bei nach fur im in an am als auch es er sie wir ihr ich sich dass wenn wie was";

static const char negating_words[] =
	"not no never none cannot nor neither without nobody nothing nowhere nicht kein keine keinen "
	"keinem keiner nie niemals niemand nichts ohne ne pas jamais";

static const char joining_words[] = "and or but nor while whereas und oder aber sowie et ou mais";

/* "four years" is "4 years". "One" is left out: it is seldom a number. */
static const struct {
	const char *word, *digits;
} spelt_numbers[] = {
	{"two", "2"},
	{"three", "3"},
	{"four", "4"},
	{"five", "5"},
	{"six", "6"},
	{"seven", "7"},
	{"eight", "8"},
	{"nine", "9"},
	{"ten", "10"},
	{"eleven", "11"},
	{"twelve", "12"},
	{"twenty", "20"},
	{"thirty", "30"},
	{"forty", "40"},
	{"fifty", "50"},
	{"sixty", "60"},
	{"seventy", "70"},
	{"eighty", "80"},
	{"ninety", "90"},
	{"hundred", "100"},
	{"thousand", "1000"},
	{"zwei", "2"},
	{"drei", "3"},
	{"vier", "4"},
	{"funf", "5"},
	{"sechs", "6"},
	{"sieben", "7"},
	{"acht", "8"},
	{"neun", "9"},
	{"zehn", "10"},
	{"elf", "11"},
	{"zwolf", "12"},
	{"zwanzig", "20"},
	{"dreissig", "30"},
	{"hundert", "100"},
	{"tausend", "1000"},
};

/* Signs that stand for words; they need not be said again, so they carry no content themselves. */
static const struct {
	ucs4_t sign;
	const char *stem;
} signs[] = {
	{'%', "percent"},
	{'$', "dollar"},
	{0x20ac, "euro"},
	{0xa3, "pound"},
};

/* Abbreviations whose dot ends no sentence. */
static const char abbreviations[] =
	"e.g i.e etc. vs mr mrs ms dr prof st no nos fig sec art p pp par cf al inc ltd co corp dept "
	"est "
	"approx pub ch vol ed eds ext u.s u.k a.m p.m bzw z.b d.h usw nr abs s vgl ca";

static bool
is_mark(ucs4_t c)
{
	return c == '.' || c == '!' || c == '?' || c == 0x2026 || c == 0x3002 || c == 0xff01 ||
		c == 0xff1f;
}

static bool
is_closing(ucs4_t c)
{
	return c == '"' || c == '\'' || c == ')' || c == ']' || c == 0x201d || c == 0x2019 ||
		c == 0xbb || c == 0x300d || c == 0xff09;
}

static ucs4_t
point_at(const char *text, size_t len, size_t at, size_t *out_bytes)
{
	ucs4_t c = 0;

	*out_bytes = at < len ? (size_t)u8_mbtouc(&c, (const uint8_t *)text + at, len - at) : 0;
	return c;
}

/* Whether the dot at `at` belongs to an abbreviation, an initial or a numbered item's head. */
static bool
is_abbreviation(const char *text, size_t start, size_t at)
{
	char word[16];
	size_t from = at, n;

	while (from > start && !isspace((unsigned char)text[from - 1]) && text[from - 1] != '(')
		from--;
	n = at - from;
	if (n == 0 || n >= sizeof(word))
		return false;
	if (n == 1 && isalpha((unsigned char)text[from]))
		return true;
	/* "3. Deposit": a number alone at the start of the sentence. */
	if (from == start && strspn(text + from, "0123456789") >= n)
		return true;
	for (size_t i = 0; i < n; i++)
		word[i] = (char)tolower((unsigned char)text[from + i]);
	word[n] = '\0';
	return bh_text_has_word(abbreviations, word);
}

/* An empty line, or a line that begins a list item, ends what stands before it. */
static bool
breaks_here(const char *text, size_t len, size_t at)
{
	size_t next = at + 1;

	while (next < len && (text[next] == ' ' || text[next] == '\t' || text[next] == '\r'))
		next++;
	if (next >= len || text[next] == '\n')
		return true;
	if ((text[next] == '-' || text[next] == '*') && next + 1 < len && text[next + 1] == ' ')
		return true;
	return len - next >= 3 && memcmp(text + next, "\xe2\x80\xa2", 3) == 0;
}

static void
add_span(struct bh_buf *spans, const char *text, size_t start, size_t end)
{
	struct agent_span span = {start, end};

	while (span.start < span.end && isspace((unsigned char)text[span.start]))
		span.start++;
	while (span.end > span.start && isspace((unsigned char)text[span.end - 1]))
		span.end--;
	if (span.end > span.start)
		bh_buf_add(spans, &span, sizeof(span));
}

/* A small letter goes on with the sentence: the dot was an abbreviation's. */
static bool
goes_on(const char *text, size_t len, size_t at)
{
	size_t bytes;

	while (at < len && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r'))
		at++;
	return uc_is_lower(point_at(text, len, at, &bytes));
}

/* The end of the sentence whose mark stands at `at`, or 0 if none ends there. */
static size_t
sentence_end(const char *text, size_t len, size_t start, size_t at)
{
	size_t bytes, end = at;
	ucs4_t first = point_at(text, len, at, &bytes), c = first;

	if (first == '.' && is_abbreviation(text, start, at))
		return 0;
	while (is_mark(c) || is_closing(c)) {
		end += bytes;
		c = point_at(text, len, end, &bytes);
	}
	if (end < len && first == '.' && goes_on(text, len, end))
		return 0;
	if (end >= len || uc_is_property_white_space(c) || first >= 0x3000)
		return end;
	return 0;
}

void
agent_words_sentences(struct bh_arena *arena, const char *text, size_t len, struct agent_spans *out)
{
	struct bh_buf spans = {0};
	size_t start = 0, at = 0, bytes, end;

	while (at < len) {
		ucs4_t c = point_at(text, len, at, &bytes);

		end = 0;
		if (is_mark(c))
			end = sentence_end(text, len, start, at);
		else if (c == '\n' && breaks_here(text, len, at))
			end = at + 1;
		if (end > 0) {
			add_span(&spans, text, start, end);
			start = at = end;
		} else {
			at += bytes;
		}
	}
	add_span(&spans, text, start, len);
	out->n = spans.len / sizeof(struct agent_span);
	out->list = (struct agent_span *)(void *)bh_arena_copy(arena, bh_buf_string(&spans), spans.len);
	bh_buf_close(&spans);
}

/* ---- words ---- */

static bool
is_letter(ucs4_t c)
{
	return uc_is_property_alphabetic(c) || uc_is_general_category(c, UC_CATEGORY_M);
}

static bool
is_ideograph(ucs4_t c)
{
	return (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) ||
		(c >= 0x20000 && c <= 0x3ffff);
}

static bool
is_digit(ucs4_t c)
{
	return c >= '0' && c <= '9';
}

static bool
ends(const char *word, size_t n, const char *suffix, size_t least)
{
	size_t len = strlen(suffix);

	return n >= least && n > len && memcmp(word + n - len, suffix, len) == 0;
}

/* Takes common endings off, so that "deposits", "deposited" and "depositing" are one word. */
static size_t
stem(char *word, size_t n)
{
	if (ends(word, n, "'s", 3))
		n -= 2;
	if (ends(word, n, "ies", 5)) {
		n -= 2;
		word[n - 1] = 'y';
	} else if (ends(word, n, "sses", 5) || ends(word, n, "xes", 5) || ends(word, n, "ches", 6) ||
		ends(word, n, "shes", 6)) {
		n -= 2;
	} else if (ends(word, n, "s", 4) && !ends(word, n, "ss", 3) && !ends(word, n, "us", 3) &&
		!ends(word, n, "is", 3)) {
		n -= 1;
	}
	if (ends(word, n, "ing", 6))
		n -= 3;
	else if (ends(word, n, "ed", 5))
		n -= 2;
	else if (ends(word, n, "ly", 6))
		n -= 2;
	if (n > 4 && word[n - 1] == word[n - 2] && strchr("bdgmnprt", word[n - 1]) != NULL)
		n -= 1;
	if (ends(word, n, "e", 5))
		n -= 1;
	return n;
}

/* Case folded, compatibility forms resolved, marks dropped, typographic apostrophes made plain. */
static char *
fold(struct bh_arena *arena, const char *word, size_t len)
{
	size_t folded_len = 0, n = 0;
	uint8_t *folded = u8_casefold((const uint8_t *)word, len, NULL, UNINORM_NFKD, NULL,
		&folded_len);
	char *out = bh_arena_alloc(arena, folded_len + 1);

	for (size_t i = 0; folded != NULL && i < folded_len;) {
		ucs4_t c;
		size_t bytes = (size_t)u8_mbtouc(&c, folded + i, folded_len - i);

		if (c == 0x2019)
			out[n++] = '\'';
		else if (!uc_is_general_category(c, UC_CATEGORY_M)) {
			memcpy(out + n, folded + i, bytes);
			n += bytes;
		}
		i += bytes;
	}
	free(folded);
	out[n] = '\0';
	return out;
}

static void
fill_word(struct bh_arena *arena, const char *text, struct agent_word *word, bool initial)
{
	char *folded = fold(arena, text + word->at.start, word->at.end - word->at.start);
	size_t n = strlen(folded), bytes;
	ucs4_t c = point_at(text, word->at.end, word->at.start, &bytes);

	word->common = bh_text_has_word(common_words, folded);
	word->negates = bh_text_has_word(negating_words, folded) || ends(folded, n, "n't", 4);
	word->common = word->common || word->negates;
	word->capital = uc_is_upper(c);
	word->name = !initial && !word->common && word->capital;
	for (size_t i = 0; i < BH_COUNT(spelt_numbers); i++) {
		if (strcmp(folded, spelt_numbers[i].word) != 0)
			continue;
		word->stem = spelt_numbers[i].digits;
		word->number = true;
		word->name = false;
		return;
	}
	if (strcmp(folded, "prozent") == 0) {
		word->stem = "percent";
		return;
	}
	folded[stem(folded, n)] = '\0';
	word->stem = folded;
}

static bool
fill_sign(struct agent_word *word, ucs4_t c)
{
	for (size_t i = 0; i < BH_COUNT(signs); i++) {
		if (signs[i].sign == c) {
			word->stem = signs[i].stem;
			word->common = true;
			return true;
		}
	}
	return false;
}

/* One spelling for "15,000.00" and "15000", "8:00" and "8": groups closed up, zeros behind the point
 * and full hours' minutes dropped. */
static void
fill_number(struct bh_arena *arena, const char *text, struct agent_word *word)
{
	char *out = bh_arena_alloc(arena, word->at.end - word->at.start + 1);
	size_t n = 0;

	for (size_t i = word->at.start; i < word->at.end; i++) {
		if (text[i] != ',')
			out[n++] = text[i];
	}
	if (n > 3 && memcmp(out + n - 3, ":00", 3) == 0)
		n -= 3;
	if (memchr(out, '.', n) != NULL) {
		while (n > 1 && out[n - 1] == '0')
			n--;
		if (out[n - 1] == '.')
			n--;
	}
	out[n] = '\0';
	word->stem = out;
	word->number = true;
}

static size_t
number_end(const char *text, size_t len, size_t at)
{
	while (at < len &&
		(is_digit((unsigned char)text[at]) ||
			((text[at] == '.' || text[at] == ',' || text[at] == ':') && at + 1 < len &&
				is_digit((unsigned char)text[at + 1]))))
		at++;
	return at;
}

static size_t
word_end(const char *text, size_t len, size_t at)
{
	size_t bytes, next;

	while (at < len) {
		ucs4_t c = point_at(text, len, at, &bytes);

		if (c == '\'' || c == 0x2019) {
			/* Inside a word only: "doesn't", not a quotation's end. */
			if (!is_letter(point_at(text, len, at + bytes, &next)))
				break;
		} else if (!is_letter(c) || is_ideograph(c)) {
			break;
		}
		at += bytes;
	}
	return at;
}

/* "15th": letters that hang on a number and say nothing more. */
static bool
is_ordinal(const char *text, size_t start, size_t end)
{
	static const char *const endings[] = {"th", "st", "nd", "rd"};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (end - start == 2 && memcmp(text + start, endings[i], 2) == 0)
			return true;
	}
	return false;
}

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
parts(const char *text, size_t len, size_t at, ucs4_t c)
{
	if (c == '.')
		return at + 1 >= len || isspace((unsigned char)text[at + 1]);
	return is_mark(c) || (c < 0x80 && strchr(",;:()|", (int)c) != NULL) || c == 0x2013 ||
		c == 0x2014 || (c == '\n' && (breaks_here(text, len, at) || ends_row(text, at)));
}

/* Reads the word at `at`; false when none begins there. */
static bool
read_word(struct bh_arena *arena, const char *text, size_t len, size_t at, bool initial,
	struct agent_word *out)
{
	size_t bytes;
	ucs4_t c = point_at(text, len, at, &bytes);

	*out = (struct agent_word){.at = {at, at + bytes}};
	if (is_digit(c)) {
		out->at.end = number_end(text, len, at);
		fill_number(arena, text, out);
	} else if (is_ideograph(c)) {
		fill_word(arena, text, out, true);
	} else if (uc_is_property_alphabetic(c)) {
		out->at.end = word_end(text, len, at);
		fill_word(arena, text, out, initial);
	} else {
		return fill_sign(out, c);
	}
	return true;
}

void
agent_words_split(struct bh_arena *arena, const char *text, size_t len, struct agent_words *out)
{
	struct bh_buf words = {0};
	bool initial = true, parted = true;
	size_t at = 0, bytes;

	while (at < len) {
		ucs4_t c = point_at(text, len, at, &bytes);
		struct agent_word word;

		if (!read_word(arena, text, len, at, initial, &word)) {
			initial = initial || is_mark(c) || c == '\n';
			parted = parted || parts(text, len, at, c);
			at += bytes;
			continue;
		}
		at = word.at.end;
		initial = false;
		if (word.at.start > 0 && is_digit((unsigned char)text[word.at.start - 1]) &&
			is_ordinal(text, word.at.start, word.at.end))
			continue;
		word.parted = parted || bh_text_has_word(joining_words, word.stem);
		parted = false;
		bh_buf_add(&words, &word, sizeof(word));
	}
	out->n = words.len / sizeof(struct agent_word);
	out->list = (struct agent_word *)(void *)bh_arena_copy(arena, bh_buf_string(&words), words.len);
	bh_buf_close(&words);
}
