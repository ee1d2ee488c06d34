/* SPDX-License-Identifier: Apache-2.0 */
/* settle.c: the protocol of settle.h. */
#include "model/settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "model/ended.h"
#include "model/reassert.h"
#include "model/reserve.h"
#include "model/store.h"

/* Reservations renewed by one statement, and rows of a tenant in quarantine: their money is settled, and
 * they tell what is wrong; more of the same tell no more. */
enum { RENEWED = 256, QUARANTINE_MOST = 10000 };

/* Tenants with calls of a dead process that are remembered; the rest waits for a refusal. */
enum { LATE_MOST = 256 };

/* As the age of a reservation: none of a living call has it. */
#define A_CENTURY_MS INT64_C(3155760000000)

struct late {
	struct bh_uuid tenant;
	int64_t until_ms; /* steady clock; 0: not looked at yet */
};

struct model_settle {
	struct model_calls *calls;       /* borrowed */
	struct model_reassert *reassert; /* owned */
	struct model_reserve *reserve;   /* owned */
	struct model_ended *ended;       /* owned */
	struct late late[LATE_MOST];     /* the sweeper's only */
	size_t n_late;
};

int
model_settle_open(struct model_calls *calls, struct model_settle **out)
{
	struct model_settle *settle = calloc(1, sizeof(*settle));
	int rc;

	if (settle == NULL)
		return BH_E_MEMORY;
	settle->calls = calls;
	rc = model_reassert_open(calls, &settle->reassert);
	if (rc == 0)
		rc = model_reserve_open(settle->reassert, &settle->reserve);
	if (rc == 0)
		rc = model_ended_open(&settle->ended);
	if (rc < 0) {
		model_settle_close(settle);
		return rc;
	}
	*out = settle;
	return 0;
}

void
model_settle_close(struct model_settle *settle)
{
	if (settle == NULL)
		return;
	model_ended_close(settle->ended);
	model_reserve_close(settle->reserve);
	model_reassert_close(settle->reassert);
	free(settle);
}

int
model_settle_wait(struct model_settle *settle, const struct bh_uuid *tenant, int64_t wait_ms)
{
	return model_ended_wait(settle->ended, tenant, wait_ms);
}

/* ---- admission ---- */

/* The tenant's calls that a slot of this machine holds, whoever owns it. */
static struct bh_uuid *
live_calls(struct model_settle *settle, struct bh_arena *arena, const struct bh_uuid *tenant,
	size_t *out_count)
{
	struct bh_uuid *live = bh_arena_array(arena, MODEL_SLOTS, sizeof(*live));
	struct model_slot *slot;
	size_t count = 0, at = 0;

	while ((slot = model_calls_next(settle->calls, &at)) != NULL) {
		if (bh_uuid_equal(&slot->tenant, tenant))
			live[count++] = slot->call;
	}
	*out_count = count;
	return live;
}

/* Reserves, once more after what vanished calls still hold was settled. */
static int
reserve(struct model_settle *settle, struct bh_db *db, const struct model_slot *slot, int64_t nanos,
	bool *out_admitted, uint64_t *out_looks)
{
	int64_t expired = 0;
	struct bh_uuid *live;
	size_t n_live;
	int rc = model_reserve_take(settle->reserve, db, &slot->tenant, &slot->call, nanos,
		out_admitted, out_looks);

	if (rc < 0 || *out_admitted)
		return rc;
	live = live_calls(settle, db->arena, &slot->tenant, &n_live);
	rc = model_store_budget_expire(db, &slot->tenant, MODEL_RESERVATION_MS, live, n_live, &expired);
	if (rc < 0 || expired == 0)
		return rc;
	return model_reserve_take(settle->reserve, db, &slot->tenant, &slot->call, nanos, out_admitted,
		out_looks);
}

