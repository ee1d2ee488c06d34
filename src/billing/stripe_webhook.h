/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_webhook.h: what Stripe tells. An event is taken once its signature is right: its id is kept, a job
 * is added, and 200 is answered. The job asks Stripe how the object stands now and acts on that: so order and
 * repetition of events do not matter. */
#ifndef BH_BILLING_STRIPE_WEBHOOK_H
#define BH_BILLING_STRIPE_WEBHOOK_H

#include "base/macros.h"

struct bh_job;

#define STRIPE_JOB_EVENT "stripe_event" /* subject: the tenant */

BH_MUST_CHECK int stripe_event_run(struct bh_job *job);

#endif
