/* test_server.c: the HTTP server over a real Unix socket, spoken to with raw bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "http/server.h"

struct fixture {
	char dir[64];
	char path[96];
	struct bh_http_server *server;
	int go[2];              /* a byte here lets the waiting stream go on */
	atomic_int closed;      /* streams closed */
	atomic_int done_whole;
	atomic_int done_broken;
	atomic_int gone;        /* handlers that saw their client leave */
	atomic_bool held;       /* a handler or stream waits */
};

struct stream_state {
	struct fixture *fix;
	struct bh_http_exchange *exchange;
	int n;
};

/* Waits for the test or the client, as a real stream waits for its source or the client. */
static bool
wait_go(struct fixture *fix, struct bh_http_exchange *exchange)
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

static int64_t
admit(void *ctx, struct bh_http_exchange *exchange)
{
	(void)ctx;
	return strcmp(exchange->path, "/small") == 0 ? 10 : 1000000;
}

static void
answer_stream(struct fixture *fix, struct bh_http_exchange *exchange)
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
	bh_http_answer_file(exchange, 200, NULL, 0, fd, 17);
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
		"%s %s q=%s(%s) bytes=%lld memory=%zu spooled=%lld sum=%u large=%d x=%s", exchange->method,
		exchange->path, query < 0 ? "bad" : "ok", q == NULL ? "none" : q,
		(long long)exchange->body_bytes, exchange->body.len, (long long)spooled, sum,
		exchange->body_too_large, bh_http_header(exchange, "X-Test") == NULL ? "none"
			: bh_http_header(exchange, "X-Test"));
	bh_http_answer(exchange, 200, BH_LIST(headers), text, strlen(text));
}

static void
handle(void *ctx, struct bh_http_exchange *exchange)
{
	struct fixture *fix = ctx;

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
	struct fixture *fix = ctx;

	(void)exchange;
	atomic_fetch_add(whole ? &fix->done_whole : &fix->done_broken, 1);
}

static int
setup(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	struct bh_http_server_conf conf = {
		.socket_mode = 0600, .connections_max = 50, .idle_s = 1, .body_memory_max = 4096,
		.admit = admit, .handle = handle, .done = done,
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

static int
teardown(void **state)
{
	struct fixture *fix = *state;

	bh_http_server_close(fix->server, 100);
	close(fix->go[0]);
	close(fix->go[1]);
	rmdir(fix->dir);
	free(fix);
	return 0;
}

static int
dial(const struct fixture *fix)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = 10};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", fix->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

static void
say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads until the text holds `until`, or the end. */
static size_t
hear(int fd, char *out, size_t size, const char *until)
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

static void
await(atomic_int *counter, int value)
{
	for (int i = 0; i < 1000 && atomic_load(counter) != value; i++)
		usleep(10000);
	assert_int_equal(atomic_load(counter), value);
}

static void
await_held(struct fixture *fix)
{
	for (int i = 0; i < 1000 && !atomic_load(&fix->held); i++)
		usleep(10000);
	assert_true(atomic_load(&fix->held));
}

static void
target_is_raw_and_query_is_decoded(void **state)
{
	int fd = dial(*state);
	char text[4096];

	say(fd, "GET /a%2Fb%00?p=1&q=x+y%21 HTTP/1.1\r\nHost: h\r\nx-TEST: v\r\n\r\n");
	hear(fd, text, sizeof(text), "x=v");
	assert_non_null(strstr(text, "GET /a%2Fb%00 q=ok(x y!)"));
	assert_non_null(strstr(text, "x-more: yes"));
	close(fd);
}

static void
query_with_bad_escape_is_refused(void **state)
{
	int fd = dial(*state);
	char text[4096];

	say(fd, "GET /a?q=%4 HTTP/1.1\r\nHost: h\r\n\r\n");
	hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "q=bad"));
	say(fd, "GET /a?q=%00 HTTP/1.1\r\nHost: h\r\n\r\n");
	hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "q=bad"));
	say(fd, "GET /a?q=%ff HTTP/1.1\r\nHost: h\r\n\r\n");
	hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "q=bad"));
	close(fd);
}

static void
connection_serves_several_requests(void **state)
{
	struct fixture *fix = *state;
	int fd = dial(fix);
	char text[4096];

	for (int i = 0; i < 3; i++) {
		say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
		hear(fd, text, sizeof(text), "x=none");
		assert_non_null(strstr(text, "bytes=5 memory=5 spooled=0 sum=532 large=0"));
	}
	await(&fix->done_whole, 3);
	close(fd);
}

static void
chunked_body_arrives_whole(void **state)
{
	int fd = dial(*state);
	char text[4096];

	say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n");
	say(fd, "2\r\nlo\r\n0\r\n\r\n");
	hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "bytes=5 memory=5 spooled=0 sum=532"));
	close(fd);
}

