/* SPDX-License-Identifier: Apache-2.0 */
/* http_credit.c: credits and top-ups: the owner reads them, the operator gives and takes. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "billing/billing.h"
#include "billing/credit.h"
#include "billing/http.h"
#include "billing/store_credit.h"
#include "service/list.h"
#include "service/request.h"

/* The year 9999, in seconds. */
#define TIME_MOST_S 253402300799.0

static const struct bh_paging paging = {20, 100, "after before order"};

struct shown {
	struct billing_credit credit;
	const char *kinds;
};

#define AT(member) offsetof(struct shown, member)

static int64_t
remaining_of(const void *row)
{
	const struct billing_credit *credit = &((const struct shown *)row)->credit;

	return strcmp(credit->status, "active") == 0 ? credit->nanos - credit->drawn : 0;
}

static const struct bh_field credit_fields[] = {
	{"id", BH_FIELD_ID, AT(credit.id)},
	{"object", BH_FIELD_CONST, .words = "credit"},
	{"category", BH_FIELD_CHOICE, AT(credit.category), .words = BILLING_CREDIT_CATEGORIES},
	{"status", BH_FIELD_CHOICE, AT(credit.status), .words = "active used expired void"},
	{"currency", BH_FIELD_TEXT, AT(credit.currency)},
	{"amount", BH_FIELD_MONEY, AT(credit.nanos)},
	{"drawn", BH_FIELD_MONEY, AT(credit.drawn)},
	{"remaining", BH_FIELD_MONEY, .number_of = remaining_of},
	{"priority", BH_FIELD_INT, AT(credit.priority)},
	{"kinds", BH_FIELD_WORDS, AT(kinds)},
	{"note", BH_FIELD_TEXT, AT(credit.note)},
	{"given_at", BH_FIELD_TIME, AT(credit.given_ms)},
	{"expires_at", BH_FIELD_TIME, AT(credit.expires_ms), BH_NULLABLE},
	{"ended_at", BH_FIELD_TIME, AT(credit.ended_ms), BH_NULLABLE},
};

#undef AT

const struct bh_shape billing_credit_shape = BH_SHAPE("BillingCredit", struct shown, credit_fields);

static struct shown
show(struct bh_request *req, const struct billing_credit *credit)
{
	return (struct shown){*credit, billing_credit_kind_words(req->arena, credit->kinds)};
}

