/* SPDX-License-Identifier: Apache-2.0 */
/* period.h: what happens when a period of a subscription begins and ends: the subscription tells it here, and
 * the ledger makes invoices and grants of it. Everything runs inside the caller's transaction. */
#ifndef BH_BILLING_PERIOD_H
#define BH_BILLING_PERIOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

enum billing_line_kind {
	BILLING_LINE_BASE, /* a plan's price, for the whole period or the part in which it was in force */
	BILLING_LINE_CREDIT, /* below 0: what was charged before and is not used, because the plan changed */
	BILLING_LINE_KINDS
};

/* One line of a period: the price of a plan, for a time. Parts of one price add up to the whole. */
struct billing_period_line {
	enum billing_line_kind kind;
	const char *plan; /* its name; borrowed */
	int64_t plan_version;
	int64_t from_ms, until_ms;
	int64_t nanos; /* signed */
};

/* A period that has begun, or has ended. */
struct billing_period {
	struct bh_uuid subscription;
	int64_t number; /* from 0: with the subscription the name of the period */
	int64_t from_ms;
	int64_t
		until_ms; /* when it ended: for a cancellation the moment, not the period's planned end */
	const char *currency;
	const char *plan; /* in force at its end (or begin); borrowed */
	int64_t plan_version;
	bool ends; /* false: it begins. A prepaid plan is charged then, one in arrears at the end */
	bool last; /* no further period follows: canceled, or paused */
	const struct billing_period_line *lines; /* borrowed */
	size_t n_lines;
};

/* Makes the invoice of a period: its lines, and when it ends what was used in it. A period that begins with no
 * line is told too. May run again for the same period (and `ends`): then it changes nothing. */
BH_MUST_CHECK int billing_invoice_period(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_period *period);

/* Money that a plan gives with each period. */
struct billing_grant {
	struct bh_uuid id; /* made from subscription and period: the same grant again changes nothing */
	const char *currency;
	int64_t nanos;
	int64_t given_ms;
	int64_t ends_ms;    /* 0: never */
	const char *source; /* "plan" */
	const char *note;   /* what people are shown */
};

BH_MUST_CHECK int billing_credit_grant(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_grant *grant);

/* An id made from these alone: what is made for a period a second time has the id of the first. `what` is a
 * meter's number, -1 for money; `step` counts the changes of plan within the period. */
struct bh_uuid billing_period_id(const struct bh_uuid *subscription, int64_t number, int64_t step,
	int64_t what);

/* Called by the ledger's dunning inside its transaction: an invoice stays unpaid, or all are paid again.
 * "active", "past_due" or "suspended"; nothing for a tenant without a subscription. */
BH_MUST_CHECK int billing_subscription_dun(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *state);

#endif
