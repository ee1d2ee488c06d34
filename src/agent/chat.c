/* SPDX-License-Identifier: Apache-2.0 */
/* chat.c: one streamed chat completion of the model service, event by event. */
#include "agent/peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

enum {
	FIRST_BYTE_MS = 300000,
	IDLE_MS = 150000, /* a little over the model service's own patience */
	EVENT_BYTES_MAX = 1024 * 1024,
	READ_BYTES = 16 * 1024,
	WAIT_MOST_MS = 3600000
};

/* The model service writes both headers; it has bounded what a provider asks for. */
static int64_t
asked_wait_ms(const struct bh_http_reply *reply)
{
	const char *text = bh_http_reply_header(reply, "retry-after-ms");
	int64_t wait_ms;

	if (text == NULL || bh_text_int(text, 0, WAIT_MOST_MS, &wait_ms) < 0)
		return -1;
	return wait_ms;
}

int
agent_chat_open(const struct bh_peer *peer, const struct bh_buf *body, struct agent_chat *out,
	int64_t *out_wait_ms)
{
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_peer_call call = {
		.service = "model",
		.path = "/internal/v1/chat/completions",
		.body = body,
		.first_byte_ms = FIRST_BYTE_MS,
		.idle_ms = IDLE_MS,
		.once = true,
	};
	int rc;

	*out_wait_ms = -1;
	rc = bh_peer_open(peer, &call, &reply);
	if (rc < 0)
		return rc;
	if (reply.status != 200) {
		*out_wait_ms = asked_wait_ms(&reply);
		return bh_peer_read(&call, &reply, &doc);
	}
	*out = (struct agent_chat){.reply = reply, .sse = {.line_max = EVENT_BYTES_MAX}};
	out->read = malloc(READ_BYTES);
	if (out->read == NULL) {
		*out = (struct agent_chat){0};
		return BH_E_MEMORY;
	}
	reply = (struct bh_http_reply){0};
	return 0;
}

void
agent_chat_close(struct agent_chat *chat)
{
	bh_http_reply_close(&chat->reply);
	bh_sse_close(&chat->sse);
	bh_json_close(&chat->doc);
	free(chat->read);
	*chat = (struct agent_chat){0};
}

static int64_t
int_of(const struct bh_json *object, const char *name)
{
	int64_t value = 0;

	(void)bh_json_int(bh_json_get(object, name), &value);
	return value;
}

static void
read_usage(const struct bh_json *usage, struct agent_usage *out)
{
	if (bh_json_kind(usage) != BH_JSON_OBJECT)
		return;
	*out = (struct agent_usage){
		.known = true,
		.input = int_of(usage, "prompt_tokens"),
		.output = int_of(usage, "completion_tokens"),
		.cached = int_of(bh_json_get(usage, "prompt_tokens_details"), "cached_tokens"),
		.reasoning = int_of(bh_json_get(usage, "completion_tokens_details"), "reasoning_tokens"),
	};
}

static int
read_event(struct agent_chat *chat, const struct bh_sse_event *event, struct agent_chat_event *out)
{
	const struct bh_json *choice, *delta, *content, *refusal;

	if (event->data_len == 6 && memcmp(event->data, "[DONE]", 6) == 0) {
		out->done = true;
		return 0;
	}
	bh_json_close(&chat->doc);
	if (bh_json_parse(event->data, event->data_len, &chat->doc) < 0)
		return bh_error(BH_E_PROTOCOL, "the model service sent an event that is not valid JSON");
	if (bh_json_get(chat->doc.root, "error") != NULL)
		return bh_peer_refusal(502, chat->doc.root);
	read_usage(bh_json_get(chat->doc.root, "usage"), &out->usage);
	choice = bh_json_at(bh_json_get(chat->doc.root, "choices"), 0);
	delta = bh_json_get(choice, "delta");
	content = bh_json_get(delta, "content");
	if (bh_json_string_len(content) > 0) {
		out->text = bh_json_string(content);
		out->len = bh_json_string_len(content);
	}
	refusal = bh_json_get(delta, "refusal");
	if (bh_json_string_len(refusal) > 0) {
		out->refusal = bh_json_string(refusal);
		out->refusal_len = bh_json_string_len(refusal);
	}
	if (bh_json_count(bh_json_get(delta, "tool_calls")) > 0)
		out->calls = bh_json_get(delta, "tool_calls");
	out->finish = bh_json_string(bh_json_get(choice, "finish_reason"));
	return 0;
}

int
agent_chat_next(struct agent_chat *chat, int64_t wait_ms, struct agent_chat_event *out,
	bool *out_ready)
{
	*out = (struct agent_chat_event){0};
	*out_ready = false;
	for (;;) {
		struct bh_sse_event event;
		bool ready = false;
		ssize_t got;
		int rc;

		rc = bh_sse_feed(&chat->sse, &chat->at, &chat->left, &event, &ready);
		if (rc == 0 && ready) {
			rc = read_event(chat, &event, out);
			*out_ready = rc == 0;
			return rc;
		}
		if (rc < 0)
			return rc;
		if (wait_ms >= 0 && !bh_http_reply_wait(&chat->reply, wait_ms))
			return 0;
		got = bh_http_reply_read(&chat->reply, chat->read, READ_BYTES);
		if (got == 0)
			return bh_error(BH_E_PROTOCOL, "the model service's stream ended early");
		if (got < 0)
			return (int)got;
		chat->at = chat->read;
		chat->left = (size_t)got;
	}
}
