/* SPDX-License-Identifier: Apache-2.0 */
/* http.h: the handlers of the billing service. */
#ifndef BH_BILLING_HTTP_H
#define BH_BILLING_HTTP_H

struct bh_request;
struct bh_shape;

/* http_account.c */
int billing_http_account_get(struct bh_request *req);
extern const struct bh_shape billing_account_shape;

/* http_usage.c */
int billing_http_usage_sums(struct bh_request *req);
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

#endif
