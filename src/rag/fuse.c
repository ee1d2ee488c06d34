/* SPDX-License-Identifier: Apache-2.0 */
/* fuse.c: adds the evidence of two legs up. */
#include "rag/fuse.h"

#include <math.h>
#include <stdlib.h>

/*
 * Fitted by logistic regression (classes of equal weight) on the first hits of searches with
 * all-MiniLM-L6-v2 in two stores, the first 100 paragraphs of XQuAD-en and the first 60 of XQuAD-de.
 * Positives: 696 questions whose first hit is their paragraph. Negatives: 480 questions about articles
 * that are not in the store, 320 queries of made-up words, 240 queries of the Cranfield set. The ratio
 * of the two is the one that ranks best (docs/retrieval.md). At 0.5 it keeps 99 % (en) and 93 % (de) of
 * the positives and lets pass 5 % and 4 % of the absent articles' questions and none of the others.
 * Another embedding model has other cosines: the share of the words stays. Each leg's evidence is counted
 * from the value that says nothing, so that weights change how much it counts and not where its zero is.
 */
static const double by_cosine = 17.3, neutral_cosine = 0.42, by_share = 31.2, neutral_share = 0.128;
static const double preset_vector = 0.45; /* the weight that was fitted; the words have the rest */

double
rag_fuse_evidence(const struct rag_fuse_conf *conf, double cosine, double text_share)
{
	return conf->vector_weight / preset_vector * by_cosine * (cosine - neutral_cosine) +
		conf->text_weight / (1 - preset_vector) * by_share * (text_share - neutral_share);
}

double
rag_fuse_score(double fused)
{
	return 1 / (1 + exp(-fused));
}

static int
by_chunk(const void *left, const void *right)
{
	const struct rag_fused *x = left, *y = right;

	return x->chunk_id < y->chunk_id ? -1 : x->chunk_id > y->chunk_id;
}

static int
best_first(const void *left, const void *right)
{
	const struct rag_fused *x = left, *y = right;

	if (x->fused > y->fused || x->fused < y->fused)
		return x->fused > y->fused ? -1 : 1;
	return by_chunk(left, right);
}

/* The two entries of a chunk that is in both legs become one. */
static size_t
merge(struct rag_fused *list, size_t n)
{
	size_t kept = 0, i;

	qsort(list, n, sizeof(*list), by_chunk);
	for (i = 0; i < n; i++) {
		struct rag_fused *last = kept > 0 ? &list[kept - 1] : NULL;

		if (last == NULL || last->chunk_id != list[i].chunk_id) {
			list[kept++] = list[i];
			continue;
		}
		if (list[i].vector_rank != 0) {
			last->vector_rank = list[i].vector_rank;
			last->vector_score = list[i].vector_score;
		} else {
			last->text_rank = list[i].text_rank;
			last->text_score = list[i].text_score;
		}
	}
	return kept;
}

void
rag_fuse_join(struct bh_arena *arena, const struct rag_leg_hit *vector, size_t n_vector,
	const struct rag_leg_hit *text, size_t n_text, struct rag_fused **out, size_t *out_n)
{
	struct rag_fused *list = bh_arena_array(arena, n_vector + n_text + 1, sizeof(*list));
	size_t n = 0, i;

	for (i = 0; i < n_vector; i++)
		list[n++] = (struct rag_fused){
			.chunk_id = vector[i].chunk_id,
			.vector_score = vector[i].score,
			.vector_rank = (int64_t)i + 1,
		};
	for (i = 0; i < n_text; i++)
		list[n++] = (struct rag_fused){
			.chunk_id = text[i].chunk_id,
			.text_score = text[i].score,
			.text_rank = (int64_t)i + 1,
		};
	*out = list;
	*out_n = merge(list, n);
}

static void
weigh(const struct rag_fuse_conf *conf, double cosine, struct rag_fused *hit)
{
	hit->text_share = conf->text_most > 0 ? hit->text_score / conf->text_most : 0;
	hit->fused = rag_fuse_evidence(conf, conf->is_unread ? neutral_cosine : cosine,
					 hit->text_share) +
		hit->phrases;
}

size_t
rag_fuse_missing(const struct rag_fuse_conf *conf, double beyond, size_t limit,
	struct rag_fused *list, size_t *n, int64_t *chunks)
{
	size_t asked = 0, known = 0, kept = 0, i;
	double least = -INFINITY;

	for (i = 0; i < *n; i++)
		weigh(conf, list[i].vector_rank != 0 ? list[i].vector_score : beyond, &list[i]);
	qsort(list, *n, sizeof(*list), best_first);
	for (i = 0; i < *n && known < limit; i++) {
		known += list[i].vector_rank != 0;
		if (known == limit)
			least = list[i].fused;
	}
	for (i = 0; i < *n; i++) {
		if (list[i].vector_rank == 0) {
			if (list[i].fused < least)
				continue;
			chunks[asked++] = list[i].chunk_id;
		}
		list[kept++] = list[i];
	}
	*n = kept;
	return asked;
}

void
rag_fuse_order(const struct rag_fuse_conf *conf, struct rag_fused *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		weigh(conf, list[i].vector_score, &list[i]);
		list[i].score = rag_fuse_score(list[i].fused);
	}
	qsort(list, n, sizeof(*list), best_first);
}
