/* SPDX-License-Identifier: Apache-2.0 */
/* response.h: the Response object as clients see it. */
#ifndef AGENT_RESPONSE_H
#define AGENT_RESPONSE_H

#include "agent/agent.h"
#include "base/buf.h"
#include "json/fields.h"

/* Writes the object. `echo` is the parsed response->echo; `output` the JSON array of items. */
void agent_response_write(const struct agent_response *response, const struct bh_json *echo,
	const char *output, struct bh_write *write);

/* Joins kept items into a JSON array; results of searches only where they were asked for. */
void agent_response_output(const struct agent_item *items, size_t n, bool include_results,
	struct bh_buf *out);

#endif
