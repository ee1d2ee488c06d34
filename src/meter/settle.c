/* SPDX-License-Identifier: Apache-2.0 */
/* settle.c: the protocol of settle.h. */
#include "meter/settle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "meter/ended.h"
#include "meter/reassert.h"
#include "meter/reserve.h"
#include "meter/books.h"

/* Reservations renewed by one statement, and events of a tenant in quarantine: their money is settled, and
 * they tell what is wrong; more of the same tell no more. */
enum { RENEWED = 256, QUARANTINE_MOST = 10000 };

/* Tenants of which dead processes' reservations are charged in one turn of the sweeper. */
enum { BURIED_MOST = 64 };

/* Tenants with acts of a dead process that are remembered; the rest waits for a refusal. */
enum { LATE_MOST = 256 };

/* As the age of a reservation: none of a living act has it. */
#define A_CENTURY_MS INT64_C(3155760000000)

struct late {
	struct bh_uuid tenant;
	int64_t until_ms; /* steady clock; 0: not looked at yet */
};

struct meter_settle {
	struct meter_slots *slots;       /* borrowed */
	struct meter_reassert *reassert; /* owned */
	struct meter_reserve *reserve;   /* owned */
	struct meter_ended *ended;       /* owned */
	struct late late[LATE_MOST];     /* the sweeper's only */
	size_t n_late;
	_Atomic bool judges;
};

int
meter_settle_open(struct meter_slots *slots, struct meter_settle **out)
{
	struct meter_settle *settle = calloc(1, sizeof(*settle));
	int rc;

	if (settle == NULL)
		return BH_E_MEMORY;
	settle->slots = slots;
	rc = meter_reassert_open(slots, &settle->reassert);
	if (rc == 0)
		rc = meter_reserve_open(settle->reassert, &settle->reserve);
	if (rc == 0)
		rc = meter_ended_open(&settle->ended);
	if (rc < 0) {
		meter_settle_close(settle);
		return rc;
	}
	*out = settle;
	return 0;
}

void
meter_settle_close(struct meter_settle *settle)
{
	if (settle == NULL)
		return;
	meter_ended_close(settle->ended);
	meter_reserve_close(settle->reserve);
	meter_reassert_close(settle->reassert);
	free(settle);
}

int
meter_settle_wait(struct meter_settle *settle, const struct bh_uuid *tenant, int64_t wait_ms)
{
	return meter_ended_wait(settle->ended, tenant, wait_ms);
}

/* ---- admission ---- */

/* The tenant's acts that a slot of this machine holds, whoever owns it. */
static struct bh_uuid *
live_acts(struct meter_settle *settle, struct bh_arena *arena, const struct bh_uuid *tenant,
	size_t *out_count)
{
	struct bh_uuid *live = bh_arena_array(arena, METER_SLOTS, sizeof(*live));
	struct meter_slot *slot;
	size_t count = 0, at = 0;

	while ((slot = meter_slots_next(settle->slots, &at)) != NULL) {
		if (bh_uuid_equal(&slot->tenant, tenant))
			live[count++] = slot->act;
	}
	*out_count = count;
	return live;
}

/* 0: this process says of nobody that it is dead. */
static int64_t
dead_ms(const struct meter_settle *settle)
{
	return atomic_load(&settle->judges) ? METER_DEAD_MS : 0;
}

/* Reserves, once more after what vanished acts still hold was settled. */
static int
reserve(struct meter_settle *settle, struct bh_db *db, const struct meter_slot *slot,
	const struct meter_wanted *want, struct meter_refusal *out_refusal, uint64_t *out_looks)
{
	int64_t expired = 0;
	struct bh_uuid *live;
	size_t n_live;
	int rc = meter_reserve_take(settle->reserve, db, &slot->tenant, want, out_refusal, out_looks);

	if (rc < 0 || out_refusal->span == METER_ADMITTED || out_refusal->span == METER_PRICE)
		return rc;
	live = live_acts(settle, db->arena, &slot->tenant, &n_live);
	rc = meter_books_expire(db, &slot->tenant, METER_RESERVATION_MS, dead_ms(settle), live, n_live,
		&expired);
	if (rc < 0 || expired == 0)
		return rc;
	return meter_reserve_take(settle->reserve, db, &slot->tenant, want, out_refusal, out_looks);
}

