/* SPDX-License-Identifier: Apache-2.0 */
/* transplant.h: one tenant's rows out of a database that nobody uses into one that serves others, in one transaction.
 *
 * On the running side, rows are removed and written by a role that exists only inside the transaction: it owns
 * nothing, cannot pass row security, and has SELECT, INSERT and DELETE only. Each table's rows arrive in a temporary
 * table by COPY, which row security does not allow into the table itself, and go on from there under the tenant's
 * context. Triggers do not fire and keys are not checked row by row (session_replication_role), because what they
 * would do was done when the rows were first written and is among them; that every key leads somewhere is proved at
 * the end, and so is that each table shows the same rows on both sides. */
#ifndef BH_DB_TRANSPLANT_H
#define BH_DB_TRANSPLANT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"

struct bh_transplant_conf {
	const char *from, *to; /* conninfo; `to` is of a superuser */
	struct bh_uuid tenant;
	bool replace; /* the tenant may be there, suspended; its rows go */
	/* Called when it may be, before a row is touched: for what takes long and hurts nobody. NULL: nothing. */
	int (*before_rows)(void *ctx);
	/* Called when all rows are in their place and were compared, before the commit; NULL: nothing. */
	int (*before_commit)(void *ctx);
	void *ctx;
};

struct bh_transplanted {
	int64_t tables, rows; /* that have any; of these */
	bool audit_kept; /* the running side's audit log goes on; that of the backup was left out */
};

/* The tenant with this name or id in a database. BH_E_NOT_FOUND. */
BH_MUST_CHECK int bh_transplant_find(const char *conninfo, const char *word,
	struct bh_uuid *out_tenant, struct bh_buf *out_name);

/* BH_E_EXISTS: the tenant is there; BH_E_STATE: it is not suspended, the databases have other tables, invoices or
 * payments would be lost, or something that the rows refer to is missing; `out_list` then has a line for each. Nothing was changed. */
BH_MUST_CHECK int bh_transplant(const struct bh_transplant_conf *conf, struct bh_buf *out_list,
	struct bh_transplanted *out);

#endif
