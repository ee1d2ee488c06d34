/* SPDX-License-Identifier: Apache-2.0 */
/* http_api.c: every call of the API: who calls, what was sent, faults, one transaction, the answer. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/text.h"
#include "service/request.h"
#include "stripemock/form.h"
#include "stripemock/hook.h"
#include "stripemock/meter.h"
#include "stripemock/operation.h"

/* One call while it is served. */
struct call {
	struct bh_request *req;
	struct stripemock *mock;
	const struct stripemock_operation *operation;
	struct stripemock_value *params;
	const char *key; /* Idempotency-Key; NULL: none */
	struct bh_digest fingerprint;
	struct stripemock_problem problem;
	int status;
	const char *body;
	const char *original_id; /* of the call that is replayed; NULL: none */
	unsigned webhooks;
};

static int
answer(struct call *call, int status, const char *body)
{
	struct bh_request *req = call->req;
	const char *version = bh_http_header(req->http, "stripe-version");

	bh_reply_header(req, "request-id", bh_arena_printf(req->arena, "req_mock%s", req->request_id));
	bh_reply_header(req, "stripe-version", version != NULL ? version : STRIPEMOCK_VERSION);
	bh_reply_header(req, "x-bulkhead-mock", "stripe");
	bh_reply_header(req, "cache-control", "no-cache, no-store");
	if (call->key != NULL)
		bh_reply_header(req, "idempotency-key", call->key);
	if (call->original_id != NULL) {
		bh_reply_header(req, "idempotent-replayed", "true");
		bh_reply_header(req, "original-request", call->original_id);
	}
	return bh_reply_text(req, status, "application/json", body);
}

static const char *
print_problem(struct call *call, const struct stripemock_problem *problem)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	stripemock_problem_write(problem,
		bh_arena_printf(call->req->arena, "req_mock%s", call->req->request_id), &text);
	return bh_arena_strdup(call->req->arena, bh_buf_string(&text));
}

static int
refuse(struct call *call, const struct stripemock_problem *problem)
{
	return answer(call, problem->status, print_problem(call, problem));
}

/* ---- who calls ---- */

/* The key of "Bearer KEY" or of Basic, whose user it is; NULL: neither. */
static const char *
sent_key(struct bh_request *req)
{
	const char *header = bh_http_header(req->http, "authorization");
	size_t len = 0;
	char *text;

	if (header == NULL)
		return NULL;
	if (strncasecmp(header, "Bearer ", 7) == 0)
		return header + 7;
	if (strncasecmp(header, "Basic ", 6) != 0)
		return NULL;
	text = bh_arena_alloc(req->arena, strlen(header));
	if (bh_base64_decode(header + 6, strlen(header + 6), text, strlen(header) - 1, &len) < 0)
		return NULL;
	text[len] = '\0';
	text[strcspn(text, ":")] = '\0';
	return text;
}

static bool
is_known(const struct stripemock *mock, const char *key)
{
	return key != NULL && strlen(key) == strlen(mock->key) &&
		bh_bytes_equal(key, mock->key, strlen(key));
}

/* The account's key; for streams of usage the token of a session, as with Stripe. */
static bool
is_admitted(const struct call *call)
{
	const char *key = sent_key(call->req);

	return strcmp(call->operation->kind, STRIPEMOCK_STREAM) == 0
		? stripemock_meter_session_is(call->mock, key, bh_clock_wall_ms() / 1000)
		: is_known(call->mock, key);
}

/* ---- what was sent ---- */

static int
read_json(struct call *call)
{
	struct bh_request *req = call->req;
	int rc = bh_request_json(req);

	if (rc == 0)
		call->params = stripemock_value_of(req->arena, req->body.root);
	return rc;
}

static int
read_params(struct call *call)
{
	struct bh_request *req = call->req;
	const char *query = req->http->query;
	int rc = 0;

	call->params = stripemock_value_new(req->arena, BH_JSON_OBJECT);
	if (bh_text_starts(req->http->path, "/v2/") && req->http->body.len > 0)
		return read_json(call);
	if (query != NULL)
		rc = stripemock_form_read(query, strlen(query), call->params);
	if (rc == 0 && req->http->body.len > 0)
		rc = stripemock_form_read(req->http->body.data, req->http->body.len, call->params);
	return rc;
}