static int
admit(struct model_settle *settle, struct bh_db *db, struct model_slot *slot, int64_t nanos,
	bool *out_admitted)
{
	uint64_t looks = 0;
	int rc = reserve(settle, db, slot, nanos, out_admitted, &looks);

	if (rc < 0 || !*out_admitted)
		return rc;
	/* Only what is admitted is put back by others. Whoever looked for what a crash of the server had taken
	 * since this was reserved may not have seen it, and have admitted another call in its place. */
	atomic_store(&slot->reserved_nanos, nanos);
	if (model_reassert_looks(settle->reassert) != looks)
		return bh_error(BH_E_UNAVAILABLE, "The database was temporarily unavailable.");
	atomic_store(&slot->is_made, true);
	return 0;
}

void
model_settle_begin(struct model_slot *slot)
{
	atomic_store(&slot->is_made, true);
	atomic_store(&slot->state, MODEL_SLOT_ACTIVE);
}

int
model_settle_admit(struct model_settle *settle, struct bh_db *db, struct model_slot *slot,
	int64_t nanos, int64_t now_ms, bool *out_admitted)
{
	bool admitted = false;
	int rc;

	/* Active before the reservation is made: if we die now, the next process looks for it. */
	atomic_store(&slot->state, MODEL_SLOT_ACTIVE);
	rc = admit(settle, db, slot, nanos, &admitted);
	if (rc == BH_E_POOL || rc == BH_E_DB_DOWN) {
		model_calls_free(settle->calls, slot); /* no statement was sent */
		return rc;
	}
	if (rc < 0) {
		/* An unknown outcome may have left a reservation: the row settles it at nothing. */
		slot->status = MODEL_FAILED;
		slot->ended_ms = now_ms;
		(void)model_settle_end(settle, slot); /* the writer looks every second */
		return rc;
	}
	if (!admitted)
		model_calls_free(settle->calls, slot);
	*out_admitted = admitted;
	return 0;
}

/* ---- settlement ---- */

bool
model_settle_end(struct model_settle *settle, struct model_slot *slot)
{
	return model_ended_add(settle->ended, slot);
}

/* The database refuses what is in the row, and will do so each time: what is BH_E_DB is told by SQLSTATE's
 * classes, integrity, a row touched twice, and what is too large. */
static bool
is_refusal(int rc)
{
	static const char *const classes[] = {"21", "23", "54"};

	if (rc == BH_E_DB_DATA || rc == BH_E_CONFLICT || rc == BH_E_REFERENCE || rc == BH_E_TOO_LARGE)
		return true;
	for (size_t i = 0; rc == BH_E_DB && i < BH_COUNT(classes); i++) {
		if (strncmp(bh_error_detail(rc), classes[i], 2) == 0)
			return true;
	}
	return false;
}

/* Whose rows were all refused must not fill the disk. What fails is done with the next row. */
static void
quarantine_trim(struct model_settle *settle, struct bh_db *db, const struct bh_uuid *tenant)
{
	int64_t dropped = 0;
	int rc = model_store_quarantine_trim(db, tenant, QUARANTINE_MOST, &dropped);

	if (rc < 0)
		bh_log_failure("trim the quarantine", rc);
	else if (dropped > 0)
		model_calls_drop(settle->calls, dropped);
}

static int
quarantine(struct model_settle *settle, struct bh_db *db, const struct model_slot *slot,
	int refusal)
{
	char reason[256];
	char id[BH_UUID_TEXT];
	int rc;

	snprintf(reason, sizeof(reason), "%s", bh_error_detail(refusal));
	rc = model_store_usage_quarantine(db, &slot->tenant, slot, reason);
	if (rc < 0)
		return rc;
	bh_uuid_format(&slot->call, id);
	model_calls_quarantine(settle->calls);
	bh_log(BH_LOG_ERROR, "the usage row of call %s is in quarantine: %s", id, reason);
	quarantine_trim(settle, db, &slot->tenant);
	return 0;
}

