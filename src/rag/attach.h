/* SPDX-License-Identifier: Apache-2.0 */
/* attach.h: attaches files to a store: rows and jobs in one transaction. */
#ifndef RAG_ATTACH_H
#define RAG_ATTACH_H

#include <stddef.h>

#include "base/macros.h"
#include "db/db.h"
#include "rag/rag.h"

/* Attaches files, and notes them as a batch when `batch` is not NULL. A file that is in the store
 * already stays as it is (attributes that are given replace its own); one that failed, was cancelled, or
 * is to be chunked differently is ingested again. BH_E_NOT_FOUND: no such store; BH_E_REFERENCE: a file
 * has gone; BH_E_STORAGE: the store or the tenant would have too much. */
BH_MUST_CHECK int rag_attach_files(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct bh_uuid *batch, const struct rag_attach *files,
	size_t n, const struct rag_conf *conf);

#endif
