/* SPDX-License-Identifier: Apache-2.0 */
/* rotate.c: files put aside by renaming; who appends to them opens the name anew. */
#include "base/rotate.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define PATH_BYTES 1024

static const char *
numbered(char out[PATH_BYTES], const char *path, int64_t number)
{
	snprintf(out, PATH_BYTES, number == 0 ? "%s" : "%s.%lld", path, (long long)number);
	return out;
}

/* How many are aside, up to `keep`: those that have to move on. */
static int64_t
count_aside(const char *path, int64_t keep)
{
	char name[PATH_BYTES];
	int64_t n = 0;

	while (n < keep && access(numbered(name, path, n + 1), F_OK) == 0)
		n++;
	return n;
}

bool
bh_rotate(const char *path, int64_t keep)
{
	char from[PATH_BYTES];
	char to[PATH_BYTES];
	int64_t aside = count_aside(path, keep);

	for (int64_t i = aside < keep ? aside + 1 : keep; i >= 1; i--) {
		if (rename(numbered(from, path, i - 1), numbered(to, path, i)) < 0 && errno != ENOENT)
			return false;
	}
	if (keep == BH_ROTATE_KEEP_ALL)
		return true;
	/* What a greater setting had kept. */
	for (int64_t i = keep + 1; unlink(numbered(to, path, i)) == 0; i++)
		;
	return true;
}

bool
bh_rotate_grown(const char *path, int64_t bytes_max, int64_t keep)
{
	struct stat stat;

	if (lstat(path, &stat) < 0 || !S_ISREG(stat.st_mode) || stat.st_size < bytes_max)
		return false;
	if (bh_rotate(path, keep))
		return true;
	bh_log(BH_LOG_ERROR, "rotate %s: %m", path);
	return false;
}
