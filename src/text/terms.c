/* SPDX-License-Identifier: Apache-2.0 */
/* terms.c: compounds and runs of characters become terms; then words lose their endings. */
#include "text/terms.h"

#include <string.h>

#include "base/macros.h"
#include "base/text.h"
#include "text/clean.h"
#include "text/compound.h"
#include "text/lists.h"
#include "text/number.h"
#include "text/points.h"
#include "text/respell.h"
#include "text/tell.h"

enum { PART_LEAST = 2, APOSTROPHE_PART_LEAST = 3, ZEROLESS_LEAST = 3 };

/* A term before its ending is off. */
struct raw {
	const char *text;
	enum bh_term_kind kind;
	size_t group;
	bool stem, common, framing;
};

struct splitter {
	struct bh_arena *arena;
	struct bh_clean clean;
	bool query;
	struct bh_buf list; /* of struct raw */
	struct bh_buf folded, bare;
	size_t group, words;
	bool common, framing; /* the last word */
	size_t tally[BH_LANGUAGES_LATIN];
};

static void
close_splitter(struct splitter *splitter)
{
	bh_buf_close(&splitter->list);
	bh_buf_close(&splitter->folded);
	bh_buf_close(&splitter->bare);
}

/* ---- terms before stemming ---- */

static void
add(struct splitter *splitter, enum bh_term_kind kind, bool stem, const char *text, size_t len)
{
	const struct raw raw = {
		.text = bh_arena_copy(splitter->arena, text, bh_text_cut(text, len, BH_TERM_BYTES_MAX)),
		.kind = kind,
		.group = splitter->group,
		.stem = stem && len <= BH_TERM_BYTES_MAX,
		.common = stem && splitter->common,
		.framing = stem && splitter->framing,
	};

	if (len == 0)
		return;
	bh_buf_add(&splitter->list, &raw, sizeof(raw));
	splitter->words += kind == BH_TERM_WORD;
}

/* The points of a piece, folded, into splitter->folded. */
static int
fold(struct splitter *splitter, size_t start, size_t end)
{
	bh_buf_reset(&splitter->folded);
	return bh_clean_fold(splitter->clean.points + start, end - start, &splitter->folded);
}

static int
strip(struct splitter *splitter)
{
	bh_buf_reset(&splitter->bare);
	return bh_clean_bare(bh_buf_string(&splitter->folded), splitter->folded.len, &splitter->bare);
}

/* Notes whether the folded word is a function word, and counts it for its language. What is written with a capital
 * may be a name: "Los Angeles" is no Spanish. */
static int
look_up(struct splitter *splitter, bool capital)
{
	const char *code;
	int rc = strip(splitter);

	if (rc < 0)
		return rc;
	splitter->common = bh_lexicon_has(&bh_list_common, bh_buf_string(&splitter->bare));
	splitter->framing = bh_lexicon_has(&bh_list_framing, bh_buf_string(&splitter->bare));
	code = bh_lexicon_find(&bh_list_languages, bh_buf_string(&splitter->bare));
	for (size_t i = 0; code != NULL && !capital && i < BH_LANGUAGES_LATIN; i++)
		splitter->tally[i] += strcmp(bh_tell_code((enum bh_language)i), code) == 0;
	splitter->common = splitter->common || code != NULL;
	return 0;
}

static int
add_word(struct splitter *splitter, enum bh_term_kind kind, const struct bh_piece *piece)
{
	int rc = fold(splitter, piece->start, piece->end);

	if (rc == 0)
		rc = look_up(splitter, bh_point_is_upper(splitter->clean.points[piece->start]));
	if (rc == 0)
		add(splitter, kind, true, bh_buf_string(&splitter->folded), splitter->folded.len);
	return rc;
}

/* What people write for a number: the first places of a version or an address, and less of the zeros in front. */
static void
add_shorter(struct splitter *splitter, const char *number, size_t len)
{
	size_t dots = 0, zeros = strspn(number, "0");

	for (size_t i = 0; i < len; i++) {
		if (number[i] == '.' && dots++ > 0)
			add(splitter, BH_TERM_PART, false, number, i);
	}
	if (zeros > 0 && len - zeros >= ZEROLESS_LEAST && strspn(number, "0123456789") == len)
		add(splitter, BH_TERM_PART, false, number + zeros, len - zeros);
}

