/* SPDX-License-Identifier: Apache-2.0 */
/* reading.c: objects whole, opened if they are sealed; and those that are not yet sealed, sealed. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "object/sealed.h"

#define PIECE_BYTES ((size_t)256 * BH_KIB)

static void
close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* An object as it lies there. */
struct lying {
	int fd; /* owned */
	int64_t bytes;
	bool is_sealed;             /* then `head` is its header, opened */
	struct bh_object_head head; /* wiped when it is closed */
};

static void
lying_close(struct lying *lying)
{
	close_fd(&lying->fd);
	bh_object_head_close(&lying->head);
}

/* Whether it is sealed is told by its length; or, where nobody knows that of the content, by its beginning with a key
 * of the tenant: a client may upload what looks like a header, but knows the id of no key. */
static int
look(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_object_content *content, struct lying *lying)
{
	uint8_t bytes[BH_OBJECT_HEAD];
	bool has_key = true;
	ssize_t n;
	int rc = 0;

	if (content != NULL && lying->bytes == content->bytes)
		return 0;
	n = pread(lying->fd, bytes, sizeof(bytes), 0);
	if (n < 0)
		return bh_object_io_error("read an object");
	if (!bh_object_head_is(bytes, (size_t)n))
		return 0;
	if (content == NULL)
		rc = bh_object_head_has_key(store, tenant, bytes, &has_key);
	if (rc < 0 || !has_key)
		return rc;
	rc = bh_object_head_open(store, tenant, id, bytes, &lying->head);
	if (rc < 0)
		return rc;
	lying->is_sealed = true;
	if (bh_object_sealed_bytes(lying->head.content.bytes) != lying->bytes)
		return bh_error(BH_E_DAMAGED, "object store: an object is shorter than its header says");
	if (content != NULL &&
		(lying->head.content.bytes != content->bytes ||
			!bh_digest_equal(&lying->head.content.hash, &content->hash)))
		return bh_error(BH_E_DAMAGED, "object store: an object is not the one that its row names");
	return 0;
}

/* By the driver, and then a look at it; not from the previous store. */
static int
take(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_object_content *content, struct lying *out)
{
	int rc = store->driver->read(store, tenant, id, NULL, &out->fd, &out->bytes);

	return rc < 0 ? rc : look(store, tenant, id, content, out);
}

/* What the driver would have said, had it been told what to expect. */
static int
check_unsealed(const struct bh_object_store *store, const struct lying *lying,
	const struct bh_object_content *content)
{
	const int rc = store->driver->spools ? BH_E_UNAVAILABLE : BH_E_IO;
	struct bh_digest hash;
	int failed;

	if (content == NULL)
		return 0;
	if (lying->bytes != content->bytes)
		return bh_error(rc, "object store: an object has %lld bytes instead of %lld",
			(long long)lying->bytes, (long long)content->bytes);
	if (!store->driver->spools)
		return 0;
	failed = bh_object_hash_file(lying->fd, lying->bytes, &hash);
	if (failed == 0 && !bh_digest_equal(&hash, &content->hash))
		failed = bh_error(rc, "object store: GET: the content differs from what was stored");
	return failed;
}

static int
open_sealed(struct bh_object_store *store, const struct lying *lying, int *out_fd)
{
	BH_AUTO(close_fd) int fd = -1;
	int rc = bh_object_spool_open(store, &fd);

	if (rc == 0)
		rc = bh_object_open_all(&lying->head, lying->fd, fd);
	if (rc < 0)
		return rc;
	*out_fd = fd;
	fd = -1;
	return 0;
}

static int
read_here(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_object_content *content, int *out_fd, int64_t *out_bytes)
{
	BH_AUTO(lying_close) struct lying lying = {.fd = -1};
	int rc;

	if (store->keys == NULL)
		return store->driver->read(store, tenant, id, content, out_fd, out_bytes);
	rc = take(store, tenant, id, content, &lying);
	if (rc == 0 && lying.is_sealed) {
		rc = open_sealed(store, &lying, out_fd);
		if (rc == 0)
			*out_bytes = lying.head.content.bytes;
		return rc;
	}
	if (rc == 0)
		rc = check_unsealed(store, &lying, content);
	if (rc < 0)
		return rc;
	*out_fd = lying.fd;
	*out_bytes = lying.bytes;
	lying.fd = -1;
	return 0;
}

