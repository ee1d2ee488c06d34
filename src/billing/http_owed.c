/* SPDX-License-Identifier: Apache-2.0 */
/* http_owed.c: the invoices of all tenants, for the platform's staff: who owes what. */
#include <string.h>

#include "base/text.h"
#include "billing/http.h"
#include "billing/invoice.h"
#include "billing/store_owed.h"
#include "service/list.h"
#include "service/request.h"

#define STATES "draft open paid void uncollectible"

static const struct bh_paging paging = {25, 100, "after", NULL};

static int64_t
left_of(const void *row)
{
	return billing_invoice_left(&((const struct billing_owed *)row)->invoice);
}

static int64_t
is_past_due(const void *row)
{
	const struct billing_invoice *invoice = &((const struct billing_owed *)row)->invoice;

	return invoice->past_due_ms != 0 && strcmp(invoice->status, "open") == 0;
}

#define AT(member) offsetof(struct billing_owed, member)

static const struct bh_field owed_fields[] = {
	{"id", BH_FIELD_ID, AT(invoice.id)},
	{"object", BH_FIELD_CONST, .words = "platform.invoice"},
	{"tenant_id", BH_FIELD_ID, AT(tenant)},
	{"tenant_name", BH_FIELD_TEXT, AT(tenant_name), BH_NULLABLE},
	{"number", BH_FIELD_TEXT, AT(invoice.number), BH_NULLABLE},
	{"state", BH_FIELD_CHOICE, AT(invoice.status), .words = STATES},
	{"past_due", BH_FIELD_BOOL, .number_of = is_past_due},
	{"currency", BH_FIELD_TEXT, AT(invoice.currency)},
	{"total", BH_FIELD_MONEY, AT(invoice.total)},
	{"amount_due", BH_FIELD_MONEY, AT(invoice.due)},
	{"amount_remaining", BH_FIELD_MONEY, .number_of = left_of},
	{"created_at", BH_FIELD_TIME, AT(invoice.created_ms)},
	{"finalized_at", BH_FIELD_TIME, AT(invoice.finalized_ms), BH_NULLABLE},
	{"due_at", BH_FIELD_TIME, AT(invoice.due_ms), BH_NULLABLE},
};

#undef AT

const struct bh_shape billing_owed_shape = BH_SHAPE("PlatformInvoice", struct billing_owed,
	owed_fields);

/* GET /api/platform/invoices?state= */
int
billing_http_owed_list(struct bh_request *req)
{
	struct billing_owed *owed = NULL;
	const char *state = "open";
	struct bh_slice slice;
	struct bh_page page;
	size_t n = 0;
	int rc = bh_list_page(req, &paging, &page);

	if (rc == 0)
		rc = bh_request_query_text(req, "state", &state);
	if (rc == 0 && !bh_text_has_word(STATES, state))
		rc = bh_error_param(BH_E_INVALID, "state", "'state' must be one of " STATES ".");
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	slice = bh_list_slice(&page);
	rc = billing_store_owed_list(req->db, &req->tenant, state, &slice.high, slice.limit, &owed, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_page(req, &billing_owed_shape, &page, owed, n);
}
