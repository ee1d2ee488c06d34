/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_vat.c: VAT identification numbers. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "billing/vat.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	if (billing_vat_is_valid(text) && strlen(text) > BILLING_VAT_MOST)
		abort();
	if (billing_vat_is_of(text, "NL") && !billing_vat_is_valid(text))
		abort();
	free(text);
	return 0;
}
