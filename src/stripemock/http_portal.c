/* SPDX-License-Identifier: Apache-2.0 */
/* http_portal.c: the billing portal page: subscriptions, invoices, the card. */
#include <string.h>

#include "stripemock/page.h"
#include "stripemock/payment.h"
#include "stripemock/subscription.h"

enum { SHOWN = 20, OPEN_S = 3600 };

/* What is done, and what the page shows. */
struct visit {
	const char *action, *subscription, *card; /* NULL: it is only looked at */
	const char *return_url;
	struct stripemock_page *page;
	struct bh_arena *arena;
};

static int
cancel(struct stripemock_work *work, struct stripemock_doc *subscription, bool is_end)
{
	struct stripemock_value *body = subscription->body;

	put_bool(body, "cancel_at_period_end", is_end);
	put_time(body, "cancel_at", is_end ? stripemock_subscription_period_end(body) : 0);
	put_time(body, "canceled_at", is_end ? work->now_s : 0);
	put_text(body, "cancellation_details.reason", is_end ? "cancellation_requested" : NULL);
	return stripemock_subscription_status(work, subscription, text_at(body, "status"));
}

static int
change_card(struct stripemock_work *work, struct stripemock_doc *customer, const char *card)
{
	struct stripemock_doc *method;
	int rc = stripemock_payment_attach(work, card != NULL ? card : "pm_card_visa", customer, "card",
		&method);

	if (rc < 0)
		return rc;
	put_text(customer->body, "invoice_settings.default_payment_method", method->id);
	stripemock_work_touch(customer);
	return stripemock_work_event(work, "customer.updated", customer);
}

static int
act(struct stripemock_work *work, struct stripemock_doc *customer, const struct visit *visit)
{
	struct stripemock_doc *subscription;
	int rc;

	if (strcmp(visit->action, "card") == 0)
		return change_card(work, customer, visit->card);
	rc = stripemock_work_get(work, "subscription", visit->subscription, "id", &subscription);
	if (rc == 0 && !stripemock_value_is(subscription->body, "customer", customer->id))
		rc = stripemock_work_get(work, "subscription", "", "id", &subscription);
	if (rc < 0 || stripemock_value_is(subscription->body, "status", "canceled"))
		return rc;
	return cancel(work, subscription, strcmp(visit->action, "cancel") == 0);
}

/* ---- what it shows ---- */

static void
add_subscription(struct stripemock_page *page, const struct stripemock_value *body)
{
	bool ends = bool_at(body, "cancel_at_period_end");

	bh_buf_text(&page->html, "<li>");
	stripemock_page_text(page, text_at(body, "id"));
	bh_buf_text(&page->html, ": ");
	stripemock_page_text(page, text_at(body, "status"));
	if (ends)
		bh_buf_text(&page->html, ", ends with its period");
	if (!stripemock_value_is(body, "status", "canceled")) {
		bh_buf_text(&page->html,
			"\n<form method=\"post\"><input type=\"hidden\" name=\"subscription\" value=\"");
		stripemock_page_text(page, text_at(body, "id"));
		bh_buf_text(&page->html, "\">");
		stripemock_page_button(page, ends ? "keep" : "cancel", ends ? "Keep" : "Cancel");
		bh_buf_text(&page->html, "</form>");
	}
	bh_buf_text(&page->html, "</li>\n");
}

static void
add_invoice(struct stripemock_page *page, struct bh_arena *arena,
	const struct stripemock_value *body)
{
	bh_buf_text(&page->html, "<li>");
	stripemock_page_text(page, has_at(body, "number") ? text_at(body, "number") : "draft");
	bh_buf_text(&page->html, ": ");
	stripemock_page_text(page,
		stripemock_page_money(arena, int_at(body, "total"), text_at(body, "currency")));
	bh_buf_text(&page->html, ", ");
	stripemock_page_text(page, text_at(body, "status"));
	bh_buf_text(&page->html, "</li>\n");
}

static int
add_lists(struct stripemock_work *work, const struct stripemock_doc *customer,
	const struct visit *visit)
{
	struct stripemock_filter filter = {.kind = "subscription",
		.customer = customer->id,
		.limit = SHOWN};
	struct stripemock_doc **docs;
	size_t n = 0;
	int rc = stripemock_work_list(work, &filter, &docs, &n);

	bh_buf_text(&visit->page->html, "<h2>Subscriptions</h2>\n<ul>\n");
	for (size_t i = 0; rc == 0 && i < n; i++)
		add_subscription(visit->page, docs[i]->body);
	bh_buf_text(&visit->page->html, "</ul>\n<h2>Invoices</h2>\n<ul>\n");
	filter.kind = "invoice";
	if (rc == 0)
		rc = stripemock_work_list(work, &filter, &docs, &n);
	for (size_t i = 0; rc == 0 && i < n; i++)
		add_invoice(visit->page, visit->arena, docs[i]->body);
	bh_buf_text(&visit->page->html, "</ul>\n");
	return rc;
}

