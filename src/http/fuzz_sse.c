/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_sse.c: a stream must yield the same events whole and byte by byte. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
read_all(const char *text, size_t len, size_t step, struct bh_buf *out)
{
	struct bh_sse sse = {.line_max = 200};
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < len; at += step) {
		const char *piece = text + at;
		size_t left = len - at < step ? len - at : step;

		while (rc == 0 && left > 0) {
			struct bh_sse_event event;
			bool ready;

			rc = bh_sse_feed(&sse, &piece, &left, &event, &ready);
			if (rc == 0 && ready) {
				bh_buf_text(out, event.event);
				bh_buf_char(out, '\0');
				bh_buf_add(out, event.data, event.data_len);
				bh_buf_char(out, '\0');
			}
		}
	}
	bh_sse_close(&sse);
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_buf whole = {0};
	struct bh_buf bytes = {0};
	int a = read_all((const char *)data, size, size > 0 ? size : 1, &whole);
	int b = read_all((const char *)data, size, 1, &bytes);

	if (a != b || whole.len != bytes.len ||
		(whole.len > 0 && memcmp(whole.data, bytes.data, whole.len) != 0))
		abort();
	bh_buf_close(&whole);
	bh_buf_close(&bytes);
	return 0;
}
