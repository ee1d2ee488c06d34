/* SPDX-License-Identifier: Apache-2.0 */
/* testing.h: a scratch database with empty queues. Tests only. */
#ifndef BH_QUEUE_TESTING_H
#define BH_QUEUE_TESTING_H

#include <stdint.h>

#include "db/testing.h"
#include "queue/queue.h"

extern struct bh_test_db queue_test;
extern struct bh_db queue_worker; /* as a service's worker; the queues are rag's */

/* Setup and teardown of the group, and setup of a test. */
int queue_test_open(void **state);
int queue_test_close(void **state);
int queue_test_empty(void **state);

/* Adds a job in a transaction of the tenant's. */
void queue_test_add(const struct bh_uuid *tenant, const struct bh_job_new *job);
/* One that expires a store, and one of a tenant that has no other, due now. */
void queue_test_add_expiry(const struct bh_uuid *tenant, const struct bh_uuid *subject,
	int64_t due_ms);
void queue_test_add_any(void);
/* The next job of queue "rag", for 30 s; the second is for when there is none. */
struct bh_lease queue_test_claim(const char *worker);
int queue_test_claim_fails(void);

/* Plays the passing of time: every lease that is held has ended. */
void queue_test_leases_expire(void);
/* The number that a statement of the set-up role answers with. */
int64_t queue_test_count(const char *sql);

#endif
