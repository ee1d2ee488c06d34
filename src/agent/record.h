/* SPDX-License-Identifier: Apache-2.0 */
/* record.h: the output of a run so far, and its events. Nothing here is sent or committed: events gather
 * in `pending` until the journal takes them. */
#ifndef AGENT_RECORD_H
#define AGENT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/agent.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"
#include "json/fields.h"

#define AGENT_OUTPUTS_MAX 64

enum agent_output_type { AGENT_OUTPUT_SEARCH, AGENT_OUTPUT_MESSAGE, AGENT_OUTPUT_CALL };

/* One output item as far as it has come. */
struct agent_output {
	enum agent_output_type type;
	size_t index; /* output_index */
	const char *id;
	const char *status;   /* "in_progress", "completed", "incomplete", "failed" */
	const char **queries; /* searches */
	size_t n_queries;
	bool is_refusal;            /* messages: their part says why there is no answer */
	const char *results;        /* searches: JSON array, NULL while there is none */
	const char *call_id, *name; /* calls */
	struct bh_buf text;         /* owned: a message's text, a call's arguments */
	struct bh_buf annotations;  /* owned: const char * each, a JSON object */
};

/* An item that is finished, on its way to its row. */
struct agent_finished {
	size_t index;
	struct agent_item item;
};

struct agent_record {
	struct bh_arena *arena;          /* borrowed: outputs live here */
	struct agent_response *response; /* borrowed */
	struct agent_output outputs[AGENT_OUTPUTS_MAX];
	size_t n_outputs;
	int64_t next;                  /* sequence number of the next event */
	struct bh_arena pending_arena; /* owned: text of what is pending */
	struct bh_buf pending;         /* owned: struct agent_event each */
	struct bh_buf finished;        /* owned: struct agent_finished each */
};

/* Of the data of all events that are pending. */
size_t agent_record_pending_bytes(const struct agent_record *record);

/* Forgets what was pending: the journal has it. */
void agent_record_committed(struct agent_record *record);
void agent_record_close(struct agent_record *record);

/* True when a client may have seen text or arguments. */
bool agent_record_has_text(const struct agent_record *record);

/* All items as a JSON array, as clients see them; a search's results only if asked for. */
void agent_record_output(const struct agent_record *record, bool include_results,
	struct bh_buf *out);

/* "response.created", ".queued", ".in_progress", ".completed", ".failed", ".incomplete": the whole
 * response as it stands. */
void agent_record_response(struct agent_record *record, const char *type);

/* file_search: added, in_progress, searching; then completed and done. */
struct agent_output *agent_record_search_begin(struct agent_record *record,
	const char *const *queries, size_t n);
void agent_record_search_end(struct agent_record *record, struct agent_output *search,
	const char *results);

/* A message with its one part, text or a refusal, or a call of the client's function. NULL: there are too
 * many outputs. */
struct agent_output *agent_record_message_begin(struct agent_record *record, bool is_refusal);
struct agent_output *agent_record_call_begin(struct agent_record *record, const char *call_id,
	const char *name);
/* More of its text or arguments. */
void agent_record_delta(struct agent_record *record, struct agent_output *output, const char *text,
	size_t len);
/* `annotation` is a JSON object. */
void agent_record_annotation(struct agent_record *record, struct agent_output *message,
	const char *annotation);
void agent_record_end(struct agent_record *record, struct agent_output *output, const char *status);

/* Marks what is unfinished as incomplete, without events: the response ends here. */
void agent_record_abandon(struct agent_record *record);

/* Rebuilds outputs from a journal and the finished items. BH_E_JSON: a row is damaged. */
BH_MUST_CHECK int agent_record_replay(struct agent_record *record, const struct agent_event *events,
	size_t n_events, const struct agent_item *items, size_t n_items);

#endif
