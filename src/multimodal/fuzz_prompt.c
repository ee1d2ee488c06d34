/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_prompt.c: a clean prompt is clean: nothing is found in it a second time. */
#include "multimodal/prompt.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_buf prompt = {0}, once = {0}, twice = {0};

	bh_buf_add(&prompt, data, size);
	(void)multimodal_prompt_clean(bh_buf_string(&prompt), &once);
	if (multimodal_prompt_clean(bh_buf_string(&once), &twice) || once.len > prompt.len ||
		once.len != strlen(bh_buf_string(&once)))
		abort();
	bh_buf_close(&prompt);
	bh_buf_close(&once);
	bh_buf_close(&twice);
	return 0;
}
