/* SPDX-License-Identifier: Apache-2.0 */
/* request.c: the table of honoured, ignored and refused fields of POST /v1/responses. */
#include "agent/request.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"

#define AT(member) offsetof(struct agent_request, member)
#define SET(member) BH_SET(struct agent_request, member)
#define FORMAT(member) offsetof(struct agent_format, member)
#define OPTIONAL BH_NULLABLE

#define TOOLS BH_ELEMENTS(struct agent_request, tools, n_tools, &agent_tools_row)

enum { SCHEMA_NAME_MAX = 64 };

static const struct bh_field reasoning_fields[] = {
	/* repeated in the answer and without effect */
	{"effort", BH_FIELD_CHOICE, AT(effort), OPTIONAL,
		.words = "none minimal low medium high xhigh max"},
	{"summary", BH_FIELD_CHOICE, AT(summary), OPTIONAL, .words = "auto concise detailed"},
	/* accepted and without effect: our models' thoughts are neither kept nor shown */
	{"context", BH_FIELD_IGNORED},
	{"generate_summary", BH_FIELD_IGNORED},
	{"mode", BH_FIELD_IGNORED},
};

static const struct bh_field plain_format_fields[] = {
	{"type", BH_FIELD_TEXT, FORMAT(type)},
};

static const struct bh_field schema_format_fields[] = {
	{"type", BH_FIELD_TEXT, FORMAT(type)},
	{"name", BH_FIELD_TEXT, FORMAT(name), BH_REQUIRED, 1, SCHEMA_NAME_MAX},
	{"schema", BH_FIELD_OBJECT, FORMAT(schema), BH_REQUIRED},
	{"description", BH_FIELD_TEXT, FORMAT(description), OPTIONAL | BH_OMIT},
	{"strict", BH_FIELD_BOOL, FORMAT(strict), OPTIONAL | BH_OMIT,
		.set = BH_SET(struct agent_format, has_strict)},
};

static const struct bh_shape formats[] = {
	BH_SHAPE("text", struct agent_format, plain_format_fields),
	BH_SHAPE("json_object", struct agent_format, plain_format_fields),
	BH_SHAPE("json_schema", struct agent_format, schema_format_fields),
};

static const struct bh_field text_fields[] = {
	{"format", BH_FIELD_UNION, AT(format), OPTIONAL, BH_VARIANTS(formats)},
	{"verbosity", BH_FIELD_CHOICE, AT(verbosity), OPTIONAL | BH_OMIT, .words = "low medium high"},
};

#define EXTENSION \
	{"grounding", BH_FIELD_CHOICE, AT(grounding), OPTIONAL, .words = "strict mark off"}, \
	{ \
		"queries", BH_FIELD_INT, AT(queries), OPTIONAL, 1, AGENT_QUERIES_MAX \
	}

static const struct bh_field body_extension_fields[] = {
	EXTENSION,
	{"chat", BH_FIELD_TEXT, AT(chat), OPTIONAL, 1, 256},
};

