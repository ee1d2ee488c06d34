/* SPDX-License-Identifier: Apache-2.0 */
/* test_chat.c: what the model service's events say, whole or in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/peer.h"
#include "base/error.h"

/* A stream that was received as a whole. */
static struct agent_chat
received(const char *bytes)
{
	return (struct agent_chat){.sse = {.line_max = 1024}, .at = bytes, .left = strlen(bytes)};
}

static void
next(struct agent_chat *chat, struct agent_chat_event *out)
{
	bool ready = false;

	assert_int_equal(agent_chat_next(chat, -1, out, &ready), 0);
	assert_true(ready);
}

static void
text_comes_as_it_was_sent_and_the_end_is_told(void **state)
{
	struct agent_chat chat = received(
		"data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}\n\n"
		": a comment\n\n"
		"data: {\"choices\":[{\"delta\":{\"content\":\"Gr\xc3\xbc\xc3\x9f\"}}]}\r\n\r\n"
		"data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}\n\n"
		"data: [DONE]\n\n");
	struct agent_chat_event event;

	(void)state;
	next(&chat, &event);
	assert_null(event.text);
	assert_null(event.finish);
	next(&chat, &event);
	assert_string_equal(event.text, "Gr\xc3\xbc\xc3\x9f");
	assert_int_equal(event.len, 6);
	assert_false(event.done);
	next(&chat, &event);
	assert_string_equal(event.finish, "length");
	next(&chat, &event);
	assert_true(event.done);
	agent_chat_close(&chat);
	agent_chat_close(&chat);
}

static void
usage_is_known_only_where_it_is_told(void **state)
{
	struct agent_chat chat = received(
		"data: {\"choices\":[],\"usage\":null}\n\n"
		"data: "
		"{\"choices\":[],\"usage\":{\"prompt_tokens\":31,\"completion_tokens\":7,\"total_tokens\":"
		"38,"
		"\"prompt_tokens_details\":{\"cached_tokens\":5},"
		"\"completion_tokens_details\":{\"reasoning_tokens\":2}}}\n\n");
	struct agent_chat_event event;

	(void)state;
	next(&chat, &event);
	assert_false(event.usage.known);
	next(&chat, &event);
	assert_true(event.usage.known);
	assert_int_equal(event.usage.input, 31);
	assert_int_equal(event.usage.output, 7);
	assert_int_equal(event.usage.cached, 5);
	assert_int_equal(event.usage.reasoning, 2);
	agent_chat_close(&chat);
}

static void
calls_come_as_the_models_deltas(void **state)
{
	struct agent_chat chat = received(
		"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c1\",\"function\":"
		"{\"name\":\"weather\",\"arguments\":\"{\"}},{\"index\":1}]}}]}\n\n");
	struct agent_chat_event event;

	(void)state;
	next(&chat, &event);
	assert_int_equal(bh_json_count(event.calls), 2);
	assert_string_equal(bh_json_string(bh_json_get(bh_json_at(event.calls, 0), "id")), "c1");
	agent_chat_close(&chat);
}

static void
errors_and_nonsense_end_the_stream_as_errors(void **state)
{
	static const struct {
		const char *bytes;
		int error;
	} cases[] = {
		{"data: {\"choices\":\n\n", BH_E_PROTOCOL},
		{"data: nothing\n\n", BH_E_PROTOCOL},
		{"data: "
		 "{\"error\":{\"message\":\"m\",\"type\":\"server_error\",\"code\":\"upstream_error\"}}"
		 "\n\n",
			BH_E_UPSTREAM},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		struct agent_chat chat = received(cases[i].bytes);
		struct agent_chat_event event;
		bool ready = true;

		assert_int_equal(agent_chat_next(&chat, -1, &event, &ready), cases[i].error);
		assert_false(ready);
		agent_chat_close(&chat);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_comes_as_it_was_sent_and_the_end_is_told),
		cmocka_unit_test(usage_is_known_only_where_it_is_told),
		cmocka_unit_test(calls_come_as_the_models_deltas),
		cmocka_unit_test(errors_and_nonsense_end_the_stream_as_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
