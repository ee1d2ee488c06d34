/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.h: the kinds of rag's jobs, and what of its threads a tenant may have. */
#ifndef RAG_JOBS_H
#define RAG_JOBS_H

extern const struct bh_worker_conf rag_jobs;

#endif
