/* SPDX-License-Identifier: Apache-2.0 */
/* font.h: letters drawn with a pen, in any size. */
#ifndef PICTURE_FONT_H
#define PICTURE_FONT_H

#include "raster.h"

/* Of a cell: a letter's width with the gap behind it, and a line's height with the gap below it. */
enum { PICTURE_FONT_WIDTH = 8, PICTURE_FONT_HEIGHT = 14, PICTURE_FONT_ABOVE = 1 };

/* Draws len bytes of UTF-8 from (x, y) on, the upper left corner of the first cell; unit: pixels of one step of a cell.
 * What the font lacks is a box. Clipped to the picture; the letters are opaque. */
void picture_font_draw(struct picture_raster *raster, double x, double y, double unit, uint32_t rgb,
	const char *text, size_t len);

#endif
