/* SPDX-License-Identifier: Apache-2.0 */
/* test_filter.c: what a filter matches, held against a model that is as simple as can be; and what is
 * refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "rag/filter.h"

static int
compile(const char *json, struct bh_json_doc *doc, struct bh_arena *arena, struct rag_filter **out)
{
	assert_int_equal(bh_json_parse(json, strlen(json), doc), 0);
	return rag_filter_compile(doc->root, "filters", arena, out);
}

static bool
matches(const char *json, const char *attributes)
{
	struct bh_json_doc doc = {0};
	struct bh_arena arena = {0};
	struct rag_filter *filter = NULL;
	bool match = false;

	assert_int_equal(compile(json, &doc, &arena, &filter), 0);
	assert_int_equal(rag_filter_match(filter, attributes, &arena, &match), 0);
	bh_json_close(&doc);
	bh_arena_close(&arena);
	return match;
}

static void
assert_refused(const char *json, int error, const char *field)
{
	struct bh_json_doc doc = {0};
	struct bh_arena arena = {0};
	struct rag_filter *filter = NULL;

	bh_error_clear();
	assert_int_equal(compile(json, &doc, &arena, &filter), error);
	assert_string_equal(bh_error_field(error), field);
	assert_null(filter);
	bh_json_close(&doc);
	bh_arena_close(&arena);
}

#define ONE(type, value) "{\"type\":\"" type "\",\"key\":\"a\",\"value\":" value "}"

static void
every_operator_does_what_its_name_says(void **state)
{
	(void)state;
	assert_true(matches(ONE("eq", "\"x\""), "{\"a\": \"x\"}"));
	assert_false(matches(ONE("eq", "\"x\""), "{\"a\": \"xy\"}"));
	assert_true(matches(ONE("eq", "1"), "{\"a\": 1.0}"));
	assert_true(matches(ONE("gt", "2"), "{\"a\": 2.5}"));
	assert_true(matches(ONE("eq", "0.1"), "{\"a\": 0.1}"));
	assert_false(matches(ONE("gt", "0.7"), "{\"a\": 0.7}"));
	assert_true(matches(ONE("eq", "1e23"), "{\"a\": 100000000000000000000000}"));
	assert_false(matches(ONE("gt", "2"), "{\"a\": 2}"));
	assert_true(matches(ONE("gte", "\"b\""), "{\"a\": \"b\"}"));
	assert_true(matches(ONE("lt", "\"b\""), "{\"a\": \"ab\"}"));
	assert_true(matches(ONE("lte", "-1"), "{\"a\": -1}"));
	assert_true(matches(ONE("in", "[7,\"x\",true]"), "{\"a\": \"x\"}"));
	assert_false(matches(ONE("in", "[7,\"x\"]"), "{\"a\": \"7\"}"));
}

static void
ne_and_nin_match_whatever_is_not_equal(void **state)
{
	(void)state;
	assert_true(matches(ONE("ne", "true"), "{}"));
	assert_true(matches(ONE("ne", "true"), "{\"a\": 1}"));
	assert_false(matches(ONE("ne", "true"), "{\"a\": true}"));
	assert_true(matches(ONE("nin", "[1,2]"), "{\"a\": \"1\"}"));
	assert_true(matches(ONE("nin", "[1,2]"), "{\"b\": 1}"));
	assert_false(matches(ONE("nin", "[1,2]"), "{\"a\": 2}"));
}

static void
values_of_another_type_are_not_ordered(void **state)
{
	(void)state;
	assert_false(matches(ONE("gt", "1"), "{\"a\": \"2\"}"));
	assert_false(matches(ONE("lte", "1"), "{\"a\": \"0\"}"));
	assert_false(matches(ONE("lt", "\"z\""), "{\"a\": false}"));
	assert_false(matches(ONE("gte", "1"), "{}"));
}

static void
whole_numbers_that_a_double_cannot_hold_are_told_apart(void **state)
{
	(void)state;
	assert_false(matches(ONE("eq", "9007199254740993"), "{\"a\": 9007199254740992}"));
	assert_true(matches(ONE("gt", "9007199254740992"), "{\"a\": 9007199254740993}"));
	assert_true(matches(ONE("lt", "9223372036854775807"), "{\"a\": -9223372036854775808}"));
	assert_true(matches(ONE("gt", "1e29"), "{\"a\": 1000000000000000000000000000000}"));
}

static void
compounds_nest(void **state)
{
	static const char filter[] =
		"{\"type\":\"and\",\"filters\":[{\"type\":\"lt\",\"key\":\"a\",\"value\":1},"
		"{\"type\":\"or\",\"filters\":[{\"type\":\"gt\",\"key\":\"b\",\"value\":2},"
		"{\"type\":\"lte\",\"key\":\"c\",\"value\":\"z\"}]}]}";

	(void)state;
	assert_true(matches(filter, "{\"a\": 0, \"b\": 3}"));
	assert_true(matches(filter, "{\"a\": 0, \"c\": \"y\"}"));
	assert_false(matches(filter, "{\"a\": 0, \"b\": 2}"));
	assert_false(matches(filter, "{\"a\": 1, \"b\": 3}"));
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
	assert_refused("{\"type\":\"in\",\"key\":\"a\",\"value\":[]}", BH_E_RANGE, "filters.value");
	assert_refused("{\"type\":\"in\",\"key\":\"a\",\"value\":[[1]]}", BH_E_TYPE, "filters.value");
	assert_refused("{\"type\":\"lt\",\"key\":\"a\",\"value\":true}", BH_E_TYPE, "filters.value");
	assert_refused("{\"type\":\"eq\",\"key\":\"a\",\"value\":1,\"x\":1}", BH_E_UNKNOWN_FIELD,
		"filters.x");
	assert_refused("{\"type\":\"or\",\"filters\":[{\"type\":\"eq\",\"key\":3,\"value\":1}]}",
		BH_E_TYPE, "filters.filters.0.key");
	assert_refused("{\"type\":\"and\",\"filters\":[]}", BH_E_RANGE, "filters.filters");
}

/* `n` times `part`, separated by commas, between two texts. */
static const char *
repeated(struct bh_buf *out, const char *before, const char *part, int n, const char *after)
{
	bh_buf_reset(out);
	bh_buf_text(out, before);
	for (int i = 0; i < n; i++)
		bh_buf_printf(out, "%s%s", i > 0 ? "," : "", part);
	bh_buf_text(out, after);
	return bh_buf_string(out);
}

