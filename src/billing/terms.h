/* SPDX-License-Identifier: Apache-2.0 */
/* terms.h: what the settings and the table of tax rates say of a tenant's invoices. */
#ifndef BH_BILLING_TERMS_H
#define BH_BILLING_TERMS_H

#include "billing/billing.h"
#include "billing/invoice.h"

/* Reads the platform's rates too, which the tenant's context does not see: call it before the transaction. */
BH_MUST_CHECK int billing_terms_read(const struct billing *billing, struct bh_db *db,
	const struct bh_uuid *tenant, struct billing_terms *out);

#endif
