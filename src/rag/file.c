/* SPDX-License-Identifier: Apache-2.0 */
/* file.c: the row follows its object; an object without a row goes again. */
#include "rag/file.h"

#include "base/clock.h"
#include "base/error.h"
#include "object/object.h"
#include "rag/quota.h"
#include "rag/remove.h"
#include "rag/store.h"
#include "rag/upload.h"

static int
add(struct bh_db *tx, void *ctx)
{
	struct rag_new_file *new_file = ctx;
	struct rag_file *file = &new_file->file;
	int rc = 0;

	if (new_file->upload != NULL)
		rc = rag_upload_end(tx, new_file->tenant, new_file->upload, "completed", &file->id);
	if (rc == 0)
		rc = rag_store_file_add(tx, new_file->tenant, file, file);
	if (rc == 0 && file->expires_ms != 0)
		rc = rag_remove_job(tx, new_file->tenant, RAG_JOB_EXPIRE_FILE, &file->id,
			file->expires_ms + 1000);
	return rc < 0 ? rc : rag_quota_check(tx, new_file->tenant, NULL, &new_file->rag->conf);
}

int
rag_file_add(struct bh_db *db, struct rag_new_file *new_file)
{
	struct rag_file *file = &new_file->file;
	int rc;

	file->sha256 = (struct bh_bytes){new_file->hash.bytes, sizeof(new_file->hash.bytes)};
	file->created_ms = bh_clock_wall_ms();
	if (new_file->expires_s != 0)
		file->expires_ms = file->created_ms + new_file->expires_s * 1000;
	rc = bh_tx_run(db, add, new_file);
	/* Unless the row may be there after all, or was before, the object is of no use to anybody. */
	if (rc == BH_E_DB_UNKNOWN || rc == BH_E_CONFLICT ||
		(rc == 0 && bh_uuid_equal(&file->object_id, &file->id)))
		return rc;
	if (bh_object_remove(new_file->rag->objects, new_file->tenant, &file->id) < 0)
		new_file->object_left = true;
	return rc;
}
