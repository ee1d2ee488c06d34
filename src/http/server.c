/* SPDX-License-Identifier: Apache-2.0 */
/* server.c: libmicrohttpd's daemon on a socket of ours; receives requests and their bodies. */
#include "http/server.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "http/connection.h"
#include "http/listen.h"
#include "http/server_tls.h"

/* A chunked body without a limit of its own still ends: what is over the admitted size is read and
 * dropped only this far, then the connection is cut. */
#define DISCARD_MOST (4ll * BH_GIB)

#define BODY_BYTES_UNKNOWN (-1)

/* How long what has begun to connect may take to reach us: over a network, a round trip. */
#define SETTLE_UNIX_MS 20
#define SETTLE_TCP_MS 250
#define SETTLE_MOST_MS 2000
#define DRAIN_LOOK_MS 50

/* Most of what handlers need lives in the arena; sanitised code needs several times the stack. */
#if defined(__SANITIZE_ADDRESS__)
#define STACK_BYTES ((size_t)2048 * BH_KIB)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STACK_BYTES ((size_t)2048 * BH_KIB)
#endif
#endif
#ifndef STACK_BYTES
#define STACK_BYTES ((size_t)256 * BH_KIB)
#endif

/* Where libmicrohttpd's clock does not restart, its limit holds for streams that pause as well. */
#define PAUSE_FACTOR 12u

struct bh_http_server {
	struct bh_http_server_conf conf;
	struct MHD_Daemon *daemon;  /* owned */
	struct bh_http_idle idle;   /* owned while there is a daemon */
	struct bh_listen_file file; /* owned; of a Unix socket that we made */
	bool tls, web;
	int quiesced; /* owned: the socket when nothing is accepted any more; -1: not yet */
	atomic_uint connections;
	pthread_mutex_t lock;
	pthread_cond_t quiet; /* running fell to 0 */
	atomic_uint running;
};

/* From 1.0 on, with a thread per connection, libmicrohttpd takes no other limit for a connection than
 * the server's, so that its clock cannot be restarted while a stream pauses. */
static bool
clock_restarts(void)
{
	return MHD_get_version()[0] == '0';
}

/* A connection was accepted, or is about to be closed. */
static void
on_socket(void *cls, struct MHD_Connection *mhd, void **context,
	enum MHD_ConnectionNotificationCode code)
{
	struct bh_http_server *server = cls;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		struct bh_http_socket *socket = calloc(1, sizeof(*socket));

		BH_ASSERT(socket != NULL);
		atomic_fetch_add(&server->connections, 1);
		bh_http_idle_add(&server->idle, socket,
			MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
		*context = socket;
	} else {
		bh_http_idle_remove(&server->idle, *context);
		free(*context);
		atomic_fetch_sub(&server->connections, 1);
	}
}

/* The request line arrived: the only place that shows the target as it was sent. */
static void *
on_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
	struct bh_http_connection *connection = calloc(1, sizeof(*connection));
	struct bh_http_exchange *exchange;
	char *query;

	BH_ASSERT(connection != NULL);
	connection->server = cls;
	connection->mhd = mhd;
	connection->idle_s = (unsigned)connection->server->conf.idle_s;
	connection->socket =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
	bh_http_idle_begin(connection->socket, true);
	exchange = &connection->exchange;
	exchange->connection = connection;
	exchange->arena = &connection->arena;
	exchange->body_fd = -1;
	exchange->body.data = "";
	exchange->path = bh_arena_strdup(&connection->arena, target);
	query = strchr(exchange->path, '?');
	if (query != NULL) {
		*query = '\0';
		exchange->query = query + 1;
	}
	atomic_fetch_add(&connection->server->running, 1);
	return connection;
}

/* Declared length of the body, BODY_BYTES_UNKNOWN for a chunked one. libmicrohttpd has refused
 * malformed and contradictory lengths before. */
static int64_t
declared_bytes(const struct bh_http_exchange *exchange)
{
	const char *length = bh_http_header(exchange, "content-length");
	int64_t bytes;

	if (bh_http_header(exchange, "transfer-encoding") != NULL)
		return BODY_BYTES_UNKNOWN;
	if (length == NULL)
		return 0;
	if (bh_text_int(length, 0, INT64_MAX, &bytes) < 0)
		return BODY_BYTES_UNKNOWN;
	return bytes;
}

static void
handle(struct bh_http_connection *connection)
{
	struct bh_http_server *server = connection->server;

	bh_http_idle_rest(connection->socket);
	server->conf.handle(server->conf.ctx, &connection->exchange);
}

