/* SPDX-License-Identifier: Apache-2.0 */
/* test_exif.c: what cameras write, in both orders of bytes, and what nobody should. */
#include "exif.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A TIFF structure that is put together a number at a time. */
struct tiff {
	uint8_t data[1024];
	size_t len;
	bool big;
};

static void
put(struct tiff *tiff, uint32_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		tiff->data[tiff->len++] = (uint8_t)(value >> 8 * (tiff->big ? bytes - 1 - i : i));
}

static void
put_entry(struct tiff *tiff, uint32_t tag, uint32_t type, uint32_t count, uint32_t value)
{
	put(tiff, tag, 2);
	put(tiff, type, 2);
	put(tiff, count, 4);
	if (type == 3 && count == 1) {
		put(tiff, value, 2);
		put(tiff, 0, 2);
	} else {
		put(tiff, value, 4);
	}
}

static void
put_text(struct tiff *tiff, size_t at, const char *text)
{
	memcpy(tiff->data + at, text, strlen(text) + 1);
}

static void
put_fraction(struct tiff *tiff, size_t at, uint32_t over, uint32_t under)
{
	size_t len = tiff->len;

	tiff->len = at;
	put(tiff, over, 4);
	put(tiff, under, 4);
	tiff->len = len;
}

/* Directories at 8, 100 and 250; what is too long for an entry from 400 on. */
static void
make(struct tiff *tiff, bool big)
{
	*tiff = (struct tiff){.big = big};
	memcpy(tiff->data, big ? "MM" : "II", 2);
	tiff->len = 2;
	put(tiff, 42, 2);
	put(tiff, 8, 4);
	put(tiff, 5, 2);
	put_entry(tiff, 0x010f, 2, 9, 400);
	put_entry(tiff, 0x0110, 2, 8, 420);
	put_entry(tiff, 0x0112, 3, 1, 8);
	put_entry(tiff, 0x8769, 4, 1, 100);
	put_entry(tiff, 0x8825, 4, 1, 250);
	tiff->len = 100;
	put(tiff, 7, 2);
	put_entry(tiff, 0x829a, 5, 1, 440);
	put_entry(tiff, 0x829d, 5, 1, 450);
	put_entry(tiff, 0x8827, 3, 1, 400);
	put_entry(tiff, 0x9003, 2, 20, 460);
	put_entry(tiff, 0x9011, 2, 7, 490);
	put_entry(tiff, 0x920a, 5, 1, 500);
	put_entry(tiff, 0xa434, 2, 10, 510);
	tiff->len = 250;
	put(tiff, 6, 2);
	put_entry(tiff, 1, 2, 2, big ? 'S' << 24 : 'S');
	put_entry(tiff, 2, 5, 3, 520);
	put_entry(tiff, 3, 2, 2, big ? 'W' << 24 : 'W');
	put_entry(tiff, 4, 5, 3, 550);
	put_entry(tiff, 5, 1, 1, big ? 1 << 24 : 1);
	put_entry(tiff, 6, 5, 1, 580);
	put_text(tiff, 400, "Lanterna");
	put_text(tiff, 420, "Keeper ");
	put_fraction(tiff, 440, 10, 2500);
	put_fraction(tiff, 450, 28, 10);
	put_text(tiff, 460, "2026:05:01 12:30:00");
	put_text(tiff, 490, "+02:00");
	put_fraction(tiff, 500, 35, 1);
	put_text(tiff, 510, "Fresnel 1");
	put_fraction(tiff, 520, 33, 1);
	put_fraction(tiff, 528, 51, 1);
	put_fraction(tiff, 536, 36, 1);
	put_fraction(tiff, 550, 151, 1);
	put_fraction(tiff, 558, 12, 1);
	put_fraction(tiff, 566, 0, 1);
	put_fraction(tiff, 580, 25, 2);
	tiff->len = 600;
}

static void
a_camera_is_understood_in_both_orders_of_bytes(void **state)
{
	struct picture_exif exif;
	struct tiff tiff;

	(void)state;
	for (int big = 0; big < 2; big++) {
		make(&tiff, big != 0);
		picture_exif_read((struct picture_bytes){tiff.data, tiff.len}, &exif);
		assert_string_equal(exif.camera, "Lanterna Keeper");
		assert_string_equal(exif.lens, "Fresnel 1");
		assert_string_equal(exif.taken, "2026-05-01T12:30:00+02:00");
		assert_string_equal(exif.exposure, "1/250");
		assert_float_equal(exif.aperture, 2.8, 0.001);
		assert_float_equal(exif.focal_length, 35, 0.001);
		assert_int_equal(exif.iso, 400);
		assert_true(exif.has_place);
		assert_float_equal(exif.latitude, -33.86, 0.001);
		assert_float_equal(exif.longitude, -151.2, 0.001);
		assert_float_equal(exif.altitude, -12.5, 0.001);
		assert_int_equal(picture_exif_orientation((struct picture_bytes){tiff.data, tiff.len}), 8);
	}
}

static void
every_shorter_structure_is_read_within_its_bytes(void **state)
{
	struct picture_exif exif;
	struct tiff tiff;

	(void)state;
	make(&tiff, true);
	for (size_t len = 0; len < tiff.len; len++) {
		uint8_t *copy = picture_memory_resize(NULL, len, 1);

		memcpy(copy, tiff.data, len);
		picture_exif_read((struct picture_bytes){copy, len}, &exif);
		assert_true(picture_exif_orientation((struct picture_bytes){copy, len}) >= 1);
		picture_memory_free(copy);
	}
}

static void
what_is_nonsense_is_unknown(void **state)
{
	struct picture_exif exif;
	struct tiff tiff;

	(void)state;
	make(&tiff, false);
	put_fraction(&tiff, 440, 1, 0);
	put_fraction(&tiff, 520, 91, 1);
	put_text(&tiff, 460, "0000:00:00 00:00:00");
	tiff.data[10 + 2 * 12 + 8] = 9;
	picture_exif_read((struct picture_bytes){tiff.data, tiff.len}, &exif);
	assert_string_equal(exif.exposure, "");
	assert_string_equal(exif.taken, "");
	assert_false(exif.has_place);
	assert_int_equal(picture_exif_orientation((struct picture_bytes){tiff.data, tiff.len}), 1);
}

static void
a_directory_that_leads_to_itself_ends(void **state)
{
	struct picture_exif exif;
	struct tiff tiff;

	(void)state;
	make(&tiff, false);
	tiff.data[10 + 3 * 12 + 8] = 8;
	tiff.data[10 + 4 * 12 + 8] = 8;
	picture_exif_read((struct picture_bytes){tiff.data, tiff.len}, &exif);
	assert_string_equal(exif.taken, "");
	assert_false(exif.has_place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_camera_is_understood_in_both_orders_of_bytes),
		cmocka_unit_test(every_shorter_structure_is_read_within_its_bytes),
		cmocka_unit_test(what_is_nonsense_is_unknown),
		cmocka_unit_test(a_directory_that_leads_to_itself_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
