/* SPDX-License-Identifier: Apache-2.0 */
/* reindex.h: makes a store's postings anew when a release makes other terms of the same text. */
#ifndef RAG_REINDEX_H
#define RAG_REINDEX_H

#include "base/macros.h"
#include "queue/worker.h"

/* The job: its subject is the store. One transaction, so that each search sees the old postings or the new ones. */
BH_MUST_CHECK int rag_reindex_run(struct bh_job *job);

#endif
