/* SPDX-License-Identifier: Apache-2.0 */
/* test_peer_head.c: response heads and chunked framing, whole and cut at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "http/peer.h"

static int
parse(const char *text, struct bh_peer_head *head)
{
	char *copy = strdup(text);
	int rc = bh_peer_head_parse(copy, strlen(copy), head);

	free(copy);
	return rc;
}

static void
head_is_read_with_its_headers(void **state)
{
	char text[] = "HTTP/1.1 200 OK\r\nContent-Type:  text/plain \t\r\nX-Empty:\r\n\r\nbody";
	struct bh_peer_head head;

	(void)state;
	assert_int_equal(bh_peer_head_parse(text, strlen(text), &head), 1);
	assert_int_equal(head.status, 200);
	assert_int_equal(head.bytes, sizeof(text) - 1 - 4);
	assert_string_equal(bh_peer_head_find(&head, text, "content-TYPE", NULL), "text/plain");
	assert_string_equal(bh_peer_head_find(&head, text, "x-empty", NULL), "");
	assert_null(bh_peer_head_find(&head, text, "x-other", NULL));
}

static void
every_prefix_asks_for_more(void **state)
{
	static const char whole[] = "HTTP/1.0 404 Not Found\r\nA: b\r\nC: d\r\n\r\n";
	struct bh_peer_head head;

	(void)state;
	for (size_t len = 0; len < strlen(whole); len++) {
		char copy[64];

		memcpy(copy, whole, len);
		assert_int_equal(bh_peer_head_parse(copy, len, &head), 0);
		assert_memory_equal(copy, whole, len);
	}
	assert_int_equal(parse(whole, &head), 1);
	assert_true(head.http10);
}

static void
malformed_heads_are_refused(void **state)
{
	static const char *const heads[] = {
		"HTTP/1.1 20 OK\r\n\r\n",
		"HTTP/1.1 2000 OK\r\n\r\n",
		"HTTP/2.0 200 OK\r\n\r\n",
		"HTTP/1.1 099 No\r\n\r\n",
		"HTTP/1.1  200 OK\r\n\r\n",
		"http/1.1 200 OK\r\n\r\n",
		"ICY 200 OK\r\n\r\n",
		"\r\n\r\n",
		"HTTP/1.1 200 OK\r\nNoColon\r\n\r\n",
		"HTTP/1.1 200 OK\r\n: empty\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA: \x01\r\n\r\n",
		"HTTP/1.1 200 OK\nA: b\r\n\r\n",
	};
	struct bh_peer_head head;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(heads); i++) {
		if (parse(heads[i], &head) != BH_E_PROTOCOL)
			fail_msg("head %zu was taken", i);
	}
}

static void
heads_have_caps(void **state)
{
	struct bh_buf text = {0};
	struct bh_peer_head head;

	(void)state;
	bh_buf_text(&text, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 100; i++)
		bh_buf_text(&text, "A: b\r\n");
	bh_buf_text(&text, "\r\n");
	assert_int_equal(parse(text.data, &head), 1);
	bh_buf_shift(&text, 0);
	text.len -= 2;
	bh_buf_text(&text, "A: b\r\n\r\n");
	assert_int_equal(parse(text.data, &head), BH_E_PROTOCOL);

	bh_buf_reset(&text);
	bh_buf_text(&text, "HTTP/1.1 200 OK\r\nA: ");
	while (text.len < 32 * 1024)
		bh_buf_char(&text, 'x');
	assert_int_equal(parse(text.data, &head), BH_E_PROTOCOL);
	bh_buf_close(&text);
}

static int
framing(const char *headers, const char *method, enum bh_peer_framing *out, int64_t *out_bytes)
{
	struct bh_peer_head head;
	struct bh_buf text = {0};
	int rc;

	bh_buf_printf(&text, "HTTP/1.1 200 OK\r\n%s\r\n", headers);
	assert_int_equal(bh_peer_head_parse(text.data, text.len, &head), 1);
	rc = bh_peer_head_framing(&head, text.data, method, out, out_bytes);
	bh_buf_close(&text);
	return rc;
}

static void
framing_follows_the_headers(void **state)
{
	enum bh_peer_framing how;
	int64_t bytes;

	(void)state;
	assert_int_equal(framing("Content-Length: 12\r\n", "GET", &how, &bytes), 0);
	assert_int_equal(how, BH_PEER_LENGTH);
	assert_int_equal(bytes, 12);
	assert_int_equal(framing("Content-Length: 0\r\n", "GET", &how, &bytes), 0);
	assert_int_equal(how, BH_PEER_EMPTY);
	assert_int_equal(framing("Content-Length: 12\r\n", "HEAD", &how, &bytes), 0);
	assert_int_equal(how, BH_PEER_EMPTY);
	assert_int_equal(framing("Transfer-Encoding: Chunked\r\n", "GET", &how, &bytes), 0);
	assert_int_equal(how, BH_PEER_CHUNKED);
	assert_int_equal(framing("", "GET", &how, &bytes), 0);
	assert_int_equal(how, BH_PEER_UNTIL_CLOSE);
}

static void
contradictory_framing_is_refused(void **state)
{
	static const char *const headers[] = {
		"Content-Length: 1\r\nContent-Length: 1\r\n",
		"Content-Length: 1\r\nContent-Length: 2\r\n",
		"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
		"Content-Length: -1\r\n",
		"Content-Length: +1\r\n",
		"Content-Length: 1, 1\r\n",
		"Content-Length: 0x1\r\n",
		"Content-Length: 99999999999999999999\r\n",
		"Content-Length:\r\n",
		"Transfer-Encoding: gzip, chunked\r\n",
		"Transfer-Encoding: identity\r\n",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
	};
	enum bh_peer_framing how;
	int64_t bytes;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(headers); i++) {
		if (framing(headers[i], "GET", &how, &bytes) != BH_E_PROTOCOL)
			fail_msg("framing %zu was taken", i);
	}
}

/* Reads a whole chunked text in pieces of `step` bytes; the body, or the error. */
static int
dechunk(const char *text, size_t step, struct bh_buf *out, size_t *out_rest)
{
	struct bh_chunks chunks = {0};
	struct bh_buf in = {0};
	size_t at = 0;
	size_t len = strlen(text);
	int rc = 0;

	bh_buf_reset(out);
	while (rc == 0 && chunks.state != BH_CHUNK_DONE) {
		size_t used;

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

			if (n == 0) {
				rc = BH_E_EMPTY;
				break;
			}
			bh_buf_add(&in, text + at, n);
			at += n;
		}
	}
	*out_rest = in.len + len - at;
	bh_buf_close(&in);
	return rc;
}

