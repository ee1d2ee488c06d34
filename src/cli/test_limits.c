/* SPDX-License-Identifier: Apache-2.0 */
/* test_limits.c: limits, budgets, sizes and origins, as commands set them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/commands.h"
#include "cli/testing_control.h"

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
	testing_control_asked(control,
		"PUT /api/model/api/tenants/" T "/budget {\"budget_month\":null}\n"
		"PUT /api/rag/api/tenants/" T
		"/storage {\"storage_bytes\":21474836480,\"storage_files\":0}\n"
		"PUT " AUTH "/limits {\"requests_per_minute\":600}\n"
		"GET " AUTH "/limits\n"
		"GET /api/model/api/tenants/" T "/budget\n"
		"GET /api/rag/api/tenants/" T "/storage\n"
		"GET /api/agent/api/tenants/" T "/responses\n"
		"GET " BUDGETS "/tenant/" T "\n"
		"GET " BUDGETS "?limit=100\n");
}

static void
each_owner_has_its_own_budgets(void **state)
{
	struct testing_control *control = *state;
	static const char *const wrong[] = {"", "0", "101", "50,", ",50", "50,,80", "50 80"};

	testing_control_answer(control, "", 200, "{}");
	control->cli.options = (struct cli_options){.tenant = T,
		.key = K1,
		.budget_day = "1.5",
		.budget_month = "none",
		.notify = "50,100",
		.json = true};
	assert_int_equal(testing_control_run(control, "limit set"), CLI_OK);
	testing_control_asked(control,
		"PUT " BUDGETS "/key/" K1 " {\"day\":\"1.5\",\"thresholds\":[50,100],\"month\":null}\n");
	control->cli.options = (struct cli_options){.tenant = T, .user = K2, .budget_total = "0"};
	assert_int_equal(testing_control_run(control, "limit set"), CLI_OK);
	testing_control_asked(control, "PUT " BUDGETS "/user/" K2 " {\"total\":\"0\"}\n");
	control->cli.options = (struct cli_options){.tenant = T, .user = K2, .team = K1, .notify = "1"};
	assert_int_equal(testing_control_run(control, "limit set"), CLI_USAGE);
	control->cli.options = (struct cli_options){.tenant = T, .team = K1, .concurrency = "1"};
	assert_int_equal(testing_control_run(control, "limit set"), CLI_USAGE);
	testing_control_asked(control, "");
	for (size_t i = 0; i < BH_COUNT(wrong); i++) {
		control->cli.options = (struct cli_options){.tenant = T, .notify = wrong[i]};
		assert_int_equal(testing_control_run(control, "limit set"), CLI_USAGE);
		testing_control_asked(control, "");
	}
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
	testing_control_asked(control,
		"PUT /api/model/api/tenants/" T "/budget {\"budget_month\":\"x\"}\n");
	assert_string_equal(control->err, "bulkhead: budget_month is no amount\n");
}

static void
a_keys_limits_are_set_with_the_key(void **state)
{
	struct testing_control *control = *state;

	control->cli.options =
		(struct cli_options){.tenant = T, .key = "ci", .concurrency = "3", .expires_days = "never"};
	testing_control_answer(control, KEYS, 200, "{\"data\":[{\"id\":\"" K1 "\",\"name\":\"ci\"}]}");
	testing_control_answer(control, "POST " AUTH "/keys/" K1, 200, "{\"concurrency\":3}");
	assert_int_equal(testing_control_run(control, "limit set"), CLI_OK);
	testing_control_asked(control,
		KEYS "?limit=100\nPOST " AUTH "/keys/" K1 " {\"concurrency\":3,\"expires_at\":null}\n");
	assert_string_equal(control->out, "CONCURRENCY          3\n");
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
		testing_control_asked(control, "");
	}
	control->cli.options = (struct cli_options){.tenant = T, .storage = "8K"};
	assert_int_equal(testing_control_run(control, "limit set"), CLI_NOT_FOUND);
	testing_control_asked(control,
		"PUT /api/rag/api/tenants/" T "/storage {\"storage_bytes\":8192}\n");
	control->cli.options = (struct cli_options){.tenant = T, .storage = "1G", .key = "ci"};
	assert_int_equal(testing_control_run(control, "limit set"), CLI_USAGE);
	testing_control_asked(control, "");
}

static void
origins_are_set_as_a_whole(void **state)
{
	struct testing_control *control = *state;
	static const char *const origins[] = {"https://a.example", "http://localhost:3000"};
	static const char *const none[] = {"none"};

	control->cli.options = (struct cli_options){.tenant = T};
	testing_control_answer(control, "", 200,
		"{\"object\":\"cors\",\"origins\":[\"https://a.example\",\"http://localhost:3000\"]}");
	control->cli.args = origins;
	control->cli.n_args = BH_COUNT(origins);
	assert_int_equal(testing_control_run(control, "cors set"), CLI_OK);
	testing_control_asked(control,
		"PUT " AUTH "/cors {\"origins\":[\"https://a.example\",\"http://localhost:3000\"]}\n");
	assert_non_null(strstr(control->out, "https://a.example http://localhost:3000\n"));
	control->cli.args = none;
	control->cli.n_args = 1;
	assert_int_equal(testing_control_run(control, "cors set"), CLI_OK);
	testing_control_asked(control, "PUT " AUTH "/cors {\"origins\":[]}\n");
	assert_int_equal(testing_control_run(control, "cors list"), CLI_OK);
	testing_control_asked(control, "GET " AUTH "/cors\n");
	control->cli.options = (struct cli_options){0};
	assert_int_equal(testing_control_run(control, "cors set"), CLI_USAGE);
	testing_control_asked(control, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, testing_control_open, testing_control_close)
		TEST(limits_are_set_with_the_budget_first),
		TEST(each_owner_has_its_own_budgets),
		TEST(a_refused_budget_changes_nothing_else),
		TEST(a_keys_limits_are_set_with_the_key),
		TEST(sizes_have_units),
		TEST(origins_are_set_as_a_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
