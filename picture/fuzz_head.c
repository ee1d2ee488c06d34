/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_head.c: any bytes through the header reader that FUZZ_HEAD names; it knows that their first are its format's. */
#include <stdint.h>

#include "head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct picture_head head = {.frames = 1, .bits = 8};
	struct picture_failure why = {0};
	const uint8_t *end = data + size;

	if (size < 12)
		return 0;
	if (FUZZ_HEAD((struct picture_bytes){data, size}, 100, &head, &why) < 0)
		return why.message[0] == '\0' ? (__builtin_trap(), 0) : 0;
	if (head.frames > 101 && head.format != 0)
		__builtin_trap();
	/* What it points to lies within the file. */
	if (head.exif.len > 0 &&
		(head.exif.data < data || head.exif.len > (size_t)(end - head.exif.data)))
		__builtin_trap();
	return 0;
}
