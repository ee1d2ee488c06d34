/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_patterns.c: texts of training data; what is found in a text is found behind a blank, too. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "finetune/patterns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned found = finetune_patterns((const char *)data, size);
	char *longer = malloc(size + 1);

	if (longer == NULL)
		return 0;
	longer[0] = '\n';
	if (size > 0)
		memcpy(longer + 1, data, size);
	if ((found & ~(unsigned)FINETUNE_PATTERNS_ALL) != 0 ||
		finetune_patterns(longer, size + 1) != found)
		abort();
	free(longer);
	return 0;
}
