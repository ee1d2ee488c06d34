/* SPDX-License-Identifier: Apache-2.0 */
/* store_audit.h: the index of audit lines (service/audit_index.h), as it is searched. */
#ifndef AUTH_STORE_AUDIT_H
#define AUTH_STORE_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

#define AUTH_AUDIT_ROWS 2000       /* of a stretch */
#define AUTH_AUDIT_ACTION_ROWS 250 /* of one along actions that begin alike, and of each of them */

/* What is looked for; NULL lets everything pass. */
struct auth_audit_filter {
	const char *actor;
	const char *action; /* its beginning */
	const char *object;
	const char *request_id;
	const char *text; /* somewhere in the line; ASCII letters in lower case */
};

struct auth_audit_row {
	struct bh_uuid tenant, id;
	const char *source, *action, *actor, *object, *request_id;
	int64_t status;
	bool staff;
	const char *line;
	int64_t position; /* in its tenant's chain; -1: none */
	bool hit;         /* it is what was looked for */
	int64_t total;    /* how many rows were looked at */
};

/* A stretch of rows, the newest first: those with an id in [from, before), so many at most. */
struct auth_audit_stretch {
	struct bh_uuid from, before;
};

/* The rows of the stretch that are looked for, and the last one of it whether or not it is. The first looks along
 * the index that fits the filter best; the second at the lines of all tenants, for the platform (`tenant`). */
BH_MUST_CHECK int auth_store_audit_find(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_audit_filter *filter, const struct auth_audit_stretch *stretch,
	struct auth_audit_row **out, size_t *out_n);
BH_MUST_CHECK int auth_store_audit_find_across(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_audit_filter *filter, const struct auth_audit_stretch *stretch,
	struct auth_audit_row **out, size_t *out_n);

/* How far a source's files were read. */
struct auth_audit_source {
	const char *source;
	int64_t bytes, behind_bytes;
	int64_t seen_ms;
};
BH_MUST_CHECK int auth_store_audit_sources(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_audit_source **out, size_t *out_n);

/* Makes the months to come and drops those that are over and older than this. */
BH_MUST_CHECK int auth_store_audit_months(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t keep_ms, int64_t *out_dropped);

#endif
