/* SPDX-License-Identifier: Apache-2.0 */
/* pricing.c: multiplies first and rounds once. */
#include "stripemock/pricing.h"

#include "base/error.h"

#define AMOUNT_MOST ((__int128)1000000000000000)

static __int128
divide(__int128 value, __int128 by)
{
	__int128 half = by / 2;

	return value < 0 ? -((-value + half) / by) : (value + half) / by;
}

static __int128
units_at(const struct stripemock_value *value, const char *path)
{
	const char *text = text_at(value, path);
	__int128 units = 0;

	return text != NULL && stripemock_params_decimal(text, &units) ? units : 0;
}

/* Each tier's own price for what falls into it. */
static __int128
graduated(const struct stripemock_value *tiers, int64_t quantity)
{
	__int128 sum = 0;
	int64_t from = 0;

	for (EACH(tier, tiers)) {
		int64_t to = has_at(tier, "up_to") ? int_at(tier, "up_to") : INT64_MAX;
		int64_t here = (quantity < to ? quantity : to) - from;

		/* The first tier's flat amount is due for a quantity of none, too. */
		if (here <= 0 && from > 0)
			break;
		sum += units_at(tier, "flat_amount_decimal") + units_at(tier, "unit_amount_decimal") * here;
		if (quantity <= to)
			break;
		from = to;
	}
	return sum;
}

/* The price of the tier that the whole quantity falls into, for all of it. */
static __int128
volume(const struct stripemock_value *tiers, int64_t quantity)
{
	for (EACH(tier, tiers)) {
		if (!has_at(tier, "up_to") || quantity <= int_at(tier, "up_to"))
			return units_at(tier, "flat_amount_decimal") +
				units_at(tier, "unit_amount_decimal") * quantity;
	}
	return 0;
}

int
stripemock_pricing_amount(const struct stripemock_value *price, int64_t quantity, int64_t *out)
{
	const struct stripemock_value *tiers = stripemock_value_at(price, "_tiers");
	int64_t by = int_at(price, "transform_quantity.divide_by");
	__int128 sum;

	if (quantity > AMOUNT_MOST)
		return bh_error(BH_E_RANGE, "The quantity is too large.");
	if (by > 0 && stripemock_value_is(price, "transform_quantity.round", "up"))
		quantity = quantity / by + (quantity % by != 0);
	else if (by > 0)
		quantity /= by;
	if (stripemock_value_is(price, "tiers_mode", "graduated"))
		sum = graduated(tiers, quantity);
	else if (stripemock_value_is(price, "tiers_mode", "volume"))
		sum = volume(tiers, quantity);
	else
		sum = units_at(price, "unit_amount_decimal") * quantity;
	sum = divide(sum, STRIPEMOCK_UNIT);
	if (sum > AMOUNT_MOST)
		return bh_error(BH_E_RANGE, "The amount is too large.");
	*out = (int64_t)sum;
	return 0;
}

int64_t
stripemock_pricing_prorate(int64_t amount, int64_t part, int64_t whole)
{
	return (int64_t)divide((__int128)amount * part, whole);
}

int64_t
stripemock_pricing_tax(int64_t amount, const char *percentage, bool inclusive)
{
	__int128 rate = 0, hundred = 100 * STRIPEMOCK_UNIT;

	if (percentage == NULL || !stripemock_params_decimal(percentage, &rate))
		return 0;
	return (int64_t)divide((__int128)amount * rate, inclusive ? hundred + rate : hundred);
}
