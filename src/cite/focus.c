/* SPDX-License-Identifier: Apache-2.0 */
/* focus.c: sentences are ranked by the question's words in them, the rare ones first, by their passage's
 * rank and by whether they hold what is asked for. */
#include "cite/focus.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/text.h"
#include "cite/lists.h"
#include "cite/question.h"
#include "cite/slice.h"

enum {
	PASSAGES_MAX = 8,    /* best passages whose sentences are looked at */
	PASSAGES_NARROW = 4, /* for a model that more would mislead */
	SENTENCES_MAX = 400,
	BYTES_PER_TOKEN = 4,
	HEADING_WORDS = 3, /* what is shorter names a matter and says nothing of it */
	LIST_MAX = 8       /* items that follow a "these are:" */
};

static const double passage_weight = 0.3, /* of the best passage's rank beside a full match */
	around_weight = 0.5,                  /* of that, for what only stands around a passage */
	met_weight = 0.2,                     /* of a number or name where one is asked for */
	heading_weight = 0.5,                 /* of a word that only the passage's heading has */
	near = 0.7, /* share of the best score below which a sentence only misleads */
	wide = 0.3; /* the same for a model that reads more */

/* A sentence, with those that it cannot be understood without. */
struct unit {
	size_t passage;
	size_t first, last; /* sentences of the passage */
	struct bh_span at;  /* bytes of the passage */
	struct bh_words words;
	double score;
	bool found; /* not only around what was searched for */
	bool picked;
};

struct units {
	struct unit *list;
	size_t n;
	struct bh_spans spans[PASSAGES_MAX];    /* the sentences of each passage */
	struct bh_words headings[PASSAGES_MAX]; /* the words of its heading */
};

static bool
says(const struct bh_words *words, const char *stem)
{
	const struct bh_slice slice = {words->list, words->n};

	return bh_slice_has(&slice, stem);
}

/* "It is closed on Mondays." */
static bool
leans_back(const char *text, const struct bh_span *at)
{
	char word[8];
	size_t len = strcspn(text + at->start, " ,\n");

	if (len >= sizeof(word) || at->start + len > at->end)
		return false;
	for (size_t i = 0; i < len; i++)
		word[i] = (char)tolower((unsigned char)text[at->start + i]);
	word[len] = '\0';
	return bh_lexicon_has(&bh_list_leaning, word);
}

static void
read_units(struct bh_arena *arena, enum bh_language language,
	const struct bh_focus_passage *passage, size_t index, struct units *out)
{
	const char *text = passage->text, *heading = passage->heading != NULL ? passage->heading : "";
	struct bh_spans spans;

	bh_sentences_split(arena, text, passage->len, &spans);
	out->spans[index] = spans;
	bh_words_split_as(arena, language, heading, strlen(heading), &out->headings[index]);
	for (size_t i = 0; i < spans.n && out->n < SENTENCES_MAX; i++) {
		struct unit unit = {.passage = index, .first = i, .last = i};

		if (i > 0 && leans_back(text, &spans.list[i]))
			unit.first = i - 1;
		if (text[spans.list[i].end - 1] == ':') {
			while (unit.last + 1 < spans.n && unit.last - i < LIST_MAX &&
				(unit.last == i ||
					bh_sentences_item(text, passage->len, spans.list[unit.last + 1].start)))
				unit.last++;
		}
		unit.at = (struct bh_span){spans.list[unit.first].start, spans.list[unit.last].end};
		unit.found = passage->found.end == 0 ||
			(spans.list[i].start < passage->found.end && spans.list[i].end > passage->found.start);
		bh_words_split_as(arena, language, text + spans.list[i].start,
			spans.list[unit.last].end - spans.list[i].start, &unit.words);
		if (unit.words.n > HEADING_WORDS || spans.n == 1)
			out->list[out->n++] = unit;
	}
}

/* How many units hold a word, themselves or by their heading. */
static size_t
spread_of(const struct units *units, const char *stem)
{
	size_t n = 0;

	for (size_t i = 0; i < units->n; i++)
		n += says(&units->list[i].words, stem) ||
			says(&units->headings[units->list[i].passage], stem);
	return n;
}

