/* SPDX-License-Identifier: Apache-2.0 */
/* entitlement.h: the features that a customer's subscriptions give. */
#ifndef BH_STRIPEMOCK_ENTITLEMENT_H
#define BH_STRIPEMOCK_ENTITLEMENT_H

#include "stripemock/work.h"

/* Brings the customer's entitlements in line with the subscriptions; tells in an event if they have changed. */
BH_MUST_CHECK int stripemock_entitlement_refresh(struct stripemock_work *work,
	const struct stripemock_doc *customer);

#endif
