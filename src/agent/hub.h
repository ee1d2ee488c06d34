/* SPDX-License-Identifier: Apache-2.0 */
/* hub.h: who in this process listens to which response, and which runs work here. Commits wake the
 * listeners; those of a response that works elsewhere, or not yet, are woken by elsewhere.c. */
#ifndef AGENT_HUB_H
#define AGENT_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "queue/worker.h"

struct agent_response;

struct agent_hub;

/* Why a run has to end before its answer does, besides the reasons of every job. */
enum agent_stop_reason {
	AGENT_STOP_LEFT = BH_JOB_STOP_OWN, /* a foreground run's client did not come back */
	AGENT_STOP_REVOKED,                /* tenant, person or credential */
	AGENT_STOP_TIME,                   /* the run took too long */
	AGENT_STOP_DELETED
};

/* Thread-safe. */
struct agent_hub *agent_hub_new(void);
void agent_hub_free(struct agent_hub *hub); /* safe on NULL */

/* A listener. Zeroed means none. */
struct agent_watch {
	struct agent_hub *hub; /* borrowed */
	struct bh_uuid response;
	struct agent_watch *next; /* in its entry's list */
	int fd;                   /* owned: an eventfd, readable after a commit */
};

/* Begins to listen; from here on no commit is missed. `watch` stays where it is until _unwatch. */
BH_MUST_CHECK int agent_hub_watch(struct agent_hub *hub, const struct bh_uuid *tenant,
	const struct agent_response *response, struct agent_watch *watch);
/* Ends it; the time of the last one's leaving is kept for the run. Safe on a zeroed watch, and twice. */
void agent_hub_unwatch(struct agent_watch *watch, int64_t now_ms);

/* A run works on the response in this process, from _begin to _end. A run that lost its lease may end when
 * the next one, which this process began as well, is at work: that one stays. */
void agent_hub_run_begin(struct agent_hub *hub, const struct bh_uuid *response,
	struct bh_job_stop *stop, int64_t now_ms);
void agent_hub_run_end(struct agent_hub *hub, const struct bh_uuid *response,
	const struct bh_job_stop *stop);

/* Wakes the listeners. */
void agent_hub_notify(struct agent_hub *hub, const struct bh_uuid *response);
/* Stops the run if it runs in this process; false if it does not. */
bool agent_hub_stop(struct agent_hub *hub, const struct bh_uuid *response, int reason);
bool agent_hub_runs(struct agent_hub *hub, const struct bh_uuid *response);
bool agent_hub_watched(struct agent_hub *hub, const struct bh_uuid *response);
/* Milliseconds since the last listener of this process left; 0 while there is one. */
int64_t agent_hub_unwatched_ms(struct agent_hub *hub, const struct bh_uuid *response,
	int64_t now_ms);

/* The responses listened to here that no run works on here. Both arrays are the arena's, side by side. */
void agent_hub_elsewhere(struct agent_hub *hub, struct bh_arena *arena,
	struct bh_uuid **out_responses, struct bh_job_name **out_jobs, size_t *out_n);

#endif
