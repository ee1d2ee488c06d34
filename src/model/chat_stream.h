/* SPDX-License-Identifier: Apache-2.0 */
/* chat_stream.h: an engine's event stream on its way to the client, event by event. */
#ifndef BH_MODEL_CHAT_STREAM_H
#define BH_MODEL_CHAT_STREAM_H

#include "http/client.h"
#include "http/sse.h"
#include "model/admit.h"
#include "model/chat.h"
#include "model/meter.h"

struct bh_request;
struct model_guard;

/* Whether an answer comes as a stream of events. */
bool model_chat_stream_is(const struct bh_http_reply *reply);

/* Answers the request with the stream of `reply` (taken), judged by `guard` (taken), gives `ticket` (taken) up and settles `call`
 * (taken) at its end. An error in place of the first piece becomes the request's own. */
int model_chat_stream_start(struct bh_request *req, const struct model_entry *entry,
	const struct model_answer_head *head, const struct model_chat *chat, struct model_guard *guard,
	struct model_ticket *ticket, struct model_call *call, struct bh_http_reply *reply);

/* Reads a whole stream into one answer; for clients that did not ask for one. BH_E_UPSTREAM when it
 * ends before the answer does; BH_E_GONE when the client left. */
struct model_gather;
BH_MUST_CHECK int model_chat_stream_gather(struct bh_http_reply *reply, struct model_call *call,
	size_t bytes_max, struct model_gather *out);

#endif
