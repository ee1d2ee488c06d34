/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_drain.h: works off rows of a tenant one by one: what is owed to Stripe, and what Stripe has told. One job a
 * tenant: no two calls about one customer run at once, which Stripe would refuse for the same meter. */
#ifndef BH_BILLING_STRIPE_DRAIN_H
#define BH_BILLING_STRIPE_DRAIN_H

#include <stdbool.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

struct bh_job;
struct stripe;

struct stripe_queue {
	const char *job; /* kind of the job */
	bool background;
	/* Works on the next row, if there is one: *out_found. */
	int (*take)(struct stripe *stripe, struct bh_job *job, bool *out_found);
	/* Whether there is one. */
	int (*look)(struct bh_db *tx, const struct bh_uuid *tenant, bool *out_found);
};

/* Whoever makes a row wait calls this in the same transaction: locks the tenant's queues, and sees to the job. */
BH_MUST_CHECK int stripe_queue_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct stripe_queue *queue);

/* The job's run. A row that is added while the last one is worked on finds its job held, and adds none: the job ends
 * in a transaction that looks once more, behind whoever is adding one. */
BH_MUST_CHECK int stripe_drain(struct bh_job *job, const struct stripe_queue *queue);

#endif
