/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.h: manifest.json of a backup, and who vouches for it. */
#ifndef BH_BACKUP_MANIFEST_H
#define BH_BACKUP_MANIFEST_H

#include "backup/backup.h"
#include "backup/sums.h"

#define BACKUP_SUMS_BYTES_MAX (2ull * BH_GIB)

/* Writes manifest.json and manifest.hmac into the backup's folder. BH_E_IO. */
BH_MUST_CHECK int backup_manifest_save(struct bh_arena *arena, const char *backup,
	const struct backup_manifest *manifest, const struct bh_secret *master);

/* Reads the manifest and SHA256SUMS, and checks both: by the HMAC under this master key (NULL: unchecked), and by the
 * hash in the manifest. BH_E_INVALID. */
BH_MUST_CHECK int backup_manifest_prove(struct bh_arena *arena, const char *backup,
	const struct bh_secret *master, struct backup_manifest *out, struct backup_sums *out_sums);

/* A small file of the backup, as it lies there. BH_E_INVALID: it is missing or too large. */
BH_MUST_CHECK int backup_manifest_read_file(struct bh_arena *arena, const char *backup,
	const char *name, size_t bytes_max, struct bh_buf *out);

#endif
