/* SPDX-License-Identifier: Apache-2.0 */
/* test_request.c: what a client may ask for, what is refused and where the fault is said to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/request.h"
#include "base/error.h"

#define STORE "{\"type\":\"file_search\",\"vector_store_ids\":[\"vs_1\"]}"
#define FUNCTION "{\"type\":\"function\",\"name\":\"f\",\"parameters\":{}}"

/* Reads a body; its document stays open for the test. */
static int
read_body(const char *text, struct bh_json_doc *doc, struct agent_request *out)
{
	assert_int_equal(bh_json_parse(text, strlen(text), doc), 0);
	return agent_request_read(&doc->arena, doc->root, out);
}

static void
refused(const char *text, int error, const char *param)
{
	struct bh_json_doc doc = {0};
	struct agent_request request;
	int rc = read_body(text, &doc, &request);

	if (rc != error)
		print_error("%s\n", text);
	assert_int_equal(rc, error);
	assert_string_equal(bh_error_field(rc), param);
	bh_json_close(&doc);
}

static void
a_plain_request_gets_the_defaults(void **state)
{
	struct bh_json_doc doc = {0};
	struct agent_request request;

	(void)state;
	assert_int_equal(read_body("{\"model\":\"default\",\"input\":\"Hi\"}", &doc, &request), 0);
	assert_true(request.store);
	assert_false(request.stream);
	assert_false(request.background);
	assert_true(request.parallel_tool_calls);
	assert_null(request.file_search);
	bh_json_close(&doc);
}

static void
metadata_is_counted_in_characters(void **state)
{
	static const char open[] = "{\"model\":\"m\",\"input\":\"x\",\"metadata\":{\"k\":\"";
	struct bh_json_doc doc = {0};
	struct agent_request request;
	struct bh_buf body = {0};

	(void)state;
	bh_buf_text(&body, open);
	for (int i = 0; i < 512; i++)
		bh_buf_text(&body, "\xc3\xbc");
	bh_buf_text(&body, "\"}}");
	assert_int_equal(read_body(body.data, &doc, &request), 0);
	bh_json_close(&doc);

	bh_buf_reset(&body);
	bh_buf_text(&body, open);
	for (int i = 0; i < 513; i++)
		bh_buf_char(&body, 'u');
	bh_buf_text(&body, "\"}}");
	refused(body.data, BH_E_RANGE, "metadata.k");
	bh_buf_close(&body);
}

static void
what_agents_add_by_themselves_is_accepted(void **state)
{
	struct bh_json_doc doc = {0};
	struct agent_request request;

	(void)state;
	assert_int_equal(
		read_body("{\"model\":\"default\",\"input\":[{\"role\":\"user\",\"content\":\"x\"}],"
				  "\"reasoning\":{\"effort\":\"none\"},\"text\":{\"verbosity\":\"low\"},\"service_"
				  "tier\":\"auto\","
				  "\"include\":[\"file_search_call.results\"],\"conversation\":null,\"metadata\":{"
				  "\"a\":\"b\"},"
				  "\"tools\":[" FUNCTION "," STORE "],\"tool_choice\":\"auto\",\"top_logprobs\":3,"
				  "\"stream_options\":{\"include_obfuscation\":false},\"user\":null}",
			&doc, &request),
		0);
	assert_true(request.include_results);
	assert_non_null(request.file_search);
	bh_json_close(&doc);
}

