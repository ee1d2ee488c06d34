/* SPDX-License-Identifier: Apache-2.0 */
/* test_path.c: which routes are refused, and in which order the rest is matched. */
#include "nginx/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "service/service.h"

static struct bh_nginx_paths paths;

static int
collect(const struct bh_route *routes)
{
	struct bh_service service = {.name = "rag", .routes = routes};
	const struct bh_service *const services[] = {&service, NULL};

	return bh_nginx_paths_collect(services, &paths);
}

static int
collect_one(struct bh_route route)
{
	struct bh_route routes[2] = {route};

	return collect(routes);
}

static const struct bh_route good = {
	.method = "GET",
	.path = "/v1/files/{id}",
	.scope = "files:read",
	.limits = "data",
	.audit = "file.get",
	.timeout_ms = 5000,
};

static void
a_route_with_its_policy_is_published(void **state)
{
	(void)state;
	assert_int_equal(collect_one(good), 0);
	assert_int_equal(paths.n, 1);
	assert_string_equal(paths.items[0].template, "/v1/files/{id}");
	assert_int_equal(paths.items[0].prefix_len, strlen("/v1/files/"));
}

static void
a_route_without_a_scope_does_not_start(void **state)
{
	struct bh_route route = good;

	(void)state;
	route.scope = NULL;
	assert_int_equal(collect_one(route), BH_E_CONFIG);
	route.scope = "";
	assert_int_equal(collect_one(route), BH_E_CONFIG);
	assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), "/v1/files/{id}"));
}

static void
a_route_without_audit_limits_or_timeout_does_not_start(void **state)
{
	struct bh_route route = good;

	(void)state;
	route.audit = NULL;
	assert_int_equal(collect_one(route), BH_E_CONFIG);
	route = good;
	route.limits = "generous";
	assert_int_equal(collect_one(route), BH_E_CONFIG);
	route = good;
	route.timeout_ms = 0;
	assert_int_equal(collect_one(route), BH_E_CONFIG);
}

static void
an_internal_scope_or_path_is_never_published(void **state)
{
	struct bh_route route = good;

	(void)state;
	route.scope = "internal:model";
	assert_int_equal(collect_one(route), BH_E_CONFIG);
	route = good;
	route.path = "/internal/exchange";
	assert_int_equal(collect_one(route), BH_E_CONFIG);
	route.flags = BH_ROUTE_INTERNAL;
	assert_int_equal(collect_one(route), 0);
	assert_int_equal(paths.n, 0);
}

static void
words_that_nginx_could_misread_are_refused(void **state)
{
	static const char *const bad_paths[] = {
		"v1",
		"/",
		"/v1/",
		"/v1//x",
		"/v1/{}",
		"/v1/{id",
		"/v1/x{id}",
		"/v1/{id}x",
		"/v1/x;y",
		"/v1/$x",
		"/v1/ x",
		"/v1/\"x",
		"/{id}",
	};
	static const char *const bad_words[] = {"a b", "a;b", "a{b", "a\"b", "a$b"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(bad_paths); i++) {
		struct bh_route route = good;

		route.path = bad_paths[i];
		assert_int_equal(collect_one(route), BH_E_CONFIG);
	}
	for (size_t i = 0; i < BH_COUNT(bad_words); i++) {
		struct bh_route route = good;

		route.scope = bad_words[i];
		assert_int_equal(collect_one(route), BH_E_CONFIG);
		route = good;
		route.audit = bad_words[i];
		assert_int_equal(collect_one(route), BH_E_CONFIG);
	}
}

static void
a_method_listed_twice_is_refused_whatever_its_parameter_is_called(void **state)
{
	struct bh_route routes[3] = {good, good};

	(void)state;
	routes[1].path = "/v1/files/{file}";
	assert_int_equal(collect(routes), BH_E_CONFIG);
	routes[1].method = "DELETE";
	routes[1].body_bytes_max = 7;
	routes[1].timeout_ms = 9000;
	assert_int_equal(collect(routes), 0);
	assert_int_equal(paths.n, 1);
	assert_int_equal(paths.items[0].n_routes, 2);
	assert_int_equal(paths.items[0].body_bytes_max, 7);
	assert_int_equal(paths.items[0].timeout_ms, 9000);
}

static void
a_path_belongs_to_one_service(void **state)
{
	struct bh_route get[2] = {good};
	struct bh_route post[2] = {good};
	struct bh_service rag = {.name = "rag", .routes = get};
	struct bh_service model = {.name = "model", .routes = post};
	const struct bh_service *const services[] = {&rag, &model, NULL};

	(void)state;
	post[0].method = "POST";
	assert_int_equal(bh_nginx_paths_collect(services, &paths), BH_E_CONFIG);
}

static void
exact_paths_come_first_and_literals_before_parameters(void **state)
{
	static const char *const wanted[] = {
		"/v1/files",
		"/v1/x/batch/{id}",
		"/v1/x/{id}",
		"/v1/x/{id}/batch",
		"/v1/x/{id}/{file}",
	};
	struct bh_route routes[6] = {good, good, good, good, good};

	(void)state;
	for (size_t i = 0; i < 5; i++)
		routes[i].path = wanted[4 - i];
	assert_int_equal(collect(routes), 0);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(paths.items[i].template, wanted[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_route_with_its_policy_is_published),
		cmocka_unit_test(a_route_without_a_scope_does_not_start),
		cmocka_unit_test(a_route_without_audit_limits_or_timeout_does_not_start),
		cmocka_unit_test(an_internal_scope_or_path_is_never_published),
		cmocka_unit_test(words_that_nginx_could_misread_are_refused),
		cmocka_unit_test(a_method_listed_twice_is_refused_whatever_its_parameter_is_called),
		cmocka_unit_test(a_path_belongs_to_one_service),
		cmocka_unit_test(exact_paths_come_first_and_literals_before_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
