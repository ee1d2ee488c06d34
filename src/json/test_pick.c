/* SPDX-License-Identifier: Apache-2.0 */
/* test_pick.c: of an object from outside, what a table names is passed on, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "json/fields.h"

static const struct bh_field part_fields[] = {
	{"name", BH_FIELD_TEXT, .flags = BH_REQUIRED},
	{"size", BH_FIELD_INT},
};

static const struct bh_field part_row = {"", BH_FIELD_OBJECT, BH_FIELDS(part_fields)};
static const struct bh_field nothing = {"", BH_FIELD_IGNORED};

static const struct bh_field thing_fields[] = {
	{"kind", BH_FIELD_CONST, .words = "thing"},
	{"label", BH_FIELD_CONST, .words = "l", .flags = BH_OMIT},
	{"note", BH_FIELD_TEXT},
	{"mark", BH_FIELD_BOOL, .flags = BH_OMIT},
	{"secret", BH_FIELD_TEXT, .flags = BH_WRITE_ONLY},
	{"any", BH_FIELD_ANY, .flags = BH_OMIT},
	{"part", BH_FIELD_OBJECT, BH_FIELDS(part_fields)},
	{"spare", BH_FIELD_OBJECT, .flags = BH_NULLABLE, BH_FIELDS(part_fields)},
	{"parts", BH_FIELD_ARRAY, .element = &part_row},
	{"others", BH_FIELD_ARRAY, .element = &part_row, .flags = BH_OMIT},
	{"more", BH_FIELD_ARRAY, .element = &part_row, .flags = BH_NULLABLE},
	{"extras", BH_FIELD_ARRAY, .element = &nothing},
};

struct holder {
	const struct bh_json *thing, *parts;
};

#define AT(member) offsetof(struct holder, member)

static const struct bh_field holder_fields[] = {
	{"thing", BH_FIELD_OBJECT, AT(thing), BH_PICKED | BH_OMIT, BH_FIELDS(thing_fields)},
	{"parts", BH_FIELD_ARRAY, AT(parts), BH_PICKED, 0, 2, .element = &part_row},
};

static void
assert_written(const char *in, const char *expected)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct bh_write write = {.out = &out};
	struct holder holder = {0};

	assert_int_equal(bh_json_parse(in, strlen(in), &doc), 0);
	assert_int_equal(bh_fields_read(NULL, doc.root, BH_LIST(holder_fields), "", &holder), 0);
	bh_fields_write(&write, BH_LIST(holder_fields), &holder);
	assert_string_equal(out.data, expected);
}

static void
only_what_is_named_and_of_its_type_is_passed_on(void **state)
{
	(void)state;
	assert_written("{\"thing\":{\"extra\":1,\"any\":[{\"x\":2}],\"secret\":\"s\",\"note\":\"n\","
				   "\"mark\":false,\"label\":\"x\",\"part\":{\"size\":3,\"name\":\"p\",\"x\":1},"
				   "\"parts\":[{\"name\":\"a\",\"size\":-1},{\"size\":1},7],\"others\":[{\"name\":"
				   "\"b\",\"size\":2}],\"more\":[],\"extras\":[1,{}]}}",
		"{\"thing\":{\"kind\":\"thing\",\"label\":\"l\",\"note\":\"n\",\"mark\":false,"
		"\"any\":[{\"x\":2}],\"part\":{\"name\":\"p\",\"size\":3},\"spare\":null,"
		"\"parts\":[{\"name\":\"a\",\"size\":0}],\"others\":[{\"name\":\"b\",\"size\":2}],"
		"\"more\":[],\"extras\":[]},\"parts\":[]}");
}

static void
what_is_missing_or_of_another_type_is_null_or_left_out(void **state)
{
	(void)state;
	assert_written("{\"thing\":{\"note\":7,\"label\":null,\"mark\":\"yes\",\"any\":null,\"part\":{"
				   "\"size\":3},"
				   "\"spare\":{},"
				   "\"others\":[]},\"parts\":[{\"name\":\"c\",\"size\":1}]}",
		"{\"thing\":{\"kind\":\"thing\",\"note\":null,\"part\":{\"name\":null,\"size\":0},"
		"\"spare\":null,\"parts\":[],\"more\":null,"
		"\"extras\":[]},\"parts\":[{\"name\":\"c\",\"size\":1}]}");
	assert_written("{}", "{\"parts\":[]}");
}

static void
a_picked_array_is_bounded_when_it_is_read(void **state)
{
	static const char text[] = "{\"parts\":[1,2,3]}";
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct holder holder = {0};

	(void)state;
	assert_int_equal(bh_json_parse(text, strlen(text), &doc), 0);
	assert_int_equal(bh_fields_read(NULL, doc.root, BH_LIST(holder_fields), "", &holder),
		BH_E_RANGE);
	assert_string_equal(bh_error_field(BH_E_RANGE), "parts");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_is_named_and_of_its_type_is_passed_on),
		cmocka_unit_test(what_is_missing_or_of_another_type_is_null_or_left_out),
		cmocka_unit_test(a_picked_array_is_bounded_when_it_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
