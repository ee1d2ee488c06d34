/* SPDX-License-Identifier: Apache-2.0 */
/* import_file.h: one file of an archive becomes a file of the store. */
#ifndef RAG_IMPORT_FILE_H
#define RAG_IMPORT_FILE_H

#include <stdbool.h>

#include "base/macros.h"
#include "queue/worker.h"
#include "rag/archive.h"
#include "rag/embed.h"
#include "rag/rag.h"

/* What the files of an import share. All of it is borrowed. */
struct rag_import_files {
	struct rag *rag;
	struct bh_job *job; /* its subject is the store */
	struct rag_archive *archive;
	const struct rag_archive_store *store;
	/* Whether the vectors are what the model makes; asked once. */
	bool asked, fit;
};

/* The next file, all of it and how far the import is, so that an attempt after this one goes on behind it. *out_end:
 * there was none. Errors as rag_archive_file, BH_E_STORAGE, BH_E_NOT_FOUND: the store has gone. */
BH_MUST_CHECK int rag_import_file(struct rag_import_files *files, struct bh_db *db, bool *out_end);

/* A call to the model on behalf of the job; `arena` gets its results. */
void rag_import_call(struct rag *rag, struct bh_job *job, struct bh_arena *arena, const char *model,
	struct rag_embed_call *out);

#endif
