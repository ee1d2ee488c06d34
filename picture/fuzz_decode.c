/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_decode.c: any file of few pixels through all that is done with pictures; zbar and tesseract are left out. */
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "analyse.h"
#include "decode.h"
#include "encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was written anew can be read, and has no metadata. */
static void
check(const struct picture_buffer *file, const struct picture_limits *limits)
{
	struct picture_head head;
	struct picture_failure why;

	if (picture_head_read((struct picture_bytes){file->data, file->len}, limits, &head, &why) < 0 ||
		head.exif.len > 0 || head.profile || head.frames != 1)
		__builtin_trap();
}

static void
use(struct picture_raster *raster, const struct picture_head *head,
	const struct picture_limits *limits)
{
	struct picture_answer answer = {.fd = open("/dev/null", O_WRONLY | O_CLOEXEC)};
	struct picture_failure why;

	picture_raster_fit(raster, 61);
	picture_raster_orient(raster, head->orientation);
	if (picture_put_colours(&answer, raster) < 0 || picture_put_hashes(&answer, raster) < 0 ||
		picture_put_blur(&answer, raster) < 0 || picture_put_exif(&answer, head->exif) < 0 ||
		picture_put_gps(&answer, head->exif) < 0)
		__builtin_trap();
	for (enum picture_format format = PICTURE_PNG; format <= PICTURE_WEBP; format++) {
		const struct picture_target target = {.format = format, .quality = 50};
		struct picture_buffer file = {0};

		if (format == PICTURE_JPEG)
			picture_raster_flatten(raster, 0xffffff);
		if (picture_encode(raster, &target, &file, &why) < 0)
			__builtin_trap();
		check(&file, limits);
		picture_buffer_close(&file);
	}
	picture_answer_close(&answer);
	close(answer.fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A few pixels: what takes long is not what is looked for. */
	const struct picture_limits limits = {.bytes = 1 << 20,
		.pixels = 40000,
		.edge = 2000,
		.frames = 100,
		.ratio = 2000};
	struct picture_raster raster = {0};
	struct picture_failure why;
	struct picture_head head;

	if (picture_head_read((struct picture_bytes){data, size}, &limits, &head, &why) < 0 ||
		picture_decode((struct picture_bytes){data, size}, &head, size % 3 == 0 ? 20 : 0, &raster,
			&why) < 0)
		return 0;
	use(&raster, &head, &limits);
	picture_raster_close(&raster);
	return 0;
}
