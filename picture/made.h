/* SPDX-License-Identifier: Apache-2.0 */
/* made.h: new pictures on fd 3, and those that are drawn. */
#ifndef PICTURE_MADE_H
#define PICTURE_MADE_H

#include "answer.h"
#include "options.h"

/* What is said of a new picture. */
struct picture_made {
	uint32_t variant, partial;
	bool truncated, test_backend;
};

/* Writes the picture to fd 3, behind those before it, and its line. */
PICTURE_MUST_CHECK int picture_put_made(struct picture_answer *answer,
	const struct picture_raster *raster, const struct picture_target *target,
	const struct picture_made *made, struct picture_failure *why);

/* Draws, or edits, what the options ask for. *input: which of the pictures a failure is about, as protocol.h has it. */
PICTURE_MUST_CHECK int picture_make(const struct picture_options *options,
	struct picture_answer *answer, struct picture_failure *why, int *input);

#endif
