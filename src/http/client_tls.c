/* SPDX-License-Identifier: Apache-2.0 */
/* client_tls.c: https peers through libcurl's multi interface; besides mail.c the only file that knows libcurl. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "http/address.h"
#include "http/client.h"
#include "http/peer.h"

#define BODY_BUFFER ((size_t)256 * BH_KIB) /* above it libcurl is told to pause */
#define SLICE_MS 200                       /* between looks at the client and the cancel flag */

/* One easy handle with a connection cache of its own, idle or serving a reply. */
struct bh_tls {
	bool tls;            /* true; first, as in struct bh_peer */
	struct bh_tls *next; /* in the idle list */
	struct bh_http_client *client;
	CURLM *multi;                /* owned */
	CURL *easy;                  /* owned */
	struct curl_slist *headers;  /* owned */
	struct curl_slist *resolved; /* owned: addresses of the host, where the caller has them */
	struct bh_buf head;          /* owned: lines of the current head */
	struct bh_peer_head parsed;
	struct bh_buf body; /* owned: received, not handed out */
	int body_fd;        /* owned: a file being sent, -1 for none */
	int64_t body_offset;
	uint64_t body_at;
	uint64_t body_len;
	unsigned tries; /* requests written so far: a second one is a silent retry */
	bool repeatable;
	bool head_done;
	bool paused;
	bool finished;
	int error; /* a BH_E_* of ours that aborted the transfer */
	CURLcode result;
	int64_t idle_ms;
	int watch_fd;
	struct bh_linger linger;
	const bool *cancel;
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void
library_open(void)
{
	BH_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

void
bh_tls_library_open(void)
{
	pthread_once(&library_once, library_open);
}

static void
tls_free(struct bh_tls *tls)
{
	if (tls->easy != NULL) {
		curl_multi_remove_handle(tls->multi, tls->easy);
		curl_easy_cleanup(tls->easy);
	}
	if (tls->multi != NULL)
		curl_multi_cleanup(tls->multi);
	curl_slist_free_all(tls->headers);
	curl_slist_free_all(tls->resolved);
	if (tls->body_fd >= 0)
		close(tls->body_fd);
	bh_buf_close(&tls->head);
	bh_buf_close(&tls->body);
	free(tls);
}

/* ---- libcurl's callbacks ---- */

static size_t
on_header(char *data, size_t size, size_t count, void *ctx)
{
	struct bh_tls *tls = ctx;
	size_t len = size * count;
	int rc;

	if (tls->head_done)
		return len; /* trailers */
	if (tls->head.len + len > BH_PEER_HEAD_MOST) {
		tls->error = bh_error(BH_E_PROTOCOL, "response header larger than 32 KiB");
		return 0;
	}
	bh_buf_add(&tls->head, data, len);
	if (len != 2 || memcmp(data, "\r\n", 2) != 0)
		return len;
	rc = bh_peer_head_parse(tls->head.data, tls->head.len, &tls->parsed);
	if (rc != 1) {
		tls->error = rc < 0 ? rc : bh_error(BH_E_PROTOCOL, "malformed response header");
		return 0;
	}
	if (tls->parsed.status < 200)
		bh_buf_reset(&tls->head);
	else
		tls->head_done = true;
	return len;
}

static size_t
on_body(char *data, size_t size, size_t count, void *ctx)
{
	struct bh_tls *tls = ctx;
	size_t len = size * count;

	if (tls->body.len > 0 && tls->body.len + len > BODY_BUFFER) {
		tls->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	bh_buf_add(&tls->body, data, len);
	return len;
}

static size_t
on_upload(char *out, size_t size, size_t count, void *ctx)
{
	struct bh_tls *tls = ctx;
	uint64_t left = tls->body_len - tls->body_at;
	size_t room = size * count;
	ssize_t n;

	if (room > left)
		room = (size_t)left;
	if (room == 0)
		return 0;
	n = pread(tls->body_fd, out, room, (off_t)(tls->body_offset + (int64_t)tls->body_at));
	if (n <= 0) {
		tls->error = bh_error(BH_E_IO, "read the request body's file");
		return CURL_READFUNC_ABORT;
	}
	tls->body_at += (uint64_t)n;
	return (size_t)n;
}

static int
on_rewind(void *ctx, curl_off_t offset, int origin)
{
	struct bh_tls *tls = ctx;

	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > tls->body_len)
		return CURL_SEEKFUNC_FAIL;
	tls->body_at = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* Called before each request is written. libcurl sends again by itself when a kept connection turns
 * out to be dead, whatever the method; whether the first copy was acted on, nobody knows then. */
static int
on_request(void *ctx, char *ip, char *local_ip, int port, int local_port)
{
	struct bh_tls *tls = ctx;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	if (tls->tries > 0 && !tls->repeatable) {
		tls->error = bh_error(BH_E_PROTOCOL,
			"the keep-alive connection broke before the response; the request is not repeated");
		return CURL_PREREQFUNC_ABORT;
	}
	tls->tries++;
	return CURL_PREREQFUNC_OK;
}

/* Called for each address that is tried: whatever libcurl may have looked up, no other is reached. */
static curl_socket_t
on_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct bh_tls *tls = ctx;
	const struct bh_addresses *pinned = tls->client->pinned;

	(void)purpose;
	for (size_t i = 0; i < pinned->n; i++) {
		if (bh_address_equal((const struct sockaddr *)&pinned->list[i], &address->addr))
			return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	}
	tls->error = bh_error(BH_E_CONNECT, "%s leads to another address than before",
		tls->client->host);
	return CURL_SOCKET_BAD;
}

/* ---- setting up ---- */

static struct bh_tls *
take_idle(struct bh_http_client *client)
{
	struct bh_tls *tls;

	pthread_mutex_lock(&client->lock);
	tls = client->idle_tls;
	if (tls != NULL) {
		client->idle_tls = tls->next;
		client->n_idle--;
	}
	pthread_mutex_unlock(&client->lock);
	if (tls != NULL)
		return tls;
	bh_tls_library_open();
	tls = calloc(1, sizeof(*tls));
	BH_ASSERT(tls != NULL);
	tls->tls = true;
	tls->client = client;
	tls->body_fd = -1;
	tls->multi = curl_multi_init();
	tls->easy = curl_easy_init();
	BH_ASSERT(tls->multi != NULL && tls->easy != NULL);
	return tls;
}

/* Tells libcurl what the name's look-up has found: "host:port:address,[address]". It takes no such line for an IPv6
 * address, which it need not look up. */
static void
set_addresses(struct bh_tls *tls)
{
	const struct bh_http_client *client = tls->client;
	BH_AUTO(bh_buf_close) struct bh_buf line = {0};

	if (strchr(client->host, ':') != NULL)
		return;
	bh_buf_printf(&line, "%s:%s", client->host, client->port);
	for (size_t i = 0; i < client->pinned->n; i++) {
		const struct sockaddr *at = (const struct sockaddr *)&client->pinned->list[i];
		char text[INET6_ADDRSTRLEN];
		const void *bytes = at->sa_family == AF_INET6
			? (const void *)&((const struct sockaddr_in6 *)at)->sin6_addr
			: (const void *)&((const struct sockaddr_in *)at)->sin_addr;

		BH_ASSERT(inet_ntop(at->sa_family, bytes, text, sizeof(text)) != NULL);
		bh_buf_printf(&line, at->sa_family == AF_INET6 ? "%s[%s]" : "%s%s", i == 0 ? ":" : ",",
			text);
	}
	curl_slist_free_all(tls->resolved);
	tls->resolved = curl_slist_append(NULL, bh_buf_string(&line));
	BH_ASSERT(tls->resolved != NULL);
	curl_easy_setopt(tls->easy, CURLOPT_RESOLVE, tls->resolved);
}

/* What is the same for every call: nothing but verified https, no proxy, no redirect. */
static void
set_rules(struct bh_tls *tls)
{
	CURL *easy = tls->easy;

	curl_easy_reset(easy); /* keeps the connection cache */
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)tls->client->connect_ms);
	if (tls->client->kept_ms > 0)
		curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)(tls->client->kept_ms / 1000));
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, tls);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, tls);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, tls);
	if (tls->client->ca_file != NULL) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, tls->client->ca_file);
		/* Else the system's folder would be trusted beside it. */
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	if (tls->client->pinned != NULL) {
		curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
		curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, tls);
		set_addresses(tls);
	}
}

