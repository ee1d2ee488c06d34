/* SPDX-License-Identifier: Apache-2.0 */
/* kept.h: what the responses of one tenant may keep, and how many may be unfinished.
 *
 * Checked twice: before any work for a new response, so that a refusal is cheap and writes nothing; and
 * at the end of the transaction that adds it, under a lock of the tenant, so that concurrent requests
 * cannot exceed the limit. */
#ifndef AGENT_KEPT_H
#define AGENT_KEPT_H

#include "agent/agent.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

/* Whether one more has room. BH_E_STORAGE or BH_E_BUSY with a sentence. */
BH_MUST_CHECK int agent_kept_admit(struct bh_db *db, const struct bh_uuid *tenant,
	const struct agent_conf *conf);
/* Whether all that the transaction has added has room; errors as above. */
BH_MUST_CHECK int agent_kept_check(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct agent_conf *conf);

#endif
