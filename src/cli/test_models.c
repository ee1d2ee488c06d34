/* SPDX-License-Identifier: Apache-2.0 */
/* test_models.c: models as commands add and remove them, and the engines' own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "cli/commands.h"
#include "cli/testing_control.h"

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
	assert_int_equal(testing_control_run_with(control, "model add", key), CLI_OK);
	testing_control_asked(control,
		"POST /api/model/api/tenants/" T "/models {\"name\":\"gpt\",\"url\":\"https://a.example/"
		"v1\",\"price_in\":\"0.15\",\"probe\":false,\"context\":4096,\"api_key\":\"sk-up\"}\n");
	assert_string_equal(control->out, "NAME                 gpt\nCONTEXT              4096\n");

	assert_int_equal(testing_control_run_with(control, "model add", nothing), CLI_USAGE);
	testing_control_asked(control, "");
	assert_string_equal(control->err, "bulkhead: the API key of the server on stdin is empty\n");
	control->cli.options = (struct cli_options){.tenant = T, .url = "u", .dimensions = "16385"};
	assert_int_equal(testing_control_run(control, "model add"), CLI_USAGE);
	testing_control_asked(control, "");
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
	testing_control_asked(control, "DELETE /api/model/api/tenants/" T "/models/my%20model\n");
	assert_string_equal(control->err, "bulkhead: model my model has been removed\n");
	assert_int_equal(testing_control_run(control, "model default"), CLI_OK);
	testing_control_asked(control,
		"PUT /api/model/api/tenants/" T "/default-model {\"model\":\"my model\",\"kind\":\"chat\"}"
		"\n");
	assert_string_equal(control->out, "");
	assert_string_equal(control->err, "bulkhead: `default` now refers to my model\n");
}

/* ---- the engines' models ---- */

#define PLATFORM "/api/model/api/tenants/00000000-0000-0000-0000-000000000001"

/* A program folder whose manifest names two models, and more, and files that are there. */
static void
install_with(struct testing_control *control, const char *more)
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
		"\"dimensions\":384}%2$s}",
		path, more);
	fclose(file);
	control->cli.instance.place.programs = control->folder;
	control->cli.instance.place.run = "/r";
	control->cli.instance.settings.engine.enabled = true;
	control->cli.instance.settings.engine.chat_model = "";
}

static void
install(struct testing_control *control)
{
	install_with(control, "");
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
	testing_control_asked(control,
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
		"PUT " PLATFORM "/default-model {\"model\":\"e\",\"kind\":\"embedding\"}\n"
		"GET " PLATFORM "/models\n");
	assert_non_null(strstr(control->out, "Bulkhead is running at http://127.0.0.1:8080"));
}

/* A manifest names files by their paths, of which one is surely there. */
static void
models_that_hear_and_speak_are_added_where_they_are_installed(void **state)
{
	struct testing_control *control = *state;

	install_with(control,
		",\"speech\":{\"runner\":\"/\",\"transcription\":{\"name\":\"w\",\"path\":\"/\"},"
		"\"speech\":{\"name\":\"v\",\"path\":\"/\"}}");
	control->cli.instance.settings.engine.speech = true;
	testing_control_answer(control, "GET " PLATFORM "/models", 200, "{\"data\":[]}");
	testing_control_answer(control, "P", 200, "{}");
	control->args[0] = "quickstart";
	assert_int_equal(testing_control_run(control, "step"), CLI_OK);
	assert_non_null(strstr(bh_buf_string(&control->asked),
		"{\"name\":\"w\",\"url\":\"unix:/r/transcribe/http.sock\",\"kind\":\"transcription\","));
	assert_non_null(strstr(bh_buf_string(&control->asked),
		"PUT " PLATFORM "/default-model {\"model\":\"v\",\"kind\":\"speech\"}"));
	control->cli.instance.settings.engine.speech = false;
}

