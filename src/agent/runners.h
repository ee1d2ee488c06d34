/* runners.h: the threads that do runs, and the one that tends them: leases, brakes, time. */
#ifndef AGENT_RUNNERS_H
#define AGENT_RUNNERS_H

#include <stdbool.h>

#include "agent/agent.h"
#include "base/uuid.h"

#define AGENT_RUNNERS 24 /* runs at once in one process */
/* A tenant takes one more only while it has less than this share of what it has and what is free: alone
 * two thirds, and the last is left to a tenant that has none. With runs in the background it has a third
 * at most. All tenants' runs in the background leave the last third to clients that wait. */
#define AGENT_RUNNERS_TENANT_PERCENT 66
#define AGENT_RUNNERS_TENANT_BACKGROUND (AGENT_RUNNERS / 3)
#define AGENT_RUNNERS_BACKGROUND (AGENT_RUNNERS * 2 / 3)
#define AGENT_LEASE_MS 6000
#define AGENT_WORKER_RUN "run"
#define AGENT_WORKER_TEND "tend"

struct agent_run;
struct agent_runners;

struct agent_runners *agent_runners_new(void);
void agent_runners_free(struct agent_runners *runners); /* safe on NULL */

/* Gives a job just committed to a thread that is idle, so that it begins at once. Where none is, or the
 * tenant has its share of them, the job waits its tenant's turn in the queue. */
void agent_runners_hand(struct agent_runners *runners, const struct bh_uuid *tenant,
	const struct bh_uuid *job, bool background);

/* A run is tended from _enter to _leave. */
void agent_runners_enter(struct agent_runners *runners, struct agent_run *run);
void agent_runners_leave(struct agent_runners *runners, struct agent_run *run);

/* The service's workers. */
void agent_runners_run(struct bh_runtime *runtime, void *service);
void agent_runners_tend(struct bh_runtime *runtime, void *service);

#endif
