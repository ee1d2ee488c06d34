/* SPDX-License-Identifier: Apache-2.0 */
/* test_data.c: what of a file of training data is found, with line and field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "finetune/data.h"

#define GOOD \
	"{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":" \
	"\"b\"}]}"
#define USER "{\"role\":\"user\",\"content\":\"a\"}"
#define SAID "{\"role\":\"assistant\",\"content\":\"b\"}"
#define CHAT(messages) "{\"messages\":[" messages "]}"
#define CALL(arguments) \
	"{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"c1\",\"type\":\"function\",\"function\":{" \
	"\"name\":\"f\"," \
	"\"arguments\":" arguments "}}]}"
#define INPUT "\"input\":{\"messages\":[" USER "]}"

static const struct finetune_limits limits = {.line_bytes_max = 4096,
	.examples_min = 1,
	.examples_max = 100,
	.findings_max = 20};

/* Whether it is an example. The first finding is printed as `line level code field: message`. */
static bool
reads(enum finetune_form form, const char *line, char out[256])
{
	struct finetune_data data;
	struct finetune_example example;
	bool good;

	finetune_data_init(&data, form, &limits);
	good = finetune_data_line(&data, line, strlen(line), &example);
	out[0] = '\0';
	if (data.n_findings > 0)
		snprintf(out, 256, "%lld %s %s: %s", (long long)data.findings[0].line,
			data.findings[0].code, data.findings[0].field, data.findings[0].message);
	assert_int_equal(good, data.errors == 0 && data.examples == 1);
	finetune_example_close(&example);
	finetune_data_close(&data);
	return good;
}

struct row {
	const char *line;
	const char *found; /* "" : nothing, and it is an example */
};

static const struct row chats[] = {
	{GOOD, ""},
	{"\xef\xbb\xbf" GOOD "\r", ""},
	{CHAT("{\"role\":\"developer\",\"content\":\"s\"}," USER "," SAID), ""},
	{CHAT(USER
		 ",{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"b\"}],\"weight\":1}"),
		""},
	{CHAT(USER
		 "," CALL("\"{}\"") ",{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"r\"}," SAID),
		""},
	{"[]", "1 type : expected an object"},
	{"{}", "1 missing messages: required"},
	{"{\"messages\":[]}", "1 type messages: expected a list that is not empty"},
	{CHAT("1"), "1 type messages[0]: expected an object"},
	{CHAT("{\"content\":\"a\"}," SAID), "1 missing messages[0].role: required"},
	{CHAT("{\"role\":\"human\",\"content\":\"a\"}," SAID),
		"1 value messages[0].role: expected system, user, assistant or tool"},
	{CHAT(USER ",{\"role\":\"assistant\"}"), "1 missing messages[1].content: required"},
	{CHAT(USER ",{\"role\":\"assistant\",\"content\":\"\"}"), "1 value messages[1].content: empty"},
	{CHAT(USER ",{\"role\":\"assistant\",\"content\":7}"),
		"1 type messages[1].content: expected a string or a list of parts"},
	{CHAT(USER ",{\"role\":\"assistant\",\"content\":\"b\",\"weight\":2}"),
		"1 value messages[1].weight: expected 0 or 1"},
	{CHAT(USER ",{\"role\":\"assistant\",\"content\":\"b\",\"weight\":0.5}"),
		"1 value messages[1].weight: expected 0 or 1"},
	{CHAT("{\"role\":\"user\",\"content\":\"a\",\"weight\":1}," SAID),
		"1 value messages[0].weight: only messages of the assistant have a weight"},
	{CHAT(USER ",{\"role\":\"assistant\",\"content\":\"b\",\"weight\":0}"),
		"1 value messages: every message of the assistant has weight 0"},
	{CHAT(USER), "1 order messages: the last message has to be the assistant's"},
	{CHAT(SAID), "1 order messages[0].role: a chat does not begin with the assistant"},
	{CHAT(USER ",{\"role\":\"system\",\"content\":\"s\"}," SAID),
		"1 order messages[1].role: a system message is the first or there is none"},
	{CHAT("{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{}}]}," SAID),
		"1 value messages[0].content[0].type: expected text: the models that can be trained read "
		"nothing else"},
	{CHAT(USER "," CALL("\"[1]\"")),
		"1 value messages[1].tool_calls[0].function.arguments: expected a string with a JSON "
		"object"},
	{CHAT(USER ",{\"role\":\"tool\",\"tool_call_id\":\"c9\",\"content\":\"r\"}," SAID),
		"1 order messages[1].tool_call_id: the message before it made no such call"},
	{CHAT(USER "," SAID ",{\"role\":\"assistant\",\"content\":\"b\",\"function_call\":{}}"),
		"1 value messages[2].function_call: no longer read; use tool_calls"},
	{"{\"messages\":[" USER "," SAID "],\"tools\":[{\"type\":\"function\"}]}",
		"1 type tools[0].function: expected an object"},
};