static int
add_header(struct bh_tls *tls, const char *name, const char *value)
{
	BH_AUTO(bh_buf_close) struct bh_buf line = {0};
	struct curl_slist *list;

	if (strpbrk(name, "\r\n") != NULL || strpbrk(value, "\r\n") != NULL)
		return bh_error(BH_E_INVALID, "line break in a request header");
	/* "name:" would take a header away; an empty one is written "name;". */
	bh_buf_text(&line, name);
	bh_buf_text(&line, value[0] != '\0' ? ": " : ";");
	bh_buf_text(&line, value);
	list = curl_slist_append(tls->headers, line.data);
	BH_ASSERT(list != NULL);
	tls->headers = list;
	return 0;
}

static int
set_headers(struct bh_tls *tls, const struct bh_http_call *call)
{
	const struct bh_http_client *client = tls->client;
	int rc = add_header(tls, "accept-encoding", "identity");
	bool typed = false;
	struct curl_slist *list;

	if (rc == 0 && client->always.name != NULL)
		rc = add_header(tls, client->always.name, client->always.value);
	for (size_t i = 0; rc == 0 && i < call->n_headers; i++) {
		if (client->always.name != NULL &&
			strcasecmp(call->headers[i].name, client->always.name) == 0)
			continue;
		rc = add_header(tls, call->headers[i].name, call->headers[i].value);
		typed = typed || strcasecmp(call->headers[i].name, "content-type") == 0;
	}
	if (rc < 0)
		return rc;
	/* What libcurl would add of its own accord. */
	list = curl_slist_append(tls->headers, "Expect:");
	if (list != NULL && !typed)
		list = curl_slist_append(list, "Content-Type:");
	BH_ASSERT(list != NULL);
	tls->headers = list;
	curl_easy_setopt(tls->easy, CURLOPT_HTTPHEADER, tls->headers);
	return 0;
}

