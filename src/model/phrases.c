/* SPDX-License-Identifier: Apache-2.0 */
/* phrases.c: the trie of all words, the places that each fits, and how a text moves through both. */
#include "model/phrases.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum {
	LETTERS = 36,
	NODES_MOST = 2048,
	CLASSES_MOST = 512,
	BLOCKS = MODEL_PHRASES_BLOCKS,
	PLACES_MOST = BLOCKS * 64
};

struct bits {
	uint64_t blocks[BLOCKS];
};

struct model_phrases {
	uint16_t next[NODES_MOST][LETTERS]; /* 0: no word goes on so; 0 is the root, where none leads */
	uint16_t whole[NODES_MOST];         /* the class of a word that ends there */
	uint16_t longer[NODES_MOST];        /* of one that goes on as no phrase does */
	size_t n_nodes, n_places, n_classes;
	struct bits fits[CLASSES_MOST]; /* places that read a word of the class; 0: of no phrase */
	struct bits first, last;        /* places of a phrase */
	struct bits skipped;            /* places that may read no word: those of ~ */
	uint16_t phrase_of[PLACES_MOST];
};

/* What is only needed while it is made. */
struct making {
	struct model_phrases *phrases;
	struct bits whole[NODES_MOST],
		begins[NODES_MOST]; /* places, by the node where the pattern ends */
	uint16_t parents[NODES_MOST];
};

static void
set(struct bits *bits, size_t at)
{
	bits->blocks[at / 64] |= (uint64_t)1 << at % 64;
}

static void
merge(struct bits *bits, const struct bits *more)
{
	for (size_t i = 0; i < BLOCKS; i++)
		bits->blocks[i] |= more->blocks[i];
}

/* -1: it is of no word that is written in ASCII. */
static int
letter_of(char c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	return c >= '0' && c <= '9' ? 26 + c - '0' : -1;
}

/* ---- made once ---- */

static int
add_word(struct making *making, const char *word, size_t len, size_t place)
{
	struct model_phrases *phrases = making->phrases;
	bool begins = word[len - 1] == '*';
	uint16_t node = 0;

	len -= begins;
	for (size_t i = 0; i < len; i++) {
		int letter = letter_of(word[i]);
		uint16_t *next;

		if (letter < 0)
			return BH_E_INVALID;
		next = &phrases->next[node][letter];
		if (*next == 0) {
			if (phrases->n_nodes == NODES_MOST)
				return BH_E_TOO_LARGE;
			*next = (uint16_t)phrases->n_nodes++;
			making->parents[*next] = node;
		}
		node = *next;
	}
	set(begins ? &making->begins[node] : &making->whole[node], place);
	return len > 0 ? 0 : BH_E_INVALID;
}

static int
add_gap(struct model_phrases *phrases)
{
	for (int i = 0; i < MODEL_PHRASES_GAP; i++) {
		set(&phrases->skipped, phrases->n_places);
		/* It reads words of every class. */
		set(&phrases->fits[0], phrases->n_places++);
	}
	return 0;
}

static int
add_phrase(struct making *making, uint16_t number, const char *phrase)
{
	struct model_phrases *phrases = making->phrases;
	const size_t begin = phrases->n_places;
	bool is_gap = true; /* before the first word there is none either */
	size_t len;
	int rc = 0;

	for (const char *at = phrase; rc == 0; at += len + 1) {
		len = strcspn(at, " ");
		if (len == 0)
			return BH_E_INVALID;
		if (phrases->n_places + MODEL_PHRASES_GAP > PLACES_MOST)
			return BH_E_TOO_LARGE;
		if (len == 1 && *at == '~') {
			if (is_gap)
				return BH_E_INVALID;
			rc = add_gap(phrases);
			is_gap = true;
		} else {
			rc = add_word(making, at, len, phrases->n_places++);
			is_gap = false;
		}
		if (at[len] == '\0')
			break;
	}
	if (rc < 0 || is_gap)
		return rc < 0 ? rc : BH_E_INVALID;
	set(&phrases->first, begin);
	set(&phrases->last, phrases->n_places - 1);
	phrases->phrase_of[phrases->n_places - 1] = number;
	return 0;
}

