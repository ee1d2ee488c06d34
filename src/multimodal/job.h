/* SPDX-License-Identifier: Apache-2.0 */
/* job.h: the work of one request for pictures, from the claimed job to its last picture. */
#ifndef BH_MULTIMODAL_JOB_H
#define BH_MULTIMODAL_JOB_H

struct bh_job;

/* The functions of its kind (queue/worker.h). */
int multimodal_job_run(struct bh_job *job);
int multimodal_job_give_up(struct bh_job *job);
void multimodal_job_tend(struct bh_job *job);

#endif
