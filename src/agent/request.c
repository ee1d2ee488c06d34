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

enum {
	METADATA_PAIRS_MAX = 16,
	METADATA_NAME_MAX = 64,
	METADATA_VALUE_MAX = 512,
	SCHEMA_NAME_MAX = 64
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
	{"max_output_tokens", BH_FIELD_INT, AT(max_output_tokens), OPTIONAL, 1, 10000000},
	{"max_tool_calls", BH_FIELD_INT, AT(max_tool_calls), OPTIONAL, 0, 1000000},
	{"temperature", BH_FIELD_DOUBLE, AT(temperature), OPTIONAL, 0, 2, .set = SET(has_temperature)},
	{"top_p", BH_FIELD_DOUBLE, AT(top_p), OPTIONAL, 0, 1, .set = SET(has_top_p)},
	{"metadata", BH_FIELD_OBJECT, AT(metadata), OPTIONAL},
	{"text", BH_FIELD_OBJECT, AT(text), OPTIONAL},
	{"truncation", BH_FIELD_TEXT, AT(truncation), OPTIONAL, 1, 16},
	/* repeated in the answer and without effect */
	{"reasoning", BH_FIELD_OBJECT, AT(reasoning), OPTIONAL},
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

static bool
is_one_of(const char *text, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(text, list[i]) == 0)
			return true;
	}
	return false;
}

bool
agent_request_include(const char *name, bool *results)
{
	static const char *const known[] = {
		"file_search_call.results",
		"web_search_call.results",
		"web_search_call.action.sources",
		"message.input_image.image_url",
		"computer_call_output.output.image_url",
		"code_interpreter_call.outputs",
		"reasoning.encrypted_content",
		"message.output_text.logprobs",
	};

	if (!is_one_of(name, BH_LIST(known)))
		return false;
	*results = *results || strcmp(name, known[0]) == 0;
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
			return bh_error_param(BH_E_INVALID, param, "This is nothing that can be included.");
	}
	return 0;
}

