/* SPDX-License-Identifier: Apache-2.0 */
/* test_fields.c: bodies are read by table, and every fault names its field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "json/fields.h"

struct body {
	const char *name;
	int64_t limit;
	double heat;
	bool stream, heat_set;
	const struct bh_json *tags, *filter, *input;
};

static const struct bh_field fields[] = {
	{"name", BH_FIELD_TEXT, offsetof(struct body, name), BH_REQUIRED, 1, 5},
	{"limit", BH_FIELD_INT, offsetof(struct body, limit), 0, 1, 100},
	{"heat", BH_FIELD_DOUBLE, offsetof(struct body, heat), BH_NULLABLE, 0, 2,
		.set = BH_SET(struct body, heat_set)},
	{"stream", BH_FIELD_BOOL, offsetof(struct body, stream)},
	{"tags", BH_FIELD_ARRAY, offsetof(struct body, tags), 0, 0, 2},
	{"filter", BH_FIELD_OBJECT, offsetof(struct body, filter)},
	{"input", BH_FIELD_ANY, offsetof(struct body, input)},
	{"user", BH_FIELD_IGNORED},
	{"audio", BH_FIELD_REFUSED},
};

static int
read_at(const char *text, const char *at, struct body *body, struct bh_json_doc *doc)
{
	assert_int_equal(bh_json_parse(text, strlen(text), doc), 0);
	return bh_fields_read(NULL, doc->root, BH_LIST(fields), at, body);
}

static void
assert_fault(const char *text, const char *at, int error, const char *param)
{
	struct bh_json_doc doc = {0};
	struct body body = {.limit = 20};

	assert_int_equal(read_at(text, at, &body, &doc), error);
	assert_string_equal(bh_error_field(error), param);
	bh_json_close(&doc);
}

static void
fills_the_struct_and_keeps_defaults(void **state)
{
	struct bh_json_doc doc = {0};
	struct body body = {.limit = 20};

	(void)state;
	assert_int_equal(read_at("{\"name\":\"h\xc3\xa9llo\",\"heat\":1,\"stream\":true,"
							 "\"tags\":[1,2],\"filter\":{},\"input\":null,\"user\":[[]],\"audio\":"
							 "null}",
						 "", &body, &doc),
		0);
	assert_string_equal(body.name, "h\xc3\xa9llo");
	assert_int_equal(body.limit, 20);
	assert_true(body.heat > 0.9 && body.heat_set && body.stream);
	assert_int_equal(bh_json_count(body.tags), 2);
	assert_int_equal(bh_json_kind(body.filter), BH_JSON_OBJECT);
	assert_int_equal(bh_json_kind(body.input), BH_JSON_NULL);
	bh_json_close(&doc);
}

static void
null_is_absent_only_where_the_table_says_so(void **state)
{
	struct bh_json_doc doc = {0};
	struct body body = {.heat = 0.5};

	(void)state;
	assert_int_equal(read_at("{\"name\":\"a\",\"heat\":null}", "", &body, &doc), 0);
	assert_false(body.heat_set);
	bh_json_close(&doc);
	assert_fault("{\"name\":\"a\",\"limit\":null}", "", BH_E_TYPE, "limit");
}

static void
every_fault_names_its_field(void **state)
{
	(void)state;
	assert_fault("{}", "", BH_E_MISSING, "name");
	assert_fault("{\"name\":7}", "", BH_E_TYPE, "name");
	assert_fault("{\"name\":\"\"}", "", BH_E_RANGE, "name");
	assert_fault("{\"name\":\"abcdef\"}", "", BH_E_RANGE, "name");
	assert_fault("{\"name\":\"a\",\"limit\":0}", "", BH_E_RANGE, "limit");
	assert_fault("{\"name\":\"a\",\"limit\":1.5}", "", BH_E_TYPE, "limit");
	assert_fault("{\"name\":\"a\",\"heat\":2.1}", "", BH_E_RANGE, "heat");
	assert_fault("{\"name\":\"a\",\"tags\":[1,2,3]}", "", BH_E_RANGE, "tags");
	assert_fault("{\"name\":\"a\",\"filter\":[]}", "", BH_E_TYPE, "filter");
	assert_fault("{\"name\":\"a\",\"nmae\":1}", "", BH_E_UNKNOWN_FIELD, "nmae");
	assert_fault("{\"name\":\"a\",\"audio\":{}}", "", BH_E_UNSUPPORTED, "audio");
	assert_fault("{\"name\":7}", "messages.0", BH_E_TYPE, "messages.0.name");
	assert_fault("[]", "messages.0", BH_E_TYPE, "messages.0");
}

static void
a_refused_value_leaves_its_field_alone(void **state)
{
	struct bh_json_doc doc = {0};
	struct body body = {.limit = 20};

	(void)state;
	assert_int_equal(read_at("{\"limit\":500}", "", &body, &doc), BH_E_RANGE);
	assert_int_equal(body.limit, 20);
	bh_json_close(&doc);
}

static void
the_writer_keeps_commas_right(void **state)
{
	struct bh_buf out = {0};
	struct bh_write write = {.out = &out};

	(void)state;
	bh_write_object(&write);
	bh_write_pair_text(&write, "id", "a\"b");
	bh_write_pair_text(&write, "none", NULL);
	bh_write_name(&write, "list");
	bh_write_array(&write);
	bh_write_int(&write, -1);
	bh_write_double(&write, 0.1);
	bh_write_double(&write, 2.0);
	bh_write_double(&write, __builtin_inf());
	bh_write_array(&write);
	bh_write_end(&write);
	bh_write_raw(&write, "{}", 2);
	bh_write_end(&write);
	bh_write_pair_bool(&write, "ok", true);
	bh_write_end(&write);
	assert_string_equal(bh_buf_string(&out),
		"{\"id\":\"a\\\"b\",\"none\":null,\"list\":[-1,0.1,2,null,[],{}],\"ok\":true}");
	bh_buf_close(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_the_struct_and_keeps_defaults),
		cmocka_unit_test(null_is_absent_only_where_the_table_says_so),
		cmocka_unit_test(every_fault_names_its_field),
		cmocka_unit_test(a_refused_value_leaves_its_field_alone),
		cmocka_unit_test(the_writer_keeps_commas_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
