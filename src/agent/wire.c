/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c: the tables of the Responses API. Members that clients may add are ignored. */
#include "agent/wire.h"

#include <string.h>

#include "agent/request.h"

enum { PARTS_MAX = 1000, CALL_ID_MAX = 128 };

#define OPTIONAL BH_NULLABLE
#define OTHERS \
	{ \
		"*", BH_FIELD_IGNORED \
	}

bool
agent_status_is_final(const char *status)
{
	return strcmp(status, "queued") != 0 && strcmp(status, "in_progress") != 0;
}

static const char *
no_logprobs(const void *row)
{
	(void)row;
	return "[]";
}

/* ---- parts ---- */

#define AT(member) offsetof(struct agent_wire_part, member)
#define TYPE \
	{ \
		"type", BH_FIELD_TEXT, AT(type) \
	}

static const struct bh_field json_row = {"", BH_FIELD_JSON};

static const struct bh_field input_text_fields[] = {
	TYPE,
	{"text", BH_FIELD_TEXT, AT(text), BH_REQUIRED},
	OTHERS,
};

static const struct bh_field input_image_fields[] = {
	TYPE,
	{"image_url", BH_FIELD_TEXT, AT(image_url), OPTIONAL | BH_OMIT},
	{"file_id", BH_FIELD_TEXT, AT(file_id), OPTIONAL | BH_OMIT, 1, 256},
	{"detail", BH_FIELD_CHOICE, AT(detail), OPTIONAL, .words = "auto low high"},
	OTHERS,
};

static const struct bh_field output_text_fields[] = {
	TYPE,
	{"text", BH_FIELD_TEXT, AT(text), BH_REQUIRED},
	{"annotations", BH_FIELD_ARRAY, AT(annotations), OPTIONAL,
		BH_ELEMENTS(struct agent_wire_part, annotations, n_annotations, &json_row)},
	{"logprobs", BH_FIELD_JSON, .flags = BH_READ_ONLY, .text_of = no_logprobs},
	OTHERS,
};

static const struct bh_field refusal_fields[] = {
	TYPE,
	{"refusal", BH_FIELD_TEXT, AT(text), BH_REQUIRED},
	OTHERS,
};

static const struct bh_shape parts[] = {
	BH_SHAPE("input_text", struct agent_wire_part, input_text_fields),
	BH_SHAPE("input_image", struct agent_wire_part, input_image_fields),
	BH_SHAPE("output_text", struct agent_wire_part, output_text_fields),
	BH_SHAPE("refusal", struct agent_wire_part, refusal_fields),
	BH_SHAPE("text", struct agent_wire_part, output_text_fields),
};

static const struct bh_field part_row = {"", BH_FIELD_UNION, 0, BH_PARTIAL, BH_VARIANTS(parts)};

#undef AT
#undef TYPE

/* ---- items ---- */

#define AT(member) offsetof(struct agent_wire_item, member)
#define HEAD \
	{"type", BH_FIELD_TEXT, AT(type), OPTIONAL}, {"id", BH_FIELD_TEXT, AT(id), OPTIONAL}, \
	{ \
		"status", BH_FIELD_TEXT, AT(status), OPTIONAL \
	}

static const struct bh_field text_row = {"", BH_FIELD_TEXT};

#define ROLE \
	{ \
		"role", BH_FIELD_CHOICE, AT(role), BH_REQUIRED, .words = "user assistant system developer" \
	}

static const struct bh_field plain_message_fields[] = {ROLE, OTHERS};

static const struct bh_field message_fields[] = {
	HEAD,
	ROLE,
	{"content", BH_FIELD_ARRAY, AT(parts), BH_REQUIRED, 0, PARTS_MAX,
		BH_ELEMENTS(struct agent_wire_item, parts, n_parts, &part_row)},
	OTHERS,
};

static const struct bh_field search_fields[] = {
	HEAD,
	{"queries", BH_FIELD_ARRAY, AT(queries), BH_REQUIRED,
		BH_ELEMENTS(struct agent_wire_item, queries, n_queries, &text_row)},
	{"results", BH_FIELD_JSON, AT(results), OPTIONAL},
	OTHERS,
};

