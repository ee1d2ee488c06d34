/* SPDX-License-Identifier: Apache-2.0 */
/* slot.h: acts in flight, in one memory-mapped file that all processes of a service on the machine share.
 * What a killed process left there is settled by the next one: settle.h says how. */
#ifndef BH_METER_SLOT_H
#define BH_METER_SLOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "meter/act.h"
#include "meter/unit.h"

enum { METER_SLOTS = 4096 };

/* Text in a slot, with its NUL: room for all that may come, so that nothing is ever cut. */
enum {
	METER_MODEL_BYTES = 64 * 4 + 1, /* 64 code points */
	METER_REQUEST_ID_BYTES = 40,
	METER_SUBJECT_BYTES = 64,
	METER_ACTOR_BYTES = 32
};

/* What a service keeps of its own beside an act. */
enum { METER_OWN_BYTES = 192 };

enum meter_slot_state { METER_SLOT_FREE, METER_SLOT_FILLING, METER_SLOT_ACTIVE, METER_SLOT_ENDED };

/* One act, in shared memory: no pointers. Written by its owner only, until its owner is dead. A process
 * takes it by writing its name into it, so that there is no moment at which a kill leaves it without an
 * owner. */
struct meter_slot {
	_Atomic uint32_t state; /* enum meter_slot_state */
	_Atomic uint64_t owner; /* process id and its start time: tells a reused id; 0: nobody's */
	struct bh_uuid tenant;
	struct bh_uuid act; /* the usage event's id */
	/* Who spends besides the tenant; zero for none. */
	struct bh_uuid team, user, key;
	struct bh_uuid credential;
	struct bh_uuid model_tenant, model_id; /* zero for none */
	char request_id[METER_REQUEST_ID_BYTES];
	char model[METER_MODEL_BYTES];
	char subject[METER_SUBJECT_BYTES];
	char actor[METER_ACTOR_BYTES];
	int64_t started_ms;
	int64_t ended_ms;
	/* Nano-units per million of each line. They may change until the act ends, to what is no dearer. */
	int64_t prices[METER_LINES];
	int64_t price_version,
		rate_version;               /* rate_version 0: no rate of the plan took a price's place */
	int64_t most[METER_LINES];      /* the most it may come to, for which money is set aside */
	int64_t used[METER_LINES];      /* what it came to */
	_Atomic int64_t reserved_nanos; /* what was set aside, where is_reserved */
	_Atomic int64_t renewed_ms;     /* steady clock: when its reservation was last renewed */
	_Atomic bool is_reserved;       /* it has a reservation */
	_Atomic bool is_made;           /* it was admitted: it may have been done */
	bool price_known, streamed, batch;
	uint8_t kind;   /* enum meter_kind */
	uint8_t source; /* enum meter_source */
	uint8_t status; /* enum meter_status */
	/* The service's own: what it needs to tell what a lost act used. Zeroed when it is taken. */
	_Alignas(8) unsigned char own[METER_OWN_BYTES];
};

struct meter_slots;

/* Opens the shared file, or creates it, with an area of extra_bytes that the service uses as it likes. A
 * file with a different layout is renamed to PATH.old. */
BH_MUST_CHECK int meter_slots_open(const char *path, size_t extra_bytes, struct meter_slots **out);
void meter_slots_close(struct meter_slots *slots);

/* Opens it as a process of one's own choice among `slots` slots: several in one test. */
struct meter_slots_as {
	uint64_t owner;                   /* not 0 */
	bool (*is_alive)(uint64_t owner); /* of another one */
	size_t slots;                     /* METER_SLOTS at most */
	size_t extra_bytes;
};
BH_MUST_CHECK int meter_slots_open_as(const char *path, const struct meter_slots_as *as,
	struct meter_slots **out);

/* The extra area, aligned to 64 bytes; zeroed when it is new, and when the machine has started anew. */
void *meter_slots_extra(struct meter_slots *slots);

/* A free slot for the tenant, state FILLING, owned by this process. BH_E_BUSY when the tenant has as many
 * slots as are free: however many crowd in, there is room for one that has none. */
BH_MUST_CHECK int meter_slots_take(struct meter_slots *slots, const struct bh_uuid *tenant,
	struct meter_slot **out);
void meter_slots_free(struct meter_slots *slots, struct meter_slot *slot);

/* Counts who looked through the slots for what they have reserved, in all processes. */
void meter_slots_look(struct meter_slots *slots);
uint64_t meter_slots_looks(const struct meter_slots *slots);

/* Events that went to quarantine, counted by all processes since the file was laid out. */
void meter_slots_quarantine(struct meter_slots *slots);
uint64_t meter_slots_quarantined(const struct meter_slots *slots);

/* The same for events that quarantine had no room for. */
void meter_slots_drop(struct meter_slots *slots, int64_t events);
uint64_t meter_slots_dropped(const struct meter_slots *slots);

/* Slots in use. */
int64_t meter_slots_used(const struct meter_slots *slots);

/* Whether this process owns it. */
bool meter_slots_own(const struct meter_slots *slots, const struct meter_slot *slot);

/* Walks the slots that have an owner; start with *at = 0. NULL at the end. */
struct meter_slot *meter_slots_next(struct meter_slots *slots, size_t *at);

/* Takes a dead owner's slot over, its state unchanged; false if the owner lives or another process
 * was faster. */
bool meter_slots_adopt(struct meter_slots *slots, struct meter_slot *slot);

#endif
