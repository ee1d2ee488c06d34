/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: the billing service: what tenants have, owe and are sent. */
#include "billing/billing.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "billing/closing.h"
#include "billing/jobs.h"
#include "billing/stripe_webhook.h"
#include "queue/worker.h"
#include "service/retention.h"
#include "service/runtime.h"

static const struct bh_setting settings[] = {
	BH_TEXT("currency", "EUR", struct billing, conf.currency,
		"Currency of all prices, budgets and invoices (ISO 4217)."),
	BH_INT("keep_job_s", "604800", 1, 3153600000, struct billing, conf.keep_job_s,
		"How long a job of the billing service is kept after it ends."),
	BH_TEXT("stripe_url", "https://api.stripe.com", struct billing, conf.stripe_url,
		"URL of Stripe's API."),
	BH_BOOL("stripe_mock", "true", struct billing, conf.stripe_mock,
		"Whether the mock of Stripe stands in while no account is connected."),
	BH_BOOL("stripe_mock_pays", "false", struct billing, conf.stripe_mock_pays,
		"For trials: whether what the mock collects counts as paid, although no money moves."),
	BH_INT("stripe_catch_up_s", "600", 1, 86400, struct billing, conf.stripe_catch_up_s,
		"How often Stripe is asked for events that no webhook has brought."),
	BH_INT("keep_stripe_s", "3888000", 3024000, 3153600000, struct billing, conf.keep_stripe_s,
		"How long it is kept which events Stripe sent and what it was told; 45 days by default."),
	BH_INT("keep_corrections_s", "315360000", 86400, 3153600000, struct billing,
		conf.keep_corrections_s,
		"How long the reasons of corrections of usage are kept; ten years by default."),
	BH_TEXT("seller_name", "", struct billing, conf.seller_name,
		"Who sells, as printed on invoices; without it none is finalized."),
	BH_TEXT("seller_address", "", struct billing, conf.seller_address,
		"Address of the seller; its lines are separated by ' / '."),
	BH_TEXT("seller_country", "", struct billing, conf.seller_country,
		"Country of the seller (ISO 3166-1 alpha-2), which decides on tax."),
	BH_TEXT("seller_vat_id", "", struct billing, conf.seller_vat_id,
		"VAT identification number of the seller."),
	BH_TEXT("seller_email", "", struct billing, conf.seller_email,
		"Where buyers write to about an invoice."),
	BH_TEXT("invoice_prefix", "INV", struct billing, conf.invoice_prefix,
		"What numbers of invoices begin with; the tenant's part, the year and the number follow."),
	BH_TEXT("credit_note_prefix", "CN", struct billing, conf.credit_note_prefix,
		"The same of credit notes."),
	BH_TEXT("font", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", struct billing, conf.font,
		"TrueType font of invoices, which is embedded in their PDF."),
	BH_TEXT("font_bold", "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf", struct billing,
		conf.font_bold, "The same in bold."),
	BH_INT("payment_days", "14", 0, 365, struct billing, conf.payment_days,
		"How many days after its date an invoice has to be paid."),
	BH_INT("suspend_days", "14", 0, 365, struct billing, conf.suspend_days,
		"How many days after that a tenant that has not paid is suspended; 0: never."),
	BH_INT("keep_notice_s", "34560000", 604800, 3153600000, struct billing, conf.keep_notice_s,
		"How long notices are kept; thirteen months by default."),
	BH_BOOL("webhook_private", "false", struct billing, conf.webhook_private,
		"Whether tenants' webhooks may lead to addresses of this machine and of private networks."),
	BH_TEXT("webhook_ca_file", "", struct billing, conf.webhook_ca_file,
		"Certificates (PEM) that the servers of webhooks are trusted by; the system's by default."),
};

static int
billing_open(struct bh_runtime *runtime, void *state)
{
	struct billing *billing = state;

	billing->runtime = runtime;
	bh_runtime_key(runtime, "billing.stripe_key", &billing->stripe_secret);
	billing->webhooks = (struct bh_webhooks){
		.context = "billing.notice_endpoint",
		.fetcher = bh_runtime_fetcher(runtime),
		.private_hosts = billing->conf.webhook_private,
		.ca_file = billing->conf.webhook_ca_file,
		.stop = bh_runtime_stop_flag(runtime),
	};
	bh_runtime_key(runtime, "billing.endpoint_secret", &billing->webhooks.key);
	return 0;
}

