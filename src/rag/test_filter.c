/* test_filter.c: filters as predicates, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "rag/filter.h"

static int
compile(const char *json, struct bh_buf *out)
{
	struct bh_json_doc doc = {0};
	int rc;

	assert_int_equal(bh_json_parse(json, strlen(json), &doc), 0);
	rc = rag_filter_compile(doc.root, "filters", out);
	bh_json_close(&doc);
	return rc;
}

static void
assert_predicate(const char *json, const char *expected)
{
	struct bh_buf out = {0};

	assert_int_equal(compile(json, &out), 0);
	assert_string_equal(bh_buf_string(&out), expected);
	bh_buf_close(&out);
}

static void
assert_refused(const char *json, int error, const char *field)
{
	struct bh_buf out = {0};

	bh_error_clear();
	assert_int_equal(compile(json, &out), error);
	assert_string_equal(bh_error_field(error), field);
	bh_buf_close(&out);
}

static void
every_operator_has_its_predicate(void **state)
{
	(void)state;
	assert_predicate("{\"type\":\"eq\",\"key\":\"a\",\"value\":\"x\"}", "($.\"a\" == \"x\")");
	assert_predicate("{\"type\":\"gte\",\"key\":\"a\",\"value\":3}", "($.\"a\" >= 3)");
	assert_predicate("{\"type\":\"in\",\"key\":\"a\",\"value\":[1,\"b\"]}",
		"($.\"a\" == 1 || $.\"a\" == \"b\")");
	assert_predicate("{\"type\":\"ne\",\"key\":\"a\",\"value\":true}",
		"(!($.\"a\" == true) || ($.\"a\" == true) is unknown)");
	assert_predicate("{\"type\":\"nin\",\"key\":\"a\",\"value\":[1]}",
		"(!($.\"a\" == 1) || ($.\"a\" == 1) is unknown)");
}

static void
compounds_nest(void **state)
{
	(void)state;
	assert_predicate("{\"type\":\"and\",\"filters\":[{\"type\":\"lt\",\"key\":\"a\",\"value\":1},"
					 "{\"type\":\"or\",\"filters\":[{\"type\":\"gt\",\"key\":\"b\",\"value\":2},"
					 "{\"type\":\"lte\",\"key\":\"c\",\"value\":\"z\"}]}]}",
		"(($.\"a\" < 1) && (($.\"b\" > 2) || ($.\"c\" <= \"z\")))");
}

static void
quotes_in_keys_and_values_stay_inside(void **state)
{
	(void)state;
	assert_predicate("{\"type\":\"eq\",\"key\":\"a\\\" == 1 || \\\"\",\"value\":\"\\\\\\\") || "
					 "(1==1\"}",
		"($.\"a\\\" == 1 || \\\"\" == \"\\\\\\\") || (1==1\")");
}

static void
what_is_no_filter_is_refused_by_name(void **state)
{
	(void)state;
	assert_refused("{\"type\":\"like\",\"key\":\"a\",\"value\":1}", BH_E_INVALID, "filters.type");
	assert_refused("{\"type\":\"eq\",\"value\":1}", BH_E_MISSING, "filters.key");
	assert_refused("{\"type\":\"eq\",\"key\":\"a\"}", BH_E_MISSING, "filters.value");
	assert_refused("{\"type\":\"eq\",\"key\":\"a\",\"value\":null}", BH_E_TYPE, "filters.value");
	assert_refused("{\"type\":\"in\",\"key\":\"a\",\"value\":1}", BH_E_TYPE, "filters.value");
	assert_refused("{\"type\":\"lt\",\"key\":\"a\",\"value\":true}", BH_E_TYPE, "filters.value");
	assert_refused("{\"type\":\"eq\",\"key\":\"a\",\"value\":1,\"x\":1}", BH_E_UNKNOWN_FIELD,
		"filters.x");
	assert_refused("{\"type\":\"or\",\"filters\":[{\"type\":\"eq\",\"key\":3,\"value\":1}]}",
		BH_E_TYPE, "filters.filters.0.key");
	assert_refused("{\"type\":\"and\",\"filters\":[]}", BH_E_RANGE, "filters.filters");
}

static void
nesting_is_bounded(void **state)
{
	struct bh_buf json = {0}, out = {0};

	(void)state;
	for (int i = 0; i < 20; i++)
		bh_buf_text(&json, "{\"type\":\"and\",\"filters\":[");
	bh_buf_text(&json, "{\"type\":\"eq\",\"key\":\"a\",\"value\":1}");
	for (int i = 0; i < 20; i++)
		bh_buf_text(&json, "]}");
	assert_int_equal(compile(bh_buf_string(&json), &out), BH_E_RANGE);
	bh_buf_close(&json);
	bh_buf_close(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operator_has_its_predicate),
		cmocka_unit_test(compounds_nest),
		cmocka_unit_test(quotes_in_keys_and_values_stay_inside),
		cmocka_unit_test(what_is_no_filter_is_refused_by_name),
		cmocka_unit_test(nesting_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
