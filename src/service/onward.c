/* SPDX-License-Identifier: Apache-2.0 */
/* onward.c: a token for each tenant, subject and scope, and calls that carry it. */
#include "service/onward.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "json/fields.h"
#include "service/onward_cache.h"
#include "service/running.h"
#include "service/runtime.h"

#define TOKEN_MOST 4096u
#define TOKEN_SPARE_MS 60000 /* a token with less left is not used any more */
#define TOKEN_WAIT_MS 5000
#define ANSWER_MOST (16u * BH_KIB)
#define HEADERS_MOST 24u

static void
write_question(const struct bh_onward *onward, struct bh_buf *out)
{
	struct bh_write write = {.out = out};
	char tenant[BH_UUID_TEXT];

	bh_uuid_format(&onward->tenant, tenant);
	bh_write_object(&write);
	bh_write_pair_text(&write, "tenant", tenant);
	bh_write_pair_text(&write, "subject", onward->subject);
	bh_write_pair_text(&write, "scope", onward->scope);
	if (!bh_uuid_is_zero(&onward->credential)) {
		char credential[BH_UUID_TEXT];

		bh_uuid_format(&onward->credential, credential);
		bh_write_pair_text(&write, "credential", credential);
	}
	if (onward->request_id != NULL && onward->request_id[0] != '\0')
		bh_write_pair_text(&write, "request_id", onward->request_id);
	bh_write_end(&write);
}

/* {"access_token","expires_in"}; other members are none of ours. */
static int
read_answer(const char *issuer, const struct bh_buf *body, char *out, size_t size,
	int64_t *out_expires_in_s)
{
	struct bh_json_doc doc = {0};
	const char *token;
	int rc = bh_json_parse(bh_buf_string(body), body->len, &doc);

	if (rc < 0)
		return bh_error(BH_E_UNAVAILABLE, "%s's response is not valid JSON", issuer);
	token = bh_json_string(bh_json_get(doc.root, "access_token"));
	if (token == NULL || strlen(token) >= size ||
		!bh_json_int(bh_json_get(doc.root, "expires_in"), out_expires_in_s))
		rc = bh_error(BH_E_UNAVAILABLE, "%s's response contains no token", issuer);
	else
		memcpy(out, token, strlen(token) + 1);
	bh_json_close(&doc);
	return rc;
}

static int
ask(struct bh_runtime *runtime, const char *issuer, const struct bh_onward *onward,
	struct bh_buf *body)
{
	BH_AUTO(bh_buf_close) struct bh_buf question = {0};
	char proof[8 + 64] = "Bearer ";
	const struct bh_http_header headers[] = {
		{"content-type", "application/json"},
		{"x-bulkhead-service", runtime->service->name},
		{"authorization", proof},
	};
	struct bh_http_call call = {
		.method = "POST",
		.path = "/internal/token",
		.headers = headers,
		.n_headers = BH_COUNT(headers),
		.first_byte_ms = TOKEN_WAIT_MS,
		.idle_ms = TOKEN_WAIT_MS,
		.watch_fd = -1,
		.cancel = &runtime->stopping,
		.repeatable = true,
	};
	struct bh_http_reply reply;
	int rc;

	write_question(onward, &question);
	call.body = question.data;
	call.body_len = question.len;
	bh_text_hex(runtime->secrets.service.bytes, sizeof(runtime->secrets.service.bytes), proof + 7);
	rc = bh_http_call(bh_runtime_peer(runtime, issuer), &call, &reply);
	bh_wipe(proof, sizeof(proof));
	if (rc < 0)
		return bh_error(BH_E_UNAVAILABLE, "%s is unreachable for a service token", issuer);
	rc = bh_http_reply_body(&reply, ANSWER_MOST, body);
	bh_http_reply_close(&reply);
	if (reply.status == 403)
		return BH_E_SUSPENDED;
	if (rc < 0 || reply.status != 200)
		return bh_error(BH_E_UNAVAILABLE,
			"%s returned HTTP status %d to a request for a service token", issuer, reply.status);
	return 0;
}

