/* SPDX-License-Identifier: Apache-2.0 */
/* test_commands.c: what commands ask the platform for, in which order, and what they make of its answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/commands.h"
#include "cli/testing_control.h"

#define T "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"
#define K1 "0199a1b2-c3d4-7e5f-8a6b-000000000001"
#define K2 "0199a1b2-c3d4-7e5f-8a6b-000000000002"
#define AUTH "/api/auth/api/tenants/" T
#define KEYS "GET " AUTH "/keys"

static void
asked(struct testing_control *control, const char *wanted)
{
	assert_string_equal(bh_buf_string(&control->asked), wanted);
}

static void
a_new_key_is_shown_once_with_what_was_asked_for(void **state)
{
	struct testing_control *control = *state;
	struct cli_options *options = &control->cli.options;

	*options = (struct cli_options){.tenant = T, .name = "ci", .requests_per_minute = "60"};
	options->scopes[options->n_scopes++] = "files:read";
	options->scopes[options->n_scopes++] = "files:write";
	testing_control_answer(control, "POST " AUTH "/keys", 200,
		"{\"id\":\"" K1 "\",\"name\":\"ci\",\"key\":\"bh_sk_x\",\"concurrency\":0}");
	assert_int_equal(testing_control_run(control, "key create"), CLI_OK);
	asked(control,
		"POST " AUTH "/keys {\"scopes\":[\"files:read\",\"files:write\"],\"name\":\"ci\","
		"\"requests_per_minute\":60}\n");
	assert_non_null(strstr(control->out, "KEY                  bh_sk_x\n"));
	assert_non_null(strstr(control->out, "CONCURRENCY          no limit\n"));
	assert_non_null(strstr(control->err, "not be shown again"));

	options->json = true;
	assert_int_equal(testing_control_run(control, "key create"), CLI_OK);
	assert_string_equal(control->err, "");
}

static void
a_wrong_option_asks_for_nothing(void **state)
{
	struct testing_control *control = *state;
	struct cli_options *options = &control->cli.options;
	static const char *const days[] = {"0", "3651", "soon", "1.5", ""};

	for (size_t i = 0; i < BH_COUNT(days); i++) {
		*options = (struct cli_options){.tenant = T, .expires_days = days[i]};
		assert_int_equal(testing_control_run(control, "key create"), CLI_USAGE);
		asked(control, "");
	}
	*options = (struct cli_options){.tenant = T, .concurrency = "-1"};
	assert_int_equal(testing_control_run(control, "key create"), CLI_USAGE);
	asked(control, "");
	assert_non_null(strstr(control->err, "--concurrency must be an integer"));
	*options = (struct cli_options){.tenant = T};
	assert_int_equal(testing_control_run(control, "key set"), CLI_USAGE);
	assert_int_equal(testing_control_run(control, "limit set"), CLI_USAGE);
	assert_int_equal(testing_control_run(control, "user set-role"), CLI_USAGE);
	assert_int_equal(testing_control_run(control, "model add"), CLI_USAGE);
	asked(control, "");
	*options = (struct cli_options){0};
	assert_int_equal(testing_control_run(control, "key list"), CLI_USAGE);
	asked(control, "");
}

static void
a_key_is_found_by_what_people_call_it(void **state)
{
	struct testing_control *control = *state;

	control->cli.options = (struct cli_options){.tenant = T};
	testing_control_answer(control, KEYS, 200,
		"{\"data\":[{\"id\":\"" K1 "\",\"name\":\"CI\",\"prefix\":\"bh_sk_a\"},"
		"{\"id\":\"" K2 "\",\"name\":\"ci\",\"prefix\":\"bh_sk_b\",\"revoked_at\":1}],"
		"\"has_more\":false}");
	testing_control_answer(control, "DELETE " AUTH "/keys/" K1, 200, "");
	control->args[0] = "ci";
	assert_int_equal(testing_control_run(control, "key revoke"), CLI_OK);
	asked(control, KEYS "?limit=100\nDELETE " AUTH "/keys/" K1 "\n");
	control->args[0] = "BH_SK_A";
	assert_int_equal(testing_control_run(control, "key revoke"), CLI_OK);
	control->args[0] = K1;
	assert_int_equal(testing_control_run(control, "key revoke"), CLI_OK);
	asked(control, "DELETE " AUTH "/keys/" K1 "\n");
	control->args[0] = "other";
	assert_int_equal(testing_control_run(control, "key revoke"), CLI_NOT_FOUND);
	assert_non_null(strstr(control->err, "key 'other' not found"));
}

static void
a_name_that_two_have_is_nobodys(void **state)
{
	struct testing_control *control = *state;

	control->cli.options = (struct cli_options){.tenant = T, .name = "new"};
	control->args[0] = "ci";
	testing_control_answer(control, KEYS, 200,
		"{\"data\":[{\"id\":\"" K1 "\",\"name\":\"ci\"},{\"id\":\"" K2 "\",\"name\":\"ci\"}]}");
	assert_int_equal(testing_control_run(control, "key set"), CLI_USAGE);
	asked(control, KEYS "?limit=100\n");
	assert_non_null(strstr(control->err, "2 keys"));
}

static void
a_list_is_read_page_by_page(void **state)
{
	struct testing_control *control = *state;

	control->cli.options = (struct cli_options){.tenant = T, .json = true};
	testing_control_answer(control, KEYS "?limit=100&after=a%20b", 200,
		"{\"data\":[{\"id\":\"c\"}],\"has_more\":false}");
	testing_control_answer(control, KEYS "?limit=100", 200,
		"{\"data\":[{\"id\":\"a\"},{\"id\":\"a b\"}],\"has_more\":true}");
	assert_int_equal(testing_control_run(control, "key list"), CLI_OK);
	asked(control, KEYS "?limit=100\n" KEYS "?limit=100&after=a%20b\n");
	assert_string_equal(control->out,
		"{\"object\":\"list\",\"data\":[{\"id\":\"a\"},{\"id\":\"a b\"},{\"id\":\"c\"}]}\n");
}

static void
limits_are_set_with_the_budget_first(void **state)
{
	struct testing_control *control = *state;

	control->cli.options = (struct cli_options){.tenant = T,
		.requests_per_minute = "600",
		.budget_month = "none",
		.storage = "20G",
		.files = "0",
		.json = true};
	testing_control_answer(control, "", 200, "{}");
	assert_int_equal(testing_control_run(control, "limit set"), CLI_OK);
	asked(control,
		"PUT /api/model/api/tenants/" T "/budget {\"budget_month\":null}\n"
		"PUT /api/rag/api/tenants/" T
		"/storage {\"storage_bytes\":21474836480,\"storage_files\":0}\n"
		"PUT " AUTH "/limits {\"requests_per_minute\":600}\n"
		"GET " AUTH "/limits\n"
		"GET /api/model/api/tenants/" T "/budget\n"
		"GET /api/rag/api/tenants/" T "/storage\n"
		"GET /api/agent/api/tenants/" T "/responses\n");
}

static void
a_refused_budget_changes_nothing_else(void **state)
{
	struct testing_control *control = *state;

	control->cli.options = (struct cli_options){.tenant = T,
		.budget_month = "x",
		.concurrency = "5"};
	testing_control_answer(control, "PUT /api/model", 400,
		"{\"error\":{\"message\":\"budget_month is no amount\"}}");
	assert_int_equal(testing_control_run(control, "limit set"), CLI_FAILED);
	asked(control, "PUT /api/model/api/tenants/" T "/budget {\"budget_month\":\"x\"}\n");
	assert_string_equal(control->err, "bulkhead: budget_month is no amount\n");
}

static void
sizes_have_units(void **state)
{
	struct testing_control *control = *state;
	static const char *const wrong[] = {"20X", "G", "20GB", "-1", "1.5G", "1000000000000000000",
		"99999999T", "00000000000000000000000000000001"};

	for (size_t i = 0; i < BH_COUNT(wrong); i++) {
		control->cli.options = (struct cli_options){.tenant = T, .storage = wrong[i]};
		assert_int_equal(testing_control_run(control, "limit set"), CLI_USAGE);
		asked(control, "");
	}
	control->cli.options = (struct cli_options){.tenant = T, .storage = "8K"};
	assert_int_equal(testing_control_run(control, "limit set"), CLI_NOT_FOUND);
	asked(control, "PUT /api/rag/api/tenants/" T "/storage {\"storage_bytes\":8192}\n");
	control->cli.options = (struct cli_options){.tenant = T, .storage = "1G", .key = "ci"};
	assert_int_equal(testing_control_run(control, "limit set"), CLI_USAGE);
	asked(control, "");
}

static void
a_tenant_is_named_by_id_or_name(void **state)
{
	struct testing_control *control = *state;

	testing_control_answer(control, "GET /api/auth/api/tenants?name=Acme%20%26%20Co", 200,
		"{\"data\":[{\"id\":\"" T "\"}]}");
	testing_control_answer(control, "GET /api/auth/api/tenants?name=", 200, "{\"data\":[]}");
	testing_control_answer(control, KEYS, 200, "{\"data\":[]}");
	control->cli.options = (struct cli_options){.tenant = "Acme & Co"};
	assert_int_equal(testing_control_run(control, "key list"), CLI_OK);
	asked(control, "GET /api/auth/api/tenants?name=Acme%20%26%20Co\n" KEYS "?limit=100\n");
	control->cli.options.tenant = "nobody";
	assert_int_equal(testing_control_run(control, "key list"), CLI_NOT_FOUND);
	assert_string_equal(control->err, "bulkhead: tenant 'nobody' not found\n");
	control->cli.options = (struct cli_options){0};
	assert_int_equal(testing_control_run(control, "model list"), CLI_NOT_FOUND);
	assert_non_null(strstr(bh_buf_string(&control->asked), "GET /api/model/api/tenants/00000000-"));
}

static void
a_person_is_refused_in_one_tenant_or_everywhere(void **state)
{
	struct testing_control *control = *state;

	testing_control_answer(control, "GET /api/auth/api/accounts?email=a%2Bb%40c.example", 200,
		"{\"data\":[{\"id\":\"" K1 "\"}]}");
	testing_control_answer(control, "POST /api/auth/api/accounts/" K1 "/disable", 200,
		"{\"id\":\"" K1 "\",\"email\":\"a+b@c.example\",\"tenants\":[{\"name\":\"Acme\"}]}");
	control->cli.options = (struct cli_options){.everywhere = true};
	control->args[0] = "a+b@c.example";
	assert_int_equal(testing_control_run(control, "user disable"), CLI_OK);
	assert_non_null(strstr(control->out, "TENANTS              Acme\n"));
	control->cli.options.tenant = T;
	assert_int_equal(testing_control_run(control, "user disable"), CLI_USAGE);
	asked(control, "");
	control->cli.options = (struct cli_options){.tenant = T};
	control->args[0] = K2;
	testing_control_answer(control, "POST " AUTH "/users/" K2 "/disable", 200, "");
	assert_int_equal(testing_control_run(control, "user disable"), CLI_OK);
	asked(control, "POST " AUTH "/users/" K2 "/disable\n");
}

static void
usage_goes_through_the_tenants(void **state)
{
	struct testing_control *control = *state;

	control->cli.options = (struct cli_options){.json = true, .lines = "5"};
	testing_control_answer(control, "GET /api/auth/api/tenants?limit=100", 200,
		"{\"data\":[{\"id\":\"" T "\"}]}");
	testing_control_answer(control, "GET /api/model/api/tenants/" T "/usage?limit=5", 200,
		"{\"data\":[{\"tenant_id\":\"other\",\"id\":\"u\",\"cost\":\"0.1\"}]}");
	assert_int_equal(testing_control_run(control, "usage"), CLI_OK);
	assert_string_equal(control->out,
		"{\"object\":\"list\",\"data\":[{\"tenant_id\":\"" T
		"\",\"id\":\"u\",\"cost\":\"0.1\"}]}\n");
	control->cli.options = (struct cli_options){.before = "u"};
	assert_int_equal(testing_control_run(control, "usage"), CLI_USAGE);
	control->cli.options = (struct cli_options){.quarantined = true, .request = "r"};
	assert_int_equal(testing_control_run(control, "usage"), CLI_USAGE);
	asked(control, "");
}

static void
a_failure_becomes_its_exit_status(void **state)
{
	struct testing_control *control = *state;

	control->cli.options = (struct cli_options){.tenant = T};
	assert_int_equal(testing_control_run(control, "key list"), CLI_NOT_FOUND);
	assert_string_equal(control->err, "bulkhead: No such object.\n");
	testing_control_answer(control, KEYS, 503, "{}");
	assert_int_equal(testing_control_run(control, "key list"), CLI_FAILED);
	assert_string_equal(control->err, "bulkhead: the platform returned HTTP status 503\n");
	control->cli.instance.place.control = "/nonexistent/control.sock";
	assert_int_equal(testing_control_run(control, "key list"), CLI_NOT_RUNNING);
	assert_non_null(strstr(control->err, "bulkhead up"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, testing_control_open, testing_control_close)
		TEST(a_new_key_is_shown_once_with_what_was_asked_for),
		TEST(a_wrong_option_asks_for_nothing),
		TEST(a_key_is_found_by_what_people_call_it),
		TEST(a_name_that_two_have_is_nobodys),
		TEST(a_list_is_read_page_by_page),
		TEST(limits_are_set_with_the_budget_first),
		TEST(a_refused_budget_changes_nothing_else),
		TEST(sizes_have_units),
		TEST(a_tenant_is_named_by_id_or_name),
		TEST(a_person_is_refused_in_one_tenant_or_everywhere),
		TEST(usage_goes_through_the_tenants),
		TEST(a_failure_becomes_its_exit_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
