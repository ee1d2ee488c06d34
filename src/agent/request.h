/* SPDX-License-Identifier: Apache-2.0 */
/* request.h: the body of POST /v1/responses, read and checked. */
#ifndef AGENT_REQUEST_H
#define AGENT_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "json/json.h"

/* Text and values are borrowed from the body. */
struct agent_request {
	const char *model;
	const struct bh_json *input; /* a string or an array of items */
	const char *instructions, *previous_response_id, *truncation;
	const char *user, *safety_identifier, *prompt_cache_key;
	const char *effort, *summary, *verbosity;
	const char *metadata; /* JSON text */
	const struct bh_json *include, *tools, *tool_choice, *format, *stream_options;
	double temperature, top_p;
	int64_t max_output_tokens, max_tool_calls;
	bool has_temperature, has_top_p, has_max_output_tokens, has_max_tool_calls;
	bool stream, store, background, parallel_tool_calls;

	bool include_results;              /* asked for in `include` */
	const struct bh_json *file_search; /* the tool, or NULL */
};

/* Every failure names the field. */
BH_MUST_CHECK int agent_request_read(struct bh_arena *arena, const struct bh_json *body,
	struct agent_request *out);

/* False for an unknown value of `include`. *results becomes true for the results of a search; other
 * values have no effect here. */
BH_MUST_CHECK bool agent_request_include(const char *name, bool *results);

/* Whether a search comes first, by what an echo says: the tool is there, its choice allows it and at
 * least one call is allowed. *out_tool is the tool. */
bool agent_request_searches(const struct bh_json *echo, const struct bh_json **out_tool);

/* The members of the answer that repeat the request, as a JSON object; the run works from it too. */
void agent_request_echo(const struct agent_request *request, struct bh_buf *out);

#endif
