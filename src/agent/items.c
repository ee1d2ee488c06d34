/* SPDX-License-Identifier: Apache-2.0 */
/* items.c: reads input items: messages, earlier tool calls and their results. */
#include "agent/items.h"

#include <stdio.h>
#include <string.h>

#include "agent/wire.h"
#include "base/error.h"

enum { ITEMS_MAX = 2000 };

/* Where one item is read from. */
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
	const char *given = bh_json_text(reading->item, "id");
	struct bh_uuid id;

	if (given == NULL || bh_uuid_parse_id(given, prefix, &id) < 0)
		return agent_items_id(reading->arena, prefix);
	for (size_t i = 0; i < reading->n_before; i++) {
		if (strcmp(reading->before[i].id, given) == 0)
			return agent_items_id(reading->arena, prefix);
	}
	return bh_arena_strdup(reading->arena, given);
}

static int
read_by(const struct reading *reading, const struct bh_shape *shape, void *out)
{
	return bh_fields_read(reading->arena, reading->item, BH_OF(*shape), reading->at, out);
}

/* ---- messages ---- */

/* What an annotation must have. It is kept as it is: with more, such as our own `bulkhead`. */
struct annotation {
	const char *type, *text;
	int64_t place;
};

struct annotated {
	struct annotation *list;
	size_t n;
};

#define TYPE \
	{ \
		"type", BH_FIELD_TEXT, 0 \
	}
#define TEXT(name) \
	{ \
		name, BH_FIELD_TEXT, offsetof(struct annotation, text), BH_REQUIRED \
	}
#define PLACE(name) \
	{ \
		name, BH_FIELD_INT, offsetof(struct annotation, place), BH_REQUIRED \
	}
#define OTHERS \
	{ \
		"*", BH_FIELD_IGNORED \
	}

/* clang-format off */
static const struct bh_field file_citation[] = {TYPE, TEXT("file_id"), TEXT("filename"), PLACE("index"), OTHERS};
static const struct bh_field url_citation[] = {TYPE, TEXT("url"), TEXT("title"), PLACE("start_index"), PLACE("end_index"), OTHERS};
static const struct bh_field container_file_citation[] = {TYPE, TEXT("container_id"), TEXT("file_id"), TEXT("filename"),
	PLACE("start_index"), PLACE("end_index"), OTHERS};
static const struct bh_field file_path[] = {TYPE, TEXT("file_id"), PLACE("index"), OTHERS};
/* clang-format on */

static const struct bh_shape annotations[] = {
	BH_SHAPE("file_citation", struct annotation, file_citation),
	BH_SHAPE("url_citation", struct annotation, url_citation),
	BH_SHAPE("container_file_citation", struct annotation, container_file_citation),
	BH_SHAPE("file_path", struct annotation, file_path),
};

static const struct bh_field annotation_row = {"", BH_FIELD_UNION, BH_VARIANTS(annotations)};

static const struct bh_field annotated_fields[] = {
	{"annotations", BH_FIELD_ARRAY, 0, BH_NULLABLE,
		BH_ELEMENTS(struct annotated, list, n, &annotation_row)},
	OTHERS,
};

static int
check_annotations(const struct reading *reading, size_t index)
{
	const struct bh_json *parts = bh_json_get(reading->item, "content");
	struct annotated annotated;
	char at[80];

	snprintf(at, sizeof(at), "%s.content.%zu", reading->at, index);
	return bh_fields_read(reading->arena, bh_json_at(parts, index), BH_LIST(annotated_fields), at,
		&annotated);
}

/* A picture, by one of its two names. */
static int
check_image(const struct reading *reading, const struct agent_wire_item *item,
	struct agent_wire_part *part)
{
	char member[32];

