/* SPDX-License-Identifier: Apache-2.0 */
/* chat_read.c: the chat request's table of honoured, ignored and refused fields, and its messages. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "json/fields.h"
#include "model/chat.h"

enum { MESSAGES_MAX = 2048, TOOLS_MAX = 128, SCHEMA_BYTES_MAX = 64 * 1024 };

#define AT(member) offsetof(struct model_chat, member)
#define SET(member) BH_SET(struct model_chat, member)
#define OPTIONAL BH_NULLABLE

static const struct bh_field fields[] = {
	/* honoured */
	{"messages", BH_FIELD_ARRAY, AT(messages), BH_REQUIRED, 1, MESSAGES_MAX},
	{"model", BH_FIELD_TEXT, AT(model), BH_REQUIRED, 1, 256},
	{"temperature", BH_FIELD_DOUBLE, AT(temperature), OPTIONAL, 0, 2, .set = SET(has_temperature)},
	{"top_p", BH_FIELD_DOUBLE, AT(top_p), OPTIONAL, 0, 1, .set = SET(has_top_p)},
	{"frequency_penalty", BH_FIELD_DOUBLE, AT(frequency_penalty), OPTIONAL, -2, 2,
		.set = SET(has_frequency_penalty)},
	{"presence_penalty", BH_FIELD_DOUBLE, AT(presence_penalty), OPTIONAL, -2, 2,
		.set = SET(has_presence_penalty)},
	{"max_tokens", BH_FIELD_INT, AT(max_tokens), OPTIONAL, 1, 10000000, .set = SET(has_max_tokens)},
	{"max_completion_tokens", BH_FIELD_INT, AT(max_completion_tokens), OPTIONAL, 1, 10000000,
		.set = SET(has_max_completion_tokens)},
	{"n", BH_FIELD_INT, AT(n), OPTIONAL, 1, 1},
	{"seed", BH_FIELD_INT, AT(seed), OPTIONAL, .set = SET(has_seed)},
	{"stop", BH_FIELD_ANY, AT(stop), OPTIONAL},
	{"stream", BH_FIELD_BOOL, AT(stream), OPTIONAL},
	{"stream_options", BH_FIELD_OBJECT, AT(stream_options), OPTIONAL},
	{"response_format", BH_FIELD_OBJECT, AT(response_format), OPTIONAL},
	{"tools", BH_FIELD_ARRAY, AT(tools), OPTIONAL, 0, TOOLS_MAX},
	{"tool_choice", BH_FIELD_ANY, AT(tool_choice), OPTIONAL},
	{"parallel_tool_calls", BH_FIELD_BOOL, AT(parallel_tool_calls), OPTIONAL,
		.set = SET(has_parallel_tool_calls)},
	{"logprobs", BH_FIELD_BOOL, AT(logprobs), OPTIONAL},
	{"top_logprobs", BH_FIELD_INT, AT(top_logprobs), OPTIONAL, 0, 20, .set = SET(has_top_logprobs)},
	{"logit_bias", BH_FIELD_OBJECT, AT(logit_bias), OPTIONAL},
	{"modalities", BH_FIELD_ARRAY, AT(modalities), OPTIONAL, 0, 4},
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

static int
is_string(const struct bh_json *value)
{
	return bh_json_kind(value) == BH_JSON_STRING;
}

static int
content_parts(const struct bh_json *content, size_t message)
{
	char param[64];

	for (size_t i = 0; i < bh_json_count(content); i++) {
		const struct bh_json *part = bh_json_at(content, i);
		const char *type = bh_json_string(bh_json_get(part, "type"));

		snprintf(param, sizeof(param), "messages.%zu.content.%zu", message, i);
		if (type == NULL)
			return bh_error_param(BH_E_TYPE, param,
				"A content part must be an object with a 'type'.");
		if (strcmp(type, "text") != 0 && strcmp(type, "refusal") != 0)
			return bh_error_param(BH_E_UNSUPPORTED, param,
				"Content parts of type '%.32s' are not supported; use text.", type);
		if (!is_string(bh_json_get(part, type)))
			return bh_error_param(BH_E_TYPE, param, "The content part must have a string '%s'.",
				type);
	}
	return 0;
}

