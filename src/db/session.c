/* SPDX-License-Identifier: Apache-2.0 */
/* session.c: one connection lent for several statements in a row. */
#include "base/log.h"
#include "db/db.h"
#include "db/pool.h"

int
bh_db_session_open(const struct bh_db *db, struct bh_db *out)
{
	struct bh_db session = *db;
	int rc;

	BH_ASSERT(db->tx == NULL && db->session == NULL);
	rc = bh_pool_take(db, &session.session);
	if (rc < 0)
		return rc;
	*out = session;
	return 0;
}

void
bh_db_session_close(struct bh_db *session)
{
	BH_ASSERT(session->tx == NULL);
	if (session->session != NULL)
		bh_pool_give(session->pool, session->session);
	*session = (struct bh_db){0};
}
