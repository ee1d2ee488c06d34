/* SPDX-License-Identifier: Apache-2.0 */
/* meter.c: admits calls, and writes what they used. */
#include "model/meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "model/price.h"
#include "model/settle.h"
#include "service/request.h"

/* How long a call waits until the rows of its tenant's earlier ones are written. */
enum { HELD_MS = 5000 };

/* Calls that end within so long share a transaction, unless many do. */
enum { GATHER_MS = 40 };

struct model_meter {
	struct model_settle *settle; /* owned */
};

int
model_meter_open(struct model *model, struct model_meter **out)
{
	struct model_meter *meter = calloc(1, sizeof(*meter));
	int rc;

	if (meter == NULL)
		return BH_E_MEMORY;
	rc = model_settle_open(model->calls, &meter->settle);
	if (rc < 0) {
		free(meter);
		return rc;
	}
	*out = meter;
	return 0;
}

void
model_meter_close(struct model_meter *meter)
{
	if (meter == NULL)
		return;
	model_settle_close(meter->settle);
	free(meter);
}

static void
bucket_headers(struct bh_request *req, const struct model_call *call)
{
	int64_t left;

	if (call->limits.tokens_per_minute == 0)
		return;
	left = model_bucket_left(call->model->calls, &req->tenant, call->limits.tokens_per_minute,
		bh_clock_steady_us());
	bh_reply_header_int(req, "x-ratelimit-limit-tokens", call->limits.tokens_per_minute);
	bh_reply_header_int(req, "x-ratelimit-remaining-tokens", left);
}

static int
take_tokens(struct bh_request *req, struct model_call *call, int64_t tokens)
{
	int64_t limit = call->limits.tokens_per_minute;
	int64_t wait_us;

	if (limit == 0)
		return 0;
	wait_us = model_bucket_take(call->model->calls, &req->tenant, limit, tokens,
		bh_clock_steady_us(), &call->slot->bucket_tokens);
	if (wait_us == 0)
		return 0;
	bucket_headers(req, call);
	bh_reply_retry_after(req, wait_us / 1000 + 1);
	return bh_error(BH_E_RATE_LIMITED,
		"Limit reached: %lld tokens per minute of the tenant. This request needs %lld. Try again "
		"in %.1f s.",
		(long long)limit, (long long)tokens, (double)wait_us / 1e6);
}

static int
over_budget(struct bh_request *req, const struct model_limits *limits)
{
	char amount[32];

	bh_text_from_nanos(limits->budget_month, amount);
	bh_reply_header(req, "x-should-retry", "false");
	return bh_error(BH_E_OVER_BUDGET,
		"The tenant's monthly budget of %s is exhausted or reserved by calls in flight. It is "
		"renewed on the first of the month (UTC).",
		amount);
}

/* FILLING to ACTIVE, with the money set aside where there is a budget; after an error the slot is gone. */
static int
take_money(struct bh_request *req, struct model_call *call, const struct model_entry *entry,
	int64_t prompt)
{
	struct model_settle *settle = call->model->meter->settle;
	int64_t nanos = model_cost(entry->price_in, entry->price_out, prompt, call->output_cap);
	bool admitted = false;
	int rc;

	if (!call->limits.has_budget) {
		model_settle_begin(call->slot);
		return 0;
	}
	if (!entry->price_known) {
		model_calls_free(call->model->calls, call->slot);
		bh_reply_header(req, "x-should-retry", "false");
		return bh_error(BH_E_OVER_BUDGET,
			"The model has no price, which is required because the tenant has a budget.");
	}
	rc = model_settle_admit(settle, req->db, call->slot, nanos, bh_clock_wall_ms(), &admitted);
	/* No doubt about the call itself: it was not made. */
	if (rc == BH_E_DB_UNKNOWN)
		return BH_E_UNAVAILABLE;
	return rc == 0 && !admitted ? over_budget(req, &call->limits) : rc;
}

_Static_assert(sizeof((struct bh_claims){0}.subject_text) <= MODEL_SUBJECT_BYTES, "subjects fit");
_Static_assert(sizeof((struct bh_claims){0}.actor) <= MODEL_ACTOR_BYTES, "actors fit");
_Static_assert(BH_UUID_HEX <= MODEL_REQUEST_ID_BYTES, "request ids fit");

static void
slot_fill(struct bh_request *req, const struct model_entry *entry, struct model_slot *slot)
{
	slot->call = bh_uuid_new();
	slot->model_tenant = entry->tenant;
	slot->model_id = entry->id;
	slot->credential = req->claims.session;
	snprintf(slot->request_id, sizeof(slot->request_id), "%s", req->request_id);
	snprintf(slot->model_name, sizeof(slot->model_name), "%s", entry->name);
	snprintf(slot->subject, sizeof(slot->subject), "%s", req->claims.subject_text);
	snprintf(slot->actor, sizeof(slot->actor), "%s", req->claims.actor);
	slot->started_ms = bh_clock_wall_ms();
	slot->renewed_ms = bh_clock_steady_ms();
	slot->price_in = entry->price_in;
	slot->price_out = entry->price_out;
	slot->price_version = entry->price_version;
	slot->price_known = entry->price_known;
	slot->kind = (uint8_t)entry->kind;
}

