/* SPDX-License-Identifier: Apache-2.0 */
/* elsewhere.h: wakes the listeners of responses that do not run in this process, or not yet. */
#ifndef AGENT_ELSEWHERE_H
#define AGENT_ELSEWHERE_H

#define AGENT_WORKER_ELSEWHERE "elsewhere"
#define AGENT_ELSEWHERE_MS 200

struct bh_runtime;

/* The service's worker, one thread. */
void agent_elsewhere_run(struct bh_runtime *runtime, void *service);

#endif
