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
#include "cli/env.h"
#include "cli/testing_control.h"

#define T "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"
#define K1 "0199a1b2-c3d4-7e5f-8a6b-000000000001"
#define K2 "0199a1b2-c3d4-7e5f-8a6b-000000000002"
#define AUTH "/api/auth/api/tenants/" T
#define KEYS "GET " AUTH "/keys"
#define BUDGETS "/api/billing/api/tenants/" T "/budgets"

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
	options->scopes.at[options->scopes.n++] = "files:read";
	options->scopes.at[options->scopes.n++] = "files:write";
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
	asked(control,
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
	asked(control,
		"PUT " BUDGETS "/key/" K1 " {\"day\":\"1.5\",\"thresholds\":[50,100],\"month\":null}\n");
	control->cli.options = (struct cli_options){.tenant = T, .user = K2, .budget_total = "0"};
	assert_int_equal(testing_control_run(control, "limit set"), CLI_OK);
	asked(control, "PUT " BUDGETS "/user/" K2 " {\"total\":\"0\"}\n");
	control->cli.options = (struct cli_options){.tenant = T, .user = K2, .team = K1, .notify = "1"};
	assert_int_equal(testing_control_run(control, "limit set"), CLI_USAGE);
	control->cli.options = (struct cli_options){.tenant = T, .team = K1, .concurrency = "1"};
	assert_int_equal(testing_control_run(control, "limit set"), CLI_USAGE);
	asked(control, "");
	for (size_t i = 0; i < BH_COUNT(wrong); i++) {
		control->cli.options = (struct cli_options){.tenant = T, .notify = wrong[i]};
		assert_int_equal(testing_control_run(control, "limit set"), CLI_USAGE);
		asked(control, "");
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
	asked(control, "PUT /api/model/api/tenants/" T "/budget {\"budget_month\":\"x\"}\n");
	assert_string_equal(control->err, "bulkhead: budget_month is no amount\n");
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
	asked(control,
		"PUT " AUTH "/cors {\"origins\":[\"https://a.example\",\"http://localhost:3000\"]}\n");
	assert_non_null(strstr(control->out, "https://a.example http://localhost:3000\n"));
	control->cli.args = none;
	control->cli.n_args = 1;
	assert_int_equal(testing_control_run(control, "cors set"), CLI_OK);
	asked(control, "PUT " AUTH "/cors {\"origins\":[]}\n");
	assert_int_equal(testing_control_run(control, "cors list"), CLI_OK);
	asked(control, "GET " AUTH "/cors\n");
	control->cli.options = (struct cli_options){0};
	assert_int_equal(testing_control_run(control, "cors set"), CLI_USAGE);
	asked(control, "");
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
	asked(control, "");
}

static void
a_tenant_is_deleted_by_its_name_said_twice(void **state)
{
	struct testing_control *control = *state;

	control->args[0] = "Acme";
	control->cli.options = (struct cli_options){.json = true};
	assert_int_equal(testing_control_run(control, "tenant delete"), CLI_USAGE);
	asked(control, "");
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

/* Runs a command that reads this from its standard input. */
static int
run_with(struct testing_control *control, const char *command, char *input)
{
	FILE *kept = stdin;
	int status;

	stdin = fmemopen(input, strlen(input), "r");
	assert_non_null(stdin);
	status = testing_control_run(control, command);
	fclose(stdin);
	stdin = kept;
	return status;
}

static void
a_model_is_added_with_what_was_given_and_no_more(void **state)
{
	struct testing_control *control = *state;
	char key[] = "sk-up\r\nmore\n", nothing[] = "\n";

	control->args[0] = "gpt";
	control->cli.options = (struct cli_options){.tenant = T,
		.url = "https://a.example/v1",
		.price_in = "0.15",
		.context = "4096",
		.no_probe = true,
		.api_key_stdin = true};
	testing_control_answer(control, "POST /api/model/api/tenants/" T "/models", 200,
		"{\"name\":\"gpt\",\"context\":4096}");
	assert_int_equal(run_with(control, "model add", key), CLI_OK);
	asked(control,
		"POST /api/model/api/tenants/" T "/models {\"name\":\"gpt\",\"url\":\"https://a.example/"
		"v1\",\"price_in\":\"0.15\",\"probe\":false,\"context\":4096,\"api_key\":\"sk-up\"}\n");
	assert_string_equal(control->out, "NAME                 gpt\nCONTEXT              4096\n");

	assert_int_equal(run_with(control, "model add", nothing), CLI_USAGE);
	asked(control, "");
	assert_string_equal(control->err, "bulkhead: the API key of the server on stdin is empty\n");
	control->cli.options = (struct cli_options){.tenant = T, .url = "u", .dimensions = "16385"};
	assert_int_equal(testing_control_run(control, "model add"), CLI_USAGE);
	asked(control, "");
	control->cli.options.url = NULL;
	assert_int_equal(testing_control_run(control, "model add"), CLI_USAGE);
	assert_non_null(strstr(control->err, "--url is required: the base URL"));
}

static void
a_model_is_named_by_itself(void **state)
{
	struct testing_control *control = *state;

	control->args[0] = "my model";
	control->cli.options = (struct cli_options){.tenant = T, .kind = "chat"};
	testing_control_answer(control, "DELETE /api/model/api/tenants/" T "/models/my%20model", 200,
		"");
	testing_control_answer(control, "PUT /api/model/api/tenants/" T "/default-model", 200, "{}");
	assert_int_equal(testing_control_run(control, "model remove"), CLI_OK);
	asked(control, "DELETE /api/model/api/tenants/" T "/models/my%20model\n");
	assert_string_equal(control->err, "bulkhead: model my model has been removed\n");
	assert_int_equal(testing_control_run(control, "model default"), CLI_OK);
	asked(control,
		"PUT /api/model/api/tenants/" T "/default-model {\"model\":\"my model\",\"kind\":\"chat\"}"
		"\n");
	assert_string_equal(control->out, "");
	assert_string_equal(control->err, "bulkhead: `default` now refers to my model\n");
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
	asked(control,
		"POST " AUTH "/users {\"email\":\"a@b.example\",\"role\":\"member\"}\n"
		"POST " AUTH "/users/" K1 "/link\n");
	assert_non_null(strstr(control->out, "LINK                 http://127.0.0.1:8080/setup#t\n"));

	control->cli.options = (struct cli_options){.tenant = T,
		.role = "admin",
		.password_stdin = true};
	assert_int_equal(run_with(control, "user create", password), CLI_OK);
	asked(control,
		"POST " AUTH "/users {\"email\":\"a@b.example\",\"role\":\"admin\",\"password\":"
		"\"secret\"}\n");
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
	asked(control,
		KEYS "?limit=100\nPOST " AUTH "/keys/" K1 " {\"concurrency\":3,\"expires_at\":null}\n");
	assert_string_equal(control->out, "CONCURRENCY          3\n");
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
	asked(control, "GET /api/auth/api/tenants?name=Acme\nPOST " AUTH "/suspend\n");
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

/* ---- the engines' models ---- */

#define PLATFORM "/api/model/api/tenants/00000000-0000-0000-0000-000000000001"

/* A program folder whose manifest names two models and files that are there. */
static void
install(struct testing_control *control)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/manifest.json", control->folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file,
		"{\"python\":\"%1$s\",\"nginx\":\"%1$s\",\"postgres\":{\"bin\":\"%1$s\"},\"engine\":{"
		"\"runner\":\"%1$s\"},\"chat_models\":[{\"name\":\"c\",\"path\":\"%1$s\",\"context\":"
		"2048}],\"embedding_model\":{\"name\":\"e\",\"path\":\"%1$s\",\"context\":256,"
		"\"dimensions\":384}}",
		path);
	fclose(file);
	control->cli.instance.place.programs = control->folder;
	control->cli.instance.place.run = "/r";
	control->cli.instance.settings.engine.enabled = true;
	control->cli.instance.settings.engine.chat_model = "";
}

static void
the_engines_models_are_added_and_become_the_defaults(void **state)
{
	struct testing_control *control = *state;

	install(control);
	testing_control_answer(control, "GET " PLATFORM "/models", 200, "{\"data\":[]}");
	testing_control_answer(control, "P", 200, "{}");
	control->args[0] = "quickstart";
	assert_int_equal(testing_control_run(control, "step"), CLI_OK);
	asked(control,
		"GET " PLATFORM "/models\n"
		"POST " PLATFORM
		"/models {\"name\":\"c\",\"url\":\"unix:/r/chat/http.sock\",\"kind\":\"chat\","
		"\"context\":2048,\"excerpts\":\"passages\",\"price_in\":\"0\",\"price_out\":\"0\","
		"\"managed\":true,\"probe\":false}"
		"\nPUT " PLATFORM "/default-model {\"model\":\"c\",\"kind\":\"chat\"}\n"
		"POST " PLATFORM "/models {\"name\":\"e\",\"url\":\"unix:/r/embed/http.sock\",\"kind\":"
		"\"embedding\",\"context\":256,\"dimensions\":384,\"excerpts\":\"passages\",\"price_in\":"
		"\"0\",\"price_out\":\"0\","
		"\"managed\":true,\"probe\":false}\n"
		"PUT " PLATFORM "/default-model {\"model\":\"e\",\"kind\":\"embedding\"}\n");
	assert_non_null(strstr(control->out, "Bulkhead is running at http://127.0.0.1:8080"));
}

static void
a_model_that_the_engine_served_before_is_removed(void **state)
{
	struct testing_control *control = *state;

	install(control);
	testing_control_answer(control, "GET " PLATFORM "/models", 200,
		"{\"data\":[{\"name\":\"old\",\"kind\":\"chat\",\"managed\":true,\"is_default\":true,"
		"\"url\":"
		"\"unix:/r/chat/http.sock\"},{\"name\":\"theirs\",\"kind\":\"chat\",\"managed\":false},"
		"{\"name\":\"c\",\"kind\":\"chat\",\"managed\":true,\"url\":\"unix:/r/chat/http.sock\","
		"\"context\":2048,\"excerpts\":\"passages\"},{\"name\":\"e\",\"kind\":\"embedding\","
		"\"managed\":true,\"url\":"
		"\"unix:/r/embed/http.sock\",\"context\":256,\"excerpts\":\"passages\"}]}");
	testing_control_answer(control, "P", 200, "{}");
	testing_control_answer(control, "DELETE", 200, "{}");
	control->args[0] = "quickstart";
	assert_int_equal(testing_control_run(control, "step"), CLI_OK);
	asked(control,
		"GET " PLATFORM "/models\n"
		"PUT " PLATFORM "/default-model {\"model\":\"c\",\"kind\":\"chat\"}\n"
		"DELETE " PLATFORM "/models/old\n");
}

static void
a_model_at_an_old_address_is_moved_and_the_defaults_stay(void **state)
{
	struct testing_control *control = *state;

	install(control);
	control->cli.instance.settings.engine.chat_context = 4096;
	testing_control_answer(control, "GET " PLATFORM "/models", 200,
		"{\"data\":[{\"name\":\"c\",\"url\":\"unix:/r/chat/http.sock\",\"context\":2048},"
		"{\"name\":\"e\",\"url\":\"unix:/r/embed/"
		"http.sock\",\"context\":256,\"excerpts\":\"passages\"}]}");
	testing_control_answer(control, "P", 200, "{}");
	control->args[0] = "quickstart";
	assert_int_equal(testing_control_run(control, "step"), CLI_OK);
	asked(control,
		"GET " PLATFORM "/models\n"
		"POST " PLATFORM
		"/models {\"name\":\"c\",\"url\":\"unix:/r/chat/http.sock\",\"kind\":\"chat\","
		"\"context\":4096,\"excerpts\":\"passages\",\"price_in\":\"0\",\"price_out\":\"0\","
		"\"managed\":true,\"probe\":false}"
		"\n");
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
		TEST(limits_are_set_with_the_budget_first),
		TEST(each_owner_has_its_own_budgets),
		TEST(a_refused_budget_changes_nothing_else),
		TEST(origins_are_set_as_a_whole),
		TEST(sizes_have_units),
		TEST(a_tenant_is_named_by_id_or_name),
		TEST(a_person_is_refused_in_one_tenant_or_everywhere),
		TEST(usage_goes_through_the_tenants),
		TEST(a_tenant_is_deleted_by_its_name_said_twice),
		TEST(a_failure_becomes_its_exit_status),
		TEST(a_model_is_added_with_what_was_given_and_no_more),
		TEST(a_model_is_named_by_itself),
		TEST(a_person_without_a_password_gets_a_link),
		TEST(a_keys_limits_are_set_with_the_key),
		TEST(a_tenants_state_is_switched_by_its_name),
		TEST(the_environment_is_written_and_shown_again),
		TEST(the_engines_models_are_added_and_become_the_defaults),
		TEST(a_model_that_the_engine_served_before_is_removed),
		TEST(a_model_at_an_old_address_is_moved_and_the_defaults_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
