/* SPDX-License-Identifier: Apache-2.0 */
/* compound.c: from the first letter or digit to where neither follows, with one mark between at most. */
#include "text/compound.h"

#include <string.h>

#include "base/macros.h"
#include "text/lists.h"
#include "text/number.h"
#include "text/points.h"

enum { ELISION_MAX = 8 };

static uint32_t
point(const struct bh_clean *clean, size_t at)
{
	return at < clean->n ? clean->points[at] : 0;
}

static bool
is_letter(uint32_t c)
{
	return bh_point_is_letter(c) && !bh_clean_is_unspaced(c);
}

static bool
is_inner(uint32_t c)
{
	return bh_point_is_digit(c) || is_letter(c);
}

/* Marks that join what stands on both sides. */
static bool
joins(uint32_t c)
{
	return c == '-' || c == '_' || c == '/' || c == '.' || c == '&' || c == '\'' || c == 0xb7;
}

/* Letters up to a mark, a digit, or a capital behind a small letter. */
static size_t
letters_end(const struct bh_clean *clean, size_t at)
{
	size_t start = at;

	while (is_letter(point(clean, at))) {
		if (at > start && bh_point_is_upper(clean->points[at]) &&
			bh_point_is_lower(clean->points[at - 1]))
			break;
		at++;
	}
	return at;
}

static bool
spells(const struct bh_clean *clean, const struct bh_piece *piece, const char *word)
{
	size_t n = strlen(word);

	if (piece->end - piece->start != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint32_t c = clean->points[piece->start + i];

		if ((c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c) != (uint32_t)word[i])
			return false;
	}
	return true;
}

static bool
has_apostrophe_before(const struct bh_clean *clean, const struct bh_piece *piece)
{
	return piece->start > 0 && clean->points[piece->start - 1] == '\'';
}

/* l', dell', qu' before another word. */
static bool
is_elided(const struct bh_clean *clean, const struct bh_piece *piece)
{
	char word[ELISION_MAX + 1];
	size_t n = piece->end - piece->start;

	if (n > ELISION_MAX || piece->number || point(clean, piece->end) != '\'' ||
		!bh_point_is_letter(point(clean, piece->end + 1)))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint32_t c = clean->points[piece->start + i];

		if (c >= 0x80)
			return false;
		word[i] = (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
	}
	word[n] = '\0';
	return bh_lexicon_has(&bh_list_elisions, word);
}

/* 's and the shortened verbs of English. */
static bool
is_ending(const struct bh_clean *clean, const struct bh_piece *piece)
{
	static const char *const endings[] = {"s", "ll", "re", "ve", "d", "m"};

	if (!has_apostrophe_before(clean, piece))
		return false;
	for (size_t i = 0; i < BH_COUNT(endings); i++) {
		if (spells(clean, piece, endings[i]))
			return true;
	}
	return false;
}

/* Takes the next piece; false when the compound ends before it. */
static bool
read_piece(const struct bh_clean *clean, size_t at, struct bh_piece *out)
{
	if (bh_point_is_digit(point(clean, at)))
		*out = (struct bh_piece){at, bh_number_end(clean->points, clean->n, at), true, false};
	else
		*out = (struct bh_piece){at, letters_end(clean, at), false, false};
	return out->end > out->start;
}

/* "++" and "#" directly behind a name, and one "+" behind a letter or two; nothing of a word follows. */
static const char *
tail_at(const struct bh_clean *clean, const struct bh_compound *compound)
{
	const struct bh_piece *last = compound->n > 0 ? &compound->pieces[compound->n - 1] : NULL;
	size_t at = compound->end;

	if (last == NULL || last->number || last->end != at)
		return "";
	if (point(clean, at) == '+' && point(clean, at + 1) == '+' && !is_inner(point(clean, at + 2)))
		return "++";
	if (point(clean, at) == '#' && !is_inner(point(clean, at + 1)))
		return "#";
	if (point(clean, at) == '+' && !is_inner(point(clean, at + 1)) && last->end - last->start <= 2)
		return "+";
	return "";
}

static void
mark_words(const struct bh_clean *clean, struct bh_compound *compound)
{
	for (size_t i = 0; i < compound->n; i++) {
		struct bh_piece *piece = &compound->pieces[i];
		uint32_t before = piece->start > compound->start ? clean->points[piece->start - 1] : ' ';
		uint32_t behind = piece->end < compound->end ? clean->points[piece->end] : ' ';

		/* An article or an ending was cut off: its apostrophe divides as a blank does. */
		if (i == 0 && before == '\'')
			before = ' ';
		if (i + 1 == compound->n && behind == '\'')
			behind = ' ';
		piece->word = !is_inner(before) && before != '\'' && !is_inner(behind) && behind != '\'';
		compound->digits = compound->digits || piece->number;
	}
}

bool
bh_compound_read(const struct bh_clean *clean, size_t at, struct bh_compound *out)
{
	struct bh_compound compound = {.start = at, .tail = ""};
	struct bh_piece piece;

	if (!bh_point_is_digit(point(clean, at)) &&
		!(bh_point_is_alphabetic(point(clean, at)) && is_letter(point(clean, at))))
		return false;
	while (compound.n < BH_COMPOUND_PIECES_MAX && read_piece(clean, at, &piece)) {
		compound.end = at = piece.end;
		if (!(compound.n == 0 && is_elided(clean, &piece)))
			compound.pieces[compound.n++] = piece;
		if (joins(point(clean, at)) && is_inner(point(clean, at + 1)))
			at++;
	}
	if (compound.n > 1 && is_ending(clean, &compound.pieces[compound.n - 1]))
		compound.n--;
	mark_words(clean, &compound);
	compound.tail = tail_at(clean, &compound);
	compound.end += strlen(compound.tail);
	*out = compound;
	return true;
}

bool
bh_compound_is_hexadecimal(const struct bh_clean *clean, const struct bh_compound *compound)
{
	const uint32_t *points = clean->points + compound->start;

	if (compound->end - compound->start < 4 || points[0] != '0' ||
		(points[1] != 'x' && points[1] != 'X'))
		return false;
	for (size_t i = 2; i < compound->end - compound->start; i++) {
		if (points[i] >= 0x80 || strchr("0123456789abcdefABCDEF", (int)points[i]) == NULL)
			return false;
	}
	return true;
}
