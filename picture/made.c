/* SPDX-License-Identifier: Apache-2.0 */
/* made.c: pictures of the backend for tests, in all their variants, and where new pictures go. */
#include "made.h"

#include <string.h>
#include <unistd.h>

#include "analyse.h"
#include "decode.h"
#include "draw.h"
#include "input.h"
#include "protocol.h"

int
picture_put_made(struct picture_answer *answer, const struct picture_raster *raster,
	const struct picture_target *target, const struct picture_made *made,
	struct picture_failure *why)
{
	static int64_t offset; /* of what was written to fd 3 */
	struct picture_buffer file = {0};
	int rc = picture_encode(raster, target, &file, why);

	if (rc == 0 && !picture_write(PICTURE_FD_OUTPUT, file.data, file.len))
		rc = PICTURE_E_OUTPUT;
	if (rc == 0) {
		picture_answer_begin(answer, "picture");
		picture_answer_number(answer, "offset", offset);
		picture_answer_number(answer, "bytes", (int64_t)file.len);
		picture_answer_text(answer, "format", picture_format_name(target->format));
		picture_answer_text(answer, "mime", picture_format_mime(target->format));
		picture_answer_number(answer, "width", raster->width);
		picture_answer_number(answer, "height", raster->height);
		picture_answer_number(answer, "variant", made->variant);
		picture_answer_number(answer, "partial", made->partial);
		picture_answer_flag(answer, "truncated", made->truncated);
		picture_answer_flag(answer, "test_backend", made->test_backend);
		rc = picture_answer_end(answer);
		offset += (int64_t)file.len;
	}
	picture_buffer_close(&file);
	return rc;
}

/* The pictures that are edited, the mask behind them. Zeroed: none. */
struct inputs {
	struct picture_raster rasters[PICTURE_EDITS_MAX + 1]; /* owned */
	uint32_t count;
};

static void
inputs_close(struct inputs *inputs)
{
	for (uint32_t i = 0; i < inputs->count; i++)
		picture_raster_close(&inputs->rasters[i]);
}

static int
read_input(const struct picture_options *options, int fd, struct picture_answer *answer,
	struct picture_raster *out, struct picture_failure *why)
{
	struct picture_bytes file;
	struct picture_head head;
	int rc = picture_input_map(fd, &options->limits, &file, why);

	if (rc == 0)
		rc = picture_head_read(file, &options->limits, &head, why);
	if (rc == 0)
		rc = picture_put_head(answer, &head, file.len);
	if (rc == 0)
		rc = picture_decode(file, &head, 0, out, why);
	if (rc == 0)
		picture_raster_orient(out, head.orientation);
	return rc;
}

/* Pictures that are only shown small are kept small. */
static int
read_inputs(const struct picture_options *options, struct picture_answer *answer,
	struct inputs *inputs, struct picture_failure *why, int *input)
{
	enum { OTHER_EDGE = 512 };
	uint32_t all = options->edits + (options->mask ? 1 : 0);

	for (uint32_t i = 0; i < all; i++) {
		int rc = read_input(options, PICTURE_FD_EDITS + (int)i, answer, &inputs->rasters[i], why);

		*input = (int)i;
		if (rc < 0)
			return rc;
		inputs->count++;
		if (i > 0 && i < options->edits)
			picture_raster_fit(&inputs->rasters[i], OTHER_EDGE);
	}
	return 0;
}

/* The label has to be legible in it. */
static int
check_size(const struct picture_raster *picture, struct picture_failure *why)
{
	if (picture->width < PICTURE_DRAW_EDGE_MIN || picture->height < PICTURE_DRAW_EDGE_MIN)
		return picture_fail(why, PICTURE_E_UNSUPPORTED,
			"The image is %u by %u pixels; to be edited it must have at least %d by %d.",
			picture->width, picture->height, PICTURE_DRAW_EDGE_MIN, PICTURE_DRAW_EDGE_MIN);
	return 0;
}

