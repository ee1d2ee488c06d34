/* SPDX-License-Identifier: Apache-2.0 */
/* reindex.c: all postings of a store by today's terms, in one transaction with the job's end. */
#include "rag/reindex.h"

#include "base/error.h"
#include "rag/index.h"

static bool
is_stopped(void *ctx)
{
	struct bh_job *job = ctx;

	return bh_job_stop_reason(&job->stop) != BH_JOB_STOP_NONE;
}

static int
reindex(struct bh_db *tx, void *ctx)
{
	struct bh_job *job = ctx;
	int rc = rag_index_again(tx, &job->lease.tenant, &job->lease.subject, is_stopped, job);

	/* A store that has gone needs nothing. */
	if (rc < 0 && rc != BH_E_NOT_FOUND)
		return rc;
	return bh_lease_done(tx, &job->lease);
}

int
rag_reindex_run(struct bh_job *job)
{
	int rc = bh_tx_run(&job->db, reindex, job);

	return rc < 0 ? rc : BH_JOB_ENDED;
}
