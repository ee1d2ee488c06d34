/* SPDX-License-Identifier: Apache-2.0 */
/* query.h: the ends of a transaction on a borrowed connection. Private to src/db. */
#ifndef BH_DB_QUERY_H
#define BH_DB_QUERY_H

#include "base/macros.h"

struct bh_conn;

/* Nothing to do if no statement has begun the transaction. BH_E_DB_UNKNOWN when the connection
 * broke before the answer; BH_E_DB when the server rolled back because a statement had failed. */
BH_MUST_CHECK int bh_query_commit(struct bh_conn *conn);

/* The connection is marked broken where even this fails: closing it rolls back as well. */
void bh_query_rollback(struct bh_conn *conn);

/* An empty round trip. */
BH_MUST_CHECK int bh_query_ping(struct bh_conn *conn);

#endif
