/* SPDX-License-Identifier: Apache-2.0 */
/* testing.c: see the header. */
#include "rag/testing.h"

#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "queue/worker.h"
#include "rag/jobs.h"
#include "rag/rag.h"
#include "rag/store.h"

struct bh_test_db rag_testing_db;
struct bh_worker_pool *rag_testing_pool;

int
rag_testing_open(void **state)
{
	static const bool go_on;
	struct bh_worker_conf conf = rag_jobs;

	(void)state;
	conf.queue = RAG_QUEUE;
	conf.stop = &go_on;
	rag_testing_pool = bh_worker_pool_new(&conf);
	return bh_test_db_open(&rag_testing_db);
}

int
rag_testing_close(void **state)
{
	(void)state;
	bh_test_db_close(&rag_testing_db);
	bh_worker_pool_free(rag_testing_pool);
	return 0;
}

struct bh_db
rag_testing_as(const struct bh_uuid *tenant)
{
	return bh_test_db_as(&rag_testing_db, "bulkhead_rag", tenant);
}

int
rag_testing_store(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *store,
	const char *model, int dimensions)
{
	const struct rag_store row = {.id = *store,
		.name = "",
		.description = "",
		.metadata = "{}",
		.embedding_model = model,
		.dimensions = dimensions};
	int rc = rag_store_store_add(tx, tenant, &row);

	return rc < 0 ? rc : rag_store_index_add_store(tx, tenant, store);
}

void
rag_testing_script(const struct bh_uuid *tenant, const struct bh_uuid *store,
	const struct bh_uuid *file, const char *text)
{
	const struct bh_uuid *const named[] = {tenant, store, file};
	BH_AUTO(bh_buf_close) struct bh_buf sql = {0};
	char id[BH_UUID_TEXT];

	for (const char *at = text; *at != '\0'; at++) {
		const char *which = at[0] == '{' && at[1] != '\0' && at[2] == '}' ? strchr("tsf", at[1])
																		  : NULL;

		if (which == NULL) {
			bh_buf_char(&sql, *at);
			continue;
		}
		BH_ASSERT(named[which - "tsf"] != NULL);
		bh_uuid_format(named[which - "tsf"], id);
		bh_buf_printf(&sql, "'%s'", id);
		at += 2;
	}
	BH_ASSERT(bh_test_db_script(&rag_testing_db, bh_buf_string(&sql)) == 0);
}

void
rag_testing_no_jobs(void)
{
	BH_ASSERT(bh_test_db_script(&rag_testing_db,
				  "DELETE FROM bulkhead.job_ready; DELETE FROM bulkhead.job;"
				  "DELETE FROM bulkhead.job_tenant") == 0);
}
