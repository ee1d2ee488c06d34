/* SPDX-License-Identifier: Apache-2.0 */
/* response.c: writes the Response object. */
#include "agent/response.h"

#include <string.h>

#include "agent/items.h"

bool
agent_status_is_final(const char *status)
{
	return strcmp(status, "queued") != 0 && strcmp(status, "in_progress") != 0;
}

static void
write_error(const struct agent_response *response, struct bh_write *write)
{
	bh_write_name(write, "error");
	if (response->error_code == NULL) {
		bh_write_null(write);
		return;
	}
	bh_write_object(write);
	bh_write_pair_text(write, "code", response->error_code);
	bh_write_pair_text(write, "message", response->error_message);
	bh_write_end(write);
}

static void
write_incomplete(const struct agent_response *response, struct bh_write *write)
{
	bh_write_name(write, "incomplete_details");
	if (response->incomplete_reason == NULL) {
		bh_write_null(write);
		return;
	}
	bh_write_object(write);
	bh_write_pair_text(write, "reason", response->incomplete_reason);
	bh_write_end(write);
}

static void
write_usage(const struct agent_usage *usage, struct bh_write *write)
{
	bh_write_name(write, "usage");
	bh_write_object(write);
	bh_write_pair_int(write, "input_tokens", usage->input);
	bh_write_name(write, "input_tokens_details");
	bh_write_object(write);
	bh_write_pair_int(write, "cached_tokens", usage->cached);
	bh_write_pair_int(write, "cache_write_tokens", 0);
	bh_write_end(write);
	bh_write_pair_int(write, "output_tokens", usage->output);
	bh_write_name(write, "output_tokens_details");
	bh_write_object(write);
	bh_write_pair_int(write, "reasoning_tokens", usage->reasoning);
	bh_write_end(write);
	bh_write_pair_int(write, "total_tokens", usage->input + usage->output);
	bh_write_end(write);
}

void
agent_response_write(const struct agent_response *response, const struct bh_json *echo,
	const char *output, struct bh_write *write)
{
	bool final = agent_status_is_final(response->status);
	const struct bh_json *value;
	char id[AGENT_ID_TEXT];
	const char *name;
	void *cursor = NULL;

	bh_uuid_format_id(&response->id, AGENT_RESPONSE_PREFIX, id, sizeof(id));
	bh_write_object(write);
	bh_write_pair_text(write, "id", id);
	bh_write_pair_text(write, "object", "response");
	bh_write_pair_int(write, "created_at", response->created_ms / 1000);
	bh_write_pair_text(write, "status", response->status);
	if (final)
		bh_write_pair_int(write, "completed_at", response->completed_ms / 1000);
	else
		bh_write_pair_null(write, "completed_at");
	write_error(response, write);
	write_incomplete(response, write);
	bh_write_pair_text(write, "model", response->model);
	bh_write_name(write, "output");
	bh_write_raw(write, output, strlen(output));
	while (bh_json_next(echo, &cursor, &name, &value))
		bh_write_pair_json(write, name, value);
	/* The description refuses null: while it is not known, the member is left out. */
	if (final && response->usage.known)
		write_usage(&response->usage, write);
	bh_write_end(write);
}

void
agent_response_output(const struct agent_item *items, size_t n, bool include_results,
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
