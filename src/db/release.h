/* SPDX-License-Identifier: Apache-2.0 */
/* release.h: versions of programs, and how old one may be that runs on this program's schema. */
#ifndef BH_DB_RELEASE_H
#define BH_DB_RELEASE_H

#include <stdbool.h>

#include "base/macros.h"

/* The oldest program that works on the schema that this one makes: the release before, whose services go on while
 * they are replaced. The first release has none before it. */
#define BH_SCHEMA_LEAST "0.3.0"

/* Of the program that migrated last, and the oldest that the database takes. */
#define BH_RELEASE_TOO_OLD \
	"this is Bulkhead " BH_VERSION \
	", and the database was migrated by %s, which takes no program older " \
	"than %s: install that one or a newer one, or restore a backup from before the upgrade"

/* -1, 0 or 1, as `a` is older than, the same as or newer than `b`. What is no version is older than any. */
int bh_release_compare(const char *a, const char *b);

/* Whether `before` is the same minor version as `now` or the one before it: what an upgrade may start from. Before
 * 1.0 and after; across a major version only from its last minor one, which nobody can tell: that is allowed. */
bool bh_release_follows(const char *before, const char *now);

#endif
