/* SPDX-License-Identifier: Apache-2.0 */
/* credit_note.c: credit notes: what is taken off an invoice that is final. */
#include <string.h>

#include "base/arena.h"
#include "stripemock/invoice.h"
#include "stripemock/operation.h"

const struct stripemock_param credit_note_create_params[] = {
	{"invoice", STRIPEMOCK_TEXT, STRIPEMOCK_REQUIRED},
	{"amount", STRIPEMOCK_INT},
	{"credit_amount", STRIPEMOCK_INT},
	{"out_of_band_amount", STRIPEMOCK_INT},
	{"memo", STRIPEMOCK_TEXT},
	{"metadata", STRIPEMOCK_MAP},
	{"reason", STRIPEMOCK_CHOICE, 0, "duplicate fraudulent order_change product_unsatisfactory"},
	{"lines[].type", STRIPEMOCK_CHOICE, 0, "custom_line_item invoice_line_item"},
	{"lines[].amount", STRIPEMOCK_INT},
	{"lines[].quantity", STRIPEMOCK_INT},
	{"lines[].unit_amount", STRIPEMOCK_INT},
	{"lines[].description", STRIPEMOCK_TEXT},
	{"lines[].invoice_line_item", STRIPEMOCK_TEXT},
	{0},
};

const struct stripemock_param credit_note_update_params[] = {
	{"memo", STRIPEMOCK_TEXT},
	{"metadata", STRIPEMOCK_MAP, STRIPEMOCK_EMPTY},
	{0},
};

const struct stripemock_param credit_note_list_params[] = {
	STRIPEMOCK_PAGE_PARAMS,
	{"customer", STRIPEMOCK_TEXT},
	{"invoice", STRIPEMOCK_TEXT},
	{0},
};

static const char template[] =
	"{'amount':0,'amount_shipping':0,'currency':null,'customer':null,'customer_account':null,"
	"'customer_balance_transaction':null,'discount_amount':0,'discount_amounts':[],"
	"'effective_at':null,'invoice':null,'lines':{'object':'list','data':[],'has_more':false,"
	"'url':null},'memo':null,'metadata':{},'number':null,'out_of_band_amount':null,'pdf':null,"
	"'post_payment_amount':0,'pre_payment_amount':0,'pretax_credit_amounts':[],'reason':null,"
	"'refunds':[],'shipping_cost':null,'status':'issued','subtotal':0,"
	"'subtotal_excluding_tax':0,'total':0,'total_excluding_tax':0,'total_taxes':[],"
	"'type':'pre_payment','voided_at':null}";

/* One line of the note. */
static int
add_line(struct stripemock_work *work, struct stripemock_doc *doc,
	const struct stripemock_value *params)
{
	struct stripemock_value *line = stripemock_value_literal(work->arena,
		"{'object':'credit_note_line_item','amount':0,'description':null,'discount_amount':0,"
		"'discount_amounts':[],'livemode':false,'metadata':null,"
		"'pretax_credit_amounts':[],'quantity':1,'tax_rates':[],'taxes':[],"
		"'type':'custom_line_item','unit_amount':null,'unit_amount_decimal':null}");
	bool counted = has_at(params, "unit_amount");
	int64_t quantity = has_at(params, "quantity") ? int_at(params, "quantity") : 1, amount;

	if (counted ? __builtin_mul_overflow(int_at(params, "unit_amount"), quantity, &amount)
				: !has_at(params, "amount"))
		return stripemock_work_refuse(work, "parameter_missing", "lines",
			"Each line needs an amount, or a unit_amount and a quantity.");
	if (!counted)
		amount = int_at(params, "amount");
	put_text(line, "id", stripemock_work_id(work, "cnli"));
	stripemock_operation_apply(line, params, "amount");
	put_int(line, "amount", amount);
	if (counted)
		put_text(line, "unit_amount_decimal",
			bh_arena_printf(work->arena, "%lld", (long long)int_at(params, "unit_amount")));
	stripemock_value_add(stripemock_value_at(doc->body, "lines.data"), line);
	put_int(doc->body, "amount", int_at(doc->body, "amount") + amount);
	return 0;
}

static int
fill_lines(struct stripemock_work *work, struct stripemock_doc *doc)
{
	const struct stripemock_value *lines = stripemock_value_at(work->params, "lines");
	struct stripemock_value *whole = stripemock_value_new(work->arena, BH_JSON_OBJECT);
	int rc = 0;

	put_text(doc->body, "lines.url",
		bh_arena_printf(work->arena, "/v1/credit_notes/%s/lines", doc->id));
	for (EACH(line, lines)) {
		if (rc == 0)
			rc = add_line(work, doc, line);
	}
	if (lines != NULL || rc < 0)
		return rc;
	put_copy(whole, "amount", stripemock_value_at(work->params, "amount"));
	put_text(whole, "description", "Credit");
	return add_line(work, doc, whole);
}