static void
admit(struct bh_http_connection *connection, const char *method)
{
	struct bh_http_server *server = connection->server;
	struct bh_http_exchange *exchange = &connection->exchange;
	const char *expect;
	int64_t bytes;

	exchange->method = bh_arena_strdup(&connection->arena, method);
	connection->admitted = true;
	bytes = declared_bytes(exchange);
	exchange->declared_bytes = bytes;
	connection->body_bytes_most = server->conf.admit(server->conf.ctx, exchange);
	if (bytes > connection->body_bytes_most) {
		exchange->body_too_large = true;
		expect = bh_http_header(exchange, "expect");
		/* The client asks before it sends: answer now. Any other client has its body under way, and
		 * would see a reset instead of the answer if we did not read it. */
		if (expect != NULL && strcasecmp(expect, "100-continue") == 0)
			handle(connection);
		return;
	}
	if (bytes > 0 && (uint64_t)bytes <= server->conf.body_memory_max)
		bh_buf_room(&connection->body, (size_t)bytes);
}

/* A file without a name in the spool folder. */
static int
spool_file(const char *dir)
{
	char path[512];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	int len;

	if (fd >= 0)
		return fd;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)
		return bh_error(BH_E_UNAVAILABLE, "spool file in %s: %m", dir);
	len = snprintf(path, sizeof(path), "%s/body-XXXXXX", dir);
	if (len < 0 || (size_t)len >= sizeof(path))
		return bh_error(BH_E_UNAVAILABLE, "the path of the spool folder is too long");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return bh_error(BH_E_UNAVAILABLE, "spool file in %s: %m", dir);
	unlink(path);
	return fd;
}

static int
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bh_error(errno == ENOSPC || errno == EDQUOT ? BH_E_NO_ROOM : BH_E_UNAVAILABLE,
				"spool a request body: %m");
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Asks in steps, which grow with the body: a half more, and no step below 64 KiB. */
static int
grow(struct bh_http_connection *connection)
{
	const struct bh_http_server_conf *conf = &connection->server->conf;
	struct bh_http_exchange *exchange = &connection->exchange;
	int64_t bytes = exchange->body_bytes, memory_max = (int64_t)conf->body_memory_max;
	int rc;

	if (exchange->declared_bytes >= 0 || conf->grow == NULL ||
		bytes <= connection->body_bytes_granted)
		return 0;
	bytes += bytes / 2 > 64 * (int64_t)BH_KIB ? bytes / 2 : 64 * (int64_t)BH_KIB;
	if (bytes > connection->body_bytes_most)
		bytes = connection->body_bytes_most;
	rc = exchange->body_bytes <= memory_max
		? conf->grow(conf->ctx, exchange, bytes < memory_max ? bytes : memory_max, 0)
		: conf->grow(conf->ctx, exchange, 0, bytes);
	if (rc == 0)
		connection->body_bytes_granted = exchange->body_bytes <= memory_max && bytes > memory_max
			? memory_max
			: bytes;
	return rc;
}

static int
keep(struct bh_http_connection *connection, const char *data, size_t len)
{
	struct bh_http_exchange *exchange = &connection->exchange;
	int rc = grow(connection);

	if (rc < 0)
		return rc;
	if (exchange->body_fd < 0 &&
		connection->body.len + len <= connection->server->conf.body_memory_max) {
		bh_buf_add(&connection->body, data, len);
		return 0;
	}
	if (exchange->body_fd < 0) {
		rc = spool_file(connection->server->conf.spool_dir);
		if (rc < 0)
			return rc;
		exchange->body_fd = rc;
		rc = write_all(exchange->body_fd, bh_buf_string(&connection->body), connection->body.len);
		bh_buf_close(&connection->body);
		if (rc < 0)
			return rc;
	}
	return write_all(exchange->body_fd, data, len);
}

static void
forget_body(struct bh_http_connection *connection)
{
	if (connection->exchange.body_fd >= 0)
		close(connection->exchange.body_fd);
	connection->exchange.body_fd = -1;
	bh_buf_close(&connection->body);
}

/* Takes a piece of the body; false cuts the connection. */
static bool
receive(struct bh_http_connection *connection, const char *data, size_t len)
{
	struct bh_http_exchange *exchange = &connection->exchange;
	int rc;

	bh_http_idle_await(connection->socket);
	exchange->body_bytes += (int64_t)len;
	if (exchange->body_bytes > connection->body_bytes_most)
		exchange->body_too_large = true;
	if (exchange->body_too_large || exchange->body_error < 0) {
		forget_body(connection);
		return exchange->body_bytes <= DISCARD_MOST;
	}
	rc = keep(connection, data, len);
	if (rc < 0) {
		if (bh_error_row(rc)->status >= 500 || bh_error_row(rc)->status == 0)
			bh_log_failure("store a request body", rc);
		exchange->body_error = rc;
		forget_body(connection);
	}
	return true;
}

