/* test_prompt.c: what of a conversation and its passages reaches the model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/prompt.h"

#define MESSAGE(role, text) \
	{"msg", "{\"type\":\"message\",\"role\":\"" role "\",\"content\":[{\"type\":\"input_text\",\"text\":\"" \
		text "\"}]}"}

static const struct agent_item conversation[] = {
	MESSAGE("system", "Be kind."),
	MESSAGE("user", "What is the weather in Oslo and Rome?"),
	{"fs", "{\"type\":\"file_search_call\",\"queries\":[\"q\"],\"results\":null}"},
	{"fc", "{\"type\":\"function_call\",\"call_id\":\"c1\",\"name\":\"w\",\"arguments\":\"{1}\"}"},
	{"fc", "{\"type\":\"function_call\",\"call_id\":\"c2\",\"name\":\"w\",\"arguments\":\"{2}\"}"},
	{"fc", "{\"type\":\"function_call_output\",\"call_id\":\"c1\",\"output\":\"rain\"}"},
	{"fc", "{\"type\":\"function_call_output\",\"call_id\":\"c2\",\"output\":[{\"type\":\"input_text\","
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
write_prompt(const struct agent_prompt *prompt, const struct agent_passages *passages,
	bool searched, size_t n, size_t last_len, struct bh_json_doc *out)
{
	struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	bh_write_object(&write);
	agent_prompt_write(prompt, passages, searched, n, last_len, &write);
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
	static const char *const roles[] = {
		"system", "system", "user", "assistant", "tool", "tool", "assistant", "user"};
	struct bh_arena arena = {0};
	struct agent_prompt prompt;
	struct bh_json_doc doc = {0};
	const struct bh_json *messages;

	(void)state;
	read_conversation(&arena, &prompt);
	write_prompt(&prompt, NULL, false, 0, 0, &doc);
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
	write_prompt(&prompt, NULL, false, 0, 0, &doc);
	for (size_t i = 0; i < bh_json_count(bh_json_get(doc.root, "messages")); i++) {
		if (strcmp(member(&doc, i, "role"), "tool") == 0)
			assert_string_equal(member(&doc, i, "tool_call_id"), "c2");
	}
	bh_json_close(&doc);

	assert_false(agent_prompt_fit(&prompt, 1));
	write_prompt(&prompt, NULL, false, 0, 0, &doc);
	assert_int_equal(bh_json_count(bh_json_get(doc.root, "messages")), 3);
	assert_string_equal(member(&doc, 2, "content"), "Thank you. And tomorrow?");
	bh_json_close(&doc);
	bh_arena_close(&arena);
}

static void
passages_are_whole_or_left_out_but_for_the_first(void **state)
{
	struct agent_passage list[] = {
		{.text = "0123456789012345678901234567890123456789", .len = 40},
		{.text = "0123456789012345678901234567890123456789", .len = 40},
		{.text = "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", .len = 16},
	};
	struct agent_passages passages = {.list = list, .n = 3};
	size_t last;

	(void)state;
	assert_int_equal(agent_prompt_passages(&passages, 1000, &last), 3);
	assert_int_equal(last, 16);
	assert_int_equal(agent_prompt_passages(&passages, 33, &last), 2);
	assert_int_equal(last, 40);
	assert_int_equal(agent_prompt_passages(&passages, 15, &last), 1);
	assert_int_equal(last, 36);
	assert_int_equal(agent_prompt_passages(&passages, 5, &last), 0);
	passages.n = 0;
	assert_int_equal(agent_prompt_passages(&passages, 1000, &last), 0);
}

static void
a_searched_question_stands_behind_its_passages(void **state)
{
	struct agent_passage list[] = {{.text = "Oslo is dry tomorrow.", .len = 21},
		{.text = "Rome is dry too.", .len = 16}};
	struct agent_passages passages = {.list = list, .n = 2};
	struct bh_arena arena = {0};
	struct agent_prompt prompt;
	struct bh_json_doc doc = {0};
	const char *text;

	(void)state;
	read_conversation(&arena, &prompt);
	write_prompt(&prompt, &passages, true, 2, 7, &doc);
	text = member(&doc, 7, "content");
	assert_non_null(strstr(text, "Oslo is dry tomorrow."));
	assert_non_null(strstr(text, "Rome is"));
	assert_null(strstr(text, "Rome is dry"));
	assert_true(strstr(text, "And tomorrow?") > strstr(text, "Oslo"));
	assert_string_equal(member(&doc, 2, "content"), "What is the weather in Oslo and Rome?");
	bh_json_close(&doc);
	bh_arena_close(&arena);
}

static void
a_citation_counts_code_points_of_the_document(void **state)
{
	static const char results[] =
		"[{\"file_id\":\"file-1\",\"filename\":\"a.md\",\"score\":0.9,\"text\":\"\xc3\xa9\xc3\xa9 On Friday.\","
		"\"bulkhead\":{\"vector_store_id\":\"vs_1\",\"chunk_id\":\"c\",\"start\":100,\"end\":113,"
		"\"page_start\":2,\"page_end\":3}},"
		"{\"file_id\":\"file-2\",\"filename\":\"b.md\",\"score\":0.1,\"text\":\"x\",\"bulkhead\":{\"start\":0}}]";
	struct bh_arena arena = {0};
	struct agent_passages passages;
	struct bh_buf out = {0};

	(void)state;
	assert_int_equal(agent_passages_read(&arena, results, 0.3, &passages), 0);
	assert_int_equal(passages.n, 1);
	agent_passages_annotation(&passages.list[0], 7, 5, 15, &out);
	assert_string_equal(out.data,
		"{\"type\":\"file_citation\",\"file_id\":\"file-1\",\"filename\":\"a.md\",\"index\":7,\"bulkhead\":"
		"{\"chunk_id\":\"c\",\"vector_store_id\":\"vs_1\",\"page_start\":2,\"page_end\":3,\"start\":100,"
		"\"end\":113,\"quote_start\":103,\"quote_end\":113,\"score\":0.9}}");
	agent_passages_close(&passages);
	bh_buf_close(&out);
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_conversation_becomes_messages_with_calls_joined),
		cmocka_unit_test(the_oldest_go_first_and_the_question_never),
		cmocka_unit_test(passages_are_whole_or_left_out_but_for_the_first),
		cmocka_unit_test(a_searched_question_stands_behind_its_passages),
		cmocka_unit_test(a_citation_counts_code_points_of_the_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
