/* SPDX-License-Identifier: Apache-2.0 */
/* test_attributes.c: what PostgreSQL writes as jsonb is read; everything else is an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "rag/attributes.h"

static const char *const keys[] = {"text", "number", "flag", "absent", "q\"\t"};

static int
read_all(const char *json, struct bh_arena *arena, struct rag_attribute out[5])
{
	memset(out, 0, 5 * sizeof(*out));
	return rag_attributes_read(json, keys, 5, arena, out);
}

static void
values_keep_their_kinds(void **state)
{
	struct rag_attribute values[5];
	struct bh_arena arena = {0};

	(void)state;
	assert_int_equal(read_all("{\"text\": \"a b\", \"number\": -2.5, \"flag\": true, \"other\": 1}",
						 &arena, values),
		0);
	assert_int_equal(values[0].kind, RAG_ATTRIBUTE_TEXT);
	assert_int_equal(values[0].len, 3);
	assert_memory_equal(values[0].text, "a b", 3);
	assert_int_equal(values[1].kind, RAG_ATTRIBUTE_NUMBER);
	assert_true(values[1].number == -2.5L);
	assert_int_equal(values[2].kind, RAG_ATTRIBUTE_BOOL);
	assert_int_equal(values[3].kind, RAG_ATTRIBUTE_NONE);
	assert_int_equal(read_all("{}", &arena, values), 0);
	bh_arena_close(&arena);
}

static void
escapes_are_read_in_keys_and_values(void **state)
{
	struct rag_attribute values[5];
	struct bh_arena arena = {0};

	(void)state;
	assert_int_equal(read_all("{\"q\\\"\\t\": \"\\\\ \\n \\u001f é\"}", &arena, values), 0);
	assert_int_equal(values[4].kind, RAG_ATTRIBUTE_TEXT);
	assert_int_equal(values[4].len, strlen("\\ \n \x1f é"));
	assert_memory_equal(values[4].text, "\\ \n \x1f é", values[4].len);
	bh_arena_close(&arena);
}

static void
numbers_of_any_size_are_read(void **state)
{
	struct rag_attribute values[5];
	struct bh_arena arena = {0};

	(void)state;
	assert_int_equal(read_all("{\"number\": 9007199254740993}", &arena, values), 0);
	assert_true(values[1].number == 9007199254740993.0L);
	assert_int_equal(read_all("{\"number\": 1000000000000000000000000000000}", &arena, values), 0);
	assert_true(values[1].number > 1e29L && values[1].number < 1e31L);
	bh_arena_close(&arena);
}

static void
anything_else_is_an_error(void **state)
{
	static const char *const texts[] = {"", "[]", "{", "{\"text\"}", "{\"text\": }",
		"{\"text\": nan}", "{\"text\": 0x10}", "{\"text\": \"a}", "{\"text\": \"\\", "{\"a\": 1} x",
		"{\"a\": 1,}", "{\"text\": \"\\ud800\"}", "{\"text\": \"\\u00", "{\"text\": [1]}"};
	struct rag_attribute values[5];
	struct bh_arena arena = {0};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(texts); i++)
		assert_int_equal(read_all(texts[i], &arena, values), BH_E_DB);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_keep_their_kinds),
		cmocka_unit_test(escapes_are_read_in_keys_and_values),
		cmocka_unit_test(numbers_of_any_size_are_read),
		cmocka_unit_test(anything_else_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
