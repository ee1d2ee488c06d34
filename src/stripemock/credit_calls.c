/* SPDX-License-Identifier: Apache-2.0 */
/* credit_calls.c: the calls on credit grants, the balance and its transactions. */
#include <string.h>

#include "base/arena.h"
#include "stripemock/credit.h"
#include "stripemock/operation.h"

const struct stripemock_param credit_grant_create_params[] = {
	{"customer", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"amount.type", STRIPEMOCK_CHOICE, STRIPEMOCK_REQUIRED, "monetary"},
	{"amount.monetary.currency", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"amount.monetary.value", STRIPEMOCK_INT, STRIPEMOCK_REQUIRED},
	{"applicability_config.scope.price_type", STRIPEMOCK_CHOICE, 0, "metered"},
	{"applicability_config.scope.prices[].id", STRIPEMOCK_TEXT},
	{"category", STRIPEMOCK_CHOICE, 0, "paid promotional"},
	{"effective_at", STRIPEMOCK_INT},
	{"expires_at", STRIPEMOCK_INT},
	{"metadata", STRIPEMOCK_MAP},
	{"name", STRIPEMOCK_TEXT},
	{"priority", STRIPEMOCK_INT},
	{0},
};

const struct stripemock_param credit_grant_update_params[] = {
	{"expires_at", STRIPEMOCK_INT, STRIPEMOCK_EMPTY},
	{"metadata", STRIPEMOCK_MAP},
	{0},
};

const struct stripemock_param credit_summary_params[] = {
	{"customer", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"filter.type", STRIPEMOCK_CHOICE, STRIPEMOCK_REQUIRED, "applicability_scope credit_grant"},
	{"filter.credit_grant", STRIPEMOCK_TEXT},
	{"filter.applicability_scope.price_type", STRIPEMOCK_CHOICE, 0, "metered"},
	{"filter.applicability_scope.prices[].id", STRIPEMOCK_TEXT},
	{0},
};

const struct stripemock_param credit_transaction_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"customer", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"credit_grant", STRIPEMOCK_TEXT},
	{0},
};

static int
check_grant(struct stripemock_work *work)
{
	const struct stripemock_value *params = work->params;
	const struct stripemock_value *prices = stripemock_value_at(params,
		"applicability_config.scope.prices");
	int64_t priority = has_at(params, "priority") ? int_at(params, "priority") : 50;
	struct stripemock_doc *price;

	if (int_at(params, "amount.monetary.value") < 1)
		return stripemock_work_refuse(work, "parameter_invalid_integer", "amount[monetary][value]",
			"Invalid positive integer");
	if (has_at(params, "applicability_config.scope.price_type") == (prices != NULL))
		return stripemock_work_refuse(work, "parameter_missing", "applicability_config[scope]",
			"A scope has a price_type or prices, and not both.");
	if (priority < 0 || priority > 100)
		return stripemock_work_refuse(work, "parameter_invalid_integer", "priority",
			"The priority must be between 0 and 100.");
	for (EACH(at, prices)) {
		int rc = stripemock_work_get(work, "price", text_at(at, "id"),
			"applicability_config[scope][prices][0][id]", &price);

		if (rc < 0)
			return rc;
	}
	return 0;
}

int
stripemock_credit_grant_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *customer, *doc;
	int rc = stripemock_operation_customer(work, &customer);

	(void)operation;
	if (rc == 0)
		rc = check_grant(work);
	if (rc < 0)
		return rc;
	doc = stripemock_work_new(work, "billing.credit_grant", "credgr",
		"{'amount':null,'applicability_config':null,'category':'paid','customer':null,"
		"'customer_account':null,'effective_at':null,'expires_at':null,'metadata':{},"
		"'name':null,'priority':50,'test_clock':null,'voided_at':null}");
	stripemock_operation_apply(doc->body, work->params, "");
	put_copy(doc->body, "test_clock", stripemock_value_at(customer->body, "test_clock"));
	put_int(doc->body, "updated", work->now_s);
	if (!has_at(doc->body, "effective_at"))
		put_int(doc->body, "effective_at", work->now_s);
	if (has_at(doc->body, "expires_at") &&
		int_at(doc->body, "expires_at") <= int_at(doc->body, "effective_at"))
		return stripemock_work_refuse(work, NULL, "expires_at",
			"expires_at must be after effective_at.");
	put_copy(doc->body, "_remaining", stripemock_value_at(doc->body, "amount.monetary.value"));
	rc = stripemock_work_event(work, "billing.credit_grant.created", doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

/* Ends a grant: what is left cannot be used any more. */
static int
end(struct stripemock_work *work, const struct stripemock_operation *operation, bool is_void)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0 && (has_at(doc->body, "voided_at") || bool_at(doc->body, "_expired")))
		rc = stripemock_work_refuse(work, NULL, NULL, "The credit grant is not active any more.");
	if (rc == 0 && is_void &&
		int_at(doc->body, "_remaining") != int_at(doc->body, "amount.monetary.value"))
		rc = stripemock_work_refuse(work, NULL, NULL,
			"A credit grant that was used cannot be voided; expire it.");
	if (rc < 0)
		return rc;
	put_int(doc->body, "updated", work->now_s);
	if (is_void) {
		put_int(doc->body, "voided_at", work->now_s);
		put_int(doc->body, "_remaining", 0);
		stripemock_work_touch(doc);
		rc = stripemock_work_event(work, "billing.credit_grant.updated", doc);
	} else {
		put_int(doc->body, "expires_at", work->now_s);
		rc = stripemock_credit_due(work, doc);
	}
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_credit_grant_void(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	return end(work, operation, true);
}

