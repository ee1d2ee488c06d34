/* focus.c: sentences are ranked by the question's words in them, the rare ones first. */
#include "agent/focus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/words.h"
#include "base/text.h"

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
	size_t first, last;   /* sentences of the passage */
	struct agent_span at; /* bytes of the passage */
	struct agent_words words;
	double score;
	bool picked;
};

struct units {
	struct unit *list;
	size_t n;
};

static bool
says(const struct agent_words *words, const char *stem)
{
	for (size_t i = 0; i < words->n; i++) {
		if (strcmp(words->list[i].stem, stem) == 0)
			return true;
	}
	return false;
}

/* "It is closed on Mondays." */
static bool
leans_back(const char *text, const struct agent_span *at)
{
	static const char leaning[] =
		"It They This These He She Its Their Es Sie Er Diese Dieser Dieses Dies";
	char word[8];
	size_t len = strcspn(text + at->start, " ,\n");

	if (len >= sizeof(word) || at->start + len > at->end)
		return false;
	memcpy(word, text + at->start, len);
	word[len] = '\0';
	return bh_text_has_word(leaning, word);
}

static bool
is_item(const char *text, const struct agent_span *at)
{
	return text[at->start] == '-' || text[at->start] == '*' ||
		(at->end - at->start >= 3 && memcmp(text + at->start, "\xe2\x80\xa2", 3) == 0);
}

static void
read_units(struct bh_arena *arena, const struct agent_passage *passage, size_t index,
	struct units *out)
{
	const char *text = passage->text;
	struct agent_spans spans;

	agent_words_sentences(arena, text, passage->len, &spans);
	for (size_t i = 0; i < spans.n && out->n < SENTENCES_MAX; i++) {
		struct unit unit = {.passage = index, .first = i, .last = i};

		if (i > 0 && leans_back(text, &spans.list[i]))
			unit.first = i - 1;
		if (text[spans.list[i].end - 1] == ':') {
			while (unit.last + 1 < spans.n && unit.last - i < LIST_MAX &&
				(unit.last == i || is_item(text, &spans.list[unit.last + 1])))
				unit.last++;
		}
		unit.at = (struct agent_span){spans.list[unit.first].start, spans.list[unit.last].end};
		agent_words_split(arena, text + spans.list[i].start,
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
score_units(const struct agent_words *question, struct units *units)
{
	double most = 0;

	for (size_t i = 0; i < question->n; i++) {
		const struct agent_word *word = &question->list[i];
		const struct agent_words before = {question->list, i};
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
excerpt_of(struct bh_arena *arena, const struct agent_passages *passages, const struct unit *unit,
	size_t room)
{
	const char *text = passages->list[unit->passage].text + unit->at.start;
	size_t len = unit->at.end - unit->at.start;

	return bh_arena_copy(arena, text, len <= room ? len : bh_text_cut(text, len, room));
}

void
agent_focus_pick(struct bh_arena *arena, const struct agent_passages *passages,
	const char *question, int64_t tokens, struct agent_excerpts *out)
{
	struct units units = {bh_arena_array(arena, SENTENCES_MAX, sizeof(struct unit)), 0};
	const struct unit **chosen = bh_arena_array(arena, SENTENCES_MAX, sizeof(*chosen));
	size_t n = 0, room = (size_t)(tokens > 0 ? tokens : 0) * BYTES_PER_TOKEN, used = 0;
	struct agent_words asked;

	agent_words_split(arena, question, strlen(question), &asked);
	for (size_t i = 0; i < passages->n && i < PASSAGES_MAX; i++) {
		if (passages->list[i].score >= passages->list[0].score / 2)
			read_units(arena, &passages->list[i], i, &units);
	}
	score_units(&asked, &units);
	for (struct unit *unit = best_unit(&units); unit != NULL; unit = best_unit(&units)) {
		size_t len = unit->at.end - unit->at.start;

		unit->picked = true;
		if (is_told(unit, chosen, n))
			continue;
		if (n > 0 && (used + len > room || unit->score < near * chosen[0]->score))
			break;
		chosen[n++] = unit;
		used += len;
	}
	out->n = room > 0 ? n : 0;
	out->sentences = true;
	out->list = bh_arena_array(arena, n + 1, sizeof(*out->list));
	for (size_t i = 0; i < out->n; i++)
		out->list[i] = excerpt_of(arena, passages, chosen[n - 1 - i], room);
}
