/* SPDX-License-Identifier: Apache-2.0 */
/* chat_fields.c: the chat request's table: what is honoured, passed on to the engine, ignored, refused. */
#include "json/fields.h"
#include "model/chat.h"
#include "model/http.h"

enum { MESSAGES_MAX = 2048, TOOLS_MAX = 128 };

static const struct bh_field called_fields[] = {
	{"name", BH_FIELD_TEXT, .flags = BH_REQUIRED},
	{"arguments", BH_FIELD_TEXT, .flags = BH_REQUIRED},
};

static const struct bh_field call_fields[] = {
	{"id", BH_FIELD_TEXT, .flags = BH_REQUIRED},
	{"type", BH_FIELD_CONST, .words = "function", .flags = BH_REQUIRED},
	{"function", BH_FIELD_OBJECT, .flags = BH_REQUIRED, BH_FIELDS(called_fields)},
};

static const struct bh_field call_row = {"", BH_FIELD_OBJECT, BH_FIELDS(call_fields)};

static const struct bh_field message_fields[] = {
	/* rewritten for the engine */
	{"role", BH_FIELD_CHOICE, .flags = BH_REQUIRED | BH_WRITE_ONLY,
		.words = "system developer user assistant tool"},
	{"content", BH_FIELD_ANY, .flags = BH_WRITE_ONLY},
	/* passed on */
	{"refusal", BH_FIELD_TEXT, .flags = BH_OMIT},
	{"name", BH_FIELD_TEXT, .flags = BH_OMIT},
	{"tool_call_id", BH_FIELD_TEXT, .flags = BH_OMIT},
	{"tool_calls", BH_FIELD_ARRAY, .flags = BH_OMIT, .element = &call_row},
};

const struct bh_field model_chat_message_row = {"", BH_FIELD_OBJECT, BH_FIELDS(message_fields)};

static const struct bh_field function_fields[] = {
	{"name", BH_FIELD_TEXT, .flags = BH_REQUIRED},
	{"description", BH_FIELD_TEXT, .flags = BH_OMIT},
	{"parameters", BH_FIELD_OBJECT, .flags = BH_OMIT},
	{"strict", BH_FIELD_BOOL, .flags = BH_OMIT | BH_NULLABLE},
};

static const struct bh_field tool_fields[] = {
	{"type", BH_FIELD_CONST, .words = "function", .flags = BH_REQUIRED},
	{"function", BH_FIELD_OBJECT, .flags = BH_REQUIRED, BH_FIELDS(function_fields)},
};

static const struct bh_field tool_row = {"", BH_FIELD_OBJECT, BH_FIELDS(tool_fields)};

static const struct bh_field schema_fields[] = {
	{"name", BH_FIELD_TEXT, .flags = BH_REQUIRED},
	{"description", BH_FIELD_TEXT, .flags = BH_OMIT},
	{"schema", BH_FIELD_OBJECT, .flags = BH_REQUIRED},
	{"strict", BH_FIELD_BOOL, .flags = BH_OMIT | BH_NULLABLE},
};

static const struct bh_field format_fields[] = {
	{"type", BH_FIELD_CHOICE, .flags = BH_REQUIRED, .words = "text json_object json_schema"},
	{"json_schema", BH_FIELD_OBJECT, .flags = BH_OMIT, BH_FIELDS(schema_fields)},
};

#define AT(member) offsetof(struct model_chat, member)
#define SET(member) BH_SET(struct model_chat, member)
#define OURS (BH_NULLABLE | BH_WRITE_ONLY)
#define PASSED (BH_NULLABLE | BH_OMIT)

static const struct bh_field fields[] = {
	/* rewritten for the engine, or answered here */
	{"messages", BH_FIELD_ARRAY, AT(messages), BH_REQUIRED | BH_WRITE_ONLY | BH_PICKED, 1,
		MESSAGES_MAX, .element = &model_chat_message_row},
	{"model", BH_FIELD_TEXT, AT(model), BH_REQUIRED | BH_WRITE_ONLY, 1, 256},
	{"max_tokens", BH_FIELD_INT, AT(max_tokens), OURS, 1, 10000000, .set = SET(has_max_tokens)},
	{"max_completion_tokens", BH_FIELD_INT, AT(max_completion_tokens), OURS, 1, 10000000,
		.set = SET(has_max_completion_tokens)},
	{"n", BH_FIELD_INT, AT(n), OURS, 1, 1},
	{"stream", BH_FIELD_BOOL, AT(stream), OURS},
	{"stream_options", BH_FIELD_OBJECT, AT(stream_options), OURS},
	{"modalities", BH_FIELD_ARRAY, AT(modalities), OURS, 0, 4},
	/* passed on */
	{"temperature", BH_FIELD_DOUBLE, AT(temperature), PASSED, 0, 2, .set = SET(has_temperature)},
	{"top_p", BH_FIELD_DOUBLE, AT(top_p), PASSED, 0, 1, .set = SET(has_top_p)},
	{"frequency_penalty", BH_FIELD_DOUBLE, AT(frequency_penalty), PASSED, -2, 2,
		.set = SET(has_frequency_penalty)},
	{"presence_penalty", BH_FIELD_DOUBLE, AT(presence_penalty), PASSED, -2, 2,
		.set = SET(has_presence_penalty)},
	{"seed", BH_FIELD_INT, AT(seed), PASSED, .set = SET(has_seed)},
	{"stop", BH_FIELD_ANY, AT(stop), PASSED},
	{"logit_bias", BH_FIELD_OBJECT, AT(logit_bias), PASSED},
	{"logprobs", BH_FIELD_BOOL, AT(logprobs), PASSED, .set = SET(has_logprobs)},
	{"top_logprobs", BH_FIELD_INT, AT(top_logprobs), PASSED, 0, 20, .set = SET(has_top_logprobs)},
	{"tools", BH_FIELD_ARRAY, AT(tools), PASSED | BH_PICKED, 0, TOOLS_MAX, .element = &tool_row},
	{"tool_choice", BH_FIELD_ANY, AT(tool_choice), PASSED},
	{"parallel_tool_calls", BH_FIELD_BOOL, AT(parallel_tool_calls), PASSED,
		.set = SET(has_parallel_tool_calls)},
	{"response_format", BH_FIELD_OBJECT, AT(response_format), PASSED | BH_PICKED,
		BH_FIELDS(format_fields)},
	/* accepted and without effect: hints, labels, caches of the provider's */
	{"metadata", BH_FIELD_IGNORED},
	{"moderation", BH_FIELD_IGNORED},
	{"prediction", BH_FIELD_IGNORED},
	{"prompt_cache_key", BH_FIELD_IGNORED},
	{"prompt_cache_retention", BH_FIELD_IGNORED},
	{"reasoning_effort", BH_FIELD_IGNORED},
	{"safety_identifier", BH_FIELD_IGNORED},
	{"service_tier", BH_FIELD_IGNORED},
	{"store", BH_FIELD_IGNORED},
	{"user", BH_FIELD_IGNORED},
	{"verbosity", BH_FIELD_IGNORED},
	/* refused: part of the API, not of this platform */
	{"audio", BH_FIELD_REFUSED},
	{"function_call", BH_FIELD_REFUSED},
	{"functions", BH_FIELD_REFUSED},
	{"web_search_options", BH_FIELD_REFUSED},
};

const struct bh_shape model_chat_create = BH_SHAPE("ChatCreate", struct model_chat, fields);
