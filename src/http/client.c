/* SPDX-License-Identifier: Apache-2.0 */
/* client.c: calls over kept plain connections: send, and read the head of the answer. */
#include "http/client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "http/peer.h"

#define INTERIM_MOST 8 /* 1xx responses before the real one */

/* ---- connections ---- */

void
bh_peer_close(struct bh_peer *peer)
{
	if (peer->fd >= 0)
		close(peer->fd);
	bh_buf_close(&peer->in);
	free(peer);
}

void
bh_peer_keep(struct bh_peer *peer)
{
	struct bh_http_client *client = peer->client;
	bool kept = false;

	pthread_mutex_lock(&client->lock);
	peer->rests_ms = bh_clock_steady_ms();
	if (client->n_idle < client->idle_max) {
		peer->next = client->idle;
		client->idle = peer;
		client->n_idle++;
		kept = true;
	}
	pthread_mutex_unlock(&client->lock);
	if (!kept)
		bh_peer_close(peer);
}

/* Whether a successor has taken the peer's place, who is to get the call, or the peer may be about to close the
 * connection, and would do so while we send. */
static bool
is_past(const struct bh_peer *peer)
{
	const struct bh_http_client *client = peer->client;
	uint64_t file;

	if (client->kept_ms > 0 && bh_clock_steady_ms() - peer->rests_ms > client->kept_ms)
		return true;
	file = peer->file != 0 ? bh_peer_file(client) : 0;
	return file != 0 && file != peer->file;
}

/* A kept connection that still looks alive: no end and no bytes that nobody asked for. NULL when
 * there is none, or when the client (watch_fd) has left: the same look at the sockets tells. */
static struct bh_peer *
take_idle(struct bh_http_client *client, int watch_fd, bool *out_gone)
{
	for (;;) {
		struct bh_peer *peer;
		bool stale;

		pthread_mutex_lock(&client->lock);
		peer = client->idle;
		if (peer != NULL) {
			client->idle = peer->next;
			client->n_idle--;
		}
		pthread_mutex_unlock(&client->lock);
		*out_gone = bh_peer_gone_or_stale(watch_fd, peer != NULL ? peer->fd : -1, &stale);
		stale = stale || (peer != NULL && is_past(peer));
		if (peer == NULL)
			return NULL;
		if (*out_gone && !stale) {
			bh_peer_keep(peer);
			return NULL;
		}
		if (!stale) {
			peer->reused = true;
			return peer;
		}
		bh_peer_close(peer);
		if (*out_gone)
			return NULL;
	}
}

void
bh_peer_idle_close(struct bh_http_client *client)
{
	while (client->idle != NULL) {
		struct bh_peer *peer = client->idle;

		client->idle = peer->next;
		bh_peer_close(peer);
	}
}

static int
fresh_peer(struct bh_http_client *client, const struct bh_http_call *call, struct bh_peer **out)
{
	struct bh_peer *peer;
	uint64_t file = bh_peer_file(client);
	int fd = bh_peer_connect(client, call);

	if (fd < 0)
		return fd;
	peer = calloc(1, sizeof(*peer));
	BH_ASSERT(peer != NULL);
	peer->client = client;
	peer->fd = fd;
	peer->file = file;
	*out = peer;
	return 0;
}

/* ---- sending ---- */

static int
write_head(const struct bh_http_client *client, const struct bh_http_call *call, struct bh_buf *out)
{
	bool with_body = call->body_len > 0 || strcmp(call->method, "POST") == 0 ||
		strcmp(call->method, "PUT") == 0 || strcmp(call->method, "PATCH") == 0;

	if (call->path[0] != '/' || strpbrk(call->path, " \r\n") != NULL)
		return bh_error(BH_E_INVALID, "malformed request path");
	bh_buf_text(out, call->method);
	bh_buf_char(out, ' ');
	bh_buf_text(out, client->base);
	bh_buf_text(out, call->path);
	bh_buf_text(out, " HTTP/1.1\r\nhost: ");
	bh_buf_text(out, client->authority);
	bh_buf_text(out, "\r\naccept-encoding: identity\r\n");
	if (client->always.name != NULL) {
		bh_buf_text(out, client->always.name);
		bh_buf_text(out, ": ");
		bh_buf_text(out, client->always.value);
		bh_buf_text(out, "\r\n");
	}
	for (size_t i = 0; i < call->n_headers; i++) {
		if (client->always.name != NULL &&
			strcasecmp(call->headers[i].name, client->always.name) == 0)
			continue;
		/* A header from outside must not become two. */
		if (strpbrk(call->headers[i].name, "\r\n") != NULL ||
			strpbrk(call->headers[i].value, "\r\n") != NULL)
			return bh_error(BH_E_INVALID, "line break in a request header");
		bh_buf_text(out, call->headers[i].name);
		bh_buf_text(out, ": ");
		bh_buf_text(out, call->headers[i].value);
		bh_buf_text(out, "\r\n");
	}
	if (with_body) {
		bh_buf_text(out, "content-length: ");
		bh_buf_int(out, (long long)call->body_len);
		bh_buf_text(out, "\r\n");
	}
	bh_buf_text(out, "\r\n");
	return 0;
}

