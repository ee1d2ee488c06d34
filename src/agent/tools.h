/* SPDX-License-Identifier: Apache-2.0 */
/* tools.h: the tools a response may use: file_search, run here, and functions, run by the client. */
#ifndef AGENT_TOOLS_H
#define AGENT_TOOLS_H

#include <stdbool.h>

#include "base/macros.h"
#include "json/fields.h"

#define AGENT_TOOLS_MAX 128

/* Checks every tool; *out_file_search is the one of that type, or NULL. */
BH_MUST_CHECK int agent_tools_check(const struct bh_json *tools,
	const struct bh_json **out_file_search);

/* Checks that the choice is one we know and names a tool that is there. NULL is auto. */
BH_MUST_CHECK int agent_tools_choice_check(const struct bh_json *choice,
	const struct bh_json *tools);

/* Writes the members tool_choice and tools of a response, defaults filled in. */
void agent_tools_echo(const struct bh_json *tools, const struct bh_json *choice,
	struct bh_write *write);

/* Writes the members tools and tool_choice of a chat request for the functions among the echoed tools;
 * nothing if there are none. `searched` tells that a search has already met a demand for some tool. */
void agent_tools_chat(const struct bh_json *echo, bool searched, struct bh_write *write);

#endif