static void
billing_close(struct bh_runtime *runtime, void *state)
{
	struct billing *billing = state;

	(void)runtime;
	bh_secret_close(&billing->stripe_secret);
	bh_secret_close(&billing->webhooks.key);
}

static const struct bh_worker workers[] = {
	{STRIPE_WORKER_EVENTS, 0, stripe_catch_up, 1},
	{0},
};

static const struct bh_scope scopes[] = {
	{"billing:read", BH_ROLE_ADMIN},
	{"billing:write", BH_ROLE_OWNER},
	{"usage:read", BH_ROLE_ADMIN},
	{"usage:own", BH_ROLE_VIEWER},
	{"budgets:read", BH_ROLE_ADMIN},
	{"budgets:write", BH_ROLE_ADMIN},
	{"notices:read", BH_ROLE_ADMIN},
	{"notices:write", BH_ROLE_OWNER},
	{"teams:read", BH_ROLE_ADMIN},
	{"teams:write", BH_ROLE_ADMIN},
	{0},
};

static void
billing_metrics(const void *state, struct bh_buf *out)
{
	const struct billing *billing = state;

	bh_buf_printf(out,
		"# HELP bulkhead_billing_mismatches_total Sums that a proof of a tenant's books did not "
		"find equal.\n"
		"# TYPE bulkhead_billing_mismatches_total counter\n"
		"bulkhead_billing_mismatches_total %llu\n",
		(unsigned long long)__atomic_load_n(&billing->mismatches, __ATOMIC_RELAXED));
}

/* clang-format off */
static const struct bh_retention_kind retention[] = {
	{"job", BH_RETENTION_SQL("job", "id", "finished_at", "AND queue = 'billing'"), 200,
		offsetof(struct billing, conf.keep_job_s)},
	/* Why usage was corrected is kept as long as books are kept. */
	{"correction", BH_RETENTION_SQL("usage_correction", "id", "made_at", ""), 1000,
		offsetof(struct billing, conf.keep_corrections_s)},
	{"notice", BH_RETENTION_SQL("notice", "id", "crossed_at", ""), 1000,
		offsetof(struct billing, conf.keep_notice_s)},
	/* Events of Stripe that came twice are known for much longer than it repeats them. */
	{"stripe_event", BH_RETENTION_SQL("stripe_event", "id", "received_at", "AND state <> 'waiting'"), 1000,
		offsetof(struct billing, conf.keep_stripe_s)},
	{"stripe_outbox", BH_RETENTION_SQL("stripe_outbox", "id", "ended_at", "AND ended_at IS NOT NULL"), 1000,
		offsetof(struct billing, conf.keep_stripe_s)},
	{0},
};
/* clang-format on */

/* What a business must keep of those who were its customers. */
#define BOOKS "Books and invoices must be kept for as long as the law asks for."

static const struct bh_erase_kept keeps[] = {
	{"ledger_entry", BOOKS},
	{"ledger_line", BOOKS},
	{"ledger_balance", BOOKS},
	{"ledger_posted", BOOKS},
	{"credit_grant", BOOKS},
	{"invoice", BOOKS},
	{"invoice_line", BOOKS},
	{"invoice_payment", BOOKS},
	{"invoice_refund", BOOKS},
	{"invoice_series", BOOKS},
	{"invoice_prefix", BOOKS},
	{0},
};

static const struct bh_service_call calls[] = {
	{"auth", "internal:auth"},
	{"stripemock", "internal:stripemock"},
	{0},
};

const struct bh_service billing_service = {
	.name = "billing",
	.settings = BH_LIST(settings),
	.routes = billing_routes,
	.scopes = scopes,
	.workers = workers,
	.jobs = &billing_jobs,
	.retention = retention,
	.calls = calls,
	.keeps = keeps,
	.closes = billing_closing_run,
	.metrics = billing_metrics,
	.state_size = sizeof(struct billing),
	.open = billing_open,
	.close = billing_close,
};
