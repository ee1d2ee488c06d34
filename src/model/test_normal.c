/* SPDX-License-Identifier: Apache-2.0 */
/* test_normal.c: answers in the forms of many upstreams become the API's one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "model/gather.h"

#define HEAD \
	"{\"id\":\"i\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":\"m\"," \
	"\"choices\":["
#define DELTA(text) "{\"choices\":[{\"index\":0,\"delta\":" text "}]}"
#define END(word) "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":" word "}]}"
#define FUNCTION(name, arguments) "\"function\":{\"name\":\"" name "\",\"arguments\":" arguments "}"

/* What the client gets of these events, a line for each chunk, less what all chunks begin with. */
static void
tell(const char *const *events, size_t n, struct bh_buf *out)
{
	struct model_normal normal = {0};
	struct model_chunk_head head;

	bh_buf_close(out);
	model_chunk_head_init(&head, &(struct model_answer_head){"i", "m", 0, false});
	for (size_t i = 0; i < n; i++) {
		struct model_piece piece = {0};
		struct bh_json_doc doc = {0};
		struct bh_buf text = {0};

		assert_int_equal(bh_json_parse(events[i], strlen(events[i]), &doc), 0);
		assert_int_equal(model_normal_event(&normal, doc.root, &piece), 0);
		assert_null(piece.error);
		if (!piece.is_empty) {
			model_chat_chunk(&piece, NULL, &head, &text);
			bh_buf_add(out, text.data + strlen(HEAD), text.len - strlen(HEAD) - 2);
			bh_buf_char(out, '\n');
		}
		bh_buf_close(&text);
		bh_json_close(&doc);
	}
	model_normal_close(&normal);
	bh_buf_close(&head.text);
}

#define TELL(out, ...) \
	do { \
		static const char *const list[] = {__VA_ARGS__}; \
		tell(list, BH_COUNT(list), out); \
	} while (0)

/* The whole answer that one in one piece becomes. */
static void
rebuild(const char *answer, struct bh_buf *out)
{
	struct model_usage usage = {0};
	struct model_gather gather = {0};
	struct bh_json_doc doc = {0};

	bh_buf_close(out);
	assert_int_equal(bh_json_parse(answer, strlen(answer), &doc), 0);
	assert_int_equal(model_gather_whole(&gather, doc.root), 0);
	model_gather_write(&gather, &(struct model_answer_head){"i", "m", 0, false}, &usage, out);
	model_gather_close(&gather);
	bh_json_close(&doc);
}

static void
expect_in(const struct bh_buf *text, const char *part)
{
	if (strstr(bh_buf_string(text), part) == NULL)
		fail_msg("%s is not in %s", part, bh_buf_string(text));
}

static void
expect_not_in(const struct bh_buf *text, const char *part)
{
	if (strstr(bh_buf_string(text), part) != NULL)
		fail_msg("%s is in %s", part, bh_buf_string(text));
}

#define BEGUN(index, id, name) \
	"{\"index\":" index ",\"id\":\"" id "\",\"type\":\"function\",\"function\":{\"name\":\"" name \
	"\",\"arguments\":"

static void
a_stream_in_good_form_passes_as_it_is(void **state)
{
	struct bh_buf out = {0};

	(void)state;
	TELL(&out, DELTA("{\"role\":\"assistant\",\"content\":\"\"}"), DELTA("{\"content\":\"a\"}"),
		DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"type\":\"function\"," FUNCTION("f",
			"\"\"") "}]}"),
		DELTA("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"[]\"}}]}"),
		END("\"tool_calls\""));
	assert_string_equal(out.data,
		"{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}\n"
		"{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":null}\n"
		"{\"index\":0,\"delta\":{\"tool_calls\":[" BEGUN("0", "c",
			"f") "\"\"}}]},"
				 "\"finish_reason\":null}\n"
				 "{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":"
				 "\"[]\"}}]"
				 "},\"finish_reason\":null}\n"
				 "{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}\n");
	bh_buf_close(&out);
}

#define TWO_CALLS(one, two) \
	do { \
		expect_in(&out, BEGUN("0", "a", "f") one); \
		expect_in(&out, BEGUN("1", "b", "g") two); \
	} while (0)

