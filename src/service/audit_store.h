/* SPDX-License-Identifier: Apache-2.0 */
/* audit_store.h: positions in audit files, and the rows that are added with them. Only src/service includes it. */
#ifndef BH_SERVICE_AUDIT_STORE_H
#define BH_SERVICE_AUDIT_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "sec/digest.h"

/* How far a file was read; with a tenant: what was passed over of it there. */
struct bh_audit_position {
	struct bh_uuid tenant; /* zero: the file itself */
	struct bh_bytes file;
	int64_t at, until;
};

/* The rows of a step: columns, each of n elements. */
struct bh_audit_rows {
	struct bh_uuid *tenants, *ids;
	const char **actions, **actors, **objects, **requests, **lines;
	int64_t *statuses, *staff;
	struct bh_bytes *leaves; /* hashes for the tenants' chains */
	size_t n;
	int64_t low_ms, high_ms; /* between the times of the first and the last line */
};

/* A step through a file of a source. */
struct bh_audit_step {
	const char *source;
	const struct bh_digest *file;
	int64_t at, to, bytes;
	struct bh_audit_rows rows;
	/* Who was passed over, and where its lines begin. */
	struct bh_uuid *behind;
	int64_t *behind_at;
	size_t n_behind;
};

BH_MUST_CHECK int bh_audit_store_positions(struct bh_db *db, const struct bh_uuid *tenant,
	const char *source, struct bh_audit_position **out, size_t *out_n);
BH_MUST_CHECK int bh_audit_store_forget(struct bh_db *db, const struct bh_uuid *tenant,
	const char *source, const struct bh_bytes *files, size_t n);
/* *out_added is -1 where the file was not read up to step->at: nothing was done. */
BH_MUST_CHECK int bh_audit_store_step(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_audit_step *step, int64_t *out_added);
/* The same through what was passed over of one tenant. */
BH_MUST_CHECK int bh_audit_store_step_behind(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *of, const struct bh_audit_step *step, int64_t *out_added);

/* The first id of a millisecond. */
struct bh_uuid bh_audit_first_id(int64_t ms);

#endif
