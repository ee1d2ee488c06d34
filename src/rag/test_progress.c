/* SPDX-License-Identifier: Apache-2.0 */
/* test_progress.c: an event says what is done of pages and chunks, and guesses only from a pace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rag/progress.h"
#include "rag/store.h"

static void
assert_written(const struct rag_event *event, const char *expected)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const struct bh_uuid id = {{0}};
	const char *from;

	rag_progress_write(&id, &id, event, &text);
	from = strstr(bh_buf_string(&text), "\"status\"");
	assert_non_null(from);
	assert_string_equal(from, expected);
}

static void
pages_are_counted_while_it_is_read(void **state)
{
	(void)state;
	assert_written(&(struct rag_event){.number = 3,
					   .status = "in_progress",
					   .stage = "extracting",
					   .done = 5,
					   .total = 20,
					   .took_ms = 2000},
		"\"status\":\"in_progress\",\"stage\":\"extracting\",\"pages\":{\"done\":5,\"total\":20},"
		"\"chunks\":null,\"remaining_s\":7,\"last_error\":null}\n\n");
}

static void
chunks_are_counted_from_embedding_on_and_a_read_document_has_its_pages(void **state)
{
	struct rag_event event = {.number = 4,
		.status = "in_progress",
		.stage = "embedding",
		.done = 40,
		.total = 50,
		.pages = 20,
		.is_read = true,
		.began_done = 30,
		.took_ms = 5000};

	(void)state;
	/* What an earlier attempt had done says nothing about this one's pace. */
	assert_int_equal(rag_progress_left_s(&event), 6);
	assert_written(&event,
		"\"status\":\"in_progress\",\"stage\":\"embedding\",\"pages\":{\"done\":20,\"total\":20},"
		"\"chunks\":{\"embedded\":40,\"total\":50},\"remaining_s\":6,\"last_error\":null}\n\n");
}

static void
without_a_pace_there_is_no_guess(void **state)
{
	(void)state;
	assert_int_equal(rag_progress_left_s(
						 &(struct rag_event){.status = "in_progress", .total = 9, .took_ms = 9}),
		-1);
	assert_int_equal(rag_progress_left_s(&(struct rag_event){.status = "completed",
						 .done = 1,
						 .total = 9,
						 .took_ms = 9}),
		-1);
}

static void
the_last_event_has_the_error(void **state)
{
	(void)state;
	assert_written(&(struct rag_event){.number = 9,
					   .status = "failed",
					   .stage = "chunking",
					   .is_read = true,
					   .error_code = "invalid_file",
					   .error_message = "No text."},
		"\"status\":\"failed\",\"stage\":\"chunking\",\"pages\":{\"done\":0,\"total\":0},"
		"\"chunks\":null,\"remaining_s\":null,\"last_error\":{\"code\":\"invalid_file\","
		"\"message\":\"No text.\"}}\n\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_counted_while_it_is_read),
		cmocka_unit_test(chunks_are_counted_from_embedding_on_and_a_read_document_has_its_pages),
		cmocka_unit_test(without_a_pace_there_is_no_guess),
		cmocka_unit_test(the_last_event_has_the_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