static int
set_body(struct bh_tls *tls, const struct bh_http_call *call)
{
	bool posts = strcmp(call->method, "POST") == 0;
	bool with_length = posts || strcmp(call->method, "PUT") == 0;

	if (strcmp(call->method, "HEAD") == 0) {
		curl_easy_setopt(tls->easy, CURLOPT_NOBODY, 1L);
		return 0;
	}
	if (call->body_len > 0 && call->body_fd > 0) {
		tls->body_fd = dup(call->body_fd);
		if (tls->body_fd < 0)
			return bh_error(BH_E_IO, "dup: %m");
		tls->body_len = call->body_len;
		tls->body_offset = call->body_offset;
		curl_easy_setopt(tls->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(tls->easy, CURLOPT_READFUNCTION, on_upload);
		curl_easy_setopt(tls->easy, CURLOPT_READDATA, tls);
		curl_easy_setopt(tls->easy, CURLOPT_SEEKFUNCTION, on_rewind);
		curl_easy_setopt(tls->easy, CURLOPT_SEEKDATA, tls);
		curl_easy_setopt(tls->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
	} else if (call->body_len > 0 || with_length) {
		/* Copied: an early answer returns to the caller while the body may still be leaving. */
		curl_easy_setopt(tls->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
		curl_easy_setopt(tls->easy, CURLOPT_COPYPOSTFIELDS, call->body_len > 0 ? call->body : "");
	}
	if (!posts)
		curl_easy_setopt(tls->easy, CURLOPT_CUSTOMREQUEST, call->method);
	return 0;
}

static int
set_url(struct bh_tls *tls, const struct bh_http_call *call)
{
	BH_AUTO(bh_buf_close) struct bh_buf url = {0};

	if (call->path[0] != '/' || strpbrk(call->path, " \r\n#") != NULL)
		return bh_error(BH_E_INVALID, "malformed request path");
	bh_buf_text(&url, "https://");
	bh_buf_text(&url, tls->client->authority);
	bh_buf_text(&url, tls->client->base);
	bh_buf_text(&url, call->path);
	curl_easy_setopt(tls->easy, CURLOPT_URL, url.data);
	curl_easy_setopt(tls->easy, CURLOPT_PATH_AS_IS, 1L);
	return 0;
}

static int
set_call(struct bh_tls *tls, const struct bh_http_call *call)
{
	int rc;

	set_rules(tls);
	tls->idle_ms = call->idle_ms;
	tls->watch_fd = call->watch_fd;
	tls->linger = (struct bh_linger){.most_ms = call->linger_ms};
	tls->cancel = call->cancel;
	tls->repeatable = call->repeatable;
	rc = set_url(tls, call);
	if (rc == 0)
		rc = set_headers(tls, call);
	return rc < 0 ? rc : set_body(tls, call);
}

/* ---- running ---- */

static int
failure(const struct bh_tls *tls)
{
	if (tls->error < 0)
		return tls->error;
	if (tls->result == CURLE_OPERATION_TIMEDOUT && tls->tries > 0)
		return bh_error(BH_E_UPSTREAM_TIMEOUT, "%s", curl_easy_strerror(tls->result));
	return bh_error(tls->tries == 0 ? BH_E_CONNECT : BH_E_PROTOCOL, "%s: %s", tls->client->host,
		curl_easy_strerror(tls->result));
}

/* Lets libcurl work; notes the end of the transfer. */
static int
perform(struct bh_tls *tls)
{
	int running;
	int queued;
	CURLMsg *message;

	if (curl_multi_perform(tls->multi, &running) != CURLM_OK)
		return bh_error(BH_E_PROTOCOL, "libcurl failed");
	while ((message = curl_multi_info_read(tls->multi, &queued)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		tls->finished = true;
		tls->result = message->data.result;
	}
	return tls->finished && tls->result != CURLE_OK ? failure(tls) : 0;
}

/* Works until the head (want_body false) or some body is there, or the transfer has ended. */
static int
run_until(struct bh_tls *tls, bool want_body, int64_t timeout_ms)
{
	int64_t until_ms = bh_clock_steady_ms() + timeout_ms;

	for (;;) {
		struct curl_waitfd watch = {0};
		int64_t left_ms;
		int rc;

		if (bh_peer_gone(tls->watch_fd) && !bh_linger_begin(&tls->linger, &tls->watch_fd))
			return BH_E_GONE;
		if (tls->cancel != NULL && __atomic_load_n(tls->cancel, __ATOMIC_RELAXED))
			return BH_E_CANCELLED;
		rc = perform(tls);
		/* What arrived before a failure is handed out first; the failure stays. */
		if (want_body ? tls->body.len > 0 : tls->head_done)
			return 0;
		if (rc < 0 || tls->finished)
			return rc;
		left_ms = until_ms - bh_clock_steady_ms();
		if (left_ms > 0 && bh_linger_left(&tls->linger, left_ms) <= 0)
			return BH_E_GONE;
		if (left_ms <= 0)
			return bh_error(tls->tries == 0 ? BH_E_CONNECT : BH_E_UPSTREAM_TIMEOUT,
				"no response within %lld ms", (long long)timeout_ms);
		watch.fd = tls->watch_fd;
		/* A client that left wakes the wait; a half-closed one is seen a slice later. */
		curl_multi_poll(tls->multi, &watch, tls->watch_fd > 0 ? 1 : 0,
			left_ms < SLICE_MS ? (int)left_ms : SLICE_MS, NULL);
	}
}

int
bh_tls_call(struct bh_http_client *client, const struct bh_http_call *call,
	struct bh_http_reply *out)
{
	struct bh_tls *tls = take_idle(client);
	int rc = set_call(tls, call);

	if (rc == 0 && curl_multi_add_handle(tls->multi, tls->easy) != CURLM_OK)
		rc = bh_error(BH_E_CONNECT, "libcurl rejected the request");
	if (rc == 0)
		rc = run_until(tls, false, client->connect_ms + call->first_byte_ms);
	if (rc == 0 && !tls->head_done)
		rc = bh_error(BH_E_PROTOCOL, "the peer closed the connection before responding");
	out->sent = tls->tries > 0;
	if (rc < 0) {
		tls_free(tls);
		return rc;
	}
	out->status = tls->parsed.status;
	out->impl = tls;
	return 0;
}

/* ---- the reply ---- */

const char *
bh_tls_header(const struct bh_tls *tls, const char *name)
{
	return bh_peer_head_find(&tls->parsed, tls->head.data, name, NULL);
}

bool
bh_tls_wait(struct bh_tls *tls, int64_t wait_ms)
{
	if (tls->body.len > 0 || tls->finished || tls->paused)
		return true;
	return run_until(tls, true, wait_ms) != BH_E_UPSTREAM_TIMEOUT;
}

ssize_t
bh_tls_read(struct bh_tls *tls, char *out, size_t size)
{
	size_t n;
	int rc;

	if (tls->body.len == 0 && tls->paused) {
		tls->paused = false;
		if (curl_easy_pause(tls->easy, CURLPAUSE_CONT) != CURLE_OK)
			return bh_error(BH_E_PROTOCOL, "libcurl failed");
	}
	if (tls->body.len == 0 && !tls->finished) {
		rc = run_until(tls, true, tls->idle_ms);
		if (rc < 0)
			return rc;
	}
	n = tls->body.len < size ? tls->body.len : size;
	if (n == 0)
		return tls->result != CURLE_OK ? failure(tls) : 0;
	memcpy(out, tls->body.data, n);
	bh_buf_shift(&tls->body, n);
	return (ssize_t)n;
}

/* Forgets the call; the handles stay, and in them the connection. */
static void
reset(struct bh_tls *tls)
{
	curl_multi_remove_handle(tls->multi, tls->easy);
	curl_easy_reset(tls->easy);
	curl_slist_free_all(tls->headers);
	tls->headers = NULL;
	if (tls->body_fd >= 0)
		close(tls->body_fd);
	tls->body_fd = -1;
	bh_buf_reset(&tls->head);
	bh_buf_reset(&tls->body);
	tls->body_at = tls->body_len = 0;
	tls->tries = 0;
	tls->head_done = tls->paused = tls->finished = false;
	tls->error = 0;
	tls->result = CURLE_OK;
}

struct bh_http_client *
bh_tls_client(const struct bh_tls *tls)
{
	return tls->client;
}

void
bh_tls_release(struct bh_tls *tls)
{
	struct bh_http_client *client = tls->client;
	bool kept = false;

	if (!tls->finished || tls->body.len > 0 || tls->result != CURLE_OK) {
		tls_free(tls); /* in the middle of a body: only closing tells the peer */
		return;
	}
	reset(tls);
	pthread_mutex_lock(&client->lock);
	if (client->n_idle < client->idle_max) {
		tls->next = client->idle_tls;
		client->idle_tls = tls;
		client->n_idle++;
		kept = true;
	}
	pthread_mutex_unlock(&client->lock);
	if (!kept)
		tls_free(tls);
}

void
bh_tls_idle_close(struct bh_http_client *client)
{
	while (client->idle_tls != NULL) {
		struct bh_tls *tls = client->idle_tls;

		client->idle_tls = tls->next;
		tls_free(tls);
	}
}
