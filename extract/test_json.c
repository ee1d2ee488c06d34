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
expect_text(const char *name, const char *text, const char *const *wanted, size_t count)
{
	struct capture capture;

	assert_int_equal(read_string(&capture, name, text), EXTRACT_EXIT_OK);
	for (size_t i = 0; i < count; i++)
		assert_has(&capture, wanted[i]);
	capture_close(&capture);
}

#define EXPECT_TEXT(name, text, ...) \
	expect_text(name, text, (const char *const[]){__VA_ARGS__}, \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void
what_editors_write_in_json_is_read(void **state)
{
	(void)state;
	EXPECT_TEXT("a.json",
		"{\"berth\": 7, // by the crane\n \"tags\": [\"x\", \"y\",], /* two\n * lines */\n # "
		"last\n}",
		"\"text\":\"berth: 7\\nby the crane\"", "tags[1]: y", "two\\nlines", "last");
	EXPECT_TEXT("a.json", "{'quay': 'north', depth: NaN, draught: .5, ok: True,, next: 1}",
		"quay: north", "depth: NaN", "draught: .5", "ok: True", "next: 1");
	EXPECT_TEXT("a.json", "[1\n2 3]", "[0]: 1", "[1]: 2", "[2]: 3");
	EXPECT_TEXT("a.json", "{\"path\": \"C:\\Users\\new\", \"url\": \"http://a/b//c /* d */\"}",
		"path: C:\\\\Users", "url: http://a/b//c /* d */");
}

static void
json_that_ends_early_keeps_its_values(void **state)
{
	(void)state;
	EXPECT_TEXT("a.json", "{\"a\": \"x\", \"b\": {\"c\": 5", "a: x", "b.c: 5");
	EXPECT_TEXT("a.json", "{\"a\": \"x\", \"b\": \"not closed", "a: x",
		"\\\"b\\\": \\\"not closed");
}

static void
what_is_no_json_is_text_as_it_stands(void **state)
{
	(void)state;
	EXPECT_TEXT("a.json", "This is a letter, not a value.",
		"\"text\":\"This is a letter, not a value.\"");
	EXPECT_TEXT("a.json", "var berth = {\"depth\": 5};", "var berth = {\\\"depth\\\": 5};");
	EXPECT_TEXT("a.jsonl", "{\"a\":1}\nhalf a \" line\n{\"b\":2}\n", "a: 1", "half a \\\" line",
		"b: 2");
}

static void
endless_nesting_is_too_large(void **state)
{
	struct extract_buffer deep = {0};
	struct capture capture;

	(void)state;
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
		cmocka_unit_test(what_editors_write_in_json_is_read),
		cmocka_unit_test(json_that_ends_early_keeps_its_values),
		cmocka_unit_test(what_is_no_json_is_text_as_it_stands),
		cmocka_unit_test(endless_nesting_is_too_large),
		cmocka_unit_test(lines_of_objects_are_known_by_their_content),
		cmocka_unit_test(an_object_over_several_lines_is_one_document),
		cmocka_unit_test(lone_surrogates_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