static void
a_new_id_begins_a_new_call(void **state)
{
	struct bh_buf out = {0};

	(void)state;
	/* Without an index, in one event and in two. */
	TELL(&out,
		DELTA("{\"tool_calls\":[{\"id\":\"a\"," FUNCTION("f",
			"\"[]\"") "},{\"id\":\"b\"," FUNCTION("g", "\"[]\"") "}]}"));
	TWO_CALLS("\"[]\"", "\"[]\"");
	TELL(&out, DELTA("{\"tool_calls\":[{\"id\":\"a\"," FUNCTION("f", "\"{\"") "}]}"),
		DELTA("{\"tool_calls\":[{\"function\":{\"arguments\":\"}\"}}]}"),
		DELTA("{\"tool_calls\":[{\"id\":\"b\"," FUNCTION("g", "\"[]\"") "}]}"));
	TWO_CALLS("\"{\"", "\"[]\"");
	expect_in(&out, "{\"index\":0,\"function\":{\"arguments\":\"}\"}}");
	/* All with the index 0; and counted from 1. */
	TELL(&out, DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"a\"," FUNCTION("f", "\"[]\"") "}]}"),
		DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"b\"," FUNCTION("g", "\"[]\"") "}]}"));
	TWO_CALLS("\"[]\"", "\"[]\"");
	TELL(&out, DELTA("{\"tool_calls\":[{\"index\":1,\"id\":\"a\"," FUNCTION("f", "\"[]\"") "}]}"),
		DELTA("{\"tool_calls\":[{\"index\":2,\"id\":\"b\"," FUNCTION("g", "\"[]\"") "}]}"));
	TWO_CALLS("\"[]\"", "\"[]\"");
	/* The same function twice, without arguments. */
	TELL(&out, DELTA("{\"tool_calls\":[{\"id\":\"a\"," FUNCTION("f", "\"\"") "}]}"),
		DELTA("{\"tool_calls\":[{\"id\":\"b\"," FUNCTION("f", "\"\"") "}]}"), END("\"stop\""));
	expect_in(&out, BEGUN("1", "b", "f") "\"\"");
	expect_in(&out,
		"{\"index\":1,\"function\":{\"arguments\":\"{}\"}}]},"
		"\"finish_reason\":\"tool_calls\"");
	bh_buf_close(&out);
}

static void
a_call_goes_on_under_whatever_names_it(void **state)
{
	struct bh_buf out = {0};

	(void)state;
	/* The id, the name and the role in each piece: clients join texts. */
	TELL(&out,
		DELTA("{\"role\":\"assistant\",\"tool_calls\":[{\"index\":0,\"id\":\"a\"," FUNCTION("f",
			"\"{\\\"x\\\":\"") "}]}"),
		DELTA("{\"role\":\"assistant\",\"tool_calls\":[{\"index\":0,\"id\":\"a\"," FUNCTION("f",
			"\"1}\"") "}]}"));
	expect_in(&out, BEGUN("0", "a", "f") "\"{\\\"x\\\":\"");
	expect_in(&out,
		"\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]}");
	/* A new id in each piece, and "" for no name. */
	TELL(&out, DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"a\"," FUNCTION("f", "\"{\"") "}]}"),
		DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"b\"," FUNCTION("", "\"}\"") "}]}"));
	expect_in(&out, "{\"index\":0,\"function\":{\"arguments\":\"}\"}}");
	expect_not_in(&out, "\"b\"");
	/* Two calls at once, told by their place alone. */
	TELL(&out,
		DELTA("{\"tool_calls\":[{\"id\":\"a\"," FUNCTION("f",
			"\"{\"") "},{\"id\":\"b\"," FUNCTION("g", "\"{\"") "}]}"),
		DELTA("{\"tool_calls\":[{\"function\":{\"arguments\":\"1\"}},"
			  "{\"function\":{\"arguments\":\"2\"}}]}"));
	expect_in(&out,
		"{\"index\":0,\"function\":{\"arguments\":\"1\"}},"
		"{\"index\":1,\"function\":{\"arguments\":\"2\"}}");
	/* What says nothing is not a piece. */
	TELL(&out, DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"a\"," FUNCTION("f", "\"{}\"") "}]}"),
		DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"\"," FUNCTION("", "\"\"") "}]}"));
	expect_in(&out, "\n{\"index\":0,\"delta\":{},\"finish_reason\":null}\n");
	bh_buf_close(&out);
}

