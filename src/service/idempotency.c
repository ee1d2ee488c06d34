/* SPDX-License-Identifier: Apache-2.0 */
/* idempotency.c: the first request with a key runs; those that repeat it get its answer. */
#include "service/idempotency.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "service/running.h"
#include "service/serving.h"

enum { LOOK_FIRST_MS = 25, LOOK_MOST_MS = 250 };

/* So many bytes of answers, a key counting as some thousand, are kept between two looks at how much a tenant
 * has, on average: drawn by lot, so that there is nothing to count. */
enum { TRIM_BYTES = 16 * BH_MIB, KEY_BYTES = 16 * BH_KIB };

static const struct bh_idempotency_sql *
sql_of(const struct bh_request *req)
{
	return req->runtime->service->idempotency;
}

/* ---- what runs here, for the heartbeat ---- */

static void
join(struct bh_request *req, struct bh_idempotency *idempotency)
{
	struct bh_runtime *runtime = req->runtime;

	pthread_mutex_lock(&runtime->lock);
	idempotency->running = true;
	idempotency->next = runtime->idempotency;
	idempotency->link = &runtime->idempotency;
	if (idempotency->next != NULL)
		idempotency->next->link = &idempotency->next;
	runtime->idempotency = idempotency;
	pthread_mutex_unlock(&runtime->lock);
}

static void
leave(struct bh_request *req, struct bh_idempotency *idempotency)
{
	if (!idempotency->running)
		return;
	pthread_mutex_lock(&req->runtime->lock);
	*idempotency->link = idempotency->next;
	if (idempotency->next != NULL)
		idempotency->next->link = idempotency->link;
	idempotency->running = false;
	pthread_mutex_unlock(&req->runtime->lock);
}

/* Copies of what does not change while a request runs: it may end while its lease is moved on, which then
 * finds nothing to move. */
static struct bh_idempotency *
snapshot(struct bh_runtime *runtime, struct bh_arena *arena, size_t *out_n)
{
	struct bh_idempotency *all;
	size_t n = 0;

	pthread_mutex_lock(&runtime->lock);
	for (struct bh_idempotency *at = runtime->idempotency; at != NULL; at = at->next)
		n++;
	all = bh_arena_array(arena, n + 1, sizeof(*all));
	n = 0;
	for (struct bh_idempotency *at = runtime->idempotency; at != NULL; at = at->next)
		all[n++] = (struct bh_idempotency){.mark = at->mark,
			.attempt = at->attempt,
			.tenant = at->tenant};
	pthread_mutex_unlock(&runtime->lock);
	*out_n = n;
	return all;
}

void
bh_idempotency_beat(struct bh_runtime *runtime, void *service)
{
	struct bh_arena arena = {0};
	size_t n = 0;
	const struct bh_idempotency *all = snapshot(runtime, &arena, &n);
	int rc = 0;

	(void)service;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct bh_db db = {.pool = runtime->db,
			.arena = &arena,
			.context = all[i].tenant,
			.vital = true};

		rc = bh_idempotency_store_extend(&db, &all[i].tenant, runtime->service->idempotency,
			&all[i]);
	}
	if (rc < 0)
		bh_log_failure("extend idempotency keys", rc);
	bh_arena_close(&arena);
}

/* ---- a repeat ---- */

/* Waits a moment. BH_E_GONE, BH_E_STOPPING, BH_E_UNAUTHENTICATED (revoked meanwhile). */
static int
pause_for(struct bh_request *req, int64_t ms)
{
	struct pollfd client = {.fd = bh_http_client_fd(req->http), .events = POLLRDHUP};

	if (poll(&client, 1, (int)ms) > 0 && bh_http_client_gone(req->http))
		return BH_E_GONE;
	if (bh_runtime_stopping(req->runtime))
		return BH_E_STOPPING;
	if (bh_token_checker_revoked(req->runtime->checker, &req->claims))
		return bh_error(BH_E_UNAUTHENTICATED, "The credential was revoked.");
	return 0;
}

