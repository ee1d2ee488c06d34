/* SPDX-License-Identifier: Apache-2.0 */
/* invoice_line.c: lines of invoices, and items that wait for one. */
#include <string.h>

#include "base/arena.h"
#include "stripemock/invoice.h"

static const char line_template[] =
	"{'object':'line_item','amount':0,'currency':null,'description':null,'discount_amounts':[],"
	"'discountable':true,'discounts':[],'invoice':null,'livemode':false,'metadata':{},"
	"'parent':null,'period':null,'pretax_credit_amounts':[],'pricing':null,'quantity':1,"
	"'quantity_decimal':'1','subscription':null,'subtotal':0,'taxes':[]}";

static const char item_template[] =
	"{'amount':0,'currency':null,'customer':null,'customer_account':null,'date':0,"
	"'description':null,'discountable':true,'discounts':[],'invoice':null,'metadata':{},"
	"'net_amount':0,'parent':null,'period':null,'pricing':null,'proration':false,'quantity':1,"
	"'quantity_decimal':'1','tax_rates':[],'test_clock':null}";

static void
put_pricing(struct stripemock_value *body, const struct stripemock_value *price)
{
	if (price == NULL)
		return;
	put_text(body, "pricing.type", "price_details");
	put_text(body, "pricing.price_details.price", text_at(price, "id"));
	put_text(body, "pricing.price_details.product", text_at(price, "product"));
	put_copy(body, "pricing.unit_amount_decimal",
		stripemock_value_at(price, "unit_amount_decimal"));
	/* Tells whether credits apply. */
	put_copy(body, "_usage_type", stripemock_value_at(price, "recurring.usage_type"));
}

/* What both have. */
static void
put_common(struct stripemock_work *work, struct stripemock_value *body,
	const struct stripemock_line *line)
{
	put_int(body, "amount", line->amount);
	put_text(body, "currency", line->currency);
	put_text(body, "description", line->description);
	put_int(body, "period.start", line->start);
	put_int(body, "period.end", line->end);
	put_int(body, "quantity", line->quantity);
	put_text(body, "quantity_decimal",
		bh_arena_printf(work->arena, "%lld", (long long)line->quantity));
	if (line->metadata != NULL)
		put_copy(body, "metadata", line->metadata);
	put_pricing(body, line->price);
}

static void
put_parent(struct stripemock_value *body, const struct stripemock_line *line)
{
	struct stripemock_value *parent = stripemock_value_new(body->arena, BH_JSON_OBJECT);
	struct stripemock_value *details = stripemock_value_new(body->arena, BH_JSON_OBJECT);
	bool is_item = line->invoice_item != NULL && line->item == NULL;

	put_text(details, "invoice_item", line->invoice_item);
	put_bool(details, "proration", line->is_proration);
	put_null(details, "proration_details.credited_items");
	put_text(details, "subscription", line->subscription);
	if (!is_item)
		put_text(details, "subscription_item", line->item);
	put_null(parent, "invoice_item_details");
	put_null(parent, "subscription_item_details");
	stripemock_value_put(parent, is_item ? "invoice_item_details" : "subscription_item_details",
		details);
	put_text(parent, "type", is_item ? "invoice_item_details" : "subscription_item_details");
	stripemock_value_put(body, "parent", parent);
}

struct stripemock_value *
stripemock_invoice_line_add(struct stripemock_work *work, struct stripemock_doc *invoice,
	const struct stripemock_line *line)
{
	struct stripemock_value *body = stripemock_value_literal(work->arena, line_template);

	put_text(body, "id", stripemock_work_id(work, "il"));
	put_common(work, body, line);
	put_int(body, "subtotal", line->amount);
	put_text(body, "invoice", invoice->id);
	put_text(body, "subscription", line->subscription);
	put_parent(body, line);
	put_copy(body, "_tax_rates", line->tax_rates);
	stripemock_value_add(stripemock_value_at(invoice->body, "lines.data"), body);
	stripemock_work_touch(invoice);
	return body;
}

int
stripemock_invoice_item_add(struct stripemock_work *work, const struct stripemock_doc *customer,
	const struct stripemock_line *line, struct stripemock_doc **out)
{
	struct stripemock_doc *doc = stripemock_work_new(work, "invoiceitem", "ii", item_template);

	stripemock_value_drop(doc->body, "created");
	put_text(doc->body, "customer", customer->id);
	put_copy(doc->body, "test_clock", stripemock_value_at(customer->body, "test_clock"));
	put_int(doc->body, "date", work->now_s);
	put_common(work, doc->body, line);
	put_int(doc->body, "net_amount", line->amount);
	put_bool(doc->body, "proration", line->is_proration);
	if (line->subscription != NULL) {
		put_text(doc->body, "parent.type", "subscription_details");
		put_text(doc->body, "parent.subscription_details.subscription", line->subscription);
		put_text(doc->body, "parent.subscription_details.subscription_item", line->item);
	}
	put_text(doc->body, "_subscription", line->subscription);
	put_text(doc->body, "_item", line->item);
	put_copy(doc->body, "_tax_rates", line->tax_rates);
	*out = doc;
	return stripemock_work_event(work, "invoiceitem.created", doc);
}

void
stripemock_invoice_item_take(struct stripemock_work *work, struct stripemock_doc *invoice,
	struct stripemock_doc *item)
{
	const struct stripemock_value *from = item->body;
	const struct stripemock_line line = {
		.amount = int_at(from, "amount"),
		.quantity = int_at(from, "quantity"),
		.description = text_at(from, "description"),
		.currency = text_at(from, "currency"),
		.start = int_at(from, "period.start"),
		.end = int_at(from, "period.end"),
		.subscription = text_at(from, "_subscription"),
		.item = text_at(from, "_item"),
		.invoice_item = item->id,
		.is_proration = bool_at(from, "proration"),
		.metadata = stripemock_value_at(from, "metadata"),
		.tax_rates = stripemock_value_at(from, "_tax_rates"),
	};
	struct stripemock_value *body = stripemock_invoice_line_add(work, invoice, &line);

	put_copy(body, "pricing", stripemock_value_at(from, "pricing"));
	put_copy(body, "_usage_type", stripemock_value_at(from, "_usage_type"));
	put_text(item->body, "invoice", invoice->id);
	stripemock_work_touch(item);
}

int
stripemock_invoice_items_take(struct stripemock_work *work, struct stripemock_doc *invoice,
	const char *subscription)
{
	struct stripemock_filter filter = {.kind = "invoiceitem",
		.customer = text_at(invoice->body, "customer"),
		.members = "{\"invoice\":null}"};
	struct stripemock_doc **docs = NULL;
	size_t n = 0;
	int rc = stripemock_work_list(work, &filter, &docs, &n);

	while (rc == 0 && n-- > 0) {
		const char *of = text_at(docs[n]->body, "_subscription");

		if ((of == NULL || (subscription != NULL && strcmp(of, subscription) == 0)) &&
			stripemock_value_is(docs[n]->body, "currency", text_at(invoice->body, "currency")))
			stripemock_invoice_item_take(work, invoice, docs[n]);
	}
	return rc;
}