static const struct bh_field call_fields[] = {
	HEAD,
	{"call_id", BH_FIELD_TEXT, AT(call_id), BH_REQUIRED, 1, CALL_ID_MAX},
	{"name", BH_FIELD_TEXT, AT(name), BH_REQUIRED},
	{"arguments", BH_FIELD_TEXT, AT(arguments), BH_REQUIRED},
	OTHERS,
};

static const struct bh_field call_output_fields[] = {
	HEAD,
	{"call_id", BH_FIELD_TEXT, AT(call_id), BH_REQUIRED, 1, CALL_ID_MAX},
	{"output", BH_FIELD_JSON, AT(output), BH_REQUIRED},
	OTHERS,
};

const struct bh_shape agent_wire_items[AGENT_WIRE_TYPES] = {
	[AGENT_WIRE_MESSAGE] = BH_SHAPE("message", struct agent_wire_item, message_fields),
	[AGENT_WIRE_SEARCH] = BH_SHAPE("file_search_call", struct agent_wire_item, search_fields),
	[AGENT_WIRE_CALL] = BH_SHAPE("function_call", struct agent_wire_item, call_fields),
	[AGENT_WIRE_CALL_OUTPUT] = BH_SHAPE("function_call_output", struct agent_wire_item,
		call_output_fields),
};

const struct bh_shape agent_wire_plain_message = BH_SHAPE("message", struct agent_wire_item,
	plain_message_fields);

#undef AT

/* ---- results ---- */

#define AT(member) offsetof(struct agent_wire_result, member)

static const struct bh_field result_fields[] = {
	{"file_id", BH_FIELD_TEXT, AT(file_id), OPTIONAL | BH_OMIT},
	{"filename", BH_FIELD_TEXT, AT(filename), OPTIONAL | BH_OMIT},
	{"score", BH_FIELD_DOUBLE, AT(score), OPTIONAL | BH_OMIT,
		.set = BH_SET(struct agent_wire_result, has_score)},
	{"attributes", BH_FIELD_METADATA, AT(attributes), OPTIONAL | BH_OMIT | BH_MIXED},
	{"text", BH_FIELD_TEXT, AT(text), OPTIONAL | BH_OMIT},
	{"bulkhead", BH_FIELD_JSON, AT(place), OPTIONAL | BH_OMIT},
	OTHERS,
};

#undef AT

static const struct bh_field result_row = {"", BH_FIELD_OBJECT, BH_FIELDS(result_fields)};

static const struct bh_field results_fields[] = {
	{"results", BH_FIELD_ARRAY, 0, OPTIONAL,
		BH_ELEMENTS(struct agent_wire_results, list, n, &result_row)},
	OTHERS,
};

const struct bh_shape agent_wire_results_shape = BH_SHAPE(NULL, struct agent_wire_results,
	results_fields);

void
agent_wire_results_write(struct bh_write *write, const struct agent_wire_results *results)
{
	bh_write_array(write);
	for (size_t i = 0; i < results->n; i++)
		bh_fields_write(write, BH_LIST(result_fields), &results->list[i]);
	bh_write_end(write);
}

/* ---- the Response ---- */

#define AT(member) offsetof(struct agent_wire_response, member)
#define SET(member) BH_SET(struct agent_wire_response, member)

static const struct bh_field error_fields[] = {
	{"code", BH_FIELD_TEXT, AT(row.error_code)},
	{"message", BH_FIELD_TEXT, AT(row.error_message)},
};

static const struct bh_field incomplete_fields[] = {
	{"reason", BH_FIELD_TEXT, AT(row.incomplete_reason)},
};

static const struct bh_field input_detail_fields[] = {
	{"cached_tokens", BH_FIELD_INT, AT(row.usage.cached)},
	{"cache_write_tokens", BH_FIELD_INT, AT(cache_write_tokens)},
};

static const struct bh_field output_detail_fields[] = {
	{"reasoning_tokens", BH_FIELD_INT, AT(row.usage.reasoning)},
};

static const struct bh_field usage_fields[] = {
	{"input_tokens", BH_FIELD_INT, AT(row.usage.input)},
	{"input_tokens_details", BH_FIELD_OBJECT, BH_FIELDS(input_detail_fields)},
	{"output_tokens", BH_FIELD_INT, AT(row.usage.output)},
	{"output_tokens_details", BH_FIELD_OBJECT, BH_FIELDS(output_detail_fields)},
	{"total_tokens", BH_FIELD_INT, AT(total_tokens)},
};