static bool
is_broken(int error)
{
	return error == EPIPE || error == ECONNRESET || error == ENOTCONN;
}

/* Waits until the peer takes more. 1: it speaks before it has read all, so no more is sent. */
static int
wait_writable(struct bh_peer *peer, const struct bh_http_call *call)
{
	struct pollfd fd = {.fd = peer->fd, .events = POLLIN};
	int rc = bh_peer_wait(peer->fd, POLLOUT | POLLIN, call->watch_fd, call->cancel, call->idle_ms);

	if (rc < 0)
		return rc;
	return poll(&fd, 1, 0) > 0 ? 1 : 0;
}

/* Sends both pieces. 1: the peer no longer reads (it may still have answered); 0: all sent. */
static int
send_pieces(struct bh_peer *peer, const struct bh_http_call *call, const void *head,
	size_t head_len, const void *body, size_t body_len, bool *out_any)
{
	struct iovec parts[2] = {
		{(void *)(uintptr_t)head, head_len},
		{(void *)(uintptr_t)body, body_len},
	};
	size_t first = 0;

	while (first < 2) {
		struct msghdr message = {.msg_iov = parts + first, .msg_iovlen = 2 - first};
		ssize_t n;
		int rc;

		if (parts[first].iov_len == 0) {
			first++;
			continue;
		}
		n = sendmsg(peer->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && is_broken(errno))
			return 1;
		if (n < 0 && errno != EAGAIN)
			return bh_error(BH_E_PROTOCOL, "send: %m");
		if (n < 0) {
			rc = wait_writable(peer, call);
			if (rc != 0)
				return rc;
			continue;
		}
		*out_any = true;
		for (; first < 2 && (size_t)n >= parts[first].iov_len; first++) {
			n -= (ssize_t)parts[first].iov_len;
			parts[first].iov_len = 0;
		}
		if (first < 2) {
			parts[first].iov_base = (char *)parts[first].iov_base + n;
			parts[first].iov_len -= (size_t)n;
		}
	}
	return 0;
}

