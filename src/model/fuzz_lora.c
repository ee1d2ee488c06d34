/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_lora.c: any bytes as an adapter, and as the base that it is for. What is taken lies in the file, in pairs whose
 * rank is bounded, and fits. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/lora.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_hold(const struct model_lora_head *adapter, int64_t bytes, int64_t rank)
{
	if (rank < 1 || rank > MODEL_LORA_RANK_MOST || adapter->n_tensors % 2 != 0 ||
		adapter->n_tensors > MODEL_LORA_TENSORS_MOST)
		abort();
	for (size_t i = 0; i < adapter->n_tensors; i++) {
		const struct model_lora_tensor *tensor = &adapter->tensors[i];
		int64_t width = tensor->form == 0 ? 4 : 2;

		if (tensor->form > 1 || tensor->begin < 0 || tensor->columns < 1 || tensor->rows < 1 ||
			adapter->values + tensor->begin + width * tensor->columns * tensor->rows > bytes)
			abort();
		if (!bh_text_ends(tensor->name, ".lora_a") && !bh_text_ends(tensor->name, ".lora_b"))
			abort();
	}
}

/* The first two bytes say where the base begins. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct model_lora_head adapter = {0}, base = {0};
	size_t cut;
	int64_t rank = 0;

	if (size < 2)
		return 0;
	cut = (size_t)(data[0] | data[1] << 8);
	data += 2;
	size -= 2;
	cut = cut < size ? cut : size;
	if (model_lora_read(data, cut, &adapter) == 0 &&
		model_lora_read(data + cut, size - cut, &base) == 0 &&
		model_lora_check(&adapter, (int64_t)cut, &base, &rank) == 0)
		must_hold(&adapter, (int64_t)cut, rank);
	model_lora_close(&adapter);
	model_lora_close(&base);
	return 0;
}
