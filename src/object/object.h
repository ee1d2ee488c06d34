/* SPDX-License-Identifier: Apache-2.0 */
/* object.h: the object store; today the fs driver. Objects lie at {tenant}/{name} beneath one root,
 * resolved with openat2(RESOLVE_BENEATH) below the tenant's own folder. */
#ifndef BH_OBJECT_OBJECT_H
#define BH_OBJECT_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "sec/digest.h"

struct bh_object_store;

BH_MUST_CHECK int bh_object_store_open(const char *root, struct bh_object_store **out);
void bh_object_store_close(struct bh_object_store *store);

/* An object being written: bytes go to a temporary file, hashed on the way; it appears under its
 * name only when published (fsync, rename, fsync of the folder). Zeroed means none. */
struct bh_object_writer {
	int fd;     /* owned; 0 or less: closed */
	int dir_fd; /* owned */
	char part[64];
	char name[BH_UUID_HEX];
	int64_t bytes;
	void *hash; /* owned */
};

BH_MUST_CHECK int bh_object_create(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct bh_object_writer *out);
/* BH_E_IO with the reason; a full disk is BH_E_NO_ROOM. */
BH_MUST_CHECK int bh_object_write(struct bh_object_writer *writer, const void *bytes, size_t len);
BH_MUST_CHECK int bh_object_publish(struct bh_object_writer *writer, struct bh_digest *out_hash);
/* Removes what was not published. Safe on a zeroed writer, and twice. */
void bh_object_writer_close(struct bh_object_writer *writer);

/* An open read-only descriptor, owned by the caller. BH_E_NOT_FOUND. */
BH_MUST_CHECK int bh_object_read(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int *out_fd, int64_t *out_bytes);
/* With its mark. Removing what is not there succeeds. */
BH_MUST_CHECK int bh_object_remove(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id);
/* Removes temporary files older than `age_s`: leftovers of killed writers. Goes on past a folder that
 * cannot be read; the error is the last one's. */
BH_MUST_CHECK int bh_object_sweep(struct bh_object_store *store, int64_t age_s);
/* A walk over names in batches, without any order: the tenants that have a folder, or the published
 * objects of one. Names that appear or disappear during the walk may or may not be included. Zeroed
 * means none. */
struct bh_object_walk {
	void *dir; /* owned */
};
/* `tenant` NULL: the tenants. BH_E_NOT_FOUND: no such folder. */
BH_MUST_CHECK int bh_object_walk_open(struct bh_object_store *store, const struct bh_uuid *tenant,
	struct bh_object_walk *out);
/* The next ones that are older than `age_s`, at most `room`; 0: there are no more. */
size_t bh_object_walk_next(struct bh_object_walk *walk, int64_t age_s, struct bh_uuid *out,
	size_t room);
void bh_object_walk_close(struct bh_object_walk *walk); /* safe on a zeroed one, and twice */

/* An object without a database row is not removed immediately: the database may have been restored from
 * an older backup, and a newer one may follow. Marks it with an empty file next to it; *out_due: it was
 * marked more than `age_s` ago, and the mark was not removed since. */
BH_MUST_CHECK int bh_object_condemn(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t age_s, bool *out_due);
/* Takes the mark away, if there is one. */
BH_MUST_CHECK int bh_object_acquit(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id);

#endif
