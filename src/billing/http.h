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

#endif
