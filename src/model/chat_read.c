/* SPDX-License-Identifier: Apache-2.0 */
/* chat_read.c: the chat request, read by its table; its messages, tools and formats are checked here. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "model/chat.h"
#include "model/http.h"

enum { SCHEMA_BYTES_MAX = 64 * 1024 };

static int
is_string(const struct bh_json *value)
{
	return bh_json_kind(value) == BH_JSON_STRING;
}

/* A picture; what its URL leads to is read later. */
static int
image_part(const struct bh_json *part, const char *role, const char *param, struct model_chat *chat)
{
	const struct bh_json *image = bh_json_get(part, "image_url");
	const struct bh_json *url = bh_json_get(image, "url");
	const struct bh_json *detail = bh_json_get(image, "detail");
	const char *word = bh_json_string(detail);

	if (strcmp(role, "user") != 0)
		return bh_error_param(BH_E_UNSUPPORTED, param,
			"Only a message of role user can contain an image.");
	if (!is_string(url))
		return bh_error_param(BH_E_TYPE, param,
			"The content part must have an object 'image_url' with a string 'url'.");
	if (detail != NULL && (word == NULL || !bh_text_has_word("auto low high", word)))
		return bh_error_param(BH_E_INVALID, param, "'detail' must be one of auto, low, high.");
	chat->n_pictures++;
	chat->picture_bytes += bh_json_string_len(url);
	return 0;
}

static int
content_parts(const struct bh_json *content, size_t message, const char *role,
	struct model_chat *chat)
{
	char param[64];
	int rc;

	for (size_t i = 0; i < bh_json_count(content); i++) {
		const struct bh_json *part = bh_json_at(content, i);
		const char *type = bh_json_string(bh_json_get(part, "type"));

		snprintf(param, sizeof(param), "messages.%zu.content.%zu", message, i);
		if (type == NULL)
			return bh_error_param(BH_E_TYPE, param,
				"A content part must be an object with a 'type'.");
		if (strcmp(type, "image_url") == 0) {
			rc = image_part(part, role, param, chat);
			if (rc < 0)
				return rc;
			continue;
		}
		if (strcmp(type, "text") != 0 && strcmp(type, "refusal") != 0)
			return bh_error_param(BH_E_UNSUPPORTED, param,
				"Content parts of type '%.32s' are not supported; use text or image_url.", type);
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

/* An error in one message; only then is its place written out. */
static int
message_error(int error, size_t index, const char *member, const char *sentence)
{
	char param[64];

	snprintf(param, sizeof(param), "messages.%zu%s", index, member);
	return bh_error_param(error, param, "%s", sentence);
}

static int
message_check(const struct bh_json *message, size_t index, struct model_chat *chat)
{
	const char *role = bh_json_string(bh_json_get(message, "role"));
	const struct bh_json *content = bh_json_get(message, "content");
	enum bh_json_kind kind = bh_json_kind(content);
	int rc;

	if (bh_json_kind(message) != BH_JSON_OBJECT)
		return message_error(BH_E_TYPE, index, "", "A message must be an object.");
	if (role == NULL || !bh_text_has_word(model_chat_message_row.fields[0].words, role))
		return message_error(role == NULL ? BH_E_MISSING : BH_E_INVALID, index, ".role",
			"'role' must be one of system, developer, user, assistant, tool.");
	if (kind == BH_JSON_ARRAY) {
		rc = content_parts(content, index, role, chat);
		if (rc < 0)
			return rc;
	} else if (kind != BH_JSON_STRING &&
		!(strcmp(role, "assistant") == 0 && (kind == BH_JSON_NULL || kind == BH_JSON_NONE))) {
		return message_error(kind == BH_JSON_NONE ? BH_E_MISSING : BH_E_TYPE, index, ".content",
			"'content' must be a string or an array of parts.");
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
	size_t bytes = bh_json_text_bytes(chat->messages) + bh_json_text_bytes(chat->tools);

	return (int64_t)(bytes - chat->picture_bytes) / 3 + 4;
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

/* A choice of one function; the words are the engine's to judge. */
static int
tool_choice_check(const struct bh_json *choice, const struct bh_json *tools)
{
	const struct bh_json *name = bh_json_get(bh_json_get(choice, "function"), "name");
	size_t n = bh_json_count(tools), i = 0;

	if (n == 0 || name == NULL)
		return 0;
	while (i < n && is_string(name)) {
		const char *other = bh_json_text(bh_json_get(bh_json_at(tools, i), "function"), "name");

		if (other != NULL && strcmp(other, bh_json_string(name)) == 0)
			return 0;
		i++;
	}
	return bh_error_param(BH_E_INVALID, "tool_choice",
		"'tool_choice' names a tool that is not in 'tools'.");
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
	const struct bh_json *running = bh_json_get(chat->stream_options, "continuous_usage_stats");
	const char *modality;

	if (include != NULL && !bh_json_bool(include, &chat->include_usage))
		return bh_error_param(BH_E_TYPE, "stream_options.include_usage",
			"'include_usage' must be true or false.");
	if (running != NULL && !bh_json_bool(running, &chat->running_usage))
		return bh_error_param(BH_E_TYPE, "stream_options.continuous_usage_stats",
			"'continuous_usage_stats' must be true or false.");
	chat->running_usage = chat->running_usage && chat->include_usage && chat->stream;
	for (size_t i = 0; i < bh_json_count(chat->modalities); i++) {
		modality = bh_json_string(bh_json_at(chat->modalities, i));
		if (modality == NULL || strcmp(modality, "text") != 0)
			return bh_error_param(BH_E_UNSUPPORTED, "modalities",
				"'modalities' must contain only text.");
	}
	return 0;
}

/* Engines get nothing that says nothing; some refuse it. */
static void
leave_out_what_is_void(struct model_chat *chat)
{
	chat->has_logprobs = chat->logprobs;
	chat->has_top_logprobs = chat->has_top_logprobs && chat->logprobs;
	if (bh_json_count(chat->tools) > 0)
		return;
	chat->tools = chat->tool_choice = NULL;
	chat->has_parallel_tool_calls = false;
}

int
model_chat_read(const struct bh_json *body, struct model_chat *out)
{
	struct model_chat chat = {.n = 1};
	int rc = bh_fields_read(NULL, body, model_chat_create.fields, model_chat_create.n_fields, "",
		&chat);

	for (size_t i = 0; rc == 0 && i < bh_json_count(chat.messages); i++)
		rc = message_check(bh_json_at(chat.messages, i), i, &chat);
	if (rc == 0)
		rc = stop_check(chat.stop);
	if (rc == 0)
		rc = format_check(chat.response_format);
	if (rc == 0)
		rc = tools_check(chat.tools);
	if (rc == 0)
		rc = tool_choice_check(chat.tool_choice, chat.tools);
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
	chat.is_cap_new = chat.has_max_completion_tokens;
	chat.prompt_estimate = prompt_estimate(&chat);
	leave_out_what_is_void(&chat);
	*out = chat;
	return 0;
}