static const struct bh_field body_fields[] = {
	/* honoured */
	{"model", BH_FIELD_TEXT, AT(model), BH_REQUIRED, 1, 256},
	{"input", BH_FIELD_ANY, AT(input), BH_REQUIRED},
	{"instructions", BH_FIELD_TEXT, AT(instructions), OPTIONAL, 0, 1000000},
	{"stream", BH_FIELD_BOOL, AT(stream), OPTIONAL},
	{"stream_options", BH_FIELD_OBJECT, AT(stream_options), OPTIONAL},
	{"store", BH_FIELD_BOOL, AT(store), OPTIONAL},
	{"background", BH_FIELD_BOOL, AT(background), OPTIONAL},
	{"previous_response_id", BH_FIELD_TEXT, AT(previous_response_id), OPTIONAL, 1, 256},
	{"include", BH_FIELD_ARRAY, AT(include), OPTIONAL, 0, 16},
	{"tools", BH_FIELD_ARRAY, AT(tools), OPTIONAL, 0, AGENT_TOOLS_MAX, TOOLS},
	{"tool_choice", BH_FIELD_JSON, AT(tool_choice), OPTIONAL},
	{"parallel_tool_calls", BH_FIELD_BOOL, AT(parallel_tool_calls), OPTIONAL},
	{"max_output_tokens", BH_FIELD_INT, AT(max_output_tokens), OPTIONAL, 1, 10000000,
		.set = SET(has_max_output_tokens)},
	{"max_tool_calls", BH_FIELD_INT, AT(max_tool_calls), OPTIONAL, 0, 1000000,
		.set = SET(has_max_tool_calls)},
	{"temperature", BH_FIELD_DOUBLE, AT(temperature), OPTIONAL, 0, 2, .set = SET(has_temperature)},
	{"top_p", BH_FIELD_DOUBLE, AT(top_p), OPTIONAL, 0, 1, .set = SET(has_top_p)},
	{"metadata", BH_FIELD_METADATA, AT(metadata), OPTIONAL},
	{"text", BH_FIELD_OBJECT, 0, OPTIONAL, BH_FIELDS(text_fields)},
	{"truncation", BH_FIELD_CHOICE, AT(truncation), OPTIONAL, .words = "auto disabled"},
	{"bulkhead", BH_FIELD_OBJECT, 0, OPTIONAL, BH_FIELDS(body_extension_fields)},
	/* repeated in the answer and without effect */
	{"reasoning", BH_FIELD_OBJECT, 0, OPTIONAL, BH_FIELDS(reasoning_fields)},
	{"user", BH_FIELD_TEXT, AT(user), OPTIONAL, 0, 512},
	{"safety_identifier", BH_FIELD_TEXT, AT(safety_identifier), OPTIONAL, 0, 512},
	{"prompt_cache_key", BH_FIELD_TEXT, AT(prompt_cache_key), OPTIONAL, 0, 512},
	/* accepted and without effect: hints to a provider's caches, tiers and filters */
	{"prompt_cache_options", BH_FIELD_IGNORED},
	{"prompt_cache_retention", BH_FIELD_IGNORED},
	{"service_tier", BH_FIELD_IGNORED},
	{"moderation", BH_FIELD_IGNORED},
	{"top_logprobs", BH_FIELD_IGNORED},
	/* refused: part of the API, not of this platform */
	{"conversation", BH_FIELD_REFUSED},
	{"context_management", BH_FIELD_REFUSED},
	{"prompt", BH_FIELD_REFUSED},
};

const struct bh_shape agent_request_body = BH_SHAPE("ResponseCreate", struct agent_request,
	body_fields);

bool
agent_request_include(const char *name, bool *results)
{
	static const char known[] =
		"file_search_call.results web_search_call.results web_search_call.action.sources "
		"message.input_image.image_url computer_call_output.output.image_url "
		"code_interpreter_call.outputs reasoning.encrypted_content message.output_text.logprobs";

	if (!bh_text_has_word(known, name))
		return false;
	*results = *results || strcmp(name, "file_search_call.results") == 0;
	return true;
}

static int
include_check(struct agent_request *request)
{
	char param[32];

	for (size_t i = 0; i < bh_json_count(request->include); i++) {
		const char *name = bh_json_string(bh_json_at(request->include, i));

		snprintf(param, sizeof(param), "include.%zu", i);
		if (name == NULL || !agent_request_include(name, &request->include_results))
			return bh_error_param(BH_E_INVALID, param, "Unknown value for 'include': '%.64s'.",
				name != NULL ? name : "");
	}
	return 0;
}

static int
check_input(const struct bh_json *input)
{
	enum bh_json_kind kind = bh_json_kind(input);

	if (kind != BH_JSON_STRING && kind != BH_JSON_ARRAY)
		return bh_error_param(BH_E_TYPE, "input", "'input' must be a string or an array of items.");
	if (kind == BH_JSON_STRING ? bh_json_string_len(input) == 0 : bh_json_count(input) == 0)
		return bh_error_param(BH_E_RANGE, "input", "'input' must not be empty.");
	return 0;
}

/* The tools and the choice among them, checked and with defaults. */
static int
read_tools(const struct bh_json *object, struct agent_request *request)
{
	const struct bh_json *choice = bh_json_get(object, "tool_choice");
	int rc = agent_tools_check(request->tools, request->n_tools, &request->file_search);

	if (bh_json_kind(choice) == BH_JSON_NULL)
		choice = NULL;
	return rc < 0 ? rc
				  : agent_tools_choice(choice, request->tools, request->n_tools, &request->choice);
}

static const struct agent_request preset = {
	.store = true,
	.parallel_tool_calls = true,
	.truncation = "disabled",
	.metadata = "{}",
	.tool_choice = "\"auto\"",
	.format.type = "text",
	.queries = 1,
};

/* Sentences are checked: what is no text has none. */
static int
check_grounding(const struct agent_request *request)
{
	if (request->grounding == NULL || strcmp(request->grounding, "strict") != 0 ||
		strcmp(request->format.type, "text") == 0)
		return 0;
	return bh_error_param(BH_E_INVALID, "bulkhead.grounding",
		"'bulkhead.grounding' can be strict only where 'text.format' is text.");
}