static int
tool_calls(const struct bh_json *calls, size_t message)
{
	char param[64];

	for (size_t i = 0; i < bh_json_count(calls); i++) {
		const struct bh_json *call = bh_json_at(calls, i);
		const struct bh_json *function = bh_json_get(call, "function");

		if (is_string(bh_json_get(call, "id")) && is_string(bh_json_get(function, "name")) &&
			is_string(bh_json_get(function, "arguments")))
			continue;
		snprintf(param, sizeof(param), "messages.%zu.tool_calls.%zu", message, i);
		return bh_error_param(BH_E_TYPE, param,
			"A tool call must have an 'id' and a 'function' with 'name' and 'arguments', all "
			"strings.");
	}
	return 0;
}

static bool
is_role(const char *role)
{
	static const char *const roles[] = {"system", "developer", "user", "assistant", "tool"};

	for (size_t i = 0; role != NULL && i < BH_COUNT(roles); i++) {
		if (strcmp(role, roles[i]) == 0)
			return true;
	}
	return false;
}

/* An error in one message; only then is its place written out. */
static int
message_error(int error, size_t index, const char *member, const char *sentence)
{
	char param[64];

	snprintf(param, sizeof(param), "messages.%zu%s", index, member);
	return bh_error_param(error, param, "%s", sentence);
}

static int
message_check(const struct bh_json *message, size_t index)
{
	const char *role = bh_json_string(bh_json_get(message, "role"));
	const struct bh_json *content = bh_json_get(message, "content");
	enum bh_json_kind kind = bh_json_kind(content);
	int rc;

	if (bh_json_kind(message) != BH_JSON_OBJECT)
		return message_error(BH_E_TYPE, index, "", "A message must be an object.");
	if (!is_role(role))
		return message_error(role == NULL ? BH_E_MISSING : BH_E_INVALID, index, ".role",
			"'role' must be one of system, developer, user, assistant, tool.");
	if (kind == BH_JSON_ARRAY) {
		rc = content_parts(content, index);
		if (rc < 0)
			return rc;
	} else if (kind != BH_JSON_STRING &&
		!(strcmp(role, "assistant") == 0 && (kind == BH_JSON_NULL || kind == BH_JSON_NONE))) {
		return message_error(kind == BH_JSON_NONE ? BH_E_MISSING : BH_E_TYPE, index, ".content",
			"'content' must be a string or an array of text parts.");
	}
	if (strcmp(role, "tool") == 0 && !is_string(bh_json_get(message, "tool_call_id")))
		return message_error(BH_E_MISSING, index, ".tool_call_id",
			"'tool_call_id' is required in a message of role tool.");
	return tool_calls(bh_json_get(message, "tool_calls"), index);
}

/* About three bytes a token is on the safe side for Latin text; roles and names stand for what the
 * template adds. */
static int64_t
prompt_estimate(const struct model_chat *chat)
{
	return (int64_t)(bh_json_text_bytes(chat->messages) + bh_json_text_bytes(chat->tools)) / 3 + 4;
}

static int
stop_check(const struct bh_json *stop)
{
	size_t count = bh_json_count(stop);

	if (stop == NULL || is_string(stop))
		return 0;
	if (bh_json_kind(stop) != BH_JSON_ARRAY || count < 1 || count > 4)
		return bh_error_param(BH_E_TYPE, "stop",
			"'stop' must be a string or an array of 1 to 4 strings.");
	for (size_t i = 0; i < count; i++) {
		if (!is_string(bh_json_at(stop, i)))
			return bh_error_param(BH_E_TYPE, "stop", "Elements of 'stop' must be strings.");
	}
	return 0;
}

static int
size_check(const struct bh_json *schema, const char *param)
{
	struct bh_buf text = {0};
	size_t len;

	bh_json_append(&text, schema);
	len = text.len;
	bh_buf_close(&text);
	if (len > SCHEMA_BYTES_MAX)
		return bh_error_param(BH_E_RANGE, param, "The schema must have at most %d bytes.",
			SCHEMA_BYTES_MAX);
	return 0;
}

