/* SPDX-License-Identifier: Apache-2.0 */
/* encode.c: PNG, JPEG and WebP files of pixels, without metadata but what is asked for. */
#include "encode.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <webp/encode.h>

#include <jpeglib.h>

enum { WEBP_EDGE_MAX = 16383, WEBP_METHOD = 3, PNG_LEVEL = 5, XMP_FLAG = 0x04, ALPHA_FLAG = 0x10 };

/* What is said of a picture that a model made. */
static const char provenance[] =
	"<?xpacket begin=\"\xef\xbb\xbf\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"
	"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF "
	"xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
	"<rdf:Description rdf:about=\"\" "
	"xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" "
	"Iptc4xmpExt:DigitalSourceType=\"http://cv.iptc.org/newscodes/digitalsourcetype/"
	"trainedAlgorithmicMedia\"/>"
	"</rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>";

static int
too_large(struct picture_failure *why)
{
	return picture_fail(why, PICTURE_E_TOO_LARGE, "The image is too large for the output format.");
}

/* ---- PNG ---- */

static void
png_take(png_structp png, png_bytep data, size_t len)
{
	picture_buffer_append(png_get_io_ptr(png), data, len);
}

static void
png_fail(png_structp png, png_const_charp message)
{
	(void)message;
	png_longjmp(png, 1);
}

static void
png_ignore(png_structp png, png_const_charp message)
{
	(void)png, (void)message;
}

static void
write_png_lines(png_structp png, png_infop info, const struct picture_raster *raster,
	bool ai_generated)
{
	png_text text = {.compression = PNG_ITXT_COMPRESSION_NONE,
		.key = "XML:com.adobe.xmp",
		.text = (char *)provenance,
		.itxt_length = sizeof(provenance) - 1};

	png_set_IHDR(png, info, raster->width, raster->height, 8,
		raster->alpha ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
		PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_set_compression_level(png, PNG_LEVEL);
	if (ai_generated)
		png_set_text(png, info, &text, 1);
	png_write_info(png, info);
	if (!raster->alpha)
		png_set_filler(png, 0, PNG_FILLER_AFTER);
	for (uint32_t y = 0; y < raster->height; y++)
		png_write_row(png, picture_raster_at(raster, 0, y));
	png_write_end(png, NULL);
}

static bool
write_png(const struct picture_raster *raster, const struct picture_target *target,
	struct picture_buffer *out)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, png_fail, png_ignore);
	png_infop info = png == NULL ? NULL : png_create_info_struct(png);
	volatile bool done = false;

	if (info != NULL && setjmp(png_jmpbuf(png)) == 0) {
		png_set_write_fn(png, out, png_take, NULL);
		write_png_lines(png, info, raster, target->ai_generated);
		done = true;
	}
	png_destroy_write_struct(&png, &info);
	return done;
}

/* ---- JPEG ---- */

struct jpeg_writing {
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	jmp_buf failed;
	unsigned char *data; /* owned: of malloc */
	unsigned long len;
};

static void
jpeg_fail(j_common_ptr jpeg)
{
	struct jpeg_writing *writing = jpeg->client_data;

	longjmp(writing->failed, 1);
}

static void
write_jpeg_lines(struct jpeg_writing *writing, const struct picture_raster *raster,
	const struct picture_target *target)
{
	static const char name[] = "http://ns.adobe.com/xap/1.0/";
	struct jpeg_compress_struct *jpeg = &writing->jpeg;
	uint8_t marker[sizeof(name) + sizeof(provenance) - 1];

	jpeg_create_compress(jpeg);
	jpeg_mem_dest(jpeg, &writing->data, &writing->len);
	jpeg->image_width = raster->width;
	jpeg->image_height = raster->height;
	jpeg->input_components = 4;
	jpeg->in_color_space = JCS_EXT_RGBX;
	jpeg_set_defaults(jpeg);
	jpeg_set_quality(jpeg, target->quality, TRUE);
	jpeg_start_compress(jpeg, TRUE);
	if (target->ai_generated) {
		memcpy(marker, name, sizeof(name));
		memcpy(marker + sizeof(name), provenance, sizeof(provenance) - 1);
		jpeg_write_marker(jpeg, JPEG_APP0 + 1, marker, sizeof(marker));
	}
	while (jpeg->next_scanline < jpeg->image_height) {
		JSAMPROW line = picture_raster_at(raster, 0, jpeg->next_scanline);

		jpeg_write_scanlines(jpeg, &line, 1);
	}
	jpeg_finish_compress(jpeg);
}

