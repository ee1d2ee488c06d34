/* SPDX-License-Identifier: Apache-2.0 */
/* test_value.c: JSON trees that are changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stripemock/value.h"

static struct bh_arena arena;

static void
assert_is(const struct stripemock_value *value, const char *text)
{
	assert_string_equal(stripemock_value_print(&arena, value, false), text);
}

static void
paths_lead_through_objects_and_lists(void **state)
{
	const struct stripemock_value *value = stripemock_value_literal(&arena,
		"{'a':{'b':[1,{'c':'x'}]},'n':null,'t':true}");

	(void)state;
	assert_string_equal(text_at(value, "a.b.1.c"), "x");
	assert_int_equal(int_at(value, "a.b.0"), 1);
	assert_null(stripemock_value_at(value, "a.b.2"));
	assert_null(stripemock_value_at(value, "a.x.y"));
	assert_null(text_at(NULL, "a"));
	assert_false(has_at(value, "n"));
	assert_true(bool_at(value, "t"));
	assert_true(stripemock_value_is(value, "a.b.1.c", "x"));
	assert_false(stripemock_value_is(value, "a", "x"));
}

static void
members_are_set_replaced_and_dropped_in_place(void **state)
{
	struct stripemock_value *value = stripemock_value_literal(&arena, "{'a':1,'b':2}");

	(void)state;
	put_text(value, "a", "x");
	put_int(value, "c.d", 3);
	put_null(value, "c.e");
	assert_is(value, "{\"a\":\"x\",\"b\":2,\"c\":{\"d\":3,\"e\":null}}");
	stripemock_value_drop(value, "b");
	stripemock_value_drop(value, "absent");
	put_bool(value, "z", false);
	assert_is(value, "{\"a\":\"x\",\"c\":{\"d\":3,\"e\":null},\"z\":false}");
	put_int(value, "a.b", 1);
	assert_is(value, "{\"a\":{\"b\":1},\"c\":{\"d\":3,\"e\":null},\"z\":false}");
}

static void
clones_are_apart(void **state)
{
	struct stripemock_value *value = stripemock_value_literal(&arena, "{'a':{'b':[1]}}");
	struct stripemock_value *clone = stripemock_value_clone(&arena, value);

	(void)state;
	assert_true(stripemock_value_same(value, clone));
	put_int(clone, "a.c", 1);
	assert_false(stripemock_value_same(value, clone));
	assert_is(value, "{\"a\":{\"b\":[1]}}");
}

static void
order_of_members_does_not_matter_to_sameness(void **state)
{
	(void)state;
	assert_true(stripemock_value_same(stripemock_value_literal(&arena, "{'a':1,'b':[1,2]}"),
		stripemock_value_literal(&arena, "{'b':[1,2],'a':1}")));
	assert_false(stripemock_value_same(stripemock_value_literal(&arena, "[1,2]"),
		stripemock_value_literal(&arena, "[2,1]")));
	assert_false(stripemock_value_same(stripemock_value_literal(&arena, "{'a':'1'}"),
		stripemock_value_literal(&arena, "{'a':1}")));
}

static void
own_notes_are_written_only_where_they_are_kept(void **state)
{
	const struct stripemock_value *value = stripemock_value_literal(&arena,
		"{'_a':1,'b':{'_c':2,'d':3}}");

	(void)state;
	assert_is(value, "{\"b\":{\"d\":3}}");
	assert_string_equal(stripemock_value_print(&arena, value, true),
		"{\"_a\":1,\"b\":{\"_c\":2,\"d\":3}}");
	assert_is(stripemock_value_literal(&arena, "{'metadata':{'_k':'v'},'_x':1}"),
		"{\"metadata\":{\"_k\":\"v\"}}");
}

static void
elements_are_cut_out_of_lists(void **state)
{
	struct stripemock_value *list = stripemock_value_literal(&arena, "[1,2,3]");

	(void)state;
	stripemock_value_cut(list, stripemock_value_at(list, "2"));
	stripemock_value_cut(list, list->first);
	assert_is(list, "[2]");
	stripemock_value_cut(list, list->first);
	stripemock_value_add(list, stripemock_value_literal(&arena, "4"));
	assert_is(list, "[4]");
	assert_int_equal(list->count, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_lead_through_objects_and_lists),
		cmocka_unit_test(members_are_set_replaced_and_dropped_in_place),
		cmocka_unit_test(clones_are_apart),
		cmocka_unit_test(order_of_members_does_not_matter_to_sameness),
		cmocka_unit_test(own_notes_are_written_only_where_they_are_kept),
		cmocka_unit_test(elements_are_cut_out_of_lists),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	bh_arena_close(&arena);
	return failed;
}
