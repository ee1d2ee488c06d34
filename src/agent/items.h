/* SPDX-License-Identifier: Apache-2.0 */
/* items.h: what a client sends as input, brought into the form in which it is kept and listed. */
#ifndef AGENT_ITEMS_H
#define AGENT_ITEMS_H

#include <stddef.h>

#include "agent/agent.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"
#include "json/json.h"

/* Reads a string or an array of items. Our own output is accepted back as it is; every item gets an id
 * and a status. Items without effect here (reasoning) are left out. Errors name the field. */
BH_MUST_CHECK int agent_items_read(struct bh_arena *arena, const struct bh_json *input,
	struct agent_item **out, size_t *out_n);

/* A new id: prefix and 32 hex digits. */
const char *agent_items_id(struct bh_arena *arena, const char *prefix);

/* Writes a kept item for a client: a file_search_call's results only where they were asked for. */
void agent_items_show(const char *json, bool include_results, struct bh_buf *out);
/* Kept items as a JSON array. */
void agent_items_output(const struct agent_item *items, size_t n, bool include_results,
	struct bh_buf *out);

#endif
