/* SPDX-License-Identifier: Apache-2.0 */
/* http.h: the handlers of the billing service. */
#ifndef BH_BILLING_HTTP_H
#define BH_BILLING_HTTP_H

#include "base/uuid.h"
#include "billing/plan.h"
#include "json/fields.h"

struct bh_request;

/* http_account.c */
int billing_http_account_get(struct bh_request *req);
extern const struct bh_shape billing_account_shape, billing_check_shape;
extern const struct bh_shape billing_stripe_shape, billing_stripe_connect_shape,
	billing_stripe_outbox_shape, billing_stripe_retried_shape;

/* http_usage.c */
int billing_http_usage_sums(struct bh_request *req);
int billing_http_usage_own_sums(struct bh_request *req);
/* Who asks; of a key without an owner, the id of nobody. */
void billing_own_account(const struct bh_request *req, struct bh_uuid *out);
/* http_stripe.c */
int billing_http_stripe_webhook(struct bh_request *req);

/* http_stripe_account.c */
int billing_http_stripe_get(struct bh_request *req);
int billing_http_stripe_put(struct bh_request *req);
int billing_http_stripe_delete(struct bh_request *req);
int billing_http_stripe_outbox(struct bh_request *req);
int billing_http_stripe_retry(struct bh_request *req);

/* http_checkout.c */
int billing_http_checkout_create(struct bh_request *req);
int billing_http_portal_create(struct bh_request *req);
extern const struct bh_shape billing_checkout_create, billing_portal_create, billing_page_shape;
/* http_plan.c */
int billing_http_plan_create(struct bh_request *req);
int billing_http_plan_list(struct bh_request *req);
int billing_http_plan_offered(struct bh_request *req);
int billing_http_plan_get(struct bh_request *req);
int billing_http_plan_revise(struct bh_request *req);
int billing_http_plan_archive(struct bh_request *req);
extern const struct bh_shape billing_plan_body, billing_plan_shape;

/* A plan with its meters as JSON texts. */
struct billing_plan_shown {
	struct billing_plan plan;
	const char *included, *overage;
};
struct billing_plan_shown billing_plan_show(struct bh_arena *arena,
	const struct billing_plan *plan);
enum { BILLING_PLAN_FIELDS = 20 };
extern const struct bh_field billing_plan_fields[BILLING_PLAN_FIELDS];

/* http_subscription.c */
int billing_http_subscription_get(struct bh_request *req);
int billing_http_subscription_list(struct bh_request *req);
int billing_http_subscription_start(struct bh_request *req);
int billing_http_subscription_change(struct bh_request *req);
int billing_http_subscription_pause(struct bh_request *req);
int billing_http_subscription_resume(struct bh_request *req);
int billing_http_subscription_cancel(struct bh_request *req);
int billing_http_subscription_own_change(struct bh_request *req);
int billing_http_subscription_own_cancel(struct bh_request *req);
int billing_http_subscription_own_resume(struct bh_request *req);
extern const struct bh_shape billing_subscription_shape, billing_subscription_start_shape,
	billing_subscription_change_shape, billing_subscription_cancel_shape,
	billing_subscription_own_shape;

/* http_budget.c */
int billing_http_budget_list(struct bh_request *req);
int billing_http_budget_get(struct bh_request *req);
int billing_http_budget_put(struct bh_request *req);
extern const struct bh_shape billing_budget_shape, billing_budget_change_shape;

/* http_team.c */
int billing_http_team_list(struct bh_request *req);
int billing_http_team_create(struct bh_request *req);
int billing_http_team_get(struct bh_request *req);
int billing_http_team_rename(struct bh_request *req);
int billing_http_team_archive(struct bh_request *req);
int billing_http_team_member_list(struct bh_request *req);
int billing_http_team_member_add(struct bh_request *req);
int billing_http_team_member_remove(struct bh_request *req);
extern const struct bh_shape billing_team_shape, billing_team_named_shape,
	billing_team_member_shape;

/* http_event.c */
int billing_http_event_list(struct bh_request *req);
int billing_http_event_own_list(struct bh_request *req);
int billing_http_event_correct(struct bh_request *req);
extern const struct bh_shape billing_event_shape, billing_correct_shape;
/* http_credit.c */
int billing_http_credit_list(struct bh_request *req);
int billing_http_credit_grant(struct bh_request *req);
int billing_http_credit_void(struct bh_request *req);
int billing_http_top_up_get(struct bh_request *req);
int billing_http_top_up_set(struct bh_request *req);
int billing_http_top_up_collect(struct bh_request *req);
extern const struct bh_shape billing_credit_shape, billing_grant_shape, billing_top_up_shape,
	billing_top_up_set_shape;

/* http_invoice.c */
int billing_http_invoice_list(struct bh_request *req);
int billing_http_invoice_get(struct bh_request *req);
int billing_http_invoice_create(struct bh_request *req);
int billing_http_invoice_remove(struct bh_request *req);
int billing_http_invoice_finalize(struct bh_request *req);
int billing_http_invoice_pay(struct bh_request *req);
int billing_http_invoice_void(struct bh_request *req);
int billing_http_invoice_write_off(struct bh_request *req);
int billing_http_invoice_credit(struct bh_request *req);
extern const struct bh_shape billing_invoice_shape, billing_invoice_detail_shape,
	billing_invoice_new_shape, billing_invoice_pay_shape, billing_invoice_credit_shape;

/* http_owed.c */
int billing_http_owed_list(struct bh_request *req);
extern const struct bh_shape billing_owed_shape;

/* http_invoice_pdf.c */
int billing_http_invoice_pdf(struct bh_request *req);

/* http_profile.c */
int billing_http_profile_get(struct bh_request *req);
int billing_http_profile_set(struct bh_request *req);
int billing_http_profile_confirm(struct bh_request *req);
int billing_http_tax_list(struct bh_request *req);
int billing_http_tax_set(struct bh_request *req);
extern const struct bh_shape billing_profile_shape, billing_confirm_shape, billing_tax_shape;

/* http_check.c */
int billing_http_check(struct bh_request *req);
/* http_price.c */
int billing_http_price_list(struct bh_request *req);
int billing_http_price_set(struct bh_request *req);
int billing_http_price_import(struct bh_request *req);
extern const struct bh_shape billing_price_shape, billing_price_set_shape,
	billing_price_import_shape, billing_price_imported_shape;

/* http_notice.c */
int billing_http_notice_list(struct bh_request *req);
int billing_http_endpoint_get(struct bh_request *req);
int billing_http_endpoint_put(struct bh_request *req);
int billing_http_endpoint_rotate(struct bh_request *req);
extern const struct bh_shape billing_notice_shape, billing_endpoint_shape,
	billing_endpoint_new_shape;

#endif
