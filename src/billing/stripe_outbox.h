/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_outbox.h: what Stripe has to be told. A row is written in the transaction of what it tells; a job of
 * its tenant sends the rows one after the other, in their order, until Stripe has taken or refused each.
 * While Stripe is away all of them wait. */
#ifndef BH_BILLING_STRIPE_OUTBOX_H
#define BH_BILLING_STRIPE_OUTBOX_H

#include "base/macros.h"
#include "base/uuid.h"
#include "billing/stripe_drain.h"
#include "db/db.h"

struct bh_job;
struct stripe;
struct stripe_owed;

#define STRIPE_JOB_SEND "stripe_send"           /* subject: the tenant */
#define STRIPE_JOB_REPORT "stripe_report"       /* subject: the tenant */
#define STRIPE_JOB_RECONCILE "stripe_reconcile" /* subject: the tenant */
#define STRIPE_JOB_MOVE "stripe_move"           /* subject: the tenant */

/* Rows of stripe_outbox. */
extern const struct stripe_queue stripe_outbox;

/* Owes Stripe a call. The id makes it one: a repeated act owes nothing twice. It is made of the act's own id,
 * with bh_uuid_new for one that has none. payload: JSON text. */
BH_MUST_CHECK int stripe_owe(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *kind, const char *reference, const char *payload);

/* Tells Stripe who the tenant is, as its profile says, if it is a customer. */
BH_MUST_CHECK int stripe_owe_profile(struct bh_db *tx, const struct bh_uuid *tenant);

/* Kinds of jobs. */
BH_MUST_CHECK int stripe_send_run(struct bh_job *job);
BH_MUST_CHECK int stripe_report_run(struct bh_job *job);
BH_MUST_CHECK int stripe_reconcile_run(struct bh_job *job);
BH_MUST_CHECK int stripe_move_run(struct bh_job *job);

/* Makes one call of a kind (stripe_send.c). Errors as stripe_call's. */
BH_MUST_CHECK int stripe_send_one(struct stripe *stripe, struct bh_db *db,
	const struct bh_uuid *tenant, const struct stripe_owed *owed);

#endif
