/* SPDX-License-Identifier: Apache-2.0 */
/* spool.c: a share's wait in slices, so that who waits can be stopped. */
#include "service/spool.h"

#include "base/clock.h"
#include "base/error.h"
#include "service/running.h"

enum { SLICE_MS = 200 };

int
bh_spool_take(struct bh_spool *spool, int64_t bytes, int64_t wait_ms, const bool *cancel)
{
	struct bh_share *share = &spool->runtime->admission.spool;
	const int64_t until_ms = bh_clock_steady_ms() + wait_ms;
	int rc;

	if (bytes == 0)
		return 0;
	do {
		int64_t left_ms = until_ms - bh_clock_steady_ms();

		if (cancel != NULL && __atomic_load_n(cancel, __ATOMIC_RELAXED))
			return BH_E_CANCELLED;
		rc = bh_share_take(share, &spool->tenant, bytes,
			left_ms < 0              ? 0
				: left_ms < SLICE_MS ? left_ms
									 : SLICE_MS);
	} while ((rc == BH_E_BUSY || rc == BH_E_UNAVAILABLE) && bh_clock_steady_ms() < until_ms);
	if (rc == 0)
		spool->bytes += bytes;
	return rc;
}

void
bh_spool_give(struct bh_spool *spool, int64_t bytes)
{
	if (bytes == 0)
		return;
	bh_share_give(&spool->runtime->admission.spool, &spool->tenant, bytes);
	spool->bytes -= bytes;
}

void
bh_spool_close(struct bh_spool *spool)
{
	if (spool->runtime != NULL)
		bh_spool_give(spool, spool->bytes);
}
