/* SPDX-License-Identifier: Apache-2.0 */
/* keys.h: the keys of tenants, which lie beside the backups of a folder and not in them: DIR/keys.
 *
 *     TENANT-KEY.plain              as the object store has it: sealed under a secret that comes of the master key
 *     TENANT-KEY.HASH.age, .gpg     the same encrypted, HASH being the first 16 digits of the recipient's SHA-256
 *     TENANT-KEY.destroyed          since when nobody has it any more
 *
 * All backups of the folder need them to open a tenant's objects, so removing one reaches every backup. A key goes when
 * the platform has a receipt that its tenant was deleted, and the tenant is not there. */
#ifndef BH_BACKUP_KEYS_H
#define BH_BACKUP_KEYS_H

#include "backup/crypt.h"
#include "db/db.h"
#include "object/object.h"

struct backup_keys {
	struct bh_arena *arena; /* borrowed */
	const char *folder;     /* DIR/keys */
	struct backup_crypt crypt;
};

/* Beside this backup, to be read. */
struct backup_keys backup_keys_of(struct bh_arena *arena, const char *backup,
	const struct backup_crypt *crypt, const char *recipient);

/* Writes what is missing of a tenant's keys. BH_E_IO, BH_E_NO_ROOM, the store's errors. */
BH_MUST_CHECK int backup_keys_take(const struct backup_keys *keys, struct bh_object_store *store,
	const struct bh_uuid *tenant);

/* A tenant's keys. Zeroed means none. */
struct backup_tenant_keys {
	struct bh_uuid tenant;
	struct bh_object_sealed_key list[BH_OBJECT_KEYS_MOST];
	size_t n;
	bool destroyed; /* there were others */
};
/* Those that can be read. BH_E_NOT_FOUND: the folder is missing. */
BH_MUST_CHECK int backup_keys_load(const struct backup_keys *keys, const struct bh_uuid *tenant,
	struct backup_tenant_keys *out);

/* Destroys those of tenants that were deleted; *out_n: how many keys, here and now. `db`: as the set-up role. No folder:
 * none. */
BH_MUST_CHECK int backup_keys_forget(const char *folder, struct bh_db *db, int64_t *out_n);

#endif
