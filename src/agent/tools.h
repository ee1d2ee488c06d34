/* SPDX-License-Identifier: Apache-2.0 */
/* tools.h: the tools a response may use: file_search, run here, and functions, run by the client. */
#ifndef AGENT_TOOLS_H
#define AGENT_TOOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "json/fields.h"

#define AGENT_TOOLS_MAX 128

/* Text and values are borrowed from the request, or from what is kept of it. */
struct agent_tool {
	const char *type; /* "file_search" or "function" */

	/* file_search */
	const char **stores;
	size_t n_stores;
	const struct bh_json *filters; /* NULL: none */
	int64_t results_max;
	const char *ranker; /* NULL: not said, as below */
	const struct bh_json *score_threshold, *hybrid_search;
	bool has_ranking;

	/* function */
	const char *name, *description;
	const struct bh_json *parameters;
	const char *strict; /* JSON: true, false or null */
};

/* A tool, as the request and its repetition in the answer have it. */
extern const struct bh_field agent_tools_row;

/* What tool_choice says. */
struct agent_choice {
	const char *kind; /* "none", "auto", "required", or the type of a tool */
	const char *name; /* of a function */
};

/* Checks every tool and fills in defaults; *out_file_search is the one of that type, or NULL. */
BH_MUST_CHECK int agent_tools_check(struct agent_tool *tools, size_t n,
	const struct agent_tool **out_file_search);

/* Reads a choice that we know and that names a tool which is there. NULL is auto. */
BH_MUST_CHECK int agent_tools_choice(const struct bh_json *value, const struct agent_tool *tools,
	size_t n, struct agent_choice *out);

/* Writes the members of a search's body that the tool determines. */
void agent_tools_search(const struct agent_tool *tool, struct bh_write *write);

#endif
