/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.c: a row for each kind of job of billing. */
#include "billing/jobs.h"

#include "billing/books.h"
#include "billing/entitle.h"
#include "billing/notice.h"
#include "billing/stripe_outbox.h"
#include "billing/stripe_webhook.h"
#include "billing/subscription.h"

enum { PLACES = 4, OF_ONE = 2, FINISH_MS = 5000, LEASE_MS = 10000, ATTEMPTS = 10 };

/* Books must be kept, and who is owed must be told: but for notices, none of these is ever given up. */
static const struct bh_job_kind kinds[] = {
	{BILLING_JOB_NIGHTLY, .run = billing_books_nightly},
	{BILLING_JOB_TOP_UP, .run = billing_books_top_up},
	{BILLING_JOB_INVOICE, .run = billing_books_invoice},
	{BILLING_JOB_ROLLOVER, .run = billing_rollover_run, .finish_ms = FINISH_MS},
	{BILLING_JOB_ENTITLE, .run = billing_entitle_run, .finish_ms = FINISH_MS},
	{BILLING_JOB_NOTICE, .run = billing_notice_run, .attempts_max = ATTEMPTS,
		.finish_ms = FINISH_MS},
	{STRIPE_JOB_SEND, .run = stripe_send_run, .finish_ms = FINISH_MS},
	{STRIPE_JOB_REPORT, .run = stripe_report_run},
	{STRIPE_JOB_RECONCILE, .run = stripe_reconcile_run},
	{STRIPE_JOB_MOVE, .run = stripe_move_run},
	{STRIPE_JOB_EVENT, .run = stripe_event_run, .finish_ms = FINISH_MS},
	{0},
};

const struct bh_worker_conf billing_jobs = {
	.kinds = kinds,
	.seats = {.places = PLACES,
		.tenant_percent = 100,
		.tenant_most = OF_ONE,
		.tenant_background_most = 1,
		.background_most = PLACES - 1},
	.lease_ms = LEASE_MS,
	.wanted = true,
};
