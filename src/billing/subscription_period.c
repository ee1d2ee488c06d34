/* SPDX-License-Identifier: Apache-2.0 */
/* subscription_period.c: what a period brings when it begins, changes and ends. */
#include "billing/subscription_period.h"

#include <string.h>

#include "base/error.h"
#include "billing/calendar.h"
#include "billing/credit.h"
#include "billing/period.h"
#include "billing/store_subscription.h"
#include "sec/digest.h"

enum { MONEY = -1, PERIOD_ID_VERSION = 0x80 };

struct bh_uuid
billing_period_id(const struct bh_uuid *subscription, int64_t number, int64_t step, int64_t what)
{
	const int64_t numbers[] = {number, step, what};
	uint8_t bytes[sizeof(subscription->bytes) + sizeof(numbers)];
	struct bh_digest digest;
	struct bh_uuid id;
	size_t len = sizeof(subscription->bytes);

	memcpy(bytes, subscription->bytes, len);
	for (size_t i = 0; i < BH_COUNT(numbers); i++) {
		for (int shift = 56; shift >= 0; shift -= 8)
			bytes[len++] = (uint8_t)((uint64_t)numbers[i] >> shift);
	}
	bh_digest_sha256(bytes, len, &digest);
	memcpy(id.bytes, digest.bytes, sizeof(id.bytes));
	/* RFC 9562, version 8: an id of our own making. */
	id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | PERIOD_ID_VERSION);
	id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3f) | 0x80);
	return id;
}

/* A line for a part of the period; one of nothing for no time is none. */
BH_MUST_CHECK static int
line_add(struct billing_moving *m, const struct billing_plan *plan, enum billing_line_kind kind,
	int64_t from_ms, int64_t until_ms)
{
	struct billing_period_line line = {
		.kind = kind,
		.plan = plan->name,
		.plan_version = plan->version,
		.from_ms = from_ms,
		.until_ms = until_ms,
		.nanos = billing_calendar_part(plan->price, m->s.from_ms, m->s.until_ms, from_ms, until_ms),
	};

	if (kind == BILLING_LINE_CREDIT)
		line.nanos = -line.nanos;
	return until_ms <= from_ms ? 0 : billing_store_period_line_add(m->tx, m->tenant, &m->s, &line);
}

/* Tells the ledger. A period that begins is told its first line, the price of a prepaid plan; one that ends the
 * others. */
BH_MUST_CHECK static int
tell(struct billing_moving *m, int64_t until_ms, bool ends, bool last)
{
	struct billing_period period = {
		.subscription = m->s.id,
		.number = m->s.number,
		.from_ms = m->s.from_ms,
		.until_ms = until_ms,
		.currency = m->plan.currency,
		.plan = m->plan.name,
		.plan_version = m->plan.version,
		.ends = ends,
		.last = last,
	};
	struct billing_period_line *lines = NULL;
	size_t n = 0, first;
	int rc = billing_store_period_line_list(m->tx, m->tenant, &m->s.id, m->s.number, &lines, &n);

	if (rc < 0)
		return rc;
	first = ends && n > 0 && billing_plan_is_prepaid(&m->plan) && !billing_moving_in_trial(m);
	period.lines = lines + first;
	period.n_lines = n - first;
	return billing_invoice_period(m->tx, m->tenant, &period);
}

/* What was drawn under other plans of the period, or carried into it, beyond what the time of those was worth. */
BH_MUST_CHECK static int
beyond_get(struct billing_moving *m, int64_t meter, int64_t *out)
{
	*out = 0;
	return m->s.step > 0 || m->carried
		? billing_store_drawn_beyond(m->tx, m->tenant, &m->s, meter, out)
		: 0;
}

/* What the part of the period from the last change of plan on is worth of a quantity. */
static int64_t
part_of(const struct billing_moving *m, int64_t included, int64_t until_ms)
{
	return billing_calendar_part(included, m->s.from_ms, m->s.until_ms, m->s.segment_ms, until_ms);
}

/* What the plan includes for the rest of the period, with what is left of what others did, or less what was drawn
 * too much under them. */
BH_MUST_CHECK static int
funds_add(struct billing_moving *m)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->plan.n_meters; i++) {
		const struct billing_plan_meter *row = &m->plan.meters[i];
		struct bh_uuid id = billing_period_id(&m->s.id, m->s.number, m->s.step, row->meter);
		int64_t part = part_of(m, row->included, m->s.until_ms), beyond = 0;

		if (row->included == 0)
			continue;
		rc = beyond_get(m, row->meter, &beyond);
		if (rc == 0 && part > beyond)
			rc = billing_store_included_add(m->tx, m->tenant, &id, row->meter, part - beyond,
				m->s.from_ms, m->s.until_ms);
	}
	return rc;
}

