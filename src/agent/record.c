/* SPDX-License-Identifier: Apache-2.0 */
/* record.c: outputs and the events that tell them, in the order the clients' helpers demand. */
#include "agent/record.h"

#include <string.h>

#include "agent/items.h"
#include "agent/wire.h"

size_t
agent_record_pending_bytes(const struct agent_record *record)
{
	const struct agent_event *events = (const void *)record->pending.data;
	size_t bytes = 0;

	for (size_t i = 0; i < record->pending.len / sizeof(*events); i++)
		bytes += strlen(events[i].data);
	return bytes;
}

void
agent_record_committed(struct agent_record *record)
{
	bh_buf_reset(&record->pending);
	bh_buf_reset(&record->finished);
	bh_arena_close(&record->pending_arena);
}

void
agent_record_close(struct agent_record *record)
{
	for (size_t i = 0; i < record->n_outputs; i++) {
		bh_buf_close(&record->outputs[i].text);
		bh_buf_close(&record->outputs[i].annotations);
	}
	bh_buf_close(&record->pending);
	bh_buf_close(&record->finished);
	bh_arena_close(&record->pending_arena);
	*record = (struct agent_record){0};
}

bool
agent_record_has_text(const struct agent_record *record)
{
	for (size_t i = 0; i < record->n_outputs; i++) {
		if (record->outputs[i].type != AGENT_OUTPUT_SEARCH &&
			(record->outputs[i].text.len > 0 || record->outputs[i].type == AGENT_OUTPUT_CALL))
			return true;
	}
	return false;
}

/* ---- items ---- */

/* The item as it stands; `part` becomes its one part. */
static struct agent_wire_item
item_of(const struct agent_output *output, bool include_results, struct agent_wire_part *part)
{
	static const char *const types[] = {"file_search_call", "message", "function_call"};
	const char *text = bh_buf_string(&output->text);

	*part = (struct agent_wire_part){output->is_refusal ? "refusal" : "output_text", text,
		(void *)output->annotations.data, output->annotations.len / sizeof(char *)};
	return (struct agent_wire_item){
		.type = types[output->type],
		.id = output->id,
		.status = output->status,
		.role = "assistant",
		.parts = part,
		.n_parts = 1,
		.queries = output->queries,
		.n_queries = output->n_queries,
		.results = include_results ? output->results : NULL,
		.call_id = output->call_id,
		.name = output->name,
		.arguments = text,
	};
}

static void
write_item(const struct agent_output *output, bool include_results, struct bh_write *write)
{
	struct agent_wire_part part;
	const struct agent_wire_item item = item_of(output, include_results, &part);

	bh_union_write(write, BH_LIST(agent_wire_items), &item);
}

void
agent_record_output(const struct agent_record *record, bool include_results, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_array(&write);
	for (size_t i = 0; i < record->n_outputs; i++)
		write_item(&record->outputs[i], include_results, &write);
	bh_write_end(&write);
}

/* ---- events ---- */

/* Puts an event behind those that are pending; its number is the next. */
static void
add_event(struct agent_record *record, const struct agent_wire_event *event)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	struct agent_wire_event numbered = *event;
	struct agent_event row = {.sequence = record->next++, .type = event->type};

	numbered.sequence = row.sequence;
	bh_fields_write(&write, BH_OF(agent_wire_event_shape), &numbered);
	row.data = bh_arena_copy(&record->pending_arena, text.data, text.len);
	bh_buf_add(&record->pending, &row, sizeof(row));
}

/* An event of an output: what all of them say, for the rest. */
static struct agent_wire_event
event_of(const char *type, const struct agent_output *output)
{
	return (struct agent_wire_event){
		.type = type,
		.item_id = output->id,
		.has_output_index = true,
		.output_index = (int64_t)output->index,
		.has_content_index = output->type == AGENT_OUTPUT_MESSAGE,
	};
}

static void
add_state(struct agent_record *record, const char *type, const struct agent_output *output)
{
	const struct agent_wire_event event = event_of(type, output);

	add_event(record, &event);
}

static void
add_part(struct agent_record *record, const char *type, const struct agent_output *message)
{
	struct agent_wire_event event = event_of(type, message);

	event.has_part = true;
	(void)item_of(message, false, &event.part);
	add_event(record, &event);
}

/* The item as a whole: when it begins, a message has no part yet. */
static void
add_item(struct agent_record *record, const char *type, const struct agent_output *output)
{
	struct agent_wire_part part;
	struct agent_wire_event event = {
		.type = type,
		.has_output_index = true,
		.output_index = (int64_t)output->index,
		.has_item = true,
		.item = item_of(output, record->response->include_results, &part),
	};

	if (strcmp(output->status, "in_progress") == 0)
		event.item.n_parts = 0;
	add_event(record, &event);
}

void
agent_record_response(struct agent_record *record, const char *type)
{
	BH_AUTO(bh_buf_close) struct bh_buf output = {0};
	struct agent_wire_event event = {.type = type, .has_response = true};

	agent_record_output(record, record->response->include_results, &output);
	event.response = agent_wire_response_of(record->response, bh_buf_string(&output));
	add_event(record, &event);
}

