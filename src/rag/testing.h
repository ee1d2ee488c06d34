/* SPDX-License-Identifier: Apache-2.0 */
/* testing.h: what the tests of rag stand on: a scratch database, stores in it, and jobs that nobody works for. Tests only. */
#ifndef RAG_TESTING_H
#define RAG_TESTING_H

#include "db/testing.h"

struct bh_worker_pool;

/* Of the group of tests that is open. */
extern struct bh_test_db rag_testing_db;
extern struct bh_worker_pool *rag_testing_pool; /* nobody works for it */

/* Set-up and tear-down of a group: the database, and the pool. */
int rag_testing_open(void **state);
int rag_testing_close(void **state);

/* A database as the service's role in this tenant's context. */
struct bh_db rag_testing_as(const struct bh_uuid *tenant);

/* Adds an empty store with this id and model, and its index; dimensions of 0 are not known yet. */
BH_MUST_CHECK int rag_testing_store(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const char *model, int dimensions);

/* Statements of the set-up role; {t} is the tenant, {s} the store, {f} the file (NULL: none). */
void rag_testing_script(const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct bh_uuid *file, const char *text);

/* Takes all jobs of all tenants away. */
void rag_testing_no_jobs(void);

#endif
