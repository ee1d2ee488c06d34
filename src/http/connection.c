/* SPDX-License-Identifier: Apache-2.0 */
/* connection.c: an exchange at libmicrohttpd: its headers, its client, and its answer, whole or pulled
 * piece by piece. */
#include "http/connection.h"

#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"

/* Largest piece asked of a stream at once; libmicrohttpd takes less when its memory is short. */
#define PIECE_BYTES ((size_t)16 * BH_KIB)
#define CONTENT_PIECE_BYTES ((size_t)256 * BH_KIB) /* of a body of known length */

void
bh_http_connection_touch(struct bh_http_connection *connection)
{
	/* The clock restarts when a connection without a limit is given one. */
	MHD_set_connection_option(connection->mhd, MHD_CONNECTION_OPTION_TIMEOUT, 0u);
	MHD_set_connection_option(connection->mhd, MHD_CONNECTION_OPTION_TIMEOUT, connection->idle_s);
}

const char *
bh_http_header(const struct bh_http_exchange *exchange, const char *name)
{
	const char *value = NULL;
	size_t len = 0;

	if (MHD_lookup_connection_value_n(exchange->connection->mhd, MHD_HEADER_KIND, name,
			strlen(name), &value, &len) != MHD_YES)
		return NULL;
	return value != NULL && strlen(value) == len ? value : NULL;
}

bool
bh_http_client_gone(const struct bh_http_exchange *exchange)
{
	struct pollfd fd = {.fd = exchange->connection->socket->fd, .events = POLLRDHUP};

	return poll(&fd, 1, 0) > 0 && (fd.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

int
bh_http_client_fd(const struct bh_http_exchange *exchange)
{
	return exchange->connection->socket->fd;
}

/* Queues a response and gives up our reference. A failure ends in closing the connection. */
static void
queue(struct bh_http_exchange *exchange, int status, const struct bh_http_header *headers,
	size_t n_headers, struct MHD_Response *response)
{
	struct bh_http_connection *connection = exchange->connection;

	BH_ASSERT(!connection->answered);
	connection->answered = true;
	if (response == NULL) {
		connection->broken = true;
		return;
	}
	for (size_t i = 0; i < n_headers; i++) {
		/* Refused: a value with a line break in it. Better no answer than a split one. */
		if (MHD_add_response_header(response, headers[i].name, headers[i].value) != MHD_YES)
			connection->broken = true;
	}
	if (!connection->broken &&
		MHD_queue_response(connection->mhd, (unsigned)status, response) != MHD_YES)
		connection->broken = true;
	MHD_destroy_response(response);
}

void
bh_http_answer(struct bh_http_exchange *exchange, int status, const struct bh_http_header *headers,
	size_t n_headers, const void *body, size_t len)
{
	void *bytes = (void *)(uintptr_t)body; /* the library's type; with MUST_COPY it only reads */

	queue(exchange, status, headers, n_headers,
		MHD_create_response_from_buffer(len, len > 0 ? bytes : NULL, MHD_RESPMEM_MUST_COPY));
}

void
bh_http_answer_taken(struct bh_http_exchange *exchange, int status,
	const struct bh_http_header *headers, size_t n_headers, void *body, size_t len)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(len, body,
		MHD_RESPMEM_MUST_FREE);

	if (response == NULL)
		free(body);
	queue(exchange, status, headers, n_headers, response);
}

void
bh_http_answer_file(struct bh_http_exchange *exchange, int status,
	const struct bh_http_header *headers, size_t n_headers, int fd, int64_t start, int64_t bytes)
{
	struct MHD_Response *response = MHD_create_response_from_fd_at_offset64((uint64_t)bytes, fd,
		(uint64_t)start);

	if (response == NULL)
		close(fd);
	queue(exchange, status, headers, n_headers, response);
}

/* One call, one chunk on the wire: the library writes what it got before it asks again. */
static ssize_t
pull(void *cls, uint64_t at, char *out, size_t size)
{
	struct bh_http_connection *connection = cls;
	ssize_t n;

	(void)at;
	n = connection->stream.next(connection->stream.state, out, size);
	bh_http_connection_touch(connection);
	if (n > 0)
		return n;
	return n == 0 ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

void
bh_http_answer_stream(struct bh_http_exchange *exchange, int status,
	const struct bh_http_header *headers, size_t n_headers, const struct bh_http_stream *stream)
{
	struct bh_http_connection *connection = exchange->connection;

	/* Closed in on_completed, before the arena goes: the library may free a response after that. */
	connection->stream = *stream;
	connection->streaming = true;
	queue(exchange, status, headers, n_headers,
		stream->bytes > 0 ? MHD_create_response_from_callback((uint64_t)stream->bytes,
								CONTENT_PIECE_BYTES, pull, connection, NULL)
						  : MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE_BYTES, pull,
								connection, NULL));
}
