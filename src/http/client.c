/* client.c: calls over kept plain connections: send, read head and body, keep or close. */
#include "http/client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "http/peer.h"

#define READ_BYTES ((size_t)16 * BH_KIB)
#define INTERIM_MOST 8 /* 1xx responses before the real one */

/* ---- connections ---- */

static void
peer_close(struct bh_peer *peer)
{
	if (peer->fd >= 0)
		close(peer->fd);
	bh_buf_close(&peer->in);
	free(peer);
}

static void
put_idle(struct bh_http_client *client, struct bh_peer *peer)
{
	bool kept = false;

	pthread_mutex_lock(&client->lock);
	if (client->n_idle < client->idle_max) {
		peer->next = client->idle;
		client->idle = peer;
		client->n_idle++;
		kept = true;
	}
	pthread_mutex_unlock(&client->lock);
	if (!kept)
		peer_close(peer);
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
		if (peer == NULL)
			return NULL;
		if (*out_gone && !stale) {
			put_idle(client, peer);
			return NULL;
		}
		if (!stale) {
			peer->reused = true;
			return peer;
		}
		peer_close(peer);
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
		peer_close(peer);
	}
}

static int
fresh_peer(struct bh_http_client *client, const struct bh_http_call *call, struct bh_peer **out)
{
	struct bh_peer *peer;
	int fd = bh_peer_connect(client, call);

	if (fd < 0)
		return fd;
	peer = calloc(1, sizeof(*peer));
	BH_ASSERT(peer != NULL);
	peer->client = client;
	peer->fd = fd;
	*out = peer;
	return 0;
}

/* ---- sending ---- */

