/* SPDX-License-Identifier: Apache-2.0 */
/* product.h: products of many tokens with a frozen weight, which stays in the coding of its file.
 *
 * Each value of the weight is decoded once for all tokens, in blocks that a processor's cache holds: neither a decoded
 * nor a transposed copy of it is kept, and forward and back cost the same. */
#ifndef TRAINER_PRODUCT_H
#define TRAINER_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A matrix of `rows` rows of `columns` values, borrowed. Values are decoded in groups; a row is whole groups. */
struct trainer_coded {
	const char *data;
	size_t row_bytes;
	int64_t rows, columns;
	int64_t group; /* values; divides TRAINER_PRODUCT_DEPTH */
	size_t group_bytes;
	/* Decodes so many values, whole groups. */
	void (*decode)(const void *from, float *to, int64_t count);
};

/* Whose share of the result is computed: part 0 to parts - 1, each with memory of its own of
 * trainer_product_room_bytes, aligned to 64 bytes. Parts know nothing of each other, and each value of the result is
 * the same whatever their number. */
struct trainer_share {
	int part, parts;
	float *room;
};

enum { TRAINER_PRODUCT_DEPTH = 256 };

size_t trainer_product_room_bytes(void);

/* out[token][row] = sum over columns of weight[row][column] * in[token][column]; rows of `in` and `out` follow each
 * other without a gap. */
void trainer_product_forward(const struct trainer_coded *weight, const float *in, float *out,
	int64_t tokens, const struct trainer_share *share);

/* out[token][column] = sum over rows of weight[row][column] * in[token][row]. */
void trainer_product_back(const struct trainer_coded *weight, const float *in, float *out,
	int64_t tokens, const struct trainer_share *share);

/* Two values a token of which every product is summed over the tokens, as gradients of matrices are. Rows of n_low and
 * of n_high values follow each other without a gap, a row a token; it is quicker if `low` are the fewer. */
struct trainer_outer {
	const float *low, *high;
	int64_t n_low, n_high, tokens;
	bool is_high_first; /* in the result */
};

/* out[low][high] = sum over tokens of low[token][low] * high[token][high]; out[high][low] if is_high_first. */
void trainer_product_outer(const struct trainer_outer *outer, float *out,
	const struct trainer_share *share);

#endif
