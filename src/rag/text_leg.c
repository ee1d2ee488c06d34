/* SPDX-License-Identifier: Apache-2.0 */
/* text_leg.c: from a question's terms to the chunks that have most of them. */
#include "rag/text_leg.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "rag/postings.h"

enum {
	BLOCKS_MAX = 4096, /* read of a question's terms: 8 MB, some 2.5 million postings */
	POSTINGS_LEAST = RAG_POSTINGS_BYTES_MAX / 30, /* in a full block */
	PHRASE_DEPTH = 1000                           /* chunks that are looked through for a phrase */
};

/* The blocks of a term that were read: neighbours in their list. */
struct slice {
	size_t first, n;
};

/* Both lists are ordered by term, but perhaps not by the same collation: found by name. */
static int
by_name(const void *left, const void *right)
{
	return strcmp(((const struct rag_query_term *)left)->term,
		((const struct rag_query_term *)right)->term);
}

static void
assign_blocks(struct rag_query *query, const struct rag_term_block *blocks, size_t n_blocks,
	struct slice *slices)
{
	for (size_t i = 0; i < n_blocks; i++) {
		const struct rag_query_term key = {.term = blocks[i].term};
		struct rag_query_term *term = bsearch(&key, query->terms, query->n_terms, sizeof(key),
			by_name);
		struct slice *slice;

		if (term == NULL)
			continue;
		slice = &slices[term - query->terms];
		if (slice->n++ == 0)
			slice->first = i;
		term->df += blocks[i].block.n;
	}
}

static int
score(struct rag_text_leg *leg, const struct rag_query *query, const struct rag_term_block *blocks,
	const struct slice *slices)
{
	const struct rag_statistics *statistics = &leg->store->statistics;
	double rarest = 0;
	int64_t postings = 0;

	for (size_t i = 0; i < query->n_terms; i++)
		postings += query->terms[i].df;
	rag_bm25_init(&leg->bm25, leg->db.arena, statistics->n_chunks, statistics->total_terms,
		statistics->next_chunk, postings);
	if (leg->within != NULL) {
		leg->bm25.ranges = leg->within->ranges;
		leg->bm25.n_ranges = leg->within->n;
	}
	for (size_t i = 0; i < query->n_terms; i++) {
		const struct rag_query_term *term = &query->terms[i];
		double idf = rag_bm25_idf(statistics->n_chunks, term->df);

		if (!(term->weight > 0))
			continue;
		rarest = idf > rarest ? idf : rarest;
		for (size_t j = 0; j < slices[i].n; j++) {
			int rc = rag_bm25_add(&leg->bm25, term->weight, 1, &blocks[slices[i].first + j].block);

			if (rc < 0)
				return rc;
		}
	}
	/* Raised for words that tell little, so that even a chunk with all of them has a small share. */
	leg->most = query->most / rag_bm25_telling(statistics->n_chunks, rarest);
	rag_bm25_top(&leg->bm25,
		leg->phrases.n > 0 && leg->depth < PHRASE_DEPTH ? PHRASE_DEPTH : leg->depth, &leg->hits,
		&leg->n);
	return 0;
}

/* ---- too many blocks ---- */

struct counted {
	size_t term;
	int64_t blocks;
};

static int
rarest_first(const void *left, const void *right)
{
	const struct counted *x = left, *y = right;

	if (x->blocks != y->blocks)
		return x->blocks < y->blocks ? -1 : 1;
	return x->term < y->term ? -1 : x->term > y->term;
}

/* Names the terms that are read: as many as have BLOCKS_MAX blocks together, the rarest first, for those that are
 * left out tell least. Only a large store has so many that they must be counted. */
static int
choose_terms(struct rag_text_leg *leg, const struct rag_query *query, const char **names, size_t *n)
{
	struct counted *counted;
	int64_t *counts, total = 0;
	size_t kept = 0;
	int rc;

	for (size_t i = 0; i < query->n_terms; i++)
		names[i] = query->terms[i].term;
	*n = query->n_terms;
	if ((leg->store->statistics.n_chunks / POSTINGS_LEAST + 2) * (int64_t)*n <= BLOCKS_MAX)
		return 0;
	counts = bh_arena_array(leg->db.arena, *n + 1, sizeof(*counts));
	counted = bh_arena_array(leg->db.arena, *n + 1, sizeof(*counted));
	rc = rag_store_search_block_counts(&leg->db, leg->tenant, &leg->store->id, names, *n,
		BLOCKS_MAX + 1, counts);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < *n; i++)
		counted[i] = (struct counted){i, counts[i]};
	qsort(counted, *n, sizeof(*counted), rarest_first);
	for (size_t i = 0; i < *n && total + counted[i].blocks <= BLOCKS_MAX; i++) {
		total += counted[i].blocks;
		names[kept++] = query->terms[counted[i].term].term;
	}
	for (size_t i = kept; i < *n; i++)
		query->terms[counted[i].term].left_out = true;
	*n = kept;
	return 0;
}

int
rag_text_leg_run(struct rag_text_leg *leg)
{
	struct rag_term_block *blocks = NULL;
	struct rag_query query;
	struct slice *slices;
	const char **names;
	size_t n = 0, n_blocks = 0;
	int rc = rag_query_read(leg->db.arena, (uint64_t)leg->store->statistics.languages, leg->query,
		&query);

	if (rc == 0)
		rc = rag_phrases_read(leg->db.arena, leg->query, &leg->phrases);
	if (rc < 0 || query.n_terms == 0)
		return rc;
	names = bh_arena_array(leg->db.arena, query.n_terms, sizeof(*names));
	slices = bh_arena_array(leg->db.arena, query.n_terms, sizeof(*slices));
	rc = choose_terms(leg, &query, names, &n);
	if (rc == 0 && n > 0)
		rc = rag_store_search_postings(&leg->db, leg->tenant, &leg->store->id, names, n, &blocks,
			&n_blocks);
	if (rc < 0)
		return rc;
	assign_blocks(&query, blocks, n_blocks, slices);
	rag_query_weigh(&query, leg->store->statistics.n_chunks);
	return score(leg, &query, blocks, slices);
}

int
rag_text_leg_complete(struct rag_text_leg *leg, struct rag_fused *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i].text_rank == 0)
			list[i].text_score = rag_bm25_of(&leg->bm25, list[i].chunk_id);
	}
	return 0;
}