static void
add_number(struct splitter *splitter, enum bh_term_kind kind, const struct bh_piece *piece)
{
	struct bh_buf *spelled = &splitter->folded;
	bool closed;

	bh_buf_reset(spelled);
	closed = bh_number_spell(splitter->clean.points, piece->start, piece->end, spelled);
	add(splitter, kind, false, bh_buf_string(spelled), spelled->len);
	if (!splitter->query)
		add_shorter(splitter, bh_buf_string(spelled), spelled->len);
	if (closed) {
		char *dot = strchr(spelled->data, '.');

		memmove(dot, dot + 1, strlen(dot));
		add(splitter, BH_TERM_JOINED, false, spelled->data, spelled->len - 1);
	}
}

/* A word with what hangs on it and makes it another: c++, c#, .net. */
static int
add_named(struct splitter *splitter, enum bh_term_kind kind, const char *before,
	const struct bh_piece *piece, const char *behind)
{
	BH_AUTO(bh_buf_close) struct bh_buf name = {0};
	int rc = fold(splitter, piece->start, piece->end);

	if (rc < 0)
		return rc;
	bh_buf_printf(&name, "%s%s%s", before, bh_buf_string(&splitter->folded), behind);
	add(splitter, kind, false, bh_buf_string(&name), name.len);
	return 0;
}

/* ---- compounds ---- */

/* All letters of a name, the article in front of it too. */
static int
add_whole(struct splitter *splitter, const struct bh_compound *compound)
{
	BH_AUTO(bh_buf_close) struct bh_buf whole = {0};
	int rc = 0;

	for (size_t at = compound->start; rc == 0 && at < compound->end; at++) {
		if (splitter->clean.points[at] == '\'')
			continue;
		rc = fold(splitter, at, at + 1);
		bh_buf_add(&whole, bh_buf_string(&splitter->folded), splitter->folded.len);
	}
	splitter->common = false;
	if (rc == 0)
		add(splitter, BH_TERM_JOINED, true, bh_buf_string(&whole), whole.len);
	return rc;
}

static int
add_one(struct splitter *splitter, const struct bh_compound *compound)
{
	const struct bh_piece *piece = &compound->pieces[0];
	const uint32_t *points = splitter->clean.points;
	size_t start = compound->start;
	int rc;

	if (piece->number) {
		add_number(splitter, BH_TERM_WORD, piece);
		return 0;
	}
	if (compound->tail[0] != '\0') {
		rc = add_named(splitter, BH_TERM_WORD, "", piece, compound->tail);
		return rc == 0 && piece->end - piece->start >= PART_LEAST
			? add_word(splitter, BH_TERM_PART, piece)
			: rc;
	}
	rc = add_word(splitter, BH_TERM_WORD, piece);
	/* D'Artagnan is also written Dartagnan. */
	if (rc == 0 && !splitter->query && piece->start > start &&
		bh_point_is_upper(points[piece->start]))
		rc = add_whole(splitter, compound);
	/* ".NET" at the beginning of a word. */
	if (rc == 0 && start > 0 && points[start - 1] == '.' &&
		(start == 1 || bh_point_is_space(points[start - 2])))
		rc = add_named(splitter, BH_TERM_JOINED, ".", piece, "");
	return rc;
}

/* Pieces without what stands between them. */
static int
add_joined(struct splitter *splitter, const struct bh_compound *compound, size_t first, size_t end)
{
	BH_AUTO(bh_buf_close) struct bh_buf joined = {0};

	for (size_t i = first; i < end; i++) {
		const struct bh_piece *piece = &compound->pieces[i];

		if (piece->number) {
			(void)bh_number_spell(splitter->clean.points, piece->start, piece->end, &joined);
			continue;
		}
		int rc = fold(splitter, piece->start, piece->end);

		if (rc == 0)
			rc = strip(splitter);
		if (rc < 0)
			return rc;
		bh_buf_add(&joined, bh_buf_string(&splitter->bare), splitter->bare.len);
	}
	splitter->common = splitter->framing = false;
	if (joined.len <= BH_TERM_BYTES_MAX)
		add(splitter, BH_TERM_JOINED, !compound->digits, bh_buf_string(&joined), joined.len);
	return 0;
}

