/* SPDX-License-Identifier: Apache-2.0 */
/* copy.c: one object from store to store: what is there already stays, what arrives is read back. */
#include "object/copy.h"

#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "object/driver.h"

static void
close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Reads back what was published. What is not as it should be goes again: a later copy would take it for what
 * it is called. */
static int
check(struct bh_object_store *to, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_object_content *content)
{
	BH_AUTO(close_fd) int back = -1;
	struct bh_digest hash;
	char detail[512];
	int64_t bytes;
	int rc = bh_object_read(to, tenant, id, content, &back, &bytes);

	if (rc == 0)
		rc = bh_object_hash_file(back, bytes, &hash);
	if (rc == 0 && !bh_digest_equal(&hash, &content->hash))
		rc = bh_error(BH_E_IO, "object store: a copy differs from its original");
	if (rc == 0)
		return 0;
	snprintf(detail, sizeof(detail), "%s", bh_error_detail(rc));
	if (bh_object_remove(to, tenant, id) < 0)
		return bh_error(rc, "%s; the copy could not be removed", detail);
	return bh_error(rc, "%s", detail);
}

/* Publishes the file's bytes and reads them back. */
static int
transfer(struct bh_object_store *to, const struct bh_uuid *tenant, const struct bh_uuid *id, int fd,
	const struct bh_object_content *content)
{
	BH_AUTO(bh_object_writer_close) struct bh_object_writer writer = {0};
	struct bh_digest hash;
	int rc = bh_object_create(to, tenant, id, &writer);

	if (rc == 0)
		rc = bh_object_pass(fd, content->bytes, bh_object_put, &writer);
	if (rc == 0)
		rc = bh_object_publish(&writer, &hash);
	return rc < 0 ? rc : check(to, tenant, id, content);
}

int
bh_object_copy(struct bh_object_store *from, struct bh_object_store *to,
	const struct bh_uuid *tenant, const struct bh_uuid *id, enum bh_object_copied *out,
	int64_t *out_bytes)
{
	BH_AUTO(close_fd) int fd = -1;
	struct bh_object_content content;
	bool there = false;
	int rc = bh_object_read(from, tenant, id, NULL, &fd, &content.bytes);

	if (rc == BH_E_NOT_FOUND) {
		*out = BH_OBJECT_GONE;
		return 0;
	}
	if (rc == 0)
		rc = bh_object_hash_file(fd, content.bytes, &content.hash);
	if (rc == 0)
		rc = bh_object_holds(to, tenant, id, &content, &there);
	if (rc < 0)
		return rc;
	*out_bytes = content.bytes;
	*out = there ? BH_OBJECT_KEPT : BH_OBJECT_COPIED;
	if (!there)
		rc = transfer(to, tenant, id, fd, &content);
	if (rc < 0)
		return rc;
	/* Whoever removes it removes it here before there: if it is still here, that is still to come. */
	rc = bh_object_holds(from, tenant, id, &content, &there);
	if (rc < 0 || there)
		return rc;
	*out = BH_OBJECT_GONE;
	return bh_object_remove(to, tenant, id);
}
