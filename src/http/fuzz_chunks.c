/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_chunks.c: chunks must read the same whole and byte by byte; heads must not crash. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/peer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
dechunk(const char *text, size_t len, size_t step, struct bh_buf *out)
{
	struct bh_chunks chunks = {0};
	struct bh_buf in = {0};
	size_t at = 0;
	size_t used;
	int rc = 0;

	while (rc == 0 && chunks.state != BH_CHUNK_DONE) {
		rc = bh_chunks_feed(&chunks, bh_buf_string(&in), in.len, &used);
		if (rc < 0)
			break;
		bh_buf_shift(&in, used);
		if (chunks.state == BH_CHUNK_DATA && in.len > 0) {
			size_t n = in.len < chunks.left ? in.len : (size_t)chunks.left;

			bh_buf_add(out, in.data, n);
			bh_buf_shift(&in, n);
			chunks.left -= n;
			if (chunks.left == 0)
				chunks.state = BH_CHUNK_DATA_END;
		} else if (chunks.state != BH_CHUNK_DONE) {
			size_t n = len - at < step ? len - at : step;

			if (n == 0)
				break;
			bh_buf_add(&in, text + at, n);
			at += n;
		}
	}
	bh_buf_close(&in);
	return rc < 0 ? rc : chunks.state == BH_CHUNK_DONE;
}

static void
read_head(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct bh_peer_head head;
	enum bh_peer_framing framing;
	int64_t bytes;

	if (text == NULL)
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	if (bh_peer_head_parse(text, size, &head) == 1) {
		for (size_t i = 0; i < head.n_headers; i++) {
			if (strlen(text + head.headers[i].name) == 0 ||
				strpbrk(text + head.headers[i].value, "\r\n") != NULL)
				abort();
		}
		if (bh_peer_head_framing(&head, text, "GET", &framing, &bytes) == 0 && bytes < 0)
			abort();
	}
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_buf whole = {0};
	struct bh_buf bytes = {0};
	int a = dechunk((const char *)data, size, size > 0 ? size : 1, &whole);
	int b = dechunk((const char *)data, size, 1, &bytes);

	if (a != b ||
		(a == 1 &&
			(whole.len != bytes.len ||
				(whole.len > 0 && memcmp(whole.data, bytes.data, whole.len) != 0))))
		abort();
	read_head(data, size);
	bh_buf_close(&whole);
	bh_buf_close(&bytes);
	return 0;
}
