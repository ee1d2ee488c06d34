/* SPDX-License-Identifier: Apache-2.0 */
/* pipeline.h: a statement with its tenant context in one round trip. Private to src/db. */
#ifndef BH_DB_PIPELINE_H
#define BH_DB_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

struct bh_conn;
struct bh_param;
struct bh_uuid;
struct pg_result; /* libpq's answer */

/* A statement as its caller gave it. */
struct bh_statement {
	const char *sql;
	const struct bh_param *params;
	size_t n_params;
	bool reads; /* it may be sent again */
};

/* Sends BEGIN (in_tx) and the context where the connection lacks them, and the statement; context NULL:
 * the statement alone. *out is the caller's to clear. Errors as in db.h; BH_E_DB_DOWN whenever the
 * connection broke: conn->sent says whether anything may have been written. */
BH_MUST_CHECK int bh_pipeline_run(struct bh_conn *conn, const struct bh_uuid *context, bool in_tx,
	const struct bh_statement *statement, struct pg_result **out);

/* Nothing to do if no statement has begun the transaction. BH_E_DB_UNKNOWN when the connection
 * broke before the answer; BH_E_DB when the server rolled back because a statement had failed. */
BH_MUST_CHECK int bh_pipeline_commit(struct bh_conn *conn);

/* The connection is marked broken where even this fails: closing it rolls back as well. */
void bh_pipeline_rollback(struct bh_conn *conn);

/* An empty round trip. */
BH_MUST_CHECK int bh_pipeline_ping(struct bh_conn *conn);

#endif
