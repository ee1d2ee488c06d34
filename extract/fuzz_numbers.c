/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_numbers.c: any value in any format of a spreadsheet: eight bytes of value, then the code. */
#include <stdint.h>
#include <string.h>

#include "number_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct extract_buffer code = {0}, out = {0};
	double value;

	if (size < sizeof(value))
		return 0;
	memcpy(&value, data, sizeof(value));
	extract_buffer_append(&code, (const char *)data + sizeof(value), size - sizeof(value));
	extract_number_format(value, extract_buffer_string(&code), (size & 1) != 0, &out);
	extract_buffer_close(&code);
	extract_buffer_close(&out);
	return 0;
}
