/* SPDX-License-Identifier: Apache-2.0 */
/* tax.h: which tax an invoice has, and how much.
 *
 * The seller's country and the buyer's decide (EU rules for services; whoever sells under others sets rates of
 * its own): at home the home rate; within the EU a buyer with a VAT id of its country that was confirmed owes the
 * tax itself (reverse charge), and any other has the rate of its own country; elsewhere the rate of the buyer's country if there
 * is one, else none. */
#ifndef BH_BILLING_TAX_H
#define BH_BILLING_TAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

/* A row of tax_rate; those of one country lie together, the latest first, the tenant's own before all. */
struct billing_tax_rate {
	const char *country;
	const char *effective_on; /* 2026-01-01 */
	const char *name;
	int64_t ppm;
	bool inclusive;
};

struct billing_tax_book {
	const struct billing_tax_rate *rates;
	size_t n;
};

/* Seller or buyer, as printed. Texts are never NULL, but for who confirmed the VAT id. */
struct billing_party {
	const char *name, *address, *country, *vat_id, *email;
	int64_t vat_confirmed_ms; /* 0: nobody did */
	const char *vat_confirmed_by;
};

/* What an invoice has. */
struct billing_tax {
	const char *name; /* "" for none */
	int64_t ppm;
	bool inclusive;
	bool reverse_charge;
	const char *note; /* why it is not what the buyer might expect; NULL or "" for nothing */
};

/* BH_E_STATE: a rate that is needed is not known; says which. */
BH_MUST_CHECK int billing_tax_decide(const struct billing_tax_book *book,
	const struct billing_party *seller, const struct billing_party *buyer, const char *day,
	struct billing_tax *out);

/* The tax on this amount, or contained in it; to the nearest nano-unit, half a one away from 0. */
int64_t billing_tax_of(const struct billing_tax *tax, int64_t nanos);

/* ISO 3166-1 alpha-2, in capitals. */
bool billing_tax_is_country(const char *country);
#endif