/* ---- outputs ---- */

/* NULL: there are too many. */
static struct agent_output *
output_begin(struct agent_record *record, struct agent_output output, const char *prefix)
{
	if (record->n_outputs == AGENT_OUTPUTS_MAX)
		return NULL;
	output.index = record->n_outputs;
	output.status = "in_progress";
	output.id = agent_items_id(record->arena, prefix);
	record->outputs[record->n_outputs] = output;
	add_item(record, "response.output_item.added", &record->outputs[record->n_outputs]);
	return &record->outputs[record->n_outputs++];
}

/* The item's row, a search always with its results. */
static void
output_finish(struct agent_record *record, struct agent_output *output, const char *status)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	struct agent_finished finished = {.index = output->index, .item.id = output->id};

	output->status = status;
	write_item(output, true, &write);
	finished.item.json = bh_arena_copy(&record->pending_arena, text.data, text.len);
	bh_buf_add(&record->finished, &finished, sizeof(finished));
}

static void
output_end(struct agent_record *record, struct agent_output *output, const char *status)
{
	output_finish(record, output, status);
	add_item(record, "response.output_item.done", output);
}

struct agent_output *
agent_record_search_begin(struct agent_record *record, const char *const *queries, size_t n)
{
	struct agent_output output = {.type = AGENT_OUTPUT_SEARCH, .n_queries = n};
	struct agent_output *search;

	output.queries = bh_arena_array(record->arena, n + 1, sizeof(*output.queries));
	for (size_t i = 0; i < n; i++)
		output.queries[i] = bh_arena_strdup(record->arena, queries[i]);
	search = output_begin(record, output, "fs_");
	add_state(record, "response.file_search_call.in_progress", search);
	add_state(record, "response.file_search_call.searching", search);
	return search;
}

void
agent_record_search_end(struct agent_record *record, struct agent_output *search,
	const char *results)
{
	search->results = bh_arena_strdup(record->arena, results);
	add_state(record, "response.file_search_call.completed", search);
	output_end(record, search, "completed");
}

struct agent_output *
agent_record_message_begin(struct agent_record *record, bool is_refusal)
{
	struct agent_output *message = output_begin(record,
		(struct agent_output){.type = AGENT_OUTPUT_MESSAGE, .is_refusal = is_refusal}, "msg_");

	if (message != NULL)
		add_part(record, "response.content_part.added", message);
	return message;
}

void
agent_record_annotation(struct agent_record *record, struct agent_output *message,
	const char *annotation)
{
	struct agent_wire_event event = event_of("response.output_text.annotation.added", message);

	event.has_annotation_index = true;
	event.annotation_index = (int64_t)(message->annotations.len / sizeof(annotation));
	event.annotation = bh_arena_strdup(record->arena, annotation);
	add_event(record, &event);
	bh_buf_add(&message->annotations, &event.annotation, sizeof(event.annotation));
}

struct agent_output *
agent_record_call_begin(struct agent_record *record, const char *call_id, const char *name)
{
	return output_begin(record,
		(struct agent_output){.type = AGENT_OUTPUT_CALL,
			.call_id = call_id != NULL && call_id[0] != '\0'
				? bh_arena_strdup(record->arena, call_id)
				: agent_items_id(record->arena, "call_"),
			.name = bh_arena_strdup(record->arena, name)},
		"fc_");
}

void
agent_record_delta(struct agent_record *record, struct agent_output *output, const char *text,
	size_t len)
{
	bool is_text = output->type == AGENT_OUTPUT_MESSAGE && !output->is_refusal;
	struct agent_wire_event event = event_of(is_text ? "response.output_text.delta"
			: output->is_refusal                     ? AGENT_WIRE_REFUSAL_DELTA
													 : "response.function_call_arguments.delta",
		output);

	event.delta = bh_arena_copy(&record->pending_arena, text, len);
	event.logprobs = is_text ? "[]" : NULL;
	add_event(record, &event);
	bh_buf_add(&output->text, text, len);
}

void
agent_record_end(struct agent_record *record, struct agent_output *output, const char *status)
{
	const char *text = bh_buf_string(&output->text);
	struct agent_wire_event event;

	if (output->is_refusal) {
		event = event_of("response.refusal.done", output);
		event.refusal = text;
		add_event(record, &event);
		add_part(record, "response.content_part.done", output);
	} else if (output->type == AGENT_OUTPUT_MESSAGE) {
		event = event_of("response.output_text.done", output);
		event.text = text;
		event.logprobs = "[]";
		add_event(record, &event);
		add_part(record, "response.content_part.done", output);
	} else {
		event = event_of("response.function_call_arguments.done", output);
		event.name = output->name;
		event.arguments = text;
		add_event(record, &event);
	}
	output_end(record, output, status);
}

void
agent_record_abandon(struct agent_record *record)
{
	for (size_t i = 0; i < record->n_outputs; i++) {
		if (strcmp(record->outputs[i].status, "in_progress") == 0)
			output_finish(record, &record->outputs[i], "incomplete");
	}
}
