/* SPDX-License-Identifier: Apache-2.0 */
/* decimal.h: amounts as people and price lists write them, read exactly: no double is ever made of one. */
#ifndef BH_BILLING_DECIMAL_H
#define BH_BILLING_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

/* No stored amount is larger: a milliard of the currency. */
#define BILLING_NANOS_MOST INT64_C(1000000000000000000)

/* digits * 10^exponent; never below 0. Zeroed is 0. */
struct billing_decimal {
	uint64_t digits;
	int exponent;
};

/* Reads a whole JSON number (RFC 8259) of at most 18 significant digits that is not below 0. BH_E_INVALID,
 * BH_E_RANGE. */
BH_MUST_CHECK int billing_decimal_read(const char *text, size_t len, struct billing_decimal *out);

/* a * b * 10^shift as an integer of at most BILLING_NANOS_MOST, rounded to the nearest (a half upwards);
 * *out_rounded tells that it is another value. BH_E_RANGE. */
BH_MUST_CHECK int billing_decimal_scale(struct billing_decimal a, struct billing_decimal b,
	int shift, int64_t *out, bool *out_rounded);

/* Reads "0.60/million", "0.60/thousand" or "0.60" (a unit) as nano-units per million units. BH_E_INVALID, also
 * for what is no whole number of them, and BH_E_RANGE. */
BH_MUST_CHECK int billing_rate_read(const char *text, int64_t *out);

/* Writes it as "0.6/million". */
void billing_rate_write(int64_t nanos, char out[64]);

#endif