static void
depth_parts_and_elements_are_bounded(void **state)
{
	static const char nin[] = "{\"type\":\"nin\",\"key\":\"a\",\"value\":[";
	static const char all[] = "{\"type\":\"and\",\"filters\":[";
	static const char half[] = "{\"type\":\"and\",\"filters\":[" ONE("eq", "1") "]}";
	struct bh_buf json = {0};

	(void)state;
	assert_true(matches(repeated(&json, nin, "7", 1000, "]}"), "{}"));
	assert_refused(repeated(&json, nin, "7", 1001, "]}"), BH_E_RANGE, "filters.value");
	assert_true(matches(repeated(&json, all, half, 49, "]}"), "{\"a\": 1}"));
	assert_refused(repeated(&json, all, half, 50, "]}"), BH_E_RANGE,
		"filters.filters.49.filters.0");

	bh_buf_reset(&json);
	for (int i = 0; i < 20; i++)
		bh_buf_text(&json, all);
	bh_buf_text(&json, ONE("eq", "1"));
	for (int i = 0; i < 20; i++)
		bh_buf_text(&json, "]}");
	assert_refused(bh_buf_string(&json), BH_E_RANGE,
		"filters.filters.0.filters.0.filters.0.filters.0.filters.0.filters.0.filters.0.filters.0");
	bh_buf_close(&json);
}

static void
lists_of_one_filter_share_their_bound(void **state)
{
	static const char list[] =
		"{\"type\":\"in\",\"key\":\"a\",\"value\":[1,2,3,4,5,6,7,8,9,10,11]}";
	struct bh_buf json = {0};

	(void)state;
	assert_refused(repeated(&json, "{\"type\":\"or\",\"filters\":[", list, 91, "]}"), BH_E_RANGE,
		"filters.filters.90.value");
	bh_buf_close(&json);
}

/* ---- the model: the filter's JSON asked about the attributes' JSON, as it is written ---- */

static bool
model_equal(const struct bh_json *left, const struct bh_json *right)
{
	double x, y;
	bool p, q;

	if (bh_json_string(left) != NULL && bh_json_string(right) != NULL)
		return strcmp(bh_json_string(left), bh_json_string(right)) == 0;
	if (bh_json_number(left, &x) && bh_json_number(right, &y))
		return !(x < y) && !(x > y);
	return bh_json_bool(left, &p) && bh_json_bool(right, &q) && p == q;
}

/* -1, 0, 1; 2: not ordered. */
static int
model_order(const struct bh_json *left, const struct bh_json *right)
{
	double x, y;
	int order;

	if (bh_json_string(left) != NULL && bh_json_string(right) != NULL) {
		order = strcmp(bh_json_string(left), bh_json_string(right));
		return order < 0 ? -1 : order > 0;
	}
	return bh_json_number(left, &x) && bh_json_number(right, &y) ? (x < y ? -1 : x > y) : 2;
}

