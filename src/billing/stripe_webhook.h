/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_webhook.h: what Stripe tells. An event is taken once its signature is right: its id is kept, a job
 * is added, and 200 is answered. The job asks Stripe how the object stands now and acts on that: so order and
 * repetition of events do not matter. */
#ifndef BH_BILLING_STRIPE_WEBHOOK_H
#define BH_BILLING_STRIPE_WEBHOOK_H

#include <stdbool.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "billing/store_stripe.h"
#include "billing/stripe.h"
#include "billing/stripe_drain.h"
#include "db/db.h"
#include "json/json.h"

struct bh_job;
struct bh_runtime;

#define STRIPE_JOB_EVENT "stripe_event" /* subject: the tenant */

/* Rows of stripe_event. */
extern const struct stripe_queue stripe_events;

BH_MUST_CHECK int stripe_event_run(struct bh_job *job);

struct stripe_intake {
	struct bh_uuid tenant; /* whose customer it is about; the platform for none of ours */
	struct stripe_event event;
	bool known; /* it is about a tenant */
	bool is_new;
};

/* Keeps an event of a list, or of a webhook whose signature is right, and adds its job. BH_E_INVALID. */
BH_MUST_CHECK int stripe_intake(struct stripe *stripe, struct bh_db *db,
	const struct bh_json *event, struct stripe_intake *out);

/* A worker: asks Stripe now and then for events that no webhook brought, for those are not sent for ever. */
#define STRIPE_WORKER_EVENTS "stripe-events"
void stripe_catch_up(struct bh_runtime *runtime, void *service);

#endif
