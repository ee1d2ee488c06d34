/* jobs.h: the worker that claims rag's jobs. */
#ifndef RAG_JOBS_H
#define RAG_JOBS_H

struct bh_runtime;

/* Runs due jobs until there is none (or the service stops). */
void rag_jobs_run(struct bh_runtime *runtime, void *service);

#endif
