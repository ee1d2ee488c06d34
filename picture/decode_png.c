/* SPDX-License-Identifier: Apache-2.0 */
/* decode_png.c: by libpng. */
#include "decode.h"

#include <png.h>
#include <setjmp.h>
#include <string.h>

#include "colour.h"

enum { CHUNK_BYTES_MAX = 8 * 1024 * 1024, CHUNKS_MAX = 100, PASSES_MAX = 7 };

/* Where libpng is in the file; what has to outlive a jump out of it stands here too. */
struct reading {
	struct picture_bytes file;
	size_t at;
	bool ended;     /* it asked for more than there is */
	uint32_t lines; /* that were decoded of the first pass */
	struct picture_raster raster;
	struct picture_buffer profile;
};

static void
give(png_structp png, png_bytep out, size_t len)
{
	struct reading *reading = png_get_io_ptr(png);

	if (!picture_bytes_has(reading->file, reading->at, len)) {
		reading->ended = true;
		png_error(png, "end of file");
	}
	memcpy(out, reading->file.data + reading->at, len);
	reading->at += len;
}

static void
fail(png_structp png, png_const_charp message)
{
	(void)message;
	png_longjmp(png, 1);
}

static void
ignore(png_structp png, png_const_charp message)
{
	(void)png, (void)message;
}

/* Whatever it has becomes red, green, blue and alpha of 8 bits. */
static void
set_up(png_structp png, png_infop info, struct reading *reading)
{
	png_bytep profile;
	png_charp name;
	png_uint_32 len;
	int method, intent;
	double gamma;

	if (png_get_iCCP(png, info, &name, &method, &profile, &len) != 0)
		picture_buffer_append(&reading->profile, profile, len);
	else if (png_get_sRGB(png, info, &intent) == 0 && png_get_gAMA(png, info, &gamma) != 0)
		png_set_gamma(png, PNG_DEFAULT_sRGB, gamma);
	reading->raster.alpha = png_get_valid(png, info, PNG_INFO_tRNS) != 0 ||
		(png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) != 0;
	png_set_expand(png);
	png_set_scale_16(png);
	png_set_gray_to_rgb(png);
	if (!reading->raster.alpha)
		png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
}

static void
read_lines(png_structp png, png_infop info, struct reading *reading)
{
	int passes = png_set_interlace_handling(png);

	png_read_update_info(png, info);
	if (png_get_rowbytes(png, info) != 4 * (size_t)reading->raster.width || passes > PASSES_MAX)
		png_error(png, "unexpected layout");
	for (int pass = 0; pass < passes; pass++)
		for (uint32_t y = 0; y < reading->raster.height; y++) {
			png_read_row(png, picture_raster_at(&reading->raster, 0, y), NULL);
			reading->lines = pass == 0 ? y + 1 : reading->lines;
		}
}

static bool
read_picture(png_structp png, png_infop info, const struct picture_head *head,
	struct reading *reading)
{
	if (setjmp(png_jmpbuf(png)) != 0)
		return false;
	png_set_read_fn(png, reading, give);
	png_set_user_limits(png, head->width, head->height);
	png_set_chunk_cache_max(png, CHUNKS_MAX);
	png_set_chunk_malloc_max(png, CHUNK_BYTES_MAX);
	png_set_crc_action(png, PNG_CRC_DEFAULT, PNG_CRC_WARN_DISCARD);
	png_read_info(png, info);
	if (png_get_image_width(png, info) != head->width ||
		png_get_image_height(png, info) != head->height)
		return false;
	picture_raster_open(&reading->raster, head->width, head->height);
	set_up(png, info, reading);
	read_lines(png, info, reading);
	return true;
}

int
picture_decode_png(struct picture_bytes file, const struct picture_head *head,
	struct picture_raster *out, struct picture_failure *why)
{
	struct reading reading = {.file = file};
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, fail, ignore);
	png_infop info = png == NULL ? NULL : png_create_info_struct(png);
	bool whole = info != NULL && read_picture(png, info, head, &reading);

	png_destroy_read_struct(&png, &info, NULL);
	if (reading.lines > 0)
		picture_colour_convert(&reading.raster,
			(struct picture_bytes){reading.profile.data, reading.profile.len});
	picture_buffer_close(&reading.profile);
	if (!whole && (!reading.ended || reading.lines == 0)) {
		picture_raster_close(&reading.raster);
		return picture_fail(why, PICTURE_E_DAMAGED, "The PNG file is damaged.");
	}
	reading.raster.truncated = !whole;
	/* What is missing is transparent. */
	reading.raster.alpha = reading.raster.alpha || !whole;
	*out = reading.raster;
	return 0;
}
