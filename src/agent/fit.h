/* SPDX-License-Identifier: Apache-2.0 */
/* fit.h: selects the part of a conversation and its passages that fits into a model's context. */
#ifndef AGENT_FIT_H
#define AGENT_FIT_H

#include <stddef.h>
#include <stdint.h>

#include "agent/agent.h"
#include "agent/peer.h"
#include "agent/prompt.h"
#include "agent/request.h"
#include "base/macros.h"

struct agent_fit {
	struct agent_prompt prompt;
	struct agent_excerpts excerpts; /* of the passages, if there was a search */
	int64_t output_tokens;          /* the cap to ask the model for; 0: none */
};

/* Fits items (oldest first) and, if there was a search, its passages to the model's context. Tokens are
 * estimated, and counted where the estimate does not fit. BH_E_CONTEXT_LENGTH, when the question or
 * (truncation disabled) the whole conversation does not. Also checks a request before it is accepted. */
BH_MUST_CHECK int agent_fit(const struct bh_peer *peer, const struct agent_conf *conf,
	const struct agent_request *request, const struct agent_model *model,
	const struct agent_item *items, size_t n, const struct agent_passages *passages,
	struct agent_fit *out);

#endif
