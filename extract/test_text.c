/* SPDX-License-Identifier: Apache-2.0 */
/* test_text.c: plain text: headings, paragraphs, items. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"
#include "test_capture.h"

/* Reads a document whose content is the string. */
static int
read_string(struct capture *out, const char *name, const char *text)
{
	return capture_document(out, name, text, strlen(text));
}

static void
plain_text_has_headings_paragraphs_and_items(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.txt",
						 "The Title\n\nA first paragraph,\non two lines.\n\n"
						 "Second part\nThis line is much longer than the one above it, so that is "
						 "a heading.\n\n"
						 "- one\n- two\n  goes on\n"),
		EXTRACT_EXIT_OK);
	assert_has(&capture,
		"{\"type\":\"document\",\"format\":\"text\","
		"\"title\":null,\"pages\":null}");
	assert_has(&capture, "\"kind\":\"heading\",\"level\":1,\"page\":0,\"text\":\"The Title\"");
	assert_has(&capture,
		"\"kind\":\"paragraph\",\"level\":0,\"page\":0,"
		"\"text\":\"A first paragraph,\\non two lines.\"");
	assert_has(&capture, "\"kind\":\"heading\",\"level\":2,\"page\":0,\"text\":\"Second part\"");
	assert_has(&capture,
		"\"kind\":\"list_item\",\"level\":0,\"page\":0,"
		"\"text\":\"- two\\n  goes on\"");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_has_headings_paragraphs_and_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
