/* jobs.h: the workers that claim rag's jobs, and whose turn it is. */
#ifndef RAG_JOBS_H
#define RAG_JOBS_H

struct bh_runtime;
struct rag_running;

void rag_jobs_init(struct rag_running *running);

/* Runs due jobs until there is none (or the service stops). */
void rag_jobs_run(struct bh_runtime *runtime, void *service);

#endif
