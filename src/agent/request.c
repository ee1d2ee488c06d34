/* SPDX-License-Identifier: Apache-2.0 */
/* request.c: the table of honoured, ignored and refused fields of POST /v1/responses. */
#include "agent/request.h"

#include <stdio.h>
#include <string.h>

#include "agent/tools.h"
#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"

#define AT(member) offsetof(struct agent_request, member)
#define SET(member) BH_SET(struct agent_request, member)
#define OPTIONAL BH_NULLABLE

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

static const struct bh_field text_fields[] = {
	{"format", BH_FIELD_ANY, AT(format), OPTIONAL},
	{"verbosity", BH_FIELD_CHOICE, AT(verbosity), OPTIONAL | BH_OMIT, .words = "low medium high"},
};

static const struct bh_field fields[] = {
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
	{"tools", BH_FIELD_ARRAY, AT(tools), OPTIONAL, 0, AGENT_TOOLS_MAX},
	{"tool_choice", BH_FIELD_ANY, AT(tool_choice), OPTIONAL},
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

static const struct bh_field plain_format_fields[] = {
	{"type", BH_FIELD_IGNORED, 0, BH_REQUIRED},
};

struct schema_format {
	const char *name, *description;
	const struct bh_json *schema;
	bool strict;
};

static const struct bh_field schema_format_fields[] = {
	{"type", BH_FIELD_IGNORED, 0, BH_REQUIRED},
	{"name", BH_FIELD_TEXT, offsetof(struct schema_format, name), BH_REQUIRED, 1, SCHEMA_NAME_MAX},
	{"schema", BH_FIELD_OBJECT, offsetof(struct schema_format, schema), BH_REQUIRED},
	{"description", BH_FIELD_TEXT, offsetof(struct schema_format, description), OPTIONAL},
	{"strict", BH_FIELD_BOOL, offsetof(struct schema_format, strict), OPTIONAL},
};

static int
format_check(const struct bh_json *format)
{
	static const char at[] = "text.format";
	const char *type = bh_json_string(bh_json_get(format, "type"));
	struct schema_format read = {0};

	if (format == NULL || bh_json_kind(format) == BH_JSON_NULL)
		return 0;
	if (type == NULL)
		return bh_error_param(BH_E_MISSING, "text.format.type",
			"The 'type' of the format is required.");
	if (strcmp(type, "text") == 0 || strcmp(type, "json_object") == 0)
		return bh_fields_read(NULL, format, BH_LIST(plain_format_fields), at, &read);
	if (strcmp(type, "json_schema") != 0)
		return bh_error_param(BH_E_INVALID, "text.format.type",
			"The 'type' of the format must be one of text, json_object, json_schema.");
	return bh_fields_read(NULL, format, BH_LIST(schema_format_fields), at, &read);
}

int
agent_request_read(struct bh_arena *arena, const struct bh_json *body, struct agent_request *out)
{
	struct agent_request request = {.store = true,
		.parallel_tool_calls = true,
		.truncation = "disabled",
		.metadata = "{}"};
	enum bh_json_kind kind;
	int rc;

	rc = bh_fields_read(arena, body, BH_LIST(fields), "", &request);
	if (rc < 0)
		return rc;
	kind = bh_json_kind(request.input);
	if (kind != BH_JSON_STRING && kind != BH_JSON_ARRAY)
		return bh_error_param(BH_E_TYPE, "input", "'input' must be a string or an array of items.");
	if (kind == BH_JSON_STRING ? bh_json_string_len(request.input) == 0
							   : bh_json_count(request.input) == 0)
		return bh_error_param(BH_E_RANGE, "input", "'input' must not be empty.");
	rc = include_check(&request);
	if (rc == 0)
		rc = format_check(request.format);
	if (rc == 0 && request.background && !request.store)
		rc = bh_error_param(BH_E_INVALID, "background",
			"'background' requires 'store' to be true, because the response is retrieved later.");
	if (rc == 0)
		rc = agent_tools_check(request.tools, &request.file_search);
	if (rc == 0)
		rc = agent_tools_choice_check(request.tool_choice, request.tools);
	if (rc == 0)
		*out = request;
	return rc;
}

bool
agent_request_searches(const struct bh_json *echo, const struct bh_json **out_tool)
{
	const struct bh_json *tools = bh_json_get(echo, "tools");
	const struct bh_json *choice = bh_json_get(echo, "tool_choice");
	const char *word = bh_json_string(choice);
	const char *type = bh_json_string(bh_json_get(choice, "type"));
	int64_t calls;

	if (bh_json_int(bh_json_get(echo, "max_tool_calls"), &calls) && calls == 0)
		return false;
	if ((word != NULL && strcmp(word, "none") == 0) ||
		(type != NULL && strcmp(type, "file_search") != 0))
		return false;
	for (size_t i = 0; i < bh_json_count(tools); i++) {
		const struct bh_json *tool = bh_json_at(tools, i);

		if (strcmp(bh_json_string(bh_json_get(tool, "type")), "file_search") == 0) {
			*out_tool = tool;
			return true;
		}
	}
	return false;
}

/* Nulls are left out: the description of an answer has none here. */
static void
write_format(struct bh_write *write, const struct bh_json *format)
{
	static const char *const members[] = {"type", "name", "description", "schema", "strict"};

	bh_write_object(write);
	if (bh_json_kind(format) != BH_JSON_OBJECT)
		bh_write_pair_text(write, "type", "text");
	for (size_t i = 0; i < BH_COUNT(members); i++) {
		const struct bh_json *value = bh_json_get(format, members[i]);

		if (value != NULL && bh_json_kind(value) != BH_JSON_NULL)
			bh_write_pair_json(write, members[i], value);
	}
	bh_write_end(write);
}

static int64_t
zero(const void *row)
{
	(void)row;
	return 0;
}

/* What stands before the text's format and the tools, and behind them. */
static const struct bh_field echo_before[] = {
	{"background", BH_FIELD_BOOL, AT(background)},
	{"instructions", BH_FIELD_TEXT, AT(instructions)},
	{"max_output_tokens", BH_FIELD_INT, AT(max_output_tokens), .set = SET(has_max_output_tokens)},
	{"max_tool_calls", BH_FIELD_INT, AT(max_tool_calls), .set = SET(has_max_tool_calls)},
	{"parallel_tool_calls", BH_FIELD_BOOL, AT(parallel_tool_calls)},
	{"previous_response_id", BH_FIELD_TEXT, AT(previous_response_id)},
	{"prompt_cache_key", BH_FIELD_TEXT, AT(prompt_cache_key), BH_OMIT},
	{"reasoning", BH_FIELD_OBJECT, BH_FIELDS(reasoning_fields)},
	{"safety_identifier", BH_FIELD_TEXT, AT(safety_identifier), BH_OMIT},
	{"service_tier", BH_FIELD_CONST, .words = "default"},
	{"temperature", BH_FIELD_DOUBLE, AT(temperature), .set = SET(has_temperature)},
};

static const struct bh_field echo_after[] = {
	{"top_logprobs", BH_FIELD_INT, .number_of = zero},
	{"top_p", BH_FIELD_DOUBLE, AT(top_p), .set = SET(has_top_p)},
	{"truncation", BH_FIELD_TEXT, AT(truncation)},
	{"user", BH_FIELD_TEXT, AT(user), BH_OMIT},
	{"metadata", BH_FIELD_METADATA, AT(metadata)},
};

void
agent_request_echo(const struct agent_request *request, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_fields_write_members(&write, BH_LIST(echo_before), request);
	bh_write_name(&write, "text");
	bh_write_object(&write);
	bh_write_name(&write, "format");
	write_format(&write, request->format);
	if (request->verbosity != NULL)
		bh_write_pair_text(&write, "verbosity", request->verbosity);
	bh_write_end(&write);
	agent_tools_echo(request->tools, request->tool_choice, &write);
	bh_fields_write_members(&write, BH_LIST(echo_after), request);
	bh_write_end(&write);
}