/* One statement for all; where it is refused, halves, down to the row that is at fault. */
static int
settle_rows(struct model_settle *settle, struct bh_db *db, struct model_slot **slots, size_t n)
{
	int rc = model_store_usage_settle(db, &slots[0]->tenant, slots, n);
	int second;

	if (rc == 0 || !is_refusal(rc))
		return rc;
	if (n == 1)
		return quarantine(settle, db, slots[0], rc);
	rc = settle_rows(settle, db, slots, n / 2);
	second = settle_rows(settle, db, slots + n / 2, n - n / 2);
	return rc < 0 ? rc : second;
}

/* Settles the calls of the first one's tenant and moves them to the front; *count is their number. */
static int
settle_tenant(struct model_settle *settle, struct bh_db *db, struct model_slot **slots, size_t n,
	size_t *count)
{
	struct bh_uuid tenant = slots[0]->tenant;
	struct bh_db as = bh_db_as(db, &tenant);
	bool lost = false;
	size_t mine = 0;
	int rc;

	for (size_t i = 0; i < n; i++) {
		struct model_slot *slot = slots[i];

		if (!bh_uuid_equal(&slot->tenant, &tenant))
			continue;
		lost = lost || slot->status == MODEL_LOST;
		slots[i] = slots[mine];
		slots[mine++] = slot;
	}
	*count = mine;
	rc = settle_rows(settle, &as, slots, mine);
	/* A dead process's statement may have reserved while ours waited for the budget's row with a
	 * snapshot of before: the second look sees what the first could not. */
	return rc == 0 && lost ? settle_rows(settle, &as, slots, mine) : rc;
}

/* One statement a tenant, then one that makes them all durable, over one session: had the server
 * crashed in between, the last would fail with it. A tenant whose rows cannot be written holds back
 * nobody else's. Returns what went wrong first; those that are durable stand in front, *out_settled of
 * them. */
static int
settle_batch(struct model_settle *settle, struct bh_db *session, struct model_slot **slots,
	size_t n, size_t *out_settled)
{
	struct model_slot *failed[MODEL_SETTLE_ROWS];
	size_t done = 0, written = 0, n_failed = 0;
	int first = 0, rc = 0;

	while (done < n) {
		size_t count = n - done;

		/* Over a session that has broken there is no need to try each. */
		if (rc != BH_E_DB_DOWN && rc != BH_E_DB_UNKNOWN)
			rc = settle_tenant(settle, session, slots + done, n - done, &count);
		if (rc < 0) {
			memcpy(failed + n_failed, slots + done, count * sizeof(*slots));
			n_failed += count;
			first = first < 0 ? first : rc;
		} else {
			memmove(slots + written, slots + done, count * sizeof(*slots));
			written += count;
		}
		done += count;
	}
	memcpy(slots + written, failed, n_failed * sizeof(*slots));
	if (written > 0) {
		rc = model_store_usage_flush(session);
		if (rc < 0) {
			first = rc;
			written = 0;
		}
	}
	*out_settled = written;
	return first;
}

int
model_settle_round(struct model_settle *settle, struct bh_db *db, size_t *out_settled)
{
	struct model_slot *slots[MODEL_SETTLE_ROWS];
	size_t n = model_ended_take(settle->ended, slots, MODEL_SETTLE_ROWS);
	struct bh_db session = {0};
	size_t settled = 0;
	int rc;

	*out_settled = 0;
	if (n == 0)
		return 0;
	rc = bh_db_session_open(db, &session);
	if (rc == 0)
		rc = settle_batch(settle, &session, slots, n, &settled);
	bh_db_session_close(&session);
	for (size_t i = 0; i < settled; i++)
		model_calls_free(settle->calls, slots[i]);
	for (size_t i = settled; i < n; i++)
		(void)model_ended_add(settle->ended, slots[i]); /* it is repeatable */
	model_ended_written(settle->ended, settled == 0);
	*out_settled = settled;
	return rc;
}

/* ---- the sweeper ---- */

