/* SPDX-License-Identifier: Apache-2.0 */
/* source.h: a backup that is read: what it says of itself, proved, and its files, in the clear if they can be. */
#ifndef BH_BACKUP_SOURCE_H
#define BH_BACKUP_SOURCE_H

#include "backup/backup.h"
#include "backup/crypt.h"
#include "backup/sums.h"

struct backup_source {
	struct bh_arena *arena; /* borrowed */
	const char *folder;
	struct backup_crypt crypt;
	struct backup_manifest manifest;
	struct backup_sums files; /* owned: hashes of the files as they lie there */
	/* Owned: of what is in them, by the bare name, of a sealed object what its content is; empty if unreadable. */
	struct backup_sums plain;
	bool is_signed; /* the signature was checked */
};

/* Whose word is good: an encrypted backup could be made by anybody who knows the recipient, so the master key of
 * this machine's platform (`home`) must have signed it, where there is one. The key within the backup is taken where
 * there is none, or where the backup is plain. BH_E_INVALID. */
BH_MUST_CHECK int backup_source_open(struct bh_arena *arena, const char *folder,
	const char *identity, const char *home, struct backup_source *out);
void backup_source_close(struct backup_source *source); /* safe on a zeroed one, and twice */

/* Whether its objects are sealed under keys that lie beside it (keys.h). */
bool backup_source_seals(const struct backup_source *source);
bool backup_source_can_open(const struct backup_source *source);
/* Where a file lies, by its bare name. */
const char *backup_source_path(const struct backup_source *source, const char *name);
/* The hash of what is in it; NULL: the backup has no such file, or it cannot be opened. */
const struct backup_sum *backup_source_plain(const struct backup_source *source, const char *name);
/* All of these. */
const struct backup_sums *backup_source_list(const struct backup_source *source);
/* That the file is the one that was written. BH_E_INVALID: it is missing or has changed. */
BH_MUST_CHECK int backup_source_check(const struct backup_source *source, const char *name);
/* A checked small file in the clear. */
BH_MUST_CHECK int backup_source_read(const struct backup_source *source, const char *name,
	size_t bytes_max, struct bh_buf *out);

#endif
