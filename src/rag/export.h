/* SPDX-License-Identifier: Apache-2.0 */
/* export.h: a vector store as an archive (docs/archives.md), made piece by piece as it is read.
 *
 * Files, chunks and vectors are read while they are sent: nothing is held in between but one document or one page of
 * chunks. A file that is removed, or an embedding model that is swapped, while the file is being sent ends the
 * archive before its end, which every reader notices. */
#ifndef RAG_EXPORT_H
#define RAG_EXPORT_H

#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/macros.h"
#include "db/db.h"
#include "rag/rag.h"

struct rag_export;

/* In the arena; `db` is copied. BH_E_NOT_FOUND; BH_E_STATE: the store has expired, or is being imported. */
BH_MUST_CHECK int rag_export_open(struct rag *rag, const struct bh_db *db,
	const struct bh_uuid *tenant, const struct bh_uuid *store, int watch_fd, struct bh_arena *arena,
	struct rag_export **out);
/* More bytes: their number, 0 at the end, or an error. */
ssize_t rag_export_next(struct rag_export *export, char *out, size_t size);
void rag_export_close(struct rag_export *export); /* safe on NULL, and twice */

#endif
