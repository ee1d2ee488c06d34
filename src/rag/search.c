/* SPDX-License-Identifier: Apache-2.0 */
/* search.c: one search from the queries to the hits: vectors, two legs at once, fusion, texts. */
#include "rag/search.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "rag/chunk.h"
#include "rag/embed.h"
#include "rag/fuse.h"
#include "rag/move.h"
#include "rag/nearest.h"
#include "rag/page.h"
#include "rag/ranges.h"
#include "rag/phrases.h"
#include "rag/store.h"
#include "rag/text_leg.h"
#include "rag/vector_cache.h"
#include "text/points.h"

enum {
	UNKNOWN_WORDS_MOST = 64,
	IDEOGRAPHS_OF_A_WORD = 4,
	SURELY_SHORT = 90, /* estimated tokens that fit any model, however rare the words */
	MARK_TOKENS = 2,
	TURN_MS = 30000,         /* longest wait for the tenant's other searches */
	ACTIVE_EVERY_MS = 60000, /* last_active_at is moved at most this often */
	SWAPS_MOST = 4           /* of the embedding model, while one search runs */
};

/* Texts without a known word are 1; of scripts that the model knows, none is above .6. */
static const double unread_cosine = 0.9;
/* Of a cosine of one word in ideographs: then one of .95 without the word is even. */
static const double order_blind_weight = 0.45;

/* ---- query vectors ---- */

/* Cuts a query to what the model reads. Only long ones are counted. */
static int
fit_query(const struct rag_embed_call *call, const char **text)
{
	struct rag_embed_model model;
	int64_t tokens = 0;
	int rc;

	if (rag_chunk_estimate(*text, strlen(*text)) <= SURELY_SHORT)
		return 0;
	rc = rag_embed_model(call, &model);
	for (; rc == 0;) {
		size_t len = strlen(*text);

		/* Far too long ones are first cut by estimate, so that the count stays cheap. */
		while (rag_chunk_estimate(*text, len) > 4 * (size_t)model.context)
			len = rag_chunk_halve(*text, len);
		*text = bh_arena_copy(call->peer.arena, *text, len);
		rc = rag_embed_count(call, text, 1, &tokens);
		if (rc < 0 || tokens <= model.context - MARK_TOKENS)
			break;
		*text = bh_arena_copy(call->peer.arena, *text, rag_chunk_halve(*text, len));
	}
	return rc;
}

static int
query_vector(const struct rag_search *search, const char *model, const char *query,
	struct bh_floats *out)
{
	struct rag_embed_call call = {
		.peer = search->peer,
		.model = model,
	};
	const char *text = query;
	int rc;

	if (rag_vector_cache_find(search->rag->cache, &search->peer.onward.tenant, model, query,
			bh_clock_steady_ms(), search->db->arena, out))
		return 0;
	rc = fit_query(&call, &text);
	if (rc == 0)
		rc = rag_embed_vectors(&call, &text, 1, out);
	if (rc == 0)
		rag_vector_cache_keep(search->rag->cache, &search->peer.onward.tenant, model, query,
			bh_clock_steady_ms(), *out);
	return rc;
}

/* Letters that few models lack. */
static bool
has_plain_letters(const char *text)
{
	for (; *text != '\0'; text++) {
		if ((*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'z') ||
			(*text >= 'A' && *text <= 'Z'))
			return true;
	}
	return false;
}

/* As many words as the query's, in Linear B. */
static const char *
unknown_words(struct bh_arena *arena, const char *query)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	size_t len = strlen(query), bytes;
	bool in_word = false;

	for (size_t at = 0, n = 0; at < len && n < UNKNOWN_WORDS_MOST; at += bytes) {
		uint32_t c = bh_point_at(query, len, at, &bytes);

		if (!bh_point_is_space(c) && (!in_word || bh_point_is_ideograph(c))) {
			bh_buf_text(&out, n++ > 0 ? " \U00010000" : "\U00010000");
		}
		in_word = !bh_point_is_space(c);
	}
	return bh_arena_copy(arena, bh_buf_string(&out), out.len);
}

/* Whether the model has no pieces for the query's script. Then all that it cannot read is one vector, and the query
 * is as near to each passage in such a script as to its own. It is near to words of Linear B as well. */
static int
is_unread(const struct rag_search *search, const char *model, const char *query,
	struct bh_floats floats, bool *out)
{
	struct bh_floats other = {0};
	double cosine = 0;
	int rc;

	*out = false;
	if (has_plain_letters(query))
		return 0;
	rc = query_vector(search, model, unknown_words(search->db->arena, query), &other);
	for (size_t i = 0; rc == 0 && other.count == floats.count && i < floats.count; i++)
		cosine += (double)floats.data[i] * (double)other.data[i];
	*out = cosine > unread_cosine;
	/* A model that makes nothing of such words tells so itself. */
	return rc == BH_E_VECTOR ? 0 : rc;
}

