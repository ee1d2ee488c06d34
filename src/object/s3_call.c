/* SPDX-License-Identifier: Apache-2.0 */
/* s3_call.c: one signed request: its path, its headers, what the store answers, and when it is repeated. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "object/s3.h"
#include "object/s3_xml.h"

#define TRIES_MOST 3u
#define PAUSE_MS 100
#define TEXT_MOST ((size_t)4 * BH_MIB)
#define ERROR_TEXT_MOST ((size_t)64 * BH_KIB)
#define SKEW_MS 240000 /* stores tolerate 5 or 15 minutes */
#define HEADERS_MOST (S3_PAIRS_MOST + 5)

/* What both kinds of request are made of. */
struct call {
	struct bh_http_client *client;
	struct s3_signer signer;
	const char *host, *method, *path;
	const struct s3_pair *params;
	size_t n_params;
	struct s3_pair headers[HEADERS_MOST];
	size_t n_headers;
	const char *payload_hash;
	const void *body;
	size_t body_len;
	int body_fd;
	int64_t body_offset;
	int watch_fd;
};

/* ---- times ---- */

int64_t
s3_time_http(const char *text)
{
	struct tm parts = {0};
	const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &parts);

	return end != NULL && *end == '\0' ? (int64_t)timegm(&parts) * 1000 : 0;
}

int64_t
s3_time_iso(const char *text)
{
	struct tm parts = {0};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);

	if (end == NULL)
		return 0;
	if (*end == '.')
		end += 1 + strspn(end + 1, "0123456789");
	return strcmp(end, "Z") == 0 ? (int64_t)timegm(&parts) * 1000 : 0;
}

int64_t
s3_now_ms(const struct s3_store *store)
{
	return bh_clock_wall_ms() + __atomic_load_n(&store->skew_ms, __ATOMIC_RELAXED);
}

static void
note_time(const struct s3_store *store, struct s3_answer *answer)
{
	const char *date = bh_http_reply_header(&answer->reply, "date");

	answer->now_ms = date != NULL ? s3_time_http(date) : 0;
	if (answer->now_ms == 0)
		answer->now_ms = s3_now_ms(store);
}

/* After a refusal: whether our clock may be the reason, and is now set by the store's. */
static bool
adopt_clock(struct s3_store *store, const struct s3_answer *answer)
{
	int64_t off_ms = answer->now_ms - s3_now_ms(store);

	if (answer->now_ms == 0 || (off_ms < SKEW_MS && off_ms > -SKEW_MS))
		return false;
	__atomic_store_n(&store->skew_ms, answer->now_ms - bh_clock_wall_ms(), __ATOMIC_RELAXED);
	return true;
}

/* ---- one exchange ---- */

void
s3_answer_close(struct s3_answer *answer)
{
	bh_http_reply_close(&answer->reply);
	*answer = (struct s3_answer){0};
}

int
s3_xml_find(const char *text, size_t len, const char *name, size_t size, char *out)
{
	BH_AUTO(s3_xml_close) struct s3_xml xml = {.text = text, .len = len};
	struct s3_xml_end end;
	int rc;

	out[0] = '\0';
	while ((rc = s3_xml_next(&xml, &end)) > 0) {
		size_t n = strlen(end.value);

		if (strcmp(end.name, name) != 0)
			continue;
		if (n >= size)
			return bh_error(BH_E_PROTOCOL, "the response's %s is too long", name);
		memcpy(out, end.value, n + 1);
		return 0;
	}
	return rc;
}

/* The code of an error, if its body has one; letters only, as it goes into the log. */
static void
read_code(struct s3_answer *answer)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};

	if (bh_http_reply_body(&answer->reply, ERROR_TEXT_MOST, &body) < 0 || body.len == 0 ||
		s3_xml_find(body.data, body.len, "Code", sizeof(answer->code), answer->code) < 0 ||
		strspn(answer->code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.") !=
			strlen(answer->code))
		answer->code[0] = '\0';
}

static bool
is_one_of(const char *code, const char *const *codes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(code, codes[i]) == 0)
			return true;
	return false;
}

static int
status_error(const char *method, int status, const char *code)
{
	static const char *const full[] = {"InsufficientStorage", "InsufficientCapacity",
		"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded"};
	int rc = BH_E_UNAVAILABLE;

	if (status == 404 && strcmp(code, "NoSuchBucket") != 0)
		rc = BH_E_NOT_FOUND;
	else if (status == 403)
		rc = BH_E_FORBIDDEN;
	else if (status == 507 || is_one_of(code, BH_LIST(full)))
		rc = BH_E_NO_ROOM;
	return bh_error(rc, "object store: %s: status %d%s%s", method, status,
		code[0] != '\0' ? " " : "", code);
}

static int
by_name(const void *left, const void *right)
{
	return strcmp(((const struct s3_pair *)left)->name, ((const struct s3_pair *)right)->name);
}

