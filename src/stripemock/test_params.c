/* SPDX-License-Identifier: Apache-2.0 */
/* test_params.c: what a table of parameters takes, and how it says no. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stripemock/form.h"
#include "stripemock/params.h"

static struct bh_arena arena;

static const struct stripemock_param table[] = {
	{"name", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"note", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY},
	{"count", STRIPEMOCK_INT},
	{"price", STRIPEMOCK_DECIMAL},
	{"active", STRIPEMOCK_BOOL},
	{"kind", STRIPEMOCK_CHOICE, 0, "good bad"},
	{"at", STRIPEMOCK_MOMENT, 0, "now"},
	{"metadata", STRIPEMOCK_MAP, STRIPEMOCK_EMPTY},
	{"items[].price", STRIPEMOCK_TEXT},
	{"items[].quantity", STRIPEMOCK_INT},
	{"address.city", STRIPEMOCK_TEXT},
	{0},
};

static bool
check(const char *form, struct stripemock_value **out, struct stripemock_problem *problem)
{
	*out = stripemock_value_new(&arena, BH_JSON_OBJECT);
	*problem = (struct stripemock_problem){0};
	assert_int_equal(stripemock_form_read(form, strlen(form), *out), 0);
	return stripemock_params_check(table, *out, problem);
}

static void
assert_takes(const char *form, const char *as)
{
	struct stripemock_problem problem;
	struct stripemock_value *params;

	assert_true(check(form, &params, &problem));
	assert_string_equal(stripemock_value_print(&arena, params, true), as);
}

static void
assert_refuses(const char *form, const char *code, const char *param)
{
	struct stripemock_problem problem;
	struct stripemock_value *params;

	assert_false(check(form, &params, &problem));
	assert_int_equal(problem.status, 400);
	assert_string_equal(problem.code, code);
	assert_string_equal(problem.param, param);
}

static void
values_get_their_types(void **state)
{
	(void)state;
	assert_takes("name=n&count=-5&active=true&price=1.25&kind=bad&at=now",
		"{\"name\":\"n\",\"count\":-5,\"active\":true,\"price\":\"1.25\",\"kind\":\"bad\","
		"\"at\":\"now\"}");
	assert_takes("name=n&at=1700000000", "{\"name\":\"n\",\"at\":1700000000}");
	assert_takes("name=n&items[0][price]=p&items[1][quantity]=2",
		"{\"name\":\"n\",\"items\":[{\"price\":\"p\"},{\"quantity\":2}]}");
	assert_takes("name=n&metadata[a.b]=1&address[city]=x",
		"{\"name\":\"n\",\"metadata\":{\"a.b\":\"1\"},\"address\":{\"city\":\"x\"}}");
	assert_takes("name=n&expand[]=customer", "{\"name\":\"n\",\"expand\":[\"customer\"]}");
}

static void
an_empty_text_takes_a_value_away_where_it_may(void **state)
{
	(void)state;
	assert_takes("name=n&note=&metadata=&address=",
		"{\"name\":\"n\",\"note\":null,\"metadata\":null,\"address\":null}");
	assert_refuses("name=", "parameter_invalid_empty", "name");
}

static void
what_is_wrong_is_named_as_it_was_sent(void **state)
{
	(void)state;
	assert_refuses("", "parameter_missing", "name");
	assert_refuses("name=n&nmae=x", "parameter_unknown", "nmae");
	assert_refuses("name=n&address[planet]=x", "parameter_unknown", "address[planet]");
	assert_refuses("name=n&items[0][price]=p&items[1][size]=2", "parameter_unknown",
		"items[1][size]");
	assert_refuses("name=n&count=ten", "parameter_invalid_integer", "count");
	assert_refuses("name=n&count=99999999999999999999", "parameter_invalid_integer", "count");
	assert_refuses("name=n&items[0][quantity]=x", "parameter_invalid_integer",
		"items[0][quantity]");
	assert_refuses("name=n&count=1000000000001", "parameter_invalid_integer", "count");
	assert_refuses("name=n&address.city=x", "parameter_unknown", "address.city");
	assert_refuses("name=n&active=yes", "parameter_invalid_boolean", "active");
	assert_refuses("name=n&kind=ugly", "parameter_invalid_enum", "kind");
	assert_refuses("name=n&kind=good+bad", "parameter_invalid_enum", "kind");
	assert_refuses("name=n&price=1e5", "parameter_invalid_decimal", "price");
	assert_refuses("name[a]=n", "parameter_invalid_string", "name");
	assert_refuses("name=n&items=x", "parameter_invalid_array", "items");
	assert_refuses("name=n&items[a][price]=x", "parameter_invalid_array", "items");
	assert_refuses("name=n&address=x", "parameter_invalid_object", "address");
	assert_refuses("name=n&metadata=x", "parameter_invalid_object", "metadata");
	assert_refuses("name=n&metadata[a][b]=x", "parameter_invalid_string", "metadata[a]");
}

static void
decimals_are_exact(void **state)
{
	static const char *const wrong[] = {"", "-", ".5", "1.", "1,5", " 1", "1 ", "1e3", "0x1",
		"1234567890123", "0.1234567890123", "--1", "1.2.3"};
	__int128 units = 0;

	(void)state;
	assert_true(stripemock_params_decimal("0.000015", &units));
	assert_true(units == 15000000);
	assert_true(stripemock_params_decimal("-12.5", &units));
	assert_true(units == -(STRIPEMOCK_UNIT * 25 / 2));
	assert_true(stripemock_params_decimal("999999999999.999999999999", &units));
	assert_true(units == STRIPEMOCK_UNIT * STRIPEMOCK_UNIT - 1);
	for (size_t i = 0; i < BH_COUNT(wrong); i++)
		assert_false(stripemock_params_decimal(wrong[i], &units));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_get_their_types),
		cmocka_unit_test(an_empty_text_takes_a_value_away_where_it_may),
		cmocka_unit_test(what_is_wrong_is_named_as_it_was_sent),
		cmocka_unit_test(decimals_are_exact),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	bh_arena_close(&arena);
	return failed;
}