/* Whether the query is one word in ideographs. Embedding models read it character by character and hardly by order:
 * to them a story is an accident (故事, 事故). */
static bool
is_order_blind(const char *query)
{
	size_t len = strlen(query), n = 0, bytes;

	for (size_t at = 0; at < len; at += bytes) {
		uint32_t c = bh_point_at(query, len, at, &bytes);

		if (bh_point_is_ideograph(c))
			n++;
		else if (bh_point_is_letter(c) || bh_point_is_digit(c))
			return false;
	}
	return n > 1 && n <= IDEOGRAPHS_OF_A_WORD;
}

/* ---- one query in one store ---- */

static void *
text_thread(void *ctx)
{
	struct rag_text_leg *leg = ctx;

	leg->error = rag_text_leg_run(leg);
	snprintf(leg->detail, sizeof(leg->detail), "%s", bh_error_detail(leg->error));
	return NULL;
}

/* Nothing is known of chunks that were just found: they have gone, or their vectors have. BH_E_CONFLICT as in
 * rag_nearest_find. */
static int
check_vectors(const struct rag_search *search, const struct rag_search_store *store)
{
	struct rag_search_store now;
	int rc = rag_store_search_store(search->db, &search->peer.onward.tenant, &store->id, &now);

	if (rc == 0 && !bh_uuid_equal(&now.statistics.vectors, &store->statistics.vectors))
		return BH_E_CONFLICT;
	return rc;
}

/* What one leg found and the other did not say of it, so that a score does not depend on which leg found it. */
static int
complete(const struct rag_search *search, const struct rag_search_store *store,
	struct bh_floats floats, const struct rag_fuse_conf *conf, double beyond,
	struct rag_fused *list, size_t *n)
{
	int64_t *chunks = bh_arena_array(search->db->arena, *n + 1, sizeof(*chunks));
	size_t asked = rag_fuse_missing(conf, beyond, (size_t)search->limit, list, n, chunks),
		   found = 0;
	struct rag_leg_hit *cosines = NULL;
	int rc = 0;

	if (asked > 0)
		rc = rag_store_search_cosines(search->db, &search->peer.onward.tenant,
			&store->statistics.vectors, floats, chunks, asked, &cosines, &found);
	if (rc == 0 && asked > 0 && found == 0)
		rc = check_vectors(search, store);
	for (size_t i = 0; i < found; i++) {
		for (size_t j = 0; j < *n; j++) {
			if (list[j].chunk_id == cosines[i].chunk_id)
				list[j].vector_score = cosines[i].score;
		}
	}
	return rc;
}

/* Both legs' hits as one list, best first. */
static int
fuse(const struct rag_search *search, const struct rag_search_store *store, struct bh_floats floats,
	struct rag_text_leg *text, const struct rag_leg_hit *vector, size_t n_vector,
	struct rag_fused **out, size_t *out_n)
{
	struct rag_fuse_conf conf = {search->vector_weight, search->text_weight, text->most};
	struct rag_fused *list;
	size_t n;
	int rc;

	rag_fuse_join(search->db->arena, vector, n_vector, text->hits, text->n, &list, &n);
	if (is_order_blind(text->query))
		conf.vector_weight *= order_blind_weight;
	rc = is_unread(search, store->embedding_model, text->query, floats, &conf.is_unread);
	if (rc == 0)
		rc = rag_text_leg_complete(text, list, n);
	if (rc == 0)
		rc = rag_phrases_judge(search->db, &search->peer.onward.tenant, &store->id, &text->phrases,
			list, n);
	if (rc == 0)
		rc = complete(search, store, floats, &conf, n_vector > 0 ? vector[n_vector - 1].score : 1,
			list, &n);
	if (rc < 0)
		return rc;
	rag_fuse_order(&conf, list, n);
	*out = list;
	*out_n = n;
	return 0;
}

/* Fuses both legs, which run at the same time on two connections. */
static int
search_query(const struct rag_search *search, const struct rag_search_store *store,
	const struct rag_ranges *within, const char *query, struct rag_fused **out, size_t *out_n)
{
	struct bh_arena arena = {0};
	size_t depth = (size_t)search->rag->conf.search_depth;
	struct rag_text_leg text = {
		.db = {.pool = search->db->pool, .arena = &arena, .context = search->db->context},
		.tenant = &search->peer.onward.tenant,
		.store = store,
		.query = query,
		.within = within,
		.depth = depth,
	};
	struct rag_leg_hit *vector = NULL;
	struct bh_floats floats = {0};
	pthread_t thread;
	bool threaded;
	size_t n_vector = 0;
	int rc;

	/* The thread starts first: the words need no vector to be computed. */
	threaded = pthread_create(&thread, NULL, text_thread, &text) == 0;
	rc = query_vector(search, store->embedding_model, query, &floats);
	if (rc == 0)
		rc = rag_nearest_find(search->db, &search->peer.onward.tenant, store, floats, within, depth,
			&vector, &n_vector);
	if (threaded)
		pthread_join(thread, NULL);
	else
		text.error = rag_text_leg_run(&text);
	if (rc == 0 && text.error < 0)
		rc = bh_error(text.error, "%s", text.detail);
	if (rc == 0)
		rc = fuse(search, store, floats, &text, vector, n_vector, out, out_n);
	bh_arena_close(&arena);
	return rc;
}