static void
add_header(struct call *call, const char *name, const char *value)
{
	BH_ASSERT(call->n_headers < BH_COUNT(call->headers));
	call->headers[call->n_headers++] = (struct s3_pair){name, value};
}

static void
write_target(const struct call *call, struct bh_buf *out)
{
	bh_buf_text(out, call->path);
	if (call->n_params == 0)
		return;
	bh_buf_char(out, '?');
	s3_query(out, call->params, call->n_params);
}

/* Signs and sends. BH_E_CONNECT, BH_E_PROTOCOL, BH_E_UPSTREAM_TIMEOUT and so on without an answer; else 0
 * with the answer's status in the reply. */
static int
exchange(struct s3_store *store, struct call call, struct s3_answer *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf target = {0}, authorization = {0};
	struct bh_http_header headers[HEADERS_MOST + 1];
	char when[S3_TIME_TEXT];
	int64_t now_ms = s3_now_ms(store);
	size_t n = 0;
	int rc;

	s3_time_text(now_ms, when);
	add_header(&call, "host", call.host);
	add_header(&call, "x-amz-date", when);
	if (call.signer.token != NULL)
		add_header(&call, "x-amz-security-token", call.signer.token);
	qsort(call.headers, call.n_headers, sizeof(call.headers[0]), by_name);
	s3_sign(&(struct s3_signing){.signer = &call.signer,
				.time_ms = now_ms,
				.method = call.method,
				.path = call.path,
				.params = call.params,
				.n_params = call.n_params,
				.headers = call.headers,
				.n_headers = call.n_headers,
				.payload_hash = call.payload_hash},
		&authorization);
	for (size_t i = 0; i < call.n_headers; i++)
		if (strcmp(call.headers[i].name, "host") != 0)
			headers[n++] = (struct bh_http_header){call.headers[i].name, call.headers[i].value};
	headers[n++] = (struct bh_http_header){"authorization", bh_buf_string(&authorization)};
	write_target(&call, &target);
	rc = bh_http_call(call.client,
		&(struct bh_http_call){.method = call.method,
			.path = bh_buf_string(&target),
			.headers = headers,
			.n_headers = n,
			.body = call.body,
			.body_len = call.body_len,
			.body_fd = call.body_fd,
			.body_offset = call.body_offset,
			.first_byte_ms = store->timeout_ms,
			.idle_ms = store->timeout_ms,
			.watch_fd = call.watch_fd,
			.repeatable = true},
		&out->reply);
	if (rc == 0)
		note_time(store, out);
	return rc;
}

/* One attempt. *out_again: it may do better when it is repeated at once. */
static int
attempt(struct s3_store *store, const struct call *call, struct s3_answer *out, bool *out_again)
{
	struct s3_answer answer = {0};
	int rc = exchange(store, *call, &answer);
	int status;

	*out_again = false;
	if (rc < 0) {
		*out_again = rc == BH_E_CONNECT || rc == BH_E_PROTOCOL;
		return rc == BH_E_IO || rc == BH_E_GONE
			? rc
			: bh_error(BH_E_UNAVAILABLE, "object store: %s: %s", call->method, bh_error_detail(rc));
	}
	status = answer.reply.status;
	if (status >= 200 && status < 300) {
		*out = answer;
		return 0;
	}
	read_code(&answer);
	rc = status_error(call->method, status, answer.code);
	*out_again = status == 429 || (status >= 500 && rc == BH_E_UNAVAILABLE);
	bh_http_reply_close(&answer.reply);
	*out = (struct s3_answer){.now_ms = answer.now_ms};
	memcpy(out->code, answer.code, sizeof(out->code));
	return rc;
}

/* Waits before the next try; false when there is none. */
static bool
pause_before_next(unsigned *tries, int64_t end_ms)
{
	int pause_ms = PAUSE_MS << *tries;

	if (++*tries == TRIES_MOST || bh_clock_steady_ms() + pause_ms > end_ms)
		return false;
	poll(NULL, 0, pause_ms);
	return true;
}

/* ---- S3 ---- */

/* The store does not know the session, or no longer. */
static bool
is_stale(const char *code)
{
	static const char *const stale[] = {"ExpiredToken", "ExpiredTokenException", "InvalidToken",
		"InvalidAccessKeyId", "InvalidClientTokenId", "TokenRefreshRequired"};

	return is_one_of(code, BH_LIST(stale));
}

/* An object, its mark, or a key. */
static bool
is_name(const char *name)
{
	const char *hex = bh_text_starts(name, S3_KEY) ? name + strlen(S3_KEY) : name;

	return strspn(hex, "0123456789abcdef") == BH_UUID_HEX - 1 &&
		(hex[BH_UUID_HEX - 1] == '\0' ||
			(hex == name && strcmp(hex + BH_UUID_HEX - 1, S3_MARK) == 0));
}

