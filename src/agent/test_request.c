/* test_request.c: what a client may ask for, what is refused and where the fault is said to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/calls.h"
#include "agent/items.h"
#include "agent/request.h"
#include "base/error.h"

#define STORE "{\"type\":\"file_search\",\"vector_store_ids\":[\"vs_1\"]}"
#define FUNCTION "{\"type\":\"function\",\"name\":\"f\",\"parameters\":{}}"

/* Reads a body; its document stays open for the test. */
static int
read_body(const char *text, struct bh_json_doc *doc, struct agent_request *out)
{
	assert_int_equal(bh_json_parse(text, strlen(text), doc), 0);
	return agent_request_read(doc->root, out);
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
	refused(body.data, BH_E_RANGE, "metadata");
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
	refused("{\"model\":\"m\",\"input\":\"x\",\"metadata\":{\"a\":1}}", BH_E_TYPE, "metadata");
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
		{SEARCH("\"ranking_options\":{\"ranker\":\"none\"}"), BH_E_INVALID,
			"tools.1.ranking_options.ranker"},
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

	assert_int_equal(read_body(text, &doc, &request), 0);
	agent_request_echo(&request, &echo);
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
		const struct bh_json *tool = NULL;
		struct bh_json_doc echo = {0};
		char text[512];

		snprintf(text, sizeof(text), "{\"model\":\"m\",\"input\":\"x\",%s}", cases[i].rest);
		echo_of(text, &echo);
		assert_int_equal(agent_request_searches(echo.root, &tool), cases[i].searches);
		assert_int_equal(tool != NULL, cases[i].searches);
		bh_json_close(&echo);
	}
}

/* ---- items ---- */

static int
read_items(const char *text, struct bh_arena *arena, struct agent_item **out, size_t *out_n)
{
	struct bh_json_doc doc = {0};
	int rc;

	assert_int_equal(bh_json_parse(text, strlen(text), &doc), 0);
	rc = agent_items_read(arena, doc.root, out, out_n);
	bh_json_close(&doc);
	return rc;
}

static void
our_own_output_is_accepted_back(void **state)
{
	static const char text[] =
		"[{\"role\":\"user\",\"content\":\"Hi\"},"
		"{\"id\":\"fs_00000000000000000000000000000001\",\"type\":\"file_search_call\","
		"\"status\":\"completed\",\"queries\":[\"q\"],\"results\":null},"
		"{\"id\":\"rs_1\",\"type\":\"reasoning\",\"summary\":[]},"
		"{\"id\":\"msg_00000000000000000000000000000002\",\"type\":\"message\",\"status\":"
		"\"completed\","
		"\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"yes\","
		"\"annotations\":"
		"[{\"type\":\"file_citation\",\"file_id\":\"f\",\"filename\":\"n\",\"index\":3,"
		"\"bulkhead\":{\"chunk_id\":\"c\",\"page_start\":null}}],"
		"\"logprobs\":[]}]},"
		"{\"type\":\"function_call\",\"call_id\":\"c1\",\"name\":\"f\",\"arguments\":\"{}\"},"
		"{\"type\":\"function_call_output\",\"call_id\":\"c1\",\"output\":\"5\"}]";
	struct bh_arena arena = {0};
	struct agent_item *items;
	size_t n;

	(void)state;
	assert_int_equal(read_items(text, &arena, &items, &n), 0);
	assert_int_equal(n, 5);
	assert_string_equal(items[1].id, "fs_00000000000000000000000000000001");
	assert_non_null(strstr(items[2].json, "\"index\":3,\"bulkhead\":{"));
	assert_memory_equal(items[0].id, "msg_", 4);
	assert_int_equal(agent_calls_match(NULL, 0, items, n), 0);
	/* Without the call before it an output answers nothing. */
	assert_int_equal(agent_calls_match(NULL, 0, items + 4, 1), BH_E_INVALID);
	/* Named as the client counts: the reasoning item before it was left out. */
	assert_string_equal(bh_error_field(BH_E_INVALID), "input.5.call_id");
	assert_int_equal(agent_calls_match(items, 4, items + 4, 1), 0);
	bh_arena_close(&arena);
}

