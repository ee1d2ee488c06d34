/* SPDX-License-Identifier: Apache-2.0 */
/* busiest.h: which tenants use a service most, of the last whole minute. The only metrics that name tenants: no more
 * than BH_BUSIEST_TOLD of each service are told, however many there are. Only src/service includes it. */
#ifndef BH_SERVICE_BUSIEST_H
#define BH_SERVICE_BUSIEST_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/uuid.h"

/* Counted at the same time; of more than these, those with the least time are put together with their successors,
 * which can only make somebody busy look busier. */
enum { BH_BUSIEST_COUNTED = 128, BH_BUSIEST_TOLD = 20, BH_BUSIEST_MS = 60000 };

struct bh_busy {
	struct bh_uuid tenant;
	uint64_t requests, failures, us; /* `failures`: answered with 5xx */
};

struct bh_busiest {
	pthread_mutex_t lock;
	struct bh_busy now[BH_BUSIEST_COUNTED], told[BH_BUSIEST_TOLD];
	size_t n_now, n_told;
	int64_t minute; /* of `now`, by the steady clock */
};

void bh_busiest_init(struct bh_busiest *busiest);
void bh_busiest_close(struct bh_busiest *busiest);

/* Counts one request. `steady_ms` is when it ended. */
void bh_busiest_count(struct bh_busiest *busiest, const struct bh_uuid *tenant, int status,
	int64_t duration_us, int64_t steady_ms);

/* Its lines of /metrics. */
void bh_busiest_write(struct bh_busiest *busiest, const char *service, int64_t steady_ms,
	struct bh_buf *out);

#endif