static struct bh_onward_key
key_of(const struct bh_onward *onward)
{
	return (struct bh_onward_key){
		.tenant = onward->tenant,
		.subject = onward->subject != NULL ? onward->subject : "",
		.scope = onward->scope,
		.credential = onward->credential,
	};
}

int
bh_onward_token(struct bh_runtime *runtime, const struct bh_onward *onward, char *out, size_t size)
{
	const struct bh_onward_key key = key_of(onward);
	const char *issuer;
	int64_t now_ms = bh_clock_steady_ms();
	struct bh_buf body = {0};
	int64_t expires_in_s = 0;
	int rc;

	if (bh_onward_cache_find(runtime->onward, &key, now_ms + TOKEN_SPARE_MS, out, size))
		return 0;
	issuer = bh_services_issuer(runtime->services)->name;
	rc = ask(runtime, issuer, onward, &body);
	if (rc == 0)
		rc = read_answer(issuer, &body, out, size, &expires_in_s);
	if (rc == 0)
		bh_onward_cache_put(runtime->onward, &key, out, now_ms + expires_in_s * 1000);
	if (body.data != NULL)
		bh_wipe(body.data, body.size);
	bh_buf_close(&body);
	return rc;
}

static bool
has_header(const struct bh_http_call *call, const char *name)
{
	for (size_t i = 0; i < call->n_headers; i++) {
		if (strcasecmp(call->headers[i].name, name) == 0)
			return true;
	}
	return false;
}

/* One attempt with the token at hand. */
static int
attempt(struct bh_runtime *runtime, const char *peer, const struct bh_onward *onward,
	const struct bh_http_call *call, const char *authorization, struct bh_http_reply *out)
{
	struct bh_http_header headers[HEADERS_MOST + 4];
	struct bh_http_call whole = *call;
	char request_id[BH_UUID_HEX];
	size_t n = call->n_headers;

	BH_ASSERT(n <= HEADERS_MOST);
	if (n > 0)
		memcpy(headers, call->headers, n * sizeof(*headers));
	snprintf(request_id, sizeof(request_id), "%s",
		onward->request_id != NULL ? onward->request_id : "");
	if (request_id[0] == '\0') {
		struct bh_uuid id = bh_uuid_new();

		bh_uuid_hex(&id, request_id);
	}
	headers[n++] = (struct bh_http_header){"authorization", authorization};
	headers[n++] = (struct bh_http_header){"x-request-id", request_id};
	if (onward->traceparent != NULL && onward->traceparent[0] != '\0')
		headers[n++] = (struct bh_http_header){"traceparent", onward->traceparent};
	if (call->body_len > 0 && !has_header(call, "content-type"))
		headers[n++] = (struct bh_http_header){"content-type", "application/json"};
	whole.headers = headers;
	whole.n_headers = n;
	return bh_http_call(bh_runtime_peer(runtime, peer), &whole, out);
}

int
bh_onward_call(struct bh_runtime *runtime, const char *peer, const struct bh_onward *onward,
	struct bh_http_call *call, struct bh_http_reply *out)
{
	const struct bh_onward_key key = key_of(onward);
	char authorization[8 + TOKEN_MOST] = "Bearer ";
	int rc = 0;

	*out = (struct bh_http_reply){0};
	for (int i = 0; i < 2; i++) {
		rc = bh_onward_token(runtime, onward, authorization + 7, sizeof(authorization) - 7);
		if (rc == 0)
			rc = attempt(runtime, peer, onward, call, authorization, out);
		if (rc < 0 || out->status != 401 || i == 1)
			break;
		/* Revoked or signed by a key that is gone: nothing was done, a fresh token may do. */
		bh_onward_cache_drop(runtime->onward, &key);
		bh_http_reply_close(out);
	}
	bh_wipe(authorization, sizeof(authorization));
	return rc;
}
