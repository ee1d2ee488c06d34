/* SPDX-License-Identifier: Apache-2.0 */
/* test_json.c: the reader is strict and bounded; what it read is written back the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "json/json.h"

static int
parse(const char *text, struct bh_json_doc *doc)
{
	return bh_json_parse(text, strlen(text), doc);
}

static void
assert_refused(const char *text, size_t len, const char *why)
{
	struct bh_json_doc doc = {0};

	assert_int_equal(bh_json_parse(text, len, &doc), BH_E_JSON);
	assert_non_null(strstr(bh_error_detail(BH_E_JSON), why));
	assert_null(doc.root);
}

static void
reads_every_kind(void **state)
{
	struct bh_json_doc doc = {0};
	int64_t number = 0;
	double real = 0;
	bool flag = false;

	(void)state;
	assert_int_equal(parse("{\"s\":\"h\\u00e9\",\"i\":-7,\"r\":0.5,\"b\":true,\"n\":null,"
						   "\"a\":[1,2],\"o\":{}}",
						 &doc),
		0);
	assert_string_equal(bh_json_string(bh_json_get(doc.root, "s")), "h\xc3\xa9");
	assert_int_equal(bh_json_string_len(bh_json_get(doc.root, "s")), 3);
	assert_true(bh_json_int(bh_json_get(doc.root, "i"), &number));
	assert_int_equal(number, -7);
	assert_true(bh_json_number(bh_json_get(doc.root, "r"), &real));
	assert_true(real > 0.49 && real < 0.51);
	assert_false(bh_json_int(bh_json_get(doc.root, "r"), &number));
	assert_true(bh_json_bool(bh_json_get(doc.root, "b"), &flag));
	assert_true(flag);
	assert_int_equal(bh_json_kind(bh_json_get(doc.root, "n")), BH_JSON_NULL);
	assert_int_equal(bh_json_kind(bh_json_get(doc.root, "absent")), BH_JSON_NONE);
	assert_int_equal(bh_json_count(bh_json_get(doc.root, "a")), 2);
	assert_null(bh_json_at(bh_json_get(doc.root, "a"), 2));
	assert_int_equal(bh_json_kind(bh_json_get(doc.root, "o")), BH_JSON_OBJECT);
	assert_int_equal(bh_json_count(doc.root), 7);
	bh_json_close(&doc);
}

static void
null_reads_as_absent_everywhere(void **state)
{
	int64_t number;
	bool flag;

	(void)state;
	assert_int_equal(bh_json_kind(NULL), BH_JSON_NONE);
	assert_null(bh_json_string(NULL));
	assert_int_equal(bh_json_string_len(NULL), 0);
	assert_false(bh_json_int(NULL, &number));
	assert_false(bh_json_bool(NULL, &flag));
	assert_null(bh_json_get(NULL, "x"));
	assert_null(bh_json_at(NULL, 0));
	assert_int_equal(bh_json_count(NULL), 0);
}

static void
refuses_what_is_not_strict(void **state)
{
	(void)state;
	assert_refused("{\"a\":1,\"a\":2}", 13, "duplicate name");
	assert_refused("\"\xff\"", 3, "UTF-8");
	assert_refused("\"a\\u0000b\"", 10, "NUL");
	assert_refused("{} x", 4, "unexpected data after");
	assert_refused("[1,", 3, "unexpected end");
	assert_refused("9223372036854775808", 19, "range");
	assert_refused("1e999", 5, "range");
	assert_refused("", 0, "line 1");
	assert_refused("[1,\0]", 6, "line 1");
	assert_refused("'secret'", 8, "line 1, column 1: syntax error");
}

static void
a_fault_never_quotes_the_content(void **state)
{
	struct bh_json_doc doc = {0};

	(void)state;
	assert_int_equal(parse("{\"key\": bh_sk_hidden}", &doc), BH_E_JSON);
	assert_null(strstr(bh_error_detail(BH_E_JSON), "hidden"));
}

static void
nesting_ends_at_64_levels(void **state)
{
	struct bh_json_doc doc = {0};
	char text[131];
	struct bh_buf deep = {0};

	(void)state;
	bh_buf_char(&deep, '[');
	for (int i = 0; i < 100000; i++)
		bh_buf_text(&deep, i % 2 == 0 ? "[" : "{\"\":");
	assert_refused(deep.data, deep.len, "64 levels");
	bh_buf_close(&deep);
	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	text[130] = '\0';
	assert_refused(text, 130, "64 levels");
	assert_int_equal(bh_json_parse(text + 1, 128, &doc), 0);
	bh_json_close(&doc);
	assert_int_equal(parse("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
						   "[[[["
						   "\\\"[\"",
						 &doc),
		0);
	bh_json_close(&doc);
}

static void
writes_back_compactly_and_in_order(void **state)
{
	struct bh_json_doc doc = {0};
	struct bh_buf out = {0};

	(void)state;
	assert_int_equal(parse("{ \"z\" : [ 1 , 1.0, 0.1, 1e300, -0.25 ], \"a\" : \"q\\\"\\n\", "
						   "\"t\": true, \"n\": null }",
						 &doc),
		0);
	bh_json_append(&out, doc.root);
	assert_string_equal(bh_buf_string(&out),
		"{\"z\":[1,1.0,0.1,1e+300,-0.25],\"a\":\"q\\\"\\n\",\"t\":true,\"n\":null}");
	bh_buf_close(&out);
	bh_json_close(&doc);
}

/* An array of so many equal elements; its owner frees it. */
static char *
array_of(const char *element, size_t bytes, size_t *out_len)
{
	size_t len = strlen(element), n = bytes / (len + 1);
	char *text = malloc(n * (len + 1) + 1), *at = text;

	assert_non_null(text);
	*at++ = '[';
	for (size_t i = 0; i < n; i++) {
		memcpy(at, element, len);
		at[len] = ',';
		at += len + 1;
	}
	at[-1] = ']';
	*out_len = (size_t)(at - text);
	return text;
}

