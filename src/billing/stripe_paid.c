/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_paid.c: a paid invoice at Stripe pays ours, or gives the credit that was asked for. */
#include "billing/stripe_paid.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "billing/billing.h"
#include "billing/credit.h"
#include "billing/dunning.h"
#include "billing/invoice.h"
#include "billing/invoice_part.h"
#include "billing/store_refund.h"
#include "billing/stripe_amount.h"
#include "billing/stripe_refund.h"

/* What is left of it is paid, and what came too much, for it was paid in another way, credited or void meanwhile, is
 * owed back. The same payment again finds what it did. */
static int
pay_invoice(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *reference, int64_t nanos)
{
	struct billing_invoice invoice;
	int64_t taken = 0;
	int rc = billing_store_invoice_lock(tx, tenant, id, &invoice);

	if (rc == 0)
		rc = billing_store_payment_nanos(tx, tenant, reference, &taken);
	if (rc == 0 && taken == 0 && billing_invoice_account(&invoice) >= 0) {
		taken = billing_invoice_left(&invoice) < nanos ? billing_invoice_left(&invoice) : nanos;
		rc = taken > 0 ? billing_invoice_pay(tx, tenant, id, reference, taken) : 0;
	}
	if (rc < 0 || taken >= nanos)
		return rc;
	return stripe_refund_surplus(tx, tenant, &invoice, reference, nanos - taken);
}

/* Paid by whatever Stripe took for it: a card, the customer's balance there, or what the operator says. */
static int
amount_of(const struct bh_json *invoice, const char *ours, int64_t *out_nanos)
{
	const char *theirs = bh_json_get_string(invoice, "currency");
	char currency[4];

	stripe_currency(ours, currency);
	if (theirs == NULL || strcmp(theirs, currency) != 0)
		return bh_error(BH_E_INVALID, "the invoice at Stripe is not in %s", ours);
	*out_nanos = stripe_minor_nanos(bh_json_get_int(invoice, "total", 0), ours);
	return 0;
}

int
stripe_paid(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_json *invoice,
	const struct billing *billing)
{
	const struct bh_json *metadata = bh_json_get(invoice, "metadata");
	const char *kind = bh_json_get_string(metadata, "kind");
	const char *ours = bh_json_get_string(metadata, "id");
	const char *theirs = bh_json_get_string(invoice, "id");
	const char *status = bh_json_get_string(invoice, "status");
	int64_t nanos = 0;
	struct bh_uuid id;
	int rc;

	if (kind == NULL || ours == NULL || theirs == NULL || status == NULL ||
		bh_uuid_parse(ours, &id) < 0)
		return 0; /* somebody made it at Stripe */
	if (strcmp(status, "paid") != 0)
		return 0;
	rc = amount_of(invoice, billing->conf.currency, &nanos);
	if (rc < 0 || nanos <= 0)
		return rc;
	if (strcmp(kind, "top_up") == 0)
		return billing_credit_collected(tx, tenant, &id, nanos, billing->conf.currency,
			bh_clock_wall_ms());
	if (strcmp(kind, "invoice") != 0)
		return 0;
	rc = pay_invoice(tx, tenant, &id, theirs, nanos);
	/* Whoever pays the last one is served again at once. */
	return rc < 0 ? rc : billing_dunning_update(tx, tenant, billing->conf.suspend_days, NULL);
}
