/* calls.h: calls in flight and token buckets, in one memory-mapped file that all model processes of
 * the machine share. What a killed process left there is settled by the next one. */
#ifndef BH_MODEL_CALLS_H
#define BH_MODEL_CALLS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/uuid.h"
#include "model/model.h"
#include "model/usage.h"

enum { MODEL_SLOTS = 4096 };

enum model_slot_state { MODEL_SLOT_FREE, MODEL_SLOT_FILLING, MODEL_SLOT_ACTIVE, MODEL_SLOT_ENDED };

/* How a call ended. */
enum model_status {
	MODEL_OK,
	MODEL_CUT,       /* the client left, or was cut off */
	MODEL_TRUNCATED, /* the engine's answer ended early */
	MODEL_FAILED,    /* no answer */
	MODEL_LOST       /* our process died */
};

/* One call, in shared memory: no pointers. Written by its owner only, until its owner is dead. */
struct model_slot {
	_Atomic uint32_t state; /* enum model_slot_state */
	_Atomic uint64_t owner; /* process id and its start time: tells a reused id */
	struct bh_uuid tenant;
	struct bh_uuid call; /* the usage row's id */
	struct bh_uuid model_tenant;
	struct bh_uuid model_id;
	struct bh_uuid credential;
	char request_id[40];
	char model_name[72];
	char subject[64];
	char actor[32];
	int64_t started_ms;
	int64_t ended_ms;
	int64_t price_in, price_out, price_version;
	_Atomic int64_t reserved_nanos; /* > 0: this much was reserved for it */
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

/* Opens (creating, or replacing a file of another layout) the shared file. */
BH_MUST_CHECK int model_calls_open(const char *path, struct model_calls **out);
void model_calls_close(struct model_calls *calls);

/* A free slot, state FILLING, owned by this process. BH_E_BUSY when all are taken. */
BH_MUST_CHECK int model_calls_take(struct model_calls *calls, struct model_slot **out);
void model_calls_free(struct model_slot *slot);

/* Walks the slots; start with *at = 0. NULL at the end. */
struct model_slot *model_calls_next(struct model_calls *calls, size_t *at);

/* Takes a dead owner's slot over, its state unchanged; false if the owner lives or another process
 * was faster. */
bool model_calls_adopt(struct model_calls *calls, struct model_slot *slot);

/* Charges `tokens` (at most the limit itself) to the tenant's bucket: GCRA with a burst of one
 * minute. 0, or the microseconds to wait. *out_charged is what was charged. */
int64_t model_bucket_take(struct model_calls *calls, const struct bh_uuid *tenant,
	int64_t per_minute, int64_t tokens, int64_t now_us, int64_t *out_charged);
/* Corrects an earlier charge by `tokens` (negative: gives back). */
void model_bucket_adjust(struct model_calls *calls, const struct bh_uuid *tenant,
	int64_t per_minute, int64_t tokens, int64_t now_us);
/* Tokens that would be admitted now. */
int64_t model_bucket_left(struct model_calls *calls, const struct bh_uuid *tenant,
	int64_t per_minute, int64_t now_us);

#endif
