/* SPDX-License-Identifier: Apache-2.0 */
/* http_check.c: the proof of a tenant's books, for the operator. */
#include "base/log.h"
#include "billing/billing.h"
#include "billing/check.h"
#include "billing/http.h"
#include "billing/prove.h"
#include "service/request.h"

struct shown {
	struct bh_uuid tenant;
	const char *currency;
	struct billing_proof proof;
	bool ok;
};

#define AT(member) offsetof(struct shown, member)
#define ROW(member) offsetof(struct billing_mismatch, member)

static const struct bh_field mismatch_fields[] = {
	{"check", BH_FIELD_TEXT, ROW(check)},
	{"subject", BH_FIELD_TEXT, ROW(subject)},
	{"expected", BH_FIELD_INT, ROW(expected)},
	{"found", BH_FIELD_INT, ROW(found)},
};
static const struct bh_field mismatch_row = {.type = BH_FIELD_OBJECT, BH_FIELDS(mismatch_fields)};

static const struct bh_field check_fields[] = {
	{"object", BH_FIELD_CONST, .words = "billing_check"},
	{"tenant_id", BH_FIELD_ID, AT(tenant)},
	{"ok", BH_FIELD_BOOL, AT(ok)},
	{"currency", BH_FIELD_TEXT, AT(currency)},
	{"balance", BH_FIELD_MONEY, AT(proof.balance)},
	{"unbilled", BH_FIELD_MONEY, AT(proof.unbilled)},
	{"open_invoices", BH_FIELD_MONEY, AT(proof.open_invoices)},
	{"mismatches", BH_FIELD_ARRAY, AT(proof.mismatches),
		BH_ELEMENTS(struct shown, proof.mismatches, proof.n_mismatches, &mismatch_row)},
};

#undef AT
#undef ROW

const struct bh_shape billing_check_shape = BH_SHAPE("BillingCheck", struct shown, check_fields);

/* POST /api/tenants/{tenant}/billing/check */
int
billing_http_check(struct bh_request *req)
{
	struct billing *billing = req->service;
	struct shown shown = {.tenant = req->target, .currency = billing->conf.currency};
	int rc = billing_prove(billing, req->target_db, &req->target, 0, &shown.proof);

	shown.ok = shown.proof.n_mismatches == 0;
	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_object(req, 200, &billing_check_shape, &shown);
}
