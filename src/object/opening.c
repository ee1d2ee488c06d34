/* SPDX-License-Identifier: Apache-2.0 */
/* opening.c: a sealed object, or the chunks of a part of it, opened on its way to a client. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "object/sealed.h"

struct bh_object_opening {
	struct bh_object_store *store; /* borrowed */
	struct bh_object_head head;
	int fd;         /* owned, or -1: by the driver's stream */
	void *stream;   /* owned */
	int64_t number; /* the next chunk */
	size_t skip;    /* bytes of it that come before the part */
	int64_t left;   /* of the part, not opened yet */
	size_t len, at; /* in `opened`: what was opened, and how much of it was given */
	int failed;     /* what it has ended with, or 0 */
	uint8_t sealed[BH_CHUNK_SEALED], opened[BH_CHUNK_BYTES];
};

static ssize_t
read_fully(int fd, uint8_t *out, size_t len, int64_t at)
{
	size_t total = 0;

	while (total < len) {
		ssize_t n = pread(fd, out + total, len - total, (off_t)(at + (int64_t)total));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bh_object_io_error("read an object");
		if (n == 0)
			break;
		total += (size_t)n;
	}
	return (ssize_t)total;
}

int
bh_object_peek(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, uint8_t out[BH_OBJECT_HEAD], bool *out_has_head, int64_t *out_bytes)
{
	int64_t bytes = 0;
	size_t n = 0;
	ssize_t count;
	int fd = -1;
	int rc;

	if (store->driver->peek != NULL) {
		rc = store->driver->peek(store, tenant, id, out, &n, &bytes);
	} else {
		rc = store->driver->read(store, tenant, id, NULL, &fd, &bytes);
		if (rc < 0)
			return rc;
		count = read_fully(fd, out, BH_OBJECT_HEAD, 0);
		close(fd);
		rc = count < 0 ? (int)count : 0;
		n = count < 0 ? 0 : (size_t)count;
	}
	if (rc < 0)
		return rc;
	*out_has_head = bh_object_head_is(out, n);
	*out_bytes = bytes;
	return 0;
}

/* ---- opening it ---- */

/* The header; for a folder, the descriptor is kept. */
static int
open_head(struct bh_object_opening *opening, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_object_content *content)
{
	struct bh_object_store *store = opening->store;
	uint8_t bytes[BH_OBJECT_HEAD];
	int64_t sealed_bytes = 0;
	bool has_head = false;
	int rc;

	if (store->driver->peek == NULL) {
		rc = store->driver->read(store, tenant, id, NULL, &opening->fd, &sealed_bytes);
		if (rc == 0)
			has_head = read_fully(opening->fd, bytes, sizeof(bytes), 0) == sizeof(bytes) &&
				bh_object_head_is(bytes, sizeof(bytes));
	} else {
		rc = bh_object_peek(store, tenant, id, bytes, &has_head, &sealed_bytes);
	}
	if (rc < 0)
		return rc;
	if (!has_head || sealed_bytes == content->bytes)
		return BH_E_UNSUPPORTED;
	if (sealed_bytes != bh_object_sealed_bytes(content->bytes))
		return bh_error(BH_E_DAMAGED, "object store: an object has another length than its row");
	rc = bh_object_head_open(store, tenant, id, bytes, &opening->head);
	if (rc == 0 &&
		(opening->head.content.bytes != content->bytes ||
			!bh_digest_equal(&opening->head.content.hash, &content->hash)))
		rc = bh_error(BH_E_DAMAGED, "object store: an object is not the one that its row names");
	return rc;
}

/* From the first chunk of the part to the end of its last. */
static int
open_stream(struct bh_object_opening *opening, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int watch_fd)
{
	const int64_t sealed_bytes = bh_object_sealed_bytes(opening->head.content.bytes);
	const struct bh_object_content raw = {.bytes = sealed_bytes};
	int64_t chunks = ((int64_t)opening->skip + opening->left + BH_CHUNK_BYTES - 1) / BH_CHUNK_BYTES;
	struct bh_http_range part = {
		.start = BH_OBJECT_HEAD + opening->number * BH_CHUNK_SEALED,
		.bytes = (chunks > 0 ? chunks : 1) * BH_CHUNK_SEALED,
	};

	if (part.bytes > sealed_bytes - part.start)
		part.bytes = sealed_bytes - part.start;
	return opening->store->driver->stream_open(opening->store, tenant, id, &raw, &part, watch_fd,
		&opening->stream);
}

int
bh_object_opening_new(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_object_content *content,
	const struct bh_http_range *part, int watch_fd, struct bh_object_opening **out)
{
	struct bh_object_opening *opening = calloc(1, sizeof(*opening));
	int64_t start = part != NULL ? part->start : 0;
	int rc;

	BH_ASSERT(opening != NULL);
	opening->store = store;
	opening->fd = -1;
	opening->number = start / BH_CHUNK_BYTES;
	opening->skip = (size_t)(start % BH_CHUNK_BYTES);
	opening->left = part != NULL ? part->bytes : content->bytes;
	rc = open_head(opening, tenant, id, content);
	if (rc == 0 && opening->fd < 0)
		rc = open_stream(opening, tenant, id, watch_fd);
	if (rc < 0) {
		bh_object_opening_free(opening);
		return rc;
	}
	*out = opening;
	return 0;
}

void
bh_object_opening_free(struct bh_object_opening *opening)
{
	if (opening == NULL)
		return;
	if (opening->fd >= 0)
		close(opening->fd);
	if (opening->stream != NULL)
		opening->store->driver->stream_close(opening->stream);
	bh_wipe(opening, sizeof(*opening));
	free(opening);
}

/* ---- chunk by chunk ---- */

static ssize_t
read_chunk(struct bh_object_opening *opening, size_t len)
{
	size_t total = 0;

	if (opening->stream == NULL)
		return read_fully(opening->fd, opening->sealed, len,
			BH_OBJECT_HEAD + opening->number * BH_CHUNK_SEALED);
	while (total < len) {
		ssize_t n = opening->store->driver->stream_next(opening->stream,
			(char *)opening->sealed + total, len - total);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		total += (size_t)n;
	}
	return (ssize_t)total;
}

static int
next_chunk(struct bh_object_opening *opening)
{
	size_t len = bh_object_chunk_bytes(&opening->head, opening->number);
	ssize_t count = read_chunk(opening, len);
	int rc;

	if (count < 0)
		return (int)count;
	rc = bh_object_chunk_open(&opening->head, opening->number, opening->sealed, (size_t)count,
		opening->opened);
	if (rc < 0)
		return rc;
	opening->number++;
	opening->at = opening->skip;
	opening->skip = 0;
	opening->len = len - BH_CHUNK_TAG;
	if ((int64_t)(opening->len - opening->at) > opening->left)
		opening->len = opening->at + (size_t)opening->left;
	opening->left -= (int64_t)(opening->len - opening->at);
	return 0;
}

ssize_t
bh_object_opening_next(struct bh_object_opening *opening, char *out, size_t size)
{
	size_t n;

	if (opening->at == opening->len && opening->left > 0 && opening->failed == 0)
		opening->failed = next_chunk(opening);
	if (opening->failed < 0)
		return opening->failed;
	n = opening->len - opening->at;
	n = n < size ? n : size;
	memcpy(out, opening->opened + opening->at, n);
	opening->at += n;
	return (ssize_t)n;
}