static void
memory_is_in_proportion_to_the_text_and_known_before(void **state)
{
	static const char *const elements[] = {"{}", "[]", "0", "\"\"", "{\"\":0}", "[[{}]]", "105",
		"[0,[]]", "{\"a\":{\"type\":\"string\"}}", "\"[{,:,{[\""};
	static const size_t sizes[] = {100 * BH_KIB, 400 * BH_KIB, 8 * BH_MIB};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(elements) * BH_COUNT(sizes); i++) {
		struct bh_json_doc doc = {0};
		size_t len;
		char *text = array_of(elements[i / BH_COUNT(sizes)], sizes[i % BH_COUNT(sizes)], &len);

		assert_int_equal(bh_json_parse(text, len, &doc), 0);
		assert_true(doc.arena.bytes <= bh_json_bytes(text, len));
		assert_true(bh_json_bytes(text, len) <= 13 * len + 16 * BH_KIB + 24);
		bh_json_close(&doc);
		free(text);
	}
}

/* {"<long name>0":0,…}: the most members a parser may have to compare. */
static void
write_members(struct bh_buf *out, int n, int again)
{
	for (int i = 0; i < n; i++)
		bh_buf_printf(out, "%s\"name%05d\":[%d,{}]", i == 0 ? "{" : ",", i, i);
	bh_buf_printf(out, ",\n\"name%05d\":{}}", again);
}