/* What stands between slashes: 6204-2RS of 6204-2RS/C3. */
static int
add_sections(struct splitter *splitter, const struct bh_compound *compound)
{
	size_t first = 0;
	int rc = 0;

	for (size_t i = 1; rc == 0 && i <= compound->n; i++) {
		bool is_end = i == compound->n;

		if (!is_end && splitter->clean.points[compound->pieces[i].start - 1] != '/')
			continue;
		if (i - first > 1 && (first > 0 || !is_end))
			rc = add_joined(splitter, compound, first, i);
		first = i;
	}
	return rc;
}

static int
add_piece(struct splitter *splitter, const struct bh_compound *compound, size_t at)
{
	const struct bh_piece *piece = &compound->pieces[at];
	bool word = piece->word && !compound->digits;
	const uint32_t *points = splitter->clean.points;
	size_t len = piece->end - piece->start;

	if (at + 1 == compound->n && compound->tail[0] != '\0')
		return add_named(splitter, BH_TERM_WORD, "", piece, compound->tail);
	if (piece->number) {
		add_number(splitter, BH_TERM_PART, piece);
		return 0;
	}
	if (len < PART_LEAST && compound->tail[0] == '\0')
		return 0;
	if (!word && len < APOSTROPHE_PART_LEAST && piece->start > compound->start &&
		points[piece->start - 1] == '\'')
		return 0;
	return add_word(splitter, word ? BH_TERM_WORD : BH_TERM_PART, piece);
}

static int
add_compound(struct splitter *splitter, const struct bh_compound *compound)
{
	size_t words = splitter->words, len = splitter->list.len;
	int rc;

	if (compound->n == 0)
		return 0;
	if (compound->n == 1)
		return add_one(splitter, compound);
	rc = add_joined(splitter, compound, 0, compound->n);
	if (rc == 0 && !splitter->query)
		rc = add_sections(splitter, compound);
	if (rc == 0 && bh_compound_is_hexadecimal(&splitter->clean, compound)) {
		rc = fold(splitter, compound->start + 2, compound->end);
		if (rc == 0)
			add(splitter, BH_TERM_PART, false, bh_buf_string(&splitter->folded),
				splitter->folded.len);
	} else {
		for (size_t i = 0; rc == 0 && i < compound->n; i++)
			rc = add_piece(splitter, compound, i);
	}
	/* One without words counts as one. */
	if (splitter->words == words && splitter->list.len > len)
		splitter->words++;
	return rc;
}

/* ---- scripts without blanks ---- */

static int
add_units(struct splitter *splitter, enum bh_term_kind kind, size_t start, size_t end)
{
	int rc = fold(splitter, start, end);

	if (rc == 0)
		add(splitter, kind, false, bh_buf_string(&splitter->folded), splitter->folded.len);
	return rc;
}

/* Pairs that overlap, each a word; in an index each character as well. Alone, a character is a word. */
static int
add_run(struct splitter *splitter, size_t *at)
{
	const struct bh_clean *clean = &splitter->clean;
	size_t start = *at, middle = bh_clean_unit_end(clean, start), end;
	bool alone = true;
	int rc = 0;

	while (rc == 0 && middle < clean->n && bh_clean_is_unspaced(clean->points[middle])) {
		end = bh_clean_unit_end(clean, middle);
		rc = add_units(splitter, BH_TERM_WORD, start, end);
		if (rc == 0 && !splitter->query)
			rc = add_units(splitter, BH_TERM_SINGLE, start, middle);
		splitter->group++;
		start = middle;
		middle = end;
		alone = false;
	}
	*at = middle;
	if (rc == 0 && (alone || !splitter->query))
		rc = add_units(splitter, alone ? BH_TERM_WORD : BH_TERM_SINGLE, start, middle);
	return rc;
}

/* 00:1A:2B:3C:4D:5E, which is also written with hyphens, dots or nothing. */
static int
add_address(struct splitter *splitter, size_t at, size_t end)
{
	BH_AUTO(bh_buf_close) struct bh_buf digits = {0};

	for (; at < end; at++) {
		uint32_t c = splitter->clean.points[at];

		if (c != ':')
			bh_buf_char(&digits, c >= 'A' && c <= 'F' ? (char)(c + 'a' - 'A') : (char)c);
	}
	add(splitter, BH_TERM_JOINED, false, digits.data, digits.len);
	splitter->words++;
	return 0;
}

