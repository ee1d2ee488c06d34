/* SPDX-License-Identifier: Apache-2.0 */
/* admit.h: slots of engines. A call waits here and not inside the engine, whose queue has no notion of
 * tenants: only as many calls are admitted as the engine has slots, and turns.h decides who is next. One
 * gate per engine. */
#ifndef BH_MODEL_ADMIT_H
#define BH_MODEL_ADMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "model/turns.h"

/* Thread-safe. */
struct bh_buf;
struct bh_shared;
struct bh_shared_hold;
struct model_admit;
struct model_gate;

BH_MUST_CHECK int model_admit_open(struct model_admit **out);
/* Safe on NULL. Nobody may wait or hold a place. */
void model_admit_close(struct model_admit *admit);

struct model_admit_ask {
	const char *engine; /* names the gate; at most 127 bytes count */
	size_t places;      /* of the engine, at least 1; the last word counts */
	bool shared; /* several tenants may call it: the last free slot is for a tenant that has none */
	struct bh_uuid tenant;
	enum model_lane lane;
	int64_t tokens;      /* of the call's input */
	size_t waiting_most; /* calls of the tenant, at all engines together, that may wait */
	int64_t wait_ms;     /* the longest this one may */
	int watch_fd;        /* the client's socket; 0 or -1: none */
	const bool *cancel;  /* the service stops; may be NULL */
};

/* A place at an engine. Zeroed means none; may be moved. */
struct model_ticket {
	struct model_admit *admit; /* borrowed */
	struct model_gate *gate;   /* borrowed: it stays while somebody holds a place */
	struct model_turn turn;
	int64_t used; /* tokens the call took: what `tokens` said until the holder knows better */
	int64_t waited_ms;
	/* The place among those of all processes, where they share them (place.c); given back with the ticket. */
	struct bh_shared *shared;    /* borrowed */
	struct bh_shared_hold *hold; /* owned */
};

/* Why a call got no slot. */
struct model_admit_refusal {
	size_t position;  /* in its tenant's queue, from 1 */
	int64_t retry_ms; /* by the rate measured so far */
	bool full;        /* the queue is full; otherwise the wait timed out */
};

/* Waits for a place. BH_E_BUSY: none, and *out_refusal says why; BH_E_GONE: the client left, and so did its
 * call; BH_E_CANCELLED; BH_E_MEMORY. */
BH_MUST_CHECK int model_admit_enter(struct model_admit *admit, const struct model_admit_ask *ask,
	struct model_ticket *out, struct model_admit_refusal *out_refusal);

/* Releases the slot. Safe on a zeroed ticket, and twice. */
void model_ticket_close(struct model_ticket *ticket);

/* Calls that wait and that hold a place, at one engine or, for NULL, at all. */
void model_admit_count(struct model_admit *admit, const char *engine, size_t *out_waiting,
	size_t *out_running);

/* Places at the managed engines by name, and at all others together, as metrics: an address is a tenant's business. */
void model_admit_metrics(struct model_admit *admit, struct bh_buf *out);

#endif