static void
an_image_model_follows_the_weights(void **state)
{
	struct testing_control *control = *state;

	install_with(control, ",\"image\":{\"runner\":\"/\",\"server\":\"/\"}");
	control->cli.instance.settings.engine.enabled = false;
	control->cli.instance.settings.image.weights = "/w/SD_Turbo.safetensors";
	testing_control_answer(control, "GET " PLATFORM "/models", 200,
		"{\"data\":[{\"name\":\"before\",\"kind\":\"image\",\"managed\":true,\"is_default\":true},"
		"{\"name\":\"theirs\",\"kind\":\"image\",\"managed\":false}]}");
	testing_control_answer(control, "P", 200, "{}");
	testing_control_answer(control, "DELETE", 200, "{}");
	control->args[0] = "quickstart";
	assert_int_equal(testing_control_run(control, "step"), CLI_OK);
	testing_control_asked(control,
		"GET " PLATFORM "/models\n"
		"POST " PLATFORM
		"/models {\"name\":\"sd_turbo\",\"url\":\"unix:/r/image/http.sock\",\"kind\":\"image\","
		"\"context\":0,\"excerpts\":\"passages\",\"price_in\":\"0\",\"price_out\":\"0\","
		"\"managed\":true,\"probe\":false}\n"
		"PUT " PLATFORM "/default-model {\"model\":\"sd_turbo\",\"kind\":\"image\"}\n"
		"PUT " PLATFORM "/default-model {\"model\":\"sd_turbo\",\"kind\":\"image\"}\n"
		"DELETE " PLATFORM "/models/before\n");
	control->cli.instance.settings.image.weights = NULL;
	assert_int_equal(testing_control_run(control, "step"), CLI_OK);
	testing_control_asked(control, "GET " PLATFORM "/models\nDELETE " PLATFORM "/models/before\n");
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
	testing_control_asked(control,
		"GET " PLATFORM "/models\n"
		"PUT " PLATFORM "/default-model {\"model\":\"c\",\"kind\":\"chat\"}\n"
		"DELETE " PLATFORM "/models/old\n"
		"GET " PLATFORM "/models\n");
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
	testing_control_asked(control,
		"GET " PLATFORM "/models\n"
		"POST " PLATFORM
		"/models {\"name\":\"c\",\"url\":\"unix:/r/chat/http.sock\",\"kind\":\"chat\","
		"\"context\":4096,\"excerpts\":\"passages\",\"price_in\":\"0\",\"price_out\":\"0\","
		"\"managed\":true,\"probe\":false}"
		"\nGET " PLATFORM "/models\n");
}

/* A lock file as the setup's, with the models that engines elsewhere serve. */
static void
pin(struct testing_control *control, const char *chat_model)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/share", control->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/share/lock.json", control->folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("{\"models\":[{\"kind\":\"chat\",\"name\":\"large\",\"settings\":{\"context\":1}},"
		  "{\"kind\":\"chat\",\"name\":\"c\",\"settings\":{\"context\":2048,\"excerpts\":"
		  "\"sentences\"}},{\"kind\":\"embedding\",\"name\":\"e\",\"settings\":{\"context\":256,"
		  "\"dimensions\":384}}]}",
		file);
	fclose(file);
	control->cli.instance.place.tree = control->folder;
	control->cli.instance.place.programs = control->folder;
	control->cli.instance.settings.engine.chat_model = chat_model;
	control->cli.instance.settings.engine.chat_url = "http://chat:8080";
	control->cli.instance.settings.engine.embedding_url = "http://embed:8080";
}

static void
engines_that_run_apart_are_added_where_they_are(void **state)
{
	struct testing_control *control = *state;

	pin(control, "c");
	testing_control_answer(control, "GET " PLATFORM "/models", 200, "{\"data\":[]}");
	testing_control_answer(control, "P", 200, "{}");
	assert_int_equal(testing_control_run(control, "engine register"), CLI_OK);
	testing_control_asked(control,
		"GET " PLATFORM "/models\n"
		"POST " PLATFORM "/models {\"name\":\"c\",\"url\":\"http://chat:8080\",\"kind\":\"chat\","
		"\"context\":2048,\"excerpts\":\"sentences\",\"price_in\":\"0\",\"price_out\":\"0\","
		"\"managed\":true,\"probe\":false}"
		"\nPUT " PLATFORM "/default-model {\"model\":\"c\",\"kind\":\"chat\"}\n"
		"POST " PLATFORM "/models {\"name\":\"e\",\"url\":\"http://embed:8080\",\"kind\":"
		"\"embedding\",\"context\":256,\"dimensions\":384,\"excerpts\":\"passages\",\"price_in\":"
		"\"0\",\"price_out\":\"0\","
		"\"managed\":true,\"probe\":false}\n"
		"PUT " PLATFORM "/default-model {\"model\":\"e\",\"kind\":\"embedding\"}\n");
}

static void
a_model_that_nobody_pinned_is_not_guessed(void **state)
{
	struct testing_control *control = *state;

	pin(control, "d");
	assert_int_not_equal(testing_control_run(control, "engine register"), CLI_OK);
	testing_control_asked(control, "");
	assert_non_null(strstr(control->err, "engine.chat_model must name one of the chat models in"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, testing_control_open, testing_control_close)
		TEST(a_model_is_added_with_what_was_given_and_no_more),
		TEST(a_model_is_named_by_itself),
		TEST(the_engines_models_are_added_and_become_the_defaults),
		TEST(models_that_hear_and_speak_are_added_where_they_are_installed),
		TEST(an_image_model_follows_the_weights),
		TEST(a_model_that_the_engine_served_before_is_removed),
		TEST(a_model_at_an_old_address_is_moved_and_the_defaults_stay),
		TEST(engines_that_run_apart_are_added_where_they_are),
		TEST(a_model_that_nobody_pinned_is_not_guessed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
