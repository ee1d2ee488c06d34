/* SPDX-License-Identifier: Apache-2.0 */
/* test_chat.c: what is read from a client, sent to an engine and passed back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "model/chat.h"
#include "model/engine.h"
#include "model/gather.h"

#define HI "\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"

static int
read_text(const char *text, struct bh_json_doc *doc, struct model_chat *chat)
{
	bh_error_clear();
	assert_int_equal(bh_json_parse(text, strlen(text), doc), 0);
	return model_chat_read(doc->root, chat);
}

static void
expect(const char *text, int error, const char *param)
{
	struct bh_json_doc doc = {0};
	struct model_chat chat;

	assert_int_equal(read_text(text, &doc, &chat), error);
	assert_string_equal(bh_error_field(error), param);
	bh_json_close(&doc);
}

static void
every_refusal_names_its_field(void **state)
{
	(void)state;
	expect("{\"model\":\"m\"}", BH_E_MISSING, "messages");
	expect("{\"model\":\"m\",\"messages\":[]}", BH_E_RANGE, "messages");
	expect("{" HI ",\"n_discard\":-1}", BH_E_UNKNOWN_FIELD, "n_discard");
	expect("{" HI ",\"grammar\":\"x\"}", BH_E_UNKNOWN_FIELD, "grammar");
	expect("{" HI ",\"functions\":[]}", BH_E_UNSUPPORTED, "functions");
	expect("{" HI ",\"n\":2}", BH_E_RANGE, "n");
	expect("{" HI ",\"temperature\":\"hot\"}", BH_E_TYPE, "temperature");
	expect("{" HI ",\"stop\":[1]}", BH_E_TYPE, "stop");
	expect("{" HI ",\"tools\":[{\"type\":\"web_search\"}]}", BH_E_UNSUPPORTED, "tools.0");
	expect("{\"model\":\"m\",\"messages\":[{\"role\":\"robot\",\"content\":\"x\"}]}", BH_E_INVALID,
		"messages.0.role");
	expect("{\"model\":\"m\",\"messages\":[{\"role\":\"system user\",\"content\":\"x\"}]}",
		BH_E_INVALID, "messages.0.role");
	expect("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":7}]}", BH_E_TYPE,
		"messages.0.content");
	expect("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\","
		   "\"image_url\":{\"detail\":\"low\"}}]}]}",
		BH_E_TYPE, "messages.0.content.0");
	expect("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\","
		   "\"image_url\":{\"url\":\"data:,\",\"detail\":\"all\"}}]}]}",
		BH_E_INVALID, "messages.0.content.0");
	expect("{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":[{\"type\":\"image_"
		   "url\","
		   "\"image_url\":{\"url\":\"data:,\"}}]}]}",
		BH_E_UNSUPPORTED, "messages.0.content.0");
	expect("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_"
		   "audio\"}]}]}",
		BH_E_UNSUPPORTED, "messages.0.content.0");
}

static void
the_smaller_of_two_caps_counts(void **state)
{
	struct bh_json_doc doc = {0};
	struct model_chat chat;

	(void)state;
	assert_int_equal(read_text("{" HI ",\"max_tokens\":50,\"max_completion_tokens\":10000}", &doc,
						 &chat),
		0);
	assert_int_equal(chat.output_cap, 50);
	bh_json_close(&doc);
}

static void
a_cap_goes_on_under_the_name_that_the_client_used(void **state)
{
	static const struct {
		const char *sent;
		bool managed;
		const char *told;
	} cases[] = {
		{"\"max_tokens\":9", false, "\"max_tokens\":9}"},
		{"\"max_completion_tokens\":9", false, "\"max_completion_tokens\":9}"},
		{"\"max_tokens\":9,\"max_completion_tokens\":9", false, "\"max_completion_tokens\":9}"},
		{"\"max_tokens\":null,\"max_completion_tokens\":9", false, "\"max_completion_tokens\":9}"},
		{"\"max_completion_tokens\":9", true, "\"max_tokens\":9,"},
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		const struct model_entry entry = {.upstream_name = "up", .managed = cases[i].managed};
		struct bh_json_doc doc = {0};
		struct bh_buf body = {0}, out = {0};
		struct model_chat chat;

		bh_buf_printf(&body, "{" HI ",%s}", cases[i].sent);
		assert_int_equal(read_text(body.data, &doc, &chat), 0);
		model_chat_write(&chat, &entry, chat.output_cap, false, &out);
		assert_non_null(strstr(out.data, cases[i].told));
		bh_json_close(&doc);
		bh_buf_close(&body);
		bh_buf_close(&out);
	}
}

static void
an_engine_gets_only_what_is_written_for_it(void **state)
{
	const struct model_entry entry = {.upstream_name = "up", .managed = true};
	struct bh_json_doc doc = {0};
	struct bh_buf out = {0};
	struct model_chat chat;

	(void)state;
	assert_int_equal(read_text("{\"model\":\"m\",\"user\":\"u\",\"metadata\":{\"a\":\"b\"},"
							   "\"messages\":[{\"role\":\"developer\",\"content\":\"D\",\"extra\":"
							   "1},"
							   "{\"role\":\"user\",\"content\":\"a<|im_end|>b\"}]}",
						 &doc, &chat),
		0);
	model_chat_write(&chat, &entry, 7, false, &out);
	assert_string_equal(bh_buf_string(&out),
		"{\"model\":\"up\",\"messages\":[{\"role\":\"system\",\"content\":\"D\"},"
		"{\"role\":\"user\",\"content\":\"a<\xe2\x80\x8b|im_end|>b\"}],\"max_tokens\":7,"
		"\"stream\":true,\"stream_options\":{\"include_usage\":true},\"return_progress\":true,"
		"\"timings_per_token\":true,"
		"\"cache_prompt\":false}");
	bh_buf_close(&out);
	bh_json_close(&doc);
}

static void
the_engine_is_told_the_scale_of_every_adapter_that_it_holds(void **state)
{
	const struct model_entry entry = {.upstream_name = "up", .managed = true};
	const struct model_entry upstream = {.upstream_name = "up"};
	struct model_engine engine = {.n_adapters = 3, .ids = {0, 1, 2}, .chosen = 1};
	struct bh_json_doc doc = {0};
	struct bh_buf out = {0};
	struct model_chat chat;

	(void)state;
	assert_int_equal(read_text("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
							   "\"a\"}]}",
						 &doc, &chat),
		0);
	chat.engine = &engine;
	model_chat_write(&chat, &entry, 7, true, &out);
	assert_non_null(strstr(bh_buf_string(&out),
		"\"cache_prompt\":false,\"lora\":[{\"id\":0,\"scale\":0},{\"id\":1,\"scale\":1},"
		"{\"id\":2,\"scale\":0}]}"));
	bh_buf_reset(&out);
	engine.chosen = engine.n_adapters;
	model_chat_write(&chat, &entry, 7, true, &out);
	assert_null(strstr(bh_buf_string(&out), "\"scale\":1"));
	assert_non_null(strstr(bh_buf_string(&out), "{\"id\":2,\"scale\":0}]}"));
	bh_buf_reset(&out);
	model_chat_write(&chat, &upstream, 7, true, &out);
	assert_null(strstr(bh_buf_string(&out), "lora"));
	bh_buf_reset(&out);
	engine.n_adapters = engine.chosen = 0;
	model_chat_write(&chat, &entry, 7, true, &out);
	assert_null(strstr(bh_buf_string(&out), "lora"));
	assert_non_null(strstr(bh_buf_string(&out), "\"cache_prompt\":true}"));
	bh_buf_close(&out);
	bh_json_close(&doc);
}

/* A template's mark in a text is text, whichever model the engine has. */
static void
no_text_holds_a_control_mark(void **state)
{
	static const char *const marks[] = {"<|im_end|>", "<|eot_id|>", "<\xef\xbd\x9c User>",
		"<end_of_turn>", "</s>", "<<SYS>>", "[/INST]", "</tool_call>", "[TOOL_CALLS]", "</think>"};
	const struct model_entry entry = {.upstream_name = "up", .managed = true};
	const struct model_entry upstream = {.upstream_name = "up"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(marks); i++) {
		struct bh_json_doc doc = {0};
		struct bh_buf text = {0}, out = {0}, plain = {0};
		struct model_chat chat;

		bh_buf_printf(&text,
			"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a%s%sb [x] <i>\"}]}",
			marks[i], marks[i]);
		assert_int_equal(read_text(text.data, &doc, &chat), 0);
		model_chat_write(&chat, &entry, 7, false, &out);
		assert_null(strstr(out.data, marks[i]));
		assert_non_null(strstr(out.data, "b [x] <i>"));
		model_chat_write(&chat, &upstream, 7, false, &plain);
		assert_non_null(strstr(plain.data, marks[i]));
		bh_buf_close(&text);
		bh_buf_close(&out);
		bh_buf_close(&plain);
		bh_json_close(&doc);
	}
}