static int
admit(struct meter_settle *settle, struct bh_db *db, struct meter_slot *slot,
	struct meter_refusal *out_refusal)
{
	struct meter_wanted want = meter_wanted_of(slot);
	uint64_t looks = 0;
	int rc = reserve(settle, db, slot, &want, out_refusal, &looks);

	if (rc < 0 || out_refusal->span != METER_ADMITTED)
		return rc;
	/* Only what is admitted is put back by others. Whoever looked for what a crash of the server had taken
	 * since this was reserved may not have seen it, and have admitted another act in its place. */
	atomic_store(&slot->reserved_nanos, want.nanos);
	atomic_store(&slot->is_reserved, true);
	if (meter_reassert_looks(settle->reassert) != looks)
		return bh_error(BH_E_UNAVAILABLE, "The database was temporarily unavailable.");
	atomic_store(&slot->is_made, true);
	return 0;
}

void
meter_settle_begin(struct meter_slot *slot)
{
	atomic_store(&slot->is_made, true);
	atomic_store(&slot->state, METER_SLOT_ACTIVE);
}

int
meter_settle_admit(struct meter_settle *settle, struct bh_db *db, struct meter_slot *slot,
	int64_t now_ms, struct meter_refusal *out)
{
	struct meter_refusal refusal = {0};
	int rc;

	/* Active before the reservation is made: if we die now, the next process looks for it. */
	atomic_store(&slot->state, METER_SLOT_ACTIVE);
	rc = admit(settle, db, slot, &refusal);
	if (rc == BH_E_POOL || rc == BH_E_DB_DOWN) {
		meter_slots_free(settle->slots, slot); /* no statement was sent */
		return rc;
	}
	if (rc < 0) {
		/* An unknown outcome may have left a reservation: the event settles it at nothing. */
		slot->status = METER_FAILED;
		slot->ended_ms = now_ms;
		(void)meter_settle_end(settle, slot); /* the writer looks every second */
		return rc;
	}
	if (refusal.span != METER_ADMITTED)
		meter_slots_free(settle->slots, slot);
	*out = refusal;
	return 0;
}

/* ---- settlement ---- */

bool
meter_settle_end(struct meter_settle *settle, struct meter_slot *slot)
{
	return meter_ended_add(settle->ended, slot);
}

/* The database refuses what is in the event, and will do so each time: what is BH_E_DB is told by SQLSTATE's
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

/* Whose events were all refused must not fill the disk. What fails is done with the next event. */
static void
quarantine_trim(struct meter_settle *settle, struct bh_db *db, const struct bh_uuid *tenant)
{
	int64_t dropped = 0;
	int rc = meter_books_trim(db, tenant, QUARANTINE_MOST, &dropped);

	if (rc < 0)
		bh_log_failure("trim the quarantine", rc);
	else if (dropped > 0)
		meter_slots_drop(settle->slots, dropped);
}

static int
quarantine(struct meter_settle *settle, struct bh_db *db, struct meter_slot *slot, int refusal)
{
	char reason[256];
	char id[BH_UUID_TEXT];
	int rc;

	snprintf(reason, sizeof(reason), "%s", bh_error_detail(refusal));
	rc = meter_books_quarantine(db, &slot->tenant, slot, reason);
	if (rc < 0)
		return rc;
	bh_uuid_format(&slot->act, id);
	meter_slots_quarantine(settle->slots);
	bh_log(BH_LOG_ERROR, "the usage row of call %s is in quarantine: %s", id, reason);
	quarantine_trim(settle, db, &slot->tenant);
	return 0;
}

