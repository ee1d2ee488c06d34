/* SPDX-License-Identifier: Apache-2.0 */
/* http_checkout.c: the two pages of Stripe that a tenant's owner is sent to. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "billing/billing.h"
#include "billing/http.h"
#include "billing/store_plan.h"
#include "billing/stripe.h"
#include "billing/stripe_page.h"
#include "billing/subscription_own.h"
#include "service/request.h"

enum { URL_MOST = 2000 };

struct checkout {
	const char *plan, *success_url, *cancel_url, *return_url;
};

#define AT(member) offsetof(struct checkout, member)

static const struct bh_field checkout_fields[] = {
	{"plan", BH_FIELD_TEXT, AT(plan), BH_REQUIRED, 1, 64},
	{"success_url", BH_FIELD_TEXT, AT(success_url), BH_REQUIRED, 1, URL_MOST},
	{"cancel_url", BH_FIELD_TEXT, AT(cancel_url), BH_REQUIRED, 1, URL_MOST},
};

static const struct bh_field portal_fields[] = {
	{"return_url", BH_FIELD_TEXT, AT(return_url), BH_REQUIRED, 1, URL_MOST},
};

#undef AT

const struct bh_shape billing_checkout_create = BH_SHAPE("BillingCheckoutCreate", struct checkout,
	checkout_fields);
const struct bh_shape billing_portal_create = BH_SHAPE("BillingPortalCreate", struct checkout,
	portal_fields);

struct page {
	const char *url;
	bool livemode;
};

static const struct bh_field page_fields[] = {
	{"object", BH_FIELD_CONST, .words = "billing_page"},
	{"url", BH_FIELD_TEXT, offsetof(struct page, url)},
	{"livemode", BH_FIELD_BOOL, offsetof(struct page, livemode)},
};

const struct bh_shape billing_page_shape = BH_SHAPE("BillingPage", struct page, page_fields);

/* Where Stripe sends the browser afterwards: a page, not a script. */
static int
check_url(const char *name, const char *url)
{
	if ((!bh_text_starts(url, "https://") && !bh_text_starts(url, "http://")) ||
		!bh_text_is_plain(url) || strpbrk(url, " \"<>\\^`{|}") != NULL)
		return bh_error_param(BH_E_INVALID, name, "The URL must begin with https:// or http://.");
	return 0;
}

/* What Stripe refuses is no fault of the caller's. */
static int
blame(int rc)
{
	if (rc >= 0 || rc == BH_E_UNAVAILABLE || rc == BH_E_POOL || rc == BH_E_DB_DOWN)
		return rc;
	return bh_error(BH_E_INTERNAL, "%s", bh_error_detail(rc));
}

static int
reply_page(struct bh_request *req, int rc, const struct stripe *stripe, const char *url)
{
	const struct page page = {.url = url, .livemode = stripe->livemode};

	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_object(req, 200, &billing_page_shape, &page);
}

static int
find_plan(struct bh_request *req, const char *name, struct billing_plan *out)
{
	int rc = billing_store_plan_get(req->db, NULL, name, out);

	/* One that is not public answers like one that is not there. */
	if (rc == BH_E_NOT_FOUND || (rc == 0 && (out->archived_ms != 0 || !out->is_public)))
		return bh_error_param(BH_E_INVALID, "plan", "There is no such plan.");
	return rc;
}

/* POST /api/billing/checkout */
int
billing_http_checkout_create(struct bh_request *req)
{
	BH_AUTO(stripe_close) struct stripe stripe = {0};
	struct checkout body = {0};
	struct billing_plan plan = {0};
	const char *url = NULL;
	int rc = bh_request_object(req, &billing_checkout_create, &body);

	if (rc == 0)
		rc = check_url("success_url", body.success_url);
	if (rc == 0)
		rc = check_url("cancel_url", body.cancel_url);
	if (rc == 0)
		rc = find_plan(req, body.plan, &plan);
	if (rc == 0)
		rc = billing_subscription_own_check(req->db, &req->tenant);
	if (rc == 0)
		rc = stripe_open(req->service, req->db, NULL, &stripe);
	if (rc == 0)
		rc = blame(stripe_checkout(&stripe, req->db, &req->tenant, &plan,
			&(struct stripe_pages){body.success_url, body.cancel_url}, req->request_id, &url));
	return reply_page(req, rc, &stripe, url);
}

/* POST /api/billing/portal */
int
billing_http_portal_create(struct bh_request *req)
{
	BH_AUTO(stripe_close) struct stripe stripe = {0};
	struct checkout body = {0};
	const char *url = NULL;
	int rc = bh_request_object(req, &billing_portal_create, &body);

	if (rc == 0)
		rc = check_url("return_url", body.return_url);
	if (rc == 0)
		rc = stripe_open(req->service, req->db, NULL, &stripe);
	if (rc == 0)
		rc = blame(stripe_portal(&stripe, req->db, &req->tenant, body.return_url, &url));
	return reply_page(req, rc, &stripe, url);
}
