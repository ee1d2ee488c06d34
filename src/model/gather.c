/* SPDX-License-Identifier: Apache-2.0 */
/* gather.c: joins the deltas of a streamed answer. */
#include "model/gather.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "json/fields.h"

static void
add_text(struct bh_buf *buf, const struct bh_json *value)
{
	if (bh_json_kind(value) == BH_JSON_STRING)
		bh_buf_add(buf, bh_json_string(value), bh_json_string_len(value));
}

static void
add_calls(struct model_gather *gather, const struct bh_json *calls)
{
	for (size_t i = 0; i < bh_json_count(calls); i++) {
		const struct bh_json *call = bh_json_at(calls, i);
		const struct bh_json *function = bh_json_get(call, "function");
		int64_t index = (int64_t)i;

		(void)bh_json_int(bh_json_get(call, "index"), &index);
		if (index < 0 || index >= MODEL_GATHER_CALLS)
			continue;
		if ((size_t)index >= gather->n_calls)
			gather->n_calls = (size_t)index + 1;
		add_text(&gather->calls[index].id, bh_json_get(call, "id"));
		add_text(&gather->calls[index].name, bh_json_get(function, "name"));
		add_text(&gather->calls[index].arguments, bh_json_get(function, "arguments"));
	}
}

static void
add_logprobs(struct model_gather *gather, const struct bh_json *entries)
{
	for (size_t i = 0; i < bh_json_count(entries); i++) {
		if (gather->logprobs.len > 0)
			bh_buf_char(&gather->logprobs, ',');
		bh_json_append(&gather->logprobs, bh_json_at(entries, i));
	}
}

int
model_gather_add(struct model_gather *gather, const struct bh_json *event)
{
	const struct bh_json *choices = bh_json_get(event, "choices");
	const struct bh_json *choice = bh_json_at(choices, 0);
	const struct bh_json *delta = bh_json_get(choice, "delta");
	const char *reason = bh_json_string(bh_json_get(choice, "finish_reason"));
	int64_t bytes;

	if (bh_json_kind(bh_json_get(event, "error")) == BH_JSON_OBJECT) {
		gather->error = true;
		return 0;
	}
	if (bh_json_kind(choices) != BH_JSON_ARRAY)
		return bh_error(BH_E_PROTOCOL, "an upstream chunk has no choices");
	model_usage_read(bh_json_get(event, "usage"), &gather->usage);
	bytes = model_chat_output_bytes(delta);
	gather->pieces += bytes > 0;
	gather->bytes += bytes;
	add_text(&gather->content, bh_json_get(delta, "content"));
	add_calls(gather, bh_json_get(delta, "tool_calls"));
	add_logprobs(gather, bh_json_get(bh_json_get(choice, "logprobs"), "content"));
	if (reason != NULL)
		snprintf(gather->reason, sizeof(gather->reason), "%s", reason);
	return 0;
}

static void
write_calls(const struct model_gather *gather, struct bh_write *write)
{
	bh_write_name(write, "tool_calls");
	bh_write_array(write);
	for (size_t i = 0; i < gather->n_calls; i++) {
		bh_write_object(write);
		bh_write_pair_text(write, "id", bh_buf_string(&gather->calls[i].id));
		bh_write_pair_text(write, "type", "function");
		bh_write_name(write, "function");
		bh_write_object(write);
		bh_write_pair_text(write, "name", bh_buf_string(&gather->calls[i].name));
		bh_write_pair_text(write, "arguments", bh_buf_string(&gather->calls[i].arguments));
		bh_write_end(write);
		bh_write_end(write);
	}
	bh_write_end(write);
}

void
model_gather_write(const struct model_gather *gather, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_name(&write, "choices");
	bh_write_array(&write);
	bh_write_object(&write);
	bh_write_name(&write, "message");
	bh_write_object(&write);
	bh_write_name(&write, "content");
	if (gather->content.len > 0 || gather->n_calls == 0)
		bh_write_bytes(&write, bh_buf_string(&gather->content), gather->content.len);
	else
		bh_write_null(&write);
	if (gather->n_calls > 0)
		write_calls(gather, &write);
	bh_write_end(&write);
	if (gather->logprobs.len > 0) {
		bh_write_name(&write, "logprobs");
		bh_write_object(&write);
		bh_write_name(&write, "content");
		bh_write_array(&write);
		bh_write_raw(&write, gather->logprobs.data, gather->logprobs.len);
		bh_write_end(&write);
		bh_write_end(&write);
	}
	bh_write_pair_text(&write, "finish_reason", gather->reason);
	bh_write_end(&write);
	bh_write_end(&write);
	if (gather->usage.present)
		model_usage_write(&write, &gather->usage);
	bh_write_end(&write);
}

void
model_gather_close(struct model_gather *gather)
{
	bh_buf_close(&gather->content);
	bh_buf_close(&gather->logprobs);
	for (size_t i = 0; i < gather->n_calls; i++) {
		bh_buf_close(&gather->calls[i].id);
		bh_buf_close(&gather->calls[i].name);
		bh_buf_close(&gather->calls[i].arguments);
	}
	*gather = (struct model_gather){0};
}