static int
metadata_check(const struct bh_json *metadata)
{
	const struct bh_json *value;
	const char *name;
	void *cursor = NULL;

	if (bh_json_count(metadata) > METADATA_PAIRS_MAX)
		return bh_error_param(BH_E_RANGE, "metadata", "Metadata has at most %d members.",
			METADATA_PAIRS_MAX);
	while (metadata != NULL && bh_json_next(metadata, &cursor, &name, &value)) {
		if (bh_json_kind(value) != BH_JSON_STRING)
			return bh_error_param(BH_E_TYPE, "metadata", "Metadata maps names to strings.");
		if (bh_text_points(name, strlen(name)) > METADATA_NAME_MAX ||
			bh_text_points(bh_json_string(value), bh_json_string_len(value)) > METADATA_VALUE_MAX)
			return bh_error_param(BH_E_RANGE, "metadata",
				"A name of metadata has at most %d characters, a value %d.", METADATA_NAME_MAX,
				METADATA_VALUE_MAX);
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
		return bh_error_param(BH_E_MISSING, "text.format.type", "The format needs a type.");
	if (strcmp(type, "text") == 0 || strcmp(type, "json_object") == 0)
		return bh_fields_read(NULL, format, BH_LIST(plain_format_fields), at, &read);
	if (strcmp(type, "json_schema") != 0)
		return bh_error_param(BH_E_INVALID, "text.format.type",
			"The type is one of text, json_object and json_schema.");
	return bh_fields_read(NULL, format, BH_LIST(schema_format_fields), at, &read);
}

static int
text_check(const struct bh_json *text)
{
	static const struct bh_field members[] = {
		{"format", BH_FIELD_ANY, 0, OPTIONAL},
		{"verbosity", BH_FIELD_IGNORED},
	};
	static const char *const verbosities[] = {"low", "medium", "high"};
	const struct bh_json *verbosity = bh_json_get(text, "verbosity");
	const struct bh_json *format = NULL;
	int rc;

	if (text == NULL)
		return 0;
	rc = bh_fields_read(NULL, text, BH_LIST(members), "text", &format);
	if (rc < 0)
		return rc;
	if (verbosity != NULL && bh_json_kind(verbosity) != BH_JSON_NULL &&
		(bh_json_string(verbosity) == NULL ||
			!is_one_of(bh_json_string(verbosity), BH_LIST(verbosities))))
		return bh_error_param(BH_E_INVALID, "text.verbosity",
			"The verbosity is one of low, medium and high.");
	return format_check(format);
}

struct reasoning {
	const char *effort, *summary;
};

static int
reasoning_check(const struct bh_json *reasoning)
{
	static const struct bh_field members[] = {
		/* repeated in the answer and without effect */
		{"effort", BH_FIELD_TEXT, offsetof(struct reasoning, effort), OPTIONAL},
		{"summary", BH_FIELD_TEXT, offsetof(struct reasoning, summary), OPTIONAL},
		/* accepted and without effect: our models' thoughts are neither kept nor shown */
		{"context", BH_FIELD_IGNORED},
		{"generate_summary", BH_FIELD_IGNORED},
		{"mode", BH_FIELD_IGNORED},
	};
	static const char *const efforts[] = {"none", "minimal", "low", "medium", "high", "xhigh",
		"max"};
	static const char *const summaries[] = {"auto", "concise", "detailed"};
	struct reasoning read = {0};
	int rc;

	if (reasoning == NULL)
		return 0;
	rc = bh_fields_read(NULL, reasoning, BH_LIST(members), "reasoning", &read);
	if (rc < 0)
		return rc;
	if (read.effort != NULL && !is_one_of(read.effort, BH_LIST(efforts)))
		return bh_error_param(BH_E_INVALID, "reasoning.effort",
			"The effort is one of none, minimal, low, medium, high, xhigh and max.");
	if (read.summary != NULL && !is_one_of(read.summary, BH_LIST(summaries)))
		return bh_error_param(BH_E_INVALID, "reasoning.summary",
			"The summary is one of auto, concise and detailed.");
	return 0;
}

static int
options_check(const struct agent_request *request)
{
	static const char *const truncations[] = {"auto", "disabled"};

	if (request->truncation != NULL && !is_one_of(request->truncation, BH_LIST(truncations)))
		return bh_error_param(BH_E_INVALID, "truncation", "Truncation is auto or disabled.");
	if (request->background && !request->store)
		return bh_error_param(BH_E_INVALID, "background",
			"A background response is read later, so it needs store to be true.");
	return 0;
}

int
agent_request_read(const struct bh_json *body, struct agent_request *out)
{
	struct agent_request request = {.store = true,
		.parallel_tool_calls = true,
		.max_tool_calls = -1};
	enum bh_json_kind kind;
	int rc;

	rc = bh_fields_read(NULL, body, BH_LIST(fields), "", &request);
	if (rc < 0)
		return rc;
	kind = bh_json_kind(request.input);
	if (kind != BH_JSON_STRING && kind != BH_JSON_ARRAY)
		return bh_error_param(BH_E_TYPE, "input", "The input is a string or an array of items.");
	if (kind == BH_JSON_STRING ? bh_json_string_len(request.input) == 0
							   : bh_json_count(request.input) == 0)
		return bh_error_param(BH_E_RANGE, "input", "The input is empty.");
	rc = include_check(&request);
	if (rc == 0)
		rc = metadata_check(request.metadata);
	if (rc == 0)
		rc = text_check(request.text);
	if (rc == 0)
		rc = reasoning_check(request.reasoning);
	if (rc == 0)
		rc = options_check(&request);
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

static void
write_text_format(struct bh_write *write, const struct bh_json *text)
{
	const struct bh_json *format = bh_json_get(text, "format");
	const struct bh_json *verbosity = bh_json_get(text, "verbosity");

	bh_write_name(write, "text");
	bh_write_object(write);
	bh_write_name(write, "format");
	write_format(write, format);
	if (bh_json_kind(verbosity) == BH_JSON_STRING)
		bh_write_pair_json(write, "verbosity", verbosity);
	bh_write_end(write);
}

static void
write_reasoning(struct bh_write *write, const struct bh_json *reasoning)
{
	bh_write_name(write, "reasoning");
	bh_write_object(write);
	bh_write_pair_json(write, "effort", bh_json_get(reasoning, "effort"));
	bh_write_pair_json(write, "summary", bh_json_get(reasoning, "summary"));
	bh_write_end(write);
}

/* A number, or null where the engine's own default holds. */
static void
write_number(struct bh_write *write, const char *name, bool given, double value)
{
	if (given)
		bh_write_pair_double(write, name, value);
	else
		bh_write_pair_null(write, name);
}

static void
write_optional(struct bh_write *write, const char *name, const char *text)
{
	if (text != NULL)
		bh_write_pair_text(write, name, text);
}

static void
write_limits(struct bh_write *write, const struct agent_request *request)
{
	if (request->max_output_tokens > 0)
		bh_write_pair_int(write, "max_output_tokens", request->max_output_tokens);
	else
		bh_write_pair_null(write, "max_output_tokens");
	if (request->max_tool_calls >= 0)
		bh_write_pair_int(write, "max_tool_calls", request->max_tool_calls);
	else
		bh_write_pair_null(write, "max_tool_calls");
}

void
agent_request_echo(const struct agent_request *request, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_pair_bool(&write, "background", request->background);
	bh_write_pair_text(&write, "instructions", request->instructions);
	write_limits(&write, request);
	bh_write_pair_bool(&write, "parallel_tool_calls", request->parallel_tool_calls);
	bh_write_pair_text(&write, "previous_response_id", request->previous_response_id);
	write_optional(&write, "prompt_cache_key", request->prompt_cache_key);
	write_reasoning(&write, request->reasoning);
	write_optional(&write, "safety_identifier", request->safety_identifier);
	bh_write_pair_text(&write, "service_tier", "default");
	write_number(&write, "temperature", request->has_temperature, request->temperature);
	write_text_format(&write, request->text);
	agent_tools_echo(request->tools, request->tool_choice, &write);
	bh_write_pair_int(&write, "top_logprobs", 0);
	write_number(&write, "top_p", request->has_top_p, request->top_p);
	bh_write_pair_text(&write, "truncation",
		request->truncation != NULL ? request->truncation : "disabled");
	write_optional(&write, "user", request->user);
	bh_write_name(&write, "metadata");
	if (request->metadata != NULL) {
		bh_write_json(&write, request->metadata);
	} else {
		bh_write_object(&write);
		bh_write_end(&write);
	}
	bh_write_end(&write);
}