static const struct row preferences[] = {
	{"{" INPUT ",\"preferred_output\":[" SAID
	 "],\"non_preferred_output\":[{\"role\":\"assistant\",\"content\":\"c\"}]}",
		""},
	{"{\"preferred_output\":[" SAID "],\"non_preferred_output\":[" SAID "]}",
		"1 missing input: expected an object"},
	{"{" INPUT ",\"non_preferred_output\":[" SAID "]}", "1 missing preferred_output: required"},
	{"{" INPUT ",\"preferred_output\":[" USER "],\"non_preferred_output\":[" SAID "]}",
		"1 value preferred_output[0].role: expected assistant"},
	{"{" INPUT ",\"preferred_output\":[" SAID "],\"non_preferred_output\":[" SAID "]}",
		"1 value non_preferred_output: the same as the preferred output"},
	{"{\"input\":{\"messages\":[" USER "," SAID "]},\"preferred_output\":[" SAID
	 "],\"non_preferred_output\":[" SAID "]}",
		"1 order input.messages: the last message has to be what is answered"},
};

static void
each_fault_is_found_with_its_field(void **state)
{
	char found[256];

	(void)state;
	for (size_t i = 0; i < BH_COUNT(chats); i++) {
		bool good = reads(FINETUNE_CHAT, chats[i].line, found);

		assert_string_equal(found, chats[i].found);
		assert_int_equal(good, chats[i].found[0] == '\0');
	}
	for (size_t i = 0; i < BH_COUNT(preferences); i++) {
		bool good = reads(FINETUNE_PREFERENCE, preferences[i].line, found);

		assert_string_equal(found, preferences[i].found);
		assert_int_equal(good, preferences[i].found[0] == '\0');
	}
}

static void
what_is_not_json_is_no_example(void **state)
{
	static const char *const lines[] = {"{", "\x01\x02\xff", "{\"messages\":\"\\ud800\"}",
		"{\"a\":1,\"a\":2}", GOOD GOOD, "{\"a\":\"\xff\"}"};
	char found[256];

	(void)state;
	for (size_t i = 0; i < BH_COUNT(lines); i++) {
		assert_false(reads(FINETUNE_CHAT, lines[i], found));
		assert_memory_equal(found, "1 json : ", 9);
	}
}

static void
add(struct finetune_data *data, const char *line)
{
	struct finetune_example example;

	(void)finetune_data_line(data, line, strlen(line), &example);
	finetune_example_close(&example);
}

static void
duplicates_and_leaks_name_both_lines(void **state)
{
	struct finetune_data data, held_out;

	(void)state;
	finetune_data_init(&data, FINETUNE_CHAT, &limits);
	add(&data, CHAT(USER "," SAID));
	add(&data, CHAT("{\"role\":\"user\",\"content\":\"Other\"}," SAID));
	add(&data, CHAT(USER "," SAID));
	add(&data, CHAT("{\"role\":\"user\",\"content\":\"oTHER\"}," SAID));
	assert_int_equal(data.warnings, 2);
	assert_int_equal(data.findings[0].line, 3);
	assert_int_equal(data.findings[0].other_line, 1);
	assert_int_equal(data.findings[1].line, 4);
	assert_int_equal(data.findings[1].other_line, 2);
	assert_string_equal(data.findings[1].message,
		"but for case and blanks, the same example is in line 2");
	assert_int_equal(data.distinct, 2);

	finetune_data_init(&held_out, FINETUNE_CHAT, &limits);
	held_out.against = &data;
	add(&held_out, CHAT("{\"role\":\"user\",\"content\":\"new\"}," SAID));
	add(&held_out, CHAT("{\"role\":\"user\",\"content\":\"OTHER\"}," SAID));
	assert_int_equal(held_out.examples, 1);
	assert_int_equal(held_out.errors, 1);
	assert_string_equal(held_out.findings[0].code, "leak");
	assert_int_equal(held_out.findings[0].line, 2);
	assert_int_equal(held_out.findings[0].other_line, 2);
	finetune_data_close(&held_out);
	finetune_data_close(&data);
}

