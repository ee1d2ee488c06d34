/* SPDX-License-Identifier: Apache-2.0 */
/* request.h: the body of POST /v1/responses, read and checked. */
#ifndef AGENT_REQUEST_H
#define AGENT_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/tools.h"
#include "base/buf.h"
#include "base/macros.h"
#include "json/json.h"

/* What form an answer's text has. */
struct agent_format {
	const char *type; /* "text", "json_object" or "json_schema" */
	const char *name, *description;
	const struct bh_json *schema;
	bool strict, has_strict;
};

/* Text and values are borrowed from the body. */
struct agent_request {
	/* not repeated in the answer */
	const char *model;
	const struct bh_json *input; /* a string or an array of items */
	const struct bh_json *include, *stream_options;
	bool stream, store;
	bool include_results; /* asked for in `include` */

	const char *instructions, *previous_response_id, *truncation;
	const char *user, *safety_identifier, *prompt_cache_key;
	const char *effort, *summary, *verbosity;
	const char *metadata; /* JSON text */
	struct agent_format format;
	struct agent_tool *tools;
	size_t n_tools;
	const struct agent_tool *file_search; /* one of them, or NULL */
	const char *tool_choice;              /* JSON text */
	struct agent_choice choice;           /* the same */
	double temperature, top_p;
	int64_t max_output_tokens, max_tool_calls;
	int64_t top_logprobs; /* 0 */
	bool has_temperature, has_top_p, has_max_output_tokens, has_max_tool_calls;
	bool background, parallel_tool_calls;
	/* the extension: of a file_search alone; in what is kept, as it was decided */
	const char *grounding; /* "strict", "mark" or "off"; NULL: not said */
	int64_t queries;       /* to search with, at most */
	const char
		*images; /* "described": the model takes none, and was told of them; NULL: as usual */
	/* the extension, too: the chat that it is a turn of; NULL: none. Not repeated in the answer. */
	const char *chat;
	bool extended;
};

#define AGENT_QUERIES_MAX 4

/* Every failure names the field. */
BH_MUST_CHECK int agent_request_read(struct bh_arena *arena, const struct bh_json *body,
	struct agent_request *out);

extern const struct bh_shape agent_request_body;
/* The members that an answer repeats, by which they are kept (agent_response.echo) and read again. */
extern const struct bh_shape agent_request_echo;
/* Reads them again: a run works from them. Text and values are borrowed from `echo`. */
BH_MUST_CHECK int agent_request_again(struct bh_arena *arena, const struct bh_json *echo,
	struct agent_request *out);

/* Whether only what passages state is sent, and whether it is marked. */
bool agent_request_is_strict(const struct agent_request *request);
bool agent_request_is_marked(const struct agent_request *request);

/* Whether the oldest of a conversation may be left out. */
bool agent_request_truncates(const struct agent_request *request);

/* False for an unknown value of `include`. *results becomes true for the results of a search; other
 * values have no effect here. */
BH_MUST_CHECK bool agent_request_include(const char *name, bool *results);

/* The file_search that comes first: the tool is there, the choice allows it and at least one call is
 * allowed. NULL: none. */
const struct agent_tool *agent_request_searches(const struct agent_request *request);

#endif
