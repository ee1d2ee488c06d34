/* SPDX-License-Identifier: Apache-2.0 */
/* calls.h: the function calls of a conversation and their outputs. */
#ifndef AGENT_CALLS_H
#define AGENT_CALLS_H

#include <stddef.h>

#include "agent/agent.h"
#include "base/macros.h"

/* Checks that every function_call, kept (`before`) or sent, has its output somewhere after it. Of what
 * is sent, an output answers a call before it and no two calls that wait for one share an id. */
BH_MUST_CHECK int agent_calls_match(const struct agent_item *before, size_t n_before,
	const struct agent_item *items, size_t n);

#endif
