/* SPDX-License-Identifier: Apache-2.0 */
/* peer.c: calls to other services, and what their refusals mean here. */
#include "service/peer.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "http/exchange.h"
#include "service/request.h"

enum {
	FIRST_BYTE_MS = 60000,
	IDLE_MS = 30000,
	ANSWER_MAX = 16 * 1024 * 1024,
	REFUSAL_MAX = 64 * 1024
};

/* The API key behind the request, its own or one that a service names on: its limits bind further calls. A session
 * is nobody else's business. */
static struct bh_uuid
key_behind(const struct bh_claims *claims)
{
	bool is_key = strcmp(claims->client, "api_key") == 0 || strcmp(claims->client, "service") == 0;

	return is_key ? claims->session : (struct bh_uuid){0};
}

void
bh_peer_from(const struct bh_request *req, struct bh_peer *out)
{
	*out = (struct bh_peer){
		.runtime = req->runtime,
		.onward =
			{
				.tenant = req->tenant,
				.subject = req->claims.subject_text,
				.request_id = req->request_id,
				.traceparent = req->traceparent,
				.credential = key_behind(&req->claims),
			},
		.arena = req->arena,
		.watch_fd = bh_http_client_fd(req->http),
	};
}

static int
broke_off(const struct bh_peer_call *call)
{
	return bh_error(BH_E_UNAVAILABLE, "the %s service broke off its answer", call->service);
}

int
bh_peer_open(const struct bh_peer *peer, const struct bh_peer_call *call, struct bh_http_reply *out)
{
	struct bh_onward onward = peer->onward;
	char scope[64];
	const struct bh_http_header type = {"content-type", call->content_type};
	const bool has_body = call->body != NULL || call->body_fd > 0;
	struct bh_http_call http = {
		.method = call->method != NULL ? call->method
			: has_body                 ? "POST"
									   : "GET",
		.path = call->path,
		.headers = &type,
		.n_headers = call->content_type != NULL,
		.body = call->body != NULL ? call->body->data : NULL,
		.body_len = call->body_fd > 0 ? (size_t)call->body_bytes
			: call->body != NULL      ? call->body->len
									  : 0,
		.body_fd = call->body_fd,
		.body_offset = call->body_offset,
		.first_byte_ms = call->first_byte_ms != 0 ? call->first_byte_ms : FIRST_BYTE_MS,
		.idle_ms = call->idle_ms != 0 ? call->idle_ms : IDLE_MS,
		.watch_fd = peer->watch_fd,
		.cancel = peer->cancel,
		.repeatable = !call->once,
	};
	int rc;

	snprintf(scope, sizeof(scope), "internal:%s", call->service);
	onward.scope = scope;
	rc = bh_onward_call(peer->runtime, call->service, &onward, &http, out);
	if (rc == BH_E_CONNECT)
		return bh_error(BH_E_UNAVAILABLE, "the %s service is unreachable", call->service);
	/* It was ended, or cut off, as it worked: what may be asked again will be answered later. */
	return rc == BH_E_PROTOCOL && !call->once ? broke_off(call) : rc;
}

/* *out_broke: the answer ended before its end. */
static int
read_answer(const struct bh_peer_call *call, struct bh_http_reply *reply, struct bh_json_doc *out,
	bool *out_broke)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	size_t most = call->answer_max != 0 ? call->answer_max : ANSWER_MAX;
	bool refused = reply->status != 200;
	int rc;

	rc = bh_http_reply_body(reply, refused ? REFUSAL_MAX : most, &text);
	*out_broke = rc == BH_E_PROTOCOL && !refused;
	if (rc == BH_E_GONE || rc == BH_E_CANCELLED || (rc < 0 && !refused))
		return rc;
	if (rc == 0)
		rc = bh_json_parse(bh_buf_string(&text), text.len, &doc);
	if (refused)
		return bh_peer_refusal(reply->status, doc.root);
	if (rc < 0)
		return bh_error(BH_E_PROTOCOL, "the %s service's response is not valid JSON",
			call->service);
	*out = doc;
	doc = (struct bh_json_doc){0};
	return 0;
}

int
bh_peer_read(const struct bh_peer_call *call, struct bh_http_reply *reply, struct bh_json_doc *out)
{
	bool broke;

	return read_answer(call, reply, out, &broke);
}

int
bh_peer_ask(const struct bh_peer *peer, const struct bh_peer_call *call, struct bh_json_doc *out)
{
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	bool broke = false;
	int rc = bh_peer_open(peer, call, &reply);

	if (rc < 0)
		return rc;
	rc = read_answer(call, &reply, out, &broke);
	/* Broken off in the middle: by one of several addresses, the others may do. */
	if (rc == BH_E_PROTOCOL && !call->once &&
		bh_http_client_has_several(bh_runtime_peer(peer->runtime, call->service))) {
		bh_http_reply_close(&reply);
		rc = bh_peer_open(peer, call, &reply);
		if (rc == 0)
			rc = read_answer(call, &reply, out, &broke);
	}
	return rc == BH_E_PROTOCOL && broke && !call->once ? broke_off(call) : rc;
}

/* The code decides where the request is at fault; of what fails on the other side the status tells whether
 * to ask again, but for a vector that nobody can use. */
static int
refusal_number(int status, const char *code)
{
	int number = code != NULL ? bh_error_of_code(code) : BH_E_LAST;

	if (number == BH_E_VECTOR || (status < 500 && number != BH_E_LAST))
		return number;
	if (status < 500 && code != NULL)
		return status == 404 ? BH_E_NOT_FOUND : BH_E_INVALID;
	return status == 502 ? BH_E_UPSTREAM
		: status == 504  ? BH_E_UPSTREAM_TIMEOUT
		: status == 500  ? BH_E_INTERNAL
						 : BH_E_UNAVAILABLE;
}

int
bh_peer_refusal(int status, const struct bh_json *answer)
{
	const struct bh_json *error = bh_json_get(answer, "error");
	const char *code = bh_json_string(bh_json_get(error, "code"));
	const char *message = bh_json_string(bh_json_get(error, "message"));
	const char *param = bh_json_string(bh_json_get(error, "param"));
	int number = refusal_number(status, code);

	/* A token of ours that is refused is our trouble, not the client's. */
	if (number == BH_E_UNAUTHENTICATED || number == BH_E_FORBIDDEN || number == BH_E_NO_ROUTE)
		return bh_error(BH_E_INTERNAL, "a service rejected our own credential or path: HTTP %d",
			status);
	if (message == NULL)
		message = bh_error_row(number)->sentence;
	return param != NULL ? bh_error_param(number, param, "%.400s", message)
						 : bh_error(number, "%.400s", message);
}
