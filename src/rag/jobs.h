/* jobs.h: the workers that claim rag's jobs, and whose turn it is. */
#ifndef RAG_JOBS_H
#define RAG_JOBS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

struct bh_db;
struct bh_runtime;
struct bh_uuid;
struct rag;
struct rag_running;

void rag_jobs_init(struct rag_running *running);

/* Runs due jobs until there is none (or the service stops). */
void rag_jobs_run(struct bh_runtime *runtime, void *service);

/* True when a job of somebody else is due who may have one more worker: a job of this tenant that has
 * run for long gives its place up. */
BH_MUST_CHECK int rag_jobs_others_wait(struct rag *rag, struct bh_db *db,
	const struct bh_uuid *tenant, bool *out_wait);

/* How many workers are busy. One that gave its job back and looks for the next is: while jobs change
 * hands there is no more room than before. */
size_t rag_jobs_busy(struct rag *rag);

#endif