/* ---- one store ---- */

static int
by_chunk_then_best(const void *left, const void *right)
{
	const struct rag_fused *x = left, *y = right;

	if (x->chunk_id != y->chunk_id)
		return x->chunk_id < y->chunk_id ? -1 : 1;
	return x->fused > y->fused ? -1 : x->fused < y->fused;
}

static int
best_first(const void *left, const void *right)
{
	const struct rag_fused *x = left, *y = right;

	if (x->fused > y->fused || x->fused < y->fused)
		return x->fused > y->fused ? -1 : 1;
	return x->chunk_id < y->chunk_id ? -1 : x->chunk_id > y->chunk_id;
}

/* Several queries: a chunk counts by the one it answers best. */
static int
search_queries(const struct rag_search *search, const struct rag_search_store *store,
	const struct rag_ranges *within, struct rag_fused **out, size_t *out_n)
{
	struct bh_buf all = {0};
	struct rag_fused *list;
	size_t n, kept = 0, i;
	int rc = 0;

	for (i = 0; rc == 0 && i < search->n_queries; i++) {
		rc = search_query(search, store, within, search->queries[i], &list, &n);
		for (size_t j = 0; rc == 0 && j < n; j++)
			list[j].query = i;
		if (rc == 0)
			bh_buf_add(&all, list, n * sizeof(*list));
	}
	n = all.len / sizeof(*list);
	list = (struct rag_fused *)(void *)bh_arena_copy(search->db->arena, bh_buf_string(&all),
		all.len);
	bh_buf_close(&all);
	if (rc < 0)
		return rc;

	if (search->n_queries > 1) {
		qsort(list, n, sizeof(*list), by_chunk_then_best);
		for (i = 0; i < n; i++)
			if (kept == 0 || list[kept - 1].chunk_id != list[i].chunk_id)
				list[kept++] = list[i];
		n = kept;
		qsort(list, n, sizeof(*list), best_first);
	}
	*out = list;
	*out_n = n;
	return 0;
}

/* The page of a store; scores fall with the rank. */
static size_t
cut_page(const struct rag_search *search, struct rag_fused *list, size_t n)
{
	struct rag_page_row *rows = bh_arena_array(search->db->arena, n + 1, sizeof(*rows));

	for (size_t i = 0; i < n; i++)
		rows[i] = (struct rag_page_row){i, list[i].query, list[i].score, false};
	n = rag_page_choose(rows, n, search->n_queries, (size_t)search->limit, search->threshold);
	for (size_t i = 0; i < n; i++) /* to the front, never back */
		list[i] = list[rows[i].at];
	return n;
}

static int
fill_hits(const struct rag_search *search, const struct rag_search_store *store,
	const struct rag_fused *list, size_t n, size_t index, struct rag_hit **out, size_t *out_n)
{
	int64_t *chunks = bh_arena_array(search->db->arena, n + 1, sizeof(*chunks));
	size_t i, j;
	int rc;

	for (i = 0; i < n; i++)
		chunks[i] = list[i].chunk_id;
	rc = rag_store_search_hits(search->db, &search->peer.onward.tenant, &store->id, chunks, n, out,
		out_n);
	for (i = 0; rc == 0 && i < *out_n; i++) {
		struct rag_hit *hit = &(*out)[i];

		for (j = 0; list[j].chunk_id != hit->chunk_id; j++)
			continue;
		hit->score = list[j].score;
		hit->fused = list[j].fused;
		hit->vector_score = list[j].vector_score;
		hit->text_score = list[j].text_score;
		hit->text_share = list[j].text_share;
		hit->vector_rank = list[j].vector_rank;
		hit->text_rank = list[j].text_rank;
		hit->store_index = index;
		hit->query = list[j].query;
	}
	return rc;
}

/* What only reads of a search in one store. */
static int
search_within(const struct rag_search *search, struct rag_search_store store, size_t index,
	struct rag_hit **out, size_t *out_n)
{
	const struct bh_uuid *id = &store.id;
	struct rag_range *ranges = NULL;
	struct rag_ranges within = {0};
	struct rag_fused *list = NULL;
	size_t n = 0;
	int rc = 0;