/* GET /api/billing/credits, GET /api/tenants/{tenant}/credits */
int
billing_http_credit_list(struct bh_request *req)
{
	struct billing_credit *credits = NULL;
	struct shown *shown;
	struct bh_slice slice;
	struct bh_page page;
	size_t n = 0;
	int rc = bh_list_page(req, &paging, &page);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	slice = bh_list_slice(&page);
	rc = billing_store_credit_list(req->target_db, &req->target, &slice, &credits, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = bh_arena_array(req->arena, n + 1, sizeof(*shown));
	for (size_t i = 0; i < n; i++)
		shown[i] = show(req, &credits[i]);
	return bh_reply_page(req, &billing_credit_shape, &page, shown, n);
}

static int
reply_credit(struct bh_request *req, int status, const struct bh_uuid *id)
{
	struct billing_credit credit;
	struct shown shown;
	int rc = billing_store_credit_get(req->target_db, &req->target, id, &credit);

	if (rc < 0)
		return bh_reply_error(req, rc, "credit");
	shown = show(req, &credit);
	return bh_reply_object(req, status, &billing_credit_shape, &shown);
}

/* ---- the operator ---- */

struct grant_new {
	struct bh_uuid id;
	const char *category, *kinds, *note, *currency;
	int64_t amount, priority, expires_ms;
};

#define AT(member) offsetof(struct grant_new, member)

static const struct bh_field grant_fields[] = {
	{"id", BH_FIELD_ID, AT(id)},
	{"category", BH_FIELD_CHOICE, AT(category), .words = "paid promotional refund"},
	{"amount", BH_FIELD_MONEY, AT(amount), BH_REQUIRED},
	{"currency", BH_FIELD_TEXT, AT(currency), BH_NULLABLE, 3, 3},
	{"priority", BH_FIELD_INT, AT(priority), 0, 0, BILLING_CREDIT_PRIORITY_MOST},
	{"kinds", BH_FIELD_TEXT, AT(kinds), BH_NULLABLE, 0, 200},
	{"note", BH_FIELD_TEXT, AT(note), 0, 0, 500},
	{"expires_at", BH_FIELD_TIME, AT(expires_ms), BH_NULLABLE, 1, TIME_MOST_S},
};

#undef AT

const struct bh_shape billing_grant_shape = BH_SHAPE("BillingCreditGrant", struct grant_new,
	grant_fields);

struct change {
	const struct bh_request *req;
	struct billing_credit credit;
	struct billing_top_up top_up;
};

static int
give(struct bh_db *tx, void *ctx)
{
	const struct change *change = ctx;

	return billing_credit_give_within(tx, &change->req->target, &change->credit);
}

static int
take_back(struct bh_db *tx, void *ctx)
{
	const struct change *change = ctx;

	return billing_credit_void(tx, &change->req->target, &change->credit.id);
}

/* The one currency of the installation. */
static int
check_currency(const struct billing *billing, const char *currency)
{
	if (currency == NULL || strcmp(currency, billing->conf.currency) == 0)
		return 0;
	return bh_error_param(BH_E_INVALID, "currency", "'currency' must be %.3s, as billing.currency.",
		billing->conf.currency);
}

static int
check_amount(const char *param, int64_t nanos)
{
	if (nanos > 0 && nanos <= BILLING_CREDIT_MOST)
		return 0;
	return bh_error_param(BH_E_INVALID, param, "'%s' must be more than 0 and at most 1000000000.",
		param);
}

/* POST /api/tenants/{tenant}/credits */
int
billing_http_credit_grant(struct bh_request *req)
{
	const struct billing *billing = req->service;
	struct grant_new want = {.category = "promotional",
		.note = "",
		.priority = BILLING_CREDIT_PRIORITY};
	struct change change = {.req = req};
	int64_t kinds = -1;
	int rc = bh_request_object(req, &billing_grant_shape, &want);

	if (rc == 0)
		rc = check_amount("amount", want.amount);
	if (rc == 0)
		rc = check_currency(billing, want.currency);
	if (rc == 0)
		rc = billing_credit_kinds(want.kinds, &kinds);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	change.credit = (struct billing_credit){.id = bh_uuid_is_zero(&want.id) ? bh_uuid_new()
																			: want.id,
		.category = want.category,
		.currency = billing->conf.currency,
		.nanos = want.amount,
		.priority = want.priority,
		.kinds = kinds,
		.note = want.note,
		.given_ms = bh_clock_wall_ms(),
		.expires_ms = want.expires_ms};
	rc = bh_tx_run(req->target_db, give, &change);
	return rc < 0 ? bh_reply_error(req, rc, NULL) : reply_credit(req, 201, &change.credit.id);
}

/* POST /api/tenants/{tenant}/credits/{credit}/void */
int
billing_http_credit_void(struct bh_request *req)
{
	struct change change = {.req = req};
	int rc = bh_request_uuid(req, "credit", &change.credit.id);

	if (rc == 0)
		rc = bh_tx_run(req->target_db, take_back, &change);
	return rc < 0 ? bh_reply_error(req, rc, "credit") : reply_credit(req, 200, &change.credit.id);
}

/* ---- top-ups ---- */

struct shown_top_up {
	struct billing_top_up top_up;
	const char *status;
};

#define AT(member) offsetof(struct shown_top_up, member)

static const struct bh_field top_up_fields[] = {
	{"object", BH_FIELD_CONST, .words = "credit_top_up"},
	{"enabled", BH_FIELD_BOOL, AT(top_up.enabled)},
	{"below", BH_FIELD_MONEY, AT(top_up.below)},
	{"amount", BH_FIELD_MONEY, AT(top_up.amount)},
	{"month_max", BH_FIELD_MONEY, AT(top_up.month_most), BH_NULLABLE,
		.set = BH_SET(struct shown_top_up, top_up.has_most)},
	{"pending_id", BH_FIELD_ID, AT(top_up.intent), BH_NULLABLE},
	{"pending_amount", BH_FIELD_MONEY, AT(top_up.intent_nanos)},
	{"pending_since", BH_FIELD_TIME, AT(top_up.intent_ms), BH_NULLABLE},
	{"status", BH_FIELD_TEXT, AT(status)},
};

#undef AT

const struct bh_shape billing_top_up_shape = BH_SHAPE("BillingTopUp", struct shown_top_up,
	top_up_fields);

#define AT(member) offsetof(struct billing_top_up, member)

static const struct bh_field top_up_set_fields[] = {
	{"enabled", BH_FIELD_BOOL, AT(enabled)},
	{"below", BH_FIELD_MONEY, AT(below), BH_REQUIRED},
	{"amount", BH_FIELD_MONEY, AT(amount), BH_REQUIRED},
	{"month_max", BH_FIELD_MONEY, AT(month_most), BH_NULLABLE,
		.set = BH_SET(struct billing_top_up, has_most)},
};

#undef AT

const struct bh_shape billing_top_up_set_shape = BH_SHAPE("BillingTopUpSet", struct billing_top_up,
	top_up_set_fields);

static const char *
status_of(const struct billing_top_up *top_up)
{
	if (!bh_uuid_is_zero(&top_up->intent))
		return "pending: no payment method collects it";
	return top_up->enabled ? "on" : "off";
}

/* GET /api/billing/top-up, GET /api/tenants/{tenant}/top-up */
int
billing_http_top_up_get(struct bh_request *req)
{
	struct shown_top_up shown = {0};
	int rc = billing_store_top_up_get(req->target_db, &req->target, &shown.top_up);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown.status = status_of(&shown.top_up);
	return bh_reply_object(req, 200, &billing_top_up_shape, &shown);
}

static int
set_top_up(struct bh_db *tx, void *ctx)
{
	const struct change *change = ctx;
	const struct billing *billing = change->req->service;
	int rc = billing_store_top_up_set(tx, &change->req->target, &change->top_up);

	return rc < 0 ? rc : billing_credit_top_up(tx, &change->req->target, billing->conf.currency);
}

/* PUT /api/billing/top-up, PUT /api/tenants/{tenant}/top-up */
int
billing_http_top_up_set(struct bh_request *req)
{
	struct change change = {.req = req, .top_up = {.enabled = true}};
	int rc = bh_request_object(req, &billing_top_up_set_shape, &change.top_up);

	if (rc == 0)
		rc = check_amount("amount", change.top_up.amount);
	if (rc == 0 && change.top_up.below > BILLING_CREDIT_MOST)
		rc = check_amount("below", change.top_up.below);
	if (rc == 0 && change.top_up.has_most)
		rc = check_amount("month_max", change.top_up.month_most);
	if (rc == 0)
		rc = bh_tx_run(req->target_db, set_top_up, &change);
	return rc < 0 ? bh_reply_error(req, rc, NULL) : billing_http_top_up_get(req);
}

static int
collect(struct bh_db *tx, void *ctx)
{
	struct change *change = ctx;

	return billing_credit_collect(tx, &change->req->target, bh_clock_wall_ms(), &change->credit.id);
}

/* POST /api/tenants/{tenant}/top-up/collect: what waits was paid by another way. Answers with the credit. */
int
billing_http_top_up_collect(struct bh_request *req)
{
	struct change change = {.req = req};
	int rc = bh_tx_run(req->target_db, collect, &change);

	return rc < 0 ? bh_reply_error(req, rc, NULL) : reply_credit(req, 201, &change.credit.id);
}
