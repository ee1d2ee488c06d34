/* SPDX-License-Identifier: Apache-2.0 */
/* nearest.c: chooses between the two ways to the nearest vectors, and follows a store that moves. */
#include "rag/nearest.h"

#include <stdlib.h>

#include "base/error.h"

enum {
	EXACT_MOST = 20000,  /* matching chunks that are all compared, whatever the graph would cost */
	SPARE_PERCENT = 130, /* candidates for each that the filter is expected to keep */
	CANDIDATES_MOST = 4000,
	CANDIDATE_COST = 40, /* comparisons that take as long as one candidate: 20 us and 0.5 us */
	GROWTH = 3,          /* of the candidates where too few match */
	MOVES_MOST = 8       /* while one search runs */
};

struct leg {
	struct bh_db *db;
	const struct bh_uuid *tenant;
	const struct rag_search_store *store;
	struct bh_floats query;
	const struct rag_ranges *within;
	size_t k;
};

/* Chunks that may be found. */
static int64_t
chunks_kept(const struct leg *leg)
{
	int64_t n = 0;

	if (leg->within == NULL)
		return leg->store->statistics.n_chunks;
	for (size_t i = 0; i < leg->within->n; i++)
		n += leg->within->ranges[i].n;
	return n;
}

/* Whether asking the graph for so many is quicker than comparing all that match. Without a filter it is: a
 * small store has no graph. */
static bool
is_worth(const struct leg *leg, int64_t candidates, int64_t kept)
{
	return candidates <= CANDIDATES_MOST &&
		(leg->within == NULL || candidates * CANDIDATE_COST < kept);
}

/* How many candidates should hold k that match; 0: comparing all is better. */
static int64_t
candidates(const struct leg *leg, int64_t kept)
{
	const struct rag_statistics *statistics = &leg->store->statistics;
	int64_t wanted = (int64_t)leg->k;

	if (!statistics->own_vectors || (leg->within != NULL && kept <= EXACT_MOST))
		return 0;
	if (leg->within != NULL)
		wanted = wanted * statistics->n_chunks / kept * SPARE_PERCENT / 100;
	return statistics->parts_max > 1 ? 2 * wanted : wanted;
}

static bool
is_within(const struct rag_ranges *within, int64_t chunk)
{
	size_t low = 0, high = within->n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct rag_range *range = &within->ranges[middle];

		if (chunk < range->first)
			high = middle;
		else if (chunk >= range->first + range->n)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

static int
by_chunk_then_best(const void *left, const void *right)
{
	const struct rag_leg_hit *x = left, *y = right;

	if (x->chunk_id != y->chunk_id)
		return x->chunk_id < y->chunk_id ? -1 : 1;
	return x->score > y->score ? -1 : x->score < y->score;
}

static int
best_first(const void *left, const void *right)
{
	const struct rag_leg_hit *x = left, *y = right;

	if (x->score > y->score || x->score < y->score)
		return x->score > y->score ? -1 : 1;
	return x->chunk_id < y->chunk_id ? -1 : x->chunk_id > y->chunk_id;
}

/* Of the candidates, those that match, each chunk once by its nearest part, best first. */
static size_t
choose(const struct leg *leg, struct rag_leg_hit *hits, size_t n)
{
	size_t kept = 0, i;

	qsort(hits, n, sizeof(*hits), by_chunk_then_best);
	for (i = 0; i < n; i++)
		if ((kept == 0 || hits[kept - 1].chunk_id != hits[i].chunk_id) &&
			(leg->within == NULL || is_within(leg->within, hits[i].chunk_id)))
			hits[kept++] = hits[i];
	qsort(hits, kept, sizeof(*hits), best_first);
	return kept < leg->k ? kept : leg->k;
}

/* *out_enough: k were found. */
static int
ask_graph(const struct leg *leg, struct rag_leg_hit **out, size_t *out_n, bool *out_enough)
{
	int64_t kept = chunks_kept(leg), wanted = candidates(leg, kept);
	bool more = wanted > 0;

	*out_enough = false;
	for (; more && !*out_enough && is_worth(leg, wanted, kept); wanted *= GROWTH) {
		struct rag_leg_hit *hits = NULL;
		size_t n = 0;
		int rc = rag_store_search_graph(leg->db, leg->tenant, leg->store, leg->query,
			(size_t)wanted, &hits, &n);

		if (rc < 0)
			return rc;
		more = n == (size_t)wanted;
		*out = hits;
		*out_n = choose(leg, hits, n);
		*out_enough = *out_n == leg->k;
	}
	return 0;
}

static int
find(const struct leg *leg, struct rag_leg_hit **out, size_t *out_n)
{
	bool enough;
	int rc = ask_graph(leg, out, out_n, &enough);

	return rc < 0 || enough ? rc
							: rag_store_search_vectors(leg->db, leg->tenant, leg->store, leg->query,
								  leg->within, leg->k, out, out_n);
}

int
rag_nearest_find(struct bh_db *db, const struct bh_uuid *tenant,
	const struct rag_search_store *store, struct bh_floats query, const struct rag_ranges *within,
	size_t k, struct rag_leg_hit **out, size_t *out_n)
{
	struct rag_search_store now = *store;
	struct leg leg = {db, tenant, &now, query, within, k};

	for (int moves = 0; moves < MOVES_MOST; moves++) {
		bool own = now.statistics.own_vectors;
		int rc = find(&leg, out, out_n);

		if (rc < 0 || *out_n > 0)
			return rc;
		/* Nothing is there, or no longer there. */
		rc = rag_store_search_store(db, tenant, &store->id, &now);
		if (rc == 0 && !bh_uuid_equal(&now.statistics.vectors, &store->statistics.vectors))
			return BH_E_CONFLICT;
		if (rc < 0 || now.statistics.own_vectors == own)
			return rc;
	}
	return bh_error(BH_E_UNAVAILABLE, "the vectors of the store keep being moved");
}