static int
send_file(struct bh_peer *peer, const struct bh_http_call *call, bool *out_any)
{
	char *piece = malloc(4 * BH_PEER_READ_BYTES);
	size_t at = 0;
	int rc = 0;

	BH_ASSERT(piece != NULL);
	while (rc == 0 && at < call->body_len) {
		size_t want = call->body_len - at < 4 * BH_PEER_READ_BYTES ? call->body_len - at
																   : 4 * BH_PEER_READ_BYTES;
		ssize_t n = pread(call->body_fd, piece, want, (off_t)(call->body_offset + (int64_t)at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			rc = bh_error(BH_E_IO, "read the request body's file: %s",
				n < 0 ? strerror(errno) : "the file is too short");
			break;
		}
		rc = send_pieces(peer, call, piece, (size_t)n, NULL, 0, out_any);
		at += (size_t)n;
	}
	free(piece);
	return rc;
}

static int
send_request(struct bh_peer *peer, const struct bh_http_call *call, const struct bh_buf *head,
	bool *out_any)
{
	int rc;

	if (call->body_fd <= 0)
		return send_pieces(peer, call, head->data, head->len, call->body, call->body_len, out_any);
	rc = send_pieces(peer, call, head->data, head->len, NULL, 0, out_any);
	return rc != 0 ? rc : send_file(peer, call, out_any);
}

/* ---- receiving ---- */

bool
bh_linger_begin(struct bh_linger *linger, int *watch_fd)
{
	if (linger->most_ms <= 0 || linger->until_ms > 0)
		return false;
	linger->until_ms = bh_clock_steady_ms() + linger->most_ms;
	*watch_fd = -1;
	return true;
}

int64_t
bh_linger_left(const struct bh_linger *linger, int64_t timeout_ms)
{
	int64_t left_ms;

	if (linger->until_ms == 0)
		return timeout_ms;
	left_ms = linger->until_ms - bh_clock_steady_ms();
	if (left_ms < 0)
		left_ms = 0;
	return left_ms < timeout_ms ? left_ms : timeout_ms;
}

ssize_t
bh_peer_receive(struct bh_peer *peer, int64_t timeout_ms)
{
	for (;;) {
		int64_t wait_ms = bh_linger_left(&peer->linger, timeout_ms);
		ssize_t n;
		int rc = bh_peer_wait(peer->fd, POLLIN, peer->watch_fd, peer->cancel, wait_ms);

		if (rc == BH_E_GONE && bh_linger_begin(&peer->linger, &peer->watch_fd))
			continue;
		if (rc == BH_E_UPSTREAM_TIMEOUT && wait_ms < timeout_ms)
			return BH_E_GONE;
		if (rc < 0)
			return rc;
		n = recv(peer->fd, bh_buf_room(&peer->in, BH_PEER_READ_BYTES), BH_PEER_READ_BYTES,
			MSG_DONTWAIT);
		if (n >= 0) {
			peer->in.len += (size_t)n;
			return n;
		}
		if (is_broken(errno))
			return 0;
		if (errno != EAGAIN && errno != EINTR)
			return bh_error(BH_E_PROTOCOL, "receive: %m");
	}
}

/* Reads until a head is whole; interim responses are passed over. *out_any tells whether the peer
 * sent a single byte. */
static int
read_head(struct bh_peer *peer, const struct bh_http_call *call, bool *out_any)
{
	int64_t until_ms = bh_clock_steady_ms() + call->first_byte_ms;
	unsigned interim = 0;

	for (;;) {
		int64_t left_ms;
		ssize_t n;
		int rc = 0;

		if (peer->in.len > 0)
			rc = bh_peer_head_parse(peer->in.data, peer->in.len, &peer->head);
		if (rc < 0)
			return rc;
		if (rc > 0 && peer->head.status >= 200)
			return 0;
		if (rc > 0) {
			if (peer->head.status == 101 || ++interim > INTERIM_MOST)
				return bh_error(BH_E_PROTOCOL, "unexpected interim response");
			bh_buf_shift(&peer->in, peer->head.bytes);
			continue;
		}
		left_ms = until_ms - bh_clock_steady_ms();
		n = bh_peer_receive(peer, left_ms > 0 ? left_ms : 0);
		if (n < 0)
			return (int)n;
		if (n == 0)
			return bh_error(BH_E_PROTOCOL, "the peer closed the connection before responding");
		*out_any = true;
	}
}

static int
begin_body(struct bh_peer *peer, const struct bh_http_call *call)
{
	const char *connection;
	int rc = bh_peer_head_framing(&peer->head, peer->in.data, call->method, &peer->framing,
		&peer->left);

	if (rc < 0)
		return rc;
	connection = bh_peer_head_find(&peer->head, peer->in.data, "connection", NULL);
	peer->keep = !peer->head.http10 && peer->framing != BH_PEER_UNTIL_CLOSE &&
		(connection == NULL || strcasestr(connection, "close") == NULL);
	peer->at = peer->head.bytes;
	peer->chunks = (struct bh_chunks){0};
	peer->ended = peer->framing == BH_PEER_EMPTY;
	return 0;
}

/* One attempt on one connection. *out_retry: nothing was processed, a fresh one may do. */
static int
attempt(struct bh_peer *peer, const struct bh_http_call *call, const struct bh_buf *head,
	struct bh_http_reply *out, bool *out_retry)
{
	bool sent = false;
	bool answered = false;
	int sending;
	int rc;

	peer->idle_ms = call->idle_ms;
	peer->watch_fd = call->watch_fd;
	peer->cancel = call->cancel;
	peer->linger = (struct bh_linger){.most_ms = call->linger_ms};
	bh_buf_reset(&peer->in);
	sending = send_request(peer, call, head, &sent);
	out->sent = out->sent || sent;
	rc = sending < 0 ? sending : read_head(peer, call, &answered);
	if (rc == 0)
		rc = begin_body(peer, call);
	if (sending == 1)
		peer->keep = false; /* the rest of the request never left */
	*out_retry = rc == BH_E_PROTOCOL && peer->reused && !answered && (!sent || call->repeatable);
	return rc == BH_E_PROTOCOL && !sent && !answered
		? bh_error(BH_E_CONNECT, "the peer closed the connection immediately")
		: rc;
}

static int
plain_call(struct bh_http_client *client, const struct bh_http_call *call,
	struct bh_http_reply *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf head = {0};
	bool gone, retry;
	struct bh_peer *peer = take_idle(client, call->watch_fd, &gone);
	int rc = gone ? BH_E_GONE : write_head(client, call, &head);

	for (;;) {
		if (rc == 0 && peer == NULL)
			rc = fresh_peer(client, call, &peer);
		if (rc < 0)
			break;
		rc = attempt(peer, call, &head, out, &retry);
		if (rc == 0) {
			out->status = peer->head.status;
			out->impl = peer;
			return 0;
		}
		if (!retry)
			break;
		bh_peer_close(peer);
		peer = NULL;
		rc = 0;
	}
	if (peer != NULL)
		bh_peer_close(peer);
	return rc;
}

int
bh_peer_call(struct bh_http_client *client, const struct bh_http_call *call,
	struct bh_http_reply *out)
{
	int rc;

	*out = (struct bh_http_reply){0};
	atomic_fetch_add_explicit(&client->in_flight, 1, memory_order_relaxed);
	if (!client->tls)
		rc = plain_call(client, call, out);
	else
		rc = bh_peer_gone(call->watch_fd) ? BH_E_GONE : bh_tls_call(client, call, out);
	if (rc == 0)
		(void)bh_http_client_hold(client);
	else
		atomic_fetch_sub_explicit(&client->in_flight, 1, memory_order_relaxed);
	return rc;
}

int
bh_http_call(struct bh_http_client *client, const struct bh_http_call *call,
	struct bh_http_reply *out)
{
	return client->n_members > 0 ? bh_spread_call(client, call, out)
								 : bh_peer_call(client, call, out);
}