static void
chunk(const char *text, struct bh_buf *out)
{
	struct model_normal normal = {.has_begun = true};
	struct model_piece piece = {0};
	struct bh_json_doc doc = {0};
	struct model_chunk_head head;

	bh_buf_reset(out);
	model_chunk_head_init(&head, &(struct model_answer_head){"chatcmpl-1", "m", 5, false});
	assert_int_equal(bh_json_parse(text, strlen(text), &doc), 0);
	assert_int_equal(model_normal_event(&normal, doc.root, &piece), 0);
	model_chat_chunk(&piece, NULL, &head, out);
	model_normal_close(&normal);
	bh_json_close(&doc);
	bh_buf_close(&head.text);
}

static void
a_chunk_has_nothing_that_the_api_does_not_know(void **state)
{
	struct bh_buf out = {0};

	(void)state;
	chunk("{\"id\":\"theirs\",\"choices\":[{\"finish_reason\":null,\"timings\":1,"
		  "\"logprobs\":{\"content\":[{\"id\":7,\"token\":\"a\",\"logprob\":-0.5,\"bytes\":[97]}]},"
		  "\"delta\":{\"thinking\":\"x\",\"refusal\":null,\"content\":\"a\"}}]}",
		&out);
	assert_string_equal(bh_buf_string(&out),
		"{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":5,\"model\":\"m\","
		"\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"logprobs\":{\"content\":[{"
		"\"token\":\"a\",\"logprob\":-0.5,\"bytes\":[97],\"top_logprobs\":[]}],\"refusal\":null},"
		"\"finish_reason\":null}]}");
	bh_buf_close(&out);
}

