/* SPDX-License-Identifier: Apache-2.0 */
/* test_sse.c: event streams, whole and cut at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "http/sse.h"

/* Writes every event as [name|data] into out, feeding pieces of `step` bytes. */
static int
read_all(const char *text, size_t len, size_t step, struct bh_buf *out)
{
	struct bh_sse sse = {.line_max = 64};
	int rc = 0;

	bh_buf_reset(out);
	bh_buf_text(out, "");
	for (size_t at = 0; rc == 0 && at < len; at += step) {
		const char *piece = text + at;
		size_t left = len - at < step ? len - at : step;

		while (rc == 0 && left > 0) {
			struct bh_sse_event event;
			bool ready;

			rc = bh_sse_feed(&sse, &piece, &left, &event, &ready);
			if (rc < 0 || !ready)
				continue;
			bh_buf_printf(out, "[%s|", event.event);
			bh_buf_add(out, event.data, event.data_len);
			bh_buf_char(out, ']');
		}
	}
	bh_sse_close(&sse);
	return rc;
}

static void
assert_events(const char *text, const char *want)
{
	struct bh_buf out = {0};

	for (size_t step = 1; step <= strlen(text); step++) {
		assert_int_equal(read_all(text, strlen(text), step, &out), 0);
		assert_string_equal(bh_buf_string(&out), want);
	}
	bh_buf_close(&out);
}

static void
events_read_the_same_however_they_are_cut(void **state)
{
	(void)state;
	assert_events("data: one\n\ndata:two\n\n", "[|one][|two]");
	assert_events("event: delta\ndata: {\"a\": 1}\n\ndata: [DONE]\n\n",
		"[delta|{\"a\": 1}][|[DONE]]");
	assert_events("data: a\ndata: b\ndata:  c\n\n", "[|a\nb\n c]");
}

static void
all_three_line_ends_are_one(void **state)
{
	(void)state;
	assert_events("data: a\r\n\r\ndata: b\r\rdata: c\n\n", "[|a][|b][|c]");
	assert_events("event: x\r\ndata: a\r\ndata: b\r\n\r\n", "[x|a\nb]");
}

static void
comments_ids_and_unknown_fields_are_passed_over(void **state)
{
	(void)state;
	assert_events(": keep-alive\n\nid: 7\nretry: 10\nother: x\ndata: a\n\n", "[|a]");
	assert_events("database: x\ndata\n\n", "[|]");
}

static void
event_without_data_is_none_and_leaves_no_name(void **state)
{
	(void)state;
	assert_events("event: ping\n\ndata: a\n\n", "[|a]");
	assert_events("data:\n\n", "[|]");
	assert_events("data: unfinished\n", "");
}

static void
byte_order_mark_is_no_part_of_the_first_line(void **state)
{
	(void)state;
	assert_events("\xef\xbb\xbf"
				  "data: a\n\n",
		"[|a]");
	assert_events("data: a\n\n\xef\xbb\xbf"
				  "data: b\n\n",
		"[|a]");
}

static void
overlong_lines_and_events_are_refused(void **state)
{
	char text[256];
	struct bh_buf out = {0};

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(read_all(text, 64, 7, &out), 0);
	assert_int_equal(read_all(text, 65, 7, &out), BH_E_PROTOCOL);
	memset(text, '\n', sizeof(text));
	for (int i = 0; i < 10; i++)
		memcpy(text + 20 * i, "data: 0123456789abc\n", 20);
	assert_int_equal(read_all(text, sizeof(text), 5, &out), BH_E_PROTOCOL);
	bh_buf_close(&out);
}

static void
nul_bytes_are_data(void **state)
{
	static const char text[] = "data: a\0b\n\n";
	struct bh_buf out = {0};

	(void)state;
	assert_int_equal(read_all(text, sizeof(text) - 1, 3, &out), 0);
	assert_int_equal(out.len, 6);
	assert_memory_equal(out.data, "[|a\0b]", 6);
	bh_buf_close(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_read_the_same_however_they_are_cut),
		cmocka_unit_test(all_three_line_ends_are_one),
		cmocka_unit_test(comments_ids_and_unknown_fields_are_passed_over),
		cmocka_unit_test(event_without_data_is_none_and_leaves_no_name),
		cmocka_unit_test(byte_order_mark_is_no_part_of_the_first_line),
		cmocka_unit_test(overlong_lines_and_events_are_refused),
		cmocka_unit_test(nul_bytes_are_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
