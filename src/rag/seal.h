/* SPDX-License-Identifier: Apache-2.0 */
/* seal.h: seals objects that are not sealed under a key of their tenant: those of before there were keys, and those
 * that an older program, or this one with object.seal off, has written. */
#ifndef RAG_SEAL_H
#define RAG_SEAL_H

#include <stdbool.h>

struct bh_db_pool;
struct bh_runtime;
struct rag;

/* Looks once at each object that is not known to be sealed. An object that cannot be sealed is tried again in the next
 * pass, and keeps no other. `stop` ends it early. */
void rag_seal_all(struct rag *rag, struct bh_db_pool *pool, const bool *stop);

/* The worker. */
void rag_seal_run(struct bh_runtime *runtime, void *service);

#endif
