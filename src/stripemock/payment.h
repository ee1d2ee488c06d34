/* SPDX-License-Identifier: Apache-2.0 */
/* payment.h: payment methods that are test cards, and payments with them. */
#ifndef BH_STRIPEMOCK_PAYMENT_H
#define BH_STRIPEMOCK_PAYMENT_H

#include "stripemock/work.h"

/* A payment method by its id, or a new one of a test token ("pm_card_visa"). */
BH_MUST_CHECK int stripemock_payment_method(struct stripemock_work *work, const char *id,
	const char *param, struct stripemock_doc **out);
/* Gives a customer a payment method by its id, or a new one of a test token ("pm_card_visa"). A card that is
 * declined when it is attached: the problem is set and BH_E_INVALID. */
BH_MUST_CHECK int stripemock_payment_attach(struct stripemock_work *work, const char *id,
	struct stripemock_doc *customer, const char *param, struct stripemock_doc **out);
/* The payment method, which must be the customer's. */
BH_MUST_CHECK int stripemock_payment_own(struct stripemock_work *work, const char *id,
	const struct stripemock_doc *customer, const char *param, struct stripemock_doc **out);
/* What a customer (and a subscription; may be NULL) pays with; *out is NULL where there is nothing. */
BH_MUST_CHECK int stripemock_payment_default(struct stripemock_work *work,
	const struct stripemock_doc *customer, const struct stripemock_doc *subscription,
	struct stripemock_doc **out);

/* A new payment of a customer (may be NULL). */
struct stripemock_doc *stripemock_payment_new(struct stripemock_work *work,
	const struct stripemock_doc *customer, int64_t amount, const char *currency);
/* Pays with a method; NULL: there is none. It has succeeded if its status says so. */
BH_MUST_CHECK int stripemock_payment_try(struct stripemock_work *work,
	struct stripemock_doc *intent, struct stripemock_doc *method);
BH_MUST_CHECK int stripemock_payment_cancel(struct stripemock_work *work,
	struct stripemock_doc *intent, const char *reason);
/* The call ends with why the payment failed, and what was written stays. */
void stripemock_payment_problem(struct stripemock_work *work, const struct stripemock_doc *intent);

#endif
