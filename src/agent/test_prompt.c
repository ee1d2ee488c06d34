/* SPDX-License-Identifier: Apache-2.0 */
/* test_prompt.c: what of a conversation and its passages reaches the model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/prompt.h"

#define MESSAGE(role, text) \
	{ \
		.id = "msg", \
		.json = "{\"type\":\"message\",\"role\":\"" role \
				"\",\"content\":[{\"type\":\"input_text\",\"text\":\"" text "\"}]}" \
	}

static const struct agent_item conversation[] = {
	MESSAGE("system", "Be kind."),
	MESSAGE("user", "What is the weather in Oslo and Rome?"),
	{.id = "fs", .json = "{\"type\":\"file_search_call\",\"queries\":[\"q\"],\"results\":null}"},
	{.id = "fc",
		.json =
			"{\"type\":\"function_call\",\"call_id\":\"c1\",\"name\":\"w\",\"arguments\":\"{1}\"}"},
	{.id = "fc",
		.json =
			"{\"type\":\"function_call\",\"call_id\":\"c2\",\"name\":\"w\",\"arguments\":\"{2}\"}"},
	{.id = "fc",
		.json = "{\"type\":\"function_call_output\",\"call_id\":\"c1\",\"output\":\"rain\"}"},
	{.id = "fc",
		.json =
			"{\"type\":\"function_call_output\",\"call_id\":\"c2\",\"output\":[{\"type\":\"input_"
			"text\","
			"\"text\":\"sun\"}]}"},
	MESSAGE("assistant", "Rain and sun."),
	MESSAGE("user", "Thank you. And tomorrow?"),
};

static void
read_conversation(struct bh_arena *arena, struct agent_prompt *out)
{
	assert_int_equal(agent_prompt_read(arena, BH_LIST(conversation), "Answer briefly.", out), 0);
}

static void
write_prompt(const struct agent_prompt *prompt, const struct agent_excerpts *excerpts,
	struct bh_json_doc *out)
{
	struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	bh_write_object(&write);
	agent_prompt_write(prompt, excerpts, &write);
	bh_write_end(&write);
	assert_int_equal(bh_json_parse(text.data, text.len, out), 0);
	bh_buf_close(&text);
}

static const char *
member(const struct bh_json_doc *doc, size_t index, const char *name)
{
	return bh_json_string(bh_json_get(bh_json_at(bh_json_get(doc->root, "messages"), index), name));
}

static void
a_conversation_becomes_messages_with_calls_joined(void **state)
{
	static const char *const roles[] = {"system", "system", "user", "assistant", "tool", "tool",
		"assistant", "user"};
	struct bh_arena arena = {0};
	struct agent_prompt prompt;
	struct bh_json_doc doc = {0};
	const struct bh_json *messages;

	(void)state;
	read_conversation(&arena, &prompt);
	write_prompt(&prompt, NULL, &doc);
	messages = bh_json_get(doc.root, "messages");
	assert_int_equal(bh_json_count(messages), BH_COUNT(roles));
	for (size_t i = 0; i < BH_COUNT(roles); i++)
		assert_string_equal(member(&doc, i, "role"), roles[i]);
	assert_string_equal(member(&doc, 0, "content"), "Answer briefly.");
	assert_int_equal(bh_json_count(bh_json_get(bh_json_at(messages, 3), "tool_calls")), 2);
	assert_string_equal(member(&doc, 4, "tool_call_id"), "c1");
	assert_string_equal(member(&doc, 5, "content"), "sun");
	bh_json_close(&doc);
	bh_arena_close(&arena);
}

static void
the_oldest_go_first_and_the_question_never(void **state)
{
	struct bh_arena arena = {0};
	struct agent_prompt prompt;
	struct bh_json_doc doc = {0};
	int64_t all;

	(void)state;
	read_conversation(&arena, &prompt);
	all = agent_prompt_tokens(&prompt);
	assert_true(agent_prompt_fit(&prompt, all));
	assert_int_equal(agent_prompt_tokens(&prompt), all);

	/* The first question goes, then the calls, and with each call its result. */
	assert_true(agent_prompt_fit(&prompt, all - 30));
	write_prompt(&prompt, NULL, &doc);
	for (size_t i = 0; i < bh_json_count(bh_json_get(doc.root, "messages")); i++) {
		if (strcmp(member(&doc, i, "role"), "tool") == 0)
			assert_string_equal(member(&doc, i, "tool_call_id"), "c2");
	}
	bh_json_close(&doc);

	assert_false(agent_prompt_fit(&prompt, 1));
	write_prompt(&prompt, NULL, &doc);
	assert_int_equal(bh_json_count(bh_json_get(doc.root, "messages")), 3);
	assert_string_equal(member(&doc, 2, "content"), "Thank you. And tomorrow?");
	bh_json_close(&doc);
	bh_arena_close(&arena);
}

