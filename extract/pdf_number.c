/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_number.c: see the header. */
#include "pdf_number.h"

#include <string.h>

#include "unicode.h"

enum { WORD_BYTES_MAX = 32, DIGITS_MAX = 6, NUMBERS_MAX = 8 };

/* What stands before the number of a page ... One or two letters only with a full stop: "P-1" is a pump. */
static const char *const page_words[] = {"page", "pages", "pg", "p", "pp", "seite", "s", "blatt",
	"bl", "folio", "fol", "pagina", "página", "pág", "pag", "side", "sida", "sid", "sivu", "str",
	"strana", "strona", "stran", "stranica", "pagină", "стр", "страница", "с", "сторінка", "стор",
	"σελίδα", "σελ", "sayfa", "trang", "halaman", "hal", "หน้า", "第", "صفحة", "ص", "עמוד", "पृष्ठ"};

/* ... and what stands behind it. */
static const char *const behind_words[] = {"页", "頁", "ページ", "쪽", "페이지", "oldal", "lk",
	"lpp", "psl"};

/* What stands between it and the number of pages. */
static const char *const of_words[] = {"of", "von", "de", "di", "van", "av", "af", "z", "ze", "od",
	"din", "из", "з", "από", "dari", "sur", "su", "aus", "út", "共", "من", "מתוך"};

/* The walk along the text, and what it found. */
struct walk {
	const char *text;
	size_t len, at;
	struct extract_pdf_number numbers[NUMBERS_MAX];
	bool named[NUMBERS_MAX];   /* a word for a page stands right before or behind the number */
	bool barred[NUMBERS_MAX];  /* only a bar parts it from the words beside it */
	bool follows[NUMBERS_MAX]; /* "of" or a slash stands between it and the number before */
	size_t count;
	size_t words;                      /* that are neither for a page nor between two numbers */
	bool page_word, of_word, bar, odd; /* since the last number or word */
};

static bool
is_among(const char *word, size_t len, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0)
			return true;
	return false;
}

static bool
is_decoration(uint32_t point)
{
	return point == ' ' || point == '-' || point == '|' || point == '/' || point == '(' ||
		point == ')' || point == '[' || point == ']' || point == '.' || point == ':' ||
		point == '~' || point == 0xb7 || point == 0x2022 || (point >= 0x2010 && point <= 0x2015) ||
		point == 0xab || point == 0xbb || point == 0x2039 || point == 0x203a || point == 0x2026 ||
		point == 0x2500 || point == 0x2502;
}

static bool
digit_at(const struct walk *walk, size_t at)
{
	return at < walk->len && walk->text[at] >= '0' && walk->text[at] <= '9';
}

/* False for what is no number of a page by its form: "1.2", "2026-03-10", "1,200", "007". */
static bool
add_number(struct walk *walk)
{
	struct extract_pdf_number number = {.at = walk->at};

	for (; digit_at(walk, walk->at); walk->at++) {
		if (number.len++ < DIGITS_MAX)
			number.value = number.value * 10 + (walk->text[walk->at] - '0');
	}
	if (number.len > DIGITS_MAX || (number.len > 1 && walk->text[number.at] == '0') ||
		walk->count == NUMBERS_MAX)
		return false;
	if (walk->at < walk->len && memchr(".,-:'", walk->text[walk->at], 5) != NULL &&
		digit_at(walk, walk->at + 1))
		return false;
	walk->numbers[walk->count] = number;
	walk->named[walk->count] = walk->page_word;
	walk->barred[walk->count] = walk->bar;
	walk->follows[walk->count] = walk->of_word && walk->count > 0;
	walk->count++;
	walk->page_word = walk->of_word = walk->bar = false;
	return true;
}

static void
add_word(struct walk *walk)
{
	char word[WORD_BYTES_MAX + 8];
	bool behind;
	size_t len = 0;

	while (walk->at < walk->len) {
		size_t next = walk->at;
		uint32_t point = extract_unicode_next(walk->text, walk->len, &next);

		if (!extract_unicode_is_letter(point) && !extract_unicode_is_combining(point))
			break;
		point = extract_unicode_to_lower(point);
		for (size_t i = walk->at; i < next && len < WORD_BYTES_MAX; i++)
			word[len++] = point < 0x80 ? (char)point : walk->text[i];
		walk->at = next;
	}
	walk->page_word = is_among(word, len, page_words, sizeof(page_words) / sizeof(page_words[0])) &&
		(len > 2 || (walk->at < walk->len && walk->text[walk->at] == '.'));
	walk->of_word = is_among(word, len, of_words, sizeof(of_words) / sizeof(of_words[0]));
	behind = is_among(word, len, behind_words, sizeof(behind_words) / sizeof(behind_words[0]));
	if (behind && walk->count > 0)
		walk->named[walk->count - 1] = true;
	walk->words += !walk->page_word && !walk->of_word && !behind;
	walk->bar = false;
}

static bool
add_other(struct walk *walk, uint32_t point)
{
	if (!is_decoration(point))
		return false;
	walk->of_word = walk->of_word || point == '/';
	if (point == '|' || point == 0x2502) {
		walk->bar = true;
		if (walk->count > 0)
			walk->barred[walk->count - 1] = true;
	}
	return true;
}

static bool
take(struct walk *walk)
{
	while (walk->at < walk->len) {
		size_t next = walk->at;
		uint32_t point = extract_unicode_next(walk->text, walk->len, &next);

		if (digit_at(walk, walk->at)) {
			if (!add_number(walk))
				walk->odd = true;
		} else if (extract_unicode_is_letter(point)) {
			add_word(walk);
		} else {
			walk->at = next;
			walk->odd = !add_other(walk, point) || walk->odd;
		}
	}
	return walk->count > 0;
}

bool
extract_pdf_number_find(const char *text, size_t len, struct extract_pdf_number *out)
{
	struct walk walk = {.text = text, .len = len};
	bool bare;

	if (!take(&walk))
		return false;
	bare = !walk.odd && walk.words == 0 &&
		(walk.count == 1 || (walk.count == 2 && walk.follows[1]));
	for (size_t i = 0; i < walk.count; i++) {
		if (!bare && !walk.named[i] && !walk.barred[i])
			continue;
		*out = walk.numbers[i];
		out->bare = bare;
		return true;
	}
	return false;
}
