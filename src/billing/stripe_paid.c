/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_paid.c: a paid invoice at Stripe pays ours, or gives the credit that was asked for. */
#include "billing/stripe_paid.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "billing/credit.h"
#include "billing/invoice.h"
#include "billing/stripe_amount.h"

static int
pay_invoice(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *reference, int64_t nanos)
{
	int rc = billing_invoice_pay(tx, tenant, id, reference, nanos);

	/* Paid in another way meanwhile: the money is here all the same, and somebody has to give it back. */
	if (rc == BH_E_STATE || rc == BH_E_INVALID) {
		bh_log(BH_LOG_ERROR,
			"Stripe collected %s for an invoice that was not open any more: refund it there",
			reference);
		return 0;
	}
	return rc;
}

int
stripe_paid(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_json *invoice,
	const char *currency)
{
	const struct bh_json *metadata = bh_json_get(invoice, "metadata");
	const char *kind = bh_json_get_string(metadata, "kind");
	const char *ours = bh_json_get_string(metadata, "id");
	const char *theirs = bh_json_get_string(invoice, "id");
	const char *status = bh_json_get_string(invoice, "status");
	int64_t amount = bh_json_get_int(invoice, "amount_paid", 0);
	struct bh_uuid id;
	int64_t nanos;

	if (kind == NULL || ours == NULL || theirs == NULL || status == NULL ||
		bh_uuid_parse(ours, &id) < 0)
		return 0; /* somebody made it at Stripe */
	if (strcmp(status, "paid") != 0 || amount <= 0)
		return 0;
	nanos = stripe_minor_nanos(amount, currency);
	if (strcmp(kind, "invoice") == 0)
		return pay_invoice(tx, tenant, &id, theirs, nanos);
	if (strcmp(kind, "top_up") == 0)
		return billing_credit_collected(tx, tenant, &id, nanos, currency, bh_clock_wall_ms());
	return 0;
}
