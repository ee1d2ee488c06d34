/* meter.c: admits calls, and writes what they used. */
#include "model/meter.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "model/ended.h"
#include "model/reserve.h"
#include "model/store.h"
#include "service/request.h"

/* Longer than any call may take: such a reservation's call is gone. */
enum { RESERVATION_AGE_MS = 3600 * 1000 };

/* Rows of one statement: the log is flushed once for all of them. */
enum { BATCH = 512 };

/* Times that a statement is repeated which had to give way. */
enum { RETRIES = 3 };

/* How long a call waits until the rows of its tenant's earlier ones are written. */
enum { HELD_MS = 5000 };

struct model_meter {
	struct model *model;           /* borrowed */
	struct model_reserve *reserve; /* owned */
	_Atomic uint64_t losses;       /* connections lost when reservations were last re-asserted */
	pthread_mutex_t lock;          /* held while re-asserting */
	struct model_ended *ended;     /* owned */
};

int
model_meter_open(struct model *model, struct model_meter **out)
{
	struct model_meter *meter = calloc(1, sizeof(*meter));
	int rc;

	if (meter == NULL)
		return BH_E_MEMORY;
	meter->model = model;
	pthread_mutex_init(&meter->lock, NULL);
	rc = model_reserve_open(&meter->reserve);
	if (rc == 0)
		rc = model_ended_open(&meter->ended);
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
	model_ended_close(meter->ended);
	model_reserve_close(meter->reserve);
	pthread_mutex_destroy(&meter->lock);
	free(meter);
}

/* What a call in flight has reserved, read while its owner may end it and the slot become another's.
 * False when there is nothing, or it has changed meanwhile. */
static bool
reserved_by(const struct model_slot *slot, struct bh_uuid *tenant, struct bh_uuid *call,
	int64_t *nanos)
{
	uint32_t state = atomic_load(&slot->state);

	*nanos = atomic_load(&slot->reserved_nanos);
	*tenant = slot->tenant;
	*call = slot->call;
	atomic_thread_fence(memory_order_acquire);
	/* A slot that was given up in between is free, is being filled, or has another call's id. */
	return *nanos > 0 && (state == MODEL_SLOT_ACTIVE || state == MODEL_SLOT_ENDED) &&
		atomic_load(&slot->state) >= MODEL_SLOT_ACTIVE && bh_uuid_equal(&slot->call, call);
}

static int
reassert_one(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *call,
	int64_t nanos)
{
	struct bh_db as = bh_db_as(db, tenant);
	int rc;

	/* A settlement of that very call may stand in the way, and then one of the two gives way. */
	for (int tries = 0; (rc = model_store_budget_reassert(&as, tenant, call, nanos)) < 0; tries++) {
		if (rc != BH_E_DB_RETRY || tries == RETRIES)
			return rc;
	}
	return 0;
}

/* Reservations commit asynchronously, so a crash of the server may have lost the newest. After
 * each lost connection those in flight are put back before anything new is admitted. */
static int
reassert(struct model *model, struct bh_db *db)
{
	struct model_meter *meter = model->meter;
	uint64_t losses = bh_db_pool_losses(db->pool);
	struct model_slot *slot;
	size_t at = 0;
	int rc = 0;

	if (atomic_load(&meter->losses) == losses)
		return 0;
	pthread_mutex_lock(&meter->lock);
	if (atomic_load(&meter->losses) != losses) {
		while (rc == 0 && (slot = model_calls_next(model->calls, &at)) != NULL) {
			struct bh_uuid tenant, call;
			int64_t nanos;

			if (reserved_by(slot, &tenant, &call, &nanos))
				rc = reassert_one(db, &tenant, &call, nanos);
		}
		if (rc == 0)
			atomic_store(&meter->losses, losses);
	}
	pthread_mutex_unlock(&meter->lock);
	return rc;
}

