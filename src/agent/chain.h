/* SPDX-License-Identifier: Apache-2.0 */
/* chain.h: the conversation that a response continues. */
#ifndef AGENT_CHAIN_H
#define AGENT_CHAIN_H

#include "agent/agent.h"
#include "base/macros.h"
#include "db/db.h"
#include "json/json.h"

/* Reads what was said up to `previous`, oldest first, by one read whose size is bounded: of a
 * conversation that is larger than the models' contexts, the newest part if
 * `truncates`, and BH_E_CONTEXT_LENGTH otherwise. BH_E_NOT_FOUND with a message if one of its responses was
 * deleted, because a conversation must not lose its beginning silently. */
BH_MUST_CHECK int agent_chain_read(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *previous, bool truncates, struct agent_item **out, size_t *out_n);

#endif
