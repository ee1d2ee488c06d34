/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c: what a run had put out when its worker died, read back from its journal. */
#include "agent/record.h"

#include <string.h>

#include "agent/wire.h"
#include "base/error.h"

static int
replay_added(struct agent_record *record, const struct agent_wire_event *event)
{
	const struct agent_wire_item *item = &event->item;
	struct bh_arena *arena = record->arena;
	struct agent_output output = {.status = "in_progress", .index = record->n_outputs};

	if (!event->has_item || record->n_outputs == AGENT_OUTPUTS_MAX || item->id == NULL ||
		!event->has_output_index || event->output_index != (int64_t)record->n_outputs)
		return bh_error(BH_E_JSON, "a journal has items out of order");
	output.id = bh_arena_strdup(arena, item->id);
	if (strcmp(item->type, "message") == 0) {
		output.type = AGENT_OUTPUT_MESSAGE;
	} else if (item->n_queries > 0) {
		output.type = AGENT_OUTPUT_SEARCH;
		output.queries = item->queries;
		output.n_queries = item->n_queries;
		for (size_t i = 0; i < output.n_queries; i++)
			output.queries[i] = bh_arena_strdup(arena, item->queries[i]);
	} else if (item->name != NULL) {
		output.type = AGENT_OUTPUT_CALL;
		output.call_id = bh_arena_strdup(arena, item->call_id);
		output.name = bh_arena_strdup(arena, item->name);
	} else {
		return bh_error(BH_E_JSON, "a journal has an item of another type");
	}
	record->outputs[record->n_outputs++] = output;
	return 0;
}

static int
replay_event(struct agent_record *record, const struct agent_wire_event *event)
{
	struct agent_output *output;

	if (strcmp(event->type, "response.output_item.added") == 0)
		return replay_added(record, event);
	if (!event->has_output_index || event->output_index < 0 ||
		(size_t)event->output_index >= record->n_outputs)
		return 0;
	output = &record->outputs[event->output_index];
	if (strcmp(event->type, AGENT_WIRE_REFUSAL_DELTA) == 0)
		output->is_refusal = true;
	if (event->delta != NULL)
		bh_buf_text(&output->text, event->delta);
	if (event->annotation != NULL)
		bh_buf_add(&output->annotations, &event->annotation, sizeof(event->annotation));
	if (event->has_item && event->item.status != NULL)
		output->status = bh_arena_strdup(record->arena, event->item.status);
	return 0;
}

/* An event, or a finished item, by its table. BH_E_JSON where it is damaged. */
static int
read_row(struct agent_record *record, const char *text, const struct bh_shape *shape,
	struct bh_json_doc *doc, void *out)
{
	int rc = bh_json_parse(text, strlen(text), doc);

	if (rc < 0)
		return rc;
	rc = bh_fields_read(record->arena, doc->root, BH_OF(*shape), "", out);
	return rc < 0 ? bh_error(BH_E_JSON, "a journal has a row that cannot be read") : 0;
}

/* A finished search's row holds its results, whether or not the events show them. */
static int
replay_results(struct agent_record *record, const struct agent_item *row)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct agent_wire_item item = {0};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < record->n_outputs; i++) {
		struct agent_output *output = &record->outputs[i];

		if (output->type != AGENT_OUTPUT_SEARCH || strcmp(output->id, row->id) != 0)
			continue;
		rc = read_row(record, row->json, &agent_wire_items[AGENT_WIRE_SEARCH], &doc, &item);
		if (rc == 0)
			output->results = item.results;
	}
	return rc;
}

int
agent_record_replay(struct agent_record *record, const struct agent_event *events, size_t n_events,
	const struct agent_item *items, size_t n_items)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n_events; i++) {
		struct bh_json_doc doc = {0};
		struct agent_wire_event event = {0};

		rc = read_row(record, events[i].data, &agent_wire_event_shape, &doc, &event);
		if (rc == 0)
			rc = replay_event(record, &event);
		bh_json_close(&doc);
		record->next = events[i].sequence + 1;
	}
	for (size_t i = 0; rc == 0 && i < n_items; i++)
		rc = replay_results(record, &items[i]);
	return rc;
}
