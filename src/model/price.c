/* SPDX-License-Identifier: Apache-2.0 */
/* price.c: prices of a call's lines, from the model's row and the tenant's plan. */
#include "model/price.h"

#include <string.h>

enum meter_kind
model_price_kind(enum model_kind kind)
{
	static const enum meter_kind kinds[MODEL_KINDS] = {
		[MODEL_CHAT] = METER_CHAT,
		[MODEL_EMBEDDING] = METER_EMBEDDING,
		[MODEL_RERANK] = METER_RERANK,
	};

	return kinds[kind];
}

/* The lines whose rates together are a price: those of which every call of the kind has some. */
static bool
is_rated(enum model_kind kind, const bool rated[METER_LINES])
{
	switch (kind) {
	case MODEL_CHAT:
		return rated[METER_INPUT] && rated[METER_OUTPUT];
	case MODEL_EMBEDDING:
		return rated[METER_INPUT];
	default:
		return rated[METER_UNITS];
	}
}

struct model_price
model_price(const struct model_entry *entry, const struct meter_terms *terms)
{
	bool rated[METER_LINES] = {0};
	struct model_price price = {.known = entry->price_known, .version = entry->price_version};

	price.lines[METER_INPUT] = entry->price_in;
	price.lines[entry->kind == MODEL_RERANK ? METER_UNITS : METER_OUTPUT] = entry->price_out;
	price.rate_version = meter_terms_rate(terms, model_price_kind(entry->kind), price.lines, rated);
	/* What is read from a cache, or written to one, costs what input does where nothing else is said. */
	if (!rated[METER_CACHED])
		price.lines[METER_CACHED] = price.lines[METER_INPUT];
	if (!rated[METER_CACHE_WRITE])
		price.lines[METER_CACHE_WRITE] = price.lines[METER_INPUT];
	price.known = price.known || is_rated(entry->kind, rated);
	memcpy(price.long_lines, price.lines, sizeof(price.long_lines));
	return price;
}

const int64_t *
model_price_at(const struct model_price *price, int64_t input)
{
	return price->has_tier && input > MODEL_LONG_TOKENS ? price->long_lines : price->lines;
}

void
model_price_most(const struct model_price *price, int64_t input, int64_t out[METER_LINES])
{
	memcpy(out, price->lines, sizeof(price->lines));
	for (int line = 0; line < METER_LINES; line++) {
		if (price->has_tier && input > MODEL_LONG_TOKENS && price->long_lines[line] > out[line])
			out[line] = price->long_lines[line];
	}
}