static void
a_file_is_judged_as_a_whole(void **state)
{
	struct finetune_limits ten = limits;
	struct finetune_data data;
	char message[64];

	(void)state;
	ten.examples_min = 10;
	finetune_data_init(&data, FINETUNE_CHAT, &ten);
	finetune_data_end(&data);
	assert_string_equal(data.findings[0].message, "the file has no example");
	finetune_data_close(&data);

	finetune_data_init(&data, FINETUNE_CHAT, &ten);
	for (int i = 0; i < 3; i++)
		add(&data, GOOD);
	add(&data, "");
	finetune_data_end(&data);
	snprintf(message, sizeof(message), "%s", data.findings[2].message);
	assert_string_equal(message, "3 examples without errors; at least 10 are needed");
	assert_string_equal(data.findings[3].message, "all examples are the same");
	assert_int_equal(data.findings[3].line, 0);
	finetune_data_close(&data);
}

static void
no_more_examples_are_handed_out_than_allowed(void **state)
{
	struct finetune_limits two = limits;
	struct finetune_data data;
	struct finetune_example example;
	char line[256];

	(void)state;
	two.examples_max = 2;
	finetune_data_init(&data, FINETUNE_CHAT, &two);
	for (int i = 0; i < 4; i++) {
		snprintf(line, sizeof(line), CHAT("{\"role\":\"user\",\"content\":\"number %d\"}," SAID),
			i);
		assert_int_equal(finetune_data_line(&data, line, strlen(line), &example), i < 2);
		assert_int_equal(example.messages != NULL, i < 2);
		finetune_example_close(&example);
	}
	finetune_data_end(&data);
	assert_int_equal(data.errors, 1);
	assert_string_equal(data.findings[0].message, "4 examples; at most 2 are read");
	finetune_data_close(&data);
}

static void
findings_are_counted_beyond_those_kept(void **state)
{
	static char longer[5000];
	struct finetune_data data;

	(void)state;
	finetune_data_init(&data, FINETUNE_CHAT, &limits);
	for (int i = 0; i < 50; i++)
		add(&data, "{}");
	memset(longer, 'x', sizeof(longer) - 1);
	add(&data, longer);
	assert_int_equal(data.errors, 51);
	assert_int_equal(data.n_findings, 20);
	assert_int_equal(data.lines, 51);
	finetune_data_close(&data);
}

static void
templates_read_one_form(void **state)
{
	static const char line[] = CHAT(
		"{\"role\":\"developer\",\"content\":\"s\"},{\"role\":\"user\",\"content\":[{\"type\":"
		"\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":\"\\nb\"}]}," CALL(
			"\"{\\\"x\\\":1}\"") ",{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"r\"}"
								 "," SAID);
	struct finetune_data data;
	struct finetune_example example;
	struct bh_buf text = {0};

	(void)state;
	finetune_data_init(&data, FINETUNE_CHAT, &limits);
	assert_true(finetune_data_line(&data, line, strlen(line), &example));
	finetune_messages_write(&text, example.messages, NULL);
	assert_string_equal(bh_buf_string(&text),
		"[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"a\\nb\"},"
		"{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"id\":\"c1\",\"type\":"
		"\"function\","
		"\"function\":{\"name\":\"f\",\"arguments\":{\"x\":1}}}]},"
		"{\"role\":\"tool\",\"content\":\"r\"},{\"role\":\"assistant\",\"content\":\"b\"}]");
	bh_buf_close(&text);
	finetune_example_close(&example);
	finetune_data_close(&data);
}

/* The database takes whole characters only. */
static void
a_long_name_is_cut_between_characters(void **state)
{
	struct bh_buf line = {0};
	char found[256];

	(void)state;
	bh_buf_text(&line, "{\"x");
	for (int i = 0; i < 40; i++)
		bh_buf_text(&line, "\xe2\x82\xac");
	bh_buf_printf(&line, "\":1,%s", &GOOD[1]);
	assert_true(reads(FINETUNE_CHAT, bh_buf_string(&line), found));
	assert_non_null(strstr(found, "\xe2\x82\xac is not used"));
	assert_true(bh_text_is_utf8(found, strlen(found)));
	bh_buf_close(&line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_name_is_cut_between_characters),
		cmocka_unit_test(each_fault_is_found_with_its_field),
		cmocka_unit_test(what_is_not_json_is_no_example),
		cmocka_unit_test(duplicates_and_leaks_name_both_lines),
		cmocka_unit_test(a_file_is_judged_as_a_whole),
		cmocka_unit_test(no_more_examples_are_handed_out_than_allowed),
		cmocka_unit_test(findings_are_counted_beyond_those_kept),
		cmocka_unit_test(templates_read_one_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