static bool
write_jpeg(const struct picture_raster *raster, const struct picture_target *target,
	struct picture_buffer *out)
{
	struct jpeg_writing writing = {0};
	volatile bool done = false;

	writing.jpeg.err = jpeg_std_error(&writing.errors);
	writing.errors.error_exit = jpeg_fail;
	writing.jpeg.client_data = &writing;
	if (setjmp(writing.failed) == 0) {
		write_jpeg_lines(&writing, raster, target);
		picture_buffer_append(out, writing.data, writing.len);
		done = true;
	}
	jpeg_destroy_compress(&writing.jpeg);
	picture_memory_free(writing.data);
	return done;
}

/* ---- WebP ---- */

static void
put_le32(struct picture_buffer *out, uint32_t value)
{
	const uint8_t bytes[] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
		(uint8_t)(value >> 24)};

	picture_buffer_append(out, bytes, 4);
}

static void
put_chunk(struct picture_buffer *out, const char *name, const void *data, size_t len)
{
	picture_buffer_append(out, name, 4);
	put_le32(out, (uint32_t)len);
	picture_buffer_append(out, data, len);
	picture_buffer_append(out, "", len & 1);
}

/* The chunks of a plain file again, in a container that says whose work they are. libwebp writes the container itself
 * where there is alpha; its first chunk is then left out. */
static void
put_provenance(struct picture_buffer *out, struct picture_bytes plain,
	const struct picture_raster *raster)
{
	uint32_t width = raster->width - 1, height = raster->height - 1;
	const uint8_t extended[10] = {(uint8_t)(XMP_FLAG | (raster->alpha ? ALPHA_FLAG : 0)), 0, 0, 0,
		(uint8_t)width, (uint8_t)(width >> 8), (uint8_t)(width >> 16), (uint8_t)height,
		(uint8_t)(height >> 8), (uint8_t)(height >> 16)};
	size_t skip = memcmp(plain.data + 12, "VP8X", 4) == 0 ? 30 : 12, before = out->len, len;

	picture_buffer_append(out, "RIFF\0\0\0\0WEBP", 12);
	put_chunk(out, "VP8X", extended, sizeof(extended));
	picture_buffer_append(out, plain.data + skip, plain.len - skip);
	put_chunk(out, "XMP ", provenance, sizeof(provenance) - 1);
	len = out->len - before - 8;
	for (int i = 0; i < 4; i++)
		out->data[before + 4 + (size_t)i] = (uint8_t)(len >> 8 * i);
}

static bool
write_webp(const struct picture_raster *raster, const struct picture_target *target,
	struct picture_buffer *out)
{
	WebPConfig config;
	WebPPicture picture;
	WebPMemoryWriter writer;
	bool done;

	WebPMemoryWriterInit(&writer);
	if (!WebPConfigPreset(&config, WEBP_PRESET_DEFAULT, (float)target->quality) ||
		!WebPPictureInit(&picture))
		return false;
	config.method = WEBP_METHOD;
	picture.width = (int)raster->width;
	picture.height = (int)raster->height;
	picture.writer = WebPMemoryWrite;
	picture.custom_ptr = &writer;
	done = (raster->alpha ? WebPPictureImportRGBA : WebPPictureImportRGBX)(&picture, raster->pixels,
			   (int)(4 * raster->width)) &&
		WebPEncode(&config, &picture) && writer.size > 30;
	if (done && target->ai_generated)
		put_provenance(out, (struct picture_bytes){writer.mem, writer.size}, raster);
	else if (done)
		picture_buffer_append(out, writer.mem, writer.size);
	WebPPictureFree(&picture);
	WebPMemoryWriterClear(&writer);
	return done;
}

int
picture_encode(const struct picture_raster *raster, const struct picture_target *target,
	struct picture_buffer *out, struct picture_failure *why)
{
	bool done = false;

	if (target->format == PICTURE_PNG)
		done = write_png(raster, target, out);
	else if (target->format == PICTURE_JPEG)
		done = write_jpeg(raster, target, out);
	else if (raster->width <= WEBP_EDGE_MAX && raster->height <= WEBP_EDGE_MAX)
		done = write_webp(raster, target, out);
	return done ? 0 : too_large(why);
}
