/* SPDX-License-Identifier: Apache-2.0 */
/* price_file.h: reads a price list in the form of LiteLLM's model_prices_and_context_window.json: an object with
 * a member for each model, whose members tell costs in USD per token as JSON numbers. */
#ifndef BH_BILLING_PRICE_FILE_H
#define BH_BILLING_PRICE_FILE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/macros.h"
#include "billing/decimal.h"
#include "billing/price.h"

#define BILLING_PRICE_FILE_BYTES (32u * 1024 * 1024)
#define BILLING_PRICE_FILE_ITEMS 100000
#define BILLING_PRICE_ITEM_BYTES 200
#define BILLING_PRICE_FIELDS_NOTED 64

/* A member that tells a cost which is not used, and in how many models. */
struct billing_price_unused {
	char name[64];
	size_t count;
};

/* Zeroed is empty. Everything lies in the arena of the reading. */
struct billing_price_file {
	struct billing_price *prices; /* by item, each once; each has at least one cost */
	size_t n_prices;
	size_t n_entries;  /* models in the file */
	size_t n_unpriced; /* that have no cost we know */
	size_t
		n_rounded; /* costs that are no whole number of nano-units per million: the nearest is taken */
	struct billing_price_unused unused[BILLING_PRICE_FIELDS_NOTED];
	size_t n_unused;
};

/* Reads a whole file. Costs are multiplied by `rate`, exactly, before they become nano-units. BH_E_JSON for what
 * is no such file, with the line; BH_E_RANGE and BH_E_INVALID for a cost that cannot be, and BH_E_TOO_LARGE. */
BH_MUST_CHECK int billing_price_file_read(struct bh_arena *arena, const char *text, size_t len,
	struct billing_decimal rate, struct billing_price_file *out);

#endif