int
agent_request_read(struct bh_arena *arena, const struct bh_json *body, struct agent_request *out)
{
	struct agent_request request = preset;
	int rc = bh_fields_read(arena, body, BH_LIST(body_fields), "", &request);

	if (rc == 0)
		rc = check_input(request.input);
	if (rc == 0)
		rc = include_check(&request);
	if (rc == 0 && request.background && !request.store)
		rc = bh_error_param(BH_E_INVALID, "background",
			"'background' requires 'store' to be true, because the response is retrieved later.");
	if (rc == 0 && request.chat != NULL && !request.store)
		rc = bh_error_param(BH_E_INVALID, "bulkhead.chat",
			"'bulkhead.chat' requires 'store' to be true, because a chat is what is kept.");
	if (rc == 0)
		rc = read_tools(body, &request);
	if (rc == 0)
		rc = check_grounding(&request);
	if (rc == 0)
		*out = request;
	return rc;
}

static const struct bh_field echo_extension_fields[] = {
	EXTENSION,
	{"images", BH_FIELD_CHOICE, AT(images), OPTIONAL | BH_OMIT, .words = "described"},
};

static const struct bh_field echo_fields[] = {
	{"background", BH_FIELD_BOOL, AT(background)},
	{"instructions", BH_FIELD_TEXT, AT(instructions), OPTIONAL},
	{"max_output_tokens", BH_FIELD_INT, AT(max_output_tokens), OPTIONAL,
		.set = SET(has_max_output_tokens)},
	{"max_tool_calls", BH_FIELD_INT, AT(max_tool_calls), OPTIONAL, .set = SET(has_max_tool_calls)},
	{"parallel_tool_calls", BH_FIELD_BOOL, AT(parallel_tool_calls)},
	{"previous_response_id", BH_FIELD_TEXT, AT(previous_response_id), OPTIONAL},
	{"prompt_cache_key", BH_FIELD_TEXT, AT(prompt_cache_key), BH_OMIT},
	{"reasoning", BH_FIELD_OBJECT, BH_FIELDS(reasoning_fields)},
	{"safety_identifier", BH_FIELD_TEXT, AT(safety_identifier), BH_OMIT},
	{"service_tier", BH_FIELD_CONST, .words = "default"},
	{"temperature", BH_FIELD_DOUBLE, AT(temperature), OPTIONAL, .set = SET(has_temperature)},
	{"text", BH_FIELD_OBJECT, BH_FIELDS(text_fields)},
	{"tool_choice", BH_FIELD_JSON, AT(tool_choice)},
	{"tools", BH_FIELD_ARRAY, AT(tools), TOOLS},
	{"top_logprobs", BH_FIELD_INT, AT(top_logprobs)},
	{"top_p", BH_FIELD_DOUBLE, AT(top_p), OPTIONAL, .set = SET(has_top_p)},
	{"truncation", BH_FIELD_TEXT, AT(truncation)},
	{"user", BH_FIELD_TEXT, AT(user), BH_OMIT},
	{"metadata", BH_FIELD_METADATA, AT(metadata)},
	{"bulkhead", BH_FIELD_OBJECT, 0, BH_OMIT, .set = SET(extended),
		BH_FIELDS(echo_extension_fields)},
};

const struct bh_shape agent_request_echo = BH_SHAPE(NULL, struct agent_request, echo_fields);

int
agent_request_again(struct bh_arena *arena, const struct bh_json *echo, struct agent_request *out)
{
	struct agent_request request = preset;
	int rc = bh_fields_read(arena, echo, BH_LIST(echo_fields), "", &request);

	if (rc == 0)
		rc = read_tools(echo, &request);
	if (rc < 0)
		return bh_error(BH_E_JSON, "a kept request cannot be read");
	*out = request;
	return 0;
}

bool
agent_request_is_strict(const struct agent_request *request)
{
	return request->grounding != NULL && strcmp(request->grounding, "strict") == 0;
}

bool
agent_request_is_marked(const struct agent_request *request)
{
	return request->grounding == NULL || strcmp(request->grounding, "off") != 0;
}

bool
agent_request_truncates(const struct agent_request *request)
{
	return strcmp(request->truncation, "auto") == 0;
}

const struct agent_tool *
agent_request_searches(const struct agent_request *request)
{
	bool none = request->has_max_tool_calls && request->max_tool_calls == 0;

	return none || !bh_text_has_word("auto required file_search", request->choice.kind)
		? NULL
		: request->file_search;
}
