/* SPDX-License-Identifier: Apache-2.0 */
/* sealed.c: the format of a sealed object: its header, and all of it from file to file. */
#include "object/sealed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "object/keys.h"

#define MAGIC "BHOBJ\r\n\x01"
enum {
	MAGIC_BYTES = 8,
	SALT_BYTES = 16,
	KEY_AT = MAGIC_BYTES,
	SALT_AT = 24,
	TOLD_AT = 40,
	TOLD_BYTES = 8 + 32
};

_Static_assert(sizeof(MAGIC) - 1 == MAGIC_BYTES, "the first bytes");
_Static_assert(TOLD_AT + TOLD_BYTES + BH_CHUNK_TAG == BH_OBJECT_HEAD, "the header");

static int64_t
count_chunks(int64_t bytes)
{
	return bytes == 0 ? 1 : (bytes - 1) / BH_CHUNK_BYTES + 1;
}

int64_t
bh_object_sealed_bytes(int64_t content_bytes)
{
	return BH_OBJECT_HEAD + content_bytes + count_chunks(content_bytes) * BH_CHUNK_TAG;
}

bool
bh_object_head_is(const uint8_t *bytes, size_t n)
{
	return n >= BH_OBJECT_HEAD && memcmp(bytes, MAGIC, MAGIC_BYTES) == 0;
}

/* ---- the header ---- */

static void
derive(const struct bh_object_tenant_key *key, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const uint8_t salt[SALT_BYTES], struct bh_secret *out)
{
	char label[160], tenant_hex[BH_UUID_HEX], id_hex[BH_UUID_HEX], salt_hex[2 * SALT_BYTES + 1];

	bh_uuid_hex(tenant, tenant_hex);
	bh_uuid_hex(id, id_hex);
	bh_text_hex(salt, SALT_BYTES, salt_hex);
	snprintf(label, sizeof(label), "object:%s:%s:%s", tenant_hex, id_hex, salt_hex);
	bh_secret_derive(&key->secret, label, out);
}

void
bh_object_head_close(struct bh_object_head *head)
{
	bh_wipe(head, sizeof(*head));
}

static int
open_head(const struct bh_object_tenant_key *key, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const uint8_t bytes[BH_OBJECT_HEAD], struct bh_object_head *out)
{
	struct bh_object_head head;
	uint8_t told[TOLD_BYTES];
	uint64_t length = 0;
	int rc;

	derive(key, tenant, id, bytes + SALT_AT, &head.secret);
	rc = bh_chunk_open(&(struct bh_chunk){&head.secret, 0, BH_CHUNK_HEAD, bytes, TOLD_AT},
		bytes + TOLD_AT, TOLD_BYTES + BH_CHUNK_TAG, told);
	for (int i = 7; i >= 0; i--)
		length = length << 8 | told[i];
	if (rc < 0 || length > INT64_MAX / 2) {
		bh_object_head_close(&head);
		return bh_error(BH_E_DAMAGED, "object store: the header of an object does not open");
	}
	head.content.bytes = (int64_t)length;
	memcpy(head.content.hash.bytes, told + 8, sizeof(head.content.hash.bytes));
	*out = head;
	return 0;
}

static int
find_key(struct bh_object_store *store, const struct bh_uuid *tenant,
	const uint8_t bytes[BH_OBJECT_HEAD], struct bh_object_tenant_key *out)
{
	struct bh_uuid id;

	memcpy(id.bytes, bytes + KEY_AT, sizeof(id.bytes));
	return bh_object_keys_find(store, tenant, &id, out);
}

int
bh_object_head_has_key(struct bh_object_store *store, const struct bh_uuid *tenant,
	const uint8_t bytes[BH_OBJECT_HEAD], bool *out)
{
	struct bh_object_tenant_key key;
	int rc = find_key(store, tenant, bytes, &key);

	bh_wipe(&key, sizeof(key));
	if (rc == 0 || rc == BH_E_NOT_FOUND)
		*out = rc == 0;
	return rc == BH_E_NOT_FOUND ? 0 : rc;
}

int
bh_object_head_open(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const uint8_t bytes[BH_OBJECT_HEAD], struct bh_object_head *out)
{
	struct bh_object_tenant_key key;
	int rc;

	if (!bh_object_head_is(bytes, BH_OBJECT_HEAD))
		return bh_error(BH_E_DAMAGED, "object store: an object has no header");
	rc = find_key(store, tenant, bytes, &key);
	if (rc == BH_E_NOT_FOUND)
		rc = bh_error(BH_E_DAMAGED, "object store: the key of an object is not there");
	if (rc == 0)
		rc = open_head(&key, tenant, id, bytes, out);
	bh_wipe(&key, sizeof(key));
	return rc;
}

