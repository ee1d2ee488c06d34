/* SPDX-License-Identifier: Apache-2.0 */
/* items.c: reads input items: messages, earlier tool calls and their results. */
#include "agent/items.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "json/fields.h"

enum {
	ITEMS_MAX = 2000,
	PARTS_MAX = 1000,
	CALL_ID_MAX = 128,
	ATTRIBUTES_MAX = 16,
	ATTRIBUTE_NAME_MAX = 64,
	ATTRIBUTE_TEXT_MAX = 512
};

/* Where one item is read from and to. */
struct reading {
	struct bh_arena *arena;
	const struct bh_json *item;
	size_t index;
	char at[48];                     /* "input.3" */
	const struct agent_item *before; /* those already read, for their ids */
	size_t n_before;
};

const char *
agent_items_id(struct bh_arena *arena, const char *prefix)
{
	char *text = bh_arena_alloc(arena, strlen(prefix) + BH_UUID_HEX);
	struct bh_uuid id = bh_uuid_new();

	bh_uuid_format_id(&id, prefix, text, strlen(prefix) + BH_UUID_HEX);
	return text;
}

static const char *
text_of(const struct bh_json *object, const char *name)
{
	return bh_json_string(bh_json_get(object, name));
}

static int
fault(const struct reading *reading, int error, const char *member, const char *sentence)
{
	char param[160];

	snprintf(param, sizeof(param), "%s%s%s", reading->at, member[0] != '\0' ? "." : "", member);
	return bh_error_param(error, param, "%s", sentence);
}

/* The client's id where it is one of ours by form and not used before; else a new one. */
static const char *
id_of(const struct reading *reading, const char *prefix)
{
	const char *given = text_of(reading->item, "id");
	struct bh_uuid id;

	if (given == NULL || bh_uuid_parse_id(given, prefix, &id) < 0)
		return agent_items_id(reading->arena, prefix);
	for (size_t i = 0; i < reading->n_before; i++) {
		if (strcmp(reading->before[i].id, given) == 0)
			return agent_items_id(reading->arena, prefix);
	}
	return bh_arena_strdup(reading->arena, given);
}

static void
write_head(struct bh_write *write, const char *id, const char *type, const char *status)
{
	bh_write_object(write);
	bh_write_pair_text(write, "id", id);
	bh_write_pair_text(write, "type", type);
	bh_write_pair_text(write, "status", status);
}

static struct agent_item
finish(const struct reading *reading, const char *id, struct bh_buf *text)
{
	struct agent_item item = {.id = id,
		.json = bh_arena_copy(reading->arena, bh_buf_string(text), text->len),
		.index = reading->index};

	bh_buf_close(text);
	return item;
}

/* ---- messages ---- */

/* What each kind of annotation must have; more, as our own `bulkhead`, is kept. */
static const struct {
	const char *type;
	const char *texts[3], *numbers[2];
} annotations_known[] = {
	{"file_citation", {"file_id", "filename"}, {"index"}},
	{"url_citation", {"url", "title"}, {"start_index", "end_index"}},
	{"container_file_citation", {"container_id", "file_id", "filename"},
		{"start_index", "end_index"}},
	{"file_path", {"file_id"}, {"index"}},
};

static int
annotation_check(const struct reading *reading, const struct bh_json *annotation,
	const char *member)
{
	const char *type = text_of(annotation, "type");
	size_t row = 0;
	int64_t number;

	while (type != NULL && row < BH_COUNT(annotations_known) &&
		strcmp(annotations_known[row].type, type) != 0)
		row++;
	if (type == NULL || row == BH_COUNT(annotations_known))
		return fault(reading, type == NULL ? BH_E_TYPE : BH_E_INVALID, member,
			"An annotation must be an object of type file_citation, url_citation, "
			"container_file_citation or file_path.");
	for (size_t i = 0; i < BH_COUNT(annotations_known[row].texts); i++) {
		const char *name = annotations_known[row].texts[i];

		if (name != NULL && text_of(annotation, name) == NULL)
			return fault(reading, BH_E_MISSING, member, "The annotation lacks a text of its type.");
	}
	for (size_t i = 0; i < BH_COUNT(annotations_known[row].numbers); i++) {
		const char *name = annotations_known[row].numbers[i];

		if (name != NULL && !bh_json_int(bh_json_get(annotation, name), &number))
			return fault(reading, BH_E_MISSING, member,
				"The annotation lacks a place of its type.");
	}
	return 0;
}

