/* calls.h: the function calls of a conversation and their outputs. */
#ifndef AGENT_CALLS_H
#define AGENT_CALLS_H

#include <stddef.h>

#include "agent/agent.h"
#include "base/macros.h"

/* Checks that each function_call_output answers a function_call among the items before it. */
BH_MUST_CHECK int agent_calls_match(const struct agent_item *before, size_t n_before,
	const struct agent_item *items, size_t n);

#endif
