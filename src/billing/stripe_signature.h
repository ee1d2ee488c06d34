/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_signature.h: whether a webhook is Stripe's.
 * Source: Stripe's documentation, "Verify webhook signatures manually": header
 * `Stripe-Signature: t=<Unix seconds>,v1=<hex>[,v1=<hex>…]`, HMAC-SHA256 over "t.body" with the
 * endpoint's secret as text. */
#ifndef BH_BILLING_STRIPE_SIGNATURE_H
#define BH_BILLING_STRIPE_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

/* Seconds that a signature may be old, or ahead. */
enum { STRIPE_TOLERANCE_S = 300 };

/* One of the secrets (while one rotates there are two) signed these very bytes, now_s is within the
 * tolerance of when. BH_E_INVALID with a detail otherwise. A header of more than 32 parts or 4,096 bytes is
 * refused. Takes the same time whichever signature is right. */
BH_MUST_CHECK int stripe_signature_check(const char *header, const char *const *secrets,
	size_t n_secrets, const void *body, size_t len, int64_t now_s);

#endif