static void
score_units(const struct bh_question *question, struct units *units)
{
	double most = 0;

	for (size_t i = 0; i < question->n; i++) {
		const char *stem = question->said[i]->stem;
		size_t spread = spread_of(units, stem);
		double worth = spread > 0 ? log(1 + (double)units->n / (double)spread) : 0;

		for (size_t j = 0; spread > 0 && j < units->n; j++) {
			struct unit *unit = &units->list[j];

			if (says(&unit->words, stem))
				unit->score += worth;
			else if (says(&units->headings[unit->passage], stem))
				unit->score += heading_weight * worth;
		}
	}
	for (size_t i = 0; i < units->n; i++)
		most = units->list[i].score > most ? units->list[i].score : most;
	for (size_t i = 0; i < units->n; i++) {
		struct unit *unit = &units->list[i];
		const struct bh_slice words = {unit->words.list, unit->words.n};

		unit->score = (most > 0 ? unit->score / most : 0) +
			(unit->found ? 1 : around_weight) * passage_weight / (double)(1 + unit->passage);
		if (question->asked != BH_ASKED_ANYTHING && bh_question_is_met(question, &words))
			unit->score += met_weight;
	}
}

static struct unit *
best_unit(const struct units *units)
{
	struct unit *best = NULL;

	for (size_t i = 0; i < units->n; i++) {
		struct unit *unit = &units->list[i];

		if (!unit->picked && (best == NULL || unit->score > best->score))
			best = unit;
	}
	return best;
}

/* True when one of the texts holds what the unit would add. */
static bool
is_told(const struct unit *unit, const struct unit *const *chosen, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (chosen[i]->passage == unit->passage && unit->at.start < chosen[i]->at.end &&
			chosen[i]->at.start < unit->at.end)
			return true;
	}
	return false;
}

static const char *
excerpt_of(struct bh_arena *arena, const struct bh_focus_passage *passages, const struct unit *unit,
	size_t room)
{
	const char *text = passages[unit->passage].text + unit->at.start;
	size_t len = unit->at.end - unit->at.start;

	return bh_arena_copy(arena, text, len <= room ? len : bh_text_cut(text, len, room));
}

/* The question and the sentences are read in the language of the best passage. */
static void
rank(struct bh_arena *arena, const struct bh_focus_passage *passages, size_t n, size_t most,
	const char *question, struct units *out)
{
	struct bh_words best = {0};
	struct bh_question asked;

	*out = (struct units){.list = bh_arena_array(arena, SENTENCES_MAX, sizeof(struct unit))};
	if (n > 0)
		bh_words_split(arena, passages[0].text, passages[0].len, &best);
	bh_question_read(arena, best.language, question, strlen(question), &asked);
	for (size_t i = 0; i < n && i < most; i++) {
		if (passages[i].score >= passages[0].score / 2)
			read_units(arena, best.language, &passages[i], i, out);
	}
	score_units(&asked, out);
}

void
bh_focus_pick(struct bh_arena *arena, const struct bh_focus_passage *passages, size_t n,
	const char *question, int64_t tokens, const char ***out, size_t *out_n)
{
	const struct unit **chosen = bh_arena_array(arena, SENTENCES_MAX, sizeof(*chosen));
	size_t picked = 0, room = (size_t)(tokens > 0 ? tokens : 0) * BYTES_PER_TOKEN, used = 0;
	struct units units;

	rank(arena, passages, n, PASSAGES_NARROW, question, &units);
	for (struct unit *unit = best_unit(&units); unit != NULL; unit = best_unit(&units)) {
		size_t len = unit->at.end - unit->at.start;

		unit->picked = true;
		if (is_told(unit, chosen, picked))
			continue;
		if (picked > 0 && (used + len > room || unit->score < near * chosen[0]->score))
			break;
		chosen[picked++] = unit;
		used += len;
	}
	*out_n = room > 0 ? picked : 0;
	*out = bh_arena_array(arena, picked + 1, sizeof(**out));
	for (size_t i = 0; i < *out_n; i++)
		(*out)[i] = excerpt_of(arena, passages, chosen[picked - 1 - i], room);
}

/* ---- a quotation ---- */