static void
handle_whole(struct bh_http_connection *connection)
{
	struct bh_http_exchange *exchange = &connection->exchange;

	if (exchange->body_fd >= 0 && lseek(exchange->body_fd, 0, SEEK_SET) < 0)
		exchange->body_error = bh_error(BH_E_UNAVAILABLE, "rewind a spooled body: %m");
	exchange->body.data = bh_buf_string(&connection->body);
	exchange->body.len = connection->body.len;
	handle(connection);
}

/* Called when the head is there, for each piece of body, and when the request is whole. */
static enum MHD_Result
on_request(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
	const char *version, const char *data, size_t *data_len, void **context)
{
	struct bh_http_connection *connection = *context;

	(void)cls;
	(void)mhd;
	(void)url;
	(void)version;
	if (!connection->admitted) {
		admit(connection, method);
	} else if (*data_len > 0) {
		if (!receive(connection, data, *data_len))
			return MHD_NO;
		*data_len = 0;
		return MHD_YES;
	} else {
		handle_whole(connection);
		BH_ASSERT(connection->answered);
	}
	if (connection->answered && !connection->broken)
		bh_http_connection_touch(connection);
	return connection->broken ? MHD_NO : MHD_YES;
}

static void
on_completed(void *cls, struct MHD_Connection *mhd, void **context,
	enum MHD_RequestTerminationCode code)
{
	struct bh_http_connection *connection = *context;
	struct bh_http_server *server = cls;
	bool whole = code == MHD_REQUEST_TERMINATED_COMPLETED_OK;

	(void)mhd;
	if (connection == NULL)
		return;
	*context = NULL;
	bh_http_idle_begin(connection->socket, false);
	if (connection->streaming && connection->stream.close != NULL)
		connection->stream.close(connection->stream.state);
	connection->streaming = false;
	if (connection->admitted && server->conf.done != NULL)
		server->conf.done(server->conf.ctx, &connection->exchange,
			whole && connection->answered && !connection->broken);
	forget_body(connection);
	bh_arena_close(&connection->arena);
	free(connection);
	if (atomic_fetch_sub(&server->running, 1) == 1) {
		pthread_mutex_lock(&server->lock);
		pthread_cond_broadcast(&server->quiet);
		pthread_mutex_unlock(&server->lock);
	}
}

/* Paths and queries are decoded by their readers, who refuse what the library would let through. */
static size_t
keep_escapes(void *cls, struct MHD_Connection *mhd, char *text)
{
	(void)cls;
	(void)mhd;
	return strlen(text);
}

static int
listen_web(struct bh_http_server *server, const struct bh_endpoint *at)
{
	const struct bh_http_server_conf *conf = &server->conf;
	int rc = 0;

	if (at->base.len > 0)
		return bh_error(BH_E_CONFIG, "an address to listen on has no path");
	if (at->kind == BH_ENDPOINT_HTTPS && MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
		return bh_error(BH_E_CONFIG, "this build's libmicrohttpd has no TLS");
	if (at->kind == BH_ENDPOINT_HTTPS)
		rc = bh_server_tls_open(conf->cert_file, conf->key_file);
	if (rc < 0)
		return rc;
	server->tls = at->kind == BH_ENDPOINT_HTTPS;
	server->web = true;
	return bh_listen_tcp(at);
}

static int
listen_on(struct bh_http_server *server)
{
	const struct bh_http_server_conf *conf = &server->conf;
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	struct bh_endpoint at;
	int rc;

	if (conf->socket_path != NULL)
		return bh_listen_unix(conf->socket_path, conf->socket_mode, &server->file);
	if (conf->listen == NULL)
		return conf->socket_fd;
	rc = bh_endpoint_read(conf->listen, strlen(conf->listen), &at);
	if (rc < 0)
		return bh_error(BH_E_CONFIG, "listen on %.200s: %s", conf->listen, bh_error_detail(rc));
	if (!bh_endpoint_is_local(&at))
		return listen_web(server, &at);
	bh_buf_add(&path, at.path.text, at.path.len);
	return bh_listen_unix(bh_buf_string(&path), conf->socket_mode, &server->file);
}

static int
start(struct bh_http_server *server, int fd)
{
	const struct bh_http_server_conf *conf = &server->conf;
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_CERT_CALLBACK, 0, bh_server_tls_callback()},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)BH_SERVER_TLS_PRIORITIES},
		{MHD_OPTION_END, 0, NULL},
	};
	int rc = bh_http_idle_open(&server->idle, conf->idle_s * 1000);

	if (rc < 0)
		return rc;
	server->daemon = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION |
			MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC |
			MHD_USE_SUPPRESS_DATE_NO_CLOCK | (server->tls ? MHD_USE_TLS : 0u),
		0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, conf->connections_max, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)conf->idle_s * (clock_restarts() ? 1u : PAUSE_FACTOR),
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32 * BH_KIB,
		MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t)8 * BH_KIB, MHD_OPTION_THREAD_STACK_SIZE,
		STACK_BYTES, MHD_OPTION_NOTIFY_CONNECTION, on_socket, server, MHD_OPTION_URI_LOG_CALLBACK,
		on_target, server, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, server,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_ARRAY, server->tls ? &tls[0] : &tls[2], MHD_OPTION_END);
	if (server->daemon != NULL)
		return 0;
	rc = bh_error(BH_E_IO, "start the HTTP server: %m");
	bh_http_idle_close(&server->idle);
	return rc;
}

