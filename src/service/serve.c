/* SPDX-License-Identifier: Apache-2.0 */
/* serve.c: one exchange from its head to its audit line: route, guard, handler, checks. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "sec/token.h"
#include "service/erase.h"
#include "service/idempotency.h"
#include "service/running.h"
#include "service/serving.h"

/* The gateway's request id when it has the agreed form, else a new one. */
static void
take_request_id(const struct bh_http_exchange *exchange, char out[BH_UUID_HEX])
{
	const char *given = bh_http_header(exchange, "x-request-id");
	struct bh_uuid id;

	if (given != NULL && strlen(given) == 32 && strspn(given, "0123456789abcdef") == 32) {
		memcpy(out, given, BH_UUID_HEX);
		return;
	}
	id = bh_uuid_new();
	bh_uuid_hex(&id, out);
}

/* W3C trace context, version 00: passed on as it came or not at all. */
static const char *
take_traceparent(const struct bh_http_exchange *exchange)
{
	const char *given = bh_http_header(exchange, "traceparent");

	if (given == NULL || strlen(given) != 55 || strspn(given, "0123456789abcdef-") != 55)
		return "";
	return given;
}

static struct bh_serving *
begin(struct bh_runtime *runtime, struct bh_http_exchange *exchange)
{
	struct bh_serving *serving = bh_arena_alloc(exchange->arena, sizeof(*serving));
	struct bh_request *req = &serving->req;

	take_request_id(exchange, serving->request_id);
	req->http = exchange;
	req->arena = exchange->arena;
	req->db = &serving->db;
	req->target_db = &serving->target_db;
	req->holding = &serving->holding;
	req->token = "";
	req->request_id = serving->request_id;
	req->traceparent = take_traceparent(exchange);
	/* A trace begins at the gateway: what processes ask each other of their own accord is none. */
	if (req->traceparent[0] != '\0')
		bh_trace_begin(runtime->trace, req->traceparent, BH_SPAN_SERVER, &serving->span,
			serving->traceparent);
	if (bh_span_is_traced(&serving->span))
		req->traceparent = serving->traceparent;
	req->service = runtime->state;
	req->runtime = runtime;
	req->started_us = bh_clock_steady_us();
	serving->route_index = runtime->router.n_entries;
	exchange->admitted = serving;
	return serving;
}

static int
find_route(struct bh_runtime *runtime, struct bh_serving *serving)
{
	struct bh_request *req = &serving->req;
	struct bh_router_match match;
	int rc = bh_router_find(&runtime->router, req->arena, req->http->method, req->http->path,
		&match, &serving->allow);

	if (rc < 0)
		return rc;
	req->route = match.route;
	serving->route_index = match.index;
	for (size_t i = 0; i < BH_COUNT(match.params); i++) {
		req->params[i].name = match.params[i].name;
		req->params[i].value = match.params[i].value;
	}
	return 0;
}

static bool
is_own_route(const struct bh_route *route)
{
	for (const struct bh_route *at = bh_service_routes; at->method != NULL; at++) {
		if (at == route)
			return true;
	}
	return false;
}

/* What the request will hold while it is served, from what its head says; a body of unknown length is
 * counted as it comes. The skeleton's own routes tell how we are and must not wait for that. */
static int
take_room(struct bh_runtime *runtime, struct bh_serving *serving)
{
	struct bh_request *req = &serving->req;
	const struct bh_uuid *tenant = &req->tenant;
	int64_t bytes = req->http->declared_bytes;
	bool in_memory = bytes <= (int64_t)runtime->body_memory_max;
	int rc;

	if (is_own_route(req->route))
		return 0;
	/* The gateway's and the services' own questions do not stand behind those of strangers. */
	if (bh_uuid_is_zero(tenant) && (req->route->flags & BH_ROUTE_INTERNAL) != 0)
		tenant = &bh_platform_tenant;
	rc = bh_admission_begin(&runtime->admission, tenant, &serving->holding);
	if (rc < 0 || bytes <= 0 || bytes > serving->body_bytes_max)
		return rc;
	return bh_admission_body(&runtime->admission, &serving->holding, in_memory ? bytes : 0,
		in_memory ? 0 : bytes);
}

/* Asks the route whether the body may come. It is not asked about a repeat: that adds nothing. */
static int
ask_route(struct bh_serving *serving)
{
	struct bh_request *req = &serving->req;
	bool known = false;
	int rc;

	if (req->route->admit == NULL)
		return 0;
	rc = bh_idempotency_known(req, &known);
	if (rc < 0 || known)
		return rc;
	serving->asked = true;
	return req->route->admit(req, &serving->body_bytes_max, &serving->over);
}

/* ---- who is being served ---- */