static void
calls_without_any_id_get_one_each(void **state)
{
	struct bh_buf out = {0};

	(void)state;
	TELL(&out,
		DELTA(
			"{\"tool_calls\":[{" FUNCTION("f", "{\"x\":1}") "},{" FUNCTION("f", "{\"x\":2}") "}]}"),
		END("null"), DELTA("{\"tool_calls\":[{" FUNCTION("f", "{\"x\":3}") "}]}"));
	expect_in(&out, "\"arguments\":\"{\\\"x\\\":1}\"");
	expect_in(&out, "{\"index\":1,\"id\":\"call_0");
	expect_in(&out, "\"arguments\":\"{\\\"x\\\":2}\"");
	expect_in(&out, "{\"index\":2,\"id\":\"call_0");
	/* The same id for two calls is none. */
	rebuild("{\"choices\":[{\"message\":{\"tool_calls\":[{\"id\":\"x\"," FUNCTION("f",
				"\"{}\"") "},{\"id\":\"x\"," FUNCTION("g", "\"{}\"") "},{\"id\":7," FUNCTION("h",
				"\"{}\"") "}]}}]}",
		&out);
	expect_in(&out, "{\"id\":\"x\",\"type\":\"function\",\"function\":{\"name\":\"f\"");
	expect_not_in(&out, "{\"id\":\"x\",\"type\":\"function\",\"function\":{\"name\":\"g\"");
	expect_in(&out, "{\"id\":\"7\",\"type\":\"function\",\"function\":{\"name\":\"h\"");
	bh_buf_close(&out);
}

static void
arguments_are_text_and_json(void **state)
{
	static const struct {
		const char *sent, *told;
	} cases[] = {
		{"{\"x\":1}", "\"{\\\"x\\\":1}\""},
		{"\"{\\\"x\\\":1}\"", "\"{\\\"x\\\":1}\""},
		{"[1,2]", "\"[1,2]\""},
		{"{}", "\"{}\""},
		{"\"\"", "\"{}\""},
		{"\"  \"", "\"{}\""},
		{"\"null\"", "\"{}\""},
		{"\"\\\"{\\\\\\\"x\\\\\\\":1}\\\"\"", "\"{\\\"x\\\":1}\""},
		{"null", "\"{}\""},
	};
	struct bh_buf out = {0}, sent = {0}, want = {0};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		bh_buf_close(&sent);
		bh_buf_close(&want);
		bh_buf_printf(&sent,
			"{\"choices\":[{\"message\":{\"content\":\"\",\"tool_calls\":[{\"id\":\"c\","
			"\"function\":{\"name\":\"f\",\"arguments\":%s}}]}}]}",
			cases[i].sent);
		bh_buf_printf(&want, "{\"name\":\"f\",\"arguments\":%s}", cases[i].told);
		rebuild(sent.data, &out);
		expect_in(&out, want.data);
		expect_in(&out, "\"content\":null");
		expect_in(&out, "\"finish_reason\":\"tool_calls\"");
	}
	/* Without the member, in the object of old, and beside the id. */
	rebuild("{\"choices\":[{\"message\":{\"function_call\":{\"name\":\"f\"}}}]}", &out);
	expect_in(&out, "{\"name\":\"f\",\"arguments\":\"{}\"}");
	rebuild("{\"choices\":[{\"message\":{\"tool_calls\":{\"id\":\"c\",\"name\":\"f\","
			"\"arguments\":{\"x\":1}}}}]}",
		&out);
	expect_in(&out, "{\"name\":\"f\",\"arguments\":\"{\\\"x\\\":1}\"}");
	/* In a stream the end brings what is missing, unless the call was cut off. */
	TELL(&out, DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"c\"," FUNCTION("f", "null") "}]}"),
		END("\"tool_calls\""));
	expect_in(&out,
		"\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}}]}"
		",\"finish_reason\":\"tool_calls\"");
	TELL(&out, DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"c\"," FUNCTION("f", "\"\"") "}]}"),
		END("\"length\""));
	expect_not_in(&out, "{}\"}");
	bh_buf_close(&out);
	bh_buf_close(&sent);
	bh_buf_close(&want);
}