static void
say_repeated(struct bh_request *req, const struct bh_idempotency_row *row)
{
	bh_reply_header(req, "idempotent-replayed", "true");
	bh_audit_text(&req->audit, "repeats", row->request_id);
}

static int
replay(struct bh_request *req, const struct bh_idempotency_row *row)
{
	const char *type = row->content_type;

	if (row->body.data == NULL)
		return BH_E_KEY_NOT_KEPT;
	say_repeated(req, row);
	if (type != NULL && strncmp(type, "text/event-stream", 17) == 0)
		bh_reply_header(req, "cache-control", "no-cache");
	/* The header's value must outlive the row. */
	bh_reply_bytes(req, (int)row->status, type != NULL ? bh_arena_strdup(req->arena, type) : NULL,
		row->body.data, row->body.len);
	return 0;
}

/* Looks at the row once. BH_E_KEY_RUNNING: wait; BH_E_NOT_FOUND: it is free again. 0: answered, or
 * idempotency->object says from what to answer. */
static int
look(struct bh_request *req, struct bh_idempotency *idempotency)
{
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = req->db->pool, .arena = &arena, .context = req->tenant};
	struct bh_idempotency_row row = {0};
	bool found = false;
	int rc = bh_idempotency_store_find(&db, &req->tenant, sql_of(req), idempotency, &row, &found);

	if (rc == 0 && !found) {
		rc = BH_E_NOT_FOUND;
	} else if (rc == 0 && !bh_digest_equal(&row.fingerprint, &idempotency->mark.fingerprint)) {
		rc = BH_E_KEY_REUSED;
	} else if (rc == 0 && !bh_uuid_is_zero(&row.object)) {
		say_repeated(req, &row);
		idempotency->object = row.object;
	} else if (rc == 0 && row.state == BH_IDEMPOTENCY_DONE) {
		rc = replay(req, &row);
	} else if (rc == 0 && row.state == BH_IDEMPOTENCY_UNKNOWN) {
		rc = BH_E_KEY_UNKNOWN;
	} else if (rc == 0) {
		rc = BH_E_KEY_RUNNING;
		/* Its process is dead or cut off from the database; the next look sees which it is. */
		if (row.over && bh_idempotency_store_lose(&db, &req->tenant, sql_of(req), idempotency) < 0)
			rc = BH_E_UNAVAILABLE;
	}
	bh_arena_close(&arena);
	return rc;
}

static int
take(struct bh_request *req, struct bh_idempotency *idempotency)
{
	bool taken = false;
	int rc = bh_idempotency_store_begin(req->db, &req->tenant, sql_of(req), idempotency,
		req->request_id, &taken);

	/* Perhaps taken after all: nothing ran, so nobody shall wait for it. */
	if (rc == BH_E_DB_UNKNOWN &&
		bh_idempotency_store_release(req->db, &req->tenant, sql_of(req), idempotency) == 0)
		return BH_E_UNAVAILABLE;
	if (rc < 0 || !taken)
		return rc;
	idempotency->ours = true;
	join(req, idempotency);
	rc = bh_idempotency_store_sweep(req->db, &req->tenant, sql_of(req));
	if (rc < 0)
		bh_log_failure("sweep idempotency keys", rc); /* the next one does it */
	return 0;
}

/* 0: ours to run, answered, or to be answered from an object. */
static int
enter(struct bh_request *req, struct bh_idempotency *idempotency)
{
	/* The gateway gives up after the route's time: answer before that. */
	int64_t until_ms = bh_clock_steady_ms() + req->route->timeout_ms * 9 / 10;
	int64_t wait_ms = LOOK_FIRST_MS;
	int rc;

	/* Looks before it takes: an INSERT that meets a row is a durable write all the same. */
	while ((rc = look(req, idempotency)) == BH_E_NOT_FOUND || rc == BH_E_KEY_RUNNING) {
		if (rc == BH_E_NOT_FOUND) {
			rc = take(req, idempotency);
			if (rc < 0 || idempotency->ours)
				return rc;
			continue; /* somebody was faster */
		}
		if (bh_clock_steady_ms() >= until_ms)
			return rc;
		rc = pause_for(req, wait_ms);
		if (rc < 0)
			return rc;
		wait_ms = wait_ms * 2 < LOOK_MOST_MS ? wait_ms * 2 : LOOK_MOST_MS;
	}
	return rc;
}

