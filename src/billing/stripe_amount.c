/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_amount.c: integers all the way. */
#include "billing/stripe_amount.h"

#include <ctype.h>
#include <string.h>

#include "base/macros.h"

/* Those that have no two decimals there. */
static const char *const none[] = {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG",
	"RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"};
static const char *const three[] = {"BHD", "JOD", "KWD", "OMR", "TND"};

static bool
is_one_of(const char *currency, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcasecmp(currency, list[i]) == 0)
			return true;
	}
	return false;
}

int
stripe_decimals(const char *currency)
{
	if (is_one_of(currency, none, BH_COUNT(none)))
		return 0;
	return is_one_of(currency, three, BH_COUNT(three)) ? 3 : 2;
}

/* Nano-units of one minor unit. */
static int64_t
minor_nanos(const char *currency)
{
	int64_t nanos = 1000000000;

	for (int i = stripe_decimals(currency); i > 0; i--)
		nanos /= 10;
	return nanos;
}

int64_t
stripe_minor_units(int64_t nanos, const char *currency, int64_t *out_rest)
{
	int64_t unit = minor_nanos(currency);
	int64_t whole = nanos / unit, rest = nanos % unit;

	if (rest >= unit - rest && rest > 0) {
		whole++;
		rest -= unit;
	} else if (-rest >= unit + rest && rest < 0) {
		whole--;
		rest += unit;
	}
	*out_rest = rest;
	return whole;
}

int64_t
stripe_minor_nanos(int64_t minor_units, const char *currency)
{
	int64_t nanos;

	if (__builtin_mul_overflow(minor_units, minor_nanos(currency), &nanos))
		return minor_units < 0 ? INT64_MIN : INT64_MAX;
	return nanos;
}

void
stripe_currency(const char *currency, char out[4])
{
	size_t len = strnlen(currency, 3);

	for (size_t i = 0; i < len; i++)
		out[i] = (char)tolower((unsigned char)currency[i]);
	out[len] = '\0';
}
