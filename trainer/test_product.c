/* SPDX-License-Identifier: Apache-2.0 */
/* test_product.c: products in blocks against plain sums, at sizes that fill blocks and tiles and at such that do not. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "trainer/order.h"
#include "trainer/product.h"

enum { GROUP = 32, GROUP_BYTES = sizeof(float) + GROUP };

/* A scale, and a byte a value. */
static void
decode_group(const void *from, float *to, int64_t count)
{
	for (const char *group = from; count > 0; count -= GROUP, group += GROUP_BYTES, to += GROUP) {
		float scale;

		memcpy(&scale, group, sizeof(scale));
		for (int i = 0; i < GROUP; i++)
			to[i] = scale * (signed char)group[sizeof(scale) + i];
	}
}

static void
copy(const void *from, float *to, int64_t count)
{
	memcpy(to, from, (size_t)count * sizeof(float));
}

static float *
draw(struct trainer_random *random, int64_t count)
{
	float *values = malloc((size_t)count * sizeof(float));

	assert_non_null(values);
	for (int64_t i = 0; i < count; i++)
		values[i] = trainer_random_unit(random) - 0.5f;
	return values;
}

/* In memory of exactly its size, so that a sanitizer sees what is read beside it. */
static struct trainer_coded
draw_weight(struct trainer_random *random, int64_t rows, int64_t columns, bool in_groups)
{
	size_t row_bytes = in_groups ? (size_t)(columns / GROUP) * GROUP_BYTES
								 : (size_t)columns * sizeof(float);
	char *data = malloc((size_t)rows * row_bytes);

	assert_non_null(data);
	if (in_groups) {
		for (char *group = data; group < data + (size_t)rows * row_bytes; group += GROUP_BYTES) {
			float scale = trainer_random_unit(random) / 128;

			memcpy(group, &scale, sizeof(scale));
			for (int i = 0; i < GROUP; i++)
				group[sizeof(scale) + i] = (char)trainer_random_next(random);
		}
		return (
			struct trainer_coded){data, row_bytes, rows, columns, GROUP, GROUP_BYTES, decode_group};
	}
	free(data);
	return (struct trainer_coded){(char *)draw(random, rows * columns), row_bytes, rows, columns, 1,
		sizeof(float), copy};
}

static double
sum(const float *weight, const struct trainer_coded *code, const float *in, int64_t at,
	bool is_back)
{
	double result = 0;

	for (int64_t i = 0; i < (is_back ? code->rows : code->columns); i++)
		result += (double)in[i] * weight[is_back ? i * code->columns + at : at * code->columns + i];
	return result;
}

static void
multiply(const struct trainer_coded *code, const float *in, float *out, int64_t tokens, int parts,
	float *room, bool is_back)
{
	for (int part = parts - 1; part >= 0; part--) {
		struct trainer_share share = {part, parts, room};

		if (is_back)
			trainer_product_back(code, in, out, tokens, &share);
		else
			trainer_product_forward(code, in, out, tokens, &share);
	}
}

static void
check_product(int64_t rows, int64_t columns, int64_t tokens, bool in_groups, bool is_back)
{
	struct trainer_random random;
	float *room = aligned_alloc(64, trainer_product_room_bytes());
	int64_t width_in = is_back ? rows : columns, width_out = is_back ? columns : rows;
	struct trainer_coded code;
	float *decoded, *in, *out, *again;

	trainer_random_init(&random, (uint64_t)(rows * columns), (uint64_t)tokens);
	code = draw_weight(&random, rows, columns, in_groups);
	in = draw(&random, tokens * width_in);
	out = draw(&random, tokens * width_out);
	again = draw(&random, tokens * width_out);
	decoded = malloc((size_t)(rows * columns) * sizeof(float));
	assert_non_null(decoded);
	assert_non_null(room);
	for (int64_t i = 0; i < rows; i++)
		code.decode(code.data + (size_t)i * code.row_bytes, decoded + i * columns, columns);
	multiply(&code, in, out, tokens, 1, room, is_back);
	for (int64_t t = 0; t < tokens; t++)
		for (int64_t i = 0; i < width_out; i++)
			assert_float_equal(out[t * width_out + i],
				sum(decoded, &code, in + t * width_in, i, is_back), 1e-4);
	for (int parts = 2; parts < 6; parts++) {
		multiply(&code, in, again, tokens, parts, room, is_back);
		assert_memory_equal(out, again, (size_t)(tokens * width_out) * sizeof(float));
	}
	free(decoded);
	free(again);
	free(out);
	free(in);
	free((void *)(uintptr_t)code.data);
	free(room);
}

static void
products_are_those_of_the_decoded_weight(void **state)
{
	static const int64_t sizes[][3] = {{64, 64, 12}, {1, 1, 1}, {97, 53, 7}, {8, 300, 13},
		{300, 8, 1600}, {300, 600, 25}};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(sizes); i++)
		for (int is_back = 0; is_back < 2; is_back++) {
			const int64_t *size = sizes[i];

			check_product(size[0], size[1], size[2], false, is_back);
			check_product(size[0], (size[1] + GROUP - 1) / GROUP * GROUP, size[2], true, is_back);
		}
}

static void
check_outer(int64_t n_low, int64_t n_high, int64_t tokens, bool is_high_first)
{
	struct trainer_random random;
	float *room = aligned_alloc(64, trainer_product_room_bytes());
	float *low, *high, *out;

	trainer_random_init(&random, (uint64_t)(n_low * n_high), (uint64_t)tokens);
	low = draw(&random, n_low * tokens);
	high = draw(&random, n_high * tokens);
	out = draw(&random, n_low * n_high);
	assert_non_null(room);
	for (int part = 0; part < 3; part++)
		trainer_product_outer(&(struct trainer_outer){low, high, n_low, n_high, tokens,
								  is_high_first},
			out, &(struct trainer_share){part, 3, room});
	for (int64_t i = 0; i < n_low; i++)
		for (int64_t k = 0; k < n_high; k++) {
			double wanted = 0;

			for (int64_t t = 0; t < tokens; t++)
				wanted += (double)low[t * n_low + i] * high[t * n_high + k];
			assert_float_equal(out[is_high_first ? k * n_low + i : i * n_high + k], wanted, 1e-4);
		}
	free(out);
	free(high);
	free(low);
	free(room);
}

static void
sums_over_tokens_are_whole(void **state)
{
	static const int64_t sizes[][3] = {{8, 64, 30}, {1, 1, 1}, {140, 33, 300}, {12, 1100, 257},
		{200, 150, 5}};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(sizes); i++)
		for (int is_high_first = 0; is_high_first < 2; is_high_first++)
			check_outer(sizes[i][0], sizes[i][1], sizes[i][2], is_high_first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(products_are_those_of_the_decoded_weight),
		cmocka_unit_test(sums_over_tokens_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