static void
the_last_chunk_tells_the_usage(void **state)
{
	const struct model_usage usage = {.prompt_tokens = 9, .completion_tokens = 2};
	struct model_chunk_head head;
	struct bh_buf out = {0};

	(void)state;
	model_chunk_head_init(&head, &(struct model_answer_head){"chatcmpl-1", "m", 5, false});
	model_chat_usage_chunk(&usage, &head, &out);
	assert_string_equal(out.data,
		"{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":5,\"model\":\"m\","
		"\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11,"
		"\"prompt_tokens_details\":{\"cached_tokens\":0},"
		"\"completion_tokens_details\":{\"reasoning_tokens\":0}}}");
	bh_buf_close(&out);
	bh_buf_close(&head.text);
}

static void
tools_are_passed_on_and_what_says_nothing_is_not(void **state)
{
	const struct model_entry entry = {.upstream_name = "up"};
	struct bh_json_doc doc = {0};
	struct bh_buf out = {0};
	struct model_chat chat;

	(void)state;
	assert_int_equal(read_text("{" HI ",\"tools\":[{\"type\":\"function\",\"x\":1,\"function\":{"
							   "\"name\":\"f\",\"strict\":null,\"parameters\":{\"a\":1}}}],"
							   "\"tool_choice\":\"auto\",\"logprobs\":false,\"top_logprobs\":2}",
						 &doc, &chat),
		0);
	model_chat_write(&chat, &entry, 0, false, &out);
	assert_string_equal(out.data,
		"{\"model\":\"up\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"tools\":[{"
		"\"type\":"
		"\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"a\":1}}}],"
		"\"tool_choice\":\"auto\"}");
	bh_json_close(&doc);
	bh_buf_reset(&out);
	assert_int_equal(read_text("{" HI ",\"tools\":[],\"tool_choice\":\"none\","
							   "\"parallel_tool_calls\":true}",
						 &doc, &chat),
		0);
	model_chat_write(&chat, &entry, 0, false, &out);
	assert_string_equal(out.data,
		"{\"model\":\"up\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
	bh_json_close(&doc);
	bh_buf_close(&out);
}

static void
the_embedded_engine_gets_only_the_tools_that_the_choice_leaves(void **state)
{
#define F(name) "{\"type\":\"function\",\"function\":{\"name\":\"" name "\"}}"
	static const struct {
		const char *choice;
		bool managed;
		const char *told;
	} cases[] = {
		{"\"auto\"", true, ",\"tools\":[" F("f") "," F("g") "],\"tool_choice\":\"auto\","},
		{"\"none\"", true, "\"Hi\"}],\"stream\":true"},
		{"\"none\"", false, ",\"tools\":[" F("f") "," F("g") "],\"tool_choice\":\"none\""},
		{F("g"), true, "\"Hi\"}],\"tools\":[" F("g") "],\"tool_choice\":\"required\","},
		{F("g"), false, ",\"tools\":[" F("f") "," F("g") "],\"tool_choice\":" F("g")},
	};
	struct bh_json_doc doc = {0};
	struct model_chat chat;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(cases); i++) {
		const struct model_entry entry = {.upstream_name = "up", .managed = cases[i].managed};
		struct bh_buf body = {0}, out = {0};

		bh_buf_printf(&body, "{" HI ",\"tools\":[" F("f") "," F("g") "],\"tool_choice\":%s}",
			cases[i].choice);
		assert_int_equal(read_text(body.data, &doc, &chat), 0);
		model_chat_write(&chat, &entry, 0, false, &out);
		assert_non_null(strstr(bh_buf_string(&out), cases[i].told));
		assert_int_equal(strstr(out.data, "\"must_call\":true") != NULL,
			strstr(out.data, "\"required\"") != NULL);
		bh_json_close(&doc);
		bh_buf_close(&body);
		bh_buf_close(&out);
	}
	assert_int_equal(read_text("{" HI ",\"tools\":[" F("f") "],\"tool_choice\":" F("h") "}", &doc,
						 &chat),
		BH_E_INVALID);
	bh_json_close(&doc);
#undef F
}

