/* SPDX-License-Identifier: Apache-2.0 */
/* journal.h: commits a record's events, in groups, under the run's lease; then wakes the listeners. */
#ifndef AGENT_JOURNAL_H
#define AGENT_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/hub.h"
#include "agent/record.h"
#include "base/macros.h"
#include "db/db.h"
#include "queue/queue.h"

#define AGENT_GROUP_US 25000 /* events of this time are committed together */

/* How a run's job leaves the queue with its last commit. */
enum agent_journal_end { AGENT_JOURNAL_GO_ON = 0, AGENT_JOURNAL_DONE, AGENT_JOURNAL_FAILED };

struct agent_journal {
	struct bh_db_pool *pool; /* borrowed */
	struct bh_lease lease;
	struct bh_uuid response;
	struct agent_hub *hub; /* borrowed */
	int64_t committed_us;  /* steady clock, the last commit */
	bool begins;           /* the next commit takes the response from queued to in_progress */
};

/* Milliseconds until what is pending must be committed; -1: nothing is pending. The first event after
 * a pause is due at once, so that a slow model's every token goes out alone. */
int64_t agent_journal_due_ms(const struct agent_journal *journal, const struct agent_record *record,
	int64_t now_us);

/* Commits what is pending. With an end the response's row and the job are settled in the same
 * transaction; a response that is not stored stays readable for its stream and is removed a moment
 * later. BH_E_LOST, BH_E_REFERENCE (the response was deleted), database errors: write nothing more. */
BH_MUST_CHECK int agent_journal_commit(struct agent_journal *journal, struct agent_record *record,
	enum agent_journal_end end);

#endif
