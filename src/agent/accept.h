/* SPDX-License-Identifier: Apache-2.0 */
/* accept.h: from a request's body to a response that is committed and has its job. */
#ifndef AGENT_ACCEPT_H
#define AGENT_ACCEPT_H

#include "agent/agent.h"
#include "agent/request.h"
#include "base/macros.h"

struct bh_request;

/* Checks the request against everything it names (model, stores, previous response, context) and, when
 * all is well, commits the response with its inputs, its first events and its job. Nothing is written on
 * failure. An Idempotency-Key is bound to the response, so that a repeated request finds it. */
BH_MUST_CHECK int agent_accept(struct bh_request *req, const struct agent_request *request,
	struct agent_response *out);

#endif
