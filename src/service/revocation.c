/* SPDX-License-Identifier: Apache-2.0 */
/* revocation.c: follows the revocation log, so that what was taken back is dead within a second. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "db/db.h"
#include "sec/token.h"
#include "service/clock.h"
#include "service/running.h"
#include "service/runtime.h"

#define ROWS_AT_ONCE 1000

struct revocation {
	int64_t seq;
	const char *kind;
	struct bh_uuid target_tenant;
	struct bh_uuid target;
};

static const struct bh_row revocation_row = BH_ROW(struct revocation, seq, kind, target_tenant,
	target);

static int
read_rows(struct bh_db *db, const struct bh_uuid *tenant, int64_t after,
	struct revocation **out_rows, size_t *out_count)
{
	static const char sql[] = "SELECT seq, kind, target_tenant_id, target_id"
							  "  FROM revocation"
							  " WHERE tenant_id = $1 AND seq > $2"
							  " ORDER BY seq"
							  " LIMIT $3";
	return bh_db_read_each(db, sql, BH_PARAMS(tenant, after, bh_int_param(ROWS_AT_ONCE)),
		&revocation_row, out_rows, out_count);
}

static int
apply(struct bh_token_checker *checker, const struct revocation *row)
{
	enum bh_revoked_kind kind;

	if (strcmp(row->kind, "tenant") == 0)
		kind = BH_REVOKED_TENANT;
	else if (strcmp(row->kind, "credential") == 0)
		kind = BH_REVOKED_CREDENTIAL;
	else if (strcmp(row->kind, "subject") == 0)
		kind = BH_REVOKED_SUBJECT;
	else if (strcmp(row->kind, "plan") == 0)
		kind = BH_REVOKED_PLAN;
	else
		return bh_error(BH_E_PROTOCOL, "revocation row %lld has an unknown kind",
			(long long)row->seq);
	bh_token_checker_revoke(checker, kind, &row->target_tenant,
		kind == BH_REVOKED_TENANT || kind == BH_REVOKED_PLAN ? &row->target_tenant : &row->target,
		row->seq);
	return 0;
}

/* One page; *out_more tells that there may be another. An unknown kind is not passed over: tokens
 * that it was meant to kill must not live because this process is older than the log. */
static int
read_page(struct bh_runtime *runtime, bool *out_more)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = runtime->db,
		.arena = &arena,
		.context = bh_platform_tenant,
		.vital = true};
	struct revocation *rows = NULL;
	size_t count = 0;
	int rc = read_rows(&db, &bh_platform_tenant, bh_token_checker_seq(runtime->checker), &rows,
		&count);

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = apply(runtime->checker, &rows[i]);
	*out_more = rc == 0 && count == ROWS_AT_ONCE;
	return rc;
}

/* Nobody is let in before the log was read, and so nobody is judged by a clock that was not compared. */
static int
follow_clock(struct bh_runtime *runtime)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = runtime->db,
		.arena = &arena,
		.context = bh_platform_tenant,
		.vital = true};

	return __atomic_load_n(&runtime->log_read, __ATOMIC_RELAXED) ? 0 : bh_clock_follow(&db);
}

void
bh_revocation_run(struct bh_runtime *runtime, void *service)
{
	static _Thread_local bool failing; /* the log tells of the change, not of every attempt */
	int64_t began_ms = bh_clock_steady_ms();
	bool more = true;
	int rc = follow_clock(runtime);

	(void)service;
	while (rc == 0 && more && !bh_runtime_stopping(runtime))
		rc = read_page(runtime, &more);
	__atomic_store_n(&runtime->log_failing, rc < 0, __ATOMIC_RELAXED);
	if (rc < 0) {
		if (!failing)
			bh_log_failure("read the revocation log", rc);
		failing = true;
		return;
	}
	if (failing)
		bh_log(BH_LOG_INFO, "the revocation log can be read again");
	failing = false;
	/* As of the moment before reading: what was written since is not known yet. */
	bh_token_checker_seen(runtime->checker, began_ms);
	__atomic_store_n(&runtime->log_read_ms, began_ms, __ATOMIC_RELAXED);
	__atomic_store_n(&runtime->log_read, true, __ATOMIC_RELAXED);
}
