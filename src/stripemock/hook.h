/* SPDX-License-Identifier: Apache-2.0 */
/* hook.h: webhook endpoints: their secrets and signatures. */
#ifndef BH_STRIPEMOCK_HOOK_H
#define BH_STRIPEMOCK_HOOK_H

#include "base/buf.h"
#include "stripemock/stripemock.h"
#include "stripemock/value.h"

/* The secret of an endpoint. Those of the platform's own services ("unix:…") share the account's, which the operator can
 * read; the others' are derived. Each rotation (its `_turn`) makes another one. */
void stripemock_hook_secret(const struct stripemock *mock, const struct stripemock_value *endpoint,
	int64_t turn, char out[STRIPEMOCK_KEY]);

/* The header Stripe-Signature: "t=…,v1=…", for one secret, and a second v1 for the other one unless it is NULL. */
void stripemock_hook_sign(struct bh_buf *out, int64_t now_s, const char *secret,
	const char *old_secret, const char *body, size_t len);

#endif