static void
note_late(struct model_settle *settle, const struct bh_uuid *tenant)
{
	struct late *at = settle->late, *end = settle->late + settle->n_late;

	while (at < end && !bh_uuid_equal(&at->tenant, tenant))
		at++;
	if (at == settle->late + LATE_MOST)
		return;
	settle->n_late += at == end;
	*at = (struct late){.tenant = *tenant};
}

struct model_slot *
model_settle_adopt(struct model_settle *settle, size_t *at)
{
	struct model_slot *slot;

	while ((slot = model_calls_next(settle->calls, at)) != NULL) {
		uint32_t state;

		if (!model_calls_adopt(settle->calls, slot))
			continue;
		state = atomic_load(&slot->state);
		if (state >= MODEL_SLOT_ACTIVE)
			note_late(settle, &slot->tenant);
		if (state == MODEL_SLOT_ACTIVE)
			return slot;
		if (state == MODEL_SLOT_ENDED)
			(void)model_ended_add(settle->ended, slot);
		else
			model_calls_free(settle->calls,
				slot); /* died before it was admitted, or as it was freed */
	}
	return NULL;
}

static bool
is_due(struct model_settle *settle, const struct model_slot *slot, int64_t steady_ms)
{
	int64_t renewed_ms = atomic_load(&slot->renewed_ms);

	return model_calls_own(settle->calls, slot) && atomic_load(&slot->state) == MODEL_SLOT_ACTIVE &&
		atomic_load(&slot->reserved_nanos) > 0 &&
		(steady_ms - renewed_ms >= MODEL_RENEW_MS || steady_ms < renewed_ms);
}

/* Those of the tenant that are due, from slot number `at` on. A slot that becomes another call's meanwhile
 * renews nothing, or the other one early. */
static size_t
gather_due(struct model_settle *settle, const struct bh_uuid *tenant, size_t at, int64_t steady_ms,
	struct bh_uuid calls[RENEWED])
{
	struct model_slot *slot;
	size_t n = 0;

	while (n < RENEWED && (slot = model_calls_next(settle->calls, &at)) != NULL) {
		if (!is_due(settle, slot, steady_ms) || !bh_uuid_equal(&slot->tenant, tenant))
			continue;
		calls[n++] = slot->call;
		atomic_store(&slot->renewed_ms, steady_ms);
	}
	return n;
}

static int
give_late_back(struct model_settle *settle, struct bh_db *db, int64_t steady_ms)
{
	size_t kept = 0;
	int rc = 0;

	for (size_t i = 0; i < settle->n_late; i++) {
		struct late late = settle->late[i];
		struct bh_db as = bh_db_as(db, &late.tenant);
		int64_t given_back;

		if (late.until_ms == 0)
			late.until_ms = steady_ms + MODEL_LATE_MS;
		if (rc == 0)
			rc = model_store_budget_expire(&as, &late.tenant, A_CENTURY_MS, NULL, 0, &given_back);
		if (steady_ms < late.until_ms)
			settle->late[kept++] = late;
	}
	settle->n_late = kept;
	return rc;
}

int
model_settle_renew(struct model_settle *settle, struct bh_db *db, int64_t steady_ms)
{
	struct model_slot *slot;
	size_t at = 0;
	int rc;

	while ((slot = model_calls_next(settle->calls, &at)) != NULL) {
		struct bh_uuid calls[RENEWED], tenant = slot->tenant;
		struct bh_db as = bh_db_as(db, &tenant);
		size_t n;

		if (!is_due(settle, slot, steady_ms))
			continue;
		n = gather_due(settle, &tenant, at - 1, steady_ms, calls);
		rc = n > 0 ? model_store_budget_renew(&as, &tenant, calls, n) : 0;
		/* An hour may pass before they expire: the next turn comes in time. */
		if (rc < 0)
			return rc;
	}
	return give_late_back(settle, db, steady_ms);
}