static void
large_body_is_spooled(void **state)
{
	int fd = dial(*state);
	char text[4096];
	char piece[1000];

	memset(piece, 'a', sizeof(piece));
	say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 50000\r\n\r\n");
	for (int i = 0; i < 50; i++)
		assert_int_equal(send(fd, piece, sizeof(piece), 0), sizeof(piece));
	hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "bytes=50000 memory=0 spooled=50000 sum=4850000 large=0"));
	close(fd);
}

static void
body_over_the_admitted_size_is_read_but_not_kept(void **state)
{
	int fd = dial(*state);
	char text[4096];

	say(fd, "POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello world");
	hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "bytes=11 memory=0 spooled=0 sum=0 large=1"));
	say(fd, "POST /small HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
		"b\r\nhello world\r\n0\r\n\r\n");
	hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "bytes=11 memory=0 spooled=0 sum=0 large=1"));
	close(fd);
}

static void
client_that_asks_before_sending_is_told_at_once(void **state)
{
	int fd = dial(*state);
	char text[4096];

	say(fd, "POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n"
		"Expect: 100-continue\r\n\r\n");
	hear(fd, text, sizeof(text), "x=none");
	assert_memory_equal(text, "HTTP/1.1 200", 12);
	assert_non_null(strstr(text, "large=1"));
	close(fd);

	fd = dial(*state);
	say(fd, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
	hear(fd, text, sizeof(text), "\r\n\r\n");
	assert_memory_equal(text, "HTTP/1.1 100", 12);
	say(fd, "hello");
	hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "sum=532"));
	close(fd);
}

static void
head_has_no_body(void **state)
{
	int fd = dial(*state);
	char text[4096];

	say(fd, "HEAD /x HTTP/1.1\r\nHost: h\r\n\r\nGET /y HTTP/1.1\r\nHost: h\r\n\r\n");
	hear(fd, text, sizeof(text), "GET /y");
	assert_null(strstr(text, "HEAD /x"));
	close(fd);
}

static void
file_is_the_body(void **state)
{
	int fd = dial(*state);
	char text[4096];

	say(fd, "GET /file HTTP/1.1\r\nHost: h\r\n\r\n");
	hear(fd, text, sizeof(text), "content of a file");
	assert_non_null(strstr(text, "\r\n\r\ncontent of a file"));
	close(fd);
}