static int
annotations_check(const struct reading *reading, const struct bh_json *part, size_t index)
{
	const struct bh_json *annotations = bh_json_get(part, "annotations");
	char member[80];
	int rc = 0;

	if (annotations == NULL || bh_json_kind(annotations) == BH_JSON_NULL)
		return 0;
	snprintf(member, sizeof(member), "content.%zu.annotations", index);
	if (bh_json_kind(annotations) != BH_JSON_ARRAY)
		return fault(reading, BH_E_TYPE, member, "'annotations' must be an array.");
	for (size_t i = 0; rc == 0 && i < bh_json_count(annotations); i++) {
		snprintf(member, sizeof(member), "content.%zu.annotations.%zu", index, i);
		rc = annotation_check(reading, bh_json_at(annotations, i), member);
	}
	return rc;
}

static void
write_part(struct bh_write *write, bool assistant, const struct bh_json *part, const char *text,
	size_t len)
{
	const struct bh_json *annotations = bh_json_get(part, "annotations");

	bh_write_object(write);
	bh_write_pair_text(write, "type", assistant ? "output_text" : "input_text");
	bh_write_name(write, "text");
	bh_write_bytes(write, text, len);
	if (assistant) {
		bh_write_name(write, "annotations");
		if (bh_json_kind(annotations) == BH_JSON_ARRAY) {
			bh_write_json(write, annotations);
		} else {
			bh_write_array(write);
			bh_write_end(write);
		}
		bh_write_name(write, "logprobs");
		bh_write_array(write);
		bh_write_end(write);
	}
	bh_write_end(write);
}

static int
read_part(const struct reading *reading, bool assistant, const struct bh_json *part, size_t index,
	struct bh_write *write)
{
	const char *type = text_of(part, "type");
	const struct bh_json *text;
	char member[40];
	int rc;

	snprintf(member, sizeof(member), "content.%zu", index);
	if (bh_json_kind(part) != BH_JSON_OBJECT || type == NULL)
		return fault(reading, BH_E_TYPE, member, "A content part must be an object with a 'type'.");
	if (assistant && strcmp(type, "refusal") == 0) {
		if (text_of(part, "refusal") == NULL)
			return fault(reading, BH_E_MISSING, member,
				"'refusal' is required in a part of type refusal.");
		bh_write_object(write);
		bh_write_pair_text(write, "type", "refusal");
		bh_write_pair_json(write, "refusal", bh_json_get(part, "refusal"));
		bh_write_end(write);
		return 0;
	}
	if (strcmp(type, "input_text") != 0 && strcmp(type, "output_text") != 0 &&
		strcmp(type, "text") != 0)
		return fault(reading, BH_E_UNSUPPORTED, member,
			"Only text parts are supported; images, files and audio are not.");
	text = bh_json_get(part, "text");
	if (bh_json_kind(text) != BH_JSON_STRING)
		return fault(reading, BH_E_MISSING, member, "'text' is required in a text part.");
	rc = assistant ? annotations_check(reading, part, index) : 0;
	if (rc < 0)
		return rc;
	write_part(write, assistant, part, bh_json_string(text), bh_json_string_len(text));
	return 0;
}

static int
read_content(const struct reading *reading, bool assistant, struct bh_write *write)
{
	const struct bh_json *content = bh_json_get(reading->item, "content");
	int rc = 0;

	if (bh_json_kind(content) == BH_JSON_STRING) {
		write_part(write, assistant, NULL, bh_json_string(content), bh_json_string_len(content));
		return 0;
	}
	if (bh_json_kind(content) != BH_JSON_ARRAY)
		return fault(reading, content == NULL ? BH_E_MISSING : BH_E_TYPE, "content",
			"'content' must be a string or an array of parts.");
	if (bh_json_count(content) > PARTS_MAX)
		return fault(reading, BH_E_RANGE, "content", "'content' has too many parts.");
	for (size_t i = 0; rc == 0 && i < bh_json_count(content); i++)
		rc = read_part(reading, assistant, bh_json_at(content, i), i, write);
	return rc;
}