/* The header is what an error in the key is about; other failures have no parameter. */
static const char *
param_of(int error)
{
	return error == BH_E_KEY_REUSED || error == BH_E_KEY_UNKNOWN || error == BH_E_KEY_NOT_KEPT ||
			error == BH_E_KEY_RUNNING
		? BH_IDEMPOTENCY_HEADER
		: NULL;
}

bool
bh_idempotency_begin(struct bh_request *req)
{
	struct bh_idempotency *idempotency;
	const char *sent;
	int rc;

	if ((req->route->flags & BH_ROUTE_IDEMPOTENT) == 0)
		return true;
	sent = bh_http_header(req->http, BH_IDEMPOTENCY_HEADER);
	if (sent == NULL)
		return true;
	idempotency = bh_arena_alloc(req->arena, sizeof(*idempotency));
	*idempotency = (struct bh_idempotency){.attempt = bh_uuid_new(), .tenant = req->tenant};
	rc = bh_idempotency_mark(req, sent, &idempotency->mark);
	if (rc == 0)
		rc = enter(req, idempotency);
	if (rc < 0)
		bh_reply_error(req, rc, param_of(rc));
	if (req->replied)
		return false;
	bh_serving(req)->idempotency = idempotency;
	return true;
}

int
bh_idempotency_known(struct bh_request *req, bool *out_known)
{
	bool honoured = (req->route->flags & BH_ROUTE_IDEMPOTENT) != 0;
	const char *sent = honoured ? bh_http_header(req->http, BH_IDEMPOTENCY_HEADER) : NULL;
	struct bh_idempotency idempotency = {0};
	struct bh_idempotency_row row;
	int rc;

	*out_known = false;
	if (sent == NULL)
		return 0;
	rc = bh_idempotency_mark_key(req, sent, &idempotency.mark.key);
	return rc < 0 ? rc
				  : bh_idempotency_store_find(req->db, &req->tenant, sql_of(req), &idempotency,
						&row, out_known);
}

/* ---- the first one's outcome ---- */

static int
trim(struct bh_request *req, size_t len)
{
	size_t weight = len + KEY_BYTES;

	if (arc4random_uniform(TRIM_BYTES) >= weight)
		return 0;
	return bh_idempotency_store_trim(req->db, &req->tenant, sql_of(req), BH_IDEMPOTENCY_BYTES_MAX,
		BH_IDEMPOTENCY_ROWS_MAX);
}

/* A row that could not be written stays as it is: its lease ends, and repeats are told the truth, that
 * nobody knows. */
static void
write_outcome(struct bh_request *req, struct bh_idempotency *idempotency, int error,
	const struct bh_idempotency_reply *reply)
{
	bool good = reply->status >= 200 && reply->status < 300;
	int rc = 0;

	leave(req, idempotency);
	idempotency->ours = false;
	if (error == BH_E_DB_UNKNOWN)
		rc = bh_idempotency_store_doubt(req->db, &req->tenant, sql_of(req), idempotency);
	else if (idempotency->unbound)
		rc = bh_idempotency_store_unbind(req->db, &req->tenant, sql_of(req), idempotency);
	else if (!good || idempotency->released)
		rc = bh_idempotency_store_release(req->db, &req->tenant, sql_of(req), idempotency);
	else if (!idempotency->bound)
		rc = bh_idempotency_store_keep(req->db, &req->tenant, sql_of(req), idempotency, reply);
	if (rc == 0 && good)
		rc = trim(req, reply->body != NULL && !idempotency->bound ? reply->len : 0);
	if (rc < 0)
		bh_log_failure("store a response", rc);
}

static void
end(struct bh_request *req, int error, const struct bh_idempotency_reply *reply)
{
	struct bh_idempotency *idempotency = bh_serving(req)->idempotency;

	if (idempotency->ours)
		write_outcome(req, idempotency, error, reply);
}

