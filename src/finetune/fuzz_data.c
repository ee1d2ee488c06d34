/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_data.c: any bytes as a file of training data, in both forms; what is accepted is written as templates read it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "finetune/data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_again(const struct finetune_example *example)
{
	struct bh_json_doc doc = {0};
	struct bh_buf text = {0};

	finetune_messages_write(&text, example->messages, example->preferred);
	if (bh_json_parse(text.data, text.len, &doc) < 0 || bh_json_kind(doc.root) != BH_JSON_ARRAY)
		abort();
	bh_json_close(&doc);
	bh_buf_close(&text);
}

static void
read_as(enum finetune_form form, const char *text, size_t len)
{
	static const struct finetune_limits limits = {.line_bytes_max = 65536,
		.examples_min = 1,
		.examples_max = 64,
		.findings_max = 16};
	struct finetune_data data;
	struct finetune_example example;

	finetune_data_init(&data, form, &limits);
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t line_len = end == NULL ? len : (size_t)(end - text);

		if (finetune_data_line(&data, text, line_len, &example))
			write_again(&example);
		finetune_example_close(&example);
		len -= line_len + (end != NULL);
		text += line_len + (end != NULL);
	}
	finetune_data_end(&data);
	if (data.n_findings > 16 || (data.errors == 0) != (data.examples > 0 && data.errors == 0))
		abort();
	finetune_data_close(&data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_as(FINETUNE_CHAT, (const char *)data, size);
	read_as(FINETUNE_PREFERENCE, (const char *)data, size);
	return 0;
}
