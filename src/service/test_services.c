/* SPDX-License-Identifier: Apache-2.0 */
/* test_services.c: a list of services that could not work is refused before anything starts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "queue/worker.h"
#include "sec/token.h"
#include "service/retention.h"
#include "service/router.h"
#include "service/services.h"
#include "service/serving.h"

#define SCOPES(...) ((const struct bh_scope[]){__VA_ARGS__, {0}})
#define CALLS(...) ((const struct bh_service_call[]){__VA_ARGS__, {0}})

static const struct bh_route vouch_routes[] = {
	{.method = "GET", .path = "/a", .scope = "internal:vouch"},
	{.method = "GET", .path = "/b", .scope = "internal:x"},
	{.method = "GET", .path = "/c", .scope = "books:read"},
	{0},
};
static const struct bh_route shelf_routes[] = {
	{.method = "GET", .path = "/a", .scope = "internal:shelf"},
	{.method = "GET", .path = "/b", .scope = "internal:x"},
	{0},
};
static const struct bh_service vouch = {
	.name = "vouch",
	.routes = vouch_routes,
	.scopes = SCOPES({"books:read", BH_ROLE_VIEWER, true}),
	.issues_tokens = true,
};
static const struct bh_service other_vouch = {.name = "again", .issues_tokens = true};
static const struct bh_worker_conf jobs;
static const struct bh_service shelf = {.name = "shelf", .routes = shelf_routes, .jobs = &jobs};
static const struct bh_service clerk = {
	.name = "clerk",
	.calls = CALLS({"vouch", "internal:vouch"}, {"shelf", "internal:shelf"}),
};

static const struct bh_service twice = {
	.name = "twice",
	.calls = CALLS({"vouch", "internal:x"}, {"shelf", "internal:x"}),
};
static const struct bh_service lender = {.name = "lender",
	.calls = CALLS({"shelf", "internal:shelf", .outlives = true})};
static const struct bh_service lost = {.name = "lost", .calls = CALLS({"shelf", "internal:attic"})};
static const struct bh_service greedy = {.name = "greedy", .calls = CALLS({"vouch", "operator"})};

/* What is wrong with a list that begins with `vouch`; NULL: nothing. */
static const char *
wrong(const struct bh_service *a, const struct bh_service *b)
{
	const struct bh_service *const services[] = {&vouch, a, b, NULL};

	return bh_services_check(services) < 0 ? bh_error_detail(BH_E_CONFIG) : NULL;
}

static void
names_are_words_of_their_own(void **state)
{
	static const char *const bad[] = {"", "Shelf", "my-shelf", "../x", "seventeenletterss",
		"gateway", "pg", "platform", "owner"};

	(void)state;
	assert_null(wrong(&shelf, &clerk));
	for (size_t i = 0; i < BH_COUNT(bad); i++)
		assert_non_null(wrong(&(struct bh_service){.name = bad[i]}, NULL));
	assert_non_null(
		strstr(wrong(&shelf, &(struct bh_service){.name = "shelf"}), "have the name shelf"));
}

static void
calls_lead_to_routes_of_services_further_up(void **state)
{
	(void)state;
	assert_non_null(strstr(wrong(&clerk, &shelf), "is not listed before it"));
	assert_non_null(strstr(wrong(&shelf, &twice), "two calls"));
	assert_null(wrong(&lender, &shelf));
	assert_non_null(strstr(wrong(&shelf, &greedy), "internal:"));
	assert_non_null(strstr(wrong(&shelf, &lost), "no route there"));
}

static void
exactly_one_vouches_for_the_others(void **state)
{
	const struct bh_service *const none[] = {&shelf, NULL};

	(void)state;
	assert_non_null(strstr(wrong(&other_vouch, NULL), "two services issue tokens"));
	assert_int_equal(bh_services_check(none), BH_E_CONFIG);
}

static void
more_than_there_is_room_for_are_refused(void **state)
{
	static char names[BH_SERVICES_MAX + 1][8];
	struct bh_service rows[BH_SERVICES_MAX + 1] = {0};
	const struct bh_service *services[BH_SERVICES_MAX + 2] = {NULL};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(rows); i++) {
		snprintf(names[i], sizeof(names[i]), "s%c", (char)('a' + i));
		rows[i] = (struct bh_service){.name = names[i], .issues_tokens = i == 0};
		services[i] = &rows[i];
	}
	assert_non_null(
		bh_services_check(services) < 0 ? strstr(bh_error_detail(BH_E_CONFIG), "25") : NULL);
	services[BH_SERVICES_MAX] = NULL;
	assert_int_equal(bh_services_check(services), 0);
}

