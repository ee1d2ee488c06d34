/* SPDX-License-Identifier: Apache-2.0 */
/* currency.h: minor units: what can be paid. */
#ifndef BH_BILLING_CURRENCY_H
#define BH_BILLING_CURRENCY_H

#include <stdint.h>

/* Decimals of a currency's minor unit (ISO 4217): 2, 0 for JPY, 3 for KWD, … */
int billing_currency_digits(const char *currency);

/* The nearest amount in whole minor units; half a unit goes away from 0. */
int64_t billing_currency_round(const char *currency, int64_t nanos);

/* amount * numerator / denominator to the nearest nano-unit, half a one away from 0. */
int64_t billing_share(int64_t amount, int64_t numerator, int64_t denominator);

/* "1234.50 EUR", always with the decimals of the minor unit, with more only where there are. */
void billing_currency_print(const char *currency, int64_t nanos, char out[48]);

#endif