static int
read_message(const struct reading *reading, struct agent_item *out)
{
	static const char *const roles[] = {"user", "assistant", "system", "developer"};
	const char *role = text_of(reading->item, "role");
	const char *id = id_of(reading, "msg_");
	struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	bool known = false;
	int rc;

	for (size_t i = 0; role != NULL && i < BH_COUNT(roles); i++)
		known = known || strcmp(role, roles[i]) == 0;
	if (!known)
		return fault(reading, role == NULL ? BH_E_MISSING : BH_E_INVALID, "role",
			"'role' must be one of user, assistant, system, developer.");
	write_head(&write, id, "message", "completed");
	bh_write_pair_text(&write, "role", role);
	bh_write_name(&write, "content");
	bh_write_array(&write);
	rc = read_content(reading, strcmp(role, "assistant") == 0, &write);
	if (rc < 0) {
		bh_buf_close(&text);
		return rc;
	}
	bh_write_end(&write);
	bh_write_end(&write);
	*out = finish(reading, id, &text);
	return 0;
}

/* ---- tool calls and their results ---- */

static bool
is_attributes(const struct bh_json *value)
{
	const struct bh_json *member;
	const char *name;
	void *cursor = NULL;

	if (bh_json_kind(value) != BH_JSON_OBJECT || bh_json_count(value) > ATTRIBUTES_MAX)
		return false;
	while (bh_json_next(value, &cursor, &name, &member)) {
		double number;
		bool flag;

		if (bh_text_points(name, strlen(name)) > ATTRIBUTE_NAME_MAX)
			return false;
		if (bh_json_kind(member) == BH_JSON_STRING
				? bh_text_points(bh_json_string(member), bh_json_string_len(member)) >
					ATTRIBUTE_TEXT_MAX
				: !bh_json_number(member, &number) && !bh_json_bool(member, &flag))
			return false;
	}
	return true;
}

/* One result without its nulls, which may not be listed again. */
static int
read_result(const struct reading *reading, const struct bh_json *result, size_t index,
	struct bh_write *write)
{
	const struct bh_json *value;
	const char *name;
	char member[40];
	void *cursor = NULL;
	double number;

	snprintf(member, sizeof(member), "results.%zu", index);
	if (bh_json_kind(result) != BH_JSON_OBJECT)
		return fault(reading, BH_E_TYPE, member, "A result must be an object.");
	bh_write_object(write);
	while (bh_json_next(result, &cursor, &name, &value)) {
		bool right = true;

		if (bh_json_kind(value) == BH_JSON_NULL)
			continue;
		if (strcmp(name, "file_id") == 0 || strcmp(name, "filename") == 0 ||
			strcmp(name, "text") == 0)
			right = bh_json_kind(value) == BH_JSON_STRING;
		else if (strcmp(name, "score") == 0)
			right = bh_json_number(value, &number);
		else if (strcmp(name, "attributes") == 0)
			right = is_attributes(value);
		if (!right)
			return fault(reading, BH_E_TYPE, member,
				"In a result, 'file_id', 'filename' and 'text' must be strings, 'score' a number "
				"and 'attributes' an object.");
		bh_write_pair_json(write, name, value);
	}
	bh_write_end(write);
	return 0;
}

static int
read_results(const struct reading *reading, struct bh_write *write)
{
	const struct bh_json *results = bh_json_get(reading->item, "results");
	int rc = 0;

	bh_write_name(write, "results");
	if (results == NULL || bh_json_kind(results) == BH_JSON_NULL) {
		bh_write_null(write);
		return 0;
	}
	if (bh_json_kind(results) != BH_JSON_ARRAY)
		return fault(reading, BH_E_TYPE, "results", "'results' must be an array.");
	bh_write_array(write);
	for (size_t i = 0; rc == 0 && i < bh_json_count(results); i++)
		rc = read_result(reading, bh_json_at(results, i), i, write);
	bh_write_end(write);
	return rc;
}