bool
bh_focus_best(struct bh_arena *arena, const struct bh_focus_passage *passages, size_t n,
	const char *question, size_t *out_passage, struct bh_span *out)
{
	const struct unit *best;
	struct units units;

	rank(arena, passages, n, PASSAGES_MAX, question, &units);
	best = best_unit(&units);
	if (best == NULL)
		return false;
	*out_passage = best->passage;
	*out = best->at;
	return true;
}

/* ---- for a model that reads more ---- */

/* What is given of each passage. */
struct shares {
	bool *taken[PASSAGES_MAX];     /* by sentence */
	size_t order[PASSAGES_MAX], n; /* passages, the nearest first */
	size_t room;
};

/* What sentences cost that are not there yet. */
static size_t
cost_of(const struct units *units, const struct shares *shares, size_t passage, size_t first,
	size_t last)
{
	const struct bh_spans *spans = &units->spans[passage];
	size_t cost = 0;

	for (size_t i = first; i <= last; i++) {
		if (!shares->taken[passage][i])
			cost += spans->list[i].end - spans->list[i].start + 1;
	}
	return cost;
}

/* False where there is no room for them. */
static bool
take(const struct units *units, struct shares *shares, size_t passage, size_t first, size_t last)
{
	size_t cost = cost_of(units, shares, passage, first, last);

	if (cost > shares->room)
		return false;
	shares->room -= cost;
	for (size_t i = first; i <= last; i++)
		shares->taken[passage][i] = true;
	return true;
}

/* The unit, then the sentence behind it and the one before. */
static bool
take_unit(const struct units *units, struct shares *shares, const struct unit *unit)
{
	size_t passage = unit->passage, known = 0;

	if (!take(units, shares, passage, unit->first, unit->last))
		return false;
	if (unit->last + 1 < units->spans[passage].n)
		(void)take(units, shares, passage, unit->last + 1, unit->last + 1);
	if (unit->first > 0)
		(void)take(units, shares, passage, unit->first - 1, unit->first - 1);
	while (known < shares->n && shares->order[known] != passage)
		known++;
	if (known == shares->n)
		shares->order[shares->n++] = passage;
	return true;
}

/* Its heading and what was taken of it, in its order; "…" where something is left out. */
static const char *
join(struct bh_arena *arena, const struct bh_focus_passage *passage, const struct bh_spans *spans,
	const bool *taken)
{
	struct bh_buf text = {0};
	const char *copy;
	bool gap = false;

	if (passage->heading != NULL && passage->heading[0] != '\0')
		bh_buf_printf(&text, "%s: ", passage->heading);
	for (size_t i = 0, said = 0; i < spans->n; i++) {
		if (!taken[i]) {
			gap = said > 0;
			continue;
		}
		if (said++ > 0)
			bh_buf_text(&text, gap ? " \xe2\x80\xa6 " : " ");
		gap = false;
		bh_buf_add(&text, passage->text + spans->list[i].start,
			spans->list[i].end - spans->list[i].start);
	}
	copy = bh_arena_copy(arena, text.data, text.len);
	bh_buf_close(&text);
	return copy;
}

void
bh_focus_widely(struct bh_arena *arena, const struct bh_focus_passage *passages, size_t n,
	const char *question, int64_t tokens, const char ***out, size_t *out_n)
{
	struct shares shares = {.room = (size_t)(tokens > 0 ? tokens : 0) * BYTES_PER_TOKEN};
	double most = 0;
	struct units units;

	rank(arena, passages, n, PASSAGES_MAX, question, &units);
	for (size_t i = 0; i < BH_COUNT(units.spans); i++)
		shares.taken[i] = bh_arena_array(arena, units.spans[i].n + 1, sizeof(bool));
	for (struct unit *unit = best_unit(&units); unit != NULL; unit = best_unit(&units)) {
		unit->picked = true;
		most = most > 0 ? most : unit->score;
		if (unit->score < wide * most)
			break;
		(void)take_unit(&units, &shares, unit);
	}
	*out = bh_arena_array(arena, shares.n + 1, sizeof(**out));
	*out_n = shares.n;
	for (size_t i = 0; i < shares.n; i++) {
		size_t passage = shares.order[shares.n - 1 - i];

		(*out)[i] = join(arena, &passages[passage], &units.spans[passage], shares.taken[passage]);
	}
}