int
stripemock_credit_grant_expire(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	return end(work, operation, false);
}

/* ---- the balance ---- */

static bool
is_asked_for(const struct stripemock_work *work, const struct stripemock_doc *grant)
{
	const struct stripemock_value *filter = stripemock_value_at(work->params, "filter");
	const struct stripemock_value *scope = stripemock_value_at(grant->body,
		"applicability_config.scope");

	if (stripemock_value_is(filter, "type", "credit_grant"))
		return stripemock_value_is(filter, "credit_grant", grant->id);
	if (stripemock_value_is(filter, "applicability_scope.price_type", "metered"))
		return stripemock_value_is(scope, "price_type", "metered");
	for (EACH(wanted, stripemock_value_at(filter, "applicability_scope.prices"))) {
		for (EACH(price, stripemock_value_at(scope, "prices"))) {
			if (stripemock_value_is(price, "id", text_at(wanted, "id")))
				return true;
		}
	}
	return false;
}

static void
add_balance(struct stripemock_value *balances, const struct stripemock_doc *grant, int64_t now_s)
{
	const struct stripemock_value *body = grant->body;
	const char *currency = text_at(body, "amount.monetary.currency");
	int64_t left = int_at(body, "_remaining");
	bool is_over = has_at(body, "voided_at") ||
		(has_at(body, "expires_at") && int_at(body, "expires_at") <= now_s);
	int64_t usable = is_over || int_at(body, "effective_at") > now_s ? 0 : left;
	struct stripemock_value *balance = NULL;

	for (EACH(at, balances)) {
		if (stripemock_value_is(at, "ledger_balance.monetary.currency", currency))
			balance = at;
	}
	if (balance == NULL) {
		balance = stripemock_value_literal(balances->arena,
			"{'available_balance':{'monetary':{'currency':null,'value':0},'type':'monetary'},"
			"'ledger_balance':{'monetary':{'currency':null,'value':0},'type':'monetary'}}");
		put_text(balance, "available_balance.monetary.currency", currency);
		put_text(balance, "ledger_balance.monetary.currency", currency);
		stripemock_value_add(balances, balance);
	}
	put_int(balance, "available_balance.monetary.value",
		int_at(balance, "available_balance.monetary.value") + usable);
	put_int(balance, "ledger_balance.monetary.value",
		int_at(balance, "ledger_balance.monetary.value") + (is_over ? 0 : left));
}

int
stripemock_credit_summary(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_filter filter = {.kind = "billing.credit_grant"};
	struct stripemock_doc *customer, **grants;
	size_t n = 0;
	int rc = stripemock_operation_customer(work, &customer);

	(void)operation;
	if (rc < 0)
		return rc;
	filter.customer = customer->id;
	rc = stripemock_work_list(work, &filter, &grants, &n);
	work->result = stripemock_value_literal(work->arena,
		"{'object':'billing.credit_balance_summary','balances':[],'customer_account':null,"
		"'livemode':false}");
	put_text(work->result, "customer", customer->id);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (is_asked_for(work, grants[i]))
			add_balance(stripemock_value_at(work->result, "balances"), grants[i], work->now_s);
	}
	return rc;
}

int
stripemock_credit_transaction_list(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_filter filter = {.kind = operation->kind};
	struct stripemock_value *members = stripemock_value_new(work->arena, BH_JSON_OBJECT);

	put_copy(members, "_customer", stripemock_value_at(work->params, "customer"));
	if (has_at(work->params, "credit_grant"))
		put_copy(members, "credit_grant", stripemock_value_at(work->params, "credit_grant"));
	filter.members = stripemock_value_print(work->arena, members, true);
	return stripemock_operation_pages(work, &filter, "/v1/billing/credit_balance_transactions");
}