/* Of an open invoice less is due; of a paid one the customer's balance gets it. */
static int
credit(struct stripemock_work *work, struct stripemock_doc *doc, struct stripemock_doc *invoice,
	struct stripemock_doc *customer)
{
	bool is_open = stripemock_value_is(invoice->body, "status", "open");
	const char *sum = is_open ? "pre_payment_credit_notes_amount"
							  : "post_payment_credit_notes_amount";
	int64_t amount = int_at(doc->body, "amount");
	int64_t most = is_open ? int_at(invoice->body, "amount_remaining")
						   : int_at(invoice->body, "amount_paid") - int_at(invoice->body, sum);
	struct stripemock_doc *intent;
	int rc;

	if (amount < 1 || amount > most)
		return stripemock_work_refuse(work, NULL, "amount",
			"The sum of credit amounts must be between 1 and %lld.", (long long)most);
	put_text(doc->body, "type", is_open ? "pre_payment" : "post_payment");
	put_int(doc->body, is_open ? "pre_payment_amount" : "post_payment_amount", amount);
	put_int(invoice->body, sum, int_at(invoice->body, sum) + amount);
	stripemock_work_touch(invoice);
	if (!is_open) {
		if (has_at(work->params, "out_of_band_amount"))
			return 0;
		put_int(customer->body, "balance", int_at(customer->body, "balance") - amount);
		stripemock_work_touch(customer);
		return stripemock_work_event(work, "customer.updated", customer);
	}
	put_int(invoice->body, "amount_remaining", most - amount);
	rc = stripemock_invoice_intent(work, invoice, &intent);
	if (rc == 0 && intent != NULL && most > amount) {
		put_int(intent->body, "amount", most - amount);
		stripemock_work_touch(intent);
	}
	return rc < 0 || most > amount ? rc : stripemock_invoice_settle(work, invoice, NULL);
}

int
stripemock_credit_note_create(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *invoice, *customer, *doc;
	int rc = stripemock_operation_param(work, "invoice", "invoice", &invoice);

	(void)operation;
	if (rc == 0)
		rc = stripemock_work_enter(work, invoice);
	if (rc == 0 && !stripemock_value_is(invoice->body, "status", "open") &&
		!stripemock_value_is(invoice->body, "status", "paid"))
		rc = stripemock_work_refuse(work, NULL, "invoice",
			"Credit notes can only be issued for open or paid invoices.");
	if (rc == 0)
		rc = stripemock_work_get(work, "customer", text_at(invoice->body, "customer"), "customer",
			&customer);
	if (rc < 0)
		return rc;
	doc = stripemock_work_new(work, "credit_note", "cn", template);
	stripemock_operation_apply(doc->body, work->params, "amount credit_amount lines");
	put_text(doc->body, "customer", customer->id);
	put_copy(doc->body, "currency", stripemock_value_at(invoice->body, "currency"));
	put_int(doc->body, "effective_at", work->now_s);
	put_text(doc->body, "number",
		bh_arena_printf(work->arena, "%s-CN-%s", text_at(invoice->body, "number"),
			doc->id + strlen(doc->id) - 4));
	put_text(doc->body, "pdf",
		bh_arena_printf(work->arena, "%s/mock-stripe/credit_note/%s/pdf", work->mock->conf.page_url,
			doc->id));
	rc = fill_lines(work, doc);
	if (rc == 0)
		rc = credit(work, doc, invoice, customer);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < 4; i++) {
		static const char *const same[] = {"subtotal", "subtotal_excluding_tax", "total",
			"total_excluding_tax"};

		put_int(doc->body, same[i], int_at(doc->body, "amount"));
	}
	rc = stripemock_work_event(work, "credit_note.created", doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

int
stripemock_credit_note_void(struct stripemock_work *work,
	const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc, *invoice, *intent;
	int64_t amount;
	int rc = stripemock_operation_object(work, operation, &doc);

	if (rc == 0)
		rc = stripemock_work_get(work, "invoice", text_at(doc->body, "invoice"), "invoice",
			&invoice);
	if (rc == 0 &&
		(!stripemock_value_is(doc->body, "status", "issued") ||
			!stripemock_value_is(invoice->body, "status", "open")))
		rc = stripemock_work_refuse(work, NULL, NULL,
			"You can only void a credit note that is issued for an open invoice.");
	if (rc == 0)
		rc = stripemock_invoice_intent(work, invoice, &intent);
	if (rc < 0)
		return rc;
	amount = int_at(doc->body, "amount");
	put_text(doc->body, "status", "void");
	put_int(doc->body, "voided_at", work->now_s);
	put_int(invoice->body, "pre_payment_credit_notes_amount",
		int_at(invoice->body, "pre_payment_credit_notes_amount") - amount);
	put_int(invoice->body, "amount_remaining", int_at(invoice->body, "amount_remaining") + amount);
	stripemock_work_touch(invoice);
	if (intent != NULL) {
		put_int(intent->body, "amount", int_at(invoice->body, "amount_remaining"));
		stripemock_work_touch(intent);
	}
	stripemock_work_touch(doc);
	rc = stripemock_work_event(work, "credit_note.voided", doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}
