/* SPDX-License-Identifier: Apache-2.0 */
/* upload.h: files sent in parts: each part is an object of its own until the upload is over. */
#ifndef RAG_UPLOAD_H
#define RAG_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "db/db.h"
#include "rag/rag.h"
#include "sec/digest.h"

struct bh_object_writer;
struct bh_runtime;

#define RAG_UPLOAD_S 3600 /* until one expires */

/* Inside bh_tx_run: pending → completed (with its file) or cancelled. Its parts count no more; a job
 * removes them. BH_E_STATE when it is not pending. */
BH_MUST_CHECK int rag_upload_end(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *upload, const char *status, const struct bh_uuid *file);

/* Removes the parts of an upload that is over, objects first. What it could not remove, another call
 * finds. */
BH_MUST_CHECK int rag_upload_clear(const struct rag *rag, struct bh_db *db,
	const struct bh_uuid *tenant, const struct bh_uuid *upload);

/* The job of an upload: ends it if its time is over, then clears it. Nothing happens to a pending one. */
BH_MUST_CHECK int rag_upload_expire(const struct rag *rag, struct bh_db *db,
	const struct bh_uuid *tenant, const struct bh_uuid *upload);

/* Writes the bytes of these parts one after the other. `md5` NULL: not wanted. BH_E_STOPPING when the
 * service stops meanwhile. */
BH_MUST_CHECK int rag_upload_join(const struct rag *rag, const struct bh_uuid *tenant,
	const struct rag_part *parts, size_t n, struct bh_object_writer *writer, struct bh_md5 *md5);

#endif
