/* SPDX-License-Identifier: Apache-2.0 */
/* http_across.c: all tenants and their mail, for the platform's staff; what mail says is for the operator alone. */
#include "auth/routes.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/store_platform.h"
#include "base/text.h"
#include "service/request.h"

#define TEXT_MOST 128
#define MAIL_STATES "pending sent dead local"

static const struct bh_paging paging = {25, 100, "after", NULL};

/* ---- tenants ---- */

#define AT(member) offsetof(struct auth_tenant_figures, member)

static const struct bh_field tenant_fields[] = {
	{"id", BH_FIELD_ID, AT(id)},
	{"object", BH_FIELD_CONST, .words = "platform.tenant"},
	{"name", BH_FIELD_TEXT, AT(name)},
	{"state", BH_FIELD_TEXT, AT(state)},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
	{"plan", BH_FIELD_TEXT, AT(plan), BH_NULLABLE},
	{"members", BH_FIELD_INT, AT(members)},
	{"month_spent", BH_FIELD_MONEY, AT(month_spent)},
	{"requests_today", BH_FIELD_INT, AT(requests_today)},
};

#undef AT

const struct bh_shape auth_platform_tenant_shape = BH_SHAPE("PlatformTenant",
	struct auth_tenant_figures, tenant_fields);

static int
read_order(struct bh_request *req, struct auth_tenant_order *out)
{
	struct auth_tenant_order read = {.sort = "name"};
	const char *order = "asc";
	int rc = bh_request_query_text(req, "sort", &read.sort);

	if (rc == 0)
		rc = bh_request_query_text(req, "order", &order);
	if (rc == 0)
		rc = bh_request_query_text(req, "text", &read.text);
	if (rc < 0)
		return rc;
	if (!bh_text_has_word(AUTH_TENANT_SORTS, read.sort))
		return bh_error_param(BH_E_INVALID, "sort", "'sort' must be one of " AUTH_TENANT_SORTS ".");
	if (strcmp(order, "asc") != 0 && strcmp(order, "desc") != 0)
		return bh_error_param(BH_E_INVALID, "order", "'order' must be asc or desc.");
	if (read.text != NULL && strlen(read.text) > TEXT_MOST)
		return bh_error_param(BH_E_RANGE, "text", "'text' must have at most %d bytes.", TEXT_MOST);
	read.descending = strcmp(order, "desc") == 0;
	*out = read;
	return 0;
}

/* GET /api/platform/tenants: a page of all tenants with their figures. */
int
auth_http_platform_tenants(struct bh_request *req)
{
	struct auth_tenant_figures *tenants = NULL;
	struct auth_tenant_order order;
	struct bh_page page;
	size_t n = 0;
	int rc = bh_list_page(req, &paging, &page);

	if (rc == 0)
		rc = read_order(req, &order);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	order.after = page.after;
	rc = auth_store_platform_tenants(req->db, &req->tenant, &order, page.limit + 1, &tenants, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_page(req, &auth_platform_tenant_shape, &page, tenants, n);
}

/* ---- mail ---- */

#define AT(member) offsetof(struct auth_mail_told, member)

static const struct bh_field mail_fields[] = {
	{"id", BH_FIELD_ID, AT(id)},
	{"object", BH_FIELD_CONST, .words = "platform.mail"},
	{"tenant_id", BH_FIELD_ID, AT(tenant)},
	{"tenant_name", BH_FIELD_TEXT, AT(tenant_name), BH_NULLABLE},
	{"kind", BH_FIELD_TEXT, AT(kind)},
	{"recipient", BH_FIELD_TEXT, AT(recipient)},
	{"state", BH_FIELD_CHOICE, AT(state), .words = MAIL_STATES},
	{"error", BH_FIELD_TEXT, AT(error), BH_NULLABLE},
	{"attempts", BH_FIELD_INT, AT(attempts)},
	{"created_at", BH_FIELD_TIME, AT(created_ms)},
	{"expires_at", BH_FIELD_TIME, AT(expires_ms)},
};

#undef AT

const struct bh_shape auth_platform_mail_shape = BH_SHAPE("PlatformMail", struct auth_mail_told,
	mail_fields);

/* GET /api/platform/outbox?state= */
int
auth_http_platform_outbox(struct bh_request *req)
{
	struct auth_mail_told *mails = NULL;
	const char *state = "pending";
	struct bh_slice slice;
	struct bh_page page;
	size_t n = 0;
	int rc = bh_list_page(req, &paging, &page);

	if (rc == 0)
		rc = bh_request_query_text(req, "state", &state);
	if (rc == 0 && !bh_text_has_word(MAIL_STATES, state))
		rc = bh_error_param(BH_E_INVALID, "state", "'state' must be one of " MAIL_STATES ".");
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	slice = bh_list_slice(&page);
	rc = auth_store_platform_mails(req->db, &req->tenant, state, &slice.high, slice.limit, &mails,
		&n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return bh_reply_page(req, &auth_platform_mail_shape, &page, mails, n);
}
