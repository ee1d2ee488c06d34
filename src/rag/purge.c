/* purge.c: deletes a store's index step by step. */
#include "rag/purge.h"

#include "base/clock.h"
#include "base/error.h"
#include "rag/jobs.h"
#include "rag/store.h"

enum { LEASE_MS = 10000 };

int
rag_purge_run(struct rag *rag, struct bh_db *db, const struct bh_lease *lease, const bool *stop,
	int64_t turn_ms, bool *out_ended)
{
	int64_t since = bh_clock_steady_ms(), rows = 1;
	int rc = 0;

	while (rc == 0 && rows > 0) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db piece = *db;
		bool wait = false;

		piece.arena = &arena;
		if (__atomic_load_n(stop, __ATOMIC_RELAXED))
			return BH_E_STOPPING;
		rc = rag_store_index_purge(&piece, &lease->tenant, &lease->subject, &rows);
		if (rc == 0)
			rc = bh_lease_extend(&piece, lease, LEASE_MS, NULL);
		if (rc < 0 || rows == 0 || bh_clock_steady_ms() - since < turn_ms)
			continue;
		rc = rag_jobs_others_wait(rag, &piece, &lease->tenant, &wait);
		if (rc == 0 && wait) {
			*out_ended = true;
			return bh_lease_yield(db, lease, true);
		}
	}
	return rc;
}
