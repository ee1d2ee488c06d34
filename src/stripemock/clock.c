/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c: test clocks: customers that live by one are moved on with it. */
#include "base/arena.h"
#include "stripemock/calendar.h"
#include "stripemock/due.h"
#include "stripemock/operation.h"

#define YEAR_2100 4102444800LL

enum { KEPT_S = 30 * STRIPEMOCK_DAY_S, STEP_MOST_S = 2 * 366 * STRIPEMOCK_DAY_S };

const struct stripemock_param clock_create_params[] = {
	{"frozen_time", STRIPEMOCK_INT, STRIPEMOCK_REQUIRED},
	{"name", STRIPEMOCK_TEXT},
	{0},
};

const struct stripemock_param clock_advance_params[] = {
	{"frozen_time", STRIPEMOCK_INT, STRIPEMOCK_REQUIRED},
	{0},
};

int
stripemock_clock_create(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	struct stripemock_doc *doc;
	int rc;

	(void)operation;
	if (int_at(work->params, "frozen_time") < 1 || int_at(work->params, "frozen_time") > YEAR_2100)
		return stripemock_work_refuse(work, "parameter_invalid_integer", "frozen_time",
			"Invalid timestamp: must be a positive integer, before the year 2100.");
	doc = stripemock_work_new(work, "test_helpers.test_clock", "clock",
		"{'frozen_time':0,'name':null,'status':'ready','status_details':{}}");
	stripemock_operation_apply(doc->body, work->params, "");
	put_int(doc->body, "deletes_after", work->wall_s + KEPT_S);
	rc = stripemock_work_event(work, "test_helpers.test_clock.created", doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

/* All of it happens within the call: the answer says that the clock is ready. */
int
stripemock_clock_advance(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	int64_t until = int_at(work->params, "frozen_time");
	struct stripemock_doc *doc;
	int64_t now;
	int rc = stripemock_work_lock(work);

	if (rc == 0)
		rc = stripemock_operation_object(work, operation, &doc);
	if (rc < 0)
		return rc;
	now = int_at(doc->body, "frozen_time");
	if (until <= now || until > now + STEP_MOST_S || until > YEAR_2100)
		return stripemock_work_refuse(work, "test_clock_invalid_time", "frozen_time",
			"The clock can only be advanced, by two years at most.");
	rc = stripemock_work_event(work, "test_helpers.test_clock.advancing", doc);
	if (rc == 0)
		rc = stripemock_due_advance(work, doc, until);
	if (rc < 0)
		return rc;
	put_int(doc->body, "frozen_time", until);
	stripemock_work_touch(doc);
	rc = stripemock_work_event(work, "test_helpers.test_clock.ready", doc);
	return rc < 0 ? rc : stripemock_view_answer(work, doc);
}

/* Its customers go with it, and all that is theirs. */
int
stripemock_clock_delete(struct stripemock_work *work, const struct stripemock_operation *operation)
{
	static const char *const kinds[] = {"customer", "subscription", "invoice", "invoiceitem",
		"billing.credit_grant"};
	struct stripemock_doc **docs;
	size_t n = 0;
	int rc = stripemock_work_lock(work);

	for (size_t i = 0; rc == 0 && i < BH_COUNT(kinds); i++) {
		struct stripemock_filter filter = {.kind = kinds[i],
			.members = stripemock_work_member(work, "test_clock", work->ids[0])};

		rc = stripemock_work_list(work, &filter, &docs, &n);
		for (size_t k = 0; rc == 0 && k < n; k++) {
			docs[k]->is_removed = true;
			stripemock_work_touch(docs[k]);
		}
	}
	return rc < 0 ? rc : stripemock_operation_delete(work, operation);
}