/* A repeat must have the same method, path and parameters. */
static void
take_fingerprint(struct call *call)
{
	const struct bh_http_exchange *http = call->req->http;
	struct bh_hash hash;

	bh_hash_begin(&hash);
	bh_hash_add(&hash, http->method, strlen(http->method) + 1);
	bh_hash_add(&hash, http->path, strlen(http->path) + 1);
	if (http->query != NULL)
		bh_hash_add(&hash, http->query, strlen(http->query));
	bh_hash_add(&hash, "", 1);
	bh_hash_add(&hash, http->body.data, http->body.len);
	bh_hash_end(&hash, &call->fingerprint);
}

/* ---- the transaction ---- */

static void
begin_work(struct call *call, struct bh_db *tx, struct stripemock_work *work)
{
	struct bh_request *req = call->req;

	*work = (struct stripemock_work){
		.tx = tx,
		.arena = req->arena,
		.tenant = &bh_platform_tenant,
		.mock = call->mock,
		.wall_s = bh_clock_wall_ms() / 1000,
		.clock = "",
		.request_id = bh_arena_printf(req->arena, "req_mock%s", req->request_id),
		.idempotency_key = call->key,
		.params = stripemock_value_clone(req->arena, call->params),
	};
	work->now_s = work->wall_s;
	for (size_t i = 0; i < BH_COUNT(work->ids) && req->params[i].name != NULL; i++)
		work->ids[i] = req->params[i].value;
}

/* What is read is then changed: others wait. Usage is only added, by many at a time. */
static bool
changes_objects(const struct call *call)
{
	return strcmp(call->operation->method, "GET") != 0 &&
		!bh_text_starts(call->operation->kind, "billing.meter_event");
}

/* The secret of an endpoint is derived, and not kept with an answer. */
static const char *
without_secret(struct call *call)
{
	struct stripemock_value *body;

	if (strcmp(call->operation->kind, "webhook_endpoint") != 0 ||
		stripemock_value_read(call->req->arena, call->body, &body) < 0)
		return call->body;
	stripemock_value_drop(body, "secret");
	return stripemock_value_print(call->req->arena, body, true);
}

static const char *
with_secret(struct call *call, const char *text)
{
	struct stripemock_value *body;
	char secret[STRIPEMOCK_KEY];

	if (strcmp(call->operation->kind, "webhook_endpoint") != 0 ||
		call->req->params[0].name != NULL ||
		stripemock_value_read(call->req->arena, text, &body) < 0)
		return text;
	stripemock_hook_secret(call->mock, body, 0, secret);
	put_text(body, "secret", secret);
	text = stripemock_value_print(call->req->arena, body, true);
	bh_wipe(secret, sizeof(secret));
	return text;
}

/* The work itself; what it refuses is undone unless the problem is kept. */
static int
do_work(struct call *call, struct bh_db *tx)
{
	struct stripemock_work work;
	int rc;

	begin_work(call, tx, &work);
	rc = changes_objects(call) ? stripemock_work_lock(&work) : 0;
	if (rc == 0)
		rc = call->operation->run(&work, call->operation);
	if (rc == 0 && work.problem.status == 0)
		rc = stripemock_view_expand(&work, work.result, stripemock_value_at(work.params, "expand"));
	if (rc == 0)
		rc = stripemock_work_flush(&work);
	if (rc < 0) {
		call->problem = work.problem;
		return rc;
	}
	call->webhooks = work.made;
	call->status = work.problem.status != 0 ? work.problem.status : 200;
	call->body = work.problem.status != 0
		? print_problem(call, &work.problem)
		: stripemock_value_print(call->req->arena, work.result, false);
	return 0;
}

/* The answer of the first call with this key; or a refusal when that was another call. */
static int
replay(struct call *call, const struct stripemock_answer *kept)
{
	if (kept->fingerprint.len != sizeof(call->fingerprint.bytes) ||
		!bh_bytes_equal(kept->fingerprint.data, call->fingerprint.bytes, kept->fingerprint.len)) {
		call->problem = (struct stripemock_problem){.status = 400,
			.type = "idempotency_error",
			.message =
				"Keys for idempotent requests can only be used with the same parameters they "
				"were first used with. Try using a key other than the one sent if you meant "
				"to execute a different request."};
		return BH_E_INVALID;
	}
	call->status = (int)kept->status;
	call->body = with_secret(call, kept->body);
	call->original_id = kept->request_id;
	return 0;
}

