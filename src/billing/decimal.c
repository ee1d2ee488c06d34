/* SPDX-License-Identifier: Apache-2.0 */
/* decimal.c: reads decimals digit by digit into integers. */
#include "billing/decimal.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

enum { DIGITS_MOST = 18, EXPONENT_MOST = 400, TEXT_MOST = 64 };

struct reading {
	const char *at, *end;
	char digits[TEXT_MOST];
	size_t n_digits;
	int exponent;
};

static bool
is_digit(const struct reading *r)
{
	return r->at < r->end && *r->at >= '0' && *r->at <= '9';
}

/* At least one digit; `each` moves the exponent. */
BH_MUST_CHECK static int
digits_read(struct reading *r, int each)
{
	if (!is_digit(r))
		return BH_E_INVALID;
	for (; is_digit(r); r->at++) {
		r->digits[r->n_digits++] = *r->at;
		r->exponent += each;
	}
	return 0;
}

BH_MUST_CHECK static int
exponent_read(struct reading *r)
{
	bool minus;
	int value = 0;

	r->at++;
	minus = r->at < r->end && *r->at == '-';
	if (r->at < r->end && (*r->at == '-' || *r->at == '+'))
		r->at++;
	if (!is_digit(r))
		return BH_E_INVALID;
	for (; is_digit(r); r->at++) {
		if (value <= EXPONENT_MOST)
			value = value * 10 + (*r->at - '0');
	}
	if (value > EXPONENT_MOST)
		return BH_E_RANGE;
	r->exponent += minus ? -value : value;
	return 0;
}

/* Without the zeros at both ends, which cost no room. */
BH_MUST_CHECK static int
value_of(const struct reading *r, struct billing_decimal *out)
{
	struct billing_decimal value = {.exponent = r->exponent};
	size_t from = 0, n = r->n_digits;

	for (; n > 0 && r->digits[n - 1] == '0'; n--)
		value.exponent++;
	while (from < n && r->digits[from] == '0')
		from++;
	if (n - from > DIGITS_MOST)
		return BH_E_RANGE;
	for (; from < n; from++)
		value.digits = value.digits * 10 + (uint64_t)(r->digits[from] - '0');
	*out = value.digits == 0 ? (struct billing_decimal){0} : value;
	return 0;
}

int
billing_decimal_read(const char *text, size_t len, struct billing_decimal *out)
{
	struct reading r = {.at = text, .end = text + len};
	int rc;

	if (len > TEXT_MOST)
		return BH_E_RANGE;
	if (len > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9')
		return BH_E_INVALID;
	rc = digits_read(&r, 0);
	if (rc == 0 && r.at < r.end && *r.at == '.') {
		r.at++;
		rc = digits_read(&r, -1);
	}
	if (rc == 0 && r.at < r.end && (*r.at == 'e' || *r.at == 'E'))
		rc = exponent_read(&r);
	if (rc == 0 && r.at != r.end)
		rc = BH_E_INVALID;
	return rc < 0 ? rc : value_of(&r, out);
}

int
billing_decimal_scale(struct billing_decimal a, struct billing_decimal b, int shift, int64_t *out,
	bool *out_rounded)
{
	unsigned __int128 value = (unsigned __int128)a.digits * b.digits, scale = 1, rest = 0;
	int exponent = a.exponent + b.exponent + shift;

	for (; exponent > 0 && value != 0; exponent--) {
		value *= 10;
		if (value > (unsigned __int128)BILLING_NANOS_MOST)
			return BH_E_RANGE;
	}
	/* The product has 36 digits at most: less than 10^37 of it is nothing. */
	if (exponent < -37) {
		*out_rounded = value != 0;
		*out = 0;
		return 0;
	}
	for (; exponent < 0; exponent++)
		scale *= 10;
	rest = value % scale;
	value /= scale;
	value += scale > 1 && rest >= scale - rest;
	if (value > (unsigned __int128)BILLING_NANOS_MOST)
		return BH_E_RANGE;
	*out = (int64_t)value;
	*out_rounded = rest != 0;
	return 0;
}

/* ---- rates ---- */

static const struct {
	const char *word;
	int shift; /* from currency per so many to nano-units per million */
} per[] = {{"/million", 9}, {"/thousand", 12}, {"/unit", 15}};

int
billing_rate_read(const char *text, int64_t *out)
{
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	struct billing_decimal value;
	bool rounded;
	int64_t nanos;
	int shift = slash == NULL ? 15 : 0;
	int rc;

	for (size_t i = 0; slash != NULL && i < BH_COUNT(per); i++) {
		if (strcmp(slash, per[i].word) == 0)
			shift = per[i].shift;
	}
	/* An amount is written out: "1e3" is a number, and no price. */
	if (shift == 0 || len == 0 || strspn(text, "0123456789.") < len)
		return BH_E_INVALID;
	rc = billing_decimal_read(text, len, &value);
	if (rc == 0)
		rc = billing_decimal_scale(value, (struct billing_decimal){1, 0}, shift, &nanos, &rounded);
	if (rc == 0 && rounded)
		rc = BH_E_INVALID;
	if (rc == 0)
		*out = nanos;
	return rc;
}

void
billing_rate_write(int64_t nanos, char out[64])
{
	char amount[32];

	bh_text_from_nanos(nanos, amount);
	snprintf(out, 64, "%s/million", amount);
}