#define CALL(id) \
	"{\"type\":\"function_call\",\"call_id\":\"" id "\",\"name\":\"f\",\"arguments\":\"{}\"}"
#define OUTPUT(id) "{\"type\":\"function_call_output\",\"call_id\":\"" id "\",\"output\":\"5\"}"
#define USER "{\"role\":\"user\",\"content\":\"go on\"}"
#define SEARCHED "{\"type\":\"file_search_call\",\"queries\":[\"q\"],\"results\":null}"

static void
a_call_needs_its_output(void **state)
{
	static const struct {
		const char *before, *items;
		const char *param; /* NULL: right */
	} cases[] = {
		{NULL, "[" USER "," CALL("a") "," CALL("b") "," OUTPUT("b") "," OUTPUT("a") "]", NULL},
		{NULL, "[" CALL("a") "," USER "," SEARCHED "," OUTPUT("a") "," USER "]", NULL},
		{"[" USER "," CALL("a") "]", "[" USER "," OUTPUT("a") "]", NULL},
		{"[" USER "," CALL("a") "," CALL("b") "]", "[" OUTPUT("b") "," OUTPUT("a") "]", NULL},
		{"[" USER "," CALL("a") "," OUTPUT("a") "," CALL("a") "]", "[" OUTPUT("a") "]", NULL},
		{"[" USER "," CALL("a") "," OUTPUT("a") "]", "[" CALL("b") "," OUTPUT("b") "]", NULL},
		{"[" USER "," CALL("a") "]", "[" USER "]", "input"},
		{"[" USER "," CALL("a") "," CALL("b") "]", "[" OUTPUT("b") "," USER "]", "input"},
		{"[" USER "," CALL("a") "," OUTPUT("a") "," CALL("a") "]", "[" USER "]", "input"},
		{NULL, "[" USER "," CALL("a") "]", "input"},
		{NULL, "[" USER "," CALL("a") "," USER "]", "input"},
		{NULL, "[" CALL("a") "," CALL("a") "," OUTPUT("a") "]", "input.1.call_id"},
		{NULL, "[" CALL("a") "," OUTPUT("a") "," CALL("a") "," OUTPUT("a") "]", NULL},
		{NULL, "[" CALL("a") "," OUTPUT("a") "," CALL("a") "]", "input"},
		{"[" CALL("a") "]", "[" CALL("a") "," OUTPUT("a") "]", "input.0.call_id"},
		{NULL, "[" OUTPUT("a") "," CALL("a") "]", "input.0.call_id"},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct bh_arena arena = {0};
		struct agent_item *before = NULL, *items;
		size_t n_before = 0, n;
		int rc;

		if (cases[i].before != NULL)
			assert_int_equal(read_items(cases[i].before, &arena, &before, &n_before), 0);
		assert_int_equal(read_items(cases[i].items, &arena, &items, &n), 0);
		rc = agent_calls_match(before, n_before, items, n);
		if (rc != (cases[i].param == NULL ? 0 : BH_E_INVALID))
			print_error("%s\n", cases[i].items);
		assert_int_equal(rc, cases[i].param == NULL ? 0 : BH_E_INVALID);
		if (cases[i].param != NULL)
			assert_string_equal(bh_error_field(rc), cases[i].param);
		if (cases[i].param != NULL && strcmp(cases[i].param, "input") == 0)
			assert_string_equal(bh_error_detail(rc), "No tool output found for function call a.");
		bh_arena_close(&arena);
	}
}

static void
an_id_that_comes_twice_is_replaced(void **state)
{
	static const char text[] =
		"[{\"id\":\"msg_00000000000000000000000000000002\",\"role\":\"user\",\"content\":\"a\"},"
		"{\"id\":\"msg_00000000000000000000000000000002\",\"role\":\"user\",\"content\":\"b\"}]";
	struct bh_arena arena = {0};
	struct agent_item *items;
	size_t n;

	(void)state;
	assert_int_equal(read_items(text, &arena, &items, &n), 0);
	assert_string_equal(items[0].id, "msg_00000000000000000000000000000002");
	assert_string_not_equal(items[0].id, items[1].id);
	bh_arena_close(&arena);
}

