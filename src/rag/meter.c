/* SPDX-License-Identifier: Apache-2.0 */
/* meter.c: rag's acts and their workers. */
#include "rag/meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "meter/refusal.h"
#include "meter/settle.h"
#include "meter/terms.h"
#include "rag/rag.h"
#include "service/request.h"
#include "service/runtime.h"

/* How long a search waits until the events of its tenant's earlier acts are written; and acts that end within
 * GATHER_MS share a transaction. */
enum { HELD_MS = 5000, GATHER_MS = 200 };

struct rag_meter {
	struct meter_slots *slots;       /* owned: acts in flight, in shared memory */
	struct meter_settle *settle;     /* owned */
	struct meter_terms_cache *terms; /* owned */
};

int
rag_meter_open(struct bh_runtime *runtime, struct rag_meter **out)
{
	struct rag_meter *meter = calloc(1, sizeof(*meter));
	char path[4096];
	int rc;

	if (meter == NULL)
		return BH_E_MEMORY;
	snprintf(path, sizeof(path), "%s/rag", bh_runtime_conf(runtime)->home);
	(void)mkdir(path, 0700); /* if it cannot be made, the next step says so */
	snprintf(path, sizeof(path), "%s/rag/acts", bh_runtime_conf(runtime)->home);
	rc = meter_slots_open(path, 0, &meter->slots);
	if (rc == 0)
		rc = meter_settle_open(meter->slots, &meter->settle);
	if (rc == 0)
		rc = meter_terms_open(&meter->terms);
	if (rc < 0) {
		rag_meter_close(runtime, meter);
		return rc;
	}
	*out = meter;
	return 0;
}

void
rag_meter_close(struct bh_runtime *runtime, struct rag_meter *meter)
{
	if (meter == NULL)
		return;
	if (meter->settle != NULL)
		meter_settle_write(meter->settle, bh_runtime_db(runtime));
	meter_terms_close(meter->terms);
	meter_settle_close(meter->settle);
	meter_slots_close(meter->slots);
	free(meter);
}

/* The rate of the plan; without one it is free. True if it costs something. */
static bool
fill_rate(struct meter_slot *slot, enum meter_kind kind, const struct meter_terms *terms)
{
	bool rated[METER_LINES] = {0};

	slot->kind = (uint8_t)kind;
	slot->price_known = true;
	slot->rate_version = meter_terms_rate(terms, kind, slot->prices, rated);
	slot->started_ms = bh_clock_wall_ms();
	slot->renewed_ms = bh_clock_steady_ms();
	return slot->prices[METER_UNITS] > 0;
}

static void
fill_owners(const struct bh_request *req, struct meter_slot *slot)
{
	slot->act = bh_uuid_new();
	slot->credential = req->claims.session;
	if (strcmp(req->claims.client, "api_key") == 0 || strcmp(req->claims.client, "service") == 0)
		slot->key = req->claims.session;
	/* A key without an owner is its own subject, and is counted once. */
	if (!bh_uuid_equal(&req->claims.subject, &slot->key))
		slot->user = req->claims.subject;
	snprintf(slot->request_id, sizeof(slot->request_id), "%s", req->request_id);
	snprintf(slot->subject, sizeof(slot->subject), "%s", req->claims.subject_text);
	snprintf(slot->actor, sizeof(slot->actor), "%s", req->claims.actor);
}

/* FILLING to ACTIVE; after an error the slot is gone. */
static int
admit(struct bh_request *req, struct rag_meter *meter, struct meter_slot *slot)
{
	struct meter_refusal refusal = {0};
	int rc = meter_settle_admit(meter->settle, req->db, slot, bh_clock_wall_ms(), &refusal);

	/* No doubt about the search itself: it was not made. */
	if (rc == BH_E_DB_UNKNOWN)
		return BH_E_UNAVAILABLE;
	if (rc < 0 || refusal.span == METER_ADMITTED)
		return rc;
	bh_reply_header(req, "x-should-retry", "false");
	return meter_refusal_error(&refusal);
}

int
rag_meter_search_begin(struct bh_request *req, struct meter_slot **out)
{
	const struct rag *rag = req->service;
	struct rag_meter *meter = rag->meter;
	struct meter_terms terms = {0};
	struct meter_slot *slot = NULL;
	bool costs;
	int rc = meter_settle_wait(meter->settle, &req->tenant, HELD_MS);

	if (rc == 0)
		rc = meter_terms_get(meter->terms, req->db, &req->tenant, bh_clock_steady_ms(), &terms);
	if (rc == 0)
		rc = meter_slots_take(meter->slots, &req->tenant, &slot);
	if (rc < 0)
		return rc;
	fill_owners(req, slot);
	costs = fill_rate(slot, METER_SEARCH, &terms);
	slot->most[METER_UNITS] = 1;
	if (costs && meter_terms_bind(&terms, slot))
		rc = admit(req, meter, slot);
	else
		meter_settle_begin(slot);
	if (rc == 0)
		*out = slot;
	return rc;
}

void
rag_meter_search_end(struct bh_request *req, struct meter_slot *slot, int rc)
{
	const struct rag *rag = req->service;

	slot->used[METER_UNITS] = rc == 0;
	slot->status = rc == 0 ? METER_OK : METER_FAILED;
	slot->ended_ms = bh_clock_wall_ms();
	if (meter_settle_end(rag->meter->settle, slot))
		bh_runtime_wake(rag->runtime, "write-usage");
}

void
rag_meter_pages(struct rag *rag, const struct bh_uuid *tenant, const struct bh_uuid *file,
	int64_t pages)
{
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(rag->runtime), .arena = &arena, .context = *tenant};
	struct meter_terms terms = {0};
	struct meter_slot *slot = NULL;
	int rc;

	if (pages <= 0)
		return; /* the format has none */
	rc = meter_terms_get(rag->meter->terms, &db, tenant, bh_clock_steady_ms(), &terms);

	if (rc == 0)
		rc = meter_slots_take(rag->meter->slots, tenant, &slot);
	if (rc < 0) {
		bh_log_failure("count the pages of a file", rc);
		bh_arena_close(&arena);
		return;
	}
	/* The file's own id, so that what is said again is the same event. */
	slot->act = *file;
	(void)fill_rate(slot, METER_PAGE, &terms);
	snprintf(slot->subject, sizeof(slot->subject), "service:rag");
	slot->ended_ms = slot->started_ms;
	slot->used[METER_UNITS] = pages;
	meter_settle_begin(slot);
	if (meter_settle_end(rag->meter->settle, slot))
		bh_runtime_wake(rag->runtime, "write-usage");
	bh_arena_close(&arena);
}

void
rag_meter_write(struct bh_runtime *runtime, void *service)
{
	struct rag *rag = service;

	bh_runtime_wait(runtime, "write-usage", GATHER_MS);
	meter_settle_write(rag->meter->settle, bh_runtime_db(runtime));
}

void
rag_meter_sweep(struct bh_runtime *runtime, void *service)
{
	struct rag *rag = service;
	struct meter_slot *slot;
	size_t at = 0;

	/* A search of a dead process gave nobody a result. What was read had ended at once. */
	while ((slot = meter_settle_adopt(rag->meter->settle, &at)) != NULL) {
		slot->status = METER_LOST;
		slot->ended_ms = bh_clock_wall_ms();
		(void)meter_settle_end(rag->meter->settle, slot);
	}
	bh_runtime_wake(runtime, "write-usage");
	meter_settle_tend(rag->meter->settle, bh_runtime_db(runtime), bh_clock_steady_ms());
}