/* ---- streams ---- */

/* A stream whose bytes are kept while they pass. Lies in the request's arena. */
struct kept {
	struct bh_request *req;
	struct bh_http_stream inner; /* owned */
	const char *content_type;
	struct bh_buf bytes; /* owned */
	bool too_large;
};

static ssize_t
kept_next(void *state, char *out, size_t size)
{
	struct kept *kept = state;
	ssize_t n = kept->inner.next(kept->inner.state, out, size);

	if (n > 0 && !kept->too_large) {
		kept->too_large = kept->bytes.len + (size_t)n > BH_IDEMPOTENCY_BODY_MAX;
		if (kept->too_large)
			bh_buf_close(&kept->bytes);
		else
			bh_buf_add(&kept->bytes, out, (size_t)n);
	}
	/* The end is sent when the answer is kept. */
	if (n == 0)
		end(kept->req, 0,
			&(struct bh_idempotency_reply){
				.status = 200,
				.content_type = kept->content_type,
				.body = kept->too_large ? NULL : bh_buf_string(&kept->bytes),
				.len = kept->bytes.len,
			});
	return n;
}

/* Cut before its end: what ran was stopped, and the key is free for another try. */
static void
kept_close(void *state)
{
	struct kept *kept = state;

	kept->inner.close(kept->inner.state);
	end(kept->req, 0, &(struct bh_idempotency_reply){.status = 499});
	bh_buf_close(&kept->bytes);
}

static struct bh_http_stream
keep_stream(struct bh_request *req, const struct bh_answer *answer)
{
	struct kept *kept = bh_arena_alloc(req->arena, sizeof(*kept));

	*kept = (struct kept){
		.req = req,
		.inner = answer->stream,
		.content_type = answer->content_type,
	};
	return (struct bh_http_stream){kept_next, kept_close, kept};
}

void
bh_idempotency_end(struct bh_request *req, struct bh_answer *answer)
{
	const struct bh_idempotency *idempotency = bh_serving(req)->idempotency;
	bool fits = answer->kind == BH_ANSWER_BYTES && answer->len <= BH_IDEMPOTENCY_BODY_MAX;

	if (idempotency == NULL || !idempotency->ours)
		return;
	if (answer->kind == BH_ANSWER_STREAM && !idempotency->bound)
		answer->stream = keep_stream(req, answer);
	else if (answer->kind != BH_ANSWER_STREAM)
		end(req, answer->error,
			&(struct bh_idempotency_reply){
				.status = answer->status,
				.content_type = answer->content_type,
				.body = fits ? answer->body : NULL,
				.len = answer->len,
			});
}

/* ---- what handlers say ---- */

bool
bh_request_repeats(const struct bh_request *req, struct bh_uuid *out)
{
	const struct bh_idempotency *idempotency = ((const struct bh_serving *)req)->idempotency;

	if (idempotency == NULL || bh_uuid_is_zero(&idempotency->object))
		return false;
	*out = idempotency->object;
	return true;
}

int
bh_request_bind(struct bh_request *req, struct bh_db *tx, const struct bh_uuid *object)
{
	struct bh_idempotency *idempotency = bh_serving(req)->idempotency;
	int rc;

	if (idempotency == NULL)
		return 0;
	rc = bh_idempotency_store_bind(tx, &req->tenant, sql_of(req), idempotency, object);
	if (rc < 0)
		return rc;
	idempotency->bound = true;
	/* Committed in a moment, or undone and answered as a failure: no lease is needed any more. */
	leave(req, idempotency);
	return 0;
}

void
bh_request_unbind(struct bh_request *req)
{
	struct bh_idempotency *idempotency = bh_serving(req)->idempotency;

	if (idempotency != NULL)
		idempotency->unbound = idempotency->bound;
}

void
bh_request_release(struct bh_request *req)
{
	struct bh_idempotency *idempotency = bh_serving(req)->idempotency;

	if (idempotency != NULL)
		idempotency->released = true;
}
