/* SPDX-License-Identifier: Apache-2.0 */
/* testing_server.c: handlers and streams that do as a test says, and a client in raw bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "http/testing_server.h"

struct stream_state {
	struct testing_server *fix;
	struct bh_http_exchange *exchange;
	int n;
};

/* Waits for the test or the client, as a real stream waits for its source or the client. */
static bool
wait_go(struct testing_server *fix, struct bh_http_exchange *exchange)
{
	struct pollfd fds[2] = {
		{.fd = fix->go[0], .events = POLLIN},
		{.fd = bh_http_client_fd(exchange), .events = POLLRDHUP},
	};
	char c;

	atomic_store(&fix->held, true);
	poll(fds, 2, 10000);
	if (fds[1].revents != 0 && bh_http_client_gone(exchange)) {
		atomic_fetch_add(&fix->gone, 1);
		return false;
	}
	return read(fix->go[0], &c, 1) == 1;
}

static ssize_t
stream_next(void *state, char *out, size_t size)
{
	struct stream_state *stream = state;

	if (stream->n == 3)
		return 0;
	if (!wait_go(stream->fix, stream->exchange))
		return BH_E_GONE;
	return snprintf(out, size, "data: %d\n\n", stream->n++);
}

static void
stream_close(void *state)
{
	struct stream_state *stream = state;

	atomic_fetch_add(&stream->fix->closed, 1);
}

int64_t
testing_server_admit(void *ctx, struct bh_http_exchange *exchange)
{
	(void)ctx;
	return strcmp(exchange->path, "/small") == 0 ? 10 : 1000000;
}

int
testing_server_grow(void *ctx, struct bh_http_exchange *exchange, int64_t memory_bytes,
	int64_t spool_bytes)
{
	struct testing_server *fix = ctx;
	long most = atomic_load(&fix->grow_most);

	(void)exchange;
	if (most > 0 && memory_bytes + spool_bytes > most)
		return BH_E_BUSY;
	atomic_store(&fix->granted_memory, memory_bytes);
	atomic_store(&fix->granted_spool, spool_bytes);
	return 0;
}

static void
answer_stream(struct testing_server *fix, struct bh_http_exchange *exchange)
{
	static const struct bh_http_header headers[] = {{"content-type", "text/event-stream"}};
	struct stream_state *state = bh_arena_alloc(exchange->arena, sizeof(*state));
	const struct bh_http_stream stream = {stream_next, stream_close, state};

	*state = (struct stream_state){.fix = fix, .exchange = exchange};
	bh_http_answer_stream(exchange, 200, BH_LIST(headers), &stream);
}

static void
answer_file(struct bh_http_exchange *exchange)
{
	FILE *file = tmpfile();
	int fd;

	assert_non_null(file);
	fputs("content of a file", file);
	fflush(file);
	fd = dup(fileno(file));
	fclose(file);
	lseek(fd, 0, SEEK_SET);
	bh_http_answer_file(exchange, 200, NULL, 0, fd, 0, 17);
}

static void
describe(struct bh_http_exchange *exchange)
{
	const struct bh_http_header headers[] = {{"content-type", "text/plain"}, {"x-more", "yes"}};
	const char *q = NULL;
	int query = bh_http_query(exchange, "q", &q);
	unsigned sum = 0;
	int64_t spooled = 0;
	unsigned char bytes[4096];
	ssize_t n;
	char *text;

	for (size_t i = 0; i < exchange->body.len; i++)
		sum += (unsigned char)exchange->body.data[i];
	while (exchange->body_fd >= 0 && (n = read(exchange->body_fd, bytes, sizeof(bytes))) > 0) {
		for (ssize_t i = 0; i < n; i++)
			sum += bytes[i];
		spooled += n;
	}
	text = bh_arena_printf(exchange->arena,
		"%s %s q=%s(%s) bytes=%lld memory=%zu spooled=%lld sum=%u large=%d error=%d x=%s",
		exchange->method, exchange->path, query < 0 ? "bad" : "ok", q == NULL ? "none" : q,
		(long long)exchange->body_bytes, exchange->body.len, (long long)spooled, sum,
		exchange->body_too_large, exchange->body_error,
		bh_http_header(exchange, "X-Test") == NULL ? "none" : bh_http_header(exchange, "X-Test"));
	bh_http_answer(exchange, 200, BH_LIST(headers), text, strlen(text));
}

void
testing_server_handle(void *ctx, struct bh_http_exchange *exchange)
{
	struct testing_server *fix = ctx;

	if (strcmp(exchange->path, "/stream") == 0) {
		answer_stream(fix, exchange);
	} else if (strcmp(exchange->path, "/file") == 0) {
		answer_file(exchange);
	} else if (strcmp(exchange->path, "/wait") == 0) {
		wait_go(fix, exchange);
		bh_http_answer(exchange, 200, NULL, 0, "late", 4);
	} else {
		describe(exchange);
	}
}

static void
done(void *ctx, struct bh_http_exchange *exchange, bool whole)
{
	struct testing_server *fix = ctx;

	(void)exchange;
	atomic_fetch_add(whole ? &fix->done_whole : &fix->done_broken, 1);
}

int
testing_server_open(void **state)
{
	struct testing_server *fix = calloc(1, sizeof(*fix));
	struct bh_http_server_conf conf = {
		.socket_mode = 0600,
		.connections_max = 50,
		.idle_s = 1,
		.body_memory_max = 4096,
		.admit = testing_server_admit,
		.grow = testing_server_grow,
		.handle = testing_server_handle,
		.done = done,
	};

	snprintf(fix->dir, sizeof(fix->dir), "/tmp/bulkhead-test-XXXXXX");
	if (mkdtemp(fix->dir) == NULL || pipe(fix->go) < 0)
		return -1;
	snprintf(fix->path, sizeof(fix->path), "%s/http.sock", fix->dir);
	conf.socket_path = fix->path;
	conf.spool_dir = fix->dir;
	conf.ctx = fix;
	*state = fix;
	return bh_http_server_open(&conf, &fix->server);
}

int
testing_server_close(void **state)
{
	struct testing_server *fix = *state;

	bh_http_server_close(fix->server, 100);
	close(fix->go[0]);
	close(fix->go[1]);
	rmdir(fix->dir);
	free(fix);
	return 0;
}

int
testing_server_dial(const struct testing_server *fix)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = 30};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", fix->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

void
testing_server_say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads until the text holds `until`, or the end. */
size_t
testing_server_hear(int fd, char *out, size_t size, const char *until)
{
	size_t len = 0;
	ssize_t n;

	out[0] = '\0';
	while (strstr(out, until) == NULL && len + 1 < size &&
		(n = recv(fd, out + len, size - len - 1, 0)) > 0) {
		len += (size_t)n;
		out[len] = '\0';
	}
	return len;
}

void
testing_server_await(atomic_int *counter, int value)
{
	for (int i = 0; i < 1000 && atomic_load(counter) != value; i++)
		usleep(10000);
	assert_int_equal(atomic_load(counter), value);
}

void
testing_server_await_held(struct testing_server *fix)
{
	for (int i = 0; i < 1000 && !atomic_load(&fix->held); i++)
		usleep(10000);
	assert_true(atomic_load(&fix->held));
}