static int
read_all(struct splitter *splitter)
{
	size_t at = 0;
	int rc = 0;

	while (rc == 0 && at < splitter->clean.n) {
		struct bh_compound compound;

		size_t end = bh_number_address_end(splitter->clean.points, splitter->clean.n, at);

		if (end > at) {
			rc = add_address(splitter, at, end);
			at = end;
		} else if (bh_point_is_pictograph(splitter->clean.points[at])) {
			rc = add_units(splitter, BH_TERM_WORD, at, at + 1);
			at++;
		} else if (bh_clean_is_unspaced(splitter->clean.points[at])) {
			rc = add_run(splitter, &at);
		} else if (bh_compound_read(&splitter->clean, at, &compound)) {
			rc = add_compound(splitter, &compound);
			at = compound.end;
		} else {
			at++;
			continue;
		}
		splitter->group++;
	}
	return rc;
}

/* ---- stems ---- */

/* The stemmers of one text, opened when they are needed. */
struct stemmers {
	struct bh_stemmer of[BH_LANGUAGES];
	enum bh_language latin[BH_LANGUAGES_LATIN]; /* the text's own first */
	size_t n_latin;
};

static void
close_stemmers(struct stemmers *stemmers)
{
	for (size_t i = 0; i < BH_LANGUAGES; i++)
		bh_stemmer_close(&stemmers->of[i]);
}

/* Instead of a language. */
enum { LATIN = -1, UNKNOWN = -2 };

/* The language of a word's script: LATIN for letters of several, UNKNOWN where no endings are known. */
static int
language_of(const char *word)
{
	enum bh_language language;
	size_t bytes;
	uint32_t c = bh_point_at(word, strlen(word), 0, &bytes);

	if (c < 0x250 || (c >= 0x1e00 && c <= 0x1eff))
		return LATIN;
	return bh_tell_script(c, &language) ? (int)language : UNKNOWN;
}

/* The stem without accents, in the arena. */
static int
stem(struct splitter *splitter, struct stemmers *stemmers, enum bh_language language,
	const char *word, const char **out)
{
	struct bh_stemmer *stemmer = &stemmers->of[language];
	const char *stemmed;
	int rc;

	if (stemmer->snowball == NULL)
		*stemmer = bh_stemmer_open(language);
	stemmed = bh_stemmer_stem(stemmer, word);
	bh_buf_reset(&splitter->bare);
	rc = bh_clean_bare(stemmed, strlen(stemmed), &splitter->bare);
	if (rc < 0)
		return rc;
	/* What is nothing but a mark has nothing to lose. */
	*out = splitter->bare.len == 0 ||
			(splitter->bare.len == strlen(word) &&
				strcmp(bh_buf_string(&splitter->bare), word) == 0)
		? word
		: bh_arena_copy(splitter->arena, bh_buf_string(&splitter->bare),
			  bh_text_cut(bh_buf_string(&splitter->bare), splitter->bare.len, BH_TERM_BYTES_MAX));
	return 0;
}

static void
put(struct bh_terms *terms, const struct raw *raw, enum bh_term_kind kind, const char *text)
{
	if (text[0] != '\0')
		terms->list[terms->n++] = (struct bh_term){text, kind, raw->common, raw->framing,
			raw->group};
}

static int
put_stems(struct splitter *splitter, struct stemmers *stemmers, const struct raw *raw,
	struct bh_terms *terms)
{
	int script = raw->stem ? language_of(raw->text) : UNKNOWN;
	size_t first = terms->n, n = script == LATIN ? stemmers->n_latin : 1;
	const char *text = raw->text;
	int rc = 0;

