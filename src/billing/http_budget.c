/* SPDX-License-Identifier: Apache-2.0 */
/* http_budget.c: budgets. The operator sets the tenant's own; its administrators set those of its teams, users
 * and keys. */
#include <string.h>

#include "billing/billing.h"
#include "billing/http.h"
#include "billing/store_budget.h"
#include "service/list.h"
#include "service/request.h"

struct shown {
	struct billing_budget budget;
	const char *currency;
};

#define AT(member) offsetof(struct shown, budget.member)

static const struct bh_field budget_fields[] = {
	{"id", BH_FIELD_ID, AT(id)},
	{"object", BH_FIELD_CONST, .words = "budget"},
	{"kind", BH_FIELD_TEXT, AT(kind)},
	{"name", BH_FIELD_TEXT, AT(name), BH_NULLABLE},
	{"currency", BH_FIELD_TEXT, offsetof(struct shown, currency)},
	{"day", BH_FIELD_MONEY, AT(day), BH_NULLABLE, .set = BH_SET(struct shown, budget.has_day)},
	{"month", BH_FIELD_MONEY, AT(month), BH_NULLABLE,
		.set = BH_SET(struct shown, budget.has_month)},
	{"total", BH_FIELD_MONEY, AT(total), BH_NULLABLE,
		.set = BH_SET(struct shown, budget.has_total)},
	{"day_spent", BH_FIELD_MONEY, AT(day_spent)},
	{"month_spent", BH_FIELD_MONEY, AT(month_spent)},
	{"total_spent", BH_FIELD_MONEY, AT(total_spent)},
	{"reserved", BH_FIELD_MONEY, AT(reserved)},
	{"day_ends_at", BH_FIELD_TIME, AT(day_ends_ms)},
	{"month_ends_at", BH_FIELD_TIME, AT(month_ends_ms)},
	{"thresholds", BH_FIELD_JSON, AT(thresholds)},
};

#undef AT

const struct bh_shape billing_budget_shape = BH_SHAPE("Budget", struct shown, budget_fields);

#define AT(member) offsetof(struct billing_budget_change, member)
#define SET(member) BH_SET(struct billing_budget_change, member)

static const struct bh_field percent_row = {"", BH_FIELD_INT, .least = 1, .most = 100};

static const struct bh_field change_fields[] = {
	{"day", BH_FIELD_MONEY, AT(day), BH_NULL_IS_VALUE, .set = SET(sets_day)},
	{"month", BH_FIELD_MONEY, AT(month), BH_NULL_IS_VALUE, .set = SET(sets_month)},
	{"total", BH_FIELD_MONEY, AT(total), BH_NULL_IS_VALUE, .set = SET(sets_total)},
	{"thresholds", BH_FIELD_ARRAY, AT(thresholds), 0, 1, BILLING_THRESHOLDS_MAX,
		BH_ELEMENTS(struct billing_budget_change, thresholds, n_thresholds, &percent_row)},
};

#undef AT
#undef SET

const struct bh_shape billing_budget_change_shape = BH_SHAPE("BudgetChange",
	struct billing_budget_change, change_fields);

static const struct bh_paging paging = {20, 100, "after", NULL};