static void
list_in(struct bh_runtime *runtime, struct bh_serving *serving)
{
	pthread_mutex_lock(&runtime->lock);
	serving->next = runtime->servings;
	serving->self = &runtime->servings;
	if (serving->next != NULL)
		serving->next->self = &serving->next;
	runtime->servings = serving;
	pthread_mutex_unlock(&runtime->lock);
}

static void
list_out(struct bh_runtime *runtime, struct bh_serving *serving)
{
	if (serving->self == NULL)
		return;
	pthread_mutex_lock(&runtime->lock);
	*serving->self = serving->next;
	if (serving->next != NULL)
		serving->next->self = serving->self;
	pthread_mutex_unlock(&runtime->lock);
	serving->self = NULL;
}

size_t
bh_serve_cut(struct bh_runtime *runtime, const struct bh_uuid *tenant)
{
	size_t n = 0;

	pthread_mutex_lock(&runtime->lock);
	for (struct bh_serving *at = runtime->servings; at != NULL; at = at->next) {
		if (!bh_uuid_equal(&at->req.tenant, tenant))
			continue;
		/* Its descriptor is closed only after the request has left the list. */
		shutdown(bh_http_client_fd(at->req.http), SHUT_RDWR);
		n++;
	}
	pthread_mutex_unlock(&runtime->lock);
	return n;
}

/* Where anybody may connect, only members are told anything, whatever they ask for (service/places.h). */
static int
check_member(const struct bh_runtime *runtime, struct bh_serving *serving)
{
	const char *given;
	uint8_t bytes[32] = {0};
	bool right, also;

	if (!runtime->walled || (serving->refused == 0 && bh_route_is_probe(serving->req.route)))
		return serving->refused;
	given = bh_http_header(serving->req.http, BH_WIRE_HEADER);
	right = given != NULL && bh_text_unhex(given, strlen(given), bytes, sizeof(bytes));
	/* Compared in any case, and against a secret, which the walled have. */
	also = bh_bytes_equal(bytes, runtime->secrets.wire_also.bytes, sizeof(bytes)) && right &&
		runtime->secrets.has_wire_also;
	right = bh_bytes_equal(bytes, runtime->secrets.wire.bytes, sizeof(bytes)) && right;
	if (right || also)
		return serving->refused;
	serving->req.route = NULL;
	serving->route_index = runtime->router.n_entries;
	return bh_error(BH_E_UNAUTHENTICATED, "%s", bh_error_row(BH_E_UNAUTHENTICATED)->sentence);
}

/* The credential is judged before the body is read: nobody uploads on a bad one. */
int64_t
bh_serve_admit(void *ctx, struct bh_http_exchange *exchange)
{
	struct bh_runtime *runtime = ctx;
	struct bh_serving *serving = begin(runtime, exchange);
	struct bh_request *req = &serving->req;

	bh_error_clear();
	bh_log_request(req->request_id);
	serving->refused = find_route(runtime, serving);
	serving->refused = check_member(runtime, serving);
	if (serving->refused == 0 && !is_own_route(req->route) &&
		!__atomic_load_n(&runtime->state_open, __ATOMIC_ACQUIRE)) {
		bh_reply_header(req, BH_HTTP_UNREADY, "1");
		serving->refused = bh_error(BH_E_UNAVAILABLE, "the service is still starting");
	}
	if (serving->refused == 0)
		serving->refused = bh_guard_check(req);
	serving->db = (struct bh_db){.pool = runtime->db, .arena = req->arena, .context = req->tenant};
	if (bh_uuid_is_zero(&req->tenant))
		serving->db.payer = bh_db_stranger;
	else
		list_in(runtime, serving);
	req->target = req->tenant;
	serving->target_db = serving->db;
	serving->over = BH_E_TOO_LARGE;
	if (serving->refused == 0)
		serving->body_bytes_max = req->route->body_bytes_max;
	if (serving->refused == 0)
		serving->refused = ask_route(serving);
	if (serving->refused == 0)
		serving->refused = take_room(runtime, serving);
	BH_ASSERT(!bh_db_in_tx(req->db));
	return serving->refused == 0 ? serving->body_bytes_max : 0;
}

int
bh_serve_grow(void *ctx, struct bh_http_exchange *exchange, int64_t memory_bytes,
	int64_t spool_bytes)
{
	struct bh_runtime *runtime = ctx;
	struct bh_serving *serving = exchange->admitted;

	return bh_admission_body(&runtime->admission, &serving->holding, memory_bytes, spool_bytes);
}

/* An operator's act concerns the tenant in the path: that it exists, and the context of its rows. For one that is
 * being deleted there is only its erasure, which no other tenant can meet with. */
