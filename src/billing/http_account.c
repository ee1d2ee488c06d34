/* SPDX-License-Identifier: Apache-2.0 */
/* http_account.c: a tenant's account in one answer. */
#include "billing/billing.h"
#include "billing/http.h"
#include "billing/store_funds.h"
#include "service/request.h"

struct account {
	const char *currency;
	struct billing_balance funds;
};

#define AT(member) offsetof(struct account, member)

static const struct bh_field account_fields[] = {
	{"object", BH_FIELD_CONST, .words = "billing_account"},
	{"currency", BH_FIELD_TEXT, AT(currency)},
	{"prepaid", BH_FIELD_BOOL, AT(funds.prepaid)},
	{"balance", BH_FIELD_MONEY, AT(funds.balance)},
	{"held", BH_FIELD_MONEY, AT(funds.held)},
	{"owed", BH_FIELD_MONEY, AT(funds.owed)},
};

const struct bh_shape billing_account_shape = BH_SHAPE("BillingAccount", struct account,
	account_fields);

/* GET /api/billing, GET /api/tenants/{tenant}/billing */
int
billing_http_account_get(struct bh_request *req)
{
	const struct billing *billing = req->service;
	struct account account = {.currency = billing->conf.currency};
	int rc = billing_store_balance_get(req->target_db, &req->target, &account.funds);

	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_object(req, 200, &billing_account_shape, &account);
}
