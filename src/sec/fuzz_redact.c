/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_redact.c: whatever the text, nothing of the known secret is left, and UTF-8 stays UTF-8. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "sec/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PART = 8 };

/* The first line is the secret. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *known = (const char *)data;
	const char *end = memchr(known, '\n', size);
	struct bh_buf out = {0};
	size_t known_len, len;
	const char *text;
	bool bracketed;

	if (end == NULL)
		return 0;
	known_len = (size_t)(end - known);
	text = end + 1;
	len = size - known_len - 1;
	bh_redact(text, len, known, known_len, &out);
	if (bh_text_is_utf8(text, len) && bh_text_is_utf8(known, known_len) &&
		!bh_text_is_utf8(bh_buf_string(&out), out.len))
		abort();
	/* What stands in a removed word's place is no part of a secret, unless that has brackets itself. */
	bracketed = memchr(known, '[', known_len) != NULL || memchr(known, ']', known_len) != NULL;
	for (size_t i = 0; !bracketed && i + PART <= known_len; i++) {
		if (memmem(bh_buf_string(&out), out.len, known + i, PART) != NULL)
			abort();
	}
	bh_buf_close(&out);
	return 0;
}
