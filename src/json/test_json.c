/* test_json.c: the reader is strict and bounded; what it read is written back the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
	assert_refused("{\"a\":1,\"a\":2}", 13, "twice");
	assert_refused("\"\xff\"", 3, "UTF-8");
	assert_refused("\"a\\u0000b\"", 10, "NUL");
	assert_refused("{} x", 4, "follows");
	assert_refused("[1,", 3, "ends too early");
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

	(void)state;
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
small_values_without_number_are_refused(void **state)
{
	static const char *const elements[] = {"{}", "[]", "0", "\"\"", "{\"\":0}", "[[{}]]"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(elements); i++) {
		size_t len;
		char *text = array_of(elements[i], 8 * BH_MIB, &len);

		assert_refused(text, len, "too many small values");
		free(text);
	}
}

static void
what_is_accepted_takes_memory_in_proportion(void **state)
{
	static const char *const elements[] = {"{}", "[]", "0", "\"\"", "{\"\":0}", "[[{}]]", "105",
		"{\"a\":{\"type\":\"string\"}}", "\"[{,:,{[\""};
	static const size_t sizes[] = {100 * BH_KIB, 400 * BH_KIB, BH_MIB, 3 * BH_MIB};
	size_t accepted = 0;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(elements) * BH_COUNT(sizes); i++) {
		struct bh_json_doc doc = {0};
		size_t len;
		char *text = array_of(elements[i / BH_COUNT(sizes)], sizes[i % BH_COUNT(sizes)], &len);

		if (bh_json_parse(text, len, &doc) == 0) {
			assert_true(doc.arena.bytes <= 16 * BH_MIB + 16 * len);
			accepted++;
		}
		bh_json_close(&doc);
		free(text);
	}
	assert_true(accepted > BH_COUNT(elements));
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
		cmocka_unit_test(small_values_without_number_are_refused),
		cmocka_unit_test(what_is_accepted_takes_memory_in_proportion),
		cmocka_unit_test(long_lists_of_tokens_vectors_and_texts_are_read),
		cmocka_unit_test(writes_back_compactly_and_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
