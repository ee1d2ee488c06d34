/* SPDX-License-Identifier: Apache-2.0 */
/* testing.c: the scratch database that the queue's tests share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue/testing.h"

struct bh_test_db queue_test;
struct bh_db queue_worker;

int
queue_test_open(void **state)
{
	int rc;

	(void)state;
	rc = bh_test_db_open(&queue_test);
	if (rc == 0)
		queue_worker = bh_test_db_as(&queue_test, "bulkhead_rag", NULL);
	return rc;
}

int
queue_test_close(void **state)
{
	(void)state;
	bh_test_db_close(&queue_test);
	return 0;
}

int
queue_test_empty(void **state)
{
	(void)state;
	queue_worker.context = (struct bh_uuid){0};
	return bh_test_db_script(&queue_test,
		"TRUNCATE bulkhead.job, bulkhead.job_ready, bulkhead.job_tenant");
}

struct adding {
	const struct bh_uuid *tenant;
	const struct bh_job_new *job;
};

static int
add_work(struct bh_db *tx, void *ctx)
{
	const struct adding *adding = ctx;

	return bh_job_add(tx, adding->tenant, adding->job);
}

void
queue_test_add(const struct bh_uuid *tenant, const struct bh_job_new *job)
{
	struct adding adding = {tenant, job};
	struct bh_db own = bh_db_as(&queue_worker, tenant);

	assert_int_equal(bh_tx_run(&own, add_work, &adding), 0);
}

void
queue_test_add_expiry(const struct bh_uuid *tenant, const struct bh_uuid *subject, int64_t due_ms)
{
	const struct bh_job_new job = {
		.id = bh_uuid_new(),
		.queue = "rag",
		.kind = "expire_store",
		.subject = *subject,
		.payload = "{}",
		.due_ms = due_ms,
	};

	queue_test_add(tenant, &job);
}

void
queue_test_add_any(void)
{
	struct bh_uuid tenant = bh_uuid_new(), subject = bh_uuid_new();

	queue_test_add_expiry(&tenant, &subject, 0);
}

struct bh_lease
queue_test_claim(const char *worker)
{
	struct bh_lease lease = {0};

	assert_int_equal(bh_lease_claim(&queue_worker, "rag", worker, 30000, NULL, &lease), 0);
	return lease;
}

int
queue_test_claim_fails(void)
{
	struct bh_lease lease;

	return bh_lease_claim(&queue_worker, "rag", "test", 30000, NULL, &lease);
}

void
queue_test_leases_expire(void)
{
	assert_int_equal(bh_test_db_script(&queue_test,
						 "UPDATE bulkhead.job_ready"
						 " SET due_at = now() - interval '1 second', fresh = true"
						 " WHERE worker IS NOT NULL"),
		0);
}

int64_t
queue_test_count(const char *sql)
{
	struct bh_db db = bh_test_db_as(&queue_test, NULL, NULL);
	int64_t n = -1;

	assert_int_equal(bh_db_one(&db, sql, NULL, 0, &bh_row_int, &n), 0);
	return n;
}
