/* SPDX-License-Identifier: Apache-2.0 */
/* test_json.c: paths and values, lines of objects, and what is not JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buffer.h"
#include "protocol.h"
#include "test_capture.h"

/* Reads a document whose content is the string. */
static int
read_string(struct capture *out, const char *name, const char *text)
{
	return capture_document(out, name, text, strlen(text));
}

static void
json_becomes_paths_and_values(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.json",
						 "{\"user\":{\"name\":\"J\\u00f6rg\",\"tags\":[\"a\",\"b\"],\"x\":null},"
						 "\"n\":12345678901234567890.10}"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"user.name: J\xc3\xb6rg\\nuser.tags[0]: a\\nuser.tags[1]: b\"");
	assert_has(&capture, "\"text\":\"n: 12345678901234567890.10\"");
	assert_has(&capture, "\"blocks\":2");
	capture_close(&capture);
}

static void
json_lines_are_a_block_each(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.jsonl", "{\"a\":1,\"b\":2}\n{\"a\":3}\n"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"a: 1\\nb: 2\"");
	assert_has(&capture, "\"text\":\"a: 3\"");
	capture_close(&capture);
}

static void
broken_json_is_damaged_with_its_line(void **state)
{
	static const char *const texts[] = {"{\"a\":\n1,}", "[1\n2]", "{\"a\"\n1}", "\"\\u12\n\"",
		"[1,\n", "{\"a\":\nnope}", "\n]"};
	struct extract_buffer deep = {0};
	struct capture capture;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(read_string(&capture, "a.json", texts[i]), EXTRACT_EXIT_ERROR);
		assert_has(&capture, "\"code\":\"damaged\"");
		assert_has(&capture, "not valid JSON (line ");
		capture_close(&capture);
	}
	for (int i = 0; i < 100000; i++)
		extract_buffer_byte(&deep, '[');
	assert_int_equal(capture_document(&capture, "a.json", deep.data, deep.len), EXTRACT_EXIT_ERROR);
	assert_has(&capture, "\"code\":\"too_large\"");
	capture_close(&capture);
	extract_buffer_close(&deep);
}

static void
lines_of_objects_are_known_by_their_content(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.json", "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"a: 1\\nb: 2\"");
	assert_has(&capture, "\"text\":\"a: 3\\nb: 4\"");
	capture_close(&capture);
}

static void
an_object_over_several_lines_is_one_document(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.json",
						 "{\"a\":{\n\"x\":1\n},\n\"b\":{\n\"x\":2\n}\n}\n"),
		EXTRACT_EXIT_OK);
	assert_has(&capture, "\"text\":\"a.x: 1\"");
	assert_has(&capture, "\"text\":\"b.x: 2\"");
	capture_close(&capture);
}

static void
lone_surrogates_do_no_harm(void **state)
{
	struct capture capture;

	(void)state;
	assert_int_equal(read_string(&capture, "a.json", "[\"a\\ud83d\\ude00b\",\"c\\ud83dd\"]"),
		EXTRACT_EXIT_OK);
	assert_has(&capture,
		"[0]: a\xf0\x9f\x98\x80"
		"b");
	assert_has(&capture,
		"[1]: c\xef\xbf\xbd"
		"d");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_becomes_paths_and_values),
		cmocka_unit_test(json_lines_are_a_block_each),
		cmocka_unit_test(broken_json_is_damaged_with_its_line),
		cmocka_unit_test(lines_of_objects_are_known_by_their_content),
		cmocka_unit_test(an_object_over_several_lines_is_one_document),
		cmocka_unit_test(lone_surrogates_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
