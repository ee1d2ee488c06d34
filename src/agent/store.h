/* SPDX-License-Identifier: Apache-2.0 */
/* store.h: the SQL of the agent service, a function per statement. */
#ifndef AGENT_STORE_H
#define AGENT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/agent.h"
#include "base/macros.h"
#include "db/db.h"

/* ---- response ---- */

/* created_ms and completed_ms are the database's. */
BH_MUST_CHECK int agent_store_response_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct agent_response *response);
/* BH_E_NOT_FOUND also for another tenant's id. */
BH_MUST_CHECK int agent_store_response_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct agent_response *out);
/* queued becomes in_progress. */
BH_MUST_CHECK int agent_store_response_begin(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id);
/* Status, error, usage and the time of the end. BH_E_NOT_FOUND if it was deleted. */
BH_MUST_CHECK int agent_store_response_end(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct agent_response *response);
/* Items and events go with it. BH_E_NOT_FOUND. */
BH_MUST_CHECK int agent_store_response_delete(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id);

/* The statement that removes the events of responses that are over (service/retention.h); the response says
 * so in journal_gone. */
extern const char agent_store_event_retention[];

/* ---- response_change ---- */

/* What a tenant's responses keep, and how many of them have not ended. */
struct agent_kept {
	int64_t bytes, unfinished;
	int64_t changes; /* rows that make up the sums */
};
/* Until the transaction ends: nobody else adds a response of this tenant. */
BH_MUST_CHECK int agent_store_kept_lock(struct bh_db *tx, const struct bh_uuid *tenant);
BH_MUST_CHECK int agent_store_kept_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct agent_kept *out);
/* Merges the changes that no other transaction is merging into one, or none if they add up to zero; does
 * not wait for locks. */
BH_MUST_CHECK int agent_store_kept_fold(struct bh_db *tx, const struct bh_uuid *tenant);

/* ---- response_default ---- */

/* Grounding where the request does not say; NULL: as the platform has it. */
BH_MUST_CHECK int agent_store_default_get(struct bh_db *db, const struct bh_uuid *tenant,
	const char **out_grounding);
BH_MUST_CHECK int agent_store_default_set(struct bh_db *db, const struct bh_uuid *tenant,
	const char *grounding);

/* ---- response_item ---- */

BH_MUST_CHECK int agent_store_item_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *response, bool output, size_t first, const struct agent_item *items,
	size_t n);
/* All of one side, in order. */
BH_MUST_CHECK int agent_store_item_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *response, bool output, struct agent_item **out, size_t *out_n);
/* A page of the inputs: `after` is an item's id or NULL; BH_E_NOT_FOUND if it is none of this response. */
BH_MUST_CHECK int agent_store_item_page(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *response, const char *after, bool ascending, int64_t limit,
	struct agent_item **out, size_t *out_n);
/* Inputs and outputs of a kept response and those before it, oldest first: whole responses from the newest
 * backwards, until they are bytes_most or more; *out_more: there are others before. BH_E_NOT_FOUND: it, or
 * one before those that were read, is no longer there. */
BH_MUST_CHECK int agent_store_item_chain(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *response, int64_t bytes_most, struct agent_item **out, size_t *out_n,
	bool *out_more);

/* ---- response_event ---- */

BH_MUST_CHECK int agent_store_event_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *response, int64_t epoch, const struct agent_event *events, size_t n);
/* At most `limit` events with a greater number, in order. */
BH_MUST_CHECK int agent_store_event_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *response, int64_t after, int64_t limit, struct agent_event **out,
	size_t *out_n);

#endif
