/* SPDX-License-Identifier: Apache-2.0 */
/* colour.h: colours of other spaces become sRGB. */
#ifndef PICTURE_COLOUR_H
#define PICTURE_COLOUR_H

#include "raster.h"

/* By the ICC profile of the file, which is ignored if it is broken, not one of such pixels, or sRGB by another name. */
void picture_colour_convert(struct picture_raster *raster, struct picture_bytes profile);

/* The same for four inks in place of red, green, blue and alpha; without a profile, by rule of thumb. inverted: 255 is
 * no ink, as Adobe writes it. */
void picture_colour_convert_inks(struct picture_raster *raster, struct picture_bytes profile,
	bool inverted);

#endif
