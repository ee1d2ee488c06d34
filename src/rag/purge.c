/* SPDX-License-Identifier: Apache-2.0 */
/* purge.c: deletes a store's index step by step. */
#include "rag/purge.h"

#include "base/clock.h"
#include "base/error.h"
#include "rag/store.h"
#include "rag/vector_sql.h"

/* The table of its own goes as a whole: taking its rows out of the graph one by one would take long. */
static int
close_own(struct bh_db *db, const struct bh_lease *lease)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < RAG_VECTOR_TABLES; i++)
		rc = rag_store_move_close(db, &lease->tenant, &lease->subject, rag_vector_dimensions[i]);
	return rc;
}

int
rag_purge_run(struct bh_job *job, int64_t turn_ms)
{
	const struct bh_lease *lease = &job->lease;
	int64_t since = bh_clock_steady_ms(), rows = 1;
	int rc = close_own(&job->db, lease);

	while (rc == 0 && rows > 0) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db piece = job->db;
		bool wait = false;

		piece.arena = &arena;
		if (bh_job_stop_reason(&job->stop) != BH_JOB_STOP_NONE)
			return BH_E_CANCELLED;
		rc = rag_store_index_purge(&piece, &lease->tenant, &lease->subject, &rows);
		if (rc < 0 || rows == 0 || bh_clock_steady_ms() - since < turn_ms)
			continue;
		rc = bh_job_others_wait(job, &piece, &wait);
		if (rc == 0 && wait)
			return BH_JOB_YIELD_MOVED;
	}
	return rc;
}
