/* object.h: the object store; today the fs driver. Objects lie at {tenant}/{name} beneath one root,
 * resolved with openat2(RESOLVE_BENEATH) below the tenant's own folder. */
#ifndef BH_OBJECT_OBJECT_H
#define BH_OBJECT_OBJECT_H

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
/* Removing what is not there succeeds. */
BH_MUST_CHECK int bh_object_remove(struct bh_object_store *store, const struct bh_uuid *tenant,
	const struct bh_uuid *id);
/* Removes temporary files older than `age_s`: leftovers of killed writers. */
BH_MUST_CHECK int bh_object_sweep(struct bh_object_store *store, int64_t age_s);
/* The tenants that have a folder, in no order; and a tenant's published objects that are older than
 * `age_s`. Both are the arena's. */
BH_MUST_CHECK int bh_object_tenants(struct bh_object_store *store, struct bh_arena *arena,
	struct bh_uuid **out, size_t *out_n);
BH_MUST_CHECK int bh_object_list(struct bh_object_store *store, const struct bh_uuid *tenant,
	int64_t age_s, struct bh_arena *arena, struct bh_uuid **out, size_t *out_n);

#endif
