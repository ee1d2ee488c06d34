/* SPDX-License-Identifier: Apache-2.0 */
/* icc.h: a small ICC profile of sRGB, which PDF/A wants in the file. */
#ifndef BH_BILLING_ICC_H
#define BH_BILLING_ICC_H

#include <stdint.h>

#define BILLING_ICC_BYTES 460

/* Version 2.1 of the format: the primaries adapted to D50 (IEC 61966-2-1), and the curve as a gamma of 2.2. */
void billing_icc_srgb(uint8_t out[BILLING_ICC_BYTES]);

#endif
