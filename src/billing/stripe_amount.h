/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_amount.h: nano-units in Stripe's terms: whole minor units of a currency.
 * Source: Stripe's documentation, "Supported currencies" (zero- and three-decimal currencies). */
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

/* A currency as Stripe writes it: lower case. */
void stripe_currency(const char *currency, char out[4]);

#endif
