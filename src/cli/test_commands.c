/* SPDX-License-Identifier: Apache-2.0 */
/* test_commands.c: what commands ask the platform for, in which order, and what they make of its answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/commands.h"
#include "cli/env.h"
#include "cli/testing_control.h"

static void
a_new_key_is_shown_once_with_what_was_asked_for(void **state)
{
	struct testing_control *control = *state;
	struct cli_options *options = &control->cli.options;

	*options = (struct cli_options){.tenant = T, .name = "ci", .requests_per_minute = "60"};
	options->scopes.at[options->scopes.n++] = "files:read";
	options->scopes.at[options->scopes.n++] = "files:write";
	testing_control_answer(control, "POST " AUTH "/keys", 200,
		"{\"id\":\"" K1 "\",\"name\":\"ci\",\"key\":\"bh_sk_x\",\"concurrency\":0}");
	assert_int_equal(testing_control_run(control, "key create"), CLI_OK);
	testing_control_asked(control,
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
a_plan_is_made_of_its_options(void **state)
{
	struct testing_control *control = *state;
	struct cli_options *options = &control->cli.options;
	const char *name = "pro";

	*options = (struct cli_options){.monthly = "49.00", .seats = "5"};
	options->included.at[options->included.n++] = "chat.output_tokens=2000000";
	options->overage.at[options->overage.n++] = "chat.output_tokens=0.60/million";
	options->entitled.at[options->entitled.n++] = "images,finetune";
	options->entitled.at[options->entitled.n++] = "chat";
	control->cli.args = &name;
	testing_control_answer(control, "POST /api/billing/api/plans", 201,
		"{\"id\":\"" K1 "\",\"name\":\"pro\",\"version\":1,\"price\":\"49\"}");
	assert_int_equal(testing_control_run(control, "plan create"), CLI_OK);
	testing_control_asked(control,
		"POST /api/billing/api/plans {\"name\":\"pro\",\"price\":\"49.00\",\"interval\":\"month\","
		"\"seats\":5,\"included\":{\"chat.output_tokens\":2000000},"
		"\"overage\":{\"chat.output_tokens\":\"0.60/million\"},"
		"\"entitlements\":[\"images\",\"finetune\",\"chat\"]}\n");

	options->included.at[0] = "chat.output_tokens=1.5";
	assert_int_equal(testing_control_run(control, "plan create"), CLI_USAGE);
	options->included.at[0] = "chat.output_tokens";
	assert_int_equal(testing_control_run(control, "plan create"), CLI_USAGE);
	options->included.n = 0;
	options->yearly = "490.00";
	assert_int_equal(testing_control_run(control, "plan create"), CLI_USAGE);
	options->monthly = options->yearly = NULL;
	assert_int_equal(testing_control_run(control, "plan create"), CLI_USAGE);
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
		testing_control_asked(control, "");
	}
	*options = (struct cli_options){.tenant = T, .concurrency = "-1"};
	assert_int_equal(testing_control_run(control, "key create"), CLI_USAGE);
	testing_control_asked(control, "");
	assert_non_null(strstr(control->err, "--concurrency must be an integer"));
	*options = (struct cli_options){.tenant = T};
	assert_int_equal(testing_control_run(control, "key set"), CLI_USAGE);
	assert_int_equal(testing_control_run(control, "limit set"), CLI_USAGE);
	assert_int_equal(testing_control_run(control, "user set-role"), CLI_USAGE);
	assert_int_equal(testing_control_run(control, "model add"), CLI_USAGE);
	testing_control_asked(control, "");
	*options = (struct cli_options){0};
	assert_int_equal(testing_control_run(control, "key list"), CLI_USAGE);
	testing_control_asked(control, "");
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
	testing_control_asked(control, KEYS "?limit=100\nDELETE " AUTH "/keys/" K1 "\n");
	control->args[0] = "BH_SK_A";
	assert_int_equal(testing_control_run(control, "key revoke"), CLI_OK);
	control->args[0] = K1;
	assert_int_equal(testing_control_run(control, "key revoke"), CLI_OK);
	testing_control_asked(control, "DELETE " AUTH "/keys/" K1 "\n");
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
	testing_control_asked(control, KEYS "?limit=100\n");
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
	testing_control_asked(control, KEYS "?limit=100\n" KEYS "?limit=100&after=a%20b\n");
	assert_string_equal(control->out,
		"{\"object\":\"list\",\"data\":[{\"id\":\"a\"},{\"id\":\"a b\"},{\"id\":\"c\"}]}\n");
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
	testing_control_asked(control,
		"GET /api/auth/api/tenants?name=Acme%20%26%20Co\n" KEYS "?limit=100\n");
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
	testing_control_asked(control, "");
	control->cli.options = (struct cli_options){.tenant = T};
	control->args[0] = K2;
	testing_control_answer(control, "POST " AUTH "/users/" K2 "/disable", 200, "");
	assert_int_equal(testing_control_run(control, "user disable"), CLI_OK);
	testing_control_asked(control, "POST " AUTH "/users/" K2 "/disable\n");
}

static void
usage_goes_through_the_tenants(void **state)
{
	struct testing_control *control = *state;

	control->cli.options = (struct cli_options){.json = true, .lines = "5"};
	testing_control_answer(control, "GET /api/auth/api/tenants?limit=100", 200,
		"{\"data\":[{\"id\":\"" T "\",\"state\":\"active\"},"
		"{\"id\":\"0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2c\",\"state\":\"deleting\"}]}");
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
	testing_control_asked(control, "");
}

static void
a_tenant_is_deleted_by_its_name_said_twice(void **state)
{
	struct testing_control *control = *state;

	control->args[0] = "Acme";
	control->cli.options = (struct cli_options){.json = true};
	assert_int_equal(testing_control_run(control, "tenant delete"), CLI_USAGE);
	testing_control_asked(control, "");
	control->cli.options = (struct cli_options){.json = true, .confirm = "a b"};
	testing_control_answer(control, "GET /api/auth/api/tenants?name=Acme", 200,
		"{\"data\":[{\"id\":\"" T "\"}]}");
	testing_control_answer(control, "DELETE /api/auth/api/tenants/" T "?confirm=a%20b", 202,
		"{\"id\":\"r\",\"status\":\"in_progress\"}");
	assert_int_equal(testing_control_run(control, "tenant delete"), CLI_OK);
	assert_string_equal(control->out, "{\"id\":\"r\",\"status\":\"in_progress\"}\n");
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

static void
a_person_without_a_password_gets_a_link(void **state)
{
	struct testing_control *control = *state;
	char password[] = "secret";

	control->args[0] = "a@b.example";
	control->cli.options = (struct cli_options){.tenant = T};
	testing_control_answer(control, "POST " AUTH "/users/" K1 "/link", 200,
		"{\"url_path\":\"/setup#t\"}");
	testing_control_answer(control, "POST " AUTH "/users", 200, "{\"id\":\"" K1 "\"}");
	assert_int_equal(testing_control_run(control, "user create"), CLI_OK);
	testing_control_asked(control,
		"POST " AUTH "/users {\"email\":\"a@b.example\",\"role\":\"member\"}\n"
		"POST " AUTH "/users/" K1 "/link\n");
	assert_non_null(strstr(control->out, "LINK                 http://127.0.0.1:8080/setup#t\n"));

	control->cli.options = (struct cli_options){.tenant = T,
		.role = "admin",
		.password_stdin = true};
	assert_int_equal(testing_control_run_with(control, "user create", password), CLI_OK);
	testing_control_asked(control,
		"POST " AUTH "/users {\"email\":\"a@b.example\",\"role\":\"admin\",\"password\":"
		"\"secret\"}\n");
}

static void
a_tenants_state_is_switched_by_its_name(void **state)
{
	struct testing_control *control = *state;

	control->args[0] = "Acme";
	testing_control_answer(control, "GET /api/auth/api/tenants?name=Acme", 200,
		"{\"data\":[{\"id\":\"" T "\"}]}");
	testing_control_answer(control, "POST " AUTH "/suspend", 200,
		"{\"id\":\"" T "\",\"state\":\"suspended\"}");
	control->cli.options = (struct cli_options){.json = true};
	assert_int_equal(testing_control_run(control, "tenant suspend"), CLI_OK);
	testing_control_asked(control, "GET /api/auth/api/tenants?name=Acme\nPOST " AUTH "/suspend\n");
	assert_string_equal(control->out, "{\"id\":\"" T "\",\"state\":\"suspended\"}\n");
}

static void
the_environment_is_written_and_shown_again(void **state)
{
	struct testing_control *control = *state;
	const struct cli_env env = {"bh_sk_x", "http://127.0.0.1:8080/v1", "default", NULL};
	struct cli_env read = {0};

	assert_int_equal(testing_control_run(control, "env"), CLI_NOT_FOUND);
	assert_int_equal(cli_env_write(&control->cli, &env), 0);
	assert_int_equal(cli_env_read(&control->cli, &read), 0);
	assert_string_equal(read.api_key, "bh_sk_x");
	assert_null(read.vector_store);
	assert_int_equal(testing_control_run(control, "env"), CLI_OK);
	assert_string_equal(control->out,
		"export OPENAI_API_KEY=bh_sk_x\nexport OPENAI_BASE_URL=http://127.0.0.1:8080/v1\n"
		"export OPENAI_DEFAULT_MODEL=default\nexport OPENAI_AGENTS_DISABLE_TRACING=1\n");
	control->cli.options.json = true;
	assert_int_equal(testing_control_run(control, "env"), CLI_OK);
	assert_string_equal(control->out,
		"{\"OPENAI_API_KEY\":\"bh_sk_x\",\"OPENAI_BASE_URL\":\"http://127.0.0.1:8080/v1\","
		"\"OPENAI_DEFAULT_MODEL\":\"default\",\"OPENAI_AGENTS_DISABLE_TRACING\":\"1\","
		"\"VECTOR_STORE_ID\":null}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, testing_control_open, testing_control_close)
		TEST(a_new_key_is_shown_once_with_what_was_asked_for),
		TEST(a_plan_is_made_of_its_options),
		TEST(a_wrong_option_asks_for_nothing),
		TEST(a_key_is_found_by_what_people_call_it),
		TEST(a_name_that_two_have_is_nobodys),
		TEST(a_list_is_read_page_by_page),
		TEST(a_tenant_is_named_by_id_or_name),
		TEST(a_person_is_refused_in_one_tenant_or_everywhere),
		TEST(usage_goes_through_the_tenants),
		TEST(a_tenant_is_deleted_by_its_name_said_twice),
		TEST(a_failure_becomes_its_exit_status),
		TEST(a_person_without_a_password_gets_a_link),
		TEST(a_tenants_state_is_switched_by_its_name),
		TEST(the_environment_is_written_and_shown_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
