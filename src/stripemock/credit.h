/* SPDX-License-Identifier: Apache-2.0 */
/* credit.h: billing credits: grants, and what of them is used by invoices. */
#ifndef BH_STRIPEMOCK_CREDIT_H
#define BH_STRIPEMOCK_CREDIT_H

#include "stripemock/work.h"

/* Uses the customer's credits for the lines of a draft they apply to, which is made final. */
BH_MUST_CHECK int stripemock_credit_apply(struct stripemock_work *work,
	struct stripemock_doc *invoice);
/* Gives back what an invoice used that is voided. */
BH_MUST_CHECK int stripemock_credit_restore(struct stripemock_work *work,
	struct stripemock_doc *invoice);
/* Its moment has come: it expires. */
BH_MUST_CHECK int stripemock_credit_due(struct stripemock_work *work, struct stripemock_doc *grant);

#endif
