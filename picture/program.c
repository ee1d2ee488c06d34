/* SPDX-License-Identifier: Apache-2.0 */
/* program.c: reads a picture inside a sandbox, says what it is and writes it anew. */
#include "program.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "analyse.h"
#include "codes.h"
#include "decode.h"
#include "input.h"
#include "made.h"
#include "protocol.h"
#include "sandbox/sandbox.h"
#include "words.h"

enum {
	SMALL = PICTURE_ANALYSE_COLOURS | PICTURE_ANALYSE_HASHES | PICTURE_ANALYSE_BLUR,
	PIXELS = SMALL | PICTURE_ANALYSE_CODES | PICTURE_ANALYSE_TEXT,
};

/* How long the longer side has to be at least for all that is asked; 0: as it is. */
static uint32_t
edge_needed(const struct picture_options *options)
{
	uint32_t edge = (options->analyses & SMALL) != 0 ? PICTURE_ANALYSE_EDGE : 0;

	if ((options->analyses & PICTURE_ANALYSE_TEXT) != 0 ||
		(options->writes && options->max_edge == 0))
		return 0;
	if ((options->analyses & PICTURE_ANALYSE_CODES) != 0 && edge < PICTURE_CODES_EDGE)
		edge = PICTURE_CODES_EDGE;
	return options->writes && options->max_edge > edge ? options->max_edge : edge;
}

static int
put_codes(struct picture_answer *answer, const struct picture_raster *raster, double scale)
{
	struct picture_raster small;
	int rc;

	picture_raster_thumbnail(raster, PICTURE_CODES_EDGE, &small);
	rc = picture_put_codes(answer, &small, scale * raster->width / small.width);
	picture_raster_close(&small);
	return rc;
}

static int
put_small(const struct picture_options *options, struct picture_answer *answer,
	const struct picture_raster *raster)
{
	struct picture_raster small;
	int rc = 0;

	picture_raster_thumbnail(raster, PICTURE_ANALYSE_EDGE, &small);
	if ((options->analyses & PICTURE_ANALYSE_COLOURS) != 0)
		rc = picture_put_colours(answer, &small);
	if (rc == 0 && (options->analyses & PICTURE_ANALYSE_HASHES) != 0)
		rc = picture_put_hashes(answer, &small);
	if (rc == 0 && (options->analyses & PICTURE_ANALYSE_BLUR) != 0)
		rc = picture_put_blur(answer, &small);
	picture_raster_close(&small);
	return rc;
}

/* The new picture, after all that wants its alpha. */
static int
write_again(const struct picture_options *options, const struct picture_head *head,
	struct picture_answer *answer, struct picture_raster *raster, struct picture_failure *why)
{
	struct picture_target target = options->target;
	struct picture_made made = {.truncated = raster->truncated};

	if (options->same)
		target.format = head->format == PICTURE_GIF ? PICTURE_PNG : head->format;
	picture_raster_fit(raster, options->max_edge);
	if (target.format == PICTURE_JPEG)
		picture_raster_flatten(raster, options->flatten);
	return picture_put_made(answer, raster, &target, &made, why);
}

static int
read_pixels(const struct picture_options *options, struct picture_words *words,
	struct picture_bytes file, const struct picture_head *head, struct picture_answer *answer,
	struct picture_failure *why)
{
	struct picture_raster raster = {0};
	int rc = picture_decode(file, head, edge_needed(options), &raster, why);
	double scale = rc < 0 ? 1 : (double)head->width / raster.width;

	/* A large picture that is only wanted small is made so before it is turned. */
	if (rc == 0 && edge_needed(options) > 0)
		picture_raster_fit(&raster, edge_needed(options)),
			scale = (double)head->width / raster.width;
	if (rc == 0)
		picture_raster_orient(&raster, head->orientation);
	if (rc == 0 && (options->analyses & SMALL) != 0)
		rc = put_small(options, answer, &raster);
	if (rc == 0 && (options->analyses & PICTURE_ANALYSE_CODES) != 0)
		rc = put_codes(answer, &raster, scale);
	if (rc == 0 && (options->analyses & PICTURE_ANALYSE_TEXT) != 0)
		rc = picture_put_words(answer, words, &raster);
	if (rc == 0 && options->writes)
		rc = write_again(options, head, answer, &raster, why);
	picture_raster_close(&raster);
	return rc;
}

static int
read_one(const struct picture_options *options, struct picture_words *words,
	struct picture_answer *answer, struct picture_failure *why)
{
	struct picture_bytes file;
	struct picture_head head;
	int rc = picture_input_map(STDIN_FILENO, &options->limits, &file, why);

	if (rc == 0)
		rc = picture_head_read(file, &options->limits, &head, why);
	if (rc == 0)
		rc = picture_put_head(answer, &head, file.len);
	if (rc == 0 && (options->analyses & PICTURE_ANALYSE_EXIF) != 0)
		rc = picture_put_exif(answer, head.exif);
	if (rc == 0 && (options->analyses & PICTURE_ANALYSE_GPS) != 0)
		rc = picture_put_gps(answer, head.exif);
	if (rc == 0 && (options->writes || (options->analyses & PIXELS) != 0))
		rc = read_pixels(options, words, file, &head, answer, why);
	return rc;
}

/* What it may write, should it be taken over: no more than its caller reads. The sandbox leaves a lower limit as it is. */
static int
limit_output(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0) {
		perror("bulkhead-picture: ask for the limit of files");
		return -1;
	}
	if (limit.rlim_max > PICTURE_OUTPUT_BYTES_MAX)
		limit.rlim_max = PICTURE_OUTPUT_BYTES_MAX;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_FSIZE, &limit) < 0) {
		perror("bulkhead-picture: limit files");
		return -1;
	}
	return 0;
}

static int
enter(const struct picture_options *options)
{
	bool text = (options->analyses & PICTURE_ANALYSE_TEXT) != 0;
	const struct sandbox_needs needs = {
		.program = "bulkhead-picture",
		.cpu_seconds = options->cpu_seconds + (text ? PICTURE_TEXT_SECONDS : 0),
		.descriptors = options->edits > 0 ? PICTURE_FD_EDITS + (int)options->edits + options->mask
			: options->writes             ? PICTURE_FD_OUTPUT + 1
										  : PICTURE_FD_OUTPUT,
	};

	return limit_output() < 0 ? -1 : sandbox_enter(&needs);
}

int
picture_program_run(const struct picture_options *options, struct picture_words *words,
	const char *setup)
{
	struct picture_answer answer = {.fd = STDOUT_FILENO};
	struct picture_failure why = {0};
	int rc = 0, input = -1;

	if (setup != NULL)
		rc = picture_fail(&why, PICTURE_E_SETUP, "%s", setup);
	else if ((options->analyses & PICTURE_ANALYSE_CODES) != 0 && !picture_codes_open())
		rc = picture_fail(&why, PICTURE_E_SETUP,
			"The recognition of QR and bar codes is not installed.");
	if (enter(options) < 0)
		return PICTURE_EXIT_USAGE;
	if (rc == 0 && (options->draws || options->edits > 0))
		rc = picture_make(options, &answer, &why, &input);
	else if (rc == 0)
		rc = read_one(options, words, &answer, &why);
	rc = picture_answer_finish(&answer, rc, &why, input);
	picture_answer_close(&answer);
	return rc;
}
