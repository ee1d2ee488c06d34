/* SPDX-License-Identifier: Apache-2.0 */
/* record.c: outputs and the events that tell them, in the order the clients' helpers demand. */
#include "agent/record.h"

#include <string.h>

#include "agent/items.h"
#include "agent/response.h"

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

static void
write_text_part(const struct agent_output *message, struct bh_write *write)
{
	bh_write_object(write);
	bh_write_pair_text(write, "type", "output_text");
	bh_write_name(write, "text");
	bh_write_bytes(write, bh_buf_string(&message->text), message->text.len);
	bh_write_name(write, "annotations");
	bh_write_array(write);
	if (message->annotations.len > 0)
		bh_write_raw(write, message->annotations.data, message->annotations.len);
	bh_write_end(write);
	bh_write_name(write, "logprobs");
	bh_write_array(write);
	bh_write_end(write);
	bh_write_end(write);
}

static void
write_search(const struct agent_output *search, bool include_results, struct bh_write *write)
{
	bh_write_name(write, "queries");
	bh_write_array(write);
	bh_write_text(write, search->query);
	bh_write_end(write);
	bh_write_name(write, "results");
	if (include_results && search->results != NULL)
		bh_write_raw(write, search->results, strlen(search->results));
	else
		bh_write_null(write);
}

void
agent_record_item(const struct agent_output *output, bool include_results, struct bh_write *write)
{
	static const char *const types[] = {"file_search_call", "message", "function_call"};

	bh_write_object(write);
	bh_write_pair_text(write, "id", output->id);
	bh_write_pair_text(write, "type", types[output->type]);
	bh_write_pair_text(write, "status", output->status);
	switch (output->type) {
	case AGENT_OUTPUT_SEARCH:
		write_search(output, include_results, write);
		break;
	case AGENT_OUTPUT_MESSAGE:
		bh_write_pair_text(write, "role", "assistant");
		bh_write_name(write, "content");
		bh_write_array(write);
		write_text_part(output, write);
		bh_write_end(write);
		break;
	case AGENT_OUTPUT_CALL:
		bh_write_pair_text(write, "call_id", output->call_id);
		bh_write_pair_text(write, "name", output->name);
		bh_write_name(write, "arguments");
		bh_write_bytes(write, bh_buf_string(&output->text), output->text.len);
		break;
	}
	bh_write_end(write);
}

void
agent_record_output(const struct agent_record *record, bool include_results, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_array(&write);
	for (size_t i = 0; i < record->n_outputs; i++)
		agent_record_item(&record->outputs[i], include_results, &write);
	bh_write_end(&write);
}

/* ---- events ---- */

/* An event being written. */
struct event {
	const char *type;
	struct bh_buf text;
	struct bh_write write;
};

static void
event_begin(struct agent_record *record, const char *type, struct event *out)
{
	*out = (struct event){.type = type};
	out->write.out = &out->text;
	bh_write_object(&out->write);
	bh_write_pair_text(&out->write, "type", type);
	bh_write_pair_int(&out->write, "sequence_number", record->next);
}

static void
event_end(struct agent_record *record, struct event *event)
{
	struct agent_event row = {.sequence = record->next++, .type = event->type};

	bh_write_end(&event->write);
	row.data = bh_arena_copy(&record->pending_arena, event->text.data, event->text.len);
	bh_buf_add(&record->pending, &row, sizeof(row));
	bh_buf_close(&event->text);
}

/* The members every event of a part has. */
static void
part_begin(struct agent_record *record, const char *type, const struct agent_output *output,
	struct event *out)
{
	event_begin(record, type, out);
	bh_write_pair_text(&out->write, "item_id", output->id);
	bh_write_pair_int(&out->write, "output_index", (int64_t)output->index);
	if (output->type == AGENT_OUTPUT_MESSAGE)
		bh_write_pair_int(&out->write, "content_index", 0);
}

static void
no_logprobs(struct event *event)
{
	bh_write_name(&event->write, "logprobs");
	bh_write_array(&event->write);
	bh_write_end(&event->write);
}

void
agent_record_response(struct agent_record *record, const char *type)
{
	struct bh_buf output = {0};
	struct event event;

	agent_record_output(record, record->response->include_results, &output);
	event_begin(record, type, &event);
	bh_write_name(&event.write, "response");
	agent_response_write(record->response, record->echo, bh_buf_string(&output), &event.write);
	event_end(record, &event);
	bh_buf_close(&output);
}

static void
write_item_event(struct agent_record *record, const char *type, const struct agent_output *output,
	bool empty)
{
	struct event event;

	event_begin(record, type, &event);
	bh_write_pair_int(&event.write, "output_index", (int64_t)output->index);
	bh_write_name(&event.write, "item");
	if (empty && output->type == AGENT_OUTPUT_MESSAGE) {
		bh_write_object(&event.write);
		bh_write_pair_text(&event.write, "id", output->id);
		bh_write_pair_text(&event.write, "type", "message");
		bh_write_pair_text(&event.write, "status", output->status);
		bh_write_pair_text(&event.write, "role", "assistant");
		bh_write_name(&event.write, "content");
		bh_write_array(&event.write);
		bh_write_end(&event.write);
		bh_write_end(&event.write);
	} else {
		agent_record_item(output, record->response->include_results, &event.write);
	}
	event_end(record, &event);
}

