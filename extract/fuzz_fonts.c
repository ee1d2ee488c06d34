/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_fonts.c: any bytes as a PDF's objects and fonts, and as a font's program. */
#include <stdint.h>
#include <string.h>

#include "pdf_explain.h"
#include "pdf_fonts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint32_t points[65536];
	struct extract_buffer explained = {0};
	struct extract_pdf_fonts fonts;

	extract_pdf_fonts_open(&fonts, (const char *)data, size);
	if (extract_pdf_explain(&fonts, (const char *)data, size, &explained) && explained.len <= size)
		__builtin_trap();
	extract_buffer_close(&explained);
	extract_pdf_fonts_close(&fonts);
	memset(points, 0, sizeof(points));
	extract_pdf_fonts_invert(data, size, points, 65536);
	for (size_t i = 0; i < 65536; i++)
		if (points[i] > 0x10ffff)
			__builtin_trap();
	return 0;
}