int
bh_object_read(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_object_content *content, int *out_fd,
	int64_t *out_bytes)
{
	int rc = read_here(store, tenant, id, content, out_fd, out_bytes);

	if (rc == BH_E_NOT_FOUND && store->previous != NULL)
		rc = bh_object_read(store->previous, tenant, id, content, out_fd, out_bytes);
	return rc;
}

/* ---- as it lies there ---- */

/* By the header, which a store far away is believed to have stored with what follows it; a file is read. */
static int
holds_sealed(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_object_head *head, const struct bh_object_content *content, bool *out)
{
	BH_AUTO(close_fd) int fd = -1;
	int64_t bytes;
	int rc = 0;

	*out = head->content.bytes == content->bytes &&
		bh_digest_equal(&head->content.hash, &content->hash);
	if (!*out || store->driver->spools)
		return 0;
	rc = store->driver->read(store, tenant, id, NULL, &fd, &bytes);
	return rc < 0 ? rc : bh_object_open_all(head, fd, -1);
}

int
bh_object_holds(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_object_content *content, bool *out)
{
	uint8_t bytes[BH_OBJECT_HEAD];
	struct bh_object_head head;
	bool has_head = false, holds = false;
	int64_t lying = 0;
	int rc;

	if (store->keys == NULL)
		return store->driver->holds(store, tenant, id, content, out);
	rc = bh_object_peek(store, tenant, id, bytes, &has_head, &lying);
	if (rc == 0 && (!has_head || lying != bh_object_sealed_bytes(content->bytes)))
		return store->driver->holds(store, tenant, id, content, out);
	if (rc == 0)
		rc = bh_object_head_open(store, tenant, id, bytes, &head);
	if (rc == 0) {
		rc = holds_sealed(store, tenant, id, &head, content, &holds);
		bh_object_head_close(&head);
	}
	/* What does not open is to be written again. */
	if (rc < 0 && rc != BH_E_NOT_FOUND && rc != BH_E_DAMAGED)
		return rc;
	*out = rc == 0 && holds;
	return 0;
}

/* ---- sealing what is not ---- */

