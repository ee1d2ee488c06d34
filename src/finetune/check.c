/* SPDX-License-Identifier: Apache-2.0 */
/* check.c: what an example has to be. Paths are printed once something is found, and from the place on. */
#include "finetune/check.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

enum { PATH_SIZE = 160, NAME_SHOWN = 64 };

/* Where in the line we are. */
struct place {
	struct finetune_data *data;
	char path[PATH_SIZE];
};

static void
fault(const struct place *at, const char *field, const char *code, const char *message)
{
	char path[PATH_SIZE + 64];

	snprintf(path, sizeof(path), "%s%s%s", at->path,
		at->path[0] != '\0' && field[0] != '\0' ? "." : "", field);
	finetune_data_find(at->data, FINETUNE_ERROR, at->data->lines, code, path, "%s", message);
}

static struct place
below(const struct place *at, const char *name, size_t index)
{
	struct place place = {.data = at->data};

	snprintf(place.path, sizeof(place.path), "%.100s%s%s[%zu]", at->path,
		at->path[0] != '\0' ? "." : "", name, index);
	return place;
}

static struct place
inside(const struct place *at, const char *name)
{
	struct place place = {.data = at->data};

	snprintf(place.path, sizeof(place.path), "%.100s%s%s", at->path, at->path[0] != '\0' ? "." : "",
		name);
	return place;
}

static bool
is_text(const struct bh_json *value)
{
	return bh_json_kind(value) == BH_JSON_STRING && bh_json_string_len(value) > 0;
}

static void
need_text(const struct place *at, const struct bh_json *object, const char *name)
{
	const struct bh_json *value = bh_json_get(object, name);

	if (value == NULL)
		fault(at, name, "missing", "required");
	else if (!is_text(value))
		fault(at, name, "type", "expected a string that is not empty");
}

/* A list within bounds, or NULL with a finding. */
static const struct bh_json *
need_list(const struct place *at, const struct bh_json *object, const char *name, size_t most)
{
	const struct bh_json *value = bh_json_get(object, name);
	char message[64];

	if (value == NULL) {
		fault(at, name, "missing", "required");
		return NULL;
	}
	if (bh_json_kind(value) != BH_JSON_ARRAY || bh_json_count(value) == 0) {
		fault(at, name, "type", "expected a list that is not empty");
		return NULL;
	}
	if (bh_json_count(value) > most) {
		snprintf(message, sizeof(message), "more than %zu elements", most);
		fault(at, name, "size", message);
		return NULL;
	}
	return value;
}

static void
check_arguments(const struct place *at, const struct bh_json *function)
{
	const struct bh_json *value = bh_json_get(function, "arguments");
	struct bh_json_doc doc = {0};

	if (value == NULL)
		fault(at, "arguments", "missing", "required");
	else if (bh_json_kind(value) != BH_JSON_STRING)
		fault(at, "arguments", "type", "expected a string with a JSON object");
	else if (bh_json_parse(bh_json_string(value), bh_json_string_len(value), &doc) < 0 ||
		bh_json_kind(doc.root) != BH_JSON_OBJECT)
		fault(at, "arguments", "value", "expected a string with a JSON object");
	bh_json_close(&doc);
}

static void
check_function(const struct place *at, const struct bh_json *item, bool is_call)
{
	const struct bh_json *function = bh_json_get(item, "function");
	const char *type = bh_json_get_string(item, "type");
	struct place place = inside(at, "function");

	if (type == NULL || strcmp(type, "function") != 0)
		fault(at, "type", "value", "expected function");
	if (bh_json_kind(function) != BH_JSON_OBJECT) {
		fault(at, "function", "type", "expected an object");
		return;
	}
	need_text(&place, function, "name");
	if (is_call)
		check_arguments(&place, function);
}

static void
check_tools(const struct place *at, const struct bh_json *tools)
{
	size_t count = bh_json_count(tools);

	if (bh_json_kind(tools) != BH_JSON_ARRAY)
		fault(at, "tools", "type", "expected a list");
	else if (count > FINETUNE_TOOLS_MAX)
		fault(at, "tools", "size", "more than 128 elements");
	else
		for (size_t i = 0; i < count; i++) {
			struct place place = below(at, "tools", i);

			check_function(&place, bh_json_at(tools, i), false);
		}
}

static void
check_calls(const struct place *at, const struct bh_json *message)
{
	const struct bh_json *calls = need_list(at, message, "tool_calls", FINETUNE_CALLS_MAX);

	for (size_t i = 0; i < bh_json_count(calls); i++) {
		struct place place = below(at, "tool_calls", i);

		need_text(&place, bh_json_at(calls, i), "id");
		check_function(&place, bh_json_at(calls, i), true);
	}
}