static bool
model(const struct bh_json *filter, const struct bh_json *attributes)
{
	const char *type = bh_json_string(bh_json_get(filter, "type"));
	const struct bh_json *list = bh_json_get(filter, "filters");
	const struct bh_json *wanted = bh_json_get(filter, "value"), *value;
	bool any = false, every = true;
	int order;

	for (size_t i = 0; i < bh_json_count(list); i++) {
		bool one = model(bh_json_at(list, i), attributes);

		any = any || one;
		every = every && one;
	}
	if (list != NULL)
		return strcmp(type, "and") == 0 ? every : any;

	value = bh_json_get(attributes, bh_json_string(bh_json_get(filter, "key")));
	for (size_t i = 0; bh_json_kind(wanted) == BH_JSON_ARRAY && i < bh_json_count(wanted); i++)
		any = any || model_equal(value, bh_json_at(wanted, i));
	if (strcmp(type, "in") == 0 || strcmp(type, "nin") == 0)
		return any == (type[0] == 'i');
	if (strcmp(type, "eq") == 0 || strcmp(type, "ne") == 0)
		return model_equal(value, wanted) == (type[0] == 'e');
	order = model_order(value, wanted);
	return order != 2 && ((order < 0) == (type[0] == 'l') || order == 0) &&
		(order != 0 || type[2] == 'e');
}

static uint64_t dice_state;

static unsigned
dice(unsigned sides)
{
	dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(dice_state >> 33) % sides;
}

static void
put_scalar(struct bh_buf *out, bool ordered)
{
	static const char *const scalars[] = {"\"\"", "\"a\"", "\"ab\"", "\"b\"", "\"1\"",
		"\"\\\"\\\\\\n\"", "\"\xc3\xa9\"", "0", "1", "1.5", "-1", "2e3", "2000", "true", "false"};

	bh_buf_text(out, scalars[dice(ordered ? 13 : 15)]);
}

static void
put_filter(struct bh_buf *out, unsigned depth)
{
	static const char *const types[] = {"eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"};
	unsigned which = dice(8), n = 1 + dice(3), i;

	if (depth < 4 && dice(2) == 0) {
		bh_buf_printf(out, "{\"type\":\"%s\",\"filters\":[", dice(2) ? "and" : "or");
		for (i = 0; i < n; i++) {
			bh_buf_text(out, i > 0 ? "," : "");
			put_filter(out, depth + 1);
		}
		bh_buf_text(out, "]}");
		return;
	}
	bh_buf_printf(out, "{\"type\":\"%s\",\"key\":\"k%u\",\"value\":%s", types[which], dice(3),
		which >= 6 ? "[" : "");
	for (i = 0; i < (which >= 6 ? n : 1); i++) {
		bh_buf_text(out, i > 0 ? "," : "");
		put_scalar(out, which >= 2 && which < 6);
	}
	bh_buf_text(out, which >= 6 ? "]}" : "}");
}

static void
put_attributes(struct bh_buf *out)
{
	bool some = false;

	bh_buf_char(out, '{');
	for (unsigned i = 0; i < 3; i++) {
		if (dice(4) == 0)
			continue;
		bh_buf_printf(out, "%s\"k%u\": ", some ? ", " : "", i);
		put_scalar(out, false);
		some = true;
	}
	bh_buf_char(out, '}');
}

static void
any_filter_agrees_with_the_model(void **state)
{
	size_t matched = 0;

	(void)state;
	dice_state = 7;
	for (int round = 0; round < 20000; round++) {
		struct bh_buf filter = {0}, attributes = {0};
		struct bh_json_doc parsed_filter = {0}, parsed = {0};
		bool expected;

		put_filter(&filter, 0);
		put_attributes(&attributes);
		assert_int_equal(bh_json_parse(filter.data, filter.len, &parsed_filter), 0);
		assert_int_equal(bh_json_parse(attributes.data, attributes.len, &parsed), 0);
		expected = model(parsed_filter.root, parsed.root);
		if (matches(filter.data, attributes.data) != expected)
			fail_msg("%s of %s should be %d", filter.data, attributes.data, expected);
		matched += expected;
		bh_json_close(&parsed);
		bh_json_close(&parsed_filter);
		bh_buf_close(&attributes);
		bh_buf_close(&filter);
	}
	/* Neither answer is the exception. */
	assert_in_range(matched, 5000, 15000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_operator_does_what_its_name_says),
		cmocka_unit_test(ne_and_nin_match_whatever_is_not_equal),
		cmocka_unit_test(values_of_another_type_are_not_ordered),
		cmocka_unit_test(whole_numbers_that_a_double_cannot_hold_are_told_apart),
		cmocka_unit_test(compounds_nest),
		cmocka_unit_test(what_is_no_filter_is_refused_by_name),
		cmocka_unit_test(depth_parts_and_elements_are_bounded),
		cmocka_unit_test(lists_of_one_filter_share_their_bound),
		cmocka_unit_test(any_filter_agrees_with_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
