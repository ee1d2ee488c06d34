/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_amount.h: nano-units in Stripe's terms: whole minor units of a currency, or decimals of them.
 * Source: Stripe's documentation, "Supported currencies" (zero- and three-decimal currencies) and the price
 * object's unit_amount_decimal (at most 12 decimals). */
#ifndef BH_BILLING_STRIPE_AMOUNT_H
#define BH_BILLING_STRIPE_AMOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

/* Decimals of the currency's minor unit: 2, 0 for JPY, 3 for KWD. Any case. */
int stripe_decimals(const char *currency);

/* The minor units that are closest, halves away from 0; *out_rest is what was left out (or, below 0, added). */
int64_t stripe_minor_units(int64_t nanos, const char *currency, int64_t *out_rest);

/* The nano-units of so many minor units; stops at what an invoice can be. */
int64_t stripe_minor_nanos(int64_t minor_units, const char *currency);

/* nanos per `units` units as a decimal of minor units for one unit: 600000000 per 1000000 EUR is "0.00006".
 * BH_E_RANGE when twelve decimals do not hold it. nanos from 0 on; units a power of ten. */
BH_MUST_CHECK int stripe_unit_amount(int64_t nanos, int64_t units, const char *currency,
	char out[48]);

/* A currency as Stripe writes it: lower case. */
void stripe_currency(const char *currency, char out[4]);

#endif
