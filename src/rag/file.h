/* SPDX-License-Identifier: Apache-2.0 */
/* file.h: makes a file of a published object. */
#ifndef RAG_FILE_H
#define RAG_FILE_H

#include <stdbool.h>

#include "base/macros.h"
#include "db/db.h"
#include "rag/rag.h"
#include "sec/digest.h"

struct rag_new_file {
	const struct rag *rag;        /* borrowed */
	const struct bh_uuid *tenant; /* borrowed */
	struct rag_file file;         /* before: the object is published under its id; after: its row */
	struct bh_digest hash;        /* of the object */
	int64_t expires_s;            /* 0: never */
	const struct bh_uuid *upload; /* which is completed by it; NULL: none */
	bool object_left;             /* an object that no row names could not be removed */
};

/* Writes the row, its expiry and what the tenant keeps. A file with the same bytes that the tenant has
 * already lends its object, and the new one is removed; so it is when this fails. BH_E_STORAGE;
 * BH_E_STATE when the upload is no longer pending; BH_E_CONFLICT: there is a file of this id, which keeps the object. */
BH_MUST_CHECK int rag_file_add(struct bh_db *db, struct rag_new_file *new_file);

#endif
