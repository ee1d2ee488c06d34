/* SPDX-License-Identifier: Apache-2.0 */
/* currency.c: minor units, by integers alone. */
#include "billing/currency.h"

#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "base/text.h"

/* ISO 4217, the minor units that are not hundredths. */
static const char whole[] = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
static const char thousandths[] = "BHD IQD JOD KWD LYD OMR TND";

int
billing_currency_digits(const char *currency)
{
	if (bh_text_has_word(whole, currency))
		return 0;
	return bh_text_has_word(thousandths, currency) ? 3 : 2;
}

int64_t
billing_share(int64_t amount, int64_t numerator, int64_t denominator)
{
	__int128 product = (__int128)amount * numerator;
	__int128 half = denominator / 2;

	return (int64_t)((product < 0 ? product - half : product + half) / denominator);
}

int64_t
billing_currency_round(const char *currency, int64_t nanos)
{
	int64_t unit = BH_NANOS_PER_UNIT;

	for (int i = billing_currency_digits(currency); i > 0; i--)
		unit /= 10;
	return billing_share(nanos, 1, unit) * unit;
}

void
billing_currency_print(const char *currency, int64_t nanos, char out[48])
{
	char text[32], *point;
	int digits = billing_currency_digits(currency), shown;

	bh_text_from_nanos(nanos, text);
	point = strchr(text, '.');
	shown = point != NULL ? (int)strlen(point + 1) : 0;
	snprintf(out, 48, "%s%s%.*s %.3s", text, point == NULL && digits > 0 ? "." : "",
		shown < digits ? digits - shown : 0, "000", currency);
}