static struct agent_output *
output_begin(struct agent_record *record, enum agent_output_type type, const char *prefix)
{
	struct agent_output *output;

	if (record->n_outputs == AGENT_OUTPUTS_MAX)
		return NULL;
	output = &record->outputs[record->n_outputs];
	*output = (struct agent_output){
		.type = type,
		.index = record->n_outputs,
		.status = "in_progress",
		.id = agent_items_id(record->arena, prefix),
	};
	record->n_outputs++;
	return output;
}

/* The item's row, a search always with its results. */
static void
output_finish(struct agent_record *record, struct agent_output *output, const char *status)
{
	struct agent_finished finished = {.index = output->index};
	struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	output->status = status;
	agent_record_item(output, true, &write);
	finished.item.id = output->id;
	finished.item.json = bh_arena_copy(&record->pending_arena, text.data, text.len);
	bh_buf_add(&record->finished, &finished, sizeof(finished));
	bh_buf_close(&text);
}

static void
write_state(struct agent_record *record, const char *type, const struct agent_output *output)
{
	struct event event;

	part_begin(record, type, output, &event);
	event_end(record, &event);
}

/* ---- searches ---- */

struct agent_output *
agent_record_search_begin(struct agent_record *record, const char *query)
{
	struct agent_output *search = output_begin(record, AGENT_OUTPUT_SEARCH, "fs_");

	search->query = bh_arena_strdup(record->arena, query);
	write_item_event(record, "response.output_item.added", search, true);
	write_state(record, "response.file_search_call.in_progress", search);
	write_state(record, "response.file_search_call.searching", search);
	return search;
}

void
agent_record_search_end(struct agent_record *record, struct agent_output *search,
	const char *results)
{
	search->results = bh_arena_strdup(record->arena, results);
	write_state(record, "response.file_search_call.completed", search);
	output_finish(record, search, "completed");
	write_item_event(record, "response.output_item.done", search, false);
}

/* ---- messages ---- */

static void
write_part_event(struct agent_record *record, const char *type, const struct agent_output *message)
{
	struct event event;

	part_begin(record, type, message, &event);
	bh_write_name(&event.write, "part");
	write_text_part(message, &event.write);
	event_end(record, &event);
}

struct agent_output *
agent_record_message_begin(struct agent_record *record)
{
	struct agent_output *message = output_begin(record, AGENT_OUTPUT_MESSAGE, "msg_");

	if (message == NULL)
		return NULL;
	write_item_event(record, "response.output_item.added", message, true);
	write_part_event(record, "response.content_part.added", message);
	return message;
}

void
agent_record_text(struct agent_record *record, struct agent_output *message, const char *text,
	size_t len)
{
	struct event event;

	part_begin(record, "response.output_text.delta", message, &event);
	bh_write_name(&event.write, "delta");
	bh_write_bytes(&event.write, text, len);
	no_logprobs(&event);
	event_end(record, &event);
	bh_buf_add(&message->text, text, len);
}

void
agent_record_annotation(struct agent_record *record, struct agent_output *message,
	const char *annotation)
{
	struct event event;

	part_begin(record, "response.output_text.annotation.added", message, &event);
	bh_write_pair_int(&event.write, "annotation_index", (int64_t)message->n_annotations);
	bh_write_name(&event.write, "annotation");
	bh_write_raw(&event.write, annotation, strlen(annotation));
	event_end(record, &event);
	if (message->n_annotations++ > 0)
		bh_buf_char(&message->annotations, ',');
	bh_buf_text(&message->annotations, annotation);
}

void
agent_record_message_end(struct agent_record *record, struct agent_output *message,
	const char *status)
{
	struct event event;

	part_begin(record, "response.output_text.done", message, &event);
	bh_write_name(&event.write, "text");
	bh_write_bytes(&event.write, bh_buf_string(&message->text), message->text.len);
	no_logprobs(&event);
	event_end(record, &event);
	write_part_event(record, "response.content_part.done", message);
	output_finish(record, message, status);
	write_item_event(record, "response.output_item.done", message, false);
}

/* ---- calls ---- */

struct agent_output *
agent_record_call_begin(struct agent_record *record, const char *call_id, const char *name)
{
	struct agent_output *call = output_begin(record, AGENT_OUTPUT_CALL, "fc_");

	if (call == NULL)
		return NULL;
	call->call_id = call_id != NULL && call_id[0] != '\0' ? bh_arena_strdup(record->arena, call_id)
														  : agent_items_id(record->arena, "call_");
	call->name = bh_arena_strdup(record->arena, name);
	write_item_event(record, "response.output_item.added", call, true);
	return call;
}

void
agent_record_arguments(struct agent_record *record, struct agent_output *call, const char *text,
	size_t len)
{
	struct event event;

	part_begin(record, "response.function_call_arguments.delta", call, &event);
	bh_write_name(&event.write, "delta");
	bh_write_bytes(&event.write, text, len);
	event_end(record, &event);
	bh_buf_add(&call->text, text, len);
}

void
agent_record_call_end(struct agent_record *record, struct agent_output *call, const char *status)
{
	struct event event;

	part_begin(record, "response.function_call_arguments.done", call, &event);
	bh_write_pair_text(&event.write, "name", call->name);
	bh_write_name(&event.write, "arguments");
	bh_write_bytes(&event.write, bh_buf_string(&call->text), call->text.len);
	event_end(record, &event);
	output_finish(record, call, status);
	write_item_event(record, "response.output_item.done", call, false);
}

void
agent_record_abandon(struct agent_record *record)
{
	for (size_t i = 0; i < record->n_outputs; i++) {
		if (strcmp(record->outputs[i].status, "in_progress") == 0)
			output_finish(record, &record->outputs[i], "incomplete");
	}
}
