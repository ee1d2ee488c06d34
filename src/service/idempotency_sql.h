/* SPDX-License-Identifier: Apache-2.0 */
/* idempotency_sql.h: the statements on a service's table of idempotency keys: one table a service, so
 * one text each. A service names its table once, in its main.c; the skeleton runs the statements. */
#ifndef BH_SERVICE_IDEMPOTENCY_SQL_H
#define BH_SERVICE_IDEMPOTENCY_SQL_H

struct bh_idempotency_sql {
	const char *begin, *find, *lose, *keep, *doubt, *release, *extend, *bind, *unbind, *sweep,
		*trim, *cap;
};

/* All of them literals; $1 is the tenant, $2 the key, $3 the attempt where there is one. */
#define BH_IDEMPOTENCY_SQL(table) \
	{ \
		.begin = "INSERT INTO " table \
				 " AS kept (tenant_id, key, attempt, fingerprint, request_id," \
				 "       leased_until, expires_at)" \
				 " VALUES ($1, $2, $3, $4, $5, now() + $6::bigint * interval '1 millisecond'," \
				 "       now() + $7::bigint * interval '1 millisecond')" \
				 " ON CONFLICT (tenant_id, key) DO UPDATE" \
				 "   SET attempt = excluded.attempt, fingerprint = excluded.fingerprint," \
				 "       request_id = excluded.request_id, leased_until = excluded.leased_until," \
				 "       expires_at = excluded.expires_at, state = 'running', object_id = NULL, " \
				 "status = 0," \
				 "       content_type = NULL, body = NULL, created_at = now()" \
				 " WHERE kept.expires_at <= now()", \
		.find = "SELECT fingerprint, state, object_id, status, content_type, body, request_id," \
				"       leased_until <= now()" \
				"  FROM " table " WHERE tenant_id = $1 AND key = $2 AND expires_at > now()", \
		.lose = \
			"UPDATE " table "   SET state = 'unknown'" \
			" WHERE tenant_id = $1 AND key = $2 AND state = 'running' AND leased_until <= now()", \
		.keep = "UPDATE " table "   SET state = 'done', status = $4, content_type = $5, body = $6" \
				" WHERE tenant_id = $1 AND key = $2 AND attempt = $3 AND object_id IS NULL", \
		.doubt = "UPDATE " table "   SET state = 'unknown'" \
				 " WHERE tenant_id = $1 AND key = $2 AND attempt = $3 AND object_id IS NULL", \
		.release = "DELETE FROM " table \
				   " WHERE tenant_id = $1 AND key = $2 AND attempt = $3 AND object_id IS NULL", \
		.extend = "UPDATE " table "   SET state = 'running', leased_until = now() + $4::bigint * " \
				  "interval '1 millisecond'" \
				  " WHERE tenant_id = $1 AND key = $2 AND attempt = $3 AND state IN ('running', " \
				  "'unknown')", \
		.bind = "UPDATE " table "   SET state = 'done', object_id = $4" \
				" WHERE tenant_id = $1 AND key = $2 AND attempt = $3", \
		.unbind = "DELETE FROM " table \
				  " WHERE tenant_id = $1 AND key = $2 AND attempt = $3 AND object_id IS NOT NULL", \
		.sweep = \
			"DELETE FROM " table " WHERE tenant_id = $1 AND key IN (SELECT key FROM " table \
			"        WHERE tenant_id = $1 AND expires_at <= now() ORDER BY expires_at LIMIT 20)", \
		.trim = "UPDATE " table "   SET body = NULL" \
				" WHERE tenant_id = $1 AND key IN (" \
				"       SELECT key FROM (" \
				"              SELECT key, sum(octet_length(body)) OVER (ORDER BY created_at " \
				"DESC, key) AS bytes" \
				"                FROM " table \
				" WHERE tenant_id = $1 AND body IS NOT NULL) AS newest" \
				"        WHERE bytes > $2)", \
		.cap = "DELETE FROM " table " WHERE tenant_id = $1 AND state <> 'running' AND key IN (" \
			   "       SELECT key FROM " table " WHERE tenant_id = $1" \
			   "        ORDER BY created_at DESC, key OFFSET $2)", \
	}

#endif