int
bh_http_server_open(const struct bh_http_server_conf *conf, struct bh_http_server **out)
{
	struct bh_http_server *server = calloc(1, sizeof(*server));
	int fd, rc;

	if (server == NULL)
		return BH_E_MEMORY;
	server->conf = *conf;
	server->quiesced = -1;
	pthread_mutex_init(&server->lock, NULL);
	bh_clock_cond_init(&server->quiet);
	fd = listen_on(server);
	if (fd < 0) {
		bh_http_server_close(server, 0);
		return fd;
	}
	rc = start(server, fd);
	if (rc < 0) {
		close(fd);
		bh_http_server_close(server, 0);
		return rc;
	}
	*out = server;
	return 0;
}

/* ---- the end ---- */

static void
quiesce(struct bh_http_server *server)
{
	if (server->quiesced >= 0)
		return;
	server->quiesced = MHD_quiesce_daemon(server->daemon);
	/* Connections would else be taken into a queue that nobody serves. */
	if (server->quiesced >= 0)
		shutdown(server->quiesced, SHUT_RDWR);
}

static void
pause_ms(int64_t ms)
{
	const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&time, NULL);
}

/* Accepts whoever has begun to connect, and nobody else. */
static void
settle(struct bh_http_server *server)
{
	int fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_LISTEN_FD)->listen_fd;
	struct pollfd waiting = {.fd = fd, .events = POLLIN};
	int64_t until_ms = bh_clock_steady_ms() + SETTLE_MOST_MS;

	if (server->web && !bh_listen_tcp_hush(fd))
		bh_log(BH_LOG_WARN, "hush the listening socket: %m");
	do
		pause_ms(server->web ? SETTLE_TCP_MS : SETTLE_UNIX_MS);
	while (poll(&waiting, 1, 0) > 0 && bh_clock_steady_ms() < until_ms);
	quiesce(server);
}

void
bh_http_server_drain(struct bh_http_server *server, int64_t drain_ms, int64_t idle_ms,
	bool (*hurry)(void *ctx), void *ctx)
{
	int64_t until_ms = bh_clock_steady_ms() + drain_ms;

	bh_listen_file_close(&server->file);
	settle(server);
	bh_http_idle_shorten(&server->idle, idle_ms);
	while (atomic_load(&server->connections) > 0 && bh_clock_steady_ms() < until_ms &&
		(hurry == NULL || !hurry(ctx)))
		pause_ms(DRAIN_LOOK_MS);
}

bool
bh_http_server_replaced(const struct bh_http_server *server)
{
	return bh_listen_file_replaced(&server->file);
}

/* Waits until nothing runs, or the time is over. */
static void
drain(struct bh_http_server *server, int64_t drain_ms)
{
	int64_t until_ms = bh_clock_steady_ms() + drain_ms;

	pthread_mutex_lock(&server->lock);
	while (atomic_load(&server->running) > 0 &&
		bh_clock_wait_until(&server->quiet, &server->lock, until_ms))
		;
	pthread_mutex_unlock(&server->lock);
}

void
bh_http_server_close(struct bh_http_server *server, int64_t drain_ms)
{
	if (server == NULL)
		return;
	bh_listen_file_close(&server->file);
	if (server->daemon != NULL) {
		quiesce(server);
		drain(server, drain_ms);
		MHD_stop_daemon(server->daemon);
		bh_http_idle_close(&server->idle);
	}
	if (server->quiesced >= 0)
		close(server->quiesced);
	pthread_cond_destroy(&server->quiet);
	pthread_mutex_destroy(&server->lock);
	if (server->tls)
		bh_server_tls_close();
	free(server);
}

unsigned
bh_http_server_running(const struct bh_http_server *server)
{
	return atomic_load(&server->running);
}