static void
each_piece_of_a_stream_leaves_at_once(void **state)
{
	struct fixture *fix = *state;
	int fd = dial(fix);
	char text[4096];

	say(fd, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	hear(fd, text, sizeof(text), "\r\n\r\n");
	assert_non_null(strcasestr(text, "transfer-encoding: chunked"));
	for (int i = 0; i < 3; i++) {
		char want[32];

		assert_int_equal(write(fix->go[1], "g", 1), 1);
		snprintf(want, sizeof(want), "9\r\ndata: %d\n\n\r\n", i);
		hear(fd, text, sizeof(text), want);
		/* One chunk of its own, after whatever zero-padding the size has. */
		assert_non_null(strstr(text, want));
	}
	hear(fd, text, sizeof(text), "0\r\n\r\n");
	await(&fix->closed, 1);
	await(&fix->done_whole, 1);
	close(fd);
}

static void
stream_ends_when_its_client_leaves(void **state)
{
	struct fixture *fix = *state;
	int fd = dial(fix);
	char text[4096];

	say(fd, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	hear(fd, text, sizeof(text), "\r\n\r\n");
	await_held(fix);
	close(fd);
	await(&fix->gone, 1);
	await(&fix->closed, 1);
	await(&fix->done_broken, 1);
}

static void
handler_sees_its_client_leave(void **state)
{
	struct fixture *fix = *state;
	int fd = dial(fix);

	say(fd, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
	await_held(fix);
	close(fd);
	await(&fix->gone, 1);
	await(&fix->done_broken, 1);
}

static void
handler_may_take_longer_than_the_idle_time(void **state)
{
	struct fixture *fix = *state;
	int fd = dial(fix);
	char text[4096];
	int64_t start_ms;

	say(fd, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
	await_held(fix);
	start_ms = bh_clock_steady_ms();
	while (bh_clock_steady_ms() - start_ms < 2300)
		usleep(50000);
	assert_int_equal(write(fix->go[1], "g", 1), 1);
	hear(fd, text, sizeof(text), "late");
	assert_memory_equal(text, "HTTP/1.1 200", 12);
	close(fd);
}

static void
stream_may_pause_longer_than_the_idle_time(void **state)
{
	struct fixture *fix = *state;
	int fd = dial(fix);
	char text[4096];
	int64_t start_ms;

	say(fd, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	hear(fd, text, sizeof(text), "\r\n\r\n");
	start_ms = bh_clock_steady_ms();
	while (bh_clock_steady_ms() - start_ms < 2300)
		usleep(50000);
	assert_int_equal(write(fix->go[1], "ggg", 3), 3);
	hear(fd, text, sizeof(text), "0\r\n\r\n");
	assert_non_null(strstr(text, "data: 2"));
	close(fd);
}

static void
idle_connection_is_closed(void **state)
{
	int fd = dial(*state);
	char text[4096];

	say(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
	hear(fd, text, sizeof(text), "x=none");
	assert_int_equal(recv(fd, text, sizeof(text), 0), 0);
	close(fd);
}

/* What never became a request is neither handled nor reported, and leaves nothing behind. */
static void
half_and_malformed_requests_are_counted_out(void **state)
{
	static const char *const texts[] = {
		"G", "GET /x HTTP/1.1\r\n", "GET /x HTTP/1.1\r\nHost: h\r\nX", "GET /x HTTP/1.1\r\n\r\n",
		"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", "\r\n\r\n\r\n", "x\r\n\r\n",
		"POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	};
	struct fixture *fix = *state;
	char text[4096];

	for (size_t i = 0; i < BH_COUNT(texts); i++) {
		int fd = dial(fix);

		say(fd, texts[i]);
		shutdown(fd, SHUT_WR);
		hear(fd, text, sizeof(text), "never");
		assert_null(strstr(text, " 200 "));
		close(fd);
	}
	for (int i = 0; i < 500 && bh_http_server_running(fix->server) > 0; i++)
		usleep(10000);
	assert_int_equal(bh_http_server_running(fix->server), 0);
	assert_int_equal(atomic_load(&fix->done_whole), 0);
}

static void *
close_server(void *arg)
{
	struct fixture *fix = arg;

	bh_http_server_close(fix->server, 10000);
	fix->server = NULL;
	return NULL;
}

static void
stopping_lets_running_exchanges_finish(void **state)
{
	struct fixture *fix = *state;
	int fd = dial(fix);
	char text[4096];
	pthread_t thread;

	say(fd, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
	await_held(fix);
	assert_int_equal(bh_http_server_running(fix->server), 1);
	pthread_create(&thread, NULL, close_server, fix);
	for (int i = 0; i < 1000 && access(fix->path, F_OK) == 0; i++)
		usleep(1000);
	assert_int_equal(write(fix->go[1], "g", 1), 1);
	hear(fd, text, sizeof(text), "late");
	assert_memory_equal(text, "HTTP/1.1 200", 12);
	pthread_join(thread, NULL);
	close(fd);
}

static void
stopping_cuts_what_does_not_finish(void **state)
{
	struct fixture *fix = *state;
	int fd = dial(fix);

	say(fd, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	await_held(fix);
	bh_http_server_close(fix->server, 50);
	fix->server = NULL;
	assert_int_equal(atomic_load(&fix->closed), 1);
	close(fd);
}

static void
socket_has_its_mode_and_replaces_an_old_one(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_server_conf conf = {
		.socket_path = fix->path, .socket_mode = 0660, .connections_max = 5, .idle_s = 1,
		.body_memory_max = 4096, .spool_dir = fix->dir, .ctx = fix, .admit = admit,
		.handle = handle,
	};
	struct bh_http_server *second;
	struct stat info;
	char text[4096];
	int fd;

	assert_int_equal(stat(fix->path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	assert_int_equal(bh_http_server_open(&conf, &second), 0);
	assert_int_equal(stat(fix->path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0660);
	bh_http_server_close(fix->server, 0); /* must leave its successor's socket alone */
	fix->server = NULL;
	fd = dial(fix);
	say(fd, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
	hear(fd, text, sizeof(text), "x=none");
	assert_non_null(strstr(text, "GET /x"));
	close(fd);
	bh_http_server_close(second, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(target_is_raw_and_query_is_decoded),
		TEST(query_with_bad_escape_is_refused),
		TEST(connection_serves_several_requests),
		TEST(chunked_body_arrives_whole),
		TEST(large_body_is_spooled),
		TEST(body_over_the_admitted_size_is_read_but_not_kept),
		TEST(client_that_asks_before_sending_is_told_at_once),
		TEST(head_has_no_body),
		TEST(file_is_the_body),
		TEST(each_piece_of_a_stream_leaves_at_once),
		TEST(stream_ends_when_its_client_leaves),
		TEST(handler_sees_its_client_leave),
		TEST(handler_may_take_longer_than_the_idle_time),
		TEST(stream_may_pause_longer_than_the_idle_time),
		TEST(idle_connection_is_closed),
		TEST(half_and_malformed_requests_are_counted_out),
		TEST(stopping_lets_running_exchanges_finish),
		TEST(stopping_cuts_what_does_not_finish),
		TEST(socket_has_its_mode_and_replaces_an_old_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