static void
every_fault_names_its_field(void **state)
{
	(void)state;
	refused("{\"input\":\"x\"}", BH_E_MISSING, "model");
	refused("{\"model\":\"m\"}", BH_E_MISSING, "input");
	refused("{\"model\":\"m\",\"input\":7}", BH_E_TYPE, "input");
	refused("{\"model\":\"m\",\"input\":\"\"}", BH_E_RANGE, "input");
	refused("{\"model\":\"m\",\"input\":[]}", BH_E_RANGE, "input");
	refused("{\"model\":\"m\",\"input\":\"x\",\"extra\":1}", BH_E_UNKNOWN_FIELD, "extra");
	refused("{\"model\":\"m\",\"input\":\"x\",\"conversation\":\"c\"}", BH_E_UNSUPPORTED,
		"conversation");
	refused("{\"model\":\"m\",\"input\":\"x\",\"max_output_tokens\":0}", BH_E_RANGE,
		"max_output_tokens");
	refused("{\"model\":\"m\",\"input\":\"x\",\"temperature\":3}", BH_E_RANGE, "temperature");
	refused("{\"model\":\"m\",\"input\":\"x\",\"include\":[\"all\"]}", BH_E_INVALID, "include.0");
	refused("{\"model\":\"m\",\"input\":\"x\",\"metadata\":{\"a\":1}}", BH_E_TYPE, "metadata.a");
	refused("{\"model\":\"m\",\"input\":\"x\",\"truncation\":\"some\"}", BH_E_INVALID,
		"truncation");
	refused("{\"model\":\"m\",\"input\":\"x\",\"background\":true,\"store\":false}", BH_E_INVALID,
		"background");
	refused("{\"model\":\"m\",\"input\":\"x\",\"text\":{\"format\":{\"type\":\"xml\"}}}",
		BH_E_INVALID, "text.format.type");
	refused("{\"model\":\"m\",\"input\":\"x\",\"text\":{\"format\":{\"type\":\"json_schema\","
			"\"name\":\"n\"}}}",
		BH_E_MISSING, "text.format.schema");
	refused("{\"model\":\"m\",\"input\":\"x\",\"tools\":[{\"type\":\"mcp\"}]}", BH_E_UNSUPPORTED,
		"tools.0.type");
	refused("{\"model\":\"m\",\"input\":\"x\",\"tools\":[{\"type\":\"file_search\",\"vector_store_"
			"ids\":[]}]}",
		BH_E_RANGE, "tools.0.vector_store_ids");
	refused("{\"model\":\"m\",\"input\":\"x\",\"tools\":[{\"type\":\"function\",\"name\":\"a "
			"b\"}]}",
		BH_E_INVALID, "tools.0.name");
	refused("{\"model\":\"m\",\"input\":\"x\",\"tools\":[" STORE "," STORE "]}", BH_E_INVALID,
		"tools.1");
	refused("{\"model\":\"m\",\"input\":\"x\",\"tool_choice\":{\"type\":\"function\",\"name\":"
			"\"f\"}}",
		BH_E_INVALID, "tool_choice");
	refused("{\"model\":\"m\",\"input\":\"x\",\"tool_choice\":\"required\"}", BH_E_INVALID,
		"tool_choice");
}

static void
what_an_answer_would_repeat_is_checked(void **state)
{
#define ASK(rest) "{\"model\":\"m\",\"input\":\"x\"," rest "}"
#define SCHEMA(rest) \
	ASK("\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\",\"schema\":{}," rest "}}")
#define SEARCH(rest) \
	ASK("\"tools\":[" FUNCTION ",{\"type\":\"file_search\",\"vector_store_ids\":[\"vs_1\"]," rest \
		"}]")
	static const struct {
		const char *text;
		int error;
		const char *param;
	} cases[] = {
		{ASK("\"reasoning\":{\"effort\":\"bogus\"}"), BH_E_INVALID, "reasoning.effort"},
		{ASK("\"reasoning\":{\"effort\":7}"), BH_E_TYPE, "reasoning.effort"},
		{ASK("\"reasoning\":{\"summary\":[\"x\"]}"), BH_E_TYPE, "reasoning.summary"},
		{ASK("\"reasoning\":{\"summary\":\"long\"}"), BH_E_INVALID, "reasoning.summary"},
		{ASK("\"reasoning\":{\"depth\":1}"), BH_E_UNKNOWN_FIELD, "reasoning.depth"},
		{SCHEMA("\"description\":7"), BH_E_TYPE, "text.format.description"},
		{SCHEMA("\"strict\":\"yes\""), BH_E_TYPE, "text.format.strict"},
		{SCHEMA("\"extra\":1"), BH_E_UNKNOWN_FIELD, "text.format.extra"},
		{ASK("\"text\":{\"format\":{\"type\":\"text\",\"name\":7}}"), BH_E_UNKNOWN_FIELD,
			"text.format.name"},
		{SEARCH("\"ranking_options\":{\"ranker\":7}"), BH_E_TYPE, "tools.1.ranking_options.ranker"},
		{SEARCH("\"filters\":{\"type\":\"in\",\"key\":\"a\",\"value\":[true]}"), BH_E_TYPE,
			"tools.1.filters.value"},
		{SEARCH("\"filters\":{\"type\":\"or\",\"filters\":[{\"type\":\"eq\",\"key\":\"a\","
				"\"value\":true},{\"type\":\"nin\",\"key\":\"a\",\"value\":[1,\"b\",null]}]}"),
			BH_E_TYPE, "tools.1.filters.filters.1.value"},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++)
		refused(cases[i].text, cases[i].error, cases[i].param);
}