static int
check_mask(const struct picture_raster *picture, const struct picture_raster *mask,
	struct picture_failure *why)
{
	if (mask->width != picture->width || mask->height != picture->height)
		return picture_fail(why, PICTURE_E_MASK,
			"The mask is %u by %u pixels, and the image %u by %u; they must have the same size.",
			mask->width, mask->height, picture->width, picture->height);
	if (!mask->alpha)
		return picture_fail(why, PICTURE_E_MASK,
			"The mask has no transparent pixels; they mark what to edit.");
	return 0;
}

/* The prompt, from fd 0. */
static int
read_prompt(struct picture_prompt *out, struct picture_failure *why)
{
	const struct picture_limits limits = {.bytes = PICTURE_PROMPT_BYTES_MAX};
	struct picture_bytes bytes;
	struct picture_failure own;

	if (picture_input_map(STDIN_FILENO, &limits, &bytes, &own) < 0)
		return picture_fail(why, PICTURE_E_TOO_LARGE, "The prompt has more than %d bytes.",
			PICTURE_PROMPT_BYTES_MAX);
	if (bytes.len == 0)
		return picture_fail(why, PICTURE_E_EMPTY, "The prompt is empty.");
	out->text = (const char *)bytes.data;
	out->len = bytes.len;
	return 0;
}

static void
copy(const struct picture_raster *from, struct picture_raster *out)
{
	picture_raster_open(out, from->width, from->height);
	memcpy(out->pixels, from->pixels, 4 * (size_t)from->width * from->height);
	out->alpha = from->alpha;
	out->truncated = from->truncated;
}

/* One picture: the whole, or the n-th of those that come before it. */
static int
make_one(const struct picture_options *options, const struct inputs *inputs,
	struct picture_prompt prompt, uint32_t partial, struct picture_answer *answer,
	struct picture_failure *why)
{
	const struct picture_raster *mask = options->mask ? &inputs->rasters[options->edits] : NULL;
	struct picture_made made = {.variant = prompt.variant,
		.partial = partial,
		.test_backend = true};
	struct picture_raster raster;
	int rc;

	prompt.share = partial == 0 ? 100 : 100 * partial / (options->partials + 1);
	if (options->draws) {
		picture_draw(&raster, options->width, options->height, options->transparent, &prompt);
	} else {
		copy(&inputs->rasters[0], &raster);
		picture_draw_edit(&raster, mask, inputs->rasters + 1, options->edits - 1, &prompt);
	}
	made.truncated = raster.truncated;
	if (options->target.format == PICTURE_JPEG)
		picture_raster_flatten(&raster, options->flatten);
	rc = picture_put_made(answer, &raster, &options->target, &made, why);
	picture_raster_close(&raster);
	return rc;
}

int
picture_make(const struct picture_options *options, struct picture_answer *answer,
	struct picture_failure *why, int *input)
{
	struct inputs inputs = {0};
	struct picture_prompt prompt = {.seed = options->seed};
	int rc = read_prompt(&prompt, why);

	if (rc == 0)
		rc = read_inputs(options, answer, &inputs, why, input);
	if (rc == 0 && options->edits > 0) {
		*input = 0;
		rc = check_size(&inputs.rasters[0], why);
	}
	if (rc == 0 && options->mask) {
		*input = (int)options->edits;
		rc = check_mask(&inputs.rasters[0], &inputs.rasters[options->edits], why);
	}
	if (rc == 0)
		*input = -1;
	for (prompt.variant = 0; rc == 0 && prompt.variant < options->variants; prompt.variant++) {
		for (uint32_t partial = 1; rc == 0 && partial <= options->partials; partial++)
			rc = make_one(options, &inputs, prompt, partial, answer, why);
		if (rc == 0)
			rc = make_one(options, &inputs, prompt, 0, answer, why);
	}
	inputs_close(&inputs);
	return rc;
}