static void
check_parts(const struct place *at, const struct bh_json *parts)
{
	if (bh_json_count(parts) == 0)
		fault(at, "content", "value", "empty");
	for (size_t i = 0; i < bh_json_count(parts); i++) {
		const struct bh_json *part = bh_json_at(parts, i);
		const char *type = bh_json_get_string(part, "type");
		struct place place = below(at, "content", i);

		if (type == NULL || strcmp(type, "text") != 0)
			fault(&place, "type", "value",
				"expected text: the models that can be trained read nothing else");
		else
			need_text(&place, part, "text");
	}
}

static void
check_content(const struct place *at, const struct bh_json *message, bool may_be_absent)
{
	const struct bh_json *content = bh_json_get(message, "content");
	enum bh_json_kind kind = bh_json_kind(content);

	if (kind == BH_JSON_ARRAY)
		check_parts(at, content);
	else if (kind == BH_JSON_NONE || kind == BH_JSON_NULL) {
		if (!may_be_absent)
			fault(at, "content", "missing", "required");
	} else if (kind != BH_JSON_STRING)
		fault(at, "content", "type", "expected a string or a list of parts");
	else if (bh_json_string_len(content) == 0 && !may_be_absent)
		fault(at, "content", "value", "empty");
}

static void
check_weight(const struct place *at, const struct bh_json *message, bool is_assistant)
{
	const struct bh_json *weight = bh_json_get(message, "weight");
	int64_t number;

	if (weight == NULL)
		return;
	if (!is_assistant)
		fault(at, "weight", "value", "only messages of the assistant have a weight");
	else if (!bh_json_int(weight, &number) || number < 0 || number > 1)
		fault(at, "weight", "value", "expected 0 or 1");
}

/* Whether a call with that id was made since the last message that is not a tool's. */
static bool
was_called(const struct bh_json *messages, size_t index, const char *id)
{
	while (index-- > 0) {
		const struct bh_json *message = bh_json_at(messages, index);
		const struct bh_json *calls = bh_json_get(message, "tool_calls");
		const char *role = bh_json_get_string(message, "role");

		for (size_t i = 0; i < bh_json_count(calls); i++) {
			const char *called = bh_json_get_string(bh_json_at(calls, i), "id");

			if (called != NULL && strcmp(called, id) == 0)
				return true;
		}
		if (role == NULL || strcmp(role, "tool") != 0)
			return false;
	}
	return false;
}

static void
check_answer_to_call(const struct place *at, const struct bh_json *messages, size_t index)
{
	const struct bh_json *message = bh_json_at(messages, index);
	const char *id = bh_json_get_string(message, "tool_call_id");

	need_text(at, message, "tool_call_id");
	if (id != NULL && id[0] != '\0' && !was_called(messages, index, id))
		fault(at, "tool_call_id", "order", "the message before it made no such call");
}

static void
check_message(const struct place *at, const struct bh_json *messages, size_t index)
{
	const struct bh_json *message = bh_json_at(messages, index);
	const char *role = bh_json_get_string(message, "role");
	bool is_assistant, has_calls;

	if (bh_json_kind(message) != BH_JSON_OBJECT) {
		fault(at, "", "type", "expected an object");
		return;
	}
	if (bh_json_get(message, "role") == NULL) {
		fault(at, "role", "missing", "required");
		return;
	}
	if (role == NULL ||
		(strcmp(role, "system") != 0 && strcmp(role, "developer") != 0 &&
			strcmp(role, "user") != 0 && strcmp(role, "assistant") != 0 &&
			strcmp(role, "tool") != 0)) {
		fault(at, "role", "value", "expected system, user, assistant or tool");
		return;
	}
	is_assistant = strcmp(role, "assistant") == 0;
	has_calls = bh_json_get(message, "tool_calls") != NULL;
	if (has_calls && !is_assistant)
		fault(at, "tool_calls", "value", "only messages of the assistant make calls");
	else if (has_calls)
		check_calls(at, message);
	if (bh_json_get(message, "function_call") != NULL)
		fault(at, "function_call", "value", "no longer read; use tool_calls");
	if (strcmp(role, "tool") == 0)
		check_answer_to_call(at, messages, index);
	if ((strcmp(role, "system") == 0 || strcmp(role, "developer") == 0) && index > 0)
		fault(at, "role", "order", "a system message is the first or there is none");
	check_content(at, message, is_assistant && has_calls);
	check_weight(at, message, is_assistant);
}

