/* SPDX-License-Identifier: Apache-2.0 */
/* release.c: compares versions as Semantic Versioning does, without what follows the third number. */
#include "db/release.h"

#include <stdio.h>

struct version {
	int major, minor, patch;
};

static bool
read_version(const char *text, struct version *out)
{
	return text != NULL &&
		sscanf(text, "%6d.%6d.%6d", &out->major, &out->minor, &out->patch) == 3 &&
		out->major >= 0 && out->minor >= 0 && out->patch >= 0;
}

static int
order(int a, int b)
{
	return (a > b) - (a < b);
}

int
bh_release_compare(const char *a, const char *b)
{
	struct version one, other;
	bool has_one = read_version(a, &one), has_other = read_version(b, &other);
	int rc;

	if (!has_one || !has_other)
		return order(has_one, has_other);
	rc = order(one.major, other.major);
	if (rc == 0)
		rc = order(one.minor, other.minor);
	return rc != 0 ? rc : order(one.patch, other.patch);
}

bool
bh_release_follows(const char *before, const char *now)
{
	struct version one, other;

	if (!read_version(before, &one) || !read_version(now, &other) ||
		bh_release_compare(before, now) > 0)
		return false;
	if (one.major == other.major)
		return other.minor - one.minor <= 1;
	return other.major - one.major == 1 && other.minor == 0;
}