static void
members_and_elements_are_found_in_containers_of_any_size(void **state)
{
	(void)state;
	for (int n = 1; n < 100; n++) {
		struct bh_json_doc doc = {0};
		struct bh_buf text = {0};
		int64_t number;

		bh_buf_text(&text, "[[],");
		for (int i = 0; i < n; i++) {
			write_members(&text, i + 1, i + 1);
			bh_buf_char(&text, i == n - 1 ? ']' : ',');
		}
		assert_int_equal(parse(bh_buf_string(&text), &doc), 0);
		for (int i = 0; i < n; i++) {
			const struct bh_json *object = bh_json_at(doc.root, (size_t)i + 1);
			char name[16];

			assert_int_equal(bh_json_count(object), i + 2);
			snprintf(name, sizeof(name), "name%05d", i);
			assert_true(bh_json_int(bh_json_at(bh_json_get(object, name), 0), &number));
			assert_int_equal(number, i);
			assert_null(bh_json_get(object, "name99999"));
			assert_null(bh_json_get(object, "name"));
		}
		bh_buf_close(&text);
		bh_json_close(&doc);
	}
}

static void
all_that_can_be_read_in_a_value_is_written_out(void **state)
{
	static const char text[] = "{\"a\":[\"x\\ny\",1,true,{\"b c\":\"\",\"d\":null}],\"e\":\"z\"}";
	struct bh_json_doc doc = {0};
	struct bh_buf out = {0};

	(void)state;
	assert_int_equal(parse(text, &doc), 0);
	bh_json_append_texts(&out, bh_json_get(doc.root, "a"));
	assert_string_equal(bh_buf_string(&out), "x\ny\nb c\n\nd\n");
	bh_buf_reset(&out);
	bh_json_append_texts(&out, doc.root);
	assert_string_equal(bh_buf_string(&out), "a\nx\ny\nb c\n\nd\ne\nz\n");
	bh_buf_reset(&out);
	bh_json_append_texts(&out, NULL);
	assert_string_equal(bh_buf_string(&out), "");
	bh_buf_close(&out);
	bh_json_close(&doc);
}

static void
a_name_that_comes_twice_is_refused_in_objects_of_any_size(void **state)
{
	static const int sizes[] = {1, 15, 16, 17, 5000};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(sizes); i++) {
		struct bh_buf text = {0};

		write_members(&text, sizes[i], sizes[i] / 2);
		assert_refused(text.data, text.len, "line 2, column 1: duplicate name");
		bh_buf_close(&text);
	}
}

static void
a_fault_is_told_where_it_stands(void **state)
{
	static const struct {
		const char *text, *place;
	} cases[] = {
		{"[1,\n \"h\xc3\xa9\", 1e999]", "line 2, column 8"},
		{"[\"a\\\"]\", {\"b\" : [true, 9223372036854775808]}]", "line 1, column 24"},
		{"[1,\n\n  \"a\\u0000\"]", "line 3, column 3"},
		{"{\"a\":\nnul}", "line 2, column 1"},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++)
		assert_refused(cases[i].text, strlen(cases[i].text), cases[i].place);
}

static void
long_lists_of_tokens_vectors_and_texts_are_read(void **state)
{
	static const char *const elements[] = {"105", "-0.0123456", "null", "\"[[[[{{{{,,,,::::\"",
		"{\"role\":\"user\",\"content\":\"What does the second document say?\"}"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(elements); i++) {
		struct bh_json_doc doc = {0};
		size_t len;
		char *text = array_of(elements[i], 8 * BH_MIB, &len);

		assert_int_equal(bh_json_parse(text, len, &doc), 0);
		bh_json_close(&doc);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_kind),
		cmocka_unit_test(null_reads_as_absent_everywhere),
		cmocka_unit_test(refuses_what_is_not_strict),
		cmocka_unit_test(a_fault_never_quotes_the_content),
		cmocka_unit_test(nesting_ends_at_64_levels),
		cmocka_unit_test(a_fault_is_told_where_it_stands),
		cmocka_unit_test(members_and_elements_are_found_in_containers_of_any_size),
		cmocka_unit_test(all_that_can_be_read_in_a_value_is_written_out),
		cmocka_unit_test(a_name_that_comes_twice_is_refused_in_objects_of_any_size),
		cmocka_unit_test(memory_is_in_proportion_to_the_text_and_known_before),
		cmocka_unit_test(long_lists_of_tokens_vectors_and_texts_are_read),
		cmocka_unit_test(writes_back_compactly_and_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