static bool
has_role(const struct bh_json *message, const char *role)
{
	const char *is = bh_json_get_string(message, "role");

	return is != NULL && strcmp(is, role) == 0;
}

/* The messages of a chat, or of what a preference answers to, which ends before the assistant. */
static const struct bh_json *
check_messages(const struct place *at, const struct bh_json *object, bool is_chat)
{
	const struct bh_json *messages = need_list(at, object, "messages", FINETUNE_MESSAGES_MAX);
	size_t count = bh_json_count(messages);
	bool learned = false;
	bool ends_with_assistant;

	for (size_t i = 0; i < count; i++) {
		struct place place = below(at, "messages", i);

		check_message(&place, messages, i);
		learned = learned || finetune_message_is_learned(bh_json_at(messages, i));
	}
	if (messages == NULL)
		return NULL;
	ends_with_assistant = has_role(bh_json_at(messages, count - 1), "assistant");
	if (is_chat && !ends_with_assistant)
		fault(at, "messages", "order", "the last message has to be the assistant's");
	else if (is_chat && !learned)
		fault(at, "messages", "value", "every message of the assistant has weight 0");
	else if (!is_chat && ends_with_assistant)
		fault(at, "messages", "order", "the last message has to be what is answered");
	if (has_role(bh_json_at(messages, 0), "assistant"))
		fault(at, "messages[0].role", "order", "a chat does not begin with the assistant");
	return messages;
}

/* One of the two answers: a single message of the assistant. */
static const struct bh_json *
check_answer(const struct place *at, const struct bh_json *root, const char *name)
{
	const struct bh_json *answer = need_list(at, root, name, 1);
	struct place place = below(at, name, 0);

	if (answer == NULL)
		return NULL;
	check_message(&place, answer, 0);
	if (bh_json_kind(bh_json_at(answer, 0)) == BH_JSON_OBJECT &&
		!has_role(bh_json_at(answer, 0), "assistant"))
		fault(&place, "role", "value", "expected assistant");
	return answer;
}

static bool
same(const struct bh_json *a, const struct bh_json *b)
{
	struct bh_buf first = {0}, second = {0};
	bool is_same;

	bh_json_append(&first, a);
	bh_json_append(&second, b);
	is_same = first.len == second.len && memcmp(first.data, second.data, first.len) == 0;
	bh_buf_close(&first);
	bh_buf_close(&second);
	return is_same;
}

static void
warn_of_unknown(struct finetune_data *data, const struct bh_json *object, const char *known)
{
	const struct bh_json *value;
	const char *name;
	void *cursor = NULL;

	while (bh_json_next(object, &cursor, &name, &value)) {
		const char *found = strstr(known, name);
		size_t len = strlen(name);

		if (len > 0 && strchr(name, ' ') == NULL && found != NULL &&
			(found == known || found[-1] == ' ') && (found[len] == ' ' || found[len] == '\0'))
			continue;
		finetune_data_find(data, FINETUNE_WARNING, data->lines, "unused", "",
			"the member %.*s is not used", (int)bh_text_cut(name, len, NAME_SHOWN), name);
	}
}

int64_t
finetune_check(struct finetune_data *data, const struct bh_json *root, struct finetune_example *out)
{
	struct place at = {.data = data};
	struct place input = inside(&at, "input");
	int64_t before = data->errors;
	const struct bh_json *chat = root;

	if (bh_json_kind(root) != BH_JSON_OBJECT) {
		fault(&at, "", "type", "expected an object");
		return data->errors - before;
	}
	if (data->form == FINETUNE_CHAT) {
		warn_of_unknown(data, root, "messages tools parallel_tool_calls");
		out->messages = check_messages(&at, root, true);
	} else {
		warn_of_unknown(data, root, "input preferred_output non_preferred_output");
		chat = bh_json_get(root, "input");
		if (bh_json_kind(chat) != BH_JSON_OBJECT)
			fault(&at, "input", chat == NULL ? "missing" : "type", "expected an object");
		else
			out->messages = check_messages(&input, chat, false);
		out->preferred = check_answer(&at, root, "preferred_output");
		out->rejected = check_answer(&at, root, "non_preferred_output");
		if (data->errors == before && same(out->preferred, out->rejected))
			fault(&at, "non_preferred_output", "value", "the same as the preferred output");
	}
	out->tools = bh_json_get(chat, "tools");
	if (out->tools != NULL)
		check_tools(data->form == FINETUNE_CHAT ? &at : &input, out->tools);
	return data->errors - before;
}