static void
arguments_are_told_once_and_whole(void **state)
{
	struct bh_buf out = {0};

	(void)state;
	/* "{}" to begin with. */
	TELL(&out, DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"a\"," FUNCTION("f", "\"{}\"") "}]}"),
		DELTA("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"x\\\":1}\"}}]}"),
		END("\"tool_calls\""));
	expect_in(&out, BEGUN("0", "a", "f") "\"\"");
	expect_in(&out, "{\"arguments\":\"{\\\"x\\\":1}\"}");
	expect_not_in(&out, "{}\"");
	/* Said and cut off later. */
	TELL(&out, DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"a\"," FUNCTION("f", "\"{}\"") "}]}"),
		END("\"length\""));
	expect_in(&out, "{\"arguments\":\"{}\"}");
	/* The whole call once more at the end. */
	TELL(&out,
		DELTA(
			"{\"tool_calls\":[{\"index\":0,\"id\":\"a\"," FUNCTION("f", "\"{\\\"x\\\":1}\"") "}]}"),
		DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"a\"," FUNCTION("f",
			"\"{\\\"x\\\":1}\"") "}]}"));
	expect_in(&out, "\n{\"index\":0,\"delta\":{},\"finish_reason\":null}\n");
	/* Under another name. */
	rebuild("{\"choices\":[{\"message\":{\"tool_calls\":[{\"id\":\"c\",\"function\":{\"name\":"
			"\"f\","
			"\"parameters\":{\"x\":1}}}]}}]}",
		&out);
	expect_in(&out, "{\"name\":\"f\",\"arguments\":\"{\\\"x\\\":1}\"}");
	bh_buf_close(&out);
}

static void
one_choice_is_passed_on_in_pieces_or_whole(void **state)
{
	struct bh_buf out = {0};

	(void)state;
	TELL(&out, DELTA("{\"content\":\"a\"}"),
		"{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"b\"},\"finish_reason\":\"stop\"}]}",
		"{\"choices\":[{\"index\":1,\"delta\":{}},{\"index\":0,\"delta\":{\"content\":\"c\"}}]}");
	assert_string_equal(out.data,
		"{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"a\"},\"finish_reason\":null}"
		"\n"
		"{\"index\":0,\"delta\":{\"content\":\"c\"},\"finish_reason\":null}\n");
	/* A message that is an event; behind the pieces of an answer it is their sum. */
	TELL(&out, "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"a\"}}]}", END("\"stop\""));
	expect_in(&out, "\"content\":\"a\"");
	TELL(&out, DELTA("{\"content\":\"a\"}"),
		"{\"choices\":[{\"index\":0,\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}");
	expect_in(&out, "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}");
	bh_buf_close(&out);
}

static void
signs_of_life_alone_are_no_answer(void **state)
{
	static const char *const events[] = {"{\"type\":\"ping\"}", "{}", DELTA("{}")};
	struct model_normal normal = {0};
	struct model_piece piece;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(events); i++) {
		struct bh_json_doc doc = {0};

		assert_int_equal(bh_json_parse(events[i], strlen(events[i]), &doc), 0);
		assert_int_equal(model_normal_event(&normal, doc.root, &piece), 0);
		assert_int_equal(model_normal_is_strange(&normal), i < 2);
		bh_json_close(&doc);
	}
	model_normal_close(&normal);
}

static void
content_in_parts_becomes_text(void **state)
{
	struct bh_buf out = {0};

	(void)state;
	rebuild("{\"choices\":[{\"message\":{\"content\":[{\"type\":\"thinking\",\"thinking\":["
			"{\"type\":\"text\",\"text\":\"hm\"}]},{\"type\":\"text\",\"text\":\"Oslo\"},"
			"\" it\",{\"text\":\" is\"},{\"type\":\"image_url\",\"image_url\":{}}]}}]}",
		&out);
	expect_in(&out, "\"content\":\"Oslo it is\",\"refusal\":null");
	rebuild("{\"choices\":[{\"message\":{\"content\":[{\"type\":\"refusal\",\"refusal\":\"No.\"}]"
			"}}]}",
		&out);
	expect_in(&out, "\"content\":null,\"refusal\":\"No.\"");
	rebuild("{\"choices\":[{\"message\":{\"content\":{\"type\":\"text\",\"text\":\"x\"},"
			"\"refusal\":\"\",\"tool_calls\":null},\"logprobs\":\"\"}]}",
		&out);
	expect_in(&out,
		"\"content\":\"x\",\"refusal\":null,\"annotations\":[]},\"logprobs\":null,"
		"\"finish_reason\":\"stop\"");
	rebuild("{\"choices\":[{\"message\":{\"content\":null}}]}", &out);
	expect_in(&out, "\"content\":\"\"");
	TELL(&out,
		DELTA("{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"output_text\","
			  "\"text\":\"b\"}]}"));
	expect_in(&out, "\"content\":\"ab\"");
	TELL(&out,
		DELTA("{\"content\":[{\"type\":\"Text\",\"text\":\"a\"},{\"type\":\"text\",\"content\":"
			  "\"b\"}]"
			  "}"));
	expect_in(&out, "\"content\":\"ab\"");
	bh_buf_close(&out);
}

