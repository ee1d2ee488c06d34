/* SPDX-License-Identifier: Apache-2.0 */
/* product.c: blocks of the weight in panels of WIDE results, blocks of tokens, and a kernel that keeps a tile of
 * TOKENS by WIDE sums in registers. Source of the shape: Goto and van de Geijn, Anatomy of high-performance matrix
 * multiplication, 2008. */
#include "trainer/product.h"

#include <string.h>

/* Of 32 registers of 16 values, 24 hold sums; of 16 registers of 8 values, 12. */
#ifdef __AVX512F__
enum { LANES = 16, TOKENS = 12 };
#else
enum { LANES = 8, TOKENS = 6 };
#endif

enum {
	VECTORS = 2,
	WIDE = VECTORS * LANES, /* results of a panel */
	DEPTH = TRAINER_PRODUCT_DEPTH,
	STRIDE = DEPTH +
		LANES,  /* rows apart, so that those of a tile do not share lines of the cache */
	PANELS = 8, /* decoded at once: 256 KiB, of a second-level cache's 512 or more */
	BLOCK_TOKENS = 1536,
};

typedef float vector __attribute__((vector_size(LANES * sizeof(float)), may_alias));
typedef float loose_vector
	__attribute__((vector_size(LANES * sizeof(float)), may_alias, aligned(sizeof(float))));

/* A thread's memory. */
struct room {
	float panels[PANELS * DEPTH * WIDE];
	float in[BLOCK_TOKENS * STRIDE];
	float decoded[WIDE * STRIDE + PANELS * WIDE + 2 * DEPTH];
	float tile[TOKENS * WIDE];
};

struct product {
	const struct trainer_coded *weight;
	const float *in;
	float *out;
	int64_t width_in, width_out; /* values of a token */
	bool is_back;
	struct room *room;
};

