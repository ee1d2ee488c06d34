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
#include "meter/price.h"
#include "meter/refusal.h"
#include "meter/settle.h"
#include "model/admit.h"
#include "model/price.h"
#include "model/store.h"
#include "service/instance.h"
#include "service/request.h"

/* How long a call waits until the rows of its tenant's earlier ones are written. */
enum { HELD_MS = 5000 };

/* Calls that end within so long share a transaction, unless many do. */
enum { GATHER_MS = 40 };

struct model_meter {
	uint64_t input, cached, output;  /* tokens of the calls that ended here; atomic */
	uint64_t ended[METER_LOST + 1];  /* calls; atomic */
	struct meter_settle *settle;     /* owned */
	struct meter_terms_cache *terms; /* owned */
};

/* What is a model call's own, in its slot: what tells its usage if this process dies. */
struct own {
	int64_t prompt_estimate;
	int64_t output_cap, unread_most, context; /* as in struct model_seen */
	_Atomic int64_t pieces, bytes;            /* of output passed so far */
	int64_t bucket_tokens;                    /* charged to the token bucket at the start */
	int64_t output_line;                      /* enum meter_line: where the output is counted */
	bool by_rows;                             /* its pieces are rows of image_charge */
	struct model_price price;
};
_Static_assert(sizeof(struct own) <= METER_OWN_BYTES, "it fits");

static struct own *
own_of(const struct meter_slot *slot)
{
	return (struct own *)(uintptr_t)slot->own;
}