static void
how_it_ended_is_one_of_the_apis_words(void **state)
{
	static const struct {
		const char *sent, *plain, *called;
	} cases[] = {
		{"stop", "stop", "tool_calls"},
		{"STOP", "stop", "tool_calls"},
		{"end_turn", "stop", "tool_calls"},
		{"eos", "stop", "tool_calls"},
		{"tool_calls", "stop", "tool_calls"},
		{"function_call", "stop", "tool_calls"},
		{"tool_use", "stop", "tool_calls"},
		{"length", "length", "length"},
		{"MAX_TOKENS", "length", "length"},
		{"model_length", "length", "length"},
		{"FinishReason.STOP", "stop", "tool_calls"},
		{"max-tokens", "length", "length"},
		{"maxTokens", "length", "length"},
		{"FINISH_REASON_MAX_TOKENS", "length", "length"},
		{"model_context_window_exceeded", "length", "length"},
		{"content_filter", "content_filter", "content_filter"},
		{"content-filter", "content_filter", "content_filter"},
		{"FinishReason.SAFETY", "content_filter", "content_filter"},
		{"guardrail_intervened", "content_filter", "content_filter"},
		{"SAFETY", "content_filter", "content_filter"},
		{"something new that is longer than any word", "stop", "tool_calls"},
	};
	struct bh_buf out = {0}, sent = {0}, want = {0};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		for (int called = 0; called < 2; called++) {
			bh_buf_close(&sent);
			bh_buf_close(&want);
			bh_buf_printf(&sent,
				"{\"choices\":[{\"message\":{\"content\":\"a\"%s},"
				"\"finish_reason\":\"%s\"}]}",
				called ? ",\"tool_calls\":[{\"id\":\"c\",\"function\":{\"name\":\"f\"}}]" : "",
				cases[i].sent);
			bh_buf_printf(&want, "\"finish_reason\":\"%s\"",
				called ? cases[i].called : cases[i].plain);
			rebuild(sent.data, &out);
			expect_in(&out, want.data);
		}
	}
	/* "" is null, and the end is told once. */
	TELL(&out, "{\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"\"}]}",
		END("\"stop\""), END("\"stop\""),
		"{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1}"
		"}");
	assert_string_equal(out.data,
		"{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"a\"},\"finish_reason\":null}"
		"\n"
		"{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}\n");
	bh_buf_close(&out);
	bh_buf_close(&sent);
	bh_buf_close(&want);
}

static void
an_end_mark_alone_ends_an_answer(void **state)
{
	struct model_normal normal = {0};
	struct model_piece piece = {0};
	struct bh_json_doc doc = {0};
	static const char call[] = DELTA("{\"tool_calls\":[{\"id\":\"c\"," FUNCTION("f", "null") "}]}");

	(void)state;
	assert_int_equal(bh_json_parse(call, strlen(call), &doc), 0);
	assert_int_equal(model_normal_event(&normal, doc.root, &piece), 0);
	assert_false(normal.has_ended);
	assert_true(model_normal_end(&normal, &piece));
	assert_string_equal(piece.finish, "tool_calls");
	assert_int_equal(piece.n_calls, 1);
	assert_string_equal(piece.calls[0].arguments, "{}");
	assert_false(model_normal_end(&normal, &piece));
	model_normal_close(&normal);
	bh_json_close(&doc);
}

static int
event_of(const char *text, bool *out_error, bool *out_empty)
{
	struct model_normal normal = {0};
	struct model_piece piece = {0};
	struct bh_json_doc doc = {0};
	int rc;

	assert_int_equal(bh_json_parse(text, strlen(text), &doc), 0);
	rc = model_normal_event(&normal, doc.root, &piece);
	*out_error = piece.error != NULL;
	*out_empty = piece.is_empty;
	model_normal_close(&normal);
	bh_json_close(&doc);
	return rc;
}

