/* SPDX-License-Identifier: Apache-2.0 */
/* http_checkout.c: the checkout page: what is bought, and with which test card. */
#include <string.h>

#include "stripemock/checkout.h"
#include "stripemock/page.h"

/* Test cards that can be chosen. */
static const struct {
	const char *token, *label;
} cards[] = {
	{"pm_card_visa", "4242: succeeds"},
	{"pm_card_mastercard", "Mastercard 4444: succeeds"},
	{"pm_card_chargeCustomerFail", "0341: can be saved, payments fail"},
	{"pm_card_chargeDeclinedInsufficientFunds", "9995: declined, insufficient funds"},
	{"pm_card_chargeDeclinedExpiredCard", "0069: declined, expired"},
};

static void
add_lines(struct stripemock_page *page, struct bh_arena *arena,
	const struct stripemock_value *session)
{
	bh_buf_text(&page->html, "<ul>\n");
	for (EACH(line, stripemock_value_at(session, "_line_items.data"))) {
		bh_buf_text(&page->html, "<li>");
		if (has_at(line, "quantity"))
			bh_buf_printf(&page->html, "%lld × ", (long long)int_at(line, "quantity"));
		stripemock_page_text(page, text_at(line, "description"));
		bh_buf_text(&page->html, ": ");
		stripemock_page_text(page,
			has_at(line, "quantity") ? stripemock_page_money(arena, int_at(line, "amount_total"),
										   text_at(line, "currency"))
									 : "billed by usage");
		if (has_at(line, "price.recurring.interval")) {
			bh_buf_text(&page->html, " per ");
			stripemock_page_text(page, text_at(line, "price.recurring.interval"));
		}
		bh_buf_text(&page->html, "</li>\n");
	}
	bh_buf_text(&page->html, "</ul>\n");
}

static void
add_form(struct stripemock_page *page)
{
	bh_buf_text(&page->html,
		"<form method=\"post\">\n<label for=\"card\">Test card</label>\n"
		"<select id=\"card\" name=\"card\">\n");
	for (size_t i = 0; i < BH_COUNT(cards); i++)
		bh_buf_printf(&page->html, "<option value=\"%s\">%s</option>\n", cards[i].token,
			cards[i].label);
	bh_buf_text(&page->html, "</select>\n");
	stripemock_page_button(page, "pay", "Pay");
	stripemock_page_button(page, "decline", "Decline");
	stripemock_page_button(page, "cancel", "Cancel");
	bh_buf_text(&page->html, "</form>\n");
}

/* What is done with the session, and what the page then says. */
struct visit {
	const char *action, *card; /* NULL: it is only looked at */
	bool is_paid;
	const char *leave_url;
	const struct stripemock_value *session;
};

static int
visit(struct stripemock_work *work, struct stripemock_doc *session, void *ctx)
{
	struct visit *visit = ctx;
	int rc = 0;

	visit->session = session->body;
	visit->leave_url = stripemock_checkout_url(work, session, "success_url");
	if (visit->action == NULL)
		return 0;
	if (strcmp(visit->action, "cancel") == 0)
		visit->leave_url = stripemock_checkout_url(work, session, "cancel_url");
	else
		rc = stripemock_checkout_pay(work, session,
			strcmp(visit->action, "decline") == 0 ? "pm_card_chargeDeclined" : visit->card,
			&visit->is_paid);
	return rc;
}

static int
show(struct bh_request *req, const struct visit *visit, const char *refusal, int status)
{
	struct stripemock_page page = {.leave_url = visit->leave_url};

	stripemock_page_open(&page, "Checkout");
	add_lines(&page, req->arena, visit->session);
	if (has_at(visit->session, "amount_total"))
		stripemock_page_line(&page, "Due now",
			stripemock_page_money(req->arena, int_at(visit->session, "amount_total"),
				text_at(visit->session, "currency")));
	if (has_at(visit->session, "custom_text.submit"))
		stripemock_page_line(&page, "Note", text_at(visit->session, "custom_text.submit.message"));
	if (refusal != NULL) {
		bh_buf_text(&page.html, "<p role=\"alert\">");
		stripemock_page_text(&page, refusal);
		bh_buf_text(&page.html, "</p>\n");
	}
	if (stripemock_value_is(visit->session, "status", "open"))
		add_form(&page);
	else
		stripemock_page_line(&page, "Status", text_at(visit->session, "status"));
	return stripemock_page_reply(req, &page, status);
}

/* GET /mock-stripe/checkout/{session} */
int
stripemock_http_checkout(struct bh_request *req)
{
	struct visit seen = {0};
	struct stripemock_page_work of = {req, "checkout.session", visit, &seen};
	int rc = stripemock_page_run(&of);

	if (of.problem.status == 404 || rc == BH_E_NOT_FOUND)
		return stripemock_page_say(req, 404, "There is no such session.");
	return rc < 0 ? bh_reply_error(req, rc, NULL) : show(req, &seen, NULL, 200);
}

/* POST /mock-stripe/checkout/{session} */
int
stripemock_http_checkout_post(struct bh_request *req)
{
	struct visit seen = {
		.action = stripemock_page_posted(req, "action"),
		.card = stripemock_page_posted(req, "card"),
	};
	struct stripemock_page_work of = {req, "checkout.session", visit, &seen};
	int rc;

	if (!stripemock_page_is_own(req))
		return stripemock_page_say(req, 403, "The form was sent from another site.");
	if (seen.action == NULL)
		return stripemock_page_say(req, 400, "The form has no action.");
	if (seen.card == NULL)
		seen.card = "pm_card_visa";
	rc = stripemock_page_run(&of);
	if (of.problem.status == 404 || rc == BH_E_NOT_FOUND)
		return stripemock_page_say(req, 404, "There is no such session.");
	if (rc < 0 && of.problem.status == 0)
		return bh_reply_error(req, rc, NULL);
	if (rc < 0)
		return show(req, &seen, of.problem.message, 402);
	if (seen.leave_url == NULL)
		return stripemock_page_say(req, 200, seen.is_paid ? "Paid." : "Cancelled.");
	return stripemock_page_lead(req, seen.leave_url);
}