static int
read_search_call(const struct reading *reading, struct agent_item *out)
{
	const struct bh_json *queries = bh_json_get(reading->item, "queries");
	const char *id = id_of(reading, "fs_");
	struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	int rc;

	if (bh_json_kind(queries) != BH_JSON_ARRAY)
		return fault(reading, BH_E_MISSING, "queries",
			"'queries' is required in a file_search_call and must be an array of strings.");
	for (size_t i = 0; i < bh_json_count(queries); i++) {
		if (bh_json_kind(bh_json_at(queries, i)) != BH_JSON_STRING)
			return fault(reading, BH_E_TYPE, "queries", "'queries' must be an array of strings.");
	}
	write_head(&write, id, "file_search_call", "completed");
	bh_write_pair_json(&write, "queries", queries);
	rc = read_results(reading, &write);
	if (rc < 0) {
		bh_buf_close(&text);
		return rc;
	}
	bh_write_end(&write);
	*out = finish(reading, id, &text);
	return 0;
}

static int
call_id_check(const struct reading *reading)
{
	const char *call_id = text_of(reading->item, "call_id");

	if (call_id == NULL || call_id[0] == '\0' || strlen(call_id) > CALL_ID_MAX)
		return fault(reading, call_id == NULL ? BH_E_MISSING : BH_E_RANGE, "call_id",
			"'call_id' must be a string of 1 to 128 bytes.");
	return 0;
}

static int
read_function_call(const struct reading *reading, struct agent_item *out)
{
	static const char *const members[] = {"call_id", "name", "arguments"};
	const char *id = id_of(reading, "fc_");
	struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	int rc = call_id_check(reading);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < BH_COUNT(members); i++) {
		if (text_of(reading->item, members[i]) == NULL)
			return fault(reading, BH_E_MISSING, members[i], "A function_call needs this string.");
	}
	write_head(&write, id, "function_call", "completed");
	for (size_t i = 0; i < BH_COUNT(members); i++)
		bh_write_pair_json(&write, members[i], bh_json_get(reading->item, members[i]));
	bh_write_end(&write);
	*out = finish(reading, id, &text);
	return 0;
}

static int
read_function_output(const struct reading *reading, struct agent_item *out)
{
	const struct bh_json *output = bh_json_get(reading->item, "output");
	const char *id = id_of(reading, "fc_");
	struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	int rc = call_id_check(reading);

	if (rc < 0)
		return rc;
	if (bh_json_kind(output) != BH_JSON_STRING && bh_json_kind(output) != BH_JSON_ARRAY)
		return fault(reading, output == NULL ? BH_E_MISSING : BH_E_TYPE, "output",
			"'output' must be a string or an array of text parts.");
	for (size_t i = 0; bh_json_kind(output) == BH_JSON_ARRAY && i < bh_json_count(output); i++) {
		const struct bh_json *part = bh_json_at(output, i);
		const char *type = text_of(part, "type");

		if (type == NULL || strcmp(type, "input_text") != 0 || text_of(part, "text") == NULL)
			return fault(reading, BH_E_UNSUPPORTED, "output",
				"'output' may contain only parts of type input_text.");
	}
	write_head(&write, id, "function_call_output", "completed");
	bh_write_pair_json(&write, "call_id", bh_json_get(reading->item, "call_id"));
	bh_write_pair_json(&write, "output", output);
	bh_write_end(&write);
	*out = finish(reading, id, &text);
	return 0;
}

/* ---- the list ---- */