static const char *
echo_of(const char *text, struct bh_json_doc *out)
{
	struct bh_json_doc doc = {0};
	struct agent_request request;
	struct bh_buf echo = {0};
	struct bh_write write = {.out = &echo};

	assert_int_equal(read_body(text, &doc, &request), 0);
	bh_fields_write(&write, BH_OF(agent_request_echo), &request);
	assert_int_equal(bh_json_parse(echo.data, echo.len, out), 0);
	bh_json_close(&doc);
	bh_buf_close(&echo);
	return text;
}

static void
a_function_is_repeated_with_strict(void **state)
{
	struct bh_json_doc echo = {0};
	const struct bh_json *tool;
	bool strict = false;

	(void)state;
	echo_of("{\"model\":\"m\",\"input\":\"x\",\"tools\":[" FUNCTION "]}", &echo);
	tool = bh_json_at(bh_json_get(echo.root, "tools"), 0);
	assert_true(bh_json_bool(bh_json_get(tool, "strict"), &strict));
	assert_true(strict);
	assert_int_equal(bh_json_kind(bh_json_get(tool, "parameters")), BH_JSON_OBJECT);
	assert_null(bh_json_get(echo.root, "user"));
	bh_json_close(&echo);
}

static void
nulls_of_an_object_that_a_client_dumps_are_left_out(void **state)
{
	struct bh_json_doc echo = {0};
	struct bh_buf tool = {0}, text = {0}, reasoning = {0};

	(void)state;
	echo_of(ASK("\"tools\":[{\"type\":\"file_search\",\"vector_store_ids\":[\"vs_1\"],"
				"\"ranking_options\":{\"ranker\":null,\"score_threshold\":null,"
				"\"hybrid_search\":null}}],\"reasoning\":{\"effort\":\"none\",\"summary\":null,"
				"\"mode\":null},\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"n\","
				"\"schema\":{},\"description\":null,\"strict\":null}}"),
		&echo);
	bh_json_append(&tool,
		bh_json_get(bh_json_at(bh_json_get(echo.root, "tools"), 0), "ranking_options"));
	bh_json_append(&text, bh_json_get(bh_json_get(echo.root, "text"), "format"));
	bh_json_append(&reasoning, bh_json_get(echo.root, "reasoning"));
	assert_string_equal(bh_buf_string(&tool), "{}");
	assert_string_equal(bh_buf_string(&text),
		"{\"type\":\"json_schema\",\"name\":\"n\",\"schema\":{}}");
	assert_string_equal(bh_buf_string(&reasoning), "{\"effort\":\"none\",\"summary\":null}");
	bh_buf_close(&tool);
	bh_buf_close(&text);
	bh_buf_close(&reasoning);
	bh_json_close(&echo);
}

static void
a_search_comes_first_unless_the_choice_forbids_it(void **state)
{
	static const struct {
		const char *rest;
		bool searches;
	} cases[] = {
		{"\"tools\":[" STORE "]", true},
		{"\"tools\":[" STORE "],\"tool_choice\":\"none\"", false},
		{"\"tools\":[" STORE "],\"tool_choice\":\"required\"", true},
		{"\"tools\":[" STORE "],\"tool_choice\":{\"type\":\"file_search\"}", true},
		{"\"tools\":[" STORE "," FUNCTION
		 "],\"tool_choice\":{\"type\":\"function\",\"name\":\"f\"}",
			false},
		{"\"tools\":[" STORE "],\"max_tool_calls\":0", false},
		{"\"tools\":[" FUNCTION "]", false},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct bh_json_doc echo = {0};
		struct agent_request again;
		char text[512];

		snprintf(text, sizeof(text), "{\"model\":\"m\",\"input\":\"x\",%s}", cases[i].rest);
		echo_of(text, &echo);
		assert_int_equal(agent_request_again(&echo.arena, echo.root, &again), 0);
		assert_int_equal(agent_request_searches(&again) != NULL, cases[i].searches);
		bh_json_close(&echo);
	}
}
int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_request_gets_the_defaults),
		cmocka_unit_test(metadata_is_counted_in_characters),
		cmocka_unit_test(what_agents_add_by_themselves_is_accepted),
		cmocka_unit_test(every_fault_names_its_field),
		cmocka_unit_test(what_an_answer_would_repeat_is_checked),
		cmocka_unit_test(a_function_is_repeated_with_strict),
		cmocka_unit_test(nulls_of_an_object_that_a_client_dumps_are_left_out),
		cmocka_unit_test(a_search_comes_first_unless_the_choice_forbids_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