static void
a_searched_question_stands_behind_its_excerpts(void **state)
{
	const char *texts[] = {"Rome is dry\n\ttoo.", "Oslo is dry tomorrow."};
	const struct agent_excerpts excerpts = {.list = texts, .n = 2}, none = {.list = texts};
	struct bh_arena arena = {0};
	struct agent_prompt prompt;
	struct bh_json_doc doc = {0};
	const char *text;

	(void)state;
	read_conversation(&arena, &prompt);
	write_prompt(&prompt, &excerpts, &doc);
	text = member(&doc, 7, "content");
	assert_non_null(strstr(text, "Rome is dry too.\n"));
	assert_true(strstr(text, "Oslo is dry tomorrow.") > strstr(text, "Rome"));
	assert_true(strstr(text, "And tomorrow?") > strstr(text, "Oslo"));
	assert_string_equal(member(&doc, 2, "content"), "What is the weather in Oslo and Rome?");
	bh_json_close(&doc);

	write_prompt(&prompt, &none, &doc);
	text = member(&doc, 7, "content");
	assert_null(strstr(text, "Context"));
	assert_int_equal(bh_json_count(bh_json_get(doc.root, "messages")), 8);
	assert_non_null(strstr(text, "And tomorrow?"));
	assert_non_null(strstr(text, "found nothing"));
	bh_json_close(&doc);
	bh_arena_close(&arena);
}

static void
sentences_come_with_examples_and_without_a_rule(void **state)
{
	const char *texts[] = {"Oslo is dry tomorrow."};
	const struct agent_excerpts excerpts = {.list = texts, .n = 1, .sentences = true};
	struct bh_arena arena = {0};
	struct agent_prompt prompt;
	struct bh_json_doc doc = {0};

	(void)state;
	read_conversation(&arena, &prompt);
	write_prompt(&prompt, &excerpts, &doc);
	assert_int_equal(bh_json_count(bh_json_get(doc.root, "messages")), 12);
	assert_string_equal(member(&doc, 0, "content"), "Answer briefly.");
	assert_string_equal(member(&doc, 1, "role"), "user");
	assert_string_equal(member(&doc, 2, "role"), "assistant");
	/* The answer that is shown is a sentence of its context. */
	assert_non_null(strstr(member(&doc, 1, "content"), member(&doc, 2, "content")));
	assert_non_null(strstr(member(&doc, 3, "content"), member(&doc, 4, "content")));
	assert_string_equal(member(&doc, 11, "content"),
		"Context:\nOslo is dry tomorrow.\n\nQuestion: Thank you. And tomorrow?");
	bh_json_close(&doc);
	bh_arena_close(&arena);
}

/* Of a question with pictures, asked alone and of excerpts. */
static void
pictures_stay_where_they_stood(void **state)
{
	static const struct agent_item asked[] = {{.id = "m",
		.json = "{\"type\":\"message\",\"role\":\"user\",\"content\":["
				"{\"type\":\"input_image\",\"image_url\":\"data:A\",\"detail\":\"low\"},"
				"{\"type\":\"input_text\",\"text\":\"or\"},"
				"{\"type\":\"input_image\",\"file_id\":\"file-1\",\"detail\":\"auto\"}]}"}};
	const char *found[] = {"A passage."};
	const struct agent_excerpts excerpts = {.list = found, .n = 1};
	struct bh_arena arena = {0};
	struct agent_prompt prompt;
	struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	(void)state;
	assert_int_equal(agent_prompt_read(&arena, BH_LIST(asked), NULL, &prompt), 0);
	assert_string_equal(prompt.messages[0].text, "or");
	assert_true(agent_prompt_tokens(&prompt) > 2000);
	bh_write_object(&write);
	agent_prompt_write(&prompt, NULL, &write);
	bh_write_end(&write);
	assert_string_equal(bh_buf_string(&text),
		"{\"messages\":[{\"role\":\"user\",\"content\":["
		"{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:A\",\"detail\":\"low\"}},"
		"{\"type\":\"text\",\"text\":\"or\"},"
		"{\"type\":\"image_url\",\"image_url\":{\"url\":\"file-1\",\"detail\":\"auto\"}}]}]}");
	bh_buf_reset(&text);
	write = (struct bh_write){.out = &text};
	bh_write_object(&write);
	agent_prompt_write(&prompt, &excerpts, &write);
	bh_write_end(&write);
	assert_non_null(strstr(text.data, "\"content\":[{\"type\":\"text\",\"text\":\"Context:"));
	assert_non_null(strstr(text.data, "Question: or"));
	assert_non_null(strstr(text.data, "data:A"));
	assert_non_null(strstr(text.data, "file-1"));
	bh_buf_close(&text);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_conversation_becomes_messages_with_calls_joined),
		cmocka_unit_test(the_oldest_go_first_and_the_question_never),
		cmocka_unit_test(a_searched_question_stands_behind_its_excerpts),
		cmocka_unit_test(sentences_come_with_examples_and_without_a_rule),
		cmocka_unit_test(pictures_stay_where_they_stood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