static int
add_card(struct stripemock_work *work, const struct stripemock_doc *customer,
	struct stripemock_page *page)
{
	struct stripemock_doc *method = NULL;
	int rc = stripemock_payment_default(work, customer, NULL, &method);

	stripemock_page_line(page, "Card",
		method != NULL ? text_at(method->body, "card.last4") : "none");
	bh_buf_text(&page->html,
		"<form method=\"post\"><label for=\"card\">Test card</label><select id=\"card\" "
		"name=\"card\"><option value=\"pm_card_visa\">4242: succeeds</option>"
		"<option value=\"pm_card_chargeCustomerFail\">0341: payments fail</option></select>\n");
	stripemock_page_button(page, "card", "Update card");
	bh_buf_text(&page->html, "</form>\n");
	return rc;
}

static int
visit(struct stripemock_work *work, struct stripemock_doc *session, void *ctx)
{
	struct visit *visit = ctx;
	struct stripemock_doc *customer;
	int rc;

	/* A session lasts an hour. */
	if (int_at(session->body, "created") + OPEN_S < work->wall_s)
		return stripemock_work_get(work, session->kind, "", "id", &session);
	visit->return_url = text_at(session->body, "return_url");
	rc = stripemock_work_get(work, "customer", text_at(session->body, "customer"), "id", &customer);
	if (rc == 0)
		rc = stripemock_work_enter(work, customer);
	if (rc == 0 && visit->action != NULL)
		return act(work, customer, visit);
	if (rc < 0)
		return rc;
	bh_buf_reset(&visit->page->html);
	stripemock_page_open(visit->page, "Billing portal");
	stripemock_page_line(visit->page, "Customer",
		has_at(customer->body, "name") ? text_at(customer->body, "name") : customer->id);
	rc = add_lists(work, customer, visit);
	return rc < 0 ? rc : add_card(work, customer, visit->page);
}

static void
add_return(struct stripemock_page *page, const char *url)
{
	if (url == NULL)
		return;
	bh_buf_text(&page->html, "<p><a href=\"");
	stripemock_page_text(page, url);
	bh_buf_text(&page->html, "\" rel=\"noreferrer\">Return</a></p>\n");
}

/* GET /mock-stripe/portal/{session} */
int
stripemock_http_portal(struct bh_request *req)
{
	struct stripemock_page page = {0};
	struct visit seen = {.page = &page, .arena = req->arena};
	struct stripemock_page_work of = {req, "billing_portal.session", visit, &seen};
	int rc = stripemock_page_run(&of);

	if (rc == 0) {
		add_return(&page, seen.return_url);
		return stripemock_page_reply(req, &page, 200);
	}
	bh_buf_close(&page.html);
	return of.problem.status == 404 || rc == BH_E_NOT_FOUND
		? stripemock_page_say(req, 404, "There is no such session.")
		: bh_reply_error(req, rc, NULL);
}

/* POST /mock-stripe/portal/{session} */
int
stripemock_http_portal_post(struct bh_request *req)
{
	struct visit seen = {
		.action = stripemock_page_posted(req, "action"),
		.subscription = stripemock_page_posted(req, "subscription"),
		.card = stripemock_page_posted(req, "card"),
	};
	struct stripemock_page_work of = {req, "billing_portal.session", visit, &seen};
	int rc;

	if (!stripemock_page_is_own(req))
		return stripemock_page_say(req, 403, "The form was sent from another site.");
	if (seen.action == NULL)
		return stripemock_page_say(req, 400, "The form has no action.");
	rc = stripemock_page_run(&of);
	if (rc == 0)
		return stripemock_page_lead(req, req->http->path);
	if (of.problem.status == 404 || rc == BH_E_NOT_FOUND)
		return stripemock_page_say(req, 404, "There is no such session.");
	return of.problem.status != 0 ? stripemock_page_say(req, of.problem.status, of.problem.message)
								  : bh_reply_error(req, rc, NULL);
}
