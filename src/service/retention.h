/* SPDX-License-Identifier: Apache-2.0 */
/* retention.h: the kinds of rows of each service, their maximum ages, and how they are removed.
 *
 * A table's trigger notes its tenant in `retention` (tenant, service, kind; no content) with the first
 * row of a kind. The skeleton's worker finds those whose oldest row may be too old, without a context,
 * and runs the kind's statement in that tenant's context, one batch per tenant in turn, so that no lock
 * grows with the number of rows to remove. While batches are full, it repeats up to a limit, so that it
 * removes faster than rows are written. */
#ifndef BH_SERVICE_RETENTION_H
#define BH_SERVICE_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct bh_db_pool;

enum {
	BH_RETENTION_BEAT_MS = 3000, /* each kind is one statement: what an idle platform costs */
	BH_RETENTION_KINDS_MOST = 16,
	BH_RETENTION_TENANTS_AT_ONCE = 16, /* of a kind, in one pass */
	BH_RETENTION_PASSES = 20           /* most in one beat */
};

/* One kind; a service's list ends with a zeroed row. */
struct bh_retention_kind {
	const char *name; /* as retention_note's trigger names it */
	/* $1 the tenant, $2 the age in ms, $3 the most rows of one piece. Returns how many rows it removed and
	 * the time of the oldest that it leaves and that counts (NULL: none). */
	const char *sql;
	int64_t most;
	/* Where the service's state has the age in seconds, counted from the row's own time; 0: that time
	 * (an expiry) is the end. The state's conf comes first, so it is never 0 for a setting but the first. */
	size_t keep_s;
};

/* The usual statement: rows of a table known by `id` go by `time`; `also` narrows them ("AND …"). */
#define BH_RETENTION_SQL(table, id, time, also) \
	"WITH old AS MATERIALIZED (" \
	"	SELECT " id " FROM " table " AS t" \
	"	 WHERE tenant_id = $1 AND " time " < now() - $2::bigint * interval '1 millisecond' " also \
	"	 ORDER BY " time "	 LIMIT $3" \
	"), gone AS (" \
	"	DELETE FROM " table " AS t WHERE tenant_id = $1 AND " id " IN (SELECT " id " FROM old)" \
	"	RETURNING tenant_id" \
	")" \
	" SELECT (SELECT count(*) FROM gone)," \
	"       (SELECT " time " FROM " table " AS t" \
	"         WHERE tenant_id = $1 AND " time \
	" >= now() - $2::bigint * interval '1 millisecond' " also "         ORDER BY " time \
	" LIMIT 1)"

/* The kind of every service that honours an Idempotency-Key. */
#define BH_RETENTION_IDEMPOTENCY(table) \
	{ \
		.name = "idempotency", .sql = BH_RETENTION_SQL(table, "key", "expires_at", ""), \
		.most = 200 \
	}

/* A service's kinds of rows with what was done to each. All pointers are borrowed. */
struct bh_retention {
	const char *queue;                     /* the service's name */
	const struct bh_retention_kind *kinds; /* NULL: none */
	const void *state;                     /* the service's, for the ages */
	struct bh_db_pool *db;
	const bool *stopping; /* atomic */
	struct {
		uint64_t removed; /* atomic */
		int64_t unsaid;   /* removed since the last line of the log */
		bool failing;
	} done[BH_RETENTION_KINDS_MOST]; /* by kind */
};

/* What its worker does now and then. */
void bh_retention_beat(struct bh_retention *retention);

/* What was removed so far, by kind, as metrics. */
void bh_retention_write(const struct bh_retention *retention, struct bh_buf *out);

#endif
