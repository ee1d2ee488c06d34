/* SPDX-License-Identifier: Apache-2.0 */
/* journal.c: one transaction a group: the fence, the events, the finished items. */
#include "agent/journal.h"

#include "agent/store.h"
#include "base/clock.h"
#include "base/error.h"

enum {
	FORGET_AFTER_MS = 30000
}; /* a response that is not stored: time for its stream to be read */

struct commit {
	struct agent_journal *journal;
	struct agent_record *record;
	enum agent_journal_end end;
};

int64_t
agent_journal_due_ms(const struct agent_journal *journal, const struct agent_record *record,
	int64_t now_us)
{
	int64_t left_us = journal->committed_us + AGENT_GROUP_US - now_us;

	if (record->pending.len == 0)
		return -1;
	return left_us > 0 ? (left_us + 999) / 1000 : 0;
}

static int
write_end(struct bh_db *tx, const struct commit *commit)
{
	const struct bh_lease *lease = &commit->journal->lease;
	const struct agent_response *response = commit->record->response;
	int rc;

	rc = agent_store_response_end(tx, &lease->tenant, response);
	/* Deleted meanwhile: the insert of its events would have said so, were there any. */
	if (rc == BH_E_NOT_FOUND)
		return BH_E_REFERENCE;
	if (rc < 0)
		return rc;
	if (!response->store)
		return bh_lease_retry(tx, lease, bh_clock_wall_ms() + FORGET_AFTER_MS, "");
	if (commit->end == AGENT_JOURNAL_FAILED)
		return bh_lease_fail(tx, lease,
			response->error_message != NULL ? response->error_message : response->status);
	return bh_lease_done(tx, lease);
}

static int
commit_work(struct bh_db *tx, void *ctx)
{
	const struct commit *commit = ctx;
	const struct agent_record *record = commit->record;
	const struct bh_lease *lease = &commit->journal->lease;
	const struct agent_finished *finished = (const void *)record->finished.data;
	const struct agent_event *events = (const void *)record->pending.data;
	int rc;

	rc = bh_lease_fence(tx, lease);
	if (rc == 0 && commit->journal->begins)
		rc = agent_store_response_begin(tx, &lease->tenant, &commit->journal->response);
	if (rc == BH_E_NOT_FOUND)
		rc = BH_E_REFERENCE;
	for (size_t i = 0; rc == 0 && i < record->finished.len / sizeof(*finished); i++)
		rc = agent_store_item_add(tx, &lease->tenant, &commit->journal->response, true,
			finished[i].index, &finished[i].item, 1);
	if (rc == 0)
		rc = agent_store_event_add(tx, &lease->tenant, &commit->journal->response, lease->epoch,
			events, record->pending.len / sizeof(*events));
	if (rc == 0 && commit->end != AGENT_JOURNAL_GO_ON)
		rc = write_end(tx, commit);
	return rc;
}

int
agent_journal_commit(struct agent_journal *journal, struct agent_record *record,
	enum agent_journal_end end)
{
	struct commit commit = {.journal = journal, .record = record, .end = end};
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = journal->pool, .arena = &arena, .context = journal->lease.tenant};
	int rc;

	if (record->pending.len == 0 && end == AGENT_JOURNAL_GO_ON)
		return 0;
	rc = bh_tx_run(&db, commit_work, &commit);
	bh_arena_close(&arena);
	if (rc < 0)
		return rc;
	journal->committed_us = bh_clock_steady_us();
	journal->begins = false;
	agent_record_committed(record);
	agent_hub_notify(journal->hub, &journal->response);
	return 0;
}