static void
a_right_is_what_the_row_says_and_no_more(void **state)
{
	const struct bh_service *const services[] = {&vouch, &shelf, &clerk, NULL};
	char names[32];

	(void)state;
	assert_string_equal(bh_services_call(services, "clerk", "internal:shelf")->service, "shelf");
	assert_null(bh_services_call(services, "clerk", "operator"));
	assert_null(bh_services_call(services, "shelf", "internal:shelf"));
	assert_null(bh_services_call(services, "supervisor", "operator"));
	bh_services_names(services, names, sizeof(names));
	assert_string_equal(names, "vouch shelf clerk");
}

static void
a_scope_is_declared_once_with_a_role(void **state)
{
	static const struct bh_scope bad[] = {{"books:read", BH_ROLE_VIEWER}, {"books:burn"},
		{"internal:x", BH_ROLE_MEMBER}, {"none", BH_ROLE_MEMBER}, {"a b", BH_ROLE_MEMBER},
		{"", BH_ROLE_MEMBER}};
	static const struct bh_route route[] = {{"GET", "/d", "books:sell"}, {0}};
	struct bh_service attic = {.name = "attic", .scopes = SCOPES({"books:sell", BH_ROLE_ADMIN})};
	const struct bh_service *const services[] = {&vouch, &attic, NULL};
	char scopes[32], huge[BH_SCOPE_BYTES] = "";

	(void)state;
	assert_null(wrong(&attic, NULL));
	bh_services_scopes(services, BH_ROLE_OWNER, false, scopes, sizeof(scopes));
	assert_string_equal(scopes, "books:read books:sell");
	bh_services_scopes(services, BH_ROLE_SUPERUSER, true, scopes, sizeof(scopes));
	assert_string_equal(scopes, "books:read");
	bh_services_scopes(services, BH_ROLE_NONE, false, scopes, sizeof(scopes));
	assert_string_equal(scopes, "");
	assert_non_null(strstr(wrong(&(struct bh_service){.name = "stall", .routes = route}, NULL),
		"no service declares"));
	memset(huge, 'x', sizeof(huge) - 1);
	attic.scopes = SCOPES({huge, BH_ROLE_ADMIN});
	assert_non_null(strstr(wrong(&attic, NULL), "do not fit"));
	for (size_t i = 0; i < BH_COUNT(bad); i++) {
		attic.scopes = SCOPES(bad[i]);
		assert_non_null(wrong(&attic, NULL));
	}
}

static void
the_list_is_told_as_json(void **state)
{
	const struct bh_service *const services[] = {&vouch, &clerk, NULL};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	(void)state;
	bh_services_write(services, &text);
	assert_string_equal(bh_buf_string(&text),
		"{\"data\":[{\"name\":\"vouch\",\"user\":\"bulkhead-vouch\",\"role\":\"bulkhead_vouch\","
		"\"scopes\":[{\"name\":\"books:read\",\"role\":\"viewer\",\"preset\":true}],"
		"\"calls\":[],"
		"\"uses\":[],\"keeps\":[],\"works_queue\":false,\"keeps_answers\":false},"
		"{\"name\":\"clerk\",\"user\":\"bulkhead-clerk\",\"role\":\"bulkhead_clerk\",\"scopes\":[],"
		"\"calls\":["
		"{\"name\":\"vouch\",\"scope\":\"internal:vouch\"},"
		"{\"name\":\"shelf\",\"scope\":\"internal:shelf\"}],"
		"\"uses\":[],\"keeps\":[],\"works_queue\":false,\"keeps_answers\":false}]}");
}

static void
a_service_keeps_no_more_kinds_of_rows_than_there_is_room_for(void **state)
{
	static const struct bh_route nothing[] = {{0}};
	struct bh_retention_kind kinds[BH_RETENTION_KINDS_MOST + 2] = {0};
	struct bh_router router = {0};
	const struct bh_service keeper = {.name = "keeper", .routes = nothing, .retention = kinds};

	(void)state;
	for (size_t i = 0; i < BH_RETENTION_KINDS_MOST; i++)
		kinds[i].name = "row";
	assert_int_equal(bh_service_routes_open(&router, &keeper), 0);
	bh_router_close(&router);
	kinds[BH_RETENTION_KINDS_MOST].name = "row";
	assert_int_equal(bh_service_routes_open(&router, &keeper), BH_E_CONFIG);
	bh_router_close(&router);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_words_of_their_own),
		cmocka_unit_test(calls_lead_to_routes_of_services_further_up),
		cmocka_unit_test(exactly_one_vouches_for_the_others),
		cmocka_unit_test(more_than_there_is_room_for_are_refused),
		cmocka_unit_test(a_right_is_what_the_row_says_and_no_more),
		cmocka_unit_test(a_scope_is_declared_once_with_a_role),
		cmocka_unit_test(the_list_is_told_as_json),
		cmocka_unit_test(a_service_keeps_no_more_kinds_of_rows_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