/* The one place where a path is made: of the tenant whose session signs it, and a name that cannot leave
 * its prefix. */
void
s3_path(const struct s3_store *store, const struct bh_uuid *tenant, const char *name,
	struct bh_buf *out)
{
	char hex[BH_UUID_HEX];

	bh_buf_printf(out, "/%s", store->bucket);
	if (name == NULL)
		return;
	BH_ASSERT(tenant != NULL && is_name(name));
	bh_uuid_hex(tenant, hex);
	bh_buf_printf(out, "/%s/%s", hex, name);
}

static struct call
call_of(struct s3_store *store, const struct s3_request *request, const char *path,
	const struct s3_session *session)
{
	struct call call = {.client = store->objects,
		.signer = {session->id, session->secret, session->token, store->region, "s3"},
		.host = store->host,
		.method = request->method,
		.path = path,
		.params = request->params,
		.n_params = request->n_params,
		.payload_hash = request->payload_hash != NULL ? request->payload_hash : S3_EMPTY_HASH,
		.body = request->body,
		.body_len = request->body_len,
		.body_fd = request->body_fd,
		.body_offset = request->body_offset,
		.watch_fd = request->watch_fd};

	for (size_t i = 0; i < request->n_headers; i++)
		add_header(&call, request->headers[i].name, request->headers[i].value);
	add_header(&call, "x-amz-content-sha256", call.payload_hash);
	return call;
}

int
s3_call(struct s3_store *store, const struct s3_request *request, struct s3_answer *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	BH_AUTO(s3_session_close) struct s3_session session = {0};
	int64_t end_ms = bh_clock_steady_ms() + store->timeout_ms;
	bool renewed = false, corrected = false, again = false;
	unsigned tries = 0;

	s3_path(store, request->tenant, request->name, &path);
	for (;;) {
		struct call call;
		int rc = s3_session_get(store, request->tenant, 0, &session);

		if (rc < 0)
			return rc;
		call = call_of(store, request, bh_buf_string(&path), &session);
		rc = attempt(store, &call, out, &again);
		if (rc == 0)
			return 0;
		if (!corrected && adopt_clock(store, out)) {
			corrected = true;
			continue;
		}
		if (!renewed && is_stale(out->code)) {
			s3_session_drop(store, request->tenant, &session);
			renewed = true;
			continue;
		}
		if (!again || !pause_before_next(&tries, end_ms))
			return rc;
	}
}

int
s3_call_text(struct s3_store *store, const struct s3_request *request, struct s3_answer *out,
	struct bh_buf *out_body)
{
	int rc = s3_call(store, request, out);

	if (rc < 0)
		return rc;
	rc = bh_http_reply_body(&out->reply, TEXT_MOST, out_body);
	bh_http_reply_close(&out->reply);
	return rc < 0
		? bh_error(BH_E_UNAVAILABLE, "object store: %s: %s", request->method, bh_error_detail(rc))
		: 0;
}

int
s3_error(int rc)
{
	if (rc == BH_E_FORBIDDEN || rc == BH_E_PROTOCOL)
		return bh_error(BH_E_UNAVAILABLE, "%s", bh_error_detail(rc));
	return rc;
}

/* ---- STS ---- */

int
s3_call_sts(struct s3_store *store, const struct bh_buf *form, struct bh_buf *out_body,
	int64_t *out_now_ms)
{
	int64_t end_ms = bh_clock_steady_ms() + store->timeout_ms;
	bool corrected = false, again = false;
	struct s3_answer answer = {0};
	struct bh_digest hash;
	unsigned tries = 0;
	char hex[65];
	struct call call = {.client = store->sts,
		.signer = {store->key.id, store->key.secret, NULL, store->region, "sts"},
		.host = store->sts_host,
		.method = "POST",
		.path = "/",
		.payload_hash = hex,
		.body = form->data,
		.body_len = form->len};
	int rc;

	bh_digest_sha256(form->data, form->len, &hash);
	bh_text_hex(hash.bytes, sizeof(hash.bytes), hex);
	add_header(&call, "content-type", "application/x-www-form-urlencoded");
	for (;;) {
		rc = attempt(store, &call, &answer, &again);
		if (rc < 0 && !corrected && adopt_clock(store, &answer)) {
			corrected = true;
			continue;
		}
		if (rc == 0 || !again || !pause_before_next(&tries, end_ms))
			break;
	}
	if (rc == 0) {
		*out_now_ms = answer.now_ms;
		rc = bh_http_reply_body(&answer.reply, ERROR_TEXT_MOST, out_body);
	}
	bh_http_reply_close(&answer.reply);
	return rc < 0 ? bh_error(BH_E_UNAVAILABLE, "object store: AssumeRole: %s", bh_error_detail(rc))
				  : 0;
}
