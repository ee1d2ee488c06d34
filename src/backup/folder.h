/* SPDX-License-Identifier: Apache-2.0 */
/* folder.h: files and folders of a backup. */
#ifndef BH_BACKUP_FOLDER_H
#define BH_BACKUP_FOLDER_H

#include <stdint.h>

#include "base/macros.h"
#include "sec/digest.h"

/* Makes a folder that only its owner can enter; it may be there. BH_E_IO. */
BH_MUST_CHECK int backup_folder_make(const char *path);

/* Takes the lock of a folder of backups, for those who change it. BH_E_EXISTS. */
BH_MUST_CHECK int backup_folder_lock(const char *folder, int *out_fd);

/* Hashes what is left of a descriptor, and writes it to another unless that is negative; `path` is for the detail of
 * an error. BH_E_NO_ROOM, BH_E_IO. */
BH_MUST_CHECK int backup_folder_pass(int from, int to, const char *path, struct bh_digest *out_hash,
	int64_t *out_bytes);

/* BH_E_NOT_FOUND, BH_E_IO. */
BH_MUST_CHECK int backup_folder_hash(const char *path, struct bh_digest *out_hash,
	int64_t *out_bytes);

/* All that was written to the file system of this folder is on the disk. BH_E_IO. */
BH_MUST_CHECK int backup_folder_sync(const char *path);

#endif
