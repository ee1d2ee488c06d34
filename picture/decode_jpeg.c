/* SPDX-License-Identifier: Apache-2.0 */
/* decode_jpeg.c: by libjpeg-turbo. */
#include "decode.h"

#include <setjmp.h>
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>

#include "colour.h"

enum {
	SCANS_MAX = 100, /* of a progressive file: each goes over the whole picture again */
	PROFILE_MARKER = JPEG_APP0 + 2,
	PROFILE_MARKER_BYTES = 0xffff,
};

/* What has to outlive a jump out of the library stands here. */
struct reading {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct jpeg_progress_mgr progress;
	jmp_buf failed;
	bool ended; /* the file did, too early, or is broken within */
	uint32_t lines;
	struct picture_raster raster;
	JOCTET *profile; /* owned: of malloc */
	unsigned profile_len;
};

static void
fail(j_common_ptr jpeg)
{
	struct reading *reading = jpeg->client_data;

	longjmp(reading->failed, 1);
}

/* Warnings are about the file's pixels; one is enough to know that some of them are wrong. */
static void
note(j_common_ptr jpeg, int level)
{
	struct reading *reading = jpeg->client_data;

	if (level < 0 && jpeg->err->msg_code != JWRN_EXTRANEOUS_DATA)
		reading->ended = true;
}

static void
say_nothing(j_common_ptr jpeg)
{
	(void)jpeg;
}

static void
watch(j_common_ptr jpeg)
{
	struct reading *reading = jpeg->client_data;

	if (reading->jpeg.input_scan_number > SCANS_MAX)
		longjmp(reading->failed, 1);
}

/* By the decoder itself, as far as the longer side stays long enough. */
static unsigned
find_scale(const struct picture_head *head, uint32_t max_edge)
{
	uint32_t longer = head->width > head->height ? head->width : head->height;

	for (unsigned eighths = 1; eighths < 8 && max_edge > 0; eighths++)
		if ((uint64_t)longer * eighths / 8 >= max_edge)
			return eighths;
	return 8;
}

static void
read_picture(struct reading *reading, struct picture_bytes file, const struct picture_head *head,
	uint32_t max_edge)
{
	struct jpeg_decompress_struct *jpeg = &reading->jpeg;

	jpeg_create_decompress(jpeg);
	jpeg->progress = &reading->progress;
	jpeg_mem_src(jpeg, file.data, file.len);
	jpeg_save_markers(jpeg, PROFILE_MARKER, PROFILE_MARKER_BYTES);
	jpeg_read_header(jpeg, TRUE);
	if (jpeg->image_width != head->width || jpeg->image_height != head->height)
		longjmp(reading->failed, 1);
	jpeg_read_icc_profile(jpeg, &reading->profile, &reading->profile_len);
	jpeg->out_color_space = jpeg->num_components == 4 ? JCS_CMYK : JCS_EXT_RGBA;
	jpeg->scale_num = find_scale(head, max_edge);
	jpeg->scale_denom = 8;
	jpeg_start_decompress(jpeg);
	picture_raster_open(&reading->raster, jpeg->output_width, jpeg->output_height);
	while (jpeg->output_scanline < jpeg->output_height) {
		JSAMPROW line = picture_raster_at(&reading->raster, 0, jpeg->output_scanline);

		reading->lines += jpeg_read_scanlines(jpeg, &line, 1);
	}
	/* What comes behind the last line is not looked at. */
}

int
picture_decode_jpeg(struct picture_bytes file, const struct picture_head *head, uint32_t max_edge,
	struct picture_raster *out, struct picture_failure *why)
{
	struct reading reading = {0};
	struct picture_bytes profile;
	bool whole = false, inks, inverted;

	reading.jpeg.err = jpeg_std_error(&reading.errors);
	reading.errors.error_exit = fail;
	reading.errors.emit_message = note;
	reading.errors.output_message = say_nothing;
	reading.progress.progress_monitor = watch;
	reading.jpeg.client_data = &reading;
	if (setjmp(reading.failed) == 0) {
		read_picture(&reading, file, head, max_edge);
		reading.raster.truncated = reading.ended;
		reading.lines = reading.raster.height;
	} else {
		reading.lines = 0;
	}
	whole = reading.lines > 0;
	inks = reading.jpeg.num_components == 4;
	inverted = reading.jpeg.saw_Adobe_marker;
	jpeg_destroy_decompress(&reading.jpeg);
	profile = (struct picture_bytes){reading.profile, reading.profile_len};
	if (whole && inks)
		picture_colour_convert_inks(&reading.raster, profile, inverted);
	else if (whole)
		picture_colour_convert(&reading.raster, profile);
	picture_memory_free(reading.profile);
	if (!whole) {
		picture_raster_close(&reading.raster);
		return picture_fail(why, PICTURE_E_DAMAGED, "The JPEG file is damaged.");
	}
	*out = reading.raster;
	return 0;
}