int
model_meter_open(struct model *model, struct model_meter **out)
{
	struct model_meter *meter = calloc(1, sizeof(*meter));
	int rc;

	if (meter == NULL)
		return BH_E_MEMORY;
	rc = meter_settle_open(model->slots, &meter->settle);
	if (rc == 0)
		rc = meter_terms_open(&meter->terms);
	if (rc < 0) {
		model_meter_close(meter);
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
	meter_terms_close(meter->terms);
	meter_settle_close(meter->settle);
	free(meter);
}

void
model_meter_forget(struct model_meter *meter, const struct bh_uuid *tenant)
{
	meter_terms_forget(meter->terms, tenant);
}

static void
bucket_headers(struct bh_request *req, const struct model_call *call)
{
	if (call->limits.tokens_per_minute == 0)
		return;
	bh_reply_header_int(req, "x-ratelimit-limit-tokens", call->limits.tokens_per_minute);
	bh_reply_header_int(req, "x-ratelimit-remaining-tokens", call->tokens_left);
}

static int
take_tokens(struct bh_request *req, struct model_call *call, int64_t tokens)
{
	int64_t limit = call->limits.tokens_per_minute;
	struct model_rate_taken taken;

	if (limit == 0)
		return 0;
	taken = model_rate_take(&call->model->rate, &req->tenant, limit, tokens, bh_clock_steady_us());
	own_of(call->slot)->bucket_tokens = taken.charged;
	call->tokens_left = taken.left;
	if (taken.wait_us == 0)
		return 0;
	if (!req->replied) {
		bucket_headers(req, call);
		bh_reply_retry_after(req, taken.wait_us / 1000 + 1);
	}
	return bh_error(BH_E_RATE_LIMITED,
		"Limit reached: %lld tokens per minute of the tenant. This request needs %lld. Try again "
		"in %.1f s.",
		(long long)limit, (long long)tokens, (double)taken.wait_us / 1e6);
}

/* FILLING to ACTIVE, with the money set aside where a limit may bind the call; after an error the slot is
 * gone. */
static int
take_money(struct bh_request *req, struct model_call *call, bool bound)
{
	struct meter_settle *settle = call->model->meter->settle;
	struct meter_refusal refusal = {0};
	int rc;

	if (!bound) {
		meter_settle_begin(call->slot);
		return 0;
	}
	rc = meter_settle_admit(settle, req->db, call->slot, bh_clock_wall_ms(), &refusal);
	/* No doubt about the call itself: it was not made. */
	if (rc == BH_E_DB_UNKNOWN)
		return BH_E_UNAVAILABLE;
	if (rc < 0 || refusal.span == METER_ADMITTED)
		return rc;
	if (!req->replied)
		bh_reply_header(req, "x-should-retry", "false");
	return meter_refusal_error(&refusal);
}

_Static_assert(sizeof((struct bh_claims){0}.subject_text) <= METER_SUBJECT_BYTES, "subjects fit");
_Static_assert(sizeof((struct bh_claims){0}.actor) <= METER_ACTOR_BYTES, "actors fit");
_Static_assert(BH_UUID_HEX <= METER_REQUEST_ID_BYTES, "request ids fit");

static void
slot_fill(struct bh_request *req, const struct model_entry *entry, struct meter_slot *slot)
{
	slot->act = bh_uuid_new();
	/* A service that acts for somebody may name a key, never a session. */
	if (strcmp(req->claims.client, "api_key") == 0 || strcmp(req->claims.client, "service") == 0)
		slot->key = req->claims.session;
	/* A key without an owner is its own subject, and is counted once. */
	if (!bh_uuid_equal(&req->claims.subject, &slot->key))
		slot->user = req->claims.subject;
	slot->team = req->claims.team;
	slot->model_tenant = entry->tenant;
	slot->model_id = entry->id;
	slot->credential = req->claims.session;
	snprintf(slot->request_id, sizeof(slot->request_id), "%s", req->request_id);
	snprintf(slot->model, sizeof(slot->model), "%s", entry->name);
	snprintf(slot->subject, sizeof(slot->subject), "%s", req->claims.subject_text);
	snprintf(slot->actor, sizeof(slot->actor), "%s", req->claims.actor);
	slot->started_ms = bh_clock_wall_ms();
	slot->renewed_ms = bh_clock_steady_ms();
	slot->kind = (uint8_t)model_price_kind(entry->kind);
}

/* What the call may come to, and at which prices. */
static void
slot_price(const struct model_call *call, const struct model_entry *entry,
	const struct meter_terms *terms, int64_t prompt)
{
	struct meter_slot *slot = call->slot;
	struct own *own = own_of(slot);

	own->price = model_price(entry, terms, slot->batch);
	own->output_line = entry->kind >= MODEL_RERANK ? METER_UNITS : METER_OUTPUT;
	slot->price_known = own->price.known;
	slot->price_version = own->price.version;
	slot->rate_version = own->price.rate_version;
	/* The estimate may be short; the answer's room is as good a measure as any of by how much. */
	model_price_most(&own->price, prompt + call->output_cap, slot->prices);
	slot->most[METER_INPUT] = prompt;
	/* An embedding has no output. */
	if (entry->kind != MODEL_EMBEDDING)
		slot->most[own->output_line] = call->output_cap;
}

/* The cap sent to the engine: never more than was reserved. */
static int64_t
cap_of(const struct model *model, const struct model_entry *entry, bool limited, int64_t prompt,
	int64_t asked)
{
	int64_t cap = asked;

	/* Units are known beforehand, and vectors are no output. */
	if (entry->kind != MODEL_CHAT)
		return asked;
	if (cap == 0 && limited)
		cap = model->conf.assumed_output;
	if (entry->max_output > 0 && (cap == 0 || cap > entry->max_output))
		cap = entry->max_output;
	if (cap > 0 && entry->context > prompt && cap > entry->context - prompt)
		cap = entry->context - prompt;
	return cap;
}

/* What settles the call if this process dies. */
static void
slot_own(const struct model_call *call, const struct model_entry *entry, int64_t prompt)
{
	struct own *own = own_of(call->slot);

	own->prompt_estimate = prompt;
	own->output_cap = call->output_cap;
	if (entry->kind == MODEL_CHAT)
		own->unread_most = call->output_cap > 0 ? call->output_cap
												: call->model->conf.assumed_output;
	/* Of an embedding model it is the room for one text of many. */
	own->context = entry->kind == MODEL_CHAT ? entry->context : 0;
}

/* Tokens, then money; after an error the slot is gone and nothing is charged. */
static int
take_all(struct bh_request *req, struct model_call *call, bool bound, int64_t tokens)
{
	int64_t charged;
	int rc = take_tokens(req, call, tokens);

	if (rc < 0) {
		meter_slots_free(call->model->slots, call->slot);
		return rc;
	}
	charged = own_of(call->slot)->bucket_tokens;
	rc = take_money(req, call, bound);
	if (rc < 0)
		model_rate_adjust(&call->model->rate, &req->tenant, call->limits.tokens_per_minute,
			-charged, bh_clock_steady_us());
	return rc;
}

int
model_meter_price(struct bh_request *req, const struct model_entry *entry, struct model_price *out)
{
	const struct model *model = req->service;
	struct meter_terms terms = {0};
	int rc = meter_terms_get(model->meter->terms, req->db, &req->tenant, bh_clock_steady_ms(),
		&terms);

	if (rc == 0)
		*out = model_price(entry, &terms, false);
	return rc;
}

/* By the conventions for generative AI of OpenTelemetry, without a word of what is asked. */
static void
begin_span(const struct bh_request *req, const struct meter_slot *slot, struct bh_trace_span *out)
{
	const char *operation = slot->kind == METER_CHAT ? "chat"
		: slot->kind == METER_EMBEDDING              ? "embeddings"
													 : meter_kind_name(slot->kind);

	bh_request_span(req, out);
	snprintf(out->name, sizeof(out->name), "%s %.70s", operation, slot->model);
	bh_span_text(out, "gen_ai.operation.name", operation);
	bh_span_text(out, "gen_ai.request.model", slot->model);
}

static void
end_span(struct model_call *call)
{
	const struct meter_slot *slot = call->slot;
	struct bh_trace_span *span = &call->span;

	if (slot->kind == METER_CHAT || slot->kind == METER_EMBEDDING) {
		bh_span_int(span, "gen_ai.usage.input_tokens",
			slot->used[METER_INPUT] + slot->used[METER_CACHED]);
		if (slot->kind == METER_CHAT)
			bh_span_int(span, "gen_ai.usage.output_tokens", slot->used[METER_OUTPUT]);
	}
	if (slot->status != METER_OK)
		bh_span_text(span, "error.type", meter_status_name(slot->status));
	span->failed = slot->status == METER_FAILED || slot->status == METER_TRUNCATED;
	bh_runtime_span_end(call->model->runtime, span);
}

int
model_call_begin(struct bh_request *req, const struct model_entry *entry, int64_t prompt,
	int64_t output_cap, unsigned manner, struct model_call *out)
{
	struct model_call call = {.model = req->service, .req = req};
	struct model_meter *meter = call.model->meter;
	struct meter_terms terms = {0};
	bool bound;
	int rc = meter_settle_wait(meter->settle, &req->tenant, HELD_MS);

	if (rc == 0)
		rc = model_catalog_limits(call.model, req->db, &req->tenant, &call.limits);
	if (rc == 0)
		rc = meter_terms_get(meter->terms, req->db, &req->tenant, bh_clock_steady_ms(), &terms);
	if (rc == 0)
		rc = meter_slots_take(call.model->slots, &req->tenant, &call.slot);
	if (rc < 0)
		return rc;
	slot_fill(req, entry, call.slot);
	call.slot->streamed = (manner & MODEL_STREAMED) != 0;
	call.slot->batch = (manner & MODEL_BATCH) != 0;
	bound = meter_terms_bind(&terms, call.slot);
	call.output_cap = cap_of(call.model, entry, bound || call.limits.tokens_per_minute > 0, prompt,
		output_cap);
	slot_price(&call, entry, &terms, prompt);
	slot_own(&call, entry, prompt);

	/* Seconds and characters are no tokens. */
	rc = take_all(req, &call, bound,
		entry->kind > MODEL_RERANK ? prompt : prompt + call.output_cap);
	if (rc < 0)
		return rc;
	if ((manner & MODEL_BESIDE) == 0)
		bucket_headers(req, &call);
	begin_span(req, call.slot, &call.span);
	*out = call;
	return 0;
}

void
model_call_count(struct model_call *call, int64_t pieces, int64_t bytes)
{
	atomic_fetch_add_explicit(&own_of(call->slot)->pieces, pieces, memory_order_relaxed);
	atomic_fetch_add_explicit(&own_of(call->slot)->bytes, bytes, memory_order_relaxed);
}

void
model_call_by_rows(struct model_call *call)
{
	own_of(call->slot)->by_rows = true;
}

void
model_call_estimate(struct model_call *call, int64_t prompt)
{
	own_of(call->slot)->prompt_estimate = prompt;
}

static struct model_seen
seen(const struct meter_slot *slot, const struct model_outcome *outcome)
{
	const struct own *own = own_of(slot);

	return (struct model_seen){
		.prompt_estimate = own->prompt_estimate,
		.pieces = atomic_load(&own->pieces),
		.bytes = atomic_load(&own->bytes),
		.cap = own->output_cap,
		.unread_most = own->unread_most,
		.context = own->context,
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
		.present = figures.source == METER_REPORTED,
		.prompt_tokens = figures.prompt_tokens,
		.cached_tokens = figures.cached_tokens,
		.completion_tokens = figures.completion_tokens,
		.reasoning_tokens = figures.source == METER_REPORTED ? outcome->usage.reasoning_tokens : 0,
	};
}

/* What it came to, at the prices of that. */
static void
slot_figures(struct meter_slot *slot, const struct model_outcome *outcome)
{
	const struct model_seen saw = seen(slot, outcome);
	const struct model_figures figures = model_usage_decide(&saw, &outcome->usage);
	const struct own *own = own_of(slot);

	slot->used[METER_INPUT] = figures.prompt_tokens - figures.cached_tokens;
	slot->used[METER_CACHED] = figures.cached_tokens;
	slot->used[own->output_line] = figures.completion_tokens;
	slot->source = (uint8_t)figures.source;
	memcpy(slot->prices, model_price_at(&own->price, figures.prompt_tokens), sizeof(slot->prices));
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
audit_members(const struct meter_slot *slot, struct bh_buf *out)
{
	audit_text(out, ",\"model\":", slot->model);
	audit_text(out, ",\"kind\":", meter_kind_name(slot->kind));
	audit_text(out, ",\"outcome\":", meter_status_name(slot->status));
	audit_text(out, ",\"usage_source\":", meter_source_name(slot->source));
	bh_buf_text(out, slot->streamed ? ",\"streamed\":true" : ",\"streamed\":false");
	audit_int(out, ",\"prompt_tokens\":", slot->used[METER_INPUT] + slot->used[METER_CACHED]);
	audit_int(out, ",\"cached_tokens\":", slot->used[METER_CACHED]);
	audit_int(out, ",\"completion_tokens\":", slot->used[own_of(slot)->output_line]);
	audit_int(out, ",\"reserved_nanos\":", slot->reserved_nanos);
	audit_int(out, ",\"cost_nanos\":", meter_cost(slot->prices, slot->used));
}

/* A call whose process died has no request any more, and gets a line of its own. */
static void
audit_lost(struct model *model, const struct meter_slot *slot)
{
	struct bh_buf members = {0};

	audit_text(&members, ",\"subject\":", slot->subject);
	audit_members(slot, &members);
	bh_runtime_audit(model->runtime, "model.call.lost", &slot->tenant, slot->request_id,
		bh_buf_string(&members));
	bh_buf_close(&members);
}

static int64_t
tokens_of(const struct meter_slot *slot)
{
	if (slot->kind == METER_TRANSCRIPTION || slot->kind == METER_SPEECH)
		return slot->used[METER_INPUT];
	return slot->used[METER_INPUT] + slot->used[METER_CACHED] +
		slot->used[own_of(slot)->output_line];
}

static void
tell_tokens(struct model_meter *meter, const struct meter_slot *slot)
{
	__atomic_add_fetch(&meter->input, (uint64_t)slot->used[METER_INPUT], __ATOMIC_RELAXED);
	__atomic_add_fetch(&meter->cached, (uint64_t)slot->used[METER_CACHED], __ATOMIC_RELAXED);
	__atomic_add_fetch(&meter->output, (uint64_t)slot->used[METER_OUTPUT], __ATOMIC_RELAXED);
	__atomic_add_fetch(&meter->ended[slot->status], 1, __ATOMIC_RELAXED);
}

void
model_call_end(struct model_call *call, const struct model_outcome *outcome)
{
	struct meter_slot *slot = call->slot;
	struct model *model = call->model;

	if (slot == NULL)
		return;
	slot->status = (uint8_t)outcome->status;
	slot->ended_ms = bh_clock_wall_ms();
	slot_figures(slot, outcome);
	if (call->limits.tokens_per_minute > 0)
		model_rate_adjust(&model->rate, &slot->tenant, call->limits.tokens_per_minute,
			tokens_of(slot) - own_of(slot)->bucket_tokens, bh_clock_steady_us());
	tell_tokens(model->meter, slot);
	end_span(call);
	audit_members(slot, &call->req->audit);
	if (meter_settle_end(model->meter->settle, slot))
		bh_runtime_wake(model->runtime, "write-usage");
	*call = (struct model_call){0};
}

void
model_meter_write(struct bh_runtime *runtime, void *service)
{
	struct model *model = service;

	bh_runtime_wait(runtime, "write-usage", GATHER_MS);
	meter_settle_write(model->meter->settle, bh_runtime_db(runtime));
}

/* It may have died between the row of a picture and its own count. Where that cannot be asked, the count stands: one
 * picture at most is not charged. */
static void
recount(struct model *model, const struct meter_slot *slot)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {
		.pool = bh_runtime_db(model->runtime),
		.arena = &arena,
		.context = slot->tenant,
		.vital = true,
	};
	int64_t n = 0;
	int rc;

	if (!own_of(slot)->by_rows)
		return;
	rc = model_store_charge_of(&db, &slot->tenant, &slot->act, &n);
	if (rc < 0)
		bh_log_failure("count the pictures of a call whose process died", rc);
	else
		atomic_store(&own_of(slot)->pieces, n);
}

void
model_meter_sweep(struct bh_runtime *runtime, void *service)
{
	struct model *model = service;
	struct meter_settle *settle = model->meter->settle;
	struct meter_slot *slot;
	size_t at = 0;

	/* Calls of dead processes: what was counted is billed. */
	while ((slot = meter_settle_adopt(settle, &at)) != NULL) {
		const struct model_outcome lost = {.status = METER_LOST, .refused = !slot->is_made};

		recount(model, slot);
		slot->status = (uint8_t)lost.status;
		slot->ended_ms = bh_clock_wall_ms();
		slot_figures(slot, &lost);
		audit_lost(model, slot);
		(void)meter_settle_end(settle, slot);
	}
	bh_runtime_wake(runtime, "write-usage");
	meter_settle_judges(settle,
		bh_instance_judges(bh_runtime_instance(runtime), bh_clock_steady_ms()));
	meter_settle_tend(settle, bh_runtime_db(runtime), bh_clock_steady_ms());
}

void
model_meter_months(struct bh_runtime *runtime, void *service)
{
	const struct model *model = service;
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(runtime), .arena = &arena};
	int64_t made = 0, dropped = 0;
	int rc = meter_books_months_open(&db, &made);

	if (rc == 0)
		rc = meter_books_months_drop(&db, 1000 * model->conf.keep_usage_s, &dropped);
	if (rc < 0)
		bh_log_failure("make or drop months of usage (will retry)", rc);
	if (made > 0 || dropped > 0)
		bh_log(BH_LOG_INFO, "months of usage: %lld made, %lld dropped", (long long)made,
			(long long)dropped);
	bh_arena_close(&arena);
}