	if (script == UNKNOWN) {
		put(terms, raw, raw->kind, text);
		return 0;
	}
	for (size_t i = 0; rc == 0 && i < n; i++) {
		enum bh_language language = script == LATIN ? stemmers->latin[i] : (enum bh_language)script;
		bool known = false;

		rc = stem(splitter, stemmers, language, raw->text, &text);
		for (size_t j = first; rc == 0 && j < terms->n; j++)
			known = known ||
				(terms->list[j].kind != BH_TERM_EXACT && strcmp(terms->list[j].text, text) == 0);
		if (rc == 0 && !known)
			put(terms, raw, i == 0 ? raw->kind : BH_TERM_VARIANT, text);
		if (rc == 0 && i == 0 && raw->kind == BH_TERM_WORD && strcmp(text, raw->text) != 0)
			put(terms, raw, BH_TERM_EXACT, raw->text);
	}
	return rc;
}

/* The same word as the other half of the Germans write it. */
static int
put_respelled(struct splitter *splitter, struct stemmers *stemmers, const struct raw *raw,
	struct bh_terms *terms)
{
	bool is_german = false;
	const char *text;
	int rc;

	for (size_t i = 0; i < stemmers->n_latin; i++)
		is_german = is_german || stemmers->latin[i] == BH_GERMAN;
	if (!is_german || !bh_respell_german(raw->text, &splitter->folded))
		return 0;
	rc = stem(splitter, stemmers, BH_GERMAN,
		bh_arena_copy(splitter->arena, bh_buf_string(&splitter->folded), splitter->folded.len),
		&text);
	if (rc == 0)
		put(terms, raw, BH_TERM_VARIANT, text);
	return rc;
}

/* The one of these languages that the text has most function words of, and whether it has any. */
static enum bh_language
most_told(const struct splitter *splitter, uint64_t languages, bool *out_told)
{
	size_t best = 0, most = 0;
	bool tied = false;

	for (size_t i = 0; i < BH_LANGUAGES_LATIN; i++) {
		if ((languages & BH_LANGUAGE_BIT(i)) == 0 || splitter->tally[i] < most)
			continue;
		tied = splitter->tally[i] == most;
		if (!tied)
			best = i;
		most = splitter->tally[i];
	}
	*out_told = most > 0 && !tied;
	return (enum bh_language)best;
}

static void
choose_languages(const struct splitter *splitter, uint64_t languages, struct stemmers *out)
{
	const uint64_t latin = BH_LANGUAGE_BIT(BH_LANGUAGES_LATIN) - 1;
	bool told;
	enum bh_language best = most_told(splitter, splitter->query ? languages : latin, &told);

	if (told || !splitter->query || (languages & latin) == 0) {
		out->latin[out->n_latin++] = told ? best : BH_ENGLISH;
		return;
	}
	for (size_t i = 0; i < BH_LANGUAGES_LATIN; i++) {
		if ((languages & BH_LANGUAGE_BIT(i)) != 0)
			out->latin[out->n_latin++] = (enum bh_language)i;
	}
}

static int
split(struct splitter *splitter, uint64_t languages, const char *text, size_t len,
	struct bh_terms *out)
{
	BH_AUTO(close_stemmers) struct stemmers stemmers = {0};
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	const struct raw *list;
	size_t n;
	int rc = bh_clean_text(&arena, text, len, &splitter->clean);

	if (rc == 0)
		rc = read_all(splitter);
	if (rc < 0)
		return rc;
	choose_languages(splitter, languages, &stemmers);
	list = (const struct raw *)(const void *)bh_buf_string(&splitter->list);
	n = splitter->list.len / sizeof(*list);
	*out = (struct bh_terms){.words = splitter->words, .language = stemmers.latin[0]};
	out->list = bh_arena_raw(splitter->arena,
		(n * (stemmers.n_latin + 2) + 1) * sizeof(*out->list));
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = put_stems(splitter, &stemmers, &list[i], out);
		if (rc == 0 && splitter->query && list[i].stem && list[i].kind == BH_TERM_WORD)
			rc = put_respelled(splitter, &stemmers, &list[i], out);
	}
	return rc;
}

int
bh_terms_split(struct bh_arena *arena, const char *text, size_t len, struct bh_terms *out)
{
	BH_AUTO(close_splitter) struct splitter splitter = {.arena = arena};

	return split(&splitter, 0, text, len, out);
}

int
bh_terms_split_query(struct bh_arena *arena, uint64_t languages, const char *text, size_t len,
	struct bh_terms *out)
{
	BH_AUTO(close_splitter) struct splitter splitter = {.arena = arena, .query = true};

	return split(&splitter, languages, text, len, out);
}
