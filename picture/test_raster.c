/* SPDX-License-Identifier: Apache-2.0 */
/* test_raster.c: pixels turned, scaled and laid on a colour; colours, hashes, and what is drawn. */
#include "raster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "analyse.h"
#include "draw.h"
#include "near.h"
#include "protocol.h"

/* Three by two pixels, numbered by their red. */
static struct picture_raster
make_numbered(void)
{
	struct picture_raster raster;

	picture_raster_open(&raster, 3, 2);
	for (uint8_t i = 0; i < 6; i++)
		memcpy(raster.pixels + (size_t)4 * i, (const uint8_t[]){(uint8_t)(i + 1), 0, 0, 255}, 4);
	return raster;
}

static void
each_orientation_turns_as_exif_says(void **state)
{
	/* Where the first line of the file is, and its first column, once it lies upright. */
	static const char *const upright[] = {NULL, "123456", "321654", "654321", "456123", "142536",
		"415263", "635241", "362514"};

	(void)state;
	for (int orientation = 1; orientation <= 8; orientation++) {
		struct picture_raster raster = make_numbered();

		picture_raster_orient(&raster, orientation);
		assert_int_equal(raster.width, orientation >= 5 ? 2 : 3);
		assert_int_equal(raster.height, orientation >= 5 ? 3 : 2);
		for (size_t i = 0; i < 6; i++)
			assert_int_equal(raster.pixels[4 * i], upright[orientation][i] - '0');
		picture_raster_close(&raster);
	}
}

static struct picture_raster
make_flat(uint32_t width, uint32_t height, const uint8_t *colour)
{
	struct picture_raster raster;

	picture_raster_open(&raster, width, height);
	for (size_t i = 0; i < (size_t)width * height; i++)
		memcpy(raster.pixels + 4 * i, colour, 4);
	raster.alpha = colour[3] < 255;
	return raster;
}

static void
one_colour_stays_so_in_every_size(void **state)
{
	static const uint32_t sizes[][4] = {{100, 80, 37, 29}, {7, 5, 100, 90}, {500, 10, 1, 1},
		{1, 1, 3, 3}, {2, 900, 2, 7}};
	static const uint8_t colour[] = {200, 100, 50, 255};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct picture_raster raster = make_flat(sizes[i][0], sizes[i][1], colour);

		picture_raster_scale(&raster, sizes[i][2], sizes[i][3]);
		assert_int_equal(raster.width, sizes[i][2]);
		assert_int_equal(raster.height, sizes[i][3]);
		for (size_t j = 0; j < (size_t)raster.width * raster.height; j++)
			assert_memory_equal(raster.pixels + 4 * j, colour, 4);
		picture_raster_close(&raster);
	}
}

static void
what_is_transparent_lends_no_colour(void **state)
{
	struct picture_raster raster = make_flat(64, 64, (const uint8_t[]){255, 0, 0, 255});

	(void)state;
	raster.alpha = true;
	for (size_t i = 0; i < (size_t)32 * 64; i++)
		memcpy(raster.pixels + 4 * i, (const uint8_t[]){0, 255, 0, 0}, 4);
	picture_raster_scale(&raster, 9, 9);
	for (size_t i = 0; i < 81; i++)
		if (raster.pixels[4 * i + 3] > 16)
			assert_true(raster.pixels[4 * i] >= 250 && raster.pixels[4 * i + 1] <= 5);
	picture_raster_flatten(&raster, 0x0000ff);
	assert_memory_equal(raster.pixels, ((const uint8_t[]){0, 0, 255, 255}), 4);
	assert_false(raster.alpha);
	picture_raster_close(&raster);
}

static void
a_picture_is_never_enlarged_to_fit(void **state)
{
	struct picture_raster raster = make_flat(300, 10, (const uint8_t[]){1, 2, 3, 255});

	(void)state;
	picture_raster_fit(&raster, 1000);
	assert_int_equal(raster.width, 300);
	picture_raster_fit(&raster, 60);
	assert_int_equal(raster.width, 60);
	assert_int_equal(raster.height, 2);
	picture_raster_fit(&raster, 3);
	assert_int_equal(raster.height, 1);
	picture_raster_close(&raster);
}

static void
the_largest_colour_comes_first(void **state)
{
	struct picture_raster raster = make_flat(100, 100, (const uint8_t[]){250, 250, 250, 255});
	struct picture_share shares[PICTURE_COLOURS_MAX];

	(void)state;
	for (size_t i = 0; i < 2500; i++)
		memcpy(raster.pixels + 4 * i, (const uint8_t[]){20, 40, 200, 255}, 4);
	assert_int_equal(picture_colours_find(&raster, shares), 2);
	assert_memory_equal(shares[0].rgb, ((const uint8_t[]){250, 250, 250}), 3);
	assert_float_equal(shares[0].share, 0.75, 0.001);
	assert_float_equal(shares[1].share, 0.25, 0.001);
	for (size_t i = 0; i < 10000; i++)
		raster.pixels[4 * i + 3] = 0;
	assert_int_equal(picture_colours_find(&raster, shares), 0);
	picture_raster_close(&raster);
}