static int
write_at(int fd, const void *bytes, size_t len, int64_t at)
{
	const char *next = bytes;

	while (len > 0) {
		ssize_t n = pwrite(fd, next, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bh_object_io_error("write an object");
		next += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* ---- chunks ---- */

size_t
bh_object_chunk_bytes(const struct bh_object_head *head, int64_t number)
{
	int64_t left = head->content.bytes - number * BH_CHUNK_BYTES;

	return BH_CHUNK_TAG + (size_t)(left < BH_CHUNK_BYTES ? left : BH_CHUNK_BYTES);
}

int
bh_object_chunk_open(const struct bh_object_head *head, int64_t number, const void *sealed,
	size_t len, void *out)
{
	const struct bh_chunk chunk = {
		.key = &head->secret,
		.number = (uint64_t)number,
		.kind = number + 1 == count_chunks(head->content.bytes) ? BH_CHUNK_LAST : BH_CHUNK_MORE,
	};

	if (len == bh_object_chunk_bytes(head, number) && bh_chunk_open(&chunk, sealed, len, out) == 0)
		return 0;
	return bh_error(BH_E_DAMAGED, "object store: an object is not what was stored");
}

/* All of the bytes, or as many as there are. */
static ssize_t
read_at(int fd, void *out, size_t len, int64_t at)
{
	size_t total = 0;

	while (total < len) {
		ssize_t n = pread(fd, (char *)out + total, len - total, (off_t)(at + (int64_t)total));

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

static int
open_chunks(const struct bh_object_head *head, int from, int to, uint8_t *sealed, uint8_t *opened,
	struct bh_hash *hash)
{
	int64_t n = count_chunks(head->content.bytes), at = BH_OBJECT_HEAD;
	int rc = 0;

	for (int64_t i = 0; rc == 0 && i < n; i++) {
		size_t len = bh_object_chunk_bytes(head, i);
		ssize_t count = read_at(from, sealed, len, at);

		rc = count < 0 ? (int)count : bh_object_chunk_open(head, i, sealed, (size_t)count, opened);
		if (rc < 0)
			break;
		bh_hash_add(hash, opened, len - BH_CHUNK_TAG);
		if (to >= 0)
			rc = write_at(to, opened, len - BH_CHUNK_TAG, i * BH_CHUNK_BYTES);
		at += (int64_t)len;
	}
	return rc;
}

int
bh_object_open_all(const struct bh_object_head *head, int from, int to)
{
	uint8_t *room = malloc(BH_CHUNK_SEALED + BH_CHUNK_BYTES);
	struct bh_hash hash;
	struct bh_digest digest;
	int rc;

	BH_ASSERT(room != NULL);
	bh_hash_begin(&hash);
	rc = open_chunks(head, from, to, room, room + BH_CHUNK_SEALED, &hash);
	bh_hash_end(&hash, &digest);
	free(room);
	if (rc == 0 && !bh_digest_equal(&digest, &head->content.hash))
		rc = bh_error(BH_E_DAMAGED, "object store: an object differs from what its header says");
	return rc;
}

/* ---- from a stream ---- */

static ssize_t
read_next(int fd, uint8_t *out, size_t len)
{
	size_t total = 0;

	while (total < len) {
		ssize_t n = read(fd, out + total, len - total);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bh_object_io_error("read a sealed object");
		if (n == 0)
			break;
		total += (size_t)n;
	}
	return (ssize_t)total;
}

static int
find_head(const struct bh_secret *secret, const struct bh_object_sealed_key *keys, size_t n,
	const struct bh_uuid *tenant, const struct bh_uuid *id, const uint8_t bytes[BH_OBJECT_HEAD],
	struct bh_object_head *out)
{
	for (size_t i = 0; i < n; i++) {
		struct bh_object_tenant_key key;
		int rc;

		if (memcmp(keys[i].id.bytes, bytes + KEY_AT, sizeof(keys[i].id.bytes)) != 0)
			continue;
		rc = bh_object_key_open(secret, tenant, &keys[i], &key);
		if (rc == 0)
			rc = open_head(&key, tenant, id, bytes, out);
		bh_wipe(&key, sizeof(key));
		return rc;
	}
	return bh_error(BH_E_DAMAGED, "the key of a sealed object is not there");
}

static int
prove_chunks(const struct bh_object_head *head, int fd, uint8_t *sealed, uint8_t *opened)
{
	const int64_t n = count_chunks(head->content.bytes);
	ssize_t count;
	int rc = 0;

	for (int64_t i = 0; rc == 0 && i < n; i++) {
		count = read_next(fd, sealed, bh_object_chunk_bytes(head, i));
		rc = count < 0 ? (int)count : bh_object_chunk_open(head, i, sealed, (size_t)count, opened);
	}
	if (rc < 0)
		return rc;
	count = read_next(fd, sealed, 1);
	if (count == 0)
		return 0;
	return count < 0 ? (int)count : bh_error(BH_E_DAMAGED, "a sealed object has more than its end");
}

int
bh_object_prove(const struct bh_secret *secret, const struct bh_object_sealed_key *keys, size_t n,
	const struct bh_uuid *tenant, const struct bh_uuid *id, int fd, struct bh_object_content *out)
{
	uint8_t bytes[BH_OBJECT_HEAD], *room;
	struct bh_object_head head;
	ssize_t count = read_next(fd, bytes, sizeof(bytes));
	int rc;

	if (count < 0)
		return (int)count;
	if (!bh_object_head_is(bytes, (size_t)count))
		return bh_error(BH_E_DAMAGED, "a sealed object has no header");
	rc = find_head(secret, keys, n, tenant, id, bytes, &head);
	if (rc < 0)
		return rc;
	room = malloc(BH_CHUNK_SEALED + BH_CHUNK_BYTES);
	BH_ASSERT(room != NULL);
	rc = prove_chunks(&head, fd, room, room + BH_CHUNK_SEALED);
	free(room);
	if (rc == 0)
		*out = head.content;
	bh_object_head_close(&head);
	return rc;
}

/* ---- sealing ---- */

struct bh_object_sealing {
	int fd; /* borrowed */
	struct bh_secret secret;
	uint8_t head[BH_OBJECT_HEAD];
	struct bh_hash hash; /* owned until it has ended */
	int64_t bytes, number, at;
	size_t len; /* in `chunk` */
	uint8_t chunk[BH_CHUNK_BYTES], sealed[BH_CHUNK_SEALED];
};

int
bh_object_sealing_begin(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int fd, struct bh_object_sealing **out)
{
	struct bh_object_tenant_key key;
	struct bh_object_sealing *sealing;
	int rc = bh_object_keys_current(store, tenant, &key);

	if (rc < 0)
		return rc;
	sealing = calloc(1, sizeof(*sealing));
	BH_ASSERT(sealing != NULL);
	sealing->fd = fd;
	sealing->at = BH_OBJECT_HEAD;
	memcpy(sealing->head, MAGIC, MAGIC_BYTES);
	memcpy(sealing->head + KEY_AT, key.id.bytes, sizeof(key.id.bytes));
	bh_random(sealing->head + SALT_AT, SALT_BYTES);
	derive(&key, tenant, id, sealing->head + SALT_AT, &sealing->secret);
	bh_wipe(&key, sizeof(key));
	bh_hash_begin(&sealing->hash);
	*out = sealing;
	return 0;
}

static int
put_chunk(struct bh_object_sealing *sealing, enum bh_chunk_kind kind)
{
	const size_t len = sealing->len + BH_CHUNK_TAG;
	int rc;

	bh_chunk_seal(&(struct bh_chunk){&sealing->secret, (uint64_t)sealing->number, kind,
					  .also = NULL},
		sealing->chunk, sealing->len, sealing->sealed);
	rc = write_at(sealing->fd, sealing->sealed, len, sealing->at);
	sealing->at += (int64_t)len;
	sealing->number++;
	sealing->len = 0;
	return rc;
}

/* A full chunk waits for the next byte: it may be the last. */
int
bh_object_sealing_add(struct bh_object_sealing *sealing, const void *bytes, size_t len)
{
	const uint8_t *next = bytes;
	int rc = 0;

	bh_hash_add(&sealing->hash, bytes, len);
	sealing->bytes += (int64_t)len;
	while (rc == 0 && len > 0) {
		size_t n = BH_CHUNK_BYTES - sealing->len;

		if (n == 0) {
			rc = put_chunk(sealing, BH_CHUNK_MORE);
			continue;
		}
		n = n < len ? n : len;
		memcpy(sealing->chunk + sealing->len, next, n);
		sealing->len += n;
		next += n;
		len -= n;
	}
	return rc;
}

int
bh_object_sealing_end(struct bh_object_sealing *sealing, struct bh_digest *out_hash,
	int64_t *out_sealed_bytes)
{
	uint8_t told[TOLD_BYTES];
	struct bh_digest hash;
	int rc = put_chunk(sealing, BH_CHUNK_LAST);

	bh_hash_end(&sealing->hash, &hash);
	for (int i = 0; i < 8; i++)
		told[i] = (uint8_t)((uint64_t)sealing->bytes >> (8 * i));
	memcpy(told + 8, hash.bytes, sizeof(hash.bytes));
	bh_chunk_seal(&(struct bh_chunk){&sealing->secret, 0, BH_CHUNK_HEAD, sealing->head, TOLD_AT},
		told, sizeof(told), sealing->head + TOLD_AT);
	if (rc == 0)
		rc = write_at(sealing->fd, sealing->head, sizeof(sealing->head), 0);
	if (rc == 0) {
		*out_hash = hash;
		*out_sealed_bytes = sealing->at;
	}
	return rc;
}

void
bh_object_sealing_free(struct bh_object_sealing *sealing)
{
	struct bh_digest ignored;

	if (sealing == NULL)
		return;
	if (sealing->hash.impl != NULL)
		bh_hash_end(&sealing->hash, &ignored);
	bh_wipe(sealing, sizeof(*sealing));
	free(sealing);
}