static int
find_class(struct model_phrases *phrases, const struct bits *fits, uint16_t *out)
{
	size_t i = 0;

	while (i < phrases->n_classes && memcmp(&phrases->fits[i], fits, sizeof(*fits)) != 0)
		i++;
	if (i == CLASSES_MOST)
		return BH_E_TOO_LARGE;
	if (i == phrases->n_classes)
		phrases->fits[phrases->n_classes++] = *fits;
	*out = (uint16_t)i;
	return 0;
}

/* A parent's number is below its children's. */
static int
make_classes(struct making *making)
{
	struct model_phrases *phrases = making->phrases;
	int rc = 0;

	phrases->n_classes = 1;
	making->begins[0] = phrases->fits[0];
	for (size_t node = 0; rc == 0 && node < phrases->n_nodes; node++) {
		if (node > 0)
			merge(&making->begins[node], &making->begins[making->parents[node]]);
		merge(&making->whole[node], &making->begins[node]);
		rc = find_class(phrases, &making->begins[node], &phrases->longer[node]);
		if (rc == 0)
			rc = find_class(phrases, &making->whole[node], &phrases->whole[node]);
	}
	return rc;
}

int
model_phrases_open(const char *const *list, size_t n, struct model_phrases **out)
{
	struct making *making = calloc(1, sizeof(*making));
	struct model_phrases *phrases = calloc(1, sizeof(*phrases));
	int rc = n > MODEL_PHRASES_MOST ? BH_E_TOO_LARGE : 0;

	if (making == NULL || phrases == NULL)
		rc = BH_E_MEMORY;
	if (rc == 0) {
		making->phrases = phrases;
		phrases->n_nodes = 1;
	}
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_phrase(making, (uint16_t)i, list[i]);
	if (rc == 0)
		rc = make_classes(making);
	free(making);
	if (rc == 0)
		*out = phrases;
	else
		free(phrases);
	return rc;
}

void
model_phrases_close(struct model_phrases *phrases)
{
	free(phrases);
}

/* ---- moved by a text ---- */

/* Whose last place is reached. */
static void
note(const struct model_phrases *phrases, struct model_phrases_place *place, size_t block)
{
	uint64_t ends = place->reached[block] & phrases->last.blocks[block];

	for (; ends != 0; ends &= ends - 1)
		place->found[phrases->phrase_of[block * 64 + (size_t)__builtin_ctzll(ends)]] = true;
}

/* Places behind a reached one that need no word are reached as well. */
static uint64_t
skip(const struct model_phrases *phrases, struct model_phrases_place *place)
{
	uint64_t carry = 0, any = 0;

	for (size_t i = 0; i < BLOCKS; i++) {
		uint64_t reached = place->reached[i], skipped = phrases->skipped.blocks[i];

		reached |= carry & skipped;
		for (int step = 0; step < MODEL_PHRASES_GAP; step++)
			reached |= reached << 1 & skipped;
		place->reached[i] = reached;
		carry = reached >> 63;
		any |= reached;
	}
	return any;
}

/* A word ends: each reached place hands on to the next one, if that reads it. */
static void
end_word(const struct model_phrases *phrases, struct model_phrases_place *place)
{
	uint16_t class = place->is_off ? phrases->longer[place->node] : phrases->whole[place->node];
	const struct bits *fits = &phrases->fits[class];
	uint64_t carry = 0;

	place->is_word = false;
	if (class == 0 && place->is_idle)
		return;
	for (size_t i = 0; i < BLOCKS; i++) {
		uint64_t reached = place->reached[i];

		place->reached[i] = (reached << 1 | carry | phrases->first.blocks[i]) & fits->blocks[i];
		carry = reached >> 63;
		note(phrases, place, i);
	}
	place->is_idle = skip(phrases, place) == 0;
}

void
model_phrases_read(const struct model_phrases *phrases, struct model_phrases_place *place,
	const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int letter = letter_of(text[i]);
		uint16_t next = 0;

		if (text[i] == ' ') {
			if (place->is_word)
				end_word(phrases, place);
			continue;
		}
		if (!place->is_word) {
			place->is_word = true;
			place->is_off = false;
			place->node = 0;
		}
		if (!place->is_off && letter >= 0)
			next = phrases->next[place->node][letter];
		if (next == 0)
			place->is_off = true;
		else
			place->node = next;
	}
}

void
model_phrases_end(const struct model_phrases *phrases, struct model_phrases_place *place)
{
	if (place->is_word)
		end_word(phrases, place);
}
