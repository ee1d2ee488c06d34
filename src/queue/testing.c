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
