/* SPDX-License-Identifier: Apache-2.0 */
/* file.h: small files of the state folder: read whole, appear whole. */
#ifndef BH_SUPERVISOR_FILE_H
#define BH_SUPERVISOR_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/macros.h"

/* Appends the whole file. BH_E_NOT_FOUND, BH_E_TOO_LARGE, BH_E_IO. */
BH_MUST_CHECK int supervisor_file_read(const char *path, size_t bytes_max, struct bh_buf *out);

/* Writes a file that appears whole or not at all (fsync, rename), with this mode. BH_E_IO. */
BH_MUST_CHECK int supervisor_file_write(const char *path, const void *bytes, size_t len,
	mode_t mode);

/* The same, for a group (-1: our own). */
BH_MUST_CHECK int supervisor_file_write_for(const char *path, const void *bytes, size_t len,
	mode_t mode, gid_t gid);

/* Removes a file, or a folder with all that is in it; succeeds where there is none. BH_E_IO. */
BH_MUST_CHECK int supervisor_file_remove_tree(const char *path);

/* Closes *fd unless it is negative; for BH_AUTO. */
void supervisor_file_close(int *fd);

#endif
