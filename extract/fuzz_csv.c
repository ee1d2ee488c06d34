/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_csv.c: any bytes through the CSV reader. */
#include <stdint.h>
#include <string.h>

#include "csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct extract_csv csv = {.text = (const char *)data, .len = size};
	struct extract_buffer text = {0};

	csv.separator = extract_csv_separator(csv.text, size);
	while (extract_csv_next(&csv) == 1) {
		extract_buffer_truncate(&text, 0);
		extract_csv_join(&csv, &text);
	}
	extract_buffer_close(&text);
	extract_csv_close(&csv);
	return 0;
}
