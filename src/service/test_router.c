/* SPDX-License-Identifier: Apache-2.0 */
/* test_router.c: which row of a table answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "service/router.h"

static int
handler(struct bh_request *req)
{
	(void)req;
	return 0;
}

#define ROW(method, path) \
	{ \
		method, path, "s", "data", "a", 0, 1000, handler \
	}

static const struct bh_route routes[] = {
	ROW("GET", "/v1/files"),
	ROW("POST", "/v1/files"),
	ROW("GET", "/v1/files/{file}"),
	ROW("DELETE", "/v1/files/{file}"),
	ROW("GET", "/v1/files/{file}/content"),
	ROW("PUT", "/api/tenants/{tenant}/models/default"),
	ROW("PUT", "/api/tenants/{tenant}/models/{model}"),
	ROW("GET", "/api/{kind}/fixed"),
	{0},
};

struct fixture {
	struct bh_router router;
	struct bh_arena arena;
	struct bh_router_match match;
	const char *allow;
};

static int
setup(void **state)
{
	static struct fixture fix;

	fix = (struct fixture){0};
	*state = &fix;
	return bh_router_add(&fix.router, routes);
}

static int
teardown(void **state)
{
	struct fixture *fix = *state;

	bh_router_close(&fix->router);
	bh_arena_close(&fix->arena);
	return 0;
}

static int
find(struct fixture *fix, const char *method, const char *path)
{
	return bh_router_find(&fix->router, &fix->arena, method, path, &fix->match, &fix->allow);
}

static void
row_of_the_method_answers(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(find(fix, "POST", "/v1/files"), 0);
	assert_ptr_equal(fix->match.route, &routes[1]);
	assert_int_equal(find(fix, "HEAD", "/v1/files"), 0);
	assert_ptr_equal(fix->match.route, &routes[0]);
}

static void
parameter_is_decoded_and_may_hold_a_slash(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(find(fix, "GET", "/v1/files/a%2Fb+c"), 0);
	assert_string_equal(fix->match.params[0].name, "file");
	assert_string_equal(fix->match.params[0].value, "a/b+c");
}

static void
literal_goes_before_parameter(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(find(fix, "PUT", "/api/tenants/t/models/default"), 0);
	assert_ptr_equal(fix->match.route, &routes[5]);
	assert_int_equal(find(fix, "PUT", "/api/tenants/t/models/m"), 0);
	assert_ptr_equal(fix->match.route, &routes[6]);
	assert_string_equal(fix->match.params[0].value, "t");
	assert_string_equal(fix->match.params[1].value, "m");
}

static void
unknown_paths_are_not_found(void **state)
{
	static const char *const paths[] = {
		"",
		"*",
		"/",
		"/v1",
		"/v1/files/",
		"/v1//files",
		"/v1/files/x/other",
		"v1/files",
		"/V1/files",
		"/v1/files/%zz",
		"/v1/files/%00",
		"/v1/files/%ff",
		"/a/b/c/d/e/f/g/h/i/j/k/l/m/n",
		"http://h/v1/files",
	};

	for (size_t i = 0; i < BH_COUNT(paths); i++)
		assert_int_equal(find(*state, "GET", paths[i]), BH_E_NO_ROUTE);
}

static void
overlong_parameter_is_not_found(void **state)
{
	char path[400] = "/v1/files/";

	memset(path + strlen(path), 'a', 256);
	assert_int_equal(find(*state, "GET", path), BH_E_NOT_FOUND);
	path[strlen(path) - 1] = '\0';
	assert_int_equal(find(*state, "GET", path), 0);
}

static void
wrong_method_lists_the_right_ones(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(find(fix, "PATCH", "/v1/files/x"), BH_E_METHOD);
	assert_string_equal(fix->allow, "GET, HEAD, DELETE");
}

static int
add(const struct bh_route *table)
{
	struct bh_router router = {0};
	int rc = bh_router_add(&router, table);

	bh_router_close(&router);
	return rc;
}

static void
route_without_policy_does_not_start(void **state)
{
	const struct bh_route no_scope[] = {{"GET", "/a", NULL, "data", "a", 0, 1, handler}, {0}};
	const struct bh_route no_limits[] = {{"GET", "/a", "s", "", "a", 0, 1, handler}, {0}};
	const struct bh_route no_audit[] = {{"GET", "/a", "s", "data", NULL, 0, 1, handler}, {0}};
	const struct bh_route no_handler[] = {{"GET", "/a", "s", "data", "a", 0, 1, NULL}, {0}};
	const struct bh_route malformed[] = {ROW("GET", "/a/{b"), {0}};

	(void)state;
	assert_int_equal(add(no_scope), BH_E_CONFIG);
	assert_int_equal(add(no_limits), BH_E_CONFIG);
	assert_int_equal(add(no_audit), BH_E_CONFIG);
	assert_int_equal(add(no_handler), BH_E_CONFIG);
	assert_int_equal(add(malformed), BH_E_CONFIG);
}

static void
operator_route_without_a_tenant_in_its_path_does_not_start(void **state)
{
	struct bh_route table[] = {ROW("GET", "/api/tenants/{tenant}/models"), {0}};

	(void)state;
	table[0].flags = BH_ROUTE_OPERATOR;
	assert_int_equal(add(table), 0);
	table[0].path = "/api/models";
	assert_int_equal(add(table), BH_E_CONFIG);
}

static void
rows_that_answer_the_same_do_not_start(void **state)
{
	const struct bh_route twice[] = {ROW("GET", "/a/{b}"), ROW("GET", "/a/{c}"), {0}};
	const struct bh_route apart[] = {ROW("GET", "/a/{b}"), ROW("PUT", "/a/{c}"), {0}};

	(void)state;
	assert_int_equal(add(twice), BH_E_CONFIG);
	assert_int_equal(add(apart), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(row_of_the_method_answers),
		TEST(parameter_is_decoded_and_may_hold_a_slash),
		TEST(literal_goes_before_parameter),
		TEST(unknown_paths_are_not_found),
		TEST(overlong_parameter_is_not_found),
		TEST(wrong_method_lists_the_right_ones),
		TEST(route_without_policy_does_not_start),
		TEST(operator_route_without_a_tenant_in_its_path_does_not_start),
		TEST(rows_that_answer_the_same_do_not_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
