/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.h: auth's kinds of jobs. */
#ifndef BH_AUTH_JOBS_H
#define BH_AUTH_JOBS_H

#include "queue/worker.h"

extern const struct bh_worker_conf auth_jobs;

#endif
