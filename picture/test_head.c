/* SPDX-License-Identifier: Apache-2.0 */
/* test_head.c: formats by their content, sizes by their headers, and what is refused before anything is decoded. */
#include "head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"

static const struct picture_limits limits = {
	.bytes = PICTURE_LIMIT_BYTES_DEFAULT,
	.pixels = PICTURE_LIMIT_PIXELS_DEFAULT,
	.edge = PICTURE_LIMIT_EDGE_DEFAULT,
	.frames = PICTURE_LIMIT_FRAMES_DEFAULT,
	.ratio = PICTURE_LIMIT_RATIO_DEFAULT,
};

static struct picture_head head;
static struct picture_failure why;

/* A file of its own memory, so that the sanitizer sees what is read behind it. */
static int
read_bytes(const void *data, size_t len)
{
	uint8_t *copy = picture_memory_resize(NULL, len, 1);
	int rc;

	memcpy(copy, data, len);
	head = (struct picture_head){0};
	why = (struct picture_failure){0};
	rc = picture_head_read((struct picture_bytes){copy, len}, &limits, &head, &why);
	picture_memory_free(copy);
	return rc;
}

#define READ(literal) read_bytes(literal, sizeof(literal) - 1)

/* A PNG file of this size, whose checksums nobody looks at here. */
static size_t
make_png(uint8_t *out, uint32_t width, uint32_t height, uint8_t bits, uint8_t type)
{
	static const uint8_t first[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
	static const uint8_t rest[] = "\0\0\0\1IDAT\0____";

	memcpy(out, first, 16);
	for (int i = 0; i < 4; i++) {
		out[16 + i] = (uint8_t)(width >> (24 - 8 * i));
		out[20 + i] = (uint8_t)(height >> (24 - 8 * i));
	}
	memcpy(out + 24, (const uint8_t[]){bits, type, 0, 0, 0, 1, 2, 3, 4}, 9);
	memcpy(out + 33, rest, 13);
	return 46;
}

static int
read_png(uint32_t width, uint32_t height)
{
	uint8_t file[64];

	return read_bytes(file, make_png(file, width, height, 8, 2));
}

static void
a_png_is_its_first_chunk(void **state)
{
	uint8_t file[64];

	(void)state;
	assert_int_equal(read_bytes(file, make_png(file, 640, 480, 16, 6)), 0);
	assert_int_equal(head.format, PICTURE_PNG);
	assert_int_equal(head.width, 640);
	assert_int_equal(head.height, 480);
	assert_int_equal(head.bits, 16);
	assert_int_equal(head.colour, PICTURE_RGB);
	assert_true(head.alpha);
	assert_int_equal(head.orientation, 1);
	assert_int_equal(read_bytes(file, make_png(file, 640, 480, 16, 3)), PICTURE_E_DAMAGED);
	assert_int_equal(read_bytes(file, make_png(file, 640, 480, 8, 5)), PICTURE_E_DAMAGED);
	assert_int_equal(read_bytes(file, make_png(file, 0, 480, 8, 2)), PICTURE_E_DAMAGED);
}

static void
a_bomb_is_refused_by_its_header(void **state)
{
	(void)state;
	assert_int_equal(read_png(30000, 30000), PICTURE_E_TOO_LARGE);
	assert_non_null(strstr(why.message, "16384"));
	assert_int_equal(read_png(10000, 10000), PICTURE_E_TOO_LARGE);
	assert_non_null(strstr(why.message, "50000000"));
	assert_int_equal(read_png(10000, 100), PICTURE_E_TOO_LARGE);
	assert_int_equal(read_png(0x7fffffff, 0x7fffffff), PICTURE_E_TOO_LARGE);
	assert_int_equal(read_png(0xffffffff, 1), PICTURE_E_DAMAGED);
}

static void
limits_are_met_exactly(void **state)
{
	(void)state;
	assert_int_equal(read_png(5000, 10000), 0);
	assert_int_equal(read_png(5000, 10001), PICTURE_E_TOO_LARGE);
	assert_int_equal(read_png(16384, 1000), 0);
	assert_int_equal(read_png(16385, 1000), PICTURE_E_TOO_LARGE);
	assert_int_equal(read_png(100, 5000), 0);
	assert_int_equal(read_png(100, 5001), PICTURE_E_TOO_LARGE);
	assert_int_equal(picture_head_check_bytes(50000000, &limits, &why), 0);
	assert_int_equal(picture_head_check_bytes(50000001, &limits, &why), PICTURE_E_TOO_LARGE);
}

static void
every_shorter_file_is_refused(void **state)
{
	uint8_t file[64];
	size_t len = make_png(file, 640, 480, 8, 2);

	(void)state;
	assert_int_equal(read_bytes(file, 0), PICTURE_E_EMPTY);
	for (size_t i = 1; i < len - 5; i++)
		assert_true(read_bytes(file, i) < 0);
}

static void
a_jpeg_is_its_frame_and_its_markers(void **state)
{
	(void)state;
	assert_int_equal(READ("\xff\xd8\xff\xe0\0\4__\xff\xff\xc2\0\x11\x8\1\xe0\2\x80\3___"
						  "______"),
		0);
	assert_int_equal(head.format, PICTURE_JPEG);
	assert_int_equal(head.width, 640);
	assert_int_equal(head.height, 480);
	assert_int_equal(head.colour, PICTURE_YUV);
	/* Adobe's marker makes four inks of another kind. */
	assert_int_equal(READ("\xff\xd8\xff\xee\0\xe"
						  "Adobe\0d\0\0\0\0\2\xff\xc0\0\x14\x8\0\x10\0\x20\4____________"),
		0);
	assert_int_equal(head.colour, PICTURE_YCCK);
	assert_int_equal(READ("\xff\xd8\xff\xc0\0\x14\x8\0\x10\0\x20\4____________"), 0);
	assert_int_equal(head.colour, PICTURE_CMYK);
}

static void
a_jpeg_that_cannot_be_decoded_is_named(void **state)
{
	(void)state;
	assert_int_equal(READ("\xff\xd8\xff\xc3\0\xb\x8\0\x10\0\x10\1___"), PICTURE_E_UNSUPPORTED);
	assert_int_equal(READ("\xff\xd8\xff\xc1\0\xb\xc\0\x10\0\x10\1___"), PICTURE_E_UNSUPPORTED);
	assert_int_equal(READ("\xff\xd8\xff\xda\0\x8______"), PICTURE_E_DAMAGED);
	assert_int_equal(READ("\xff\xd8\xff\xd9"), PICTURE_E_DAMAGED);
	assert_int_equal(READ("\xff\xd8\xff\xe0\xff\xff__"), PICTURE_E_DAMAGED);
	assert_int_equal(READ("\xff\xd8\xff\xe0\0\1__"), PICTURE_E_DAMAGED);
	assert_int_equal(READ("\xff\xd8\xff\xc0\0\xb\x8\0\0\0\x10\1___"), PICTURE_E_DAMAGED);
}

static void
a_jpeg_lies_as_its_exif_says(void **state)
{
	(void)state;
	assert_int_equal(READ("\xff\xd8\xff\xe1\0\x22"
						  "Exif\0\0MM\0*\0\0\0\x8\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
						  "\xff\xc0\0\xb\x8\0\x10\0\x20\1___"),
		0);
	assert_int_equal(head.orientation, 6);
	assert_int_equal(head.width, 32);
}

static void
a_webp_is_its_first_chunk(void **state)
{
	(void)state;
	assert_int_equal(READ("RIFF\x16\0\0\0WEBPVP8 \xa\0\0\0\0\0\0\x9d\1*\x80\2\xe0\1"), 0);
	assert_int_equal(head.format, PICTURE_WEBP);
	assert_int_equal(head.width, 640);
	assert_int_equal(head.height, 480);
	assert_int_equal(READ("RIFF\x12\0\0\0WEBPVP8L\5\0\0\0/\x7f\xc2\x77\x10"), 0);
	assert_int_equal(head.width, 640);
	assert_int_equal(head.height, 480);
	assert_true(head.alpha);
	assert_int_equal(READ("RIFF\x16\0\0\0WEBPVP8 \xb\0\0\0\0\0\0\x9d\1*\x80\2\xe0\1"),
		PICTURE_E_DAMAGED);
	assert_int_equal(READ("RIFF\x16\0\0\0WEBPVP8 \xff\xff\xff\xff\0\0\0\x9d\1*\x80\2\xe0\1"),
		PICTURE_E_DAMAGED);
}

static void
a_webp_whose_canvas_is_not_its_picture_is_damaged(void **state)
{
	static const char file[] = "RIFF\x28\0\0\0WEBPVP8X\xa\0\0\0\0\0\0\0\x7f\2\0\xdf\1\0VP8 "
							   "\xa\0\0\0\0\0\0\x9d\1*\x80\2\xe0\1";
	char other[sizeof(file)];

	(void)state;
	assert_int_equal(READ(file), 0);
	assert_int_equal(head.width, 640);
	memcpy(other, file, sizeof(file));
	other[24] = 0x7e;
	assert_int_equal(read_bytes(other, sizeof(file) - 1), PICTURE_E_DAMAGED);
}

static void
a_webp_of_zeros_is_damaged(void **state)
{
	uint8_t *file = picture_memory_new(1000000, 1);

	(void)state;
	memcpy(file, "RIFF\x38\x42\xf\0WEBP", 12);
	assert_int_equal(read_bytes(file, 1000000), PICTURE_E_DAMAGED);
	memcpy(file + 12, "VP8X\xa\0\0\0\2\0\0\0\xff\0\0\xff", 16);
	assert_int_equal(read_bytes(file, 1000000), PICTURE_E_DAMAGED);
	picture_memory_free(file);
}

static const char gif_first[] = "GIF89a\x40\0\x20\0\x80\0\0\1\2\3\4\5\6";
static const char gif_frame[] = "!\xf9\4\1\0\0\0\0,\0\0\0\0\x40\0\x20\0\0\2\2\x44\1\0";

static int
read_gif(int frames)
{
	struct picture_buffer file = {0};
	int rc;

	picture_buffer_append(&file, gif_first, sizeof(gif_first) - 1);
	for (int i = 0; i < frames; i++)
		picture_buffer_append(&file, gif_frame, sizeof(gif_frame) - 1);
	picture_buffer_append(&file, ";", 1);
	rc = read_bytes(file.data, file.len);
	picture_buffer_close(&file);
	return rc;
}

static void
frames_of_a_gif_are_counted_up_to_the_limit(void **state)
{
	(void)state;
	assert_int_equal(read_gif(1), 0);
	assert_int_equal(head.width, 64);
	assert_int_equal(head.height, 32);
	assert_int_equal(head.frames, 1);
	assert_int_equal(head.bits, 1);
	assert_true(head.alpha);
	assert_int_equal(read_gif(100), 0);
	assert_int_equal(head.frames, 100);
	assert_int_equal(read_gif(101), PICTURE_E_TOO_LARGE);
	assert_int_equal(read_gif(10000), PICTURE_E_TOO_LARGE);
	assert_int_equal(read_gif(0), PICTURE_E_DAMAGED);
}

static void
other_formats_are_refused_by_name(void **state)
{
	static const struct {
		const char *file, *name;
		size_t len;
	} files[] = {
		{"\0\0\0\x18"
		 "ftypheic____",
			"HEIC", 16},
		{"\0\0\0\x18"
		 "ftypavif____",
			"AVIF", 16},
		{"II*\0\x8\0\0\0", "TIFF", 8},
		{"MM\0*\0\0\0\x8", "TIFF", 8},
		{"BM________", "BMP", 10},
		{"<?xml version='1.0'?>\n<svg xmlns='x'><script>alert(1)</script></svg>", "SVG", 66},
		{"<SVG onload=alert(1)>", "SVG", 21},
		{"%PDF-1.7\n", "PDF", 9},
		{"\xff\x0a______", "JPEG XL", 8},
		{"\0\0\1\0\1\0\x10\x10", "icon", 8},
		{"<!DOCTYPE html><html>", "HTML", 21},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_int_equal(read_bytes(files[i].file, files[i].len), PICTURE_E_UNSUPPORTED);
		assert_non_null(strstr(why.message, files[i].name));
	}
	assert_int_equal(READ("plain words"), PICTURE_E_UNSUPPORTED);
	/* What stands behind something else is not that format. */
	assert_int_equal(READ(" \x89PNG\r\n\x1a\n"), PICTURE_E_UNSUPPORTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_png_is_its_first_chunk),
		cmocka_unit_test(a_bomb_is_refused_by_its_header),
		cmocka_unit_test(limits_are_met_exactly),
		cmocka_unit_test(every_shorter_file_is_refused),
		cmocka_unit_test(a_jpeg_is_its_frame_and_its_markers),
		cmocka_unit_test(a_jpeg_that_cannot_be_decoded_is_named),
		cmocka_unit_test(a_jpeg_lies_as_its_exif_says),
		cmocka_unit_test(a_webp_is_its_first_chunk),
		cmocka_unit_test(a_webp_whose_canvas_is_not_its_picture_is_damaged),
		cmocka_unit_test(a_webp_of_zeros_is_damaged),
		cmocka_unit_test(frames_of_a_gif_are_counted_up_to_the_limit),
		cmocka_unit_test(other_formats_are_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