static void
write_tokens(const struct model_meter *meter, struct bh_buf *out)
{
	const struct {
		const char *name;
		const uint64_t *value;
	} kinds[] = {{"input", &meter->input}, {"cached", &meter->cached}, {"output", &meter->output}};

	bh_buf_text(out,
		"# HELP bulkhead_model_tokens_total Tokens of the calls that ended.\n"
		"# TYPE bulkhead_model_tokens_total counter\n");
	for (size_t i = 0; i < BH_COUNT(kinds); i++)
		bh_buf_printf(out, "bulkhead_model_tokens_total{kind=\"%s\"} %llu\n", kinds[i].name,
			(unsigned long long)__atomic_load_n(kinds[i].value, __ATOMIC_RELAXED));
	bh_buf_text(out,
		"# HELP bulkhead_model_calls_total Calls that ended, by how.\n"
		"# TYPE bulkhead_model_calls_total counter\n");
	for (int i = 0; i <= METER_LOST; i++)
		bh_buf_printf(out, "bulkhead_model_calls_total{status=\"%s\"} %llu\n",
			meter_status_name((enum meter_status)i),
			(unsigned long long)__atomic_load_n(&meter->ended[i], __ATOMIC_RELAXED));
}

/* How long the call that waits longest for its event to be written has been over. */
static void
write_lag(struct meter_slots *slots, struct bh_buf *out)
{
	int64_t now_ms = bh_clock_wall_ms(), lag_ms = 0;
	const struct meter_slot *slot;
	size_t at = 0, waiting = 0;

	while ((slot = meter_slots_next(slots, &at)) != NULL) {
		if (atomic_load(&slot->state) != METER_SLOT_ENDED)
			continue;
		waiting++;
		lag_ms = now_ms - slot->ended_ms > lag_ms ? now_ms - slot->ended_ms : lag_ms;
	}
	bh_buf_printf(out,
		"# HELP bulkhead_model_unsettled Calls that are over and not settled yet.\n"
		"# TYPE bulkhead_model_unsettled gauge\nbulkhead_model_unsettled %zu\n"
		"# HELP bulkhead_model_settlement_lag_seconds How long the oldest of them has been over.\n"
		"# TYPE bulkhead_model_settlement_lag_seconds gauge\n"
		"bulkhead_model_settlement_lag_seconds %.3f\n"
		"# HELP bulkhead_model_slots Slots for model calls.\n"
		"# TYPE bulkhead_model_slots gauge\nbulkhead_model_slots %d\n",
		waiting, (double)lag_ms / 1000, METER_SLOTS);
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
		METER_SLOTS, (long long)meter_slots_used(model->slots),
		(unsigned long long)meter_slots_quarantined(model->slots),
		(unsigned long long)meter_slots_dropped(model->slots));
	write_tokens(model->meter, out);
	write_lag(model->slots, out);
	model_admit_metrics(model->admit, out);
}
