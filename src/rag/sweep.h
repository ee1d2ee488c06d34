/* sweep.h: what a killed service leaves in the object store. */
#ifndef RAG_SWEEP_H
#define RAG_SWEEP_H

struct bh_runtime;

/* A worker: removes unfinished uploads, and objects that no row came to name. */
void rag_sweep_run(struct bh_runtime *runtime, void *service);

#endif
