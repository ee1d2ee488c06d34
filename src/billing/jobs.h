/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.h: the kinds of jobs of the queue `billing`. */
#ifndef BH_BILLING_JOBS_H
#define BH_BILLING_JOBS_H

#include "queue/worker.h"

#define BILLING_JOB_NIGHTLY "nightly" /* posts, ends credits, reminds, proves; adds itself again */
#define BILLING_JOB_TOP_UP "top_up"   /* a balance is low */
#define BILLING_JOB_INVOICE "invoice" /* finalizes the draft of a period */
/* jobs.h: the jobs of the billing service. */
#ifndef BH_BILLING_JOBS_H
#define BH_BILLING_JOBS_H

struct bh_worker_conf;

extern const struct bh_worker_conf billing_jobs;

#endif
