/* SPDX-License-Identifier: Apache-2.0 */
/* money.c: the books of src/meter without slots: the job's own row is what survives its process. */
#include "finetune/money.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "meter/books.h"
#include "meter/price.h"
#include "meter/refusal.h"
#include "service/request.h"

/* Bytes of a line that make one token at least, its names and quotes included. */
enum { BYTES_PER_TOKEN = 3 };

int64_t
finetune_money_estimate(int64_t bytes, int64_t epochs)
{
	return (bytes / BYTES_PER_TOKEN + 1) * epochs;
}

int64_t
finetune_money_cost(const struct finetune_job *job, int64_t tokens)
{
	const int64_t prices[METER_LINES] = {[METER_INPUT] = job->price_nanos};
	const int64_t used[METER_LINES] = {[METER_INPUT] = tokens};

	return meter_cost(prices, used);
}

void
finetune_money_fill(const struct bh_request *req, const struct meter_terms *terms,
	struct finetune_job *job)
{
	int64_t prices[METER_LINES] = {0};
	bool rated[METER_LINES] = {0};

	job->rate_version = meter_terms_rate(terms, METER_TRAINING, prices, rated);
	job->price_nanos = prices[METER_INPUT];
	job->session = req->claims.session;
	job->team = req->claims.team;
	if (strcmp(req->claims.client, "api_key") == 0 || strcmp(req->claims.client, "service") == 0)
		job->key = req->claims.session;
	/* A key without an owner is its own subject, and is counted once. */
	if (!bh_uuid_equal(&req->claims.subject, &job->key))
		job->user = req->claims.subject;
}

/* On the heap, for it is large: free it. */
static struct meter_slot *
slot_of(const struct bh_uuid *tenant, const struct finetune_job *job)
{
	struct meter_slot *slot = calloc(1, sizeof(*slot));

	if (slot == NULL)
		return NULL;
	slot->tenant = *tenant;
	slot->act = job->id;
	slot->team = job->team;
	slot->user = job->user;
	slot->key = job->key;
	slot->credential = job->session;
	snprintf(slot->request_id, sizeof(slot->request_id), "%s", job->request_id);
	snprintf(slot->model, sizeof(slot->model), "%s", job->model);
	snprintf(slot->subject, sizeof(slot->subject), "%s", job->subject);
	snprintf(slot->actor, sizeof(slot->actor), "%s", job->actor);
	slot->kind = METER_TRAINING;
	slot->price_known = true;
	slot->prices[METER_INPUT] = job->price_nanos;
	slot->rate_version = job->rate_version;
	slot->most[METER_INPUT] = job->reserved_tokens;
	slot->started_ms = job->created_ms;
	return slot;
}

int
finetune_money_reserve(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct meter_terms *terms, const struct finetune_job *job)
{
	struct meter_slot *slot = slot_of(tenant, job);
	struct meter_refusal refusal = {0};
	struct meter_wanted wanted;
	int rc = 0;

	if (slot == NULL)
		return BH_E_MEMORY;
	if (job->price_nanos > 0 && meter_terms_bind(terms, slot)) {
		wanted = meter_wanted_of(slot);
		rc = meter_books_reserve(tx, tenant, &wanted, 1, &refusal);
		if (rc == 0 && refusal.span != METER_ADMITTED)
			rc = meter_refusal_error(&refusal);
		if (rc == 0)
			rc = finetune_store_durable(tx);
	}
	free(slot);
	return rc;
}

static enum meter_status
status_of(const struct finetune_job *job)
{
	if (strcmp(job->status, "succeeded") == 0)
		return METER_OK;
	return strcmp(job->status, "cancelled") == 0 ? METER_CUT : METER_FAILED;
}

int
finetune_money_settle(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct finetune_job *job)
{
	struct meter_slot *slot = slot_of(tenant, job);
	int rc;

	if (slot == NULL)
		return BH_E_MEMORY;
	slot->used[METER_INPUT] = job->trained_tokens < job->reserved_tokens ? job->trained_tokens
																		 : job->reserved_tokens;
	slot->status = (uint8_t)status_of(job);
	slot->source = METER_REPORTED;
	slot->ended_ms = job->finished_ms;
	rc = meter_books_settle(tx, tenant, &slot, 1);
	free(slot);
	return rc < 0 ? rc : finetune_store_durable(tx);
}

int
finetune_money_renew(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *job)
{
	return meter_books_renew(db, tenant, job, 1);
}