size_t
trainer_product_room_bytes(void)
{
	return (sizeof(struct room) + 63) / 64 * 64;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The sums of one tile, of in[along * i + across * t] and row i of the panel: added to what is there, unless it is the
 * first block. */
static inline __attribute__((always_inline)) void
multiply(const float *in, int64_t along, int64_t across, const float *panel, int64_t panel_stride,
	int64_t depth, float *out, int64_t out_stride, bool is_first)
{
	vector sums[TOKENS][VECTORS] = {0};

	for (int64_t i = 0; i < depth; i++) {
		const loose_vector *weights = (const loose_vector *)(panel + i * panel_stride);

		for (int t = 0; t < TOKENS; t++)
			for (int v = 0; v < VECTORS; v++)
				sums[t][v] += weights[v] * in[along * i + across * t];
	}
	for (int t = 0; t < TOKENS; t++)
		for (int v = 0; v < VECTORS; v++) {
			loose_vector *place = (loose_vector *)(out + t * out_stride + v * LANES);

			if (!is_first)
				sums[t][v] += *place;
			*place = sums[t][v];
		}
}

static void
multiply_panel(const float *in, const float *panel, int64_t depth, float *out, int64_t out_stride,
	bool is_first)
{
	multiply(in, 1, STRIDE, panel, WIDE, depth, out, out_stride, is_first);
}

/* A tile at the edge of the result is computed beside it. */
static void
multiply_edge(struct product *p, const float *in, const float *panel, int64_t depth, float *out,
	int64_t tokens, int64_t wide, bool is_first)
{
	float *tile = p->room->tile;

	multiply_panel(in, panel, depth, tile, WIDE, true);
	for (int64_t t = 0; t < tokens; t++)
		for (int64_t i = 0; i < wide; i++)
			out[t * p->width_out + i] = (is_first ? 0 : out[t * p->width_out + i]) +
				tile[t * WIDE + i];
}

static void
decode(const struct trainer_coded *weight, int64_t row, int64_t column, int64_t count, float *out)
{
	const char *from = weight->data + (size_t)row * weight->row_bytes +
		(size_t)(column / weight->group) * weight->group_bytes;

	weight->decode(from, out, count);
}

/* Panels of rows `first` on: value i of a row lies in row i of its panel. */
static void
pack_forward(struct product *p, int64_t first, int64_t count, int64_t column, int64_t depth)
{
	float *panel = p->room->panels;

	for (int64_t at = 0; at < count; at += WIDE, panel += DEPTH * WIDE) {
		const int64_t wide = least(WIDE, count - at);
		float *rows = p->room->decoded;

		for (int64_t i = 0; i < wide; i++)
			decode(p->weight, first + at + i, column, depth, rows + i * STRIDE);
		for (int64_t i = wide; i < WIDE; i++)
			memset(rows + i * STRIDE, 0, (size_t)depth * sizeof(float));
		for (int64_t k = 0; k < depth; k++)
			for (int64_t i = 0; i < WIDE; i++)
				panel[k * WIDE + i] = rows[i * STRIDE + k];
	}
}

/* Panels of columns `first` on, of which a row holds what one row of the weight has. */
static void
pack_back(struct product *p, int64_t first, int64_t count, int64_t row, int64_t depth)
{
	const int64_t group = p->weight->group;
	const int64_t start = first / group * group;
	const int64_t end = (first + count + group - 1) / group * group;
	float *decoded = p->room->decoded;

	for (int64_t k = 0; k < depth; k++) {
		float *panel = p->room->panels + k * WIDE;

		decode(p->weight, row + k, start, end - start, decoded);
		memset(decoded + (end - start), 0, WIDE * sizeof(float));
		for (int64_t at = 0; at < count; at += WIDE, panel += DEPTH * WIDE)
			memcpy(panel, decoded + (first - start) + at, WIDE * sizeof(float));
	}
}

/* The block's tokens, of so many values from `at` on, in rows STRIDE apart; tiles are filled up with zeros. */
static void
pack_tokens(struct product *p, int64_t first, int64_t tokens, int64_t at, int64_t depth)
{
	for (int64_t t = 0; t < tokens || t % TOKENS != 0; t++) {
		float *row = p->room->in + t * STRIDE;

		if (t < tokens)
			memcpy(row, p->in + (first + t) * p->width_in + at, (size_t)depth * sizeof(float));
		else
			memset(row, 0, (size_t)depth * sizeof(float));
	}
}

/* Results `first` on of the block's tokens, from the panels that were packed. */
static void
multiply_block(struct product *p, int64_t token, int64_t tokens, int64_t first, int64_t count,
	int64_t depth, bool is_first)
{
	for (int64_t t = 0; t < tokens; t += TOKENS)
		for (int64_t at = 0; at < count; at += WIDE) {
			const float *in = p->room->in + t * STRIDE;
			const float *panel = p->room->panels + at * DEPTH;
			float *out = p->out + (token + t) * p->width_out + first + at;

			if (tokens - t >= TOKENS && count - at >= WIDE)
				multiply_panel(in, panel, depth, out, p->width_out, is_first);
			else
				multiply_edge(p, in, panel, depth, out, least(TOKENS, tokens - t),
					least(WIDE, count - at), is_first);
		}
}

static void
run_block(struct product *p, int64_t token, int64_t tokens, int64_t first, int64_t end)
{
	for (int64_t at = 0; at < p->width_in; at += DEPTH) {
		const int64_t depth = least(DEPTH, p->width_in - at);

		pack_tokens(p, token, tokens, at, depth);
		for (int64_t result = first; result < end; result += PANELS * WIDE) {
			const int64_t count = least(PANELS * WIDE, end - result);

			if (p->is_back)
				pack_back(p, result, count, at, depth);
			else
				pack_forward(p, result, count, at, depth);
			multiply_block(p, token, tokens, result, count, depth, at == 0);
		}
	}
}

/* Each part has panels of results, or where these are too few, tokens. */
static void
run(struct product *p, int64_t tokens, const struct trainer_share *share)
{
	const int64_t panels = (p->width_out + WIDE - 1) / WIDE;
	const int64_t part = share->part, parts = share->parts;
	int64_t first = 0, end = p->width_out, token = 0;

	if (panels >= 2 * parts) {
		first = panels * part / parts * WIDE;
		end = least(panels * (part + 1) / parts * WIDE, end);
	} else {
		token = tokens * part / parts;
		tokens = tokens * (part + 1) / parts;
	}
	p->room = (struct room *)share->room;
	for (; token < tokens; token += BLOCK_TOKENS)
		run_block(p, token, least(BLOCK_TOKENS, tokens - token), first, end);
}

void
trainer_product_forward(const struct trainer_coded *weight, const float *in, float *out,
	int64_t tokens, const struct trainer_share *share)
{
	struct product product = {weight, in, out, weight->columns, weight->rows, false, NULL};

	run(&product, tokens, share);
}

void
trainer_product_back(const struct trainer_coded *weight, const float *in, float *out,
	int64_t tokens, const struct trainer_share *share)
{
	struct product product = {weight, in, out, weight->rows, weight->columns, true, NULL};

	run(&product, tokens, share);
}

/* -- sums over tokens ------------------------------------------------------------------------ */

enum { OUTER_TOKENS = 256, OUTER_LOW = 11 * TOKENS, OUTER_HIGH = 1024 };

struct block {
	int64_t first, count;
};

/* Of so many tokens, one block of the result: into room->in, OUTER_HIGH apart. */
static void
add_tokens(const struct trainer_outer *outer, struct room *room, struct block tokens,
	struct block low, struct block high)
{
	const int64_t low_stride = (low.count + TOKENS - 1) / TOKENS * TOKENS;

	for (int64_t t = 0; t < tokens.count; t++) {
		const float *from = outer->low + (tokens.first + t) * outer->n_low + low.first;

		for (int64_t i = 0; i < low_stride; i++)
			room->panels[t * low_stride + i] = i < low.count ? from[i] : 0;
	}
	for (int64_t at = 0; at < high.count; at += WIDE) {
		const float *from = outer->high + tokens.first * outer->n_high + high.first + at;
		int64_t stride = outer->n_high;

		/* Nothing behind the end of a row is read. */
		if (high.count - at < WIDE) {
			memset(room->decoded, 0, (size_t)(tokens.count * WIDE) * sizeof(float));
			for (int64_t t = 0; t < tokens.count; t++)
				memcpy(room->decoded + t * WIDE, from + t * stride,
					(size_t)(high.count - at) * sizeof(float));
			from = room->decoded;
			stride = WIDE;
		}
		for (int64_t i = 0; i < low.count; i += TOKENS)
			multiply(room->panels + i, low_stride, 1, from, stride, tokens.count,
				room->in + i * OUTER_HIGH + at, OUTER_HIGH, tokens.first == 0);
	}
}

static void
outer_block(const struct trainer_outer *outer, struct room *room, struct block low,
	struct block high, float *out)
{
	for (int64_t token = 0; token < outer->tokens; token += OUTER_TOKENS)
		add_tokens(outer, room, (struct block){token, least(OUTER_TOKENS, outer->tokens - token)},
			low, high);
	for (int64_t i = 0; i < low.count; i++)
		for (int64_t k = 0; k < high.count; k++) {
			int64_t row = low.first + i, column = high.first + k;

			out[outer->is_high_first ? column * outer->n_low + row : row * outer->n_high + column] =
				room->in[i * OUTER_HIGH + k];
		}
}

void
trainer_product_outer(const struct trainer_outer *outer, float *out,
	const struct trainer_share *share)
{
	const int64_t panels = (outer->n_high + WIDE - 1) / WIDE;
	const int64_t end = least(panels * (share->part + 1) / share->parts * WIDE, outer->n_high);
	int64_t first = panels * share->part / share->parts * WIDE;

	for (; first < end; first += OUTER_HIGH)
		for (int64_t low = 0; low < outer->n_low; low += OUTER_LOW)
			outer_block(outer, (struct room *)share->room,
				(struct block){low, least(OUTER_LOW, outer->n_low - low)},
				(struct block){first, least(OUTER_HIGH, end - first)}, out);
}