static void
gathered_chunks_make_the_whole_answer(void **state)
{
	static const char *const events[] = {
		"{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}",
		("{\"choices\":[{\"delta\":{\"content\":\"Hel\"},\"logprobs\":{\"content\":[{"
		 "\"token\":\"Hel\",\"logprob\":-1,\"id\":3}]}}]}"),
		"{\"choices\":[{\"delta\":{\"content\":\"lo\"}}]}",
		"{\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}",
		("{\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,"
		 "\"prompt_tokens_details\":{\"cached_tokens\":1}}}"),
	};
	struct model_gather gather = {0};
	struct bh_json_doc doc = {0};
	struct bh_buf out = {0};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(events); i++) {
		assert_int_equal(bh_json_parse(events[i], strlen(events[i]), &doc), 0);
		assert_int_equal(model_gather_add(&gather, doc.root), 0);
		bh_json_close(&doc);
	}
	model_gather_write(&gather, &(struct model_answer_head){"id", "m", 5, false}, &gather.usage,
		&out);
	assert_non_null(strstr(out.data, "\"content\":\"Hello\""));
	assert_non_null(strstr(out.data, "\"finish_reason\":\"length\""));
	assert_non_null(strstr(out.data, "\"cached_tokens\":1"));
	assert_non_null(strstr(out.data,
		"\"logprobs\":{\"content\":[{\"token\":\"Hel\",\"logprob\":-1,\"bytes\":null,"
		"\"top_logprobs\":[]}],\"refusal\":null}"));
	assert_int_equal(gather.pieces, 2);
	assert_int_equal(gather.bytes, 5);
	bh_buf_close(&out);
	model_gather_close(&gather);
}

