/* SPDX-License-Identifier: Apache-2.0 */
/* query.c: which spellings of a question's words count, and how much. */
#include "rag/query.h"

#include <stdlib.h>
#include <string.h>

#include "rag/bm25.h"

/* Measured on XQuAD and Cranfield by the words' leg alone. A word in the form that was asked for weighs this much
 * more than another of its stem; pieces of an identifier that is known as a whole, the joined spelling of words
 * with a hyphen, and function words weigh this much of a word. */
static const double exact_weight = 0.2, part_weight = 0.5, joined_weight = 0.25,
					common_weight = 0.4;

static int
by_name(const void *left, const void *right)
{
	return strcmp(((const struct rag_query_term *)left)->term,
		((const struct rag_query_term *)right)->term);
}

static size_t
unique(struct rag_query_term *terms, size_t n)
{
	size_t kept = 0;

	qsort(terms, n, sizeof(*terms), by_name);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || strcmp(terms[kept - 1].term, terms[i].term) != 0)
			terms[kept++] = terms[i];
	}
	return kept;
}

int
rag_query_read(struct bh_arena *arena, uint64_t languages, const char *text, struct rag_query *out)
{
	struct rag_query query = {0};
	struct bh_terms terms;
	int rc = bh_terms_split_query(arena, languages, text, strlen(text), &terms);

	if (rc < 0)
		return rc;
	query.n_uses = terms.n < RAG_QUERY_TERMS_MAX ? terms.n : RAG_QUERY_TERMS_MAX;
	query.uses = bh_arena_array(arena, query.n_uses + 1, sizeof(*query.uses));
	query.terms = bh_arena_array(arena, query.n_uses + 1, sizeof(*query.terms));
	for (size_t i = 0; i < query.n_uses; i++)
		query.terms[i].term = terms.list[i].text;
	query.n_terms = unique(query.terms, query.n_uses);
	for (size_t i = 0; i < query.n_uses; i++) {
		const struct rag_query_term key = {.term = terms.list[i].text};
		const struct rag_query_term *found = bsearch(&key, query.terms, query.n_terms, sizeof(key),
			by_name);

		query.uses[i] = (struct rag_query_use){(size_t)(found - query.terms), terms.list[i].kind,
			terms.list[i].common, terms.list[i].framing, terms.list[i].group};
	}
	*out = query;
	return 0;
}

/* A word, piece or joined spelling with the other forms that follow it. */
struct item {
	const struct rag_query_use *uses;
	size_t n;
	double idf; /* of its stem, or of the form that the store has */
	bool known;
};

static bool
is_form(enum bh_term_kind kind)
{
	return kind == BH_TERM_EXACT || kind == BH_TERM_VARIANT;
}

static struct item
item_at(const struct rag_query *query, int64_t n_chunks, size_t at)
{
	struct item item = {.uses = &query->uses[at], .n = 1};
	int64_t df = query->terms[item.uses->term].df;

	while (at + item.n < query->n_uses && is_form(query->uses[at + item.n].kind)) {
		int64_t other = query->terms[query->uses[at + item.n].term].df;

		df = df == 0 ? other : df;
		item.n++;
	}
	item.known = df > 0;
	item.idf = rag_bm25_idf(n_chunks, df);
	return item;
}

static void
weigh_item(struct rag_query *query, const struct item *item, double weight)
{
	bool exact = false;

	if (query->terms[item->uses->term].left_out)
		return;
	if (!item->known && (item->uses->common || item->uses->framing))
		return;
	if (item->uses->common)
		weight *= common_weight;
	query->most += rag_bm25_most(weight * item->idf * (1 + exact_weight));
	for (size_t i = 0; i < item->n; i++) {
		exact = exact || item->uses[i].kind == BH_TERM_EXACT;
	}
	for (size_t i = 0; i < item->n; i++) {
		double share = item->uses[i].kind == BH_TERM_EXACT ? exact_weight
			: i > 0 || exact                               ? 1
														   : 1 + exact_weight;

		query->terms[item->uses[i].term].weight += share * weight * item->idf;
	}
}

/* What tells PPR-9087 from PPR-1044. */
static bool
has_digit(const struct rag_query *query, const struct item *item)
{
	return strpbrk(query->terms[item->uses->term].term, "0123456789") != NULL;
}

/* The items of one word or compound. */
static void
weigh_group(struct rag_query *query, int64_t n_chunks, size_t first, size_t end)
{
	bool joined = false, pieces = false, has_pieces = false, words = false;
	size_t at, n_parts = 0;
	double part;

	for (at = first; at < end; at++) {
		struct item item = item_at(query, n_chunks, at);

		if (item.uses->kind == BH_TERM_JOINED) {
			joined = joined || item.known;
		} else {
			has_pieces = true;
			pieces = pieces || item.known;
			words = words || item.uses->kind == BH_TERM_WORD;
			n_parts += item.uses->kind == BH_TERM_PART;
		}
		at += item.n - 1;
	}
	/* Many pieces of another do not make up for the whole. */
	part = n_parts > 2 ? 2 * part_weight / (double)n_parts : part_weight;
	for (at = first; at < end; at++) {
		struct item item = item_at(query, n_chunks, at);
		bool is_joined = item.uses->kind == BH_TERM_JOINED;
		bool counts = is_joined
			? joined || !has_pieces
			: item.known || (!joined && (!pieces || has_digit(query, &item))) || words;

		if (counts)
			weigh_item(query, &item,
				is_joined                                       ? (words ? joined_weight : 1)
					: item.uses->kind == BH_TERM_PART && joined ? part
																: 1);
		at += item.n - 1;
	}
}

void
rag_query_weigh(struct rag_query *query, int64_t n_chunks)
{
	size_t first = 0, end;

	query->most = 0;
	for (size_t i = 0; i < query->n_terms; i++)
		query->terms[i].weight = 0;
	for (; first < query->n_uses; first = end) {
		end = first + 1;
		while (end < query->n_uses && query->uses[end].group == query->uses[first].group)
			end++;
		weigh_group(query, n_chunks, first, end);
	}
}
