/* SPDX-License-Identifier: Apache-2.0 */
/* store_invoice.h: invoices, their lines, payments and numbers. */
#ifndef BH_BILLING_STORE_INVOICE_H
#define BH_BILLING_STORE_INVOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "billing/tax.h"
#include "db/db.h"
#include "service/list.h"

/* Dates are texts, 2026-11-30; NULL where there is none. */
struct billing_invoice {
	struct bh_uuid id;
	const char *kind;   /* "invoice", "credit_note" */
	const char *status; /* "draft", "open", "paid", "void", "uncollectible" */
	const char *number; /* NULL: a draft */
	struct bh_uuid of_invoice;
	const char *currency;
	const char *starts_on, *ends_on; /* half-open */
	int64_t minimum;
	bool bills_usage;
	int64_t subtotal, usage_nanos;
	struct billing_tax tax;
	int64_t tax_nanos, total, carried_in, carried_out, due, paid, credited;
	int64_t refunded;           /* of what was paid, and of what was paid too much */
	const char *seller, *buyer; /* JSON objects */
	const char *note;
	int64_t created_ms, finalized_ms, due_ms, past_due_ms, ended_ms;
};

struct billing_invoice_line {
	int64_t position;
	const char *kind;
	const char *description;
	int64_t starts_ms, ends_ms; /* 0: none */
	const char *act, *model;
	bool batch;
	int64_t price_version, rate_version;
	int64_t calls;
	const char *quantities; /* JSON array */
	int64_t nanos;
};

BH_MUST_CHECK int billing_store_invoice_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_invoice *invoice, bool *out_new);
BH_MUST_CHECK int billing_store_invoice_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct billing_invoice *out);
/* The same, held to the end of the transaction. */
BH_MUST_CHECK int billing_store_invoice_lock(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct billing_invoice *out);
BH_MUST_CHECK int billing_store_invoice_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_slice *slice, const char *status, struct billing_invoice **out, size_t *out_n);
/* False also where there is none. */
BH_MUST_CHECK int billing_store_invoice_is_draft(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, bool *out);
/* Drafts only: BH_E_NOT_FOUND. */
BH_MUST_CHECK int billing_store_invoice_remove(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id);

/* What a draft comes to. */
BH_MUST_CHECK int billing_store_invoice_fill(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_invoice *invoice);
/* Its number, the next of its series behind `prefix`, and what becomes of it with that. */
BH_MUST_CHECK int billing_store_invoice_number(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_invoice *invoice, const char *prefix, const char *status,
	int64_t payment_days);
/* How it stands, once it has a number. */
BH_MUST_CHECK int billing_store_invoice_settle(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_invoice *invoice);

/* A line at its position, and without one (0) behind the others. */
BH_MUST_CHECK int billing_store_line_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice, const struct billing_invoice_line *line);
BH_MUST_CHECK int billing_store_line_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice, struct billing_invoice_line **out, size_t *out_n);
/* Those that are computed. */
BH_MUST_CHECK int billing_store_line_clear(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice);

/* Sums of lines by what they are to the ledger. */
struct billing_line_sums {
	int64_t all, usage, ahead, else_nanos;
};
BH_MUST_CHECK int billing_store_line_sums(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice, struct billing_line_sums *out);

/* The days that an invoice until `ends_on` (NULL: today) bills, and today. */
struct billing_days {
	const char *starts_on, *ends_on, *today;
};
BH_MUST_CHECK int billing_store_billed_days(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *ends_on, struct billing_days *out);

/* Acts of one kind, model and price. */
struct billing_billed {
	const char *kind, *model;
	bool batch;
	int64_t price_version, rate_version, calls, unpriced;
	int64_t input, cached, cache_write, output, units;
	int64_t included_input, included_cached, included_cache_write, included_output, included_units;
	int64_t cost, covered;
};
BH_MUST_CHECK int billing_store_billed_sum(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct billing_days *days, struct billing_billed **out, size_t *out_n);
/* Cost less what was covered, from a day on. */
BH_MUST_CHECK int billing_store_billed_net(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *from, int64_t *out);

struct billing_line_rate {
	int64_t meter, version, nanos;
};
BH_MUST_CHECK int billing_store_line_rates(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_line_rate **out, size_t *out_n);

/* *out_new: no payment has this reference yet. */
BH_MUST_CHECK int billing_store_payment_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice, const char *reference, int64_t nanos, bool *out_new);
/* Whether the payment of this reference was of this invoice and amount. */
BH_MUST_CHECK int billing_store_payment_same(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice, const char *reference, int64_t nanos, bool *out_same);

/* Whether the document of this id is a credit note of this invoice and amount. BH_E_NOT_FOUND. */
BH_MUST_CHECK int billing_store_note_same(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice, const struct bh_uuid *note, int64_t nanos, bool *out_same);

/* A tenant's part of its numbers, in the platform's context; *out is NULL while it has none. One that another
 * tenant has is not taken. */
BH_MUST_CHECK int billing_store_prefix_find(struct bh_db *tx, const struct bh_uuid *platform,
	const struct bh_uuid *tenant, const char **out);
BH_MUST_CHECK int billing_store_prefix_take(struct bh_db *tx, const struct bh_uuid *platform,
	const struct bh_uuid *tenant, const char *part);

/* Lines charged in advance: of one invoice that were earned, or of all whose time is over and that were not. */
struct billing_ahead {
	const char *subject; /* "INVOICE:POSITION" */
	int64_t number;
	int64_t nanos, posted;
};
BH_MUST_CHECK int billing_store_ahead_over(struct bh_db *tx, const struct bh_uuid *tenant,
	struct billing_ahead **out, size_t *out_n);
BH_MUST_CHECK int billing_store_ahead_of(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *invoice, struct billing_ahead **out, size_t *out_n);

/* The buyer; empty texts where nothing is set. */
BH_MUST_CHECK int billing_store_profile_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_party *out);
/* Another VAT id or country is not confirmed. */
BH_MUST_CHECK int billing_store_profile_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_party *profile);

/* Notes who confirmed this VAT id, now. BH_E_NOT_FOUND: the tenant has another one, or none. */
BH_MUST_CHECK int billing_store_profile_confirm(struct bh_db *db, const struct bh_uuid *tenant,
	const char *vat_id, const char *by);

BH_MUST_CHECK int billing_store_tax_list(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_tax_rate **out, size_t *out_n);
BH_MUST_CHECK int billing_store_tax_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_tax_rate *rate);

#endif
