/* SPDX-License-Identifier: Apache-2.0 */
/* checkout.h: checkout sessions: what is bought on a page, and what comes of paying there. */
#ifndef BH_STRIPEMOCK_CHECKOUT_H
#define BH_STRIPEMOCK_CHECKOUT_H

#include "stripemock/work.h"

/* Its moment has come, or it is ended. */
BH_MUST_CHECK int stripemock_checkout_expire(struct stripemock_work *work,
	struct stripemock_doc *session);
/* Somebody pays with a test card. *out_paid is false when it was declined; the session stays open. */
BH_MUST_CHECK int stripemock_checkout_pay(struct stripemock_work *work,
	struct stripemock_doc *session, const char *card, bool *out_paid);
/* Where its page leads: the address with {CHECKOUT_SESSION_ID} replaced; NULL: nowhere. */
const char *stripemock_checkout_url(struct stripemock_work *work,
	const struct stripemock_doc *session, const char *member);

#endif
