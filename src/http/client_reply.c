/* SPDX-License-Identifier: Apache-2.0 */
/* client_reply.c: the body of an answer, handed out as it comes; then the connection is kept or closed. */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/log.h"
#include "http/client.h"
#include "http/peer.h"

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
	n = bh_peer_receive(peer, peer->idle_ms);
	if (n == 0)
		return bh_error(BH_E_PROTOCOL, "the peer sent an incomplete response");
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

/* A large piece that has arrived goes to the caller without a stop in our buffer. 0: there is none, or it has
 * to be waited for. */
static size_t
read_directly(const struct bh_peer *peer, char *out, size_t size)
{
	ssize_t n;

	if (buffered(peer) > 0 || size <= BH_PEER_READ_BYTES)
		return 0;
	if ((uint64_t)peer->left < size)
		size = (size_t)peer->left;
	n = recv(peer->fd, out, size, MSG_DONTWAIT);
	return n > 0 ? (size_t)n : 0;
}

static ssize_t
read_length(struct bh_peer *peer, char *out, size_t size)
{
	size_t n = read_directly(peer, out, size);
	int rc;

	if (n > 0) {
		peer->left -= (int64_t)n;
		peer->ended = peer->left == 0;
		return (ssize_t)n;
	}
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

/* Reads what stands between the data of two chunks as far as it has come. */
static int
pass_framing(struct bh_peer *peer)
{
	size_t used;
	int rc = bh_chunks_feed(&peer->chunks, peer->in.data + peer->at, buffered(peer), &used);

	if (rc < 0)
		return rc;
	peer->at += used;
	peer->ended = peer->chunks.state == BH_CHUNK_DONE;
	return 0;
}

static ssize_t
read_chunked(struct bh_peer *peer, char *out, size_t size)
{
	size_t n;
	int rc;

	for (;;) {
		rc = pass_framing(peer);
		if (rc < 0 || peer->ended)
			return rc;
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
		n = bh_peer_receive(peer, peer->idle_ms);
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

bool
bh_http_reply_pending(struct bh_http_reply *reply)
{
	struct bh_peer *peer = reply->impl;

	if (is_tls(reply))
		return false;
	if (peer->ended || peer->framing != BH_PEER_CHUNKED)
		return peer->ended || buffered(peer) > 0;
	/* What is malformed is the next read's to tell. */
	if (pass_framing(peer) < 0)
		return true;
	return peer->ended || (peer->chunks.state == BH_CHUNK_DATA && buffered(peer) > 0);
}

bool
bh_http_reply_wait(struct bh_http_reply *reply, int64_t wait_ms)
{
	struct pollfd source = {.events = POLLIN};

	if (is_tls(reply))
		return bh_tls_wait(reply->impl, wait_ms);
	source.fd = bh_http_reply_fd(reply);
	return bh_http_reply_pending(reply) || poll(&source, 1, (int)wait_ms) != 0;
}

int
bh_http_reply_body(struct bh_http_reply *reply, size_t max, struct bh_buf *out)
{
	size_t start = out->len;

	for (;;) {
		char *room = bh_buf_room(out, BH_PEER_READ_BYTES);
		ssize_t n = bh_http_reply_read(reply, room, BH_PEER_READ_BYTES);

		if (n == 0)
			return 0;
		if (n < 0)
			return (int)n;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if (out->len - start > max)
			return bh_error(BH_E_TOO_LARGE, "The response is larger than %zu bytes.", max);
	}
}

static void
peer_release(struct bh_peer *peer)
{
	/* The end of a chunked body is often here already, though nobody has asked for it. */
	if (!peer->ended && peer->framing == BH_PEER_CHUNKED)
		peer->keep = pass_framing(peer) == 0 && peer->keep;
	/* Bytes behind the end would be read as the next answer: such a peer is not kept. */
	if (peer->ended && peer->keep && buffered(peer) == 0)
		bh_peer_keep(peer);
	else
		bh_peer_close(peer);
}

void
bh_http_reply_close(struct bh_http_reply *reply)
{
	struct bh_peer *peer = reply->impl;
	struct bh_http_client *client;

	reply->impl = NULL;
	if (peer == NULL)
		return;
	if (peer->tls) {
		client = bh_tls_client((struct bh_tls *)peer);
		bh_tls_release((struct bh_tls *)peer);
	} else {
		client = peer->client;
		peer_release(peer);
	}
	atomic_fetch_sub_explicit(&client->in_flight, 1, memory_order_relaxed);
	bh_http_client_close(client);
}

int
bh_http_reply_fd(const struct bh_http_reply *reply)
{
	const struct bh_peer *peer = reply->impl;

	return peer == NULL || is_tls(reply) ? -1 : peer->fd;
}