static void
errors_and_what_is_no_answer_are_told_apart(void **state)
{
	static const struct {
		const char *event;
		int rc;
		bool error, empty;
	} cases[] = {
		{"{\"error\":{\"message\":\"x\"}}", 0, true, true},
		{"{\"error\":\"overloaded\"}", 0, true, true},
		{"{\"object\":\"error\",\"message\":\"x\"}", 0, true, true},
		{"{\"choices\":[{\"delta\":{},\"finish_reason\":\"error\"}]}", 0, true, true},
		{"{\"choices\":[{\"delta\":{},\"error\":{\"code\":502}}]}", 0, true, true},
		{"{\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"error\":null}", 0, false, false},
		{"{\"choices\":[],\"usage\":{\"prompt_tokens\":1}}", 0, false, true},
		{"{\"choices\":null,\"usage\":{\"prompt_tokens\":1}}", 0, false, true},
		{"{\"usage\":{\"prompt_tokens\":1}}", 0, false, true},
		{"{\"choices\":[{\"delta\":null,\"finish_reason\":null}]}", 0, false, false},
		{"{\"choices\":[{\"delta\":{}}],\"prompt_progress\":{}}", 0, false, true},
		{"{\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"error\":{}}", 0, false, false},
		{"{\"detail\":\"x\"}", 0, true, true},
		{"{\"message\":\"x\"}", 0, true, true},
		{"{\"type\":\"ping\"}", 0, false, true},
		{"{}", 0, false, true},
		{"null", 0, false, true},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		bool error, empty;

		assert_int_equal(event_of(cases[i].event, &error, &empty), cases[i].rc);
		assert_int_equal(error, cases[i].error);
		assert_int_equal(empty, cases[i].empty);
	}
}

static void
more_calls_than_there_is_room_for_are_an_error(void **state)
{
	struct model_gather gather = {0};
	struct bh_json_doc doc = {0};
	struct bh_buf text = {0};

	(void)state;
	bh_buf_text(&text, "{\"choices\":[{\"message\":{\"tool_calls\":[");
	for (int i = 0; i <= MODEL_CALLS_MOST; i++)
		bh_buf_printf(&text, "%s{\"id\":\"%d\",\"function\":{\"name\":\"f\"}}", i > 0 ? "," : "",
			i);
	bh_buf_text(&text, "]}}]}");
	assert_int_equal(bh_json_parse(text.data, text.len, &doc), 0);
	assert_int_equal(model_gather_whole(&gather, doc.root), BH_E_UPSTREAM);
	model_gather_close(&gather);
	bh_json_close(&doc);
	bh_buf_close(&text);
}

static void
all_output_is_counted_whether_or_not_it_is_passed_on(void **state)
{
	static const char text[] =
		"{\"choices\":[{\"message\":{\"content\":\"12345678\",\"reasoning_content\":\"abc\","
		"\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}}]}";
	static const char thought[] =
		"{\"choices\":[{\"message\":{\"content\":[{\"type\":\"thinking\",\"thinking\":\"12345\"},"
		"{\"type\":\"text\",\"text\":\"6\"}]}}]}";
	struct model_gather gather = {0};
	struct bh_json_doc doc = {0};

	(void)state;
	assert_int_equal(bh_json_parse(text, strlen(text), &doc), 0);
	assert_int_equal(model_gather_whole(&gather, doc.root), 0);
	assert_int_equal(gather.bytes, 8 + 3 + 1 + 2);
	model_gather_close(&gather);
	bh_json_close(&doc);
	assert_int_equal(bh_json_parse(thought, strlen(thought), &doc), 0);
	assert_int_equal(model_gather_whole(&gather, doc.root), 0);
	assert_int_equal(gather.bytes, 6);
	model_gather_close(&gather);
	bh_json_close(&doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_in_good_form_passes_as_it_is),
		cmocka_unit_test(a_new_id_begins_a_new_call),
		cmocka_unit_test(a_call_goes_on_under_whatever_names_it),
		cmocka_unit_test(calls_without_any_id_get_one_each),
		cmocka_unit_test(arguments_are_text_and_json),
		cmocka_unit_test(arguments_are_told_once_and_whole),
		cmocka_unit_test(one_choice_is_passed_on_in_pieces_or_whole),
		cmocka_unit_test(signs_of_life_alone_are_no_answer),
		cmocka_unit_test(content_in_parts_becomes_text),
		cmocka_unit_test(how_it_ended_is_one_of_the_apis_words),
		cmocka_unit_test(an_end_mark_alone_ends_an_answer),
		cmocka_unit_test(errors_and_what_is_no_answer_are_told_apart),
		cmocka_unit_test(more_calls_than_there_is_room_for_are_an_error),
		cmocka_unit_test(all_output_is_counted_whether_or_not_it_is_passed_on),
	};

	return cmocka_run_group_tests_name("model/normal", tests, NULL, NULL);
}
