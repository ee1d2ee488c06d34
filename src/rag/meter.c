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
#include "object/object.h"
#include "rag/rag.h"
#include "rag/store.h"
#include "service/instance.h"
#include "service/request.h"
#include "service/runtime.h"

/* How long a search waits until the events of its tenant's earlier acts are written; and acts that end within
 * GATHER_MS share a transaction. */
enum { HELD_MS = 5000, GATHER_MS = 200, TENANTS_AT_ONCE = 100 };

#define DAY_MS INT64_C(86400000)

struct rag_meter {
	struct meter_slots *slots;       /* owned: acts in flight, in shared memory */
	struct meter_settle *settle;     /* owned */
	struct meter_terms_cache *terms; /* owned */
	int64_t counted_day; /* since 1970: what is kept on it has been noted; one worker's */
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
	slot->team = req->claims.team;
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

/* An act that was over as it began: so many units of a kind. */
static int
note(struct rag *rag, struct bh_db *db, const struct bh_uuid *tenant, enum meter_kind kind,
	const struct bh_uuid *act, int64_t units)
{
	struct meter_terms terms = {0};
	struct meter_slot *slot = NULL;
	int rc = meter_terms_get(rag->meter->terms, db, tenant, bh_clock_steady_ms(), &terms);

	if (rc == 0)
		rc = meter_slots_take(rag->meter->slots, tenant, &slot);
	if (rc < 0)
		return rc;
	slot->act = *act;
	(void)fill_rate(slot, kind, &terms);
	snprintf(slot->subject, sizeof(slot->subject), "service:rag");
	slot->ended_ms = slot->started_ms;
	slot->used[METER_UNITS] = units;
	meter_settle_begin(slot);
	if (meter_settle_end(rag->meter->settle, slot))
		bh_runtime_wake(rag->runtime, "write-usage");
	return 0;
}

int
rag_meter_pages(struct rag *rag, const struct bh_uuid *tenant, const struct bh_uuid *file,
	int64_t pages)
{
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(rag->runtime), .arena = &arena, .context = *tenant};
	int rc;

	if (pages <= 0)
		return 0; /* the format has none */
	/* The file's own id, so that what is said again is the same event. */
	rc = note(rag, &db, tenant, METER_PAGE, file, pages);
	bh_arena_close(&arena);
	return rc;
}

/* ---- what is kept ---- */

struct bh_uuid
rag_meter_storage_id(const struct bh_uuid *tenant, int64_t day)
{
	int64_t wall_ms = day * DAY_MS;
	struct bh_uuid id = *tenant;

	/* Of version 7, of the day's first millisecond. */
	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)(wall_ms >> 8 * (5 - i));
	id.bytes[6] = 0x70;
	id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
	return id;
}

static int
note_storage(struct rag *rag, const struct bh_uuid *tenant, int64_t day)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(rag->runtime), .arena = &arena, .context = *tenant};
	struct bh_uuid id = rag_meter_storage_id(tenant, day);
	struct rag_kept kept = {0};
	int rc = rag_store_quota_get(&db, tenant, &kept);

	if (rc < 0 || kept.bytes <= 0)
		return rc;
	return note(rag, &db, tenant, METER_STORAGE, &id, kept.bytes);
}

/* Each tenant that has a folder in the object store: whoever keeps anything has one. */
static int
note_all_storage(struct rag *rag, int64_t day)
{
	BH_AUTO(bh_object_walk_close) struct bh_object_walk walk = {0};
	const bool *stop = bh_runtime_stop_flag(rag->runtime);
	struct bh_object_name tenants[TENANTS_AT_ONCE];
	size_t n = TENANTS_AT_ONCE;
	int first = 0, rc = bh_object_walk_open(rag->objects, NULL, &walk);

	while (rc == 0 && n > 0) {
		if (__atomic_load_n(stop, __ATOMIC_RELAXED))
			return BH_E_STOPPING;
		rc = bh_object_walk_next(&walk, 0, tenants, TENANTS_AT_ONCE, &n);
		for (size_t i = 0; rc == 0 && i < n; i++) {
			int failed = note_storage(rag, &tenants[i].id, day);

			first = first < 0 ? first : failed;
		}
		/* So that there are never more of them than slots. */
		meter_settle_write(rag->meter->settle, bh_runtime_db(rag->runtime));
	}
	return rc < 0 ? rc : first;
}

void
rag_meter_storage(struct bh_runtime *runtime, void *service)
{
	struct rag *rag = service;
	int64_t day = bh_clock_wall_ms() / DAY_MS;
	int rc;

	(void)runtime;
	if (rag->meter->counted_day == day)
		return;
	rc = note_all_storage(rag, day);
	if (rc == 0)
		rag->meter->counted_day = day;
	else if (rc != BH_E_NOT_FOUND && rc != BH_E_STOPPING)
		bh_log_failure("count what tenants keep (will retry)", rc);
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
	meter_settle_judges(rag->meter->settle,
		bh_instance_judges(bh_runtime_instance(runtime), bh_clock_steady_ms()));
	meter_settle_tend(rag->meter->settle, bh_runtime_db(runtime), bh_clock_steady_ms());
}