/* The cap sent to the engine: never more than was reserved. */
static int64_t
cap_of(const struct model *model, const struct model_entry *entry,
	const struct model_limits *limits, int64_t prompt, int64_t asked)
{
	int64_t cap = asked;

	/* Search units are known beforehand, and vectors are no output. */
	if (entry->kind != MODEL_CHAT)
		return asked;
	if (cap == 0 && (limits->has_budget || limits->tokens_per_minute > 0))
		cap = model->conf.assumed_output;
	if (entry->max_output > 0 && (cap == 0 || cap > entry->max_output))
		cap = entry->max_output;
	if (cap > 0 && entry->context > prompt && cap > entry->context - prompt)
		cap = entry->context - prompt;
	return cap;
}

int
model_call_begin(struct bh_request *req, const struct model_entry *entry, int64_t prompt,
	int64_t output_cap, bool streamed, struct model_call *out)
{
	struct model_call call = {.model = req->service, .req = req};
	int64_t charged;
	int rc = model_settle_wait(call.model->meter->settle, &req->tenant, HELD_MS);

	if (rc == 0)
		rc = model_catalog_limits(call.model, req->db, &req->tenant, &call.limits);
	if (rc < 0)
		return rc;
	call.output_cap = cap_of(call.model, entry, &call.limits, prompt, output_cap);
	rc = model_calls_take(call.model->calls, &req->tenant, &call.slot);
	if (rc < 0)
		return rc;
	slot_fill(req, entry, call.slot);
	call.slot->streamed = streamed;
	call.slot->prompt_estimate = prompt;
	call.slot->output_cap = call.output_cap;
	if (entry->kind == MODEL_CHAT)
		call.slot->unread_most = call.output_cap > 0 ? call.output_cap
													 : call.model->conf.assumed_output;
	/* Of an embedding model it is the room for one text of many. */
	call.slot->context = entry->kind == MODEL_CHAT ? entry->context : 0;

	rc = take_tokens(req, &call, prompt + call.output_cap);
	if (rc < 0) {
		model_calls_free(call.model->calls, call.slot);
		return rc;
	}
	charged = call.slot->bucket_tokens;
	rc = take_money(req, &call, entry, prompt);
	if (rc < 0) {
		model_bucket_adjust(call.model->calls, &req->tenant, call.limits.tokens_per_minute,
			-charged, bh_clock_steady_us());
		return rc;
	}
	bucket_headers(req, &call);
	*out = call;
	return 0;
}

void
model_call_count(struct model_call *call, int64_t pieces, int64_t bytes)
{
	atomic_fetch_add_explicit(&call->slot->pieces, pieces, memory_order_relaxed);
	atomic_fetch_add_explicit(&call->slot->bytes, bytes, memory_order_relaxed);
}

void
model_call_estimate(struct model_call *call, int64_t prompt)
{
	call->slot->prompt_estimate = prompt;
}

static struct model_seen
seen(const struct model_slot *slot, const struct model_outcome *outcome)
{
	return (struct model_seen){
		.prompt_estimate = slot->prompt_estimate,
		.pieces = atomic_load(&slot->pieces),
		.bytes = atomic_load(&slot->bytes),
		.cap = slot->output_cap,
		.unread_most = slot->unread_most,
		.context = slot->context,
		.refused = outcome->refused,
		.unread = outcome->unread,
	};
}

struct model_usage
model_call_usage(const struct model_call *call, const struct model_outcome *outcome)
{
	const struct model_seen saw = seen(call->slot, outcome);
	const struct model_figures figures = model_usage_decide(&saw, &outcome->usage);

	return (struct model_usage){
		.present = figures.source == MODEL_REPORTED,
		.prompt_tokens = figures.prompt_tokens,
		.cached_tokens = figures.cached_tokens,
		.completion_tokens = figures.completion_tokens,
		.reasoning_tokens = figures.source == MODEL_REPORTED ? outcome->usage.reasoning_tokens : 0,
	};
}

static void
slot_figures(struct model_slot *slot, const struct model_outcome *outcome)
{
	const struct model_seen saw = seen(slot, outcome);
	const struct model_figures figures = model_usage_decide(&saw, &outcome->usage);

	slot->prompt_tokens = figures.prompt_tokens;
	slot->cached_tokens = figures.cached_tokens;
	slot->completion_tokens = figures.completion_tokens;
	slot->source = (uint8_t)figures.source;
}

static void
audit_text(struct bh_buf *out, const char *lead, const char *value)
{
	bh_buf_text(out, lead);
	bh_text_json(out, value, strlen(value));
}

static void
audit_int(struct bh_buf *out, const char *lead, int64_t value)
{
	bh_buf_text(out, lead);
	bh_buf_int(out, value);
}