#define ANNOTATED(list) \
	"[{\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"t\"," \
	"\"annotations\":[" list "]}]}]"
#define FOUND(list) "[{\"type\":\"file_search_call\",\"queries\":[],\"results\":[" list "]}]"

static void
items_that_cannot_be_read_are_named(void **state)
{
	static const struct {
		const char *text;
		int error;
		const char *param;
	} cases[] = {
		{"[{\"role\":\"user\",\"content\":\"a\"},7]", BH_E_TYPE, "input.1"},
		{"[{\"id\":\"msg_1\"}]", BH_E_UNSUPPORTED, "input.0"},
		{"[{\"type\":\"item_reference\",\"id\":\"x\"}]", BH_E_UNSUPPORTED, "input.0.type"},
		{"[{\"role\":\"robot\",\"content\":\"a\"}]", BH_E_INVALID, "input.0.role"},
		{"[{\"role\":\"user\"}]", BH_E_MISSING, "input.0.content"},
		{"[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"x\"}]}]",
			BH_E_UNSUPPORTED, "input.0.content.0"},
		{"[{\"type\":\"function_call_output\",\"output\":\"x\"}]", BH_E_MISSING, "input.0.call_id"},
		{"[{\"type\":\"web_search_call\"}]", BH_E_UNSUPPORTED, "input.0.type"},
		{"[{\"type\":\"reasoning\",\"id\":\"r\",\"summary\":[]}]", BH_E_RANGE, "input"},
		{ANNOTATED("{\"type\":\"zz\"}"), BH_E_INVALID, "input.0.content.0.annotations.0"},
		{ANNOTATED("7"), BH_E_TYPE, "input.0.content.0.annotations.0"},
		{ANNOTATED("{\"type\":\"file_path\",\"file_id\":\"f\",\"index\":1},{\"type\":\"file_"
				   "citation\",\"file_id\":\"f\",\"filename\":\"n\",\"index\":\"1\"}"),
			BH_E_MISSING, "input.0.content.0.annotations.1"},
		{ANNOTATED("{\"type\":\"url_citation\",\"url\":\"u\",\"start_index\":1,\"end_index\":2}"),
			BH_E_MISSING, "input.0.content.0.annotations.0"},
		{FOUND("7"), BH_E_TYPE, "input.0.results.0"},
		{FOUND("{\"score\":1},{\"score\":\"1\"}"), BH_E_TYPE, "input.0.results.1"},
		{FOUND("{\"attributes\":{\"a\":[1]}}"), BH_E_TYPE, "input.0.results.0"},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct bh_arena arena = {0};
		struct agent_item *items;
		size_t n;
		int rc = read_items(cases[i].text, &arena, &items, &n);

		if (rc != cases[i].error)
			print_error("%s\n", cases[i].text);
		assert_int_equal(rc, cases[i].error);
		assert_string_equal(bh_error_field(rc), cases[i].param);
		bh_arena_close(&arena);
	}
}

static void
results_are_shown_only_on_request(void **state)
{
	static const char item[] = "{\"id\":\"fs_1\",\"type\":\"file_search_call\",\"queries\":[],"
							   "\"results\":[{\"text\":\"t\"}]}";
	struct bh_buf out = {0};

	(void)state;
	agent_items_show(item, false, &out);
	assert_string_equal(out.data,
		"{\"id\":\"fs_1\",\"type\":\"file_search_call\",\"queries\":[],\"results\":null}");
	bh_buf_reset(&out);
	agent_items_show(item, true, &out);
	assert_string_equal(out.data, item);
	bh_buf_close(&out);
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
		cmocka_unit_test(our_own_output_is_accepted_back),
		cmocka_unit_test(a_call_needs_its_output),
		cmocka_unit_test(an_id_that_comes_twice_is_replaced),
		cmocka_unit_test(items_that_cannot_be_read_are_named),
		cmocka_unit_test(results_are_shown_only_on_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