static int
run(struct bh_db *tx, void *ctx)
{
	struct call *call = ctx;
	const char *id = bh_arena_printf(call->req->arena, "req_mock%s", call->req->request_id);
	struct stripemock_answer kept = {0};
	bool taken = true;
	int rc = 0;

	call->problem = (struct stripemock_problem){0};
	call->original_id = NULL;
	if (call->key != NULL)
		rc = stripemock_store_answer_begin(tx, &bh_platform_tenant, call->key, &call->fingerprint,
			id, &kept, &taken);
	if (rc < 0)
		return rc;
	if (!taken)
		return replay(call, &kept);
	rc = do_work(call, tx);
	if (rc == 0 && call->key != NULL)
		rc = stripemock_store_answer_keep(tx, &bh_platform_tenant, call->key, call->status,
			without_secret(call));
	return rc;
}

/* ---- faults ---- */

/* The client sees the connection end. What is answered reaches nobody. */
static int
drop(struct call *call)
{
	shutdown(bh_http_client_fd(call->req->http), SHUT_RDWR);
	return answer(call, 500, "");
}

static int
fail(struct call *call, enum stripemock_fault fault)
{
	static const struct stripemock_problem error = {.status = 500,
		.type = "api_error",
		.message = "An unknown error occurred"};
	static const struct stripemock_problem limited = {.status = 429,
		.code = "rate_limit",
		.message = "Request rate limit exceeded."};

	if (fault == STRIPEMOCK_FAULT_DROP_BEFORE)
		return drop(call);
	return refuse(call, fault == STRIPEMOCK_FAULT_ERROR ? &error : &limited);
}

/* ---- all of it ---- */

/* Answers that hold a secret are not kept; another one does no harm. */
static bool
is_kept(const struct stripemock_operation *operation)
{
	return strcmp(operation->kind, "mock") != 0 &&
		strcmp(operation->kind, "billing.meter_event_session") != 0;
}

static bool
take_key(struct call *call)
{
	const char *key = bh_http_header(call->req->http, "idempotency-key");

	if (strcmp(call->req->http->method, "POST") != 0 || key == NULL || key[0] == '\0' ||
		!is_kept(call->operation))
		return true;
	if (strlen(key) > 255 || !bh_text_is_plain(key))
		return false;
	call->key = key;
	take_fingerprint(call);
	return true;
}

static int
serve(struct call *call, enum stripemock_fault fault)
{
	struct bh_request *req = call->req;
	struct bh_db db = bh_db_as(req->db, &bh_platform_tenant);
	int rc;

	rc = bh_tx_run(&db, run, call);
	if (rc < 0 && call->problem.status != 0)
		return refuse(call, &call->problem);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (call->webhooks > 0)
		bh_runtime_wake(req->runtime, STRIPEMOCK_WORKER_SEND);
	return fault == STRIPEMOCK_FAULT_DROP_AFTER ? drop(call)
												: answer(call, call->status, call->body);
}

int
stripemock_http_api(struct bh_request *req)
{
	static const struct stripemock_problem strange = {.status = 401,
		.message = "Invalid API key provided. This is a mock of Stripe: its keys begin "
				   "with " STRIPEMOCK_KEY_PREFIX "."};
	static const struct stripemock_problem long_key = {.status = 400,
		.type = "idempotency_error",
		.message = "An idempotency key has at most 255 printable characters."};
	struct call call = {.req = req, .mock = req->service};
	enum stripemock_fault fault;
	int rc;

	if (!call.mock->conf.enabled)
		return bh_reply_error(req, bh_error(BH_E_NO_ROUTE, "The mock of Stripe is off."), NULL);
	call.operation = &stripemock_operations[req->route - stripemock_routes];
	if (!is_admitted(&call))
		return refuse(&call, &strange);
	if (!take_key(&call))
		return refuse(&call, &long_key);
	fault = strcmp(call.operation->kind, "mock") == 0 ? STRIPEMOCK_FAULT_NONE
													  : stripemock_faults_call(&call.mock->faults);
	if (fault != STRIPEMOCK_FAULT_NONE && fault != STRIPEMOCK_FAULT_DROP_AFTER)
		return fail(&call, fault);
	rc = read_params(&call);
	if (rc < 0)
		call.problem = (struct stripemock_problem){.status = 400, .message = bh_error_detail(rc)};
	else if (!stripemock_params_check(call.operation->params, call.params, &call.problem))
		rc = BH_E_INVALID;
	return rc < 0 ? refuse(&call, &call.problem) : serve(&call, fault);
}
