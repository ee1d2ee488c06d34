/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_said.c: lines of a trainer that was taken over. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "finetune/base.h"
#include "finetune/said.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct finetune_said said;
	char text[32];

	if (finetune_said_read((const char *)data, size, &said) == 0) {
		if (said.type == FINETUNE_SAID_PROGRESS && said.step > said.steps)
			abort();
		finetune_said_close(&said);
	}
	if (finetune_base_text(data, size, "general.architecture", text, sizeof(text)) == 0 &&
		strlen(text) >= sizeof(text))
		abort();
	return 0;
}