	snprintf(member, sizeof(member), "content.%zu", (size_t)(part - item->parts));
	if (strcmp(item->role, "user") != 0)
		return fault(reading, BH_E_UNSUPPORTED, member,
			"Only a message of the user can have a part of type input_image.");
	if ((part->image_url == NULL) == (part->file_id == NULL))
		return fault(reading, part->image_url == NULL ? BH_E_MISSING : BH_E_INVALID, member,
			"An image needs an 'image_url' or a 'file_id', and not both.");
	if (part->detail == NULL)
		part->detail = "auto";
	return 0;
}

/* Its parts, as those of its side: of what a person says nothing but words and pictures is kept. */
static int
check_message(const struct reading *reading, struct agent_wire_item *item)
{
	bool assistant = strcmp(item->role, "assistant") == 0;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < item->n_parts; i++) {
		struct agent_wire_part *part = &item->parts[i];
		bool refusal = strcmp(part->type, "refusal") == 0;

		if (strcmp(part->type, "input_image") == 0) {
			rc = check_image(reading, item, part);
			continue;
		}
		if (refusal && !assistant)
			return fault(reading, BH_E_UNSUPPORTED, "content",
				"Only a message of the assistant can have a part of type refusal.");
		if (assistant && part->n_annotations > 0)
			rc = check_annotations(reading, i);
		if (!assistant)
			part->n_annotations = 0;
		if (!refusal)
			part->type = assistant ? "output_text" : "input_text";
	}
	return rc;
}

/* A content that is a string is one part. */
static int
read_message(const struct reading *reading, struct agent_wire_item *item)
{
	const struct bh_json *content = bh_json_get(reading->item, "content");
	enum bh_json_kind kind = bh_json_kind(content);
	int rc;

	if (content != NULL && kind != BH_JSON_STRING && kind != BH_JSON_ARRAY)
		return fault(reading, BH_E_TYPE, "content",
			"'content' must be a string or an array of parts.");
	rc = read_by(reading,
		kind == BH_JSON_STRING ? &agent_wire_plain_message : &agent_wire_items[AGENT_WIRE_MESSAGE],
		item);
	if (rc == 0 && kind == BH_JSON_STRING) {
		item->n_parts = 1;
		item->parts = bh_arena_alloc(reading->arena, sizeof(*item->parts));
		*item->parts = (struct agent_wire_part){.type = "output_text",
			.text = bh_json_string(content)};
	}
	return rc < 0 ? rc : check_message(reading, item);
}

/* ---- tool calls and their results ---- */

/* The results as we tell them, without nulls, which may not be listed again. */
static int
check_search(const struct reading *reading, struct agent_wire_item *item)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	struct agent_wire_results results = {0};
	int rc = read_by(reading, &agent_wire_results_shape, &results);

	if (rc < 0 || results.list == NULL)
		return rc;
	agent_wire_results_write(&write, &results);
	item->results = bh_arena_copy(reading->arena, text.data, text.len);
	return 0;
}

static int
check_call_output(const struct reading *reading, struct agent_wire_item *item)
{
	const struct bh_json *output = bh_json_get(reading->item, "output");

	(void)item;
	if (bh_json_kind(output) != BH_JSON_STRING && bh_json_kind(output) != BH_JSON_ARRAY)
		return fault(reading, BH_E_TYPE, "output",
			"'output' must be a string or an array of text parts.");
	for (size_t i = 0; bh_json_kind(output) == BH_JSON_ARRAY && i < bh_json_count(output); i++) {
		const struct bh_json *part = bh_json_at(output, i);
		const char *type = bh_json_text(part, "type");

		if (type == NULL || strcmp(type, "input_text") != 0 || bh_json_text(part, "text") == NULL)
			return fault(reading, BH_E_UNSUPPORTED, "output",
				"'output' may contain only parts of type input_text.");
	}
	return 0;
}

/* ---- the list ---- */

static const struct {
	const char *prefix;
	int (*check)(const struct reading *reading, struct agent_wire_item *item); /* may be NULL */
} kinds[] = {
	[AGENT_WIRE_MESSAGE] = {"msg_", NULL},
	[AGENT_WIRE_SEARCH] = {"fs_", check_search},
	[AGENT_WIRE_CALL] = {"fc_", NULL},
	[AGENT_WIRE_CALL_OUTPUT] = {"fc_", check_call_output},
};