static void
chunks_read_the_same_however_they_are_cut(void **state)
{
	static const char text[] = "5\r\nhello\r\n006;ext=\"a;b\"\r\n world\r\n1 \r\n!\r\n0\r\n"
							   "Trailer: x\r\n\r\nNEXT";
	struct bh_buf out = {0};
	size_t rest;

	(void)state;
	for (size_t step = 1; step <= strlen(text); step++) {
		assert_int_equal(dechunk(text, step, &out, &rest), 0);
		assert_string_equal(out.data, "hello world!");
		assert_int_equal(rest, 4);
	}
	bh_buf_close(&out);
}

static void
chunked_body_cut_anywhere_is_not_whole(void **state)
{
	static const char text[] = "5\r\nhello\r\n0\r\n\r\n";
	struct bh_buf out = {0};
	char part[32];
	size_t rest;

	(void)state;
	for (size_t len = 0; len < strlen(text); len++) {
		snprintf(part, sizeof(part), "%.*s", (int)len, text);
		assert_int_equal(dechunk(part, 3, &out, &rest), BH_E_EMPTY);
	}
	bh_buf_close(&out);
}

static void
malformed_chunks_are_refused(void **state)
{
	static const char *const texts[] = {
		"\r\n",
		"x\r\n",
		"5hello\r\n",
		"5\nhello\n",
		"-5\r\nhello",
		"0x5\r\nhello",
		"+5\r\nhello",
		"5\r\nhelloX\r\n0\r\n\r\n",
		"5\r\nhello\n0\r\n\r\n",
		"5 5\r\nhello\r\n",
		"fffffffffffffffff\r\n",
		" 5\r\nhello\r\n",
		"5;\x01\r\nhello\r\n",
		"0\r\nT: x\n\r\n",
	};
	struct bh_buf out = {0};
	size_t rest;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(texts); i++) {
		if (dechunk(texts[i], 1, &out, &rest) != BH_E_PROTOCOL ||
			dechunk(texts[i], 100, &out, &rest) != BH_E_PROTOCOL)
			fail_msg("chunks %zu were taken", i);
	}
	bh_buf_close(&out);
}

static void
endless_chunk_lines_and_trailers_are_refused(void **state)
{
	struct bh_buf text = {0};
	struct bh_buf out = {0};
	size_t rest;

	(void)state;
	bh_buf_text(&text, "5;");
	while (text.len < 5000)
		bh_buf_char(&text, 'x');
	assert_int_equal(dechunk(text.data, 1, &out, &rest), BH_E_PROTOCOL);
	bh_buf_reset(&text);
	bh_buf_text(&text, "0\r\n");
	while (text.len < 10000)
		bh_buf_text(&text, "A: b\r\n");
	assert_int_equal(dechunk(text.data, 100, &out, &rest), BH_E_PROTOCOL);
	bh_buf_close(&text);
	bh_buf_close(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(head_is_read_with_its_headers),
		cmocka_unit_test(every_prefix_asks_for_more),
		cmocka_unit_test(malformed_heads_are_refused),
		cmocka_unit_test(heads_have_caps),
		cmocka_unit_test(framing_follows_the_headers),
		cmocka_unit_test(contradictory_framing_is_refused),
		cmocka_unit_test(chunks_read_the_same_however_they_are_cut),
		cmocka_unit_test(chunked_body_cut_anywhere_is_not_whole),
		cmocka_unit_test(malformed_chunks_are_refused),
		cmocka_unit_test(endless_chunk_lines_and_trailers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
