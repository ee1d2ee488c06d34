/* SPDX-License-Identifier: Apache-2.0 */
/* upload.c: an upload's row says what its parts are worth; their objects go before their rows. */
#include "rag/upload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "object/object.h"
#include "rag/remove.h"
#include "rag/store.h"
#include "service/runtime.h"

enum { PARTS_AT_ONCE = 100, COPY_BYTES = 256 * 1024 };

/* ---- the end ---- */

int
rag_upload_end(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *upload,
	const char *status, const struct bh_uuid *file)
{
	bool changed = false;
	int rc = rag_store_upload_end(tx, tenant, upload, status, file, &changed);

	if (rc == 0 && !changed)
		return bh_error(BH_E_STATE, "The upload is no longer pending.");
	/* The job that waits for its time comes now instead. */
	if (rc == 0)
		rc = bh_job_drop(tx, tenant, RAG_QUEUE, RAG_JOB_CLEAR_UPLOAD, upload);
	return rc < 0 ? rc : rag_remove_job(tx, tenant, RAG_JOB_CLEAR_UPLOAD, upload, 0);
}

/* The next parts; *out_n 0: there are no more. */
static int
clear_some(const struct rag *rag, struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *upload, size_t *out_n)
{
	struct bh_uuid ids[PARTS_AT_ONCE];
	struct bh_slice slice = {.up = true, .limit = PARTS_AT_ONCE};
	struct rag_part *parts;
	size_t n = 0, i;
	int rc;

	memset(slice.high.bytes, 0xff, sizeof(slice.high.bytes));
	rc = rag_store_upload_parts(db, tenant, upload, &slice, &parts, &n);
	for (i = 0; rc == 0 && i < n; i++) {
		ids[i] = parts[i].id;
		rc = bh_object_remove(rag->objects, tenant, &ids[i]);
	}
	if (rc == 0 && n > 0)
		rc = rag_store_upload_drop_parts(db, tenant, upload, ids, n);
	*out_n = n;
	return rc;
}

int
rag_upload_clear(const struct rag *rag, struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *upload)
{
	size_t n = 1;
	int rc = 0;

	while (rc == 0 && n > 0)
		rc = clear_some(rag, db, tenant, upload, &n);
	return rc;
}

int
rag_upload_expire(const struct rag *rag, struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *upload)
{
	struct rag_upload row;
	bool changed;
	int rc = rag_store_upload_end(db, tenant, upload, "expired", NULL, &changed);

	if (rc == 0)
		rc = rag_store_upload_get(db, tenant, upload, &row);
	if (rc == BH_E_NOT_FOUND)
		return 0;
	if (rc == 0 && strcmp(row.status, "pending") != 0)
		rc = rag_upload_clear(rag, db, tenant, upload);
	return rc;
}

/* ---- joining ---- */

static void
close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static int
copy_part(int fd, char *buffer, struct bh_object_writer *writer, struct bh_md5 *md5)
{
	for (;;) {
		ssize_t n = read(fd, buffer, COPY_BYTES);
		int rc;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bh_error(BH_E_IO, "read a part of an upload: %m");
		if (n == 0)
			return 0;
		if (md5 != NULL)
			bh_md5_add(md5, buffer, (size_t)n);
		rc = bh_object_write(writer, buffer, (size_t)n);
		if (rc < 0)
			return rc;
	}
}

static int
join_part(const struct rag *rag, const struct bh_uuid *tenant, const struct rag_part *part,
	char *buffer, struct bh_object_writer *writer, struct bh_md5 *md5)
{
	BH_AUTO(close_fd) int fd = -1;
	struct bh_object_content content = {.bytes = part->bytes};
	int64_t bytes;
	int rc;

	if (part->sha256.len != sizeof(content.hash.bytes))
		return bh_error(BH_E_INTERNAL, "the row of a part has no SHA-256");
	memcpy(content.hash.bytes, part->sha256.data, part->sha256.len);
	rc = bh_object_read(rag->objects, tenant, &part->id, &content, &fd, &bytes);
	/* Ended meanwhile by somebody else, who removes its parts. */
	if (rc == BH_E_NOT_FOUND)
		return bh_error(BH_E_STATE, "The upload is no longer pending.");
	return rc < 0 ? rc : copy_part(fd, buffer, writer, md5);
}

int
rag_upload_join(const struct rag *rag, const struct bh_uuid *tenant, const struct rag_part *parts,
	size_t n, struct bh_object_writer *writer, struct bh_md5 *md5)
{
	char *buffer = malloc(COPY_BYTES);
	int rc = buffer != NULL ? 0 : BH_E_MEMORY;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (rag->runtime != NULL && bh_runtime_stopping(rag->runtime))
			rc = BH_E_STOPPING;
		else
			rc = join_part(rag, tenant, &parts[i], buffer, writer, md5);
	}
	free(buffer);
	return rc;
}
