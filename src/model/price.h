/* SPDX-License-Identifier: Apache-2.0 */
/* price.h: what a call of a model costs: the one place that knows where prices come from. They are those of the
 * price book; only a managed model, of which it says nothing, is free. */
#ifndef BH_MODEL_PRICE_H
#define BH_MODEL_PRICE_H

#include <stdbool.h>
#include <stdint.h>

#include "meter/terms.h"
#include "meter/price.h"
#include "model/model.h"

/* Input tokens beyond which a long call's prices hold, where a model has such. */
enum { MODEL_LONG_TOKENS = 200000 };

/* Nano-units per million of each line. */
struct model_price {
	bool known;
	bool has_tier;                   /* a long call has prices of its own */
	int64_t version;                 /* of the price book; 0: none */
	int64_t rate_version;            /* of the plan's rates that took its place; 0: none did */
	int64_t lines[METER_LINES];      /* of a call, or of one in a batch */
	int64_t long_lines[METER_LINES]; /* of a long one */
};

/* The model's price, with the rates of the tenant's plan in its place. `batch`: of a call that is part of one. */
struct model_price model_price(const struct model_entry *entry, const struct meter_terms *terms,
	bool batch);

/* The prices of a call with so much input, known at its end. */
const int64_t *model_price_at(const struct model_price *price, int64_t input);

/* The prices at which money is set aside for a call with up to so much input: line by line the dearer ones,
 * if it may turn out long. */
void model_price_most(const struct model_price *price, int64_t input, int64_t out[METER_LINES]);

/* The kind of act that a call of this kind of model is. */
enum meter_kind model_price_kind(enum model_kind kind);

#endif
