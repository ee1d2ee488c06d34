/* fuse.c: min-max fusion of two legs and the calibrated score. */
#include "rag/fuse.h"

#include <math.h>
#include <stdlib.h>

/*
 * Fitted by logistic regression over XQuAD-en and -de (bench/calibrate prints them again): positives
 * are questions with their paragraph, negatives the best hit of each question against a corpus that
 * does not hold its article, and of made-up words.
 */
static const double by_cosine = 9.0, by_share = 6.0, offset = -5.5;

double
rag_fuse_score(double cosine, double text_share)
{
	return 1 / (1 + exp(-(by_cosine * cosine + by_share * text_share + offset)));
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

	if (x->fused > y->fused)
		return -1;
	if (x->fused < y->fused)
		return 1;
	return by_chunk(left, right);
}

/* Where a score lies between the leg's worst and best; a leg whose hits are all alike gives 1. */
static double
normalised(const struct rag_leg_hit *leg, size_t n, size_t at)
{
	double best = leg[0].score, worst = leg[n - 1].score;

	return best > worst ? (leg[at].score - worst) / (best - worst) : 1;
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
		last->fused += list[i].fused;
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

/* What a chunk outside a leg scores there at most: the last hit's score if the leg was cut, else 0. */
static double
beyond(const struct rag_leg_hit *leg, size_t n, size_t depth)
{
	return n > 0 && n >= depth ? leg[n - 1].score : 0;
}

static void
calibrate(const struct rag_fuse_conf *conf, double vector_beyond, double text_beyond,
	struct rag_fused *hit)
{
	double cosine = hit->vector_rank != 0 ? hit->vector_score : vector_beyond;
	double text = hit->text_rank != 0 ? hit->text_score : text_beyond;
	double share = conf->text_most > 0 ? text / conf->text_most : 0;

	hit->text_share = share;
	hit->score = rag_fuse_score(cosine, share);
}

void
rag_fuse(struct bh_arena *arena, const struct rag_fuse_conf *conf,
	const struct rag_leg_hit *vector, size_t n_vector, const struct rag_leg_hit *text,
	size_t n_text, struct rag_fused **out, size_t *out_n)
{
	struct rag_fused *list = bh_arena_array(arena, n_vector + n_text + 1, sizeof(*list));
	size_t n = 0, i;

	for (i = 0; i < n_vector; i++)
		list[n++] = (struct rag_fused){
			.chunk_id = vector[i].chunk_id,
			.fused = conf->vector_weight * normalised(vector, n_vector, i),
			.vector_score = vector[i].score,
			.vector_rank = (int64_t)i + 1,
		};
	for (i = 0; i < n_text; i++)
		list[n++] = (struct rag_fused){
			.chunk_id = text[i].chunk_id,
			.fused = conf->text_weight * normalised(text, n_text, i),
			.text_score = text[i].score,
			.text_rank = (int64_t)i + 1,
		};
	n = merge(list, n);

	for (i = 0; i < n; i++)
		calibrate(conf, beyond(vector, n_vector, conf->depth), beyond(text, n_text, conf->depth),
			&list[i]);
	qsort(list, n, sizeof(*list), best_first);
	*out = list;
	*out_n = n;
}
