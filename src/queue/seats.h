/* SPDX-License-Identifier: Apache-2.0 */
/* seats.h: which tenants' jobs occupy the threads of a pool, and which tenants have their share, because
 * taking turns is not sufficient where jobs take long. */
#ifndef BH_QUEUE_SEATS_H
#define BH_QUEUE_SEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"
#include "queue/queue.h"

#define BH_SEATS_MOST 64

/* Maximum number of concurrent jobs: in total, of one tenant, and in the background. */
struct bh_seats_conf {
	int64_t places; /* in all; BH_SEATS_MOST at most */
	/* A tenant gets another one only while it has less than this share of its own and the free ones.
	 * Below 100, the last one is left for a tenant that has none. */
	int64_t tenant_percent;
	int64_t tenant_most;            /* maximum of one tenant, however many are free */
	int64_t tenant_background_most; /* of one tenant's jobs in the background */
	int64_t background_most;        /* of all jobs in the background */
};

struct bh_seat {
	struct bh_uuid tenant;
	bool background;
};

/* Takes no lock: callers must hold one. */
struct bh_seats {
	struct bh_seats_conf conf;
	struct bh_seat taken[BH_SEATS_MOST];
	int64_t n;
};

void bh_seats_init(struct bh_seats *seats, const struct bh_seats_conf *conf);

/* How many more jobs of this sort the tenant may start. */
int64_t bh_seats_free(const struct bh_seats *seats, const struct bh_uuid *tenant, bool background);

void bh_seats_take(struct bh_seats *seats, const struct bh_uuid *tenant, bool background);
void bh_seats_leave(struct bh_seats *seats, const struct bh_uuid *tenant, bool background);

/* The tenants whose jobs a claim skips; must not be copied, because `kept_back` points into it. */
struct bh_seats_full {
	struct bh_lease_kept_back kept_back;
	struct bh_uuid tenants[BH_SEATS_MOST + 1]; /* and room for one more */
	struct bh_uuid background_tenants[BH_SEATS_MOST];
};
void bh_seats_full(const struct bh_seats *seats, struct bh_seats_full *out);

#endif