/* One statement for all; where it is refused, halves, down to the event that is at fault. */
static int
settle_rows(struct meter_settle *settle, struct bh_db *db, struct meter_slot **slots, size_t n)
{
	int rc = meter_books_settle(db, &slots[0]->tenant, slots, n);
	int second;

	if (rc == 0 || !is_refusal(rc))
		return rc;
	if (n == 1)
		return quarantine(settle, db, slots[0], rc);
	rc = settle_rows(settle, db, slots, n / 2);
	second = settle_rows(settle, db, slots + n / 2, n - n / 2);
	return rc < 0 ? rc : second;
}

/* Settles the acts of the first one's tenant and moves them to the front; *count is their number. */
static int
settle_tenant(struct meter_settle *settle, struct bh_db *db, struct meter_slot **slots, size_t n,
	size_t *count)
{
	struct bh_uuid tenant = slots[0]->tenant;
	struct bh_db as = bh_db_as(db, &tenant);
	size_t mine = 0;

	for (size_t i = 0; i < n; i++) {
		struct meter_slot *slot = slots[i];

		if (!bh_uuid_equal(&slot->tenant, &tenant))
			continue;
		slots[i] = slots[mine];
		slots[mine++] = slot;
	}
	*count = mine;
	return settle_rows(settle, &as, slots, mine);
}

/* One statement a tenant, then one that makes them all durable, over one session: had the server
 * crashed in between, the last would fail with it. A tenant whose rows cannot be written holds back
 * nobody else's. Returns what went wrong first; those that are durable stand in front, *out_settled of
 * them. */
static int
settle_batch(struct meter_settle *settle, struct bh_db *session, struct meter_slot **slots,
	size_t n, size_t *out_settled)
{
	struct meter_slot *failed[METER_SETTLE_EVENTS];
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
		rc = meter_books_flush(session);
		if (rc < 0) {
			first = rc;
			written = 0;
		}
	}
	*out_settled = written;
	return first;
}

int
meter_settle_round(struct meter_settle *settle, struct bh_db *db, size_t *out_settled)
{
	struct meter_slot *slots[METER_SETTLE_EVENTS];
	size_t n = meter_ended_take(settle->ended, slots, METER_SETTLE_EVENTS);
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
		meter_slots_free(settle->slots, slots[i]);
	for (size_t i = settled; i < n; i++)
		(void)meter_ended_add(settle->ended, slots[i]); /* it is repeatable */
	meter_ended_written(settle->ended, settled == 0);
	*out_settled = settled;
	return rc;
}

/* ---- the sweeper ---- */

static void
note_late(struct meter_settle *settle, const struct bh_uuid *tenant)
{
	struct late *at = settle->late, *end = settle->late + settle->n_late;

	while (at < end && !bh_uuid_equal(&at->tenant, tenant))
		at++;
	if (at == settle->late + LATE_MOST)
		return;
	settle->n_late += at == end;
	*at = (struct late){.tenant = *tenant};
}

struct meter_slot *
meter_settle_adopt(struct meter_settle *settle, size_t *at)
{
	struct meter_slot *slot;

	while ((slot = meter_slots_next(settle->slots, at)) != NULL) {
		uint32_t state;

		if (!meter_slots_adopt(settle->slots, slot))
			continue;
		state = atomic_load(&slot->state);
		if (state >= METER_SLOT_ACTIVE)
			note_late(settle, &slot->tenant);
		if (state == METER_SLOT_ACTIVE)
			return slot;
		if (state == METER_SLOT_ENDED)
			(void)meter_ended_add(settle->ended, slot);
		else
			meter_slots_free(settle->slots,
				slot); /* died before it was admitted, or as it was freed */
	}
	return NULL;
}

static bool
is_due(struct meter_settle *settle, const struct meter_slot *slot, int64_t steady_ms)
{
	int64_t renewed_ms = atomic_load(&slot->renewed_ms);

	return meter_slots_own(settle->slots, slot) && atomic_load(&slot->state) == METER_SLOT_ACTIVE &&
		atomic_load(&slot->is_reserved) &&
		(steady_ms - renewed_ms >= METER_RENEW_MS || steady_ms < renewed_ms);
}