static const struct picture_prompt prompt = {.text = "a lamp", .len = 6, .seed = 7, .share = 100};

static void
the_same_prompt_and_seed_draw_the_same(void **state)
{
	struct picture_raster first, second;
	struct picture_prompt other = prompt;

	(void)state;
	picture_draw(&first, 96, 64, false, &prompt);
	picture_draw(&second, 96, 64, false, &prompt);
	assert_memory_equal(first.pixels, second.pixels, (size_t)4 * 96 * 64);
	picture_raster_close(&second);
	other.variant = 1;
	picture_draw(&second, 96, 64, false, &other);
	assert_memory_not_equal(first.pixels, second.pixels, (size_t)4 * 96 * 64);
	picture_raster_close(&second);
	picture_raster_close(&first);
}

static void
an_edit_stays_within_the_mask_but_for_the_words(void **state)
{
	static const uint8_t grey[] = {90, 90, 90, 255};
	struct picture_raster picture = make_flat(256, 256, grey), mask = make_flat(256, 256, grey);
	size_t changed = 0;

	(void)state;
	for (uint32_t y = 0; y < 100; y++)
		for (uint32_t x = 0; x < 128; x++)
			picture_raster_at(&mask, x, y)[3] = 0;
	picture_draw_edit(&picture, &mask, NULL, 0, &prompt);
	for (uint32_t y = 0; y < 100; y++)
		for (uint32_t x = 0; x < 256; x++) {
			bool same = memcmp(picture_raster_at(&picture, x, y), grey, 4) == 0;

			assert_true(x < 128 || same);
			changed += !same;
		}
	assert_true(changed > 1000);
	picture_raster_close(&picture);
	picture_raster_close(&mask);
}

static int
distance(uint64_t left, uint64_t right)
{
	return __builtin_popcountll(left ^ right);
}

static void
a_hash_survives_another_size_and_nothing_has_none(void **state)
{
	uint64_t first[PICTURE_HASHES], second[PICTURE_HASHES];
	struct picture_raster raster;
	struct picture_prompt other = {.text = "a boat", .len = 6, .seed = 1, .share = 100};

	(void)state;
	picture_draw(&raster, 400, 300, false, &prompt);
	assert_true(picture_hashes_find(&raster, first));
	picture_raster_scale(&raster, 211, 160);
	assert_true(picture_hashes_find(&raster, second));
	assert_true(distance(first[0], second[0]) <= 4);
	picture_raster_close(&raster);
	picture_draw(&raster, 400, 300, false, &other);
	assert_true(picture_hashes_find(&raster, second));
	assert_true(distance(first[0], second[0]) > 12);
	picture_raster_close(&raster);
	raster = make_flat(50, 50, (const uint8_t[]){7, 7, 7, 255});
	assert_false(picture_hashes_find(&raster, first));
	picture_raster_close(&raster);
}

static void
pictures_are_near_if_one_is_like_a_part_of_the_other(void **state)
{
	uint64_t whole[PICTURE_HASHES], cut[PICTURE_HASHES];

	(void)state;
	for (int i = 0; i < PICTURE_HASHES; i++) {
		whole[i] = 0xffffffffULL << i;
		cut[i] = i % 2 == 0 ? 0x5555555555555555 : 0xaaaaaaaaaaaaaaaa;
	}
	assert_true(picture_near_distance(whole, cut) > PICTURE_NEAR_BITS);
	whole[5] = cut[0] ^ 0x1001;
	assert_int_equal(picture_near_distance(whole, cut), 2);
	assert_int_equal(picture_near_distance(cut, whole), 2);
	/* Parts of both are not compared: they say little of the whole. */
	whole[5] = cut[3];
	assert_true(picture_near_distance(whole, cut) > PICTURE_NEAR_BITS);
}

static void
a_blurred_picture_is_less_sharp(void **state)
{
	struct picture_raster raster;
	double sharp;

	(void)state;
	picture_draw(&raster, 400, 300, false, &prompt);
	sharp = picture_sharpness(&raster);
	picture_raster_scale(&raster, 40, 30);
	picture_raster_scale(&raster, 400, 300);
	assert_true(sharp > 0.5);
	assert_true(picture_sharpness(&raster) < sharp / 2);
	picture_raster_close(&raster);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_orientation_turns_as_exif_says),
		cmocka_unit_test(one_colour_stays_so_in_every_size),
		cmocka_unit_test(what_is_transparent_lends_no_colour),
		cmocka_unit_test(a_picture_is_never_enlarged_to_fit),
		cmocka_unit_test(the_largest_colour_comes_first),
		cmocka_unit_test(the_same_prompt_and_seed_draw_the_same),
		cmocka_unit_test(an_edit_stays_within_the_mask_but_for_the_words),
		cmocka_unit_test(a_hash_survives_another_size_and_nothing_has_none),
		cmocka_unit_test(pictures_are_near_if_one_is_like_a_part_of_the_other),
		cmocka_unit_test(a_blurred_picture_is_less_sharp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
