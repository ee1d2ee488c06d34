/* SPDX-License-Identifier: Apache-2.0 */
/* testing.h: a scratch database with empty queues. Tests only. */
#ifndef BH_QUEUE_TESTING_H
#define BH_QUEUE_TESTING_H

#include <stdint.h>

#include "db/testing.h"

extern struct bh_test_db queue_test;
extern struct bh_db queue_worker; /* as a service's worker; the queues are rag's */

/* Setup and teardown of the group, and setup of a test. */
int queue_test_open(void **state);
int queue_test_close(void **state);
int queue_test_empty(void **state);

/* Plays the passing of time: every lease that is held has ended. */
void queue_test_leases_expire(void);
/* The number that a statement of the set-up role answers with. */
int64_t queue_test_count(const char *sql);

#endif
