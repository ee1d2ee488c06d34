/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.h: the jobs of the queue `billing`, and what of its threads a tenant may have. */
#ifndef BH_BILLING_JOBS_H
#define BH_BILLING_JOBS_H

#include "queue/worker.h"

extern const struct bh_worker_conf billing_jobs;

/* Closes the periods that have ended; due again when the next one does. */
BH_MUST_CHECK int billing_rollover_run(struct bh_job *job);

#endif
