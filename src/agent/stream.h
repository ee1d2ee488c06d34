/* SPDX-License-Identifier: Apache-2.0 */
/* stream.h: a response's journal on its way to a client, and waiting for its end. */
#ifndef AGENT_STREAM_H
#define AGENT_STREAM_H

#include <stdint.h>

#include "agent/agent.h"
#include "agent/hub.h"
#include "base/buf.h"
#include "base/macros.h"

struct bh_request;

/* One event as it is sent: `event: T` and one line of data. */
void agent_stream_event(const struct agent_event *event, struct bh_buf *out);

/* Answers with the events after number `after` (-1: all) and those to come, up to the last one. `watch`
 * (in the request's arena, begun before the run was handed over) is taken. */
int agent_stream_reply(struct bh_request *req, const struct agent_response *response, int64_t after,
	struct agent_watch *watch);

/* Waits until the response is over or timeout_ms (0: none) have passed. BH_E_GONE when the client left
 * first, BH_E_NOT_FOUND when the response was deleted, BH_E_UPSTREAM_TIMEOUT, BH_E_STOPPING. */
BH_MUST_CHECK int agent_stream_wait(struct bh_request *req, const struct agent_response *response,
	struct agent_watch *watch, int64_t timeout_ms);

/* Waits until there is something to tell of the response besides that it was accepted, or for as long as the
 * head of an answer may wait for it. *out is the row then, its text the request's. Errors as
 * agent_stream_wait. */
BH_MUST_CHECK int agent_stream_hold(struct bh_request *req, const struct agent_response *response,
	struct agent_watch *watch, struct agent_response *out);

/* Ends listening. A response that is not stored ends with its only listener: the run stops, and what
 * is over is removed. */
void agent_stream_leave(struct agent *agent, const struct bh_uuid *tenant,
	const struct agent_response *response, struct agent_watch *watch, bool over);

#endif
