/* SPDX-License-Identifier: Apache-2.0 */
/* purge.c: deletes a store's index step by step. */
#include "rag/purge.h"

#include "base/clock.h"
#include "base/error.h"
#include "rag/store_receipt.h"
#include "rag/store.h"
#include "rag/store_set.h"
#include "rag/vector_sql.h"

/* A step, counted in the transaction that removes. */
struct piece {
	const struct bh_lease *lease;
	int64_t rows;
};

static int
drop_tables(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *set,
	const struct rag_counting *counting)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < RAG_VECTOR_TABLES; i++) {
		struct rag_own_table table = {0};

		rc = rag_store_move_table(tx, tenant, set, rag_vector_dimensions[i], &table);
		if (rc == 0 && table.rows > 0)
			rc = rag_store_receipt_add(tx, tenant, counting, table.name, table.rows);
		if (rc == 0)
			rc = rag_store_move_close(tx, tenant, set, rag_vector_dimensions[i]);
	}
	return rc;
}

/* Tables of its own go as a whole: taking their rows out of the graph one by one would take long. */
static int
drop_own(struct bh_db *tx, void *ctx)
{
	const struct bh_lease *lease = ((struct piece *)ctx)->lease;
	struct rag_counting counting;
	struct bh_uuid *sets = NULL;
	size_t n = 0;
	int rc = rag_store_receipt_resume(tx, &lease->tenant, RAG_RECEIPT_STORE, &lease->subject,
		&counting);

	if (rc == 0)
		rc = rag_store_set_ids(tx, &lease->tenant, &lease->subject, &sets, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = drop_tables(tx, &lease->tenant, &sets[i], &counting);
	return rc;
}

/* When nothing was left to remove, that is written down. */
static int
remove_some(struct bh_db *tx, void *ctx)
{
	struct piece *piece = ctx;
	const struct bh_lease *lease = piece->lease;
	struct rag_counting counting;
	int rc = rag_store_receipt_resume(tx, &lease->tenant, RAG_RECEIPT_STORE, &lease->subject,
		&counting);

	if (rc == 0)
		rc = rag_store_index_purge(tx, &lease->tenant, &lease->subject, &piece->rows);
	if (rc < 0)
		return rc;
	return piece->rows > 0 ? rag_store_receipt_note(tx, &lease->tenant, &counting)
						   : rag_store_receipt_complete(tx, &lease->tenant, &counting);
}

int
rag_purge_run(struct bh_job *job, int64_t turn_ms)
{
	const struct bh_lease *lease = &job->lease;
	struct piece step = {lease, 1};
	int64_t since = bh_clock_steady_ms();
	int rc = bh_tx_run(&job->db, drop_own, &step);

	while (rc == 0 && step.rows > 0) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db piece = job->db;
		bool wait = false;

		piece.arena = &arena;
		if (bh_job_stop_reason(&job->stop) != BH_JOB_STOP_NONE)
			return BH_E_CANCELLED;
		rc = bh_tx_run(&piece, remove_some, &step);
		if (rc < 0 || step.rows == 0 || bh_clock_steady_ms() - since < turn_ms)
			continue;
		rc = bh_job_others_wait(job, &piece, &wait);
		if (rc == 0 && wait)
			return BH_JOB_YIELD_MOVED;
	}
	return rc;
}