static void
retry_headers(struct bh_request *req, int64_t wait_ms)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)wait_ms);
	bh_reply_header(req, "retry-after-ms", text);
	snprintf(text, sizeof(text), "%lld", (long long)((wait_ms + 999) / 1000));
	bh_reply_header(req, "retry-after", text);
}

static void
bucket_headers(struct bh_request *req, const struct model_call *call)
{
	int64_t left;
	char text[24];

	if (call->limits.tokens_per_minute == 0)
		return;
	left = model_bucket_left(call->model->calls, &req->tenant, call->limits.tokens_per_minute,
		bh_clock_steady_us());
	snprintf(text, sizeof(text), "%lld", (long long)call->limits.tokens_per_minute);
	bh_reply_header(req, "x-ratelimit-limit-tokens", text);
	snprintf(text, sizeof(text), "%lld", (long long)left);
	bh_reply_header(req, "x-ratelimit-remaining-tokens", text);
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
	retry_headers(req, wait_us / 1000 + 1);
	return bh_error(BH_E_RATE_LIMITED,
		"Limit of %lld tokens per minute of your organisation reached: this request counts %lld. "
		"Enough are free again in %.1f s.",
		(long long)limit, (long long)tokens, (double)wait_us / 1e6);
}

static int
over_budget(struct bh_request *req, const struct model_limits *limits)
{
	char amount[32];

	bh_text_from_nanos(limits->budget_month, amount);
	bh_reply_header(req, "x-should-retry", "false");
	return bh_error(BH_E_OVER_BUDGET,
		"The monthly budget of your organisation (%s) is used up or reserved by calls in flight. "
		"It is renewed on the first of the month (UTC).",
		amount);
}

/* Reserves, once more after what vanished calls still hold was settled. */
static int
reserve(struct bh_request *req, const struct model_call *call, int64_t nanos, bool *out_admitted)
{
	struct model_reserve *reserve = call->model->meter->reserve;
	int64_t expired = 0;
	char month[16];
	int rc;

	model_month(bh_clock_wall_ms(), month);
	rc = model_reserve_take(reserve, req->db, &req->tenant, &call->slot->call, nanos, month,
		out_admitted);
	if (rc < 0 || *out_admitted)
		return rc;
	rc = model_store_budget_expire(req->db, &req->tenant, RESERVATION_AGE_MS, &expired);
	if (rc < 0 || expired == 0)
		return rc;
	return model_reserve_take(reserve, req->db, &req->tenant, &call->slot->call, nanos, month,
		out_admitted);
}

static int
take_money(struct bh_request *req, struct model_call *call, const struct model_entry *entry,
	int64_t prompt)
{
	struct model_slot *slot = call->slot;
	uint64_t losses = bh_db_pool_losses(req->db->pool);
	bool admitted = false;
	int64_t nanos;
	int rc;

	if (!call->limits.has_budget)
		return 0;
	if (!entry->price_known) {
		bh_reply_header(req, "x-should-retry", "false");
		return bh_error(BH_E_OVER_BUDGET,
			"The model has no price, and your organisation has a hard budget.");
	}
	rc = reassert(call->model, req->db);
	if (rc < 0)
		return rc;
	nanos = model_cost(entry->price_in, entry->price_out, prompt, call->output_cap);
	rc = reserve(req, call, nanos, &admitted);
	if (rc < 0)
		return rc;
	if (!admitted)
		return over_budget(req, &call->limits);
	/* Only what is admitted is put back by others. Who looked just before has not seen it. */
	atomic_store(&slot->reserved_nanos, nanos);
	if (nanos > 0 && bh_db_pool_losses(req->db->pool) != losses)
		rc = reassert_one(req->db, &req->tenant, &slot->call, nanos);
	return rc;
}