static int
find_target(struct bh_request *req)
{
	static const char sql[] = "SELECT id FROM tenant"
							  " WHERE tenant_id = $1 AND id = $2 AND (state = 'deleting') = $3";
	struct bh_uuid id;
	struct bh_db platform = bh_db_as(req->db, &bh_platform_tenant);
	bool erasure = req->route->handler == bh_erase_http;
	int rc;

	if ((req->route->flags & BH_ROUTE_OPERATOR) == 0)
		return 0;
	rc = bh_request_uuid(req, "tenant", &id);
	if (rc == 0)
		rc = bh_db_read_one(&platform, sql, BH_PARAMS(&bh_platform_tenant, &id, erasure),
			&bh_row_uuid, &req->target);
	if (rc < 0)
		return rc;
	*req->target_db = bh_db_as(req->db, &req->target);
	bh_audit_uuid(&req->audit, "target_tenant_id", &req->target);
	return 0;
}

static void
refuse(struct bh_serving *serving)
{
	struct bh_request *req = &serving->req;
	const char *method = req->http->method;

	switch (serving->refused) {
	case BH_E_METHOD:
		bh_reply_header(req, "allow", serving->allow);
		break;
	case BH_E_NO_ROUTE:
		/* The path is the client's own, cut so that the answer stays small. */
		bh_error(BH_E_NO_ROUTE, "Unknown request URL: %.16s %.256s.", method, req->http->path);
		break;
	default:
		break;
	}
	bh_reply_error(req, serving->refused, NULL);
}

/* What became of the body, and of the credential: it was judged by the head, and an unbuffered body may
 * have come for minutes since. */
static int
check_body(const struct bh_runtime *runtime, const struct bh_serving *serving)
{
	const struct bh_request *req = &serving->req;

	if (req->http->body_error < 0)
		return req->http->body_error;
	if (req->http->body_too_large && serving->over == BH_E_TOO_LARGE)
		return bh_error(BH_E_TOO_LARGE,
			"The request body is larger than the %lld bytes that this route allows.",
			(long long)serving->body_bytes_max);
	if (req->http->body_too_large)
		return serving->over;
	if ((req->route->flags & BH_ROUTE_UNBUFFERED) != 0 &&
		bh_token_checker_revoked(runtime->checker, &req->claims))
		return BH_E_UNAUTHENTICATED;
	return 0;
}

static void
call_handler(struct bh_runtime *runtime, struct bh_serving *serving)
{
	struct bh_request *req = &serving->req;
	int rc = find_target(req);

	if (rc == 0)
		rc = req->route->handler(req);
	BH_ASSERT(!bh_db_in_tx(req->db));
	if (rc < 0 && !req->replied)
		bh_reply_error(req, rc, NULL);
	BH_ASSERT(req->replied);
	bh_json_close(&req->body);
	rc = bh_admission_values(&runtime->admission, &serving->holding, 0);
	BH_ASSERT(rc == 0);
}

void
bh_serve_handle(void *ctx, struct bh_http_exchange *exchange)
{
	struct bh_runtime *runtime = ctx;
	struct bh_serving *serving = exchange->admitted;
	struct bh_request *req = &serving->req;
	int rc;

	if (serving->refused < 0)
		refuse(serving);
	else if ((rc = check_body(runtime, serving)) < 0)
		bh_reply_error(req, rc, NULL);
	else if (bh_idempotency_begin(req))
		call_handler(runtime, serving);
	/* The answer is kept before it is sent. */
	bh_idempotency_end(req, &serving->answer);
	bh_reply_send(req);
}

/* Milliseconds with three decimals. */
static void
add_ms(struct bh_buf *line, int64_t us)
{
	const char decimals[] = {'.', (char)('0' + us / 100 % 10), (char)('0' + us / 10 % 10),
		(char)('0' + us % 10)};

	bh_buf_int(line, us / 1000);
	bh_buf_add(line, decimals, sizeof(decimals));
}

/* Refused to somebody of whom nothing is known: no tenant, no person, no operator, no service. */
static bool
is_strangers(struct bh_request *req)
{
	return bh_serving(req)->answer.status >= 400 && bh_uuid_is_zero(&req->tenant) &&
		req->claims.subject_text[0] == '\0' && req->claims.actor[0] == '\0';
}

/* What an act was done to, as its path names it: the last parameter that is not the tenant. Only of an act that was
 * done, for what is no name of an object may be anything, a secret that came there by mistake as well. */
static void
add_object(struct bh_buf *line, struct bh_request *req)
{
	const char *object = NULL;

	for (size_t i = 0; i < BH_COUNT(req->params) && req->params[i].name != NULL; i++) {
		if (strcmp(req->params[i].name, "tenant") != 0)
			object = req->params[i].value;
	}
	if (object != NULL && bh_serving(req)->answer.status < 400)
		bh_audit_text(line, "object", object);
}

