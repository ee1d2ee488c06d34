/* SPDX-License-Identifier: Apache-2.0 */
/* customer.c: customers. */
#include <string.h>

#include "base/arena.h"
#include "stripemock/operation.h"
#include "stripemock/payment.h"
#include "stripemock/subscription.h"

#define CUSTOMER_PARAMS \
	{"name", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, {"email", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, \
		{"phone", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, \
		{"description", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY}, {"balance", STRIPEMOCK_INT}, \
		{"metadata", STRIPEMOCK_MAP, STRIPEMOCK_EMPTY}, STRIPEMOCK_ADDRESS_PARAMS(""), \
		{"preferred_locales[]", STRIPEMOCK_TEXT}, \
		{"tax_exempt", STRIPEMOCK_CHOICE, STRIPEMOCK_EMPTY, "none exempt reverse"}, \
		{"invoice_prefix", STRIPEMOCK_TEXT}, {"next_invoice_sequence", STRIPEMOCK_INT}, \
	{ \
		"invoice_settings.default_payment_method", STRIPEMOCK_TEXT, STRIPEMOCK_EMPTY \
	}

const struct stripemock_param customer_create_params[] = {
	CUSTOMER_PARAMS,
	{"payment_method", STRIPEMOCK_TEXT},
	{"test_clock", STRIPEMOCK_TEXT},
	{0},
};

const struct stripemock_param customer_update_params[] = {
	CUSTOMER_PARAMS,
	{0},
};

const struct stripemock_param customer_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"email", STRIPEMOCK_TEXT},
	{"test_clock", STRIPEMOCK_TEXT},
	{0},
};

const struct stripemock_param no_params[] = {{0}};

const struct stripemock_param page_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{0},
};

static const char template[] =
	"{'address':null,'balance':0,'currency':null,'default_source':null,"
	"'delinquent':false,'description':null,'discount':null,'email':null,'invoice_prefix':null,"
	"'invoice_settings':{'custom_fields':null,'default_payment_method':null,'footer':null,"
	"'rendering_options':null},'metadata':{},'name':null,'next_invoice_sequence':1,'phone':null,"
	"'preferred_locales':[],'shipping':null,'tax_exempt':'none','test_clock':null}";

/* An address that is set has all its members. */
static void
fill_address(struct stripemock_value *body)
{
	static const char *const members[] = {"city", "country", "line1", "line2", "postal_code",
		"state"};
	struct stripemock_value *address = stripemock_value_at(body, "address");

	if (address == NULL || address->kind != BH_JSON_OBJECT)
		return;
	for (size_t i = 0; i < BH_COUNT(members); i++) {
		if (stripemock_value_at(address, members[i]) == NULL)
			put_null(address, members[i]);
	}
}

/* A payment method that is named becomes the customer's own; a test token a new one. */
static int
take_methods(struct stripemock_work *work, struct stripemock_doc *customer)
{
	const char *method = text_at(work->params, "invoice_settings.default_payment_method");
	const char *source = text_at(work->params, "payment_method");
	struct stripemock_doc *attached;
	int rc = 0;

	if (source != NULL)
		rc = stripemock_payment_attach(work, source, customer, "payment_method", &attached);
	if (rc == 0 && source != NULL && method != NULL && strcmp(source, method) == 0)
		put_text(customer->body, "invoice_settings.default_payment_method", attached->id);
	else if (rc == 0 && method != NULL)
		rc = stripemock_payment_own(work, method, customer,
			"invoice_settings[default_payment_method]", &attached);
	return rc;
}

struct stripemock_doc *
stripemock_customer_new(struct stripemock_work *work)
{
	struct stripemock_doc *doc = stripemock_work_new(work, "customer", "cus", template);
	char *prefix = bh_arena_copy(work->arena, stripemock_work_random(work), 8);

	for (char *c = prefix; *c != '\0'; c++)
		*c = (char)(*c >= 'a' ? *c - 'a' + 'A' : *c);
	put_text(doc->body, "invoice_prefix", prefix);
	return doc;
}

int
stripemock_customer_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_work_lock(work);

	(void)operation;
	if (rc < 0)
		return rc;
	doc = stripemock_customer_new(work);
	stripemock_operation_apply(doc->body, work->params, "payment_method");
	fill_address(doc->body);
	rc = stripemock_work_enter(work, doc);
	put_int(doc->body, "created", work->now_s);
	if (rc == 0)
		rc = take_methods(work, doc);
	if (rc == 0)
		rc = stripemock_work_event(work, "customer.created", doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_customer_update(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0)
		rc = take_methods(work, doc);
	if (rc < 0)
		return rc;
	stripemock_operation_apply(doc->body, work->params, "");
	fill_address(doc->body);
	stripemock_work_touch(doc);
	rc = stripemock_work_event(work, "customer.updated", doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

/* It can still be retrieved, as deleted. Its subscriptions end. */
int
stripemock_customer_delete(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc, **subscriptions;
	size_t n = 0;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0)
		rc = stripemock_work_list(work,
			&(struct stripemock_filter){.kind = "subscription", .customer = doc->id},
			&subscriptions, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = stripemock_subscription_end(work, subscriptions[i]);
	if (rc == 0)
		rc = stripemock_work_event(work, "customer.deleted", doc);
	if (rc < 0)
		return rc;
	doc->body = stripemock_value_literal(work->arena, "{'object':'customer','deleted':true}");
	put_text(doc->body, "id", doc->id);
	doc->is_gone = true;
	stripemock_work_touch(doc);
	return stripemock_view_answer(work, doc);
}