static int
read_item(const struct reading *reading, struct agent_item *out, bool *out_kept)
{
	const char *type = text_of(reading->item, "type");

	*out_kept = true;
	if (bh_json_kind(reading->item) != BH_JSON_OBJECT)
		return fault(reading, BH_E_TYPE, "", "An input item must be an object.");
	if (type == NULL && bh_json_get(reading->item, "role") == NULL)
		return bh_json_get(reading->item, "id") != NULL
			? fault(reading, BH_E_UNSUPPORTED, "",
				  "Item references are not supported; send the item itself or use "
				  "'previous_response_id'.")
			: fault(reading, BH_E_MISSING, "type",
				  "An input item must have a 'type', or a 'role' and 'content'.");
	if (type == NULL || strcmp(type, "message") == 0)
		return read_message(reading, out);
	if (strcmp(type, "file_search_call") == 0)
		return read_search_call(reading, out);
	if (strcmp(type, "function_call") == 0)
		return read_function_call(reading, out);
	if (strcmp(type, "function_call_output") == 0)
		return read_function_output(reading, out);
	if (strcmp(type, "item_reference") == 0)
		return fault(reading, BH_E_UNSUPPORTED, "type",
			"Item references are not supported; send the item itself or use "
			"'previous_response_id'.");
	/* Another provider's thoughts tell our models nothing. */
	*out_kept = false;
	if (strcmp(type, "reasoning") == 0)
		return 0;
	return fault(reading, BH_E_UNSUPPORTED, "type",
		"The 'type' of an input item must be one of message, file_search_call, function_call, "
		"function_call_output.");
}

static int
read_text(struct bh_arena *arena, const struct bh_json *input, struct agent_item *out)
{
	const char *id = agent_items_id(arena, "msg_");
	struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	struct reading reading = {.arena = arena};

	write_head(&write, id, "message", "completed");
	bh_write_pair_text(&write, "role", "user");
	bh_write_name(&write, "content");
	bh_write_array(&write);
	write_part(&write, false, NULL, bh_json_string(input), bh_json_string_len(input));
	bh_write_end(&write);
	bh_write_end(&write);
	*out = finish(&reading, id, &text);
	return 0;
}

int
agent_items_read(struct bh_arena *arena, const struct bh_json *input, struct agent_item **out,
	size_t *out_n)
{
	size_t count = bh_json_kind(input) == BH_JSON_STRING ? 1 : bh_json_count(input);
	struct agent_item *items;
	size_t n = 0;

	if (count > ITEMS_MAX)
		return bh_error_param(BH_E_RANGE, "input", "'input' must have at most %d items.",
			ITEMS_MAX);
	items = bh_arena_array(arena, count + 1, sizeof(*items));
	if (bh_json_kind(input) == BH_JSON_STRING) {
		*out = items;
		*out_n = 1;
		return read_text(arena, input, items);
	}
	for (size_t i = 0; i < count; i++) {
		struct reading reading = {.arena = arena,
			.item = bh_json_at(input, i),
			.index = i,
			.before = items,
			.n_before = n};
		bool kept;
		int rc;

		snprintf(reading.at, sizeof(reading.at), "input.%zu", i);
		rc = read_item(&reading, &items[n], &kept);
		if (rc < 0)
			return rc;
		n += kept;
	}
	if (n == 0)
		return bh_error_param(BH_E_RANGE, "input", "'input' contains no item to answer.");
	*out = items;
	*out_n = n;
	return 0;
}

/* ---- showing ---- */

static bool
is_type(const struct bh_json *item, const char *type)
{
	const char *is = text_of(item, "type");

	return is != NULL && strcmp(is, type) == 0;
}

void
agent_items_show(const char *json, bool include_results, struct bh_buf *out)
{
	struct bh_json_doc doc = {0};
	struct bh_write write = {.out = out};
	const struct bh_json *value;
	const char *name;
	void *cursor = NULL;

	if (bh_json_parse(json, strlen(json), &doc) < 0 || !is_type(doc.root, "file_search_call") ||
		include_results) {
		bh_buf_text(out, json);
		bh_json_close(&doc);
		return;
	}
	bh_write_object(&write);
	while (bh_json_next(doc.root, &cursor, &name, &value))
		bh_write_pair_json(&write, name, strcmp(name, "results") == 0 ? NULL : value);
	bh_write_end(&write);
	bh_json_close(&doc);
}
