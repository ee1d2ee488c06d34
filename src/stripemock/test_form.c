/* SPDX-License-Identifier: Apache-2.0 */
/* test_form.c: forms with nested names, good and malformed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "stripemock/form.h"

static struct bh_arena arena;

static int
read(const char *text, struct stripemock_value **out)
{
	*out = stripemock_value_new(&arena, BH_JSON_OBJECT);
	return stripemock_form_read(text, strlen(text), *out);
}

static void
assert_reads(const char *text, const char *as)
{
	struct stripemock_value *form;

	assert_int_equal(read(text, &form), 0);
	assert_string_equal(stripemock_value_print(&arena, form, true), as);
}

static void
names_with_brackets_become_objects(void **state)
{
	(void)state;
	assert_reads("", "{}");
	assert_reads("&&a=1&", "{\"a\":\"1\"}");
	assert_reads("a", "{\"a\":\"\"}");
	assert_reads("a[b][c]=1&a[b][d]=2", "{\"a\":{\"b\":{\"c\":\"1\",\"d\":\"2\"}}}");
	assert_reads("items[0][price]=p&items[1][price]=q",
		"{\"items\":{\"0\":{\"price\":\"p\"},\"1\":{\"price\":\"q\"}}}");
	assert_reads("e[]=x&e[]=y", "{\"e\":{\"0\":\"x\",\"1\":\"y\"}}");
}

static void
names_and_values_are_decoded(void **state)
{
	(void)state;
	assert_reads("metadata%5Ba.b%5D=x+y%26z%3D1", "{\"metadata\":{\"a.b\":\"x y&z=1\"}}");
	assert_reads("n=%C3%BC", "{\"n\":\"\xc3\xbc\"}");
}

static void
the_last_value_of_a_name_counts(void **state)
{
	(void)state;
	assert_reads("a=1&a=2", "{\"a\":\"2\"}");
	assert_reads("a=1&a[b]=2", "{\"a\":{\"b\":\"2\"}}");
	assert_reads("a[b]=2&a=1", "{\"a\":\"1\"}");
	assert_reads("a[b]=2&a=1&a[c]=3", "{\"a\":{\"c\":\"3\"}}");
}

static void
malformed_forms_are_refused(void **state)
{
	static const char *const wrong[] = {"=1", "[a]=1", "a[b=1", "a]b=1", "a[b]c=1", "a[[b]]=1",
		"a=%", "a=%zz", "a=%ff", "a=%00", "%00=1", "a[1][2][3][4][5][6][7][8]=1"};
	struct stripemock_value *form;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(wrong); i++)
		assert_int_equal(read(wrong[i], &form), BH_E_INVALID);
}

static void
the_number_of_pairs_and_the_length_of_names_are_limited(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct stripemock_value *form;

	(void)state;
	for (int i = 0; i < STRIPEMOCK_FORM_PAIRS; i++)
		bh_buf_printf(&text, "a[%d]=1&", i);
	assert_int_equal(read(bh_buf_string(&text), &form), 0);
	assert_int_equal(stripemock_value_at(form, "a")->count, STRIPEMOCK_FORM_PAIRS);
	bh_buf_text(&text, "b=1");
	assert_int_equal(read(bh_buf_string(&text), &form), BH_E_INVALID);
	bh_buf_reset(&text);
	for (int i = 0; i <= STRIPEMOCK_FORM_NAME; i++)
		bh_buf_char(&text, 'n');
	assert_int_equal(read(bh_buf_string(&text), &form), BH_E_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_with_brackets_become_objects),
		cmocka_unit_test(names_and_values_are_decoded),
		cmocka_unit_test(the_last_value_of_a_name_counts),
		cmocka_unit_test(malformed_forms_are_refused),
		cmocka_unit_test(the_number_of_pairs_and_the_length_of_names_are_limited),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	bh_arena_close(&arena);
	return failed;
}
