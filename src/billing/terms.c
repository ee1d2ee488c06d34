/* SPDX-License-Identifier: Apache-2.0 */
/* terms.c: gathers the terms of invoices. */
#include "billing/terms.h"

#include <string.h>

#include "billing/store_invoice.h"

/* The tenant's own rates come first. */
static int
read_rates(struct bh_db *db, const struct bh_uuid *tenant, struct billing_tax_book *out)
{
	struct bh_db platform = bh_db_as(db, &bh_platform_tenant);
	struct billing_tax_rate *own = NULL, *common = NULL, *all;
	size_t n_own = 0, n_common = 0;
	int rc = billing_store_tax_list(db, tenant, &own, &n_own);

	if (rc == 0 && !bh_uuid_equal(tenant, &bh_platform_tenant))
		rc = billing_store_tax_list(&platform, &bh_platform_tenant, &common, &n_common);
	if (rc < 0)
		return rc;
	all = bh_arena_array(db->arena, n_own + n_common + 1, sizeof(*all));
	if (n_own > 0)
		memcpy(all, own, n_own * sizeof(*all));
	if (n_common > 0)
		memcpy(all + n_own, common, n_common * sizeof(*all));
	*out = (struct billing_tax_book){all, n_own + n_common};
	return 0;
}

int
billing_terms_read(const struct billing *billing, struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_terms *out)
{
	const struct billing_conf *conf = &billing->conf;
	struct billing_terms terms = {.currency = conf->currency,
		.seller = {conf->seller_name, conf->seller_address, conf->seller_country,
			conf->seller_vat_id, conf->seller_email},
		.prefix = conf->invoice_prefix,
		.note_prefix = conf->credit_note_prefix,
		.payment_days = conf->payment_days};
	int rc = read_rates(db, tenant, &terms.tax);

	if (rc == 0)
		*out = terms;
	return rc;
}
