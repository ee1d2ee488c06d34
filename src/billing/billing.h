/* SPDX-License-Identifier: Apache-2.0 */
/* billing.h: what the files of the billing service share: its settings and state. */
#ifndef BH_BILLING_BILLING_H
#define BH_BILLING_BILLING_H

#include <stdbool.h>
#include <stdint.h>

#include "sec/digest.h"
#include "service/service.h"
#include "service/webhook.h"

struct billing_conf {
	const char *currency; /* ISO 4217: of all prices, budgets and invoices */
	int64_t keep_job_s;
	const char *stripe_url; /* of Stripe's API */
	bool stripe_mock;       /* the mock stands in while no account is connected */
	bool stripe_mock_pays;  /* and what it "collects" counts as paid */
	int64_t stripe_catch_up_s;
	int64_t keep_stripe_s;
	int64_t keep_corrections_s;
	/* Invoices. */
	const char *seller_name, *seller_address, *seller_country, *seller_vat_id, *seller_email;
	const char *invoice_prefix, *credit_note_prefix;
	int64_t payment_days, suspend_days;
	/* notices */
	int64_t keep_notice_s;
	bool webhook_private;
	const char *webhook_ca_file;
	const char *font, *font_bold;
};

/* The service's state; conf first, as the skeleton wants it. */
struct billing {
	struct billing_conf conf;
	struct bh_runtime *runtime;     /* borrowed */
	struct bh_secret stripe_secret; /* seals Stripe's keys */
	uint64_t mismatches;            /* found by proofs since the start; atomic */
	struct bh_webhooks webhooks;    /* of notices */
	int64_t stripe_down_until_ms; /* not reached: nobody waits for it until then; steady, atomic */
};

#define BILLING_QUEUE "billing"

extern const struct bh_route billing_routes[];
extern const struct bh_service billing_service;

#endif