/* Those of the tenant that are due, from slot number `at` on. A slot that becomes another act's meanwhile
 * renews nothing, or the other one early. */
static size_t
gather_due(struct meter_settle *settle, const struct bh_uuid *tenant, size_t at, int64_t steady_ms,
	struct bh_uuid acts[RENEWED])
{
	struct meter_slot *slot;
	size_t n = 0;

	while (n < RENEWED && (slot = meter_slots_next(settle->slots, &at)) != NULL) {
		if (!is_due(settle, slot, steady_ms) || !bh_uuid_equal(&slot->tenant, tenant))
			continue;
		acts[n++] = slot->act;
		atomic_store(&slot->renewed_ms, steady_ms);
	}
	return n;
}

static int
give_late_back(struct meter_settle *settle, struct bh_db *db, int64_t steady_ms)
{
	size_t kept = 0;
	int rc = 0;

	for (size_t i = 0; i < settle->n_late; i++) {
		struct late late = settle->late[i];
		struct bh_db as = bh_db_as(db, &late.tenant);
		int64_t given_back;

		if (late.until_ms == 0)
			late.until_ms = steady_ms + METER_LATE_MS;
		if (rc == 0)
			rc = meter_books_expire(&as, &late.tenant, A_CENTURY_MS, 0, NULL, 0, &given_back);
		if (steady_ms < late.until_ms)
			settle->late[kept++] = late;
	}
	settle->n_late = kept;
	return rc;
}

int
meter_settle_renew(struct meter_settle *settle, struct bh_db *db, int64_t steady_ms)
{
	struct meter_slot *slot;
	size_t at = 0;
	int rc;

	while ((slot = meter_slots_next(settle->slots, &at)) != NULL) {
		struct bh_uuid acts[RENEWED], tenant = slot->tenant;
		struct bh_db as = bh_db_as(db, &tenant);
		size_t n;

		if (!is_due(settle, slot, steady_ms))
			continue;
		n = gather_due(settle, &tenant, at - 1, steady_ms, acts);
		rc = n > 0 ? meter_books_renew(&as, &tenant, acts, n) : 0;
		/* An hour may pass before they expire: the next turn comes in time. */
		if (rc < 0)
			return rc;
	}
	return give_late_back(settle, db, steady_ms);
}

/* ---- other machines ---- */

void
meter_settle_judges(struct meter_settle *settle, bool judges)
{
	atomic_store(&settle->judges, judges);
}

int
meter_settle_bury(struct meter_settle *settle, struct bh_db *db)
{
	struct bh_db nobody = bh_db_as(db, &(struct bh_uuid){0});
	struct bh_uuid *tenants = NULL;
	int64_t ms = dead_ms(settle), charged;
	size_t n = 0;
	int rc = ms > 0 ? meter_books_dead(&nobody, ms, BURIED_MOST, &tenants, &n) : 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct bh_db as = bh_db_as(db, &tenants[i]);
		size_t n_live;
		struct bh_uuid *live = live_acts(settle, db->arena, &tenants[i], &n_live);

		rc = meter_books_expire(&as, &tenants[i], A_CENTURY_MS, ms, live, n_live, &charged);
	}
	return rc;
}

/* ---- workers ---- */

void
meter_settle_write(struct meter_settle *settle, struct bh_db_pool *pool)
{
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = pool, .arena = &arena, .vital = true};
	size_t settled;
	int rc;

	do {
		rc = meter_settle_round(settle, &db, &settled);
		bh_arena_close(&arena);
	} while (settled > 0);
	if (rc < 0)
		bh_log_failure("write usage rows (will retry)", rc);
}

void
meter_settle_tend(struct meter_settle *settle, struct bh_db_pool *pool, int64_t steady_ms)
{
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = pool, .arena = &arena, .vital = true};
	int rc = meter_settle_renew(settle, &db, steady_ms);

	if (rc == 0)
		rc = meter_settle_bury(settle, &db);
	if (rc < 0)
		bh_log_failure("renew reservations (will retry)", rc);
	bh_arena_close(&arena);
}
