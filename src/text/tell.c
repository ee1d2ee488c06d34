/* SPDX-License-Identifier: Apache-2.0 */
/* tell.c: counts what speaks for each language. */
#include "text/tell.h"

#include <string.h>

#include "base/macros.h"
#include "base/text.h"
#include "text/lists.h"
#include "text/points.h"
#include "text/words.h"

/* What a find is worth. A word that several languages share tells less than one of a single language, and a letter of
 * another script may be a formula's. */
enum { OWN = 4, SHARED = 2, LETTER = 3, SCRIPT = 1 };

/* In the order of enum bh_language. */
static const char *const codes[BH_LANGUAGES] = {"en", "de", "fr", "es", "it", "pt", "nl", "sv",
	"da", "fi", "ro", "hu", "tr", "ru", "el", "ar", "hi"};

/* Letters and marks of one language, or nearly so; ã is also part of Portuguese names elsewhere. */
static const struct {
	uint32_t point;
	enum bh_language language;
} letters[] = {
	{0xbf, BH_SPANISH}, {0xa1, BH_SPANISH}, {0xf1, BH_SPANISH},       /* ¿ ¡ ñ */
	{0xdf, BH_GERMAN}, {0xe3, BH_PORTUGUESE}, {0xf5, BH_PORTUGUESE},  /* ß ã õ */
	{0xe6, BH_DANISH}, {0xf8, BH_DANISH},                             /* æ ø */
	{0x151, BH_HUNGARIAN}, {0x171, BH_HUNGARIAN},                     /* ő ű */
	{0x11f, BH_TURKISH}, {0x131, BH_TURKISH}, {0x15f, BH_TURKISH},    /* ğ ı ş */
	{0x103, BH_ROMANIAN}, {0x219, BH_ROMANIAN}, {0x21b, BH_ROMANIAN}, /* ă ș ț */
};

bool
bh_tell_script(uint32_t point, enum bh_language *out)
{
	static const struct {
		uint32_t first, last;
		enum bh_language language;
	} scripts[] = {
		{0x370, 0x3ff, BH_GREEK},
		{0x400, 0x52f, BH_RUSSIAN},
		{0x600, 0x6ff, BH_ARABIC},
		{0x900, 0x97f, BH_HINDI},
		{0x1f00, 0x1fff, BH_GREEK},
	};

	for (size_t i = 0; i < BH_COUNT(scripts); i++) {
		if (point >= scripts[i].first && point <= scripts[i].last) {
			*out = scripts[i].language;
			return true;
		}
	}
	return false;
}

const char *
bh_tell_code(enum bh_language language)
{
	return codes[language];
}

/* Counts a word, or the elided one before an apostrophe. */
static void
count(const char *word, int64_t tally[BH_LANGUAGES])
{
	const char *own = bh_lexicon_find(&bh_list_languages, word);
	const char *shared = bh_lexicon_find(&bh_list_asking, word);

	for (size_t i = 0; i < BH_LANGUAGES; i++) {
		if (own != NULL && strcmp(own, codes[i]) == 0)
			tally[i] += OWN;
		else if (shared != NULL && bh_text_has_word(shared, codes[i]))
			tally[i] += strcmp(shared, codes[i]) == 0 ? OWN : SHARED;
	}
}

static void
count_word(struct bh_arena *arena, const char *word, int64_t tally[BH_LANGUAGES])
{
	const char *mark = strchr(word, '\'');

	count(word, tally);
	if (mark == NULL)
		return;
	count(bh_arena_copy(arena, word, (size_t)(mark + 1 - word)), tally);
	count(mark + 1, tally);
}

static void
count_point(uint32_t point, int64_t tally[BH_LANGUAGES])
{
	enum bh_language language;

	if (bh_tell_script(point, &language))
		tally[language] += SCRIPT;
	for (size_t i = 0; i < BH_COUNT(letters); i++) {
		if (letters[i].point == point)
			tally[letters[i].language] += LETTER;
	}
}

enum bh_language
bh_tell_language(struct bh_arena *arena, const char *text, size_t len)
{
	int64_t tally[BH_LANGUAGES] = {0};
	size_t best = BH_ENGLISH, at = 0, bytes;
	struct bh_words words;

	bh_words_split_as(arena, BH_ENGLISH, text, len, &words);
	for (size_t i = 0; i < words.n; i++)
		count_word(arena, words.list[i].folded, tally);
	while (at < len) {
		count_point(bh_point_at(text, len, at, &bytes), tally);
		at += bytes > 0 ? bytes : 1;
	}
	for (size_t i = 0; i < BH_LANGUAGES; i++)
		best = tally[i] > tally[best] ? i : best;
	return (enum bh_language)best;
}