int
bh_object_pass(int fd, int64_t bytes, int (*put)(void *to, const void *bytes, size_t len), void *to)
{
	char *piece = malloc(PIECE_BYTES);
	int64_t at = 0;
	int rc = 0;

	BH_ASSERT(piece != NULL);
	while (rc == 0 && at < bytes) {
		ssize_t n = pread(fd, piece, PIECE_BYTES, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			rc = n < 0 ? bh_object_io_error("read an object")
					   : bh_error(BH_E_IO, "object store: an object became shorter");
		else
			rc = put(to, piece, (size_t)n);
		at += n;
	}
	free(piece);
	return rc;
}

static int
put_sealing(void *to, const void *bytes, size_t len)
{
	return bh_object_sealing_add(to, bytes, len);
}

int
bh_object_put(void *to, const void *bytes, size_t len)
{
	return bh_object_write(to, bytes, len);
}

/* Into an unnamed file. */
static int
seal_aside(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct lying *lying, int *out_fd, int64_t *out_bytes, struct bh_digest *out_hash)
{
	struct bh_object_sealing *sealing = NULL;
	BH_AUTO(close_fd) int fd = -1;
	int rc = bh_object_spool_open(store, &fd);

	if (rc == 0)
		rc = bh_object_sealing_begin(store, tenant, id, fd, &sealing);
	if (rc == 0)
		rc = bh_object_pass(lying->fd, lying->bytes, put_sealing, sealing);
	if (rc == 0)
		rc = bh_object_sealing_end(sealing, out_hash, out_bytes);
	bh_object_sealing_free(sealing);
	if (rc < 0)
		return rc;
	*out_fd = fd;
	fd = -1;
	return 0;
}

/* Sealed anew under a key of this store: that of the one that is left goes with it. */
static int
take_previous(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_object_content *content, struct lying *lying)
{
	int fd = -1;
	int rc = take(store->previous, tenant, id, content, lying);

	if (rc < 0 || !lying->is_sealed)
		return rc;
	rc = open_sealed(store, lying, &fd);
	if (rc < 0)
		return rc;
	close(lying->fd);
	lying->fd = fd;
	lying->bytes = content->bytes;
	lying->is_sealed = false;
	return 0;
}

int
bh_object_read_sealed(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_object_content *content, int *out_fd,
	int64_t *out_bytes)
{
	BH_AUTO(lying_close) struct lying lying = {.fd = -1};
	struct bh_digest hash;
	int rc;

	if (store->keys == NULL)
		return bh_error(BH_E_CONFIG, "the object store was opened without its secret");
	rc = take(store, tenant, id, content, &lying);
	if (rc == BH_E_NOT_FOUND && store->previous != NULL)
		rc = take_previous(store, tenant, id, content, &lying);
	if (rc == 0 && lying.is_sealed) {
		rc = bh_object_open_all(&lying.head, lying.fd, -1);
		if (rc < 0)
			return rc;
		*out_fd = lying.fd;
		*out_bytes = lying.bytes;
		lying.fd = -1;
		return 0;
	}
	if (rc == 0 && lying.bytes == content->bytes)
		rc = seal_aside(store, tenant, id, &lying, out_fd, out_bytes, &hash);
	else if (rc == 0)
		rc = bh_error(BH_E_DAMAGED, "object store: an object has %lld bytes instead of %lld",
			(long long)lying.bytes, (long long)content->bytes);
	if (rc == 0 && !bh_digest_equal(&hash, &content->hash)) {
		close(*out_fd);
		rc = bh_error(BH_E_DAMAGED, "object store: an object is not the one that its row names");
	}
	return rc;
}

static int
replace(struct bh_object_store *store, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct lying *lying, const struct bh_object_content *content)
{
	BH_AUTO(bh_object_writer_close) struct bh_object_writer writer = {0};
	struct bh_digest hash;
	int rc = bh_object_hash_file(lying->fd, lying->bytes, &hash);

	if (rc == 0 && !bh_digest_equal(&hash, &content->hash))
		rc = bh_error(BH_E_DAMAGED, "object store: an object is not the one that its row names");
	if (rc == 0)
		rc = bh_object_create(store, tenant, id, &writer);
	if (rc == 0)
		rc = bh_object_pass(lying->fd, lying->bytes, bh_object_put, &writer);
	return rc < 0 ? rc : bh_object_publish(&writer, &hash);
}

int
bh_object_seal(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_object_content *content, bool *out)
{
	BH_AUTO(lying_close) struct lying lying = {.fd = -1};
	uint8_t bytes[BH_OBJECT_HEAD];
	bool has_head = false;
	int64_t size = 0;
	int rc;

	*out = false;
	if (!store->seals || store->previous != NULL)
		return 0;
	rc = bh_object_peek(store, tenant, id, bytes, &has_head, &size);
	if (rc == 0 && has_head && size == bh_object_sealed_bytes(content->bytes)) {
		*out = true;
		return 0;
	}
	if (rc == 0)
		rc = store->driver->read(store, tenant, id, NULL, &lying.fd, &lying.bytes);
	if (rc == 0 && lying.bytes != content->bytes)
		rc = bh_error(BH_E_DAMAGED, "object store: an object has %lld bytes instead of %lld",
			(long long)lying.bytes, (long long)content->bytes);
	if (rc == 0)
		rc = replace(store, tenant, id, &lying, content);
	*out = rc == 0;
	return rc;
}