/* Takes away what is left of it. `carries`: what was drawn counts on, and what the time up to now was worth. */
BH_MUST_CHECK static int
funds_end(struct billing_moving *m, bool carries)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < m->plan.n_meters; i++) {
		const struct billing_plan_meter *row = &m->plan.meters[i];
		struct bh_uuid id = billing_period_id(&m->s.id, m->s.number, m->s.step, row->meter);
		int64_t drawn = 0;

		if (row->included == 0)
			continue;
		rc = billing_store_included_end(m->tx, m->tenant, &id, &drawn);
		if (rc == 0 && carries)
			rc = billing_store_drawn_add(m->tx, m->tenant, &m->s, row->meter, drawn,
				part_of(m, row->included, m->now_ms));
	}
	return rc;
}

BH_MUST_CHECK static int
credit_give(struct billing_moving *m)
{
	int64_t beyond;
	int rc = beyond_get(m, MONEY, &beyond);
	const struct billing_grant grant = {
		.id = billing_period_id(&m->s.id, m->s.number, 0, MONEY),
		.nanos = rc == 0 && m->plan.credit > beyond ? m->plan.credit - beyond : 0,
		.currency = m->plan.currency,
		.given_ms = m->s.from_ms,
		.ends_ms = m->s.until_ms,
		.source = "plan",
		.note = m->plan.name,
	};

	return rc == 0 && grant.nanos > 0 ? billing_credit_grant(m->tx, m->tenant, &grant) : rc;
}

/* Takes away what is left of the credit, whose period ends before its time. */
BH_MUST_CHECK static int
credit_cut(struct billing_moving *m)
{
	const struct bh_uuid id = billing_period_id(&m->s.id, m->s.number, 0, MONEY);
	int64_t given = 0, drawn = 0, before = 0;
	int rc = billing_credit_cut(m->tx, m->tenant, &id, &given, &drawn);

	if (rc < 0 || given == 0)
		return rc;
	rc = billing_store_drawn_beyond(m->tx, m->tenant, &m->s, MONEY, &before);
	return rc < 0 ? rc
				  : billing_store_drawn_add(m->tx, m->tenant, &m->s, MONEY, drawn,
						billing_calendar_part(given + before, m->s.from_ms, m->s.until_ms,
							m->s.from_ms, m->now_ms));
}

int
billing_period_open(struct billing_moving *m)
{
	int rc = 0;

	m->s.closed = false;
	m->s.segment_ms = m->s.from_ms;
	m->s.step = 0;
	if (billing_plan_is_prepaid(&m->plan) && !billing_moving_in_trial(m))
		rc = line_add(m, &m->plan, BILLING_LINE_BASE, m->s.from_ms, m->s.until_ms);
	if (rc == 0)
		rc = funds_add(m);
	if (rc == 0)
		rc = credit_give(m);
	return rc < 0 ? rc : tell(m, m->s.until_ms, false, false);
}

/* The lines and the event of an end; what was included is gone. */
BH_MUST_CHECK static int
close_told(struct billing_moving *m, int64_t at_ms, bool last)
{
	int rc = 0;

	if (!billing_plan_is_prepaid(&m->plan) && !billing_moving_in_trial(m))
		rc = line_add(m, &m->plan, BILLING_LINE_BASE, m->s.segment_ms, at_ms);
	m->s.closed = true;
	return rc < 0 ? rc : tell(m, at_ms, true, last);
}

int
billing_period_close(struct billing_moving *m, int64_t at_ms, bool last)
{
	int rc = funds_end(m, false);

	return rc < 0 ? rc : close_told(m, at_ms, last);
}

int
billing_period_cut(struct billing_moving *m)
{
	int rc = billing_plan_is_prepaid(&m->plan) ? billing_period_give_back(m) : 0;

	if (rc == 0)
		rc = funds_end(m, true);
	if (rc == 0)
		rc = credit_cut(m);
	if (rc == 0)
		rc = billing_store_drawn_carry(m->tx, m->tenant, &m->s, m->s.number + 1);
	m->carried = true;
	return rc < 0 ? rc : close_told(m, m->now_ms, false);
}

int
billing_period_give_back(struct billing_moving *m)
{
	return billing_moving_in_trial(m)
		? 0
		: line_add(m, &m->plan, BILLING_LINE_CREDIT, m->now_ms, m->s.until_ms);
}

int
billing_period_swap(struct billing_moving *m, const struct billing_plan *next)
{
	bool paid = billing_plan_is_prepaid(&m->plan), free = billing_moving_in_trial(m);
	int rc = 0;

	if (!free && paid)
		rc = billing_period_give_back(m);
	if (rc == 0 && !free)
		rc = paid ? line_add(m, next, BILLING_LINE_BASE, m->now_ms, m->s.until_ms)
				  : line_add(m, &m->plan, BILLING_LINE_BASE, m->s.segment_ms, m->now_ms);
	if (rc == 0)
		rc = funds_end(m, true);
	if (rc < 0)
		return rc;
	m->s.segment_ms = m->now_ms;
	m->s.step++;
	m->plan = *next;
	return funds_add(m);
}
