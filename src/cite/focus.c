/* SPDX-License-Identifier: Apache-2.0 */
/* focus.c: sentences are ranked by the question's words in them, the rare ones first. */
#include "cite/focus.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "cite/lists.h"
#include "cite/slice.h"

enum {
	PASSAGES_MAX = 4, /* best passages whose sentences are looked at */
	SENTENCES_MAX = 200,
	BYTES_PER_TOKEN = 4,
	HEADING_WORDS = 3, /* what is shorter names a matter and says nothing of it */
	LIST_MAX = 8       /* items that follow a "these are:" */
};

static const double passage_weight = 0.3, /* of the best passage's rank beside a full match */
	near = 0.7; /* share of the best score below which a sentence only misleads */

/* A sentence, with those that it cannot be understood without. */
struct unit {
	size_t passage;
	size_t first, last; /* sentences of the passage */
	struct bh_span at;  /* bytes of the passage */
	struct bh_words words;
	double score;
	bool picked;
};

struct units {
	struct unit *list;
	size_t n;
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
	const char *text = passage->text;
	struct bh_spans spans;

	bh_sentences_split(arena, text, passage->len, &spans);
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
		bh_words_split_as(arena, language, text + spans.list[i].start,
			spans.list[unit.last].end - spans.list[i].start, &unit.words);
		if (unit.words.n > HEADING_WORDS || spans.n == 1)
			out->list[out->n++] = unit;
	}
}

/* How many units hold a word. */
static size_t
spread_of(const struct units *units, const char *stem)
{
	size_t n = 0;

	for (size_t i = 0; i < units->n; i++)
		n += says(&units->list[i].words, stem);
	return n;
}

static void
score_units(const struct bh_words *question, struct units *units)
{
	double most = 0;

	for (size_t i = 0; i < question->n; i++) {
		const struct bh_word *word = &question->list[i];
		const struct bh_words before = {question->list, i};
		size_t spread;

		if (word->common || says(&before, word->stem))
			continue;
		spread = spread_of(units, word->stem);
		for (size_t j = 0; spread > 0 && j < units->n; j++) {
			if (says(&units->list[j].words, word->stem))
				units->list[j].score += log(1 + (double)units->n / (double)spread);
		}
	}
	for (size_t i = 0; i < units->n; i++)
		most = units->list[i].score > most ? units->list[i].score : most;
	for (size_t i = 0; i < units->n; i++) {
		struct unit *unit = &units->list[i];

		unit->score = (most > 0 ? unit->score / most : 0) +
			passage_weight / (double)(1 + unit->passage);
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
read_all(struct bh_arena *arena, const struct bh_focus_passage *passages, size_t n,
	const char *question, struct bh_words *asked, struct units *units)
{
	struct bh_words best = {0};

	if (n > 0)
		bh_words_split(arena, passages[0].text, passages[0].len, &best);
	bh_words_split_as(arena, best.language, question, strlen(question), asked);
	for (size_t i = 0; i < n && i < PASSAGES_MAX; i++) {
		if (passages[i].score >= passages[0].score / 2)
			read_units(arena, best.language, &passages[i], i, units);
	}
}

void
bh_focus_pick(struct bh_arena *arena, const struct bh_focus_passage *passages, size_t n,
	const char *question, int64_t tokens, const char ***out, size_t *out_n)
{
	struct units units = {bh_arena_array(arena, SENTENCES_MAX, sizeof(struct unit)), 0};
	const struct unit **chosen = bh_arena_array(arena, SENTENCES_MAX, sizeof(*chosen));
	size_t picked = 0, room = (size_t)(tokens > 0 ? tokens : 0) * BYTES_PER_TOKEN, used = 0;
	struct bh_words asked;

	read_all(arena, passages, n, question, &asked, &units);
	score_units(&asked, &units);
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