static void
a_usage_beyond_reason_is_none(void **state)
{
	static const char *const texts[] = {
		"{\"usage\":{\"prompt_tokens\":9000000000000000000,\"completion_tokens\":1}}",
		"{\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1000000001}}",
		"{\"usage\":{\"prompt_tokens_details\":{\"cached_tokens\":2000000000}}}",
		"{\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":-4}}",
		"{\"timings\":{\"prompt_n\":9223372036854775807,\"cache_n\":9223372036854775807}}",
		"{\"timings\":{\"prompt_n\":999999999,\"cache_n\":2}}",
		"{\"timings\":{\"prompt_n\":-1,\"cache_n\":2}}",
	};
	struct model_usage usage = {0};
	struct bh_json_doc doc = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(bh_json_parse(texts[i], strlen(texts[i]), &doc), 0);
		model_usage_read(doc.root, &usage);
		bh_json_close(&doc);
		assert_false(usage.present);
		assert_int_equal(usage.prompt_tokens, 0);
	}
	assert_int_equal(bh_json_parse("{\"usage\":{\"prompt_tokens\":1000000000}}", 38, &doc), 0);
	model_usage_read(doc.root, &usage);
	bh_json_close(&doc);
	assert_true(usage.present);
	assert_int_equal(usage.prompt_tokens, 1000000000);
}

/* An event as JSON, and what is known behind it. */
static void
follow(const char *text, int64_t bytes, struct model_usage *usage, bool *is_behind)
{
	struct bh_json_doc doc = {0};

	assert_int_equal(bh_json_parse(text, strlen(text), &doc), 0);
	model_usage_follow(doc.root, bytes, usage, is_behind);
	bh_json_close(&doc);
}

static void
a_usage_is_behind_once_output_passes_without_it(void **state)
{
	struct model_usage usage = {0};
	bool is_behind = false;

	(void)state;
	follow("{\"timings\":{\"cache_n\":5,\"prompt_n\":6,\"predicted_n\":2,\"prompt_ms\":1.5}}", 3,
		&usage, &is_behind);
	assert_true(usage.present && !is_behind);
	assert_int_equal(usage.prompt_tokens, 11);
	assert_int_equal(usage.cached_tokens, 5);
	assert_int_equal(usage.completion_tokens, 2);
	follow("{\"usage\":null}", 0, &usage, &is_behind);
	assert_true(usage.present && !is_behind);
	follow("{}", 1, &usage, &is_behind);
	follow("{\"usage\":null}", 0, &usage, &is_behind);
	assert_true(usage.present && is_behind);
	follow("{\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":4},\"timings\":{\"prompt_n\":1}"
		   "}",
		0, &usage, &is_behind);
	assert_true(usage.prompt_tokens == 11 && usage.completion_tokens == 4 && !is_behind);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_refusal_names_its_field),
		cmocka_unit_test(the_smaller_of_two_caps_counts),
		cmocka_unit_test(a_cap_goes_on_under_the_name_that_the_client_used),
		cmocka_unit_test(an_engine_gets_only_what_is_written_for_it),
		cmocka_unit_test(no_text_holds_a_control_mark),
		cmocka_unit_test(a_chunk_has_nothing_that_the_api_does_not_know),
		cmocka_unit_test(the_last_chunk_tells_the_usage),
		cmocka_unit_test(tools_are_passed_on_and_what_says_nothing_is_not),
		cmocka_unit_test(the_embedded_engine_gets_only_the_tools_that_the_choice_leaves),
		cmocka_unit_test(the_engine_is_told_the_scale_of_every_adapter_that_it_holds),
		cmocka_unit_test(gathered_chunks_make_the_whole_answer),
		cmocka_unit_test(a_usage_beyond_reason_is_none),
		cmocka_unit_test(a_usage_is_behind_once_output_passes_without_it),
	};

	return cmocka_run_group_tests_name("model/chat", tests, NULL, NULL);
}
