/* SPDX-License-Identifier: Apache-2.0 */
/* sealed.h: an object as it lies in the store: sealed under the key of its tenant. Only src/object includes it.
 *
 *      0   8  "BHOBJ\r\n" and the format, 1
 *      8  16  the id of the tenant's key (keys.h)
 *     24  16  random: with the key, the tenant and the object's id it makes the object's own secret (HKDF-SHA256)
 *     40  56  sealed: the length of the content (8 bytes, little-endian) and its SHA-256; the 40 bytes before it are
 *             authenticated with it
 *     96      the content in chunks (sec/chunks.h); an empty one has one empty chunk
 *
 * A range is read in whole chunks, so at most 128 KiB more than was asked for. Objects of before there was this
 * have no header: the length tells them apart where it is known, because a sealed one is always longer than its
 * content. */
#ifndef BH_OBJECT_SEALED_H
#define BH_OBJECT_SEALED_H

#include "object/driver.h"
#include "sec/chunks.h"

/* Whether these first bytes are those of a header. What a client has uploaded may look like one: only opening it
 * proves it. */
bool bh_object_head_is(const uint8_t *bytes, size_t n);

/* Whether the key that such a header names is there: nobody but us knows the id of one. */
BH_MUST_CHECK int bh_object_head_has_key(struct bh_object_store *store,
	const struct bh_uuid *tenant, const uint8_t bytes[BH_OBJECT_HEAD], bool *out);

/* A header that was opened. Wiped by the caller (bh_object_head_close). */
struct bh_object_head {
	struct bh_object_content content;
	struct bh_secret secret; /* of the object's chunks */
};
void bh_object_head_close(struct bh_object_head *head);
/* BH_E_DAMAGED: it is not of this object, or its key is not there. BH_E_CONFIG, and the driver's errors. */
BH_MUST_CHECK int bh_object_head_open(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const uint8_t bytes[BH_OBJECT_HEAD], struct bh_object_head *out);

/* Opens chunk `number` of the content into `out`; `len`: its bytes as sealed. BH_E_DAMAGED. */
BH_MUST_CHECK int bh_object_chunk_open(const struct bh_object_head *head, int64_t number,
	const void *sealed, size_t len, void *out);
/* Its bytes as sealed, by the length of the content. */
size_t bh_object_chunk_bytes(const struct bh_object_head *head, int64_t number);

/* ---- whole ---- */

/* Opens all of a descriptor, whose header was opened, into another (-1: nowhere) and compares the hash. BH_E_DAMAGED. */
BH_MUST_CHECK int bh_object_open_all(const struct bh_object_head *head, int from, int to);

/* Content on its way into a file, sealed. Zeroed means none. */
struct bh_object_sealing;
/* `fd` is borrowed, empty, and written from its start. */
BH_MUST_CHECK int bh_object_sealing_begin(struct bh_object_store *store,
	const struct bh_uuid *tenant, const struct bh_uuid *id, int fd, struct bh_object_sealing **out);
BH_MUST_CHECK int bh_object_sealing_add(struct bh_object_sealing *sealing, const void *bytes,
	size_t len);
/* Nothing can be added after it. */
BH_MUST_CHECK int bh_object_sealing_end(struct bh_object_sealing *sealing,
	struct bh_digest *out_hash, int64_t *out_sealed_bytes);
void bh_object_sealing_free(struct bh_object_sealing *sealing); /* safe on NULL */

/* ---- a part, on its way to a client (opening.c) ---- */

struct bh_object_opening;
/* BH_E_NOT_FOUND. BH_E_UNSUPPORTED: the object is not sealed. */
BH_MUST_CHECK int bh_object_opening_new(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct bh_object_content *content,
	const struct bh_http_range *part, int watch_fd, struct bh_object_opening **out);
ssize_t bh_object_opening_next(struct bh_object_opening *opening, char *out, size_t size);
void bh_object_opening_free(struct bh_object_opening *opening);

/* Looks at an object without reading it: its length as it lies there, and whether it may have a header, whose bytes
 * are in `out` then. BH_E_NOT_FOUND. */
BH_MUST_CHECK int bh_object_peek(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, uint8_t out[BH_OBJECT_HEAD], bool *out_has_head, int64_t *out_bytes);

#endif
