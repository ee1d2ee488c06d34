/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c: what a run had put out when its worker died, read back from its journal. */
#include "agent/record.h"

#include <string.h>

#include "base/error.h"

static int64_t
int_of(const struct bh_json *object, const char *name)
{
	int64_t value = -1;

	(void)bh_json_int(bh_json_get(object, name), &value);
	return value;
}

static const char *
text_of(struct agent_record *record, const struct bh_json *object, const char *name)
{
	const char *text = bh_json_string(bh_json_get(object, name));

	return bh_arena_strdup(record->arena, text != NULL ? text : "");
}

static struct agent_output *
output_at(struct agent_record *record, const struct bh_json *event)
{
	int64_t index = int_of(event, "output_index");

	return index >= 0 && (size_t)index < record->n_outputs ? &record->outputs[index] : NULL;
}

static int
replay_added(struct agent_record *record, const struct bh_json *event)
{
	const struct bh_json *item = bh_json_get(event, "item");
	const char *type = bh_json_string(bh_json_get(item, "type"));
	struct agent_output output = {.status = "in_progress", .index = record->n_outputs};

	if (type == NULL || record->n_outputs == AGENT_OUTPUTS_MAX ||
		int_of(event, "output_index") != (int64_t)record->n_outputs)
		return bh_error(BH_E_JSON, "a journal has items out of order");
	output.id = text_of(record, item, "id");
	if (strcmp(type, "file_search_call") == 0) {
		output.type = AGENT_OUTPUT_SEARCH;
		output.query = bh_json_string(bh_json_at(bh_json_get(item, "queries"), 0));
		output.query = bh_arena_strdup(record->arena, output.query != NULL ? output.query : "");
	} else if (strcmp(type, "message") == 0) {
		output.type = AGENT_OUTPUT_MESSAGE;
	} else {
		output.type = AGENT_OUTPUT_CALL;
		output.call_id = text_of(record, item, "call_id");
		output.name = text_of(record, item, "name");
	}
	record->outputs[record->n_outputs++] = output;
	return 0;
}

static int
replay_event(struct agent_record *record, const char *type, const struct bh_json *event)
{
	struct agent_output *output = output_at(record, event);
	const struct bh_json *delta = bh_json_get(event, "delta");

	if (strcmp(type, "response.output_item.added") == 0)
		return replay_added(record, event);
	if (output == NULL)
		return 0;
	if (strcmp(type, "response.output_text.delta") == 0 ||
		strcmp(type, "response.function_call_arguments.delta") == 0) {
		bh_buf_add(&output->text, bh_json_string(delta), bh_json_string_len(delta));
	} else if (strcmp(type, "response.output_text.annotation.added") == 0) {
		if (output->n_annotations++ > 0)
			bh_buf_char(&output->annotations, ',');
		bh_json_append(&output->annotations, bh_json_get(event, "annotation"));
	} else if (strcmp(type, "response.output_item.done") == 0) {
		output->status = text_of(record, bh_json_get(event, "item"), "status");
	}
	return 0;
}

/* A finished search's row holds its results, whether or not the events show them. */
static int
replay_results(struct agent_record *record, const struct agent_item *item)
{
	struct bh_json_doc doc = {0};
	struct bh_buf results = {0};
	int rc;

	rc = bh_json_parse(item->json, strlen(item->json), &doc);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < record->n_outputs; i++) {
		struct agent_output *output = &record->outputs[i];

		if (output->type != AGENT_OUTPUT_SEARCH || strcmp(output->id, item->id) != 0 ||
			bh_json_kind(bh_json_get(doc.root, "results")) != BH_JSON_ARRAY)
			continue;
		bh_json_append(&results, bh_json_get(doc.root, "results"));
		output->results = bh_arena_copy(record->arena, bh_buf_string(&results), results.len);
	}
	bh_buf_close(&results);
	bh_json_close(&doc);
	return 0;
}

int
agent_record_replay(struct agent_record *record, const struct agent_event *events, size_t n_events,
	const struct agent_item *items, size_t n_items)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n_events; i++) {
		struct bh_json_doc doc = {0};

		rc = bh_json_parse(events[i].data, strlen(events[i].data), &doc);
		if (rc == 0)
			rc = replay_event(record, events[i].type, doc.root);
		bh_json_close(&doc);
		record->next = events[i].sequence + 1;
	}
	for (size_t i = 0; rc == 0 && i < n_items; i++)
		rc = replay_results(record, &items[i]);
	return rc;
}