/* What only the body knew, as members of an audit line. */
static void
audit_members(const struct model_slot *slot, struct bh_buf *out)
{
	audit_text(out, ",\"model\":", slot->model_name);
	audit_text(out, ",\"kind\":", model_kind_name(slot->kind));
	audit_text(out, ",\"outcome\":", model_status_name(slot->status));
	audit_text(out, ",\"usage_source\":", model_source_name(slot->source));
	bh_buf_text(out, slot->streamed ? ",\"streamed\":true" : ",\"streamed\":false");
	audit_int(out, ",\"prompt_tokens\":", slot->prompt_tokens);
	audit_int(out, ",\"cached_tokens\":", slot->cached_tokens);
	audit_int(out, ",\"completion_tokens\":", slot->completion_tokens);
	audit_int(out, ",\"reserved_nanos\":", slot->reserved_nanos);
	audit_int(out, ",\"cost_nanos\":",
		model_cost(slot->price_in, slot->price_out, slot->prompt_tokens, slot->completion_tokens));
}

/* A call whose process died has no request any more, and gets a line of its own. */
static void
audit_lost(struct model *model, const struct model_slot *slot)
{
	struct bh_buf members = {0};

	audit_text(&members, ",\"subject\":", slot->subject);
	audit_members(slot, &members);
	bh_runtime_audit(model->runtime, "model.call.lost", &slot->tenant, slot->request_id,
		bh_buf_string(&members));
	bh_buf_close(&members);
}

void
model_call_end(struct model_call *call, const struct model_outcome *outcome)
{
	struct model_slot *slot = call->slot;
	struct model *model = call->model;

	if (slot == NULL)
		return;
	slot->status = (uint8_t)outcome->status;
	slot->ended_ms = bh_clock_wall_ms();
	slot_figures(slot, outcome);
	if (call->limits.tokens_per_minute > 0)
		model_bucket_adjust(model->calls, &slot->tenant, call->limits.tokens_per_minute,
			slot->prompt_tokens + slot->completion_tokens - slot->bucket_tokens,
			bh_clock_steady_us());
	audit_members(slot, &call->req->audit);
	if (model_settle_end(model->meter->settle, slot))
		bh_runtime_wake(model->runtime, "write-usage");
	*call = (struct model_call){0};
}

void
model_meter_write(struct bh_runtime *runtime, void *service)
{
	struct model *model = service;
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(runtime), .arena = &arena, .vital = true};
	size_t settled;
	int rc;

	bh_runtime_wait(runtime, "write-usage", GATHER_MS);
	do {
		rc = model_settle_round(model->meter->settle, &db, &settled);
		bh_arena_close(&arena);
	} while (settled > 0);
	if (rc < 0)
		bh_log_failure("write usage rows (will retry)", rc);
}

/* Calls of dead processes: what was counted is billed. */
static void
settle_lost(struct model *model)
{
	struct model_settle *settle = model->meter->settle;
	struct model_slot *slot;
	size_t at = 0;

	while ((slot = model_settle_adopt(settle, &at)) != NULL) {
		const struct model_outcome lost = {.status = MODEL_LOST, .refused = !slot->is_made};

		slot->status = (uint8_t)lost.status;
		slot->ended_ms = bh_clock_wall_ms();
		slot_figures(slot, &lost);
		audit_lost(model, slot);
		(void)model_settle_end(settle, slot);
	}
}

void
model_meter_sweep(struct bh_runtime *runtime, void *service)
{
	struct model *model = service;
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(runtime), .arena = &arena, .vital = true};
	int rc;

	settle_lost(model);
	bh_runtime_wake(runtime, "write-usage");
	rc = model_settle_renew(model->meter->settle, &db, bh_clock_steady_ms());
	if (rc < 0)
		bh_log_failure("renew reservations (will retry)", rc);
	bh_arena_close(&arena);
}

void
model_meter_metrics(const void *service, struct bh_buf *out)
{
	const struct model *model = service;

	bh_buf_printf(out,
		"# HELP bulkhead_model_slots_used Slots for model calls in use, out of %d.\n"
		"# TYPE bulkhead_model_slots_used gauge\n"
		"bulkhead_model_slots_used %lld\n"
		"# HELP bulkhead_model_quarantined_total Usage rows that the database rejected.\n"
		"# TYPE bulkhead_model_quarantined_total counter\n"
		"bulkhead_model_quarantined_total %llu\n"
		"# HELP bulkhead_model_quarantine_dropped_total Quarantined rows dropped to make room for "
		"newer ones.\n"
		"# TYPE bulkhead_model_quarantine_dropped_total counter\n"
		"bulkhead_model_quarantine_dropped_total %llu\n",
		MODEL_SLOTS, (long long)model_calls_used(model->calls),
		(unsigned long long)model_calls_quarantined(model->calls),
		(unsigned long long)model_calls_dropped(model->calls));
}
