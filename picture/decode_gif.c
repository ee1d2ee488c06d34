/* SPDX-License-Identifier: Apache-2.0 */
/* decode_gif.c: by giflib, as far as the first picture; the library would unpack all of them. */
#include "decode.h"

#include <gif_lib.h>
#include <string.h>

struct reading {
	struct picture_bytes file;
	size_t at;
	int transparent; /* -1: none */
	uint32_t lines;
	struct picture_raster raster;
};

static int
give(GifFileType *gif, GifByteType *out, int len)
{
	struct reading *reading = gif->UserData;
	size_t left = reading->file.len - reading->at, count = (size_t)len < left ? (size_t)len : left;

	memcpy(out, reading->file.data + reading->at, count);
	reading->at += count;
	return (int)count;
}

static bool
read_extension(GifFileType *gif, struct reading *reading)
{
	GraphicsControlBlock control;
	GifByteType *data;
	int code;

	if (DGifGetExtension(gif, &code, &data) == GIF_ERROR)
		return false;
	if (code == GRAPHICS_EXT_FUNC_CODE && data != NULL &&
		DGifExtensionToGCB(data[0], data + 1, &control) == GIF_OK)
		reading->transparent = control.TransparentColor;
	while (data != NULL)
		if (DGifGetExtensionNext(gif, &data) == GIF_ERROR)
			return false;
	return true;
}

static void
put_line(const struct reading *reading, const GifFileType *gif, const ColorMapObject *map,
	const GifPixelType *line, uint32_t y)
{
	uint32_t left = (uint32_t)gif->Image.Left, top = (uint32_t)gif->Image.Top + y;

	for (uint32_t x = 0; top < reading->raster.height && x < (uint32_t)gif->Image.Width &&
		 x < reading->raster.width - left;
		 x++) {
		uint8_t *pixel = picture_raster_at(&reading->raster, left + x, top);

		if (line[x] == reading->transparent || line[x] >= map->ColorCount)
			continue;
		pixel[0] = map->Colors[line[x]].Red;
		pixel[1] = map->Colors[line[x]].Green;
		pixel[2] = map->Colors[line[x]].Blue;
		pixel[3] = 255;
	}
}

/* The lines of an interlaced picture come in four passes. */
static bool
read_lines(GifFileType *gif, struct reading *reading, GifPixelType *line)
{
	static const uint32_t first[] = {0, 4, 2, 1}, step[] = {8, 8, 4, 2};
	const ColorMapObject *map = gif->Image.ColorMap != NULL ? gif->Image.ColorMap : gif->SColorMap;
	uint32_t height = (uint32_t)gif->Image.Height;
	int passes = gif->Image.Interlace ? 4 : 1;

	if (map == NULL)
		return false;
	for (int pass = 0; pass < passes; pass++)
		for (uint32_t y = passes == 1 ? 0 : first[pass]; y < height;
			 y += passes == 1 ? 1 : step[pass], reading->lines++) {
			if (DGifGetLine(gif, line, gif->Image.Width) == GIF_ERROR)
				return false;
			put_line(reading, gif, map, line, y);
		}
	return true;
}

static bool
read_image(GifFileType *gif, struct reading *reading)
{
	GifPixelType *line;
	bool whole;

	/* It may be larger than the canvas, which is all that is shown. */
	if (DGifGetImageDesc(gif) == GIF_ERROR || gif->Image.Left < 0 || gif->Image.Top < 0 ||
		gif->Image.Width <= 0 || gif->Image.Height <= 0 ||
		(uint32_t)gif->Image.Left >= reading->raster.width)
		return false;
	line = picture_memory_new((size_t)gif->Image.Width, 1);
	whole = read_lines(gif, reading, line);
	picture_memory_free(line);
	return whole;
}

static bool
read_picture(GifFileType *gif, struct reading *reading)
{
	GifRecordType type;

	while (DGifGetRecordType(gif, &type) == GIF_OK) {
		if (type == IMAGE_DESC_RECORD_TYPE)
			return read_image(gif, reading);
		if (type != EXTENSION_RECORD_TYPE || !read_extension(gif, reading))
			return false;
	}
	return false;
}

int
picture_decode_gif(struct picture_bytes file, const struct picture_head *head,
	struct picture_raster *out, struct picture_failure *why)
{
	struct reading reading = {.file = file, .transparent = NO_TRANSPARENT_COLOR};
	GifFileType *gif = DGifOpen(&reading, give, NULL);
	bool whole = false;

	if (gif != NULL && (uint32_t)gif->SWidth == head->width &&
		(uint32_t)gif->SHeight == head->height) {
		picture_raster_open(&reading.raster, head->width, head->height);
		whole = read_picture(gif, &reading);
	}
	if (gif != NULL)
		DGifCloseFile(gif, NULL);
	if (reading.lines == 0) {
		picture_raster_close(&reading.raster);
		return picture_fail(why, PICTURE_E_DAMAGED, "The GIF file is damaged.");
	}
	reading.raster.alpha = true;
	reading.raster.truncated = !whole;
	*out = reading.raster;
	return 0;
}
