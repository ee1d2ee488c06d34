/* SPDX-License-Identifier: Apache-2.0 */
/* moment.c: when something is to happen with an object next. */
#include "stripemock/moment.h"

#include <string.h>

enum { WARNING_S = 3 * 86400, INCOMPLETE_S = 23 * 3600 };

static int64_t
least(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

static int64_t
subscription_due(const struct stripemock_value *body)
{
	const char *status = text_at(body, "status");
	int64_t due = int_at(body, "items.data.0.current_period_end");

	if (strcmp(status, "incomplete") == 0)
		return int_at(body, "created") + INCOMPLETE_S;
	if (strcmp(status, "canceled") == 0 || strcmp(status, "incomplete_expired") == 0)
		return 0;
	if (strcmp(status, "paused") == 0)
		return int_at(body, "cancel_at");
	for (EACH(item, stripemock_value_at(body, "items.data")))
		due = least(due, int_at(item, "current_period_end"));
	due = least(due, int_at(body, "cancel_at"));
	due = least(due, int_at(body, "pause_collection.resumes_at"));
	if (strcmp(status, "trialing") == 0 && !bool_at(body, "_warned"))
		due = least(due, int_at(body, "trial_end") - WARNING_S);
	return due;
}

static int64_t
invoice_due(const struct stripemock_value *body)
{
	if (!bool_at(body, "auto_advance"))
		return 0;
	if (stripemock_value_is(body, "status", "draft"))
		return int_at(body, "automatically_finalizes_at");
	if (!stripemock_value_is(body, "status", "open"))
		return 0;
	if (stripemock_value_is(body, "collection_method", "send_invoice"))
		return bool_at(body, "_overdue") ? 0 : int_at(body, "due_date");
	return int_at(body, "next_payment_attempt");
}

static int64_t
due_by_kind(const char *kind, const struct stripemock_value *body)
{
	if (strcmp(kind, "subscription") == 0)
		return subscription_due(body);
	if (strcmp(kind, "invoice") == 0)
		return invoice_due(body);
	if (strcmp(kind, "billing.credit_grant") == 0)
		return has_at(body, "voided_at") || bool_at(body, "_expired") ? 0
																	  : int_at(body, "expires_at");
	if (strcmp(kind, "checkout.session") == 0)
		return stripemock_value_is(body, "status", "open") ? int_at(body, "expires_at") : 0;
	return 0;
}

int64_t
stripemock_moment_due(const char *kind, const struct stripemock_value *body)
{
	int64_t due = due_by_kind(kind, body), put_off = int_at(body, "_put_off_until");

	return due != 0 && put_off > due ? put_off : due;
}
