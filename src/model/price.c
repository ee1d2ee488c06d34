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
		[MODEL_TRANSCRIPTION] = METER_TRANSCRIPTION,
		[MODEL_SPEECH] = METER_SPEECH,
		[MODEL_IMAGE] = METER_IMAGE,
		[MODEL_MODERATION] = METER_MODERATION,
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

/* What the book says. */
static struct model_price
own_price(const struct model_entry *entry, bool batch)
{
	const int tier = batch ? METER_TIER_BATCH : 0;
	struct model_price price = {
		.known = entry->book.known || entry->managed,
		.version = entry->book.version,
	};

	if (!entry->book.known)
		return price;
	meter_price_lines(entry->book.said, tier, price.lines);
	meter_price_lines(entry->book.said, tier | METER_TIER_LONG, price.long_lines);
	price.has_tier = memcmp(price.lines, price.long_lines, sizeof(price.lines)) != 0;
	return price;
}

struct model_price
model_price(const struct model_entry *entry, const struct meter_terms *terms, bool batch)
{
	enum meter_kind kind = model_price_kind(entry->kind);
	bool rated[METER_LINES] = {0};
	struct model_price price = own_price(entry, batch);

	price.rate_version = meter_terms_rate(terms, kind, price.lines, rated);
	(void)meter_terms_rate(terms, kind, price.long_lines, rated);
	/* A rate for input is one for what is cached of it, where nothing else is said. */
	for (int line = METER_CACHED; line <= METER_CACHE_WRITE; line++) {
		if (rated[METER_INPUT] && !rated[line])
			price.lines[line] = price.long_lines[line] = price.lines[METER_INPUT];
	}
	price.known = price.known || is_rated(entry->kind, rated);
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
