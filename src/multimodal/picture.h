/* SPDX-License-Identifier: Apache-2.0 */
/* picture.h: a picture written anew by bulkhead-picture, in its tenant's turn: without anything but its pixels. */
#ifndef BH_MULTIMODAL_PICTURE_H
#define BH_MULTIMODAL_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

struct bh_picture_made;
struct bh_picture_order;
struct bh_picture_run;
struct multimodal;

/* For whom, and what ends it early. Borrowed. */
struct multimodal_reader {
	struct multimodal *multimodal;
	const struct bh_uuid *tenant;
	int watch_fd;       /* 0 or -1: none */
	const bool *cancel; /* NULL: none */
};

/* Runs it. *out, also after BH_E_INVALID, is the caller's to close in this thread: bh_picture_run_refusal tells what is
 * wrong with the picture. BH_E_BUSY, and the errors of bh_picture_run. */
BH_MUST_CHECK int multimodal_picture_run(const struct multimodal_reader *reader,
	const struct bh_picture_order *order, struct bh_picture_run **out);

/* The whole picture that it wrote; BH_E_PROTOCOL: there is none. Borrowed from the run. */
BH_MUST_CHECK int multimodal_picture_made(const struct bh_picture_run *run,
	const struct bh_picture_made **out);

#endif