static void
slot_fill(struct bh_request *req, const struct model_entry *entry, struct model_slot *slot)
{
	slot->tenant = req->tenant;
	slot->call = bh_uuid_new();
	slot->model_tenant = entry->tenant;
	slot->model_id = entry->id;
	slot->credential = req->claims.session;
	snprintf(slot->request_id, sizeof(slot->request_id), "%s", req->request_id);
	snprintf(slot->model_name, sizeof(slot->model_name), "%s", entry->name);
	snprintf(slot->subject, sizeof(slot->subject), "%s", req->claims.subject_text);
	snprintf(slot->actor, sizeof(slot->actor), "%s", req->claims.actor);
	slot->started_ms = bh_clock_wall_ms();
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

	if (entry->kind == MODEL_EMBEDDING)
		return 0;
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
	int rc;

	rc = model_ended_wait(call.model->meter->ended, &req->tenant, HELD_MS);
	if (rc == 0)
		rc = model_catalog_limits(call.model, req->db, &req->tenant, &call.limits);
	if (rc < 0)
		return rc;
	call.output_cap = cap_of(call.model, entry, &call.limits, prompt, output_cap);
	rc = model_calls_take(call.model->calls, &call.slot);
	if (rc < 0)
		return rc;
	slot_fill(req, entry, call.slot);
	call.slot->streamed = streamed;
	call.slot->prompt_estimate = prompt;
	call.slot->output_cap = call.output_cap;
	if (entry->kind == MODEL_CHAT)
		call.slot->unread_most =
			call.output_cap > 0 ? call.output_cap : call.model->conf.assumed_output;
	/* Of an embedding model it is the room for one text of many. */
	call.slot->context = entry->kind == MODEL_CHAT ? entry->context : 0;

	rc = take_tokens(req, &call, prompt + call.output_cap);
	if (rc < 0) {
		model_calls_free(call.slot);
		return rc;
	}
	/* Active before the reservation is made: if we die now, the next process looks for it. */
	atomic_store(&call.slot->state, MODEL_SLOT_ACTIVE);
	rc = take_money(req, &call, entry, prompt);
	if (rc < 0) {
		/* An unknown outcome may have left a reservation: the row settles it at nothing. */
		const struct model_outcome refused = {.status = MODEL_FAILED, .refused = true};

		model_bucket_adjust(call.model->calls, &req->tenant, call.limits.tokens_per_minute,
			-call.slot->bucket_tokens, bh_clock_steady_us());
		call.slot->bucket_tokens = 0;
		if (rc == BH_E_OVER_BUDGET)
			model_calls_free(call.slot);
		else
			model_call_end(&call, &refused);
		/* No doubt about the call itself: it was not made. */
		return rc == BH_E_DB_UNKNOWN ? BH_E_UNAVAILABLE : rc;
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
		.reasoning_tokens =
			figures.source == MODEL_REPORTED ? outcome->usage.reasoning_tokens : 0,
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
	static const char *const statuses[] = {"ok", "cut", "truncated", "failed", "lost"};
	static const char *const sources[] = {"reported", "counted", "estimated"};

	audit_text(out, ",\"model\":", slot->model_name);
	audit_text(out, ",\"kind\":", model_kind_name(slot->kind));
	audit_text(out, ",\"outcome\":", statuses[slot->status]);
	audit_text(out, ",\"usage_source\":", sources[slot->source]);
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
	bh_audit_line(model->runtime, "model.call.lost", &slot->tenant, slot->request_id,
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
	if (model_ended_add(model->meter->ended, slot))
		bh_runtime_wake(model->runtime, "write-usage");
	*call = (struct model_call){0};
}

/* Settles the calls of the first one's tenant and moves them to the front; *count is what it settled. */
static int
settle_tenant(struct bh_db *db, struct model_slot **slots, size_t n, const char *month,
	size_t *count)
{
	struct bh_uuid tenant = slots[0]->tenant;
	struct bh_db as = bh_db_as(db, &tenant);
	bool lost = false;
	size_t mine = 0;
	int rc;

	for (size_t i = 0; i < n; i++) {
		struct model_slot *slot = slots[i];

		if (!bh_uuid_equal(&slot->tenant, &tenant))
			continue;
		lost = lost || slot->status == MODEL_LOST;
		slots[i] = slots[mine];
		slots[mine++] = slot;
	}
	*count = mine;
	rc = model_store_usage_settle(&as, &tenant, slots, mine, month);
	/* A dead process's statement may have reserved while ours waited for the budget's row with a
	 * snapshot of before: the second look sees what the first could not. */
	return rc == 0 && lost ? model_store_usage_settle(&as, &tenant, slots, mine, month) : rc;
}

/* One statement a tenant, then one that makes them all durable; only then are the slots given up. A
 * tenant whose rows cannot be written holds back nobody else's. Returns what went wrong first; those
 * that were written stand in front, *out_written of them. */
static int
write_batch(struct bh_db *db, struct model_slot **slots, size_t n, size_t *out_written)
{
	struct model_slot *failed[BATCH];
	size_t done = 0, written = 0, n_failed = 0;
	char month[16];
	int first = 0, rc = 0;

	model_month(bh_clock_wall_ms(), month);
	while (done < n) {
		size_t count = n - done;

		/* Without a server there is no need to ask for each. */
		if (rc != BH_E_DB_DOWN && rc != BH_E_POOL)
			rc = settle_tenant(db, slots + done, n - done, month, &count);
		if (rc < 0) {
			memcpy(failed + n_failed, slots + done, count * sizeof(*slots));
			n_failed += count;
			first = first < 0 ? first : rc;
		} else {
			memmove(slots + written, slots + done, count * sizeof(*slots));
			written += count;
		}
		done += count;
	}
	memcpy(slots + written, failed, n_failed * sizeof(*slots));
	if (written > 0) {
		rc = model_store_usage_flush(db);
		if (rc < 0) {
			first = rc;
			written = 0;
		}
	}
	*out_written = written;
	return first;
}

void
model_meter_write(struct bh_runtime *runtime, void *service)
{
	const struct timespec gather = {.tv_nsec = 10 * 1000000};
	struct model *model = service;
	struct model_slot *slots[BATCH];
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(runtime), .arena = &arena, .vital = true};
	size_t written = 1;
	size_t n;
	int rc = 0;

	nanosleep(&gather, NULL); /* calls that end close together share a transaction */
	while (written > 0 && (n = model_ended_take(model->meter->ended, slots, BATCH)) > 0) {
		rc = write_batch(&db, slots, n, &written);
		for (size_t i = 0; i < written; i++)
			model_calls_free(slots[i]);
		for (size_t i = written; i < n; i++)
			(void)model_ended_add(model->meter->ended, slots[i]); /* it is repeatable */
		model_ended_written(model->meter->ended, written == 0);
		bh_arena_close(&arena);
	}
	if (rc < 0)
		bh_log_failure("usage rows wait for the database", rc);
	bh_arena_close(&arena);
}

void
model_meter_sweep(struct bh_runtime *runtime, void *service)
{
	struct model *model = service;
	struct model_slot *slot;
	size_t at = 0;

	while ((slot = model_calls_next(model->calls, &at)) != NULL) {
		const struct model_outcome lost = {.status = MODEL_LOST};
		uint32_t state;

		if (!model_calls_adopt(model->calls, slot))
			continue;
		state = atomic_load(&slot->state);
		if (state == MODEL_SLOT_FILLING) {
			model_calls_free(slot); /* died before it was admitted */
			continue;
		}
		if (state == MODEL_SLOT_ACTIVE) {
			slot->status = (uint8_t)lost.status;
			slot->ended_ms = bh_clock_wall_ms();
			slot_figures(slot, &lost);
			audit_lost(model, slot);
		}
		(void)model_ended_add(model->meter->ended, slot);
	}
	bh_runtime_wake(runtime, "write-usage");
}
