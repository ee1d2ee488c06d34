/* SPDX-License-Identifier: Apache-2.0 */
/* codes.h: QR and bar codes, by libzbar. */
#ifndef PICTURE_CODES_H
#define PICTURE_CODES_H

#include "answer.h"
#include "raster.h"

/* The longer side of what is searched. */
enum { PICTURE_CODES_EDGE = 2500 };

/* Loads the library, which few runs need, before the sandbox forbids opening files. False: it is not installed. */
PICTURE_MUST_CHECK bool picture_codes_open(void);

/* The line of them. scale: pixels of the picture as it is seen, for one of the raster. */
PICTURE_MUST_CHECK int picture_put_codes(struct picture_answer *answer,
	const struct picture_raster *raster, double scale);

#endif