/* A header from outside must not become two. */
static bool
is_clean(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\r' || *text == '\n')
			return false;
	}
	return true;
}

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
	for (size_t i = 0; i < call->n_headers; i++) {
		if (!is_clean(call->headers[i].name) || !is_clean(call->headers[i].value))
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
	char *piece = malloc(4 * READ_BYTES);
	size_t at = 0;
	int rc = 0;

	BH_ASSERT(piece != NULL);
	while (rc == 0 && at < call->body_len) {
		size_t want = call->body_len - at < 4 * READ_BYTES ? call->body_len - at : 4 * READ_BYTES;
		ssize_t n = pread(call->body_fd, piece, want, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			rc = bh_error(BH_E_IO, "read the request body's file: %s",
				n < 0 ? strerror(errno) : "it is too short");
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
		return send_pieces(peer, call, head->data, head->len, call->body, call->body_len,
			out_any);
	rc = send_pieces(peer, call, head->data, head->len, NULL, 0, out_any);
	return rc != 0 ? rc : send_file(peer, call, out_any);
}

/* ---- receiving ---- */

/* More bytes into peer->in. Count, 0 at the peer's end, or an error. */
static ssize_t
receive(struct bh_peer *peer, int64_t timeout_ms)
{
	for (;;) {
		ssize_t n;
		int rc = bh_peer_wait(peer->fd, POLLIN, peer->watch_fd, peer->cancel, timeout_ms);

		if (rc < 0)
			return rc;
		n = recv(peer->fd, bh_buf_room(&peer->in, READ_BYTES), READ_BYTES, MSG_DONTWAIT);
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
		n = receive(peer, left_ms > 0 ? left_ms : 0);
		if (n < 0)
			return (int)n;
		if (n == 0)
			return bh_error(BH_E_PROTOCOL, "the peer closed the connection before its answer");
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
		? bh_error(BH_E_CONNECT, "the peer closed the connection at once") : rc;
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
		peer_close(peer);
		peer = NULL;
		rc = 0;
	}
	if (peer != NULL)
		peer_close(peer);
	return rc;
}

int
bh_http_call(struct bh_http_client *client, const struct bh_http_call *call,
	struct bh_http_reply *out)
{
	*out = (struct bh_http_reply){0};
	if (!client->tls)
		return plain_call(client, call, out);
	return bh_peer_gone(call->watch_fd) ? BH_E_GONE : bh_tls_call(client, call, out);
}

/* ---- the reply ---- */

static bool
is_tls(const struct bh_http_reply *reply)
{
	return *(const bool *)reply->impl;
}

const char *
bh_http_reply_header(const struct bh_http_reply *reply, const char *name)
{
	const struct bh_peer *peer = reply->impl;

	if (peer == NULL)
		return NULL;
	if (is_tls(reply))
		return bh_tls_header(reply->impl, name);
	return bh_peer_head_find(&peer->head, peer->in.data, name, NULL);
}

static size_t
buffered(const struct bh_peer *peer)
{
	return peer->in.len - peer->at;
}

/* Drops what was handed out, but never the head: its strings are the reply's. */
static void
compact(struct bh_peer *peer)
{
	size_t rest = buffered(peer);

	if (peer->at == peer->head.bytes)
		return;
	memmove(peer->in.data + peer->head.bytes, peer->in.data + peer->at, rest);
	peer->in.len = peer->head.bytes + rest;
	peer->at = peer->head.bytes;
}

/* More bytes of the body into the buffer; the end of the connection is not expected here. */
static int
refill(struct bh_peer *peer)
{
	ssize_t n;

	compact(peer);
	n = receive(peer, peer->idle_ms);
	if (n == 0)
		return bh_error(BH_E_PROTOCOL, "the peer cut its answer off");
	return n < 0 ? (int)n : 0;
}

static size_t
hand_out(struct bh_peer *peer, char *out, size_t size, uint64_t most)
{
	size_t n = buffered(peer);

	if (n > size)
		n = size;
	if (n > most)
		n = (size_t)most;
	memcpy(out, peer->in.data + peer->at, n);
	peer->at += n;
	return n;
}

static ssize_t
read_length(struct bh_peer *peer, char *out, size_t size)
{
	size_t n;
	int rc;

	if (buffered(peer) == 0) {
		rc = refill(peer);
		if (rc < 0)
			return rc;
	}
	n = hand_out(peer, out, size, (uint64_t)peer->left);
	peer->left -= (int64_t)n;
	peer->ended = peer->left == 0;
	return (ssize_t)n;
}

static ssize_t
read_chunked(struct bh_peer *peer, char *out, size_t size)
{
	size_t used;
	size_t n;
	int rc;

	for (;;) {
		rc = bh_chunks_feed(&peer->chunks, peer->in.data + peer->at, buffered(peer), &used);
		if (rc < 0)
			return rc;
		peer->at += used;
		if (peer->chunks.state == BH_CHUNK_DONE) {
			peer->ended = true;
			return 0;
		}
		if (peer->chunks.state == BH_CHUNK_DATA && buffered(peer) > 0)
			break;
		rc = refill(peer);
		if (rc < 0)
			return rc;
	}
	n = hand_out(peer, out, size, peer->chunks.left);
	peer->chunks.left -= n;
	if (peer->chunks.left == 0)
		peer->chunks.state = BH_CHUNK_DATA_END;
	return (ssize_t)n;
}

static ssize_t
read_until_close(struct bh_peer *peer, char *out, size_t size)
{
	if (buffered(peer) == 0) {
		ssize_t n;

		compact(peer);
		n = receive(peer, peer->idle_ms);
		if (n <= 0) {
			peer->ended = n == 0;
			return n;
		}
	}
	return (ssize_t)hand_out(peer, out, size, UINT64_MAX);
}

ssize_t
bh_http_reply_read(struct bh_http_reply *reply, char *out, size_t size)
{
	struct bh_peer *peer = reply->impl;

	BH_ASSERT(peer != NULL && size > 0);
	if (is_tls(reply))
		return bh_tls_read(reply->impl, out, size);
	if (peer->ended)
		return 0;
	switch (peer->framing) {
	case BH_PEER_LENGTH:
		return read_length(peer, out, size);
	case BH_PEER_CHUNKED:
		return read_chunked(peer, out, size);
	case BH_PEER_UNTIL_CLOSE:
		return read_until_close(peer, out, size);
	case BH_PEER_EMPTY:
		break;
	}
	return 0;
}

int
bh_http_reply_body(struct bh_http_reply *reply, size_t max, struct bh_buf *out)
{
	size_t start = out->len;

	for (;;) {
		char *room = bh_buf_room(out, READ_BYTES);
		ssize_t n = bh_http_reply_read(reply, room, READ_BYTES);

		if (n == 0)
			return 0;
		if (n < 0)
			return (int)n;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if (out->len - start > max)
			return bh_error(BH_E_TOO_LARGE, "the answer is over %zu bytes", max);
	}
}

void
bh_http_reply_close(struct bh_http_reply *reply)
{
	struct bh_peer *peer = reply->impl;
	size_t used;

	reply->impl = NULL;
	if (peer == NULL)
		return;
	if (peer->tls) {
		bh_tls_release((struct bh_tls *)peer);
		return;
	}
	/* The end of a chunked body is often here already, though nobody has asked for it. */
	if (!peer->ended && peer->framing == BH_PEER_CHUNKED &&
		bh_chunks_feed(&peer->chunks, peer->in.data + peer->at, buffered(peer), &used) == 0) {
		peer->at += used;
		peer->ended = peer->chunks.state == BH_CHUNK_DONE;
	}
	/* Bytes behind the end would be read as the next answer: such a peer is not kept. */
	if (peer->ended && peer->keep && buffered(peer) == 0)
		put_idle(peer->client, peer);
	else
		peer_close(peer);
}

int
bh_http_reply_fd(const struct bh_http_reply *reply)
{
	const struct bh_peer *peer = reply->impl;

	return peer == NULL || is_tls(reply) ? -1 : peer->fd;
}
