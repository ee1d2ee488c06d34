/* SPDX-License-Identifier: Apache-2.0 */
/* wire.h: the objects of the Responses API, each a struct and the table that reads and writes it. */
#ifndef AGENT_WIRE_H
#define AGENT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/agent.h"
#include "json/fields.h"

/* A part of a message: input_text, input_image, output_text or refusal. */
struct agent_wire_part {
	const char *type;
	const char *text;         /* the refusal's, too */
	const char **annotations; /* JSON objects */
	size_t n_annotations;
	const char *image_url, *file_id; /* of a picture, one of them */
	const char *detail;
};

/* An item: message, file_search_call, function_call or function_call_output. Of these members it has
 * those of its type. */
struct agent_wire_item {
	const char *type;
	const char *id, *status;
	const char *role;
	struct agent_wire_part *parts;
	size_t n_parts;
	const char **queries;
	size_t n_queries;
	const char *results; /* JSON array, or NULL */
	const char *call_id, *name, *arguments;
	const char *output; /* JSON: a string or an array of parts */
};

enum agent_wire_type {
	AGENT_WIRE_MESSAGE,
	AGENT_WIRE_SEARCH,
	AGENT_WIRE_CALL,
	AGENT_WIRE_CALL_OUTPUT,
	AGENT_WIRE_TYPES
};

extern const struct bh_shape agent_wire_items[AGENT_WIRE_TYPES];
/* A message whose content is a string, which is not read. */
extern const struct bh_shape agent_wire_plain_message;

/* A hit of a search, as it is listed in an item. */
struct agent_wire_result {
	const char *file_id, *filename, *text;
	double score;
	bool has_score;
	const char *attributes, *place; /* JSON objects */
};

/* The item's member `results`; NULL where it has none. */
struct agent_wire_results {
	struct agent_wire_result *list;
	size_t n;
};

extern const struct bh_shape agent_wire_results_shape;
/* The array alone. */
void agent_wire_results_write(struct bh_write *write, const struct agent_wire_results *results);

/* A Response and its items, a JSON array. */
struct agent_wire_response {
	struct agent_response row;
	const char *output;
	bool has_error, has_incomplete, has_usage;
	int64_t total_tokens, cache_write_tokens;
};

extern const struct bh_shape agent_wire_response_shape;

struct agent_wire_response agent_wire_response_of(const struct agent_response *row,
	const char *output);

/* Its part says what the message is. */
#define AGENT_WIRE_REFUSAL_DELTA "response.refusal.delta"

/* An event of a stream: of these members it has those of its type. Those that repeat what others say
 * (`response`, `part`) are not read. */
struct agent_wire_event {
	const char *type;
	int64_t sequence;
	const char *item_id;
	int64_t output_index, content_index, annotation_index;
	struct agent_wire_response response;
	struct agent_wire_item item;
	struct agent_wire_part part;
	bool has_output_index, has_content_index, has_annotation_index;
	bool has_response, has_item, has_part;
	const char *delta, *text, *refusal, *name, *arguments;
	const char *annotation;     /* JSON object */
	const char *logprobs;       /* JSON array */
	const char *code, *message; /* of an error */
	const char *param;          /* JSON */
};

extern const struct bh_shape agent_wire_event_shape;

#endif
