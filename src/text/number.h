/* SPDX-License-Identifier: Apache-2.0 */
/* number.h: numbers that are written with marks: 1,250,000 and 1.250.000, 7,5 and 7.5, 2.3.1, 8:30. */
#ifndef BH_TEXT_NUMBER_H
#define BH_TEXT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Where the number that begins at `at` ends; a mark belongs to it when a digit follows, a comma only where it
 * divides thousands or is a decimal point. */
size_t bh_number_end(const uint32_t *points, size_t n, size_t at);

/* Where the hardware address that begins at `at` ends: six or eight pairs of hexadecimal digits with colons between;
 * `at`: none does. */
size_t bh_number_address_end(const uint32_t *points, size_t n, size_t at);

/* Appends it in one spelling: thousands closed up, a decimal comma as a point, other marks as they are. True when it
 * may also be read with all its marks closed up (1.250): then the caller adds that spelling. */
bool bh_number_spell(const uint32_t *points, size_t start, size_t end, struct bh_buf *out);

#endif
