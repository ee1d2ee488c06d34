/* jobs.h: the kinds of rag's jobs, and the threads that do them. */
#ifndef RAG_JOBS_H
#define RAG_JOBS_H

struct bh_runtime;
struct rag;

void rag_jobs_open(struct bh_runtime *runtime, struct rag *rag);

/* The service's worker. */
void rag_jobs_run(struct bh_runtime *runtime, void *service);

/* Says that jobs were committed. */
void rag_jobs_wake(struct rag *rag);

#endif
