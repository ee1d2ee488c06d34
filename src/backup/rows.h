/* SPDX-License-Identifier: Apache-2.0 */
/* rows.h: what a database says about tenants and objects, asked as the set-up role. */
#ifndef BH_BACKUP_ROWS_H
#define BH_BACKUP_ROWS_H

#include "db/db.h"
#include "sec/digest.h"

/* An object that a row names. */
struct backup_object {
	struct bh_uuid tenant, id;
	struct bh_digest hash;
	int64_t bytes;
};

/* "objects/T/O" */
#define BACKUP_OBJECT_PATH 74
void backup_object_path(const struct backup_object *object, char out[BACKUP_OBJECT_PATH]);

/* Whether there is a receipt for the deletion of a tenant that is not there. */
BH_MUST_CHECK int backup_rows_deleted(struct bh_db *db, const struct bh_uuid *tenant, bool *out);

/* All tenants, in db->arena. */
BH_MUST_CHECK int backup_rows_tenants(struct bh_db *db, struct bh_uuid **out, size_t *out_n);

/* A walk over the objects that rows name, tenant by tenant. Zeroed but for `db` and the tenants, which are
 * borrowed. */
struct backup_row;
struct backup_rows {
	struct bh_db db;
	const struct bh_uuid *tenants;
	size_t n_tenants, tenant;
	struct bh_arena arena; /* owned: the page */
	struct backup_row *page;
	size_t n, at;
	struct bh_uuid last;
};
/* BH_E_NOT_FOUND: there are no more. */
BH_MUST_CHECK int backup_rows_next(struct backup_rows *rows, struct backup_object *out);
void backup_rows_close(struct backup_rows *rows);

#endif
