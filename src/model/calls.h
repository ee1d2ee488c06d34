/* SPDX-License-Identifier: Apache-2.0 */
/* calls.h: calls in flight and token buckets, in one memory-mapped file that all model processes of
 * the machine share. What a killed process left there is settled by the next one: settle.h says how. */
#ifndef BH_MODEL_CALLS_H
#define BH_MODEL_CALLS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/uuid.h"
#include "model/model.h"
#include "model/usage.h"

enum { MODEL_SLOTS = 4096 };

/* Text in a slot, with its NUL: room for all that may come, so that nothing is ever cut. */
enum {
	MODEL_NAME_BYTES = 64 * 4 + 1, /* 64 code points */
	MODEL_REQUEST_ID_BYTES = 40,
	MODEL_SUBJECT_BYTES = 64,
	MODEL_ACTOR_BYTES = 32
};

enum model_slot_state { MODEL_SLOT_FREE, MODEL_SLOT_FILLING, MODEL_SLOT_ACTIVE, MODEL_SLOT_ENDED };

/* How a call ended. */
enum model_status {
	MODEL_OK,
	MODEL_CUT,       /* the client left, or was cut off */
	MODEL_TRUNCATED, /* the engine's answer ended early */
	MODEL_FAILED,    /* no answer */
	MODEL_LOST       /* our process died */
};
const char *model_status_name(enum model_status status);
const char *model_source_name(enum model_source source);

/* One call, in shared memory: no pointers. Written by its owner only, until its owner is dead. A process
 * takes it by writing its name into it, so that there is no moment at which a kill leaves it without an
 * owner. */
struct model_slot {
	_Atomic uint32_t state; /* enum model_slot_state */
	_Atomic uint64_t owner; /* process id and its start time: tells a reused id; 0: nobody's */
	struct bh_uuid tenant;
	struct bh_uuid call; /* the usage row's id */
	struct bh_uuid model_tenant;
	struct bh_uuid model_id;
	struct bh_uuid credential;
	char request_id[MODEL_REQUEST_ID_BYTES];
	char model_name[MODEL_NAME_BYTES];
	char subject[MODEL_SUBJECT_BYTES];
	char actor[MODEL_ACTOR_BYTES];
	int64_t started_ms;
	int64_t ended_ms;
	int64_t price_in, price_out, price_version;
	_Atomic int64_t reserved_nanos; /* > 0: this much was reserved for it */
	_Atomic int64_t renewed_ms;     /* steady clock: when its reservation was last renewed */
	_Atomic bool is_made;           /* it was admitted: the engine may have been asked */
	int64_t bucket_tokens;          /* charged to the token bucket at the start */
	int64_t prompt_estimate;
	int64_t output_cap, unread_most, context; /* as in struct model_seen */
	_Atomic int64_t pieces, bytes;            /* of output passed so far */
	int64_t prompt_tokens, cached_tokens, completion_tokens;
	uint8_t kind;   /* enum model_kind */
	uint8_t source; /* enum model_source */
	uint8_t status; /* enum model_status */
	bool streamed;
	bool price_known;
};

/* Opens the shared file, or creates it. A file with a different layout is renamed to PATH.old. */
BH_MUST_CHECK int model_calls_open(const char *path, struct model_calls **out);
void model_calls_close(struct model_calls *calls);

/* Opens it as a process of one's own choice among `slots` slots: several in one test. */
struct model_calls_as {
	uint64_t owner;                   /* not 0 */
	bool (*is_alive)(uint64_t owner); /* of another one */
	size_t slots;                     /* MODEL_SLOTS at most */
};
BH_MUST_CHECK int model_calls_open_as(const char *path, const struct model_calls_as *as,
	struct model_calls **out);

/* A free slot for the tenant, state FILLING, owned by this process. BH_E_BUSY when the tenant has as many
 * slots as are free: however many crowd in, there is room for one that has none. */
BH_MUST_CHECK int model_calls_take(struct model_calls *calls, const struct bh_uuid *tenant,
	struct model_slot **out);
void model_calls_free(struct model_calls *calls, struct model_slot *slot);

/* Counts who looked through the slots for what they have reserved, in all processes. */
void model_calls_look(struct model_calls *calls);
uint64_t model_calls_looks(const struct model_calls *calls);

/* Rows that went to quarantine, counted by all processes since the file was laid out. */
void model_calls_quarantine(struct model_calls *calls);
uint64_t model_calls_quarantined(const struct model_calls *calls);

/* The same for rows that quarantine had no room for. */
void model_calls_drop(struct model_calls *calls, int64_t rows);
uint64_t model_calls_dropped(const struct model_calls *calls);

/* Slots in use. */
int64_t model_calls_used(const struct model_calls *calls);

/* Whether this process owns it. */
bool model_calls_own(const struct model_calls *calls, const struct model_slot *slot);

/* Walks the slots that have an owner; start with *at = 0. NULL at the end. */
struct model_slot *model_calls_next(struct model_calls *calls, size_t *at);

/* Takes a dead owner's slot over, its state unchanged; false if the owner lives or another process
 * was faster. */
bool model_calls_adopt(struct model_calls *calls, struct model_slot *slot);

/* Token buckets: GCRA with a burst of one minute. Each is one tenant's alone. A full bucket has no
 * information and can be replaced; if sixteen tenants of the same set of the table are all short of
 * tokens, the bucket of the one that lacks least is replaced, so that no tenant is refused because of
 * another. */

/* Charges `tokens` (at most the limit itself) to the tenant's bucket. 0, or the microseconds to wait.
 * *out_charged is what was charged. now_us: steady clock. */
int64_t model_bucket_take(struct model_calls *calls, const struct bh_uuid *tenant,
	int64_t per_minute, int64_t tokens, int64_t now_us, int64_t *out_charged);
/* Corrects an earlier charge by `tokens` (negative: gives back). */
void model_bucket_adjust(struct model_calls *calls, const struct bh_uuid *tenant,
	int64_t per_minute, int64_t tokens, int64_t now_us);
/* Tokens that would be admitted now. */
int64_t model_bucket_left(struct model_calls *calls, const struct bh_uuid *tenant,
	int64_t per_minute, int64_t now_us);

#endif