	/* Once for all queries and both legs. */
	if (search->filter != NULL) {
		rc = rag_ranges_find(search->db, &search->peer.onward.tenant, id, search->filter,
			store.statistics.next_chunk, &ranges, &within.n);
		if (rc < 0 || within.n == 0)
			return rc;
		within.ranges = ranges;
	}
	for (int swaps = 0; swaps < SWAPS_MOST; swaps++) {
		rc = search_queries(search, &store, search->filter != NULL ? &within : NULL, &list, &n);
		if (rc != BH_E_CONFLICT)
			break;
		rc = rag_store_search_store(search->db, &search->peer.onward.tenant, id, &store);
		if (rc < 0)
			return rc;
		rc = BH_E_UNAVAILABLE;
	}
	n = rc == 0 ? cut_page(search, list, n) : 0;
	return rc < 0 || n == 0 ? rc : fill_hits(search, &store, list, n, index, out, out_n);
}

static int
search_store(const struct rag_search *search, const struct bh_uuid *id, size_t index,
	struct rag_hit **out, size_t *out_n)
{
	struct rag_search_store store;
	struct rag_search elsewhere = *search;
	struct bh_db replica;
	int rc = rag_store_search_store(search->db, &search->peer.onward.tenant, id, &store);

	if (rc < 0)
		return rc;
	if (store.expired)
		return bh_error(BH_E_STATE, "The vector store has expired.");
	if (store.idle_ms > ACTIVE_EVERY_MS) {
		rc = rag_store_store_touch(search->db, &search->peer.onward.tenant, id);
		if (rc == 0)
			rc = rag_move_look(search->db, &search->peer.onward.tenant, id, &store.statistics,
				search->rag->conf.own_vectors_chunks);
		if (rc < 0)
			return rc;
	}
	*out_n = 0;
	if (store.statistics.n_chunks == 0 || search->n_queries == 0)
		return 0;
	/* The store was read from the primary, so a replica that has come so far knows all of it. */
	if (bh_db_replica(search->db, &replica)) {
		elsewhere.db = &replica;
		rc = search_within(&elsewhere, store, index, out, out_n);
		if (!bh_db_replica_gave_up(search->db, rc))
			return rc;
		*out_n = 0;
	}
	return search_within(search, store, index, out, out_n);
}

/* ---- all stores ---- */

static int
by_score(const void *left, const void *right)
{
	const struct rag_hit *x = left, *y = right;

	if (x->score > y->score || x->score < y->score)
		return x->score > y->score ? -1 : 1;
	if (x->store_index != y->store_index)
		return x->store_index < y->store_index ? -1 : 1;
	return x->fused > y->fused ? -1 : x->fused < y->fused;
}

size_t
rag_search_page(const struct rag_search *search, struct rag_hit *hits, size_t n)
{
	struct rag_page_row *rows = bh_arena_array(search->db->arena, n + 1, sizeof(*rows));

	for (size_t i = 0; i < n; i++)
		rows[i] = (struct rag_page_row){i, hits[i].query, hits[i].score, false};
	n = rag_page_choose(rows, n, search->n_queries, (size_t)search->limit, search->threshold);
	for (size_t i = 0; i < n; i++)
		hits[i] = hits[rows[i].at];
	return n;
}

static int
search_stores(const struct rag_search *search, const struct bh_uuid *stores, size_t n_stores,
	struct rag_hit **out, size_t *out_n, size_t *out_missing)
{
	struct rag_hit *all = bh_arena_array(search->db->arena, n_stores * (size_t)search->limit + 1,
		sizeof(*all));
	size_t total = 0, i;

	for (i = 0; i < n_stores; i++) {
		struct rag_hit *hits = NULL;
		size_t n = 0;
		int rc = search_store(search, &stores[i], i, &hits, &n);

		if (rc == BH_E_NOT_FOUND)
			*out_missing = i;
		if (rc < 0)
			return rc;
		if (n > 0)
			memcpy(all + total, hits, n * sizeof(*hits));
		total += n;
	}

	/* Ranks of different stores say nothing to each other; calibrated scores do. */
	if (n_stores > 1)
		qsort(all, total, sizeof(*all), by_score);
	*out = all;
	*out_n = rag_search_page(search, all, total);
	return 0;
}

int
rag_search_run(const struct rag_search *search, const struct bh_uuid *stores, size_t n_stores,
	struct rag_hit **out, size_t *out_n, size_t *out_missing)
{
	struct rag_turns *turns = &search->rag->turns;
	struct rag_turn turn;
	int rc = rag_turns_enter(turns, &search->peer.onward.tenant, TURN_MS, &turn);

	if (rc < 0)
		return rc;
	rc = search_stores(search, stores, n_stores, out, out_n, out_missing);
	rag_turns_leave(turns, &turn);
	return rc;
}
