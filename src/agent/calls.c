/* SPDX-License-Identifier: Apache-2.0 */
/* calls.c: holds the function calls of a conversation against their outputs. */
#include "agent/calls.h"

#include <stdio.h>
#include <string.h>

#include "agent/wire.h"
#include "base/buf.h"
#include "base/error.h"

/* The list of calls: for each a mark, its id and a NUL, which no id holds. */
enum { OPEN = '?', ANSWERED = '!' };

/* The mark of the call with this id, or NULL. */
static char *
find_call(const struct bh_buf *calls, const char *id)
{
	for (size_t at = 0; at < calls->len; at += strlen(calls->data + at) + 1) {
		if (strcmp(calls->data + at + 1, id) == 0)
			return calls->data + at;
	}
	return NULL;
}

static int
fault(const struct agent_item *item, const char *sentence)
{
	char param[48];

	snprintf(param, sizeof(param), "input.%zu.call_id", item->index);
	return bh_error_param(BH_E_INVALID, param, "%s", sentence);
}

/* Some upstreams count their ids from 0 in each turn: one that was answered may come again. */
static int
match_call(const struct agent_item *item, const char *id, bool kept, struct bh_buf *calls)
{
	char *mark = find_call(calls, id);

	if (mark == NULL) {
		bh_buf_char(calls, OPEN);
		bh_buf_add(calls, id, strlen(id) + 1);
		return 0;
	}
	if (*mark == OPEN && !kept)
		return fault(item, "An earlier function_call has the same call_id and no output yet.");
	*mark = OPEN;
	return 0;
}

static int
match_output(const struct agent_item *item, const char *id, bool kept, struct bh_buf *calls)
{
	char *mark = find_call(calls, id);

	if (mark != NULL)
		*mark = ANSWERED;
	else if (!kept)
		return fault(item, "No function_call with this call_id precedes its output.");
	return 0;
}

static int
match_list(const struct agent_item *items, size_t n, bool kept, struct bh_buf *calls)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct bh_json_doc doc = {0};
		const struct bh_shape *type;
		const char *id;

		rc = bh_json_parse(items[i].json, strlen(items[i].json), &doc);
		if (rc < 0)
			return rc;
		id = bh_json_text(doc.root, "call_id");
		type = bh_shape_find(BH_LIST(agent_wire_items), doc.root);
		if (type == &agent_wire_items[AGENT_WIRE_CALL])
			rc = match_call(&items[i], id, kept, calls);
		else if (type == &agent_wire_items[AGENT_WIRE_CALL_OUTPUT])
			rc = match_output(&items[i], id, kept, calls);
		bh_json_close(&doc);
	}
	return rc;
}

/* Models refuse a conversation that goes on behind a call without its output. */
static int
check_answered(const struct bh_buf *calls)
{
	for (size_t at = 0; at < calls->len; at += strlen(calls->data + at) + 1) {
		if (calls->data[at] == OPEN)
			return bh_error_param(BH_E_INVALID, "input",
				"No tool output found for function call %.128s.", calls->data + at + 1);
	}
	return 0;
}

int
agent_calls_match(const struct agent_item *before, size_t n_before, const struct agent_item *items,
	size_t n)
{
	struct bh_buf calls = {0};
	int rc;

	rc = match_list(before, n_before, true, &calls);
	if (rc == 0)
		rc = match_list(items, n, false, &calls);
	if (rc == 0)
		rc = check_answered(&calls);
	bh_buf_close(&calls);
	return rc;
}