static void
audit(struct bh_runtime *runtime, struct bh_request *req, bool whole, int64_t duration_us)
{
	BH_AUTO(bh_buf_close) struct bh_buf line = {0};
	const struct bh_serving *serving = bh_serving(req);
	const struct bh_claims *claims = &req->claims;
	const char *event = req->route != NULL ? req->route->audit : "request.unknown";
	char credential[BH_UUID_TEXT] = "";
	bool stranger = is_strangers(req);

	if (stranger && !bh_audit_admits(&runtime->audit, bh_clock_steady_us()))
		return;
	/* Nobody's refusals take the room in which the acts of others are kept. */
	if (serving->answer.status >= 400 && !bh_uuid_is_zero(&req->tenant) &&
		!bh_audit_admits_refusal(&runtime->audit, &req->tenant, bh_clock_steady_us()))
		return;
	if (!bh_uuid_is_zero(&claims->session))
		bh_uuid_format(&claims->session, credential);
	bh_audit_begin(&runtime->audit, &line, event, &req->tenant, req->request_id);
	bh_audit_text(&line, "subject", claims->subject_text);
	bh_audit_text(&line, "actor", claims->actor);
	bh_audit_text(&line, "credential", credential);
	if (!bh_uuid_is_zero(&claims->impersonator))
		bh_audit_uuid(&line, "impersonator", &claims->impersonator);
	bh_audit_text(&line, "method", req->http->method);
	bh_audit_text(&line, "path", req->route != NULL ? req->route->path : NULL);
	bh_audit_int(&line, "status", serving->answer.status);
	bh_audit_text(&line, "error", serving->error_code);
	bh_buf_text(&line, ",\"duration_ms\":");
	add_ms(&line, duration_us);
	bh_buf_text(&line, whole ? ",\"complete\":true" : ",\"complete\":false");
	add_object(&line, req);
	bh_buf_add(&line, bh_buf_string(&req->audit), req->audit.len);
	bh_audit_end(&runtime->audit, &line, stranger);
}

/* The route's template, never the path: that may name what is a tenant's. */
static void
end_span(struct bh_runtime *runtime, struct bh_serving *serving)
{
	const struct bh_request *req = &serving->req;
	struct bh_trace_span *span = &serving->span;
	const char *route = req->route != NULL ? req->route->path : "(none)";

	if (!bh_span_is_traced(span))
		return;
	snprintf(span->name, sizeof(span->name), "%.10s %.80s",
		req->route != NULL ? req->http->method : "", route);
	span->failed = serving->answer.status >= 500;
	bh_span_text(span, "http.request.method", req->route != NULL ? req->route->method : "_OTHER");
	bh_span_text(span, "http.route", route);
	bh_span_int(span, "http.response.status_code", serving->answer.status);
	bh_span_text(span, "bulkhead.request_id", req->request_id);
	bh_span_text(span, "error.type", serving->error_code);
	bh_trace_end(runtime->trace, span);
}

void
bh_request_span(const struct bh_request *req, struct bh_trace_span *out)
{
	char below[BH_TRACEPARENT];

	*out = (struct bh_trace_span){0};
	if (bh_span_is_traced(&bh_serving((struct bh_request *)(uintptr_t)req)->span))
		bh_trace_begin(req->runtime->trace, req->traceparent, BH_SPAN_CLIENT, out, below);
}

void
bh_runtime_span_end(struct bh_runtime *runtime, struct bh_trace_span *span)
{
	bh_trace_end(runtime->trace, span);
}

void
bh_serve_done(void *ctx, struct bh_http_exchange *exchange, bool whole)
{
	struct bh_runtime *runtime = ctx;
	struct bh_serving *serving = exchange->admitted;
	struct bh_request *req = &serving->req;
	int64_t duration_us = bh_clock_steady_us() - req->started_us;

	list_out(runtime, serving);
	end_span(runtime, serving);
	BH_ASSERT(serving->idempotency == NULL || !serving->idempotency->running);
	if (serving->asked && req->route->release != NULL)
		req->route->release(req);
	bh_metrics_count(&runtime->metrics, serving->route_index, serving->answer.status, duration_us);
	if (!bh_uuid_is_zero(&req->tenant))
		bh_busiest_count(&runtime->busiest, &req->tenant, serving->answer.status, duration_us,
			bh_clock_steady_ms());
	if (req->route == NULL || strcmp(req->route->audit, "none") != 0)
		audit(runtime, req, whole, duration_us);
	bh_buf_close(&req->audit);
	bh_admission_end(&runtime->admission, &serving->holding);
	bh_log_request("");
}