static const struct bh_field response_fields[] = {
	{"id", BH_FIELD_ID, AT(row.id), .words = AGENT_RESPONSE_PREFIX},
	{"object", BH_FIELD_CONST, .words = "response"},
	{"created_at", BH_FIELD_TIME, AT(row.created_ms)},
	{"status", BH_FIELD_CHOICE, AT(row.status),
		.words = "queued in_progress completed failed cancelled incomplete"},
	{"completed_at", BH_FIELD_TIME, AT(row.completed_ms), BH_NULLABLE},
	{"error", BH_FIELD_OBJECT, 0, BH_NULLABLE, .set = SET(has_error), BH_FIELDS(error_fields)},
	{"incomplete_details", BH_FIELD_OBJECT, 0, BH_NULLABLE, .set = SET(has_incomplete),
		BH_FIELDS(incomplete_fields)},
	{"model", BH_FIELD_TEXT, AT(row.model)},
	{"output", BH_FIELD_JSON, AT(output)},
	{"", BH_FIELD_MEMBERS, AT(row.echo), .variants = &agent_request_echo, .n_variants = 1},
	/* The description refuses null: while it is not known, the member is left out. */
	{"usage", BH_FIELD_OBJECT, 0, BH_OMIT, .set = SET(has_usage), BH_FIELDS(usage_fields)},
};

const struct bh_shape agent_wire_response_shape = BH_SHAPE("Response", struct agent_wire_response,
	response_fields);

#undef AT
#undef SET

struct agent_wire_response
agent_wire_response_of(const struct agent_response *row, const char *output)
{
	return (struct agent_wire_response){
		.row = *row,
		.output = output,
		.has_error = row->error_code != NULL,
		.has_incomplete = row->incomplete_reason != NULL,
		.has_usage = row->usage.known && agent_status_is_final(row->status),
		.total_tokens = row->usage.input + row->usage.output,
	};
}

/* ---- events ---- */

#define AT(member) offsetof(struct agent_wire_event, member)
#define SET(member) BH_SET(struct agent_wire_event, member)

static const struct bh_field event_fields[] = {
	{"type", BH_FIELD_TEXT, AT(type), BH_REQUIRED},
	{"sequence_number", BH_FIELD_INT, AT(sequence), BH_REQUIRED},
	{"response", BH_FIELD_OBJECT, AT(response), BH_OMIT | BH_READ_ONLY, .set = SET(has_response),
		BH_FIELDS(response_fields)},
	{"item_id", BH_FIELD_TEXT, AT(item_id), BH_OMIT},
	{"output_index", BH_FIELD_INT, AT(output_index), BH_OMIT, .set = SET(has_output_index)},
	{"content_index", BH_FIELD_INT, AT(content_index), BH_OMIT, .set = SET(has_content_index)},
	{"annotation_index", BH_FIELD_INT, AT(annotation_index), BH_OMIT,
		.set = SET(has_annotation_index)},
	{"item", BH_FIELD_UNION, AT(item), BH_OMIT, .set = SET(has_item),
		BH_VARIANTS(agent_wire_items)},
	{"part", BH_FIELD_UNION, AT(part), BH_OMIT | BH_READ_ONLY, .set = SET(has_part),
		BH_VARIANTS(parts)},
	{"delta", BH_FIELD_TEXT, AT(delta), BH_OMIT},
	{"text", BH_FIELD_TEXT, AT(text), BH_OMIT},
	{"refusal", BH_FIELD_TEXT, AT(refusal), BH_OMIT},
	{"name", BH_FIELD_TEXT, AT(name), BH_OMIT},
	{"arguments", BH_FIELD_TEXT, AT(arguments), BH_OMIT},
	{"annotation", BH_FIELD_JSON, AT(annotation), BH_OMIT},
	{"logprobs", BH_FIELD_JSON, AT(logprobs), BH_OMIT},
	{"code", BH_FIELD_TEXT, AT(code), BH_OMIT},
	{"message", BH_FIELD_TEXT, AT(message), BH_OMIT},
	{"param", BH_FIELD_JSON, AT(param), BH_OMIT},
	OTHERS,
};

const struct bh_shape agent_wire_event_shape = BH_SHAPE("ResponseEvent", struct agent_wire_event,
	event_fields);