/* Writes the item as it is kept. */
static struct agent_item
finish(const struct reading *reading, struct agent_wire_item *item)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	item->status = "completed";
	bh_union_write(&write, BH_LIST(agent_wire_items), item);
	return (struct agent_item){.id = item->id,
		.json = bh_arena_copy(reading->arena, text.data, text.len),
		.index = reading->index};
}

static int
refuse_type(const struct reading *reading, const char *type)
{
	if (type == NULL && bh_json_get(reading->item, "id") == NULL)
		return fault(reading, BH_E_MISSING, "type",
			"An input item must have a 'type', or a 'role' and 'content'.");
	if (type == NULL || strcmp(type, "item_reference") == 0)
		return fault(reading, BH_E_UNSUPPORTED, type == NULL ? "" : "type",
			"Item references are not supported; send the item itself or use "
			"'previous_response_id'.");
	return fault(reading, BH_E_UNSUPPORTED, "type",
		"The 'type' of an input item must be one of message, file_search_call, function_call, "
		"function_call_output.");
}

static int
read_item(const struct reading *reading, struct agent_item *out, bool *out_kept)
{
	const char *type = bh_json_text(reading->item, "type");
	struct agent_wire_item item = {0};
	size_t kind = 0;
	int rc;

	if (bh_json_kind(reading->item) != BH_JSON_OBJECT)
		return fault(reading, BH_E_TYPE, "", "An input item must be an object.");
	/* Another provider's thoughts tell our models nothing. */
	*out_kept = type == NULL || strcmp(type, "reasoning") != 0;
	if (!*out_kept)
		return 0;
	if (type == NULL && bh_json_get(reading->item, "role") != NULL)
		type = agent_wire_items[AGENT_WIRE_MESSAGE].name;
	while (type != NULL && kind < BH_COUNT(kinds) && strcmp(agent_wire_items[kind].name, type) != 0)
		kind++;
	if (type == NULL || kind == BH_COUNT(kinds))
		return refuse_type(reading, type);
	rc = kind == AGENT_WIRE_MESSAGE ? read_message(reading, &item)
									: read_by(reading, &agent_wire_items[kind], &item);
	if (rc == 0 && kinds[kind].check != NULL)
		rc = kinds[kind].check(reading, &item);
	if (rc < 0)
		return rc;
	item.type = agent_wire_items[kind].name;
	item.id = id_of(reading, kinds[kind].prefix);
	*out = finish(reading, &item);
	return 0;
}

/* What a person says, as a string. */
static struct agent_item
read_text(struct bh_arena *arena, const struct bh_json *input)
{
	struct agent_wire_part part = {.type = "input_text", .text = bh_json_string(input)};
	struct agent_wire_item item = {.type = agent_wire_items[AGENT_WIRE_MESSAGE].name,
		.id = agent_items_id(arena, "msg_"),
		.role = "user",
		.parts = &part,
		.n_parts = 1};

	return finish(&(struct reading){.arena = arena}, &item);
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
		items[0] = read_text(arena, input);
		*out = items;
		*out_n = 1;
		return 0;
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

void
agent_items_show(const char *json, bool include_results, struct bh_buf *out)
{
	struct bh_json_doc doc = {0};
	struct bh_write write = {.out = out};
	const struct bh_json *value;
	const char *name;
	void *cursor = NULL;

	if (include_results || bh_json_parse(json, strlen(json), &doc) < 0 ||
		bh_shape_find(&agent_wire_items[AGENT_WIRE_SEARCH], 1, doc.root) == NULL) {
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

void
agent_items_output(const struct agent_item *items, size_t n, bool include_results,
	struct bh_buf *out)
{
	bh_buf_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			bh_buf_char(out, ',');
		agent_items_show(items[i].json, include_results, out);
	}
	bh_buf_char(out, ']');
}