/* GET /api/budgets, GET /api/tenants/{tenant}/budgets */
int
billing_http_budget_list(struct bh_request *req)
{
	const struct billing *billing = req->service;
	struct billing_budget *budgets = NULL;
	const char *kind = NULL;
	bool all = false;
	struct shown *shown;
	struct bh_page page;
	size_t n = 0;
	int rc = bh_list_page(req, &paging, &page);

	if (rc == 0)
		rc = bh_request_query_text(req, "kind", &kind);
	if (rc == 0)
		rc = bh_request_query_bool(req, "all", &all);
	if (rc == 0 && kind != NULL && billing_owner_kind(kind) == NULL)
		rc = bh_error_param(BH_E_INVALID, "kind", "'kind' must be tenant, team, user or key.");
	if (rc == 0)
		rc = billing_store_budget_list(req->target_db, &req->target, kind, all, &page.after,
			page.limit + 1, &budgets, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = bh_arena_array(req->arena, n + 1, sizeof(*shown));
	for (size_t i = 0; i < n; i++)
		shown[i] = (struct shown){budgets[i], billing->conf.currency};
	return bh_reply_page(req, &billing_budget_shape, &page, shown, n);
}

/* Whose budget the path names. One of another tenant is as one that does not exist. */
static int
find_owner(struct bh_request *req, struct billing_owner *out)
{
	struct billing_owner owner = {.kind = billing_owner_kind(bh_request_param(req, "kind"))};
	bool exists = false;
	int rc = owner.kind == NULL ? BH_E_NOT_FOUND : bh_request_uuid(req, "id", &owner.id);

	if (rc == 0)
		rc = billing_store_owner_exists(req->target_db, &req->target, &owner, &exists);
	if (rc == 0 && !exists)
		rc = BH_E_NOT_FOUND;
	if (rc == 0)
		*out = owner;
	return rc;
}

static int
reply_budget(struct bh_request *req, const struct billing_owner *owner)
{
	const struct billing *billing = req->service;
	struct shown shown = {.currency = billing->conf.currency};
	int rc = billing_store_budget_get(req->target_db, &req->target, owner, &shown.budget);

	return rc < 0 ? bh_reply_error(req, rc, NULL)
				  : bh_reply_object(req, 200, &billing_budget_shape, &shown);
}

/* GET /api/budgets/{kind}/{id}, GET /api/tenants/{tenant}/budgets/{kind}/{id} */
int
billing_http_budget_get(struct bh_request *req)
{
	struct billing_owner owner;
	int rc = find_owner(req, &owner);

	return rc < 0 ? bh_reply_error(req, rc, "id") : reply_budget(req, &owner);
}

/* Nobody lifts what binds them: the tenant's own budget is the operator's, and no key sets its own or its
 * owner's or team's, nor that of a key above it. */
static int
may_set(struct bh_request *req, const struct billing_owner *owner)
{
	bool above = false;
	int rc = 0;

	if ((req->route->flags & BH_ROUTE_OPERATOR) != 0)
		return 0;
	if (strcmp(owner->kind, "tenant") == 0)
		return bh_error(BH_E_FORBIDDEN,
			"The tenant's own budget is set by the platform's operator.");
	if (strcmp(req->claims.client, "api_key") == 0 &&
		(bh_uuid_equal(&owner->id, &req->claims.subject) ||
			bh_uuid_equal(&owner->id, &req->claims.team)))
		above = true;
	else if (strcmp(req->claims.client, "api_key") == 0)
		rc = billing_store_budget_above(req->db, &req->tenant, &req->claims.session, &owner->id,
			&above);
	if (rc == 0 && above)
		rc = bh_error(BH_E_FORBIDDEN,
			"An API key cannot change its own budget, nor that of the keys above it, its user or "
			"team.");
	return rc;
}

/* PUT /api/budgets/{kind}/{id}, PUT /api/tenants/{tenant}/budgets/{kind}/{id}: what is absent stays as it
 * is; null takes a limit away. */
int
billing_http_budget_put(struct bh_request *req)
{
	struct billing_budget_change change = {BILLING_BUDGET_NONE, BILLING_BUDGET_NONE,
		BILLING_BUDGET_NONE};
	struct billing_owner owner;
	int rc = find_owner(req, &owner);

	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	rc = may_set(req, &owner);
	if (rc == 0)
		rc = bh_request_object(req, &billing_budget_change_shape, &change);
	if (rc == 0)
		rc = billing_budget_check(&change);
	if (rc == 0)
		rc = billing_store_budget_set(req->target_db, &req->target, &owner, &change);
	if (rc < 0 && rc != BH_E_EMPTY)
		return bh_reply_error(req, rc, NULL);
	bh_audit_text(&req->audit, "owner_kind", owner.kind);
	bh_audit_uuid(&req->audit, "owner_id", &owner.id);
	return reply_budget(req, &owner);
}