static int
format_check(const struct bh_json *format)
{
	const char *type = bh_json_string(bh_json_get(format, "type"));
	const struct bh_json *schema = bh_json_get(format, "json_schema");

	if (format == NULL)
		return 0;
	if (type == NULL)
		return bh_error_param(BH_E_MISSING, "response_format.type",
			"The 'type' of the format is required.");
	if (strcmp(type, "text") == 0 || strcmp(type, "json_object") == 0)
		return 0;
	if (strcmp(type, "json_schema") != 0)
		return bh_error_param(BH_E_INVALID, "response_format.type",
			"The 'type' of the format must be one of text, json_object, json_schema.");
	if (!is_string(bh_json_get(schema, "name")))
		return bh_error_param(BH_E_MISSING, "response_format.json_schema.name",
			"The 'name' of the schema is required.");
	if (bh_json_kind(bh_json_get(schema, "schema")) != BH_JSON_OBJECT)
		return bh_error_param(BH_E_MISSING, "response_format.json_schema.schema",
			"'schema' is required and must be a JSON Schema object.");
	return size_check(schema, "response_format.json_schema.schema");
}

static int
tools_check(const struct bh_json *tools)
{
	char param[48];

	for (size_t i = 0; i < bh_json_count(tools); i++) {
		const struct bh_json *tool = bh_json_at(tools, i);
		const struct bh_json *function = bh_json_get(tool, "function");
		const char *type = bh_json_string(bh_json_get(tool, "type"));
		int rc;

		snprintf(param, sizeof(param), "tools.%zu", i);
		if (type == NULL || strcmp(type, "function") != 0)
			return bh_error_param(BH_E_UNSUPPORTED, param,
				"The 'type' of a tool must be function.");
		if (!is_string(bh_json_get(function, "name")))
			return bh_error_param(BH_E_MISSING, param, "The 'name' of the function is required.");
		rc = size_check(function, param);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
logit_bias_check(const struct bh_json *bias)
{
	const struct bh_json *value;
	const char *name;
	void *cursor = NULL;
	double number;

	while (bh_json_next(bias, &cursor, &name, &value)) {
		if (name[0] == '\0' || name[strspn(name, "0123456789")] != '\0' ||
			!bh_json_number(value, &number) || number < -100 || number > 100)
			return bh_error_param(BH_E_INVALID, "logit_bias",
				"'logit_bias' must map token ids to numbers from -100 to 100.");
	}
	return 0;
}

static int
options_check(struct model_chat *chat)
{
	const struct bh_json *include = bh_json_get(chat->stream_options, "include_usage");
	const char *modality;

	if (include != NULL && !bh_json_bool(include, &chat->include_usage))
		return bh_error_param(BH_E_TYPE, "stream_options.include_usage",
			"'include_usage' must be true or false.");
	for (size_t i = 0; i < bh_json_count(chat->modalities); i++) {
		modality = bh_json_string(bh_json_at(chat->modalities, i));
		if (modality == NULL || strcmp(modality, "text") != 0)
			return bh_error_param(BH_E_UNSUPPORTED, "modalities",
				"'modalities' must contain only text.");
	}
	return 0;
}

int
model_chat_read(const struct bh_json *body, struct model_chat *out)
{
	struct model_chat chat = {.n = 1};
	int rc;

	rc = bh_fields_read(NULL, body, BH_LIST(fields), "", &chat);
	for (size_t i = 0; rc == 0 && i < bh_json_count(chat.messages); i++)
		rc = message_check(bh_json_at(chat.messages, i), i);
	if (rc == 0)
		rc = stop_check(chat.stop);
	if (rc == 0)
		rc = format_check(chat.response_format);
	if (rc == 0)
		rc = tools_check(chat.tools);
	if (rc == 0)
		rc = logit_bias_check(chat.logit_bias);
	if (rc == 0)
		rc = options_check(&chat);
	if (rc < 0)
		return rc;

	if (chat.has_max_tokens)
		chat.output_cap = chat.max_tokens;
	if (chat.has_max_completion_tokens &&
		(chat.output_cap == 0 || chat.max_completion_tokens < chat.output_cap))
		chat.output_cap = chat.max_completion_tokens;
	chat.prompt_estimate = prompt_estimate(&chat);
	*out = chat;
	return 0;
}
