/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_price_file.c: any bytes as a price list; what is accepted has sound prices in order. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "billing/price_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct billing_price_file *file)
{
	if (file->n_prices + file->n_unpriced != file->n_entries)
		abort();
	for (size_t i = 0; i < file->n_prices; i++) {
		const struct billing_price *price = &file->prices[i];

		if (billing_price_is_empty(price) || price->item[0] == '\0')
			abort();
		if (i > 0 && strcmp(file->prices[i - 1].item, price->item) >= 0)
			abort();
		for (int unit = 0; unit < BILLING_PRICE_UNITS; unit++) {
			if (price->nanos[unit] < 0 || price->nanos[unit] > BILLING_NANOS_MOST)
				abort();
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct billing_price_file file = {0};
	struct bh_arena arena = {0};
	/* A copy of exactly this length: reading beyond it is seen. */
	char *text = malloc(size > 0 ? size : 1);

	if (text == NULL)
		abort();
	if (size > 0)
		memcpy(text, data, size);
	if (billing_price_file_read(&arena, text, size, (struct billing_decimal){92, -2}, &file) == 0)
		check(&file);
	bh_arena_close(&arena);
	free(text);
	return 0;
}
