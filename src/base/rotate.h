/* SPDX-License-Identifier: Apache-2.0 */
/* rotate.h: files put aside by renaming; who appends to them opens the name anew. */
#ifndef BH_BASE_ROTATE_H
#define BH_BASE_ROTATE_H

#include <stdbool.h>
#include <stdint.h>

#define BH_ROTATE_KEEP_ALL INT64_MAX /* as `keep`: none is removed */

/* PATH becomes PATH.1, PATH.1 becomes PATH.2 and so on; `keep` of them stay, older ones are removed.
 * False when PATH could not be renamed: nothing is lost by that. */
bool bh_rotate(const char *path, int64_t keep);

/* The same for a regular file of at least bytes_max; false when it is smaller or missing. */
bool bh_rotate_grown(const char *path, int64_t bytes_max, int64_t keep);

#endif
