/* test_client.c: the HTTP client against peers that cut, stall, lie and hang up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "http/client.h"

#define SCRIPT_MOST 8

/* What the peer says on its n-th connection, in order, one entry for each request it has read.
 * NULL closes; HOLD keeps still until the client leaves, STALL does not even read; "<" before text:
 * without a request read. */
#define HOLD "HOLD"
#define STALL "STALL"

struct fixture {
	char dir[64];
	char path[96];
	int listener;
	pthread_t thread;
	const char *script[SCRIPT_MOST][SCRIPT_MOST];
	atomic_int connections;
	atomic_int requests;
	atomic_bool left;              /* the client hung up on a HOLD */
	char last_request[8192];
	size_t last_len;
	struct bh_http_client *client;
	struct bh_http_reply reply;
	struct bh_buf body;
};

static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
static const char chunked[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	"3\r\nabc\r\n0\r\n\r\n";

/* Reads one request with its content-length. False at the connection's end. */
static bool
read_request(struct fixture *fix, int fd)
{
	size_t len = 0;
	size_t want = SIZE_MAX;
	char text[8192];

	while (len < want) {
		ssize_t n = recv(fd, text + len, sizeof(text) - len - 1, 0);
		char *end;

		if (n <= 0)
			return false;
		len += (size_t)n;
		text[len] = '\0';
		end = strstr(text, "\r\n\r\n");
		if (end != NULL && want == SIZE_MAX) {
			char *length = strcasestr(text, "content-length:");

			want = (size_t)(end + 4 - text) + (length ? strtoul(length + 15, NULL, 10) : 0);
		}
	}
	memcpy(fix->last_request, text, len + 1);
	fix->last_len = len;
	atomic_fetch_add(&fix->requests, 1);
	return true;
}

static void
play(struct fixture *fix, int fd, const char *const *script)
{
	char c;

	for (; *script != NULL; script++) {
		const char *text = *script;

		if (text[0] == '<')
			text++;
		else if (!read_request(fix, fd))
			return;
		if (strcmp(text, STALL) == 0) {
			struct pollfd left = {.fd = fd, .events = POLLRDHUP};

			poll(&left, 1, 10000);
			return;
		}
		if (strcmp(text, HOLD) == 0) {
			while (recv(fd, &c, 1, 0) > 0)
				;
			atomic_store(&fix->left, true);
			return;
		}
		send(fd, text, strlen(text), MSG_NOSIGNAL);
	}
}

static void *
serve(void *arg)
{
	struct fixture *fix = arg;

	for (;;) {
		int fd = accept(fix->listener, NULL, NULL);
		int n;

		if (fd < 0)
			return NULL;
		n = atomic_fetch_add(&fix->connections, 1);
		if (n < SCRIPT_MOST)
			play(fix, fd, fix->script[n]);
		shutdown(fd, SHUT_RDWR);
		close(fd);
	}
}

static int
setup(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct bh_http_client_conf conf = {.idle_max = 2, .connect_ms = 2000};
	char url[128];

	snprintf(fix->dir, sizeof(fix->dir), "/tmp/bulkhead-test-XXXXXX");
	if (mkdtemp(fix->dir) == NULL)
		return -1;
	snprintf(fix->path, sizeof(fix->path), "%s/peer.sock", fix->dir);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", fix->path);
	fix->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(fix->listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fix->listener, 8) < 0)
		return -1;
	pthread_create(&fix->thread, NULL, serve, fix);
	snprintf(url, sizeof(url), "unix:%s", fix->path);
	conf.url = url;
	*state = fix;
	return bh_http_client_open(&conf, &fix->client);
}

static int
teardown(void **state)
{
	struct fixture *fix = *state;

	bh_http_reply_close(&fix->reply);
	bh_http_client_close(fix->client);
	shutdown(fix->listener, SHUT_RDWR);
	pthread_join(fix->thread, NULL);
	close(fix->listener);
	unlink(fix->path);
	rmdir(fix->dir);
	bh_buf_close(&fix->body);
	free(fix);
	return 0;
}

static struct bh_http_call
request(void)
{
	return (struct bh_http_call){
		.method = "POST", .path = "/x", .body = "hello", .body_len = 5, .first_byte_ms = 5000,
		.idle_ms = 5000, .watch_fd = -1,
	};
}

/* The call, its body, and the reply closed again. */
static int
exchange(struct fixture *fix, const struct bh_http_call *call)
{
	int rc = bh_http_call(fix->client, call, &fix->reply);

	bh_buf_reset(&fix->body);
	if (rc == 0)
		rc = bh_http_reply_body(&fix->reply, 1000000, &fix->body);
	bh_http_reply_close(&fix->reply);
	return rc;
}

static int
exchange_plain(struct fixture *fix)
{
	const struct bh_http_call call = request();

	return exchange(fix, &call);
}

/* ---- the way it should be ---- */

static void
request_is_written_whole(void **state)
{
	struct fixture *fix = *state;
	const struct bh_http_header headers[] = {{"content-type", "text/plain"}, {"x-a", "b"}};
	struct bh_http_call call = request();

	fix->script[0][0] = ok;
	call.headers = headers;
	call.n_headers = 2;
	assert_int_equal(exchange(fix, &call), 0);
	assert_string_equal(fix->body.data, "ok");
	assert_string_equal(fix->last_request, "POST /x HTTP/1.1\r\nhost: localhost\r\n"
		"accept-encoding: identity\r\ncontent-type: text/plain\r\nx-a: b\r\n"
		"content-length: 5\r\n\r\nhello");
}

static void
connection_is_used_again(void **state)
{
	struct fixture *fix = *state;

	fix->script[0][0] = ok;
	fix->script[0][1] = chunked;
	fix->script[0][2] = "HTTP/1.1 204 No Content\r\n\r\n";
	fix->script[0][3] = ok;
	for (int i = 0; i < 4; i++)
		assert_int_equal(exchange_plain(fix), 0);
	assert_int_equal(atomic_load(&fix->connections), 1);
	assert_int_equal(atomic_load(&fix->requests), 4);
}

static void
chunked_answer_read_to_its_data_is_kept(void **state)
{
	struct fixture *fix = *state;
	const struct bh_http_call call = request();
	char piece[16];

	fix->script[0][0] = chunked;
	fix->script[0][1] = ok;
	assert_int_equal(bh_http_call(fix->client, &call, &fix->reply), 0);
	assert_int_equal(bh_http_reply_read(&fix->reply, piece, sizeof(piece)), 3);
	bh_http_reply_close(&fix->reply);
	assert_int_equal(exchange_plain(fix), 0);
	assert_int_equal(atomic_load(&fix->connections), 1);
}

static void
connection_closed_by_the_peer_is_not_used_again(void **state)
{
	struct fixture *fix = *state;

	fix->script[0][0] = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
	fix->script[1][0] = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok";
	fix->script[2][0] = "HTTP/1.1 200 OK\r\n\r\nuntil the end";
	for (int i = 0; i < 3; i++)
		assert_int_equal(exchange_plain(fix), 0);
	assert_string_equal(fix->body.data, "until the end");
	assert_int_equal(atomic_load(&fix->connections), 3);
}

static void
half_read_answer_closes_the_connection(void **state)
{
	struct fixture *fix = *state;
	const struct bh_http_call call = request();
	char piece[1];

	fix->script[0][0] = ok;
	fix->script[0][1] = "<" HOLD;
	fix->script[1][0] = ok;
	assert_int_equal(bh_http_call(fix->client, &call, &fix->reply), 0);
	assert_int_equal(bh_http_reply_read(&fix->reply, piece, 1), 1);
	bh_http_reply_close(&fix->reply);
	bh_http_reply_close(&fix->reply);
	assert_int_equal(exchange_plain(fix), 0);
	assert_true(atomic_load(&fix->left));
	assert_int_equal(atomic_load(&fix->connections), 2);
}

static void
interim_answers_are_passed_over(void **state)
{
	struct fixture *fix = *state;

	fix->script[0][0] = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n"
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	assert_int_equal(exchange_plain(fix), 0);
	assert_string_equal(fix->body.data, "ok");
}

static void
body_from_a_file_is_sent(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_call call = request();
	FILE *file = tmpfile();

	fputs("from a file", file);
	fflush(file);
	fix->script[0][0] = ok;
	call.body_fd = fileno(file);
	call.body_len = 11;
	assert_int_equal(exchange(fix, &call), 0);
	assert_non_null(strstr(fix->last_request, "content-length: 11\r\n\r\nfrom a file"));
	fclose(file);
}

static void
large_body_goes_through_a_slow_peer(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_call call = request();
	char *body = malloc(8000);

	memset(body, 'x', 8000);
	call.body = body;
	call.body_len = 7900;
	fix->script[0][0] = ok;
	assert_int_equal(exchange(fix, &call), 0);
	assert_int_equal(fix->last_len, strlen(fix->last_request));
	free(body);
}

/* ---- peers that misbehave ---- */

static void
cut_bodies_are_errors_never_ends(void **state)
{
	struct fixture *fix = *state;
	static const char *const cut[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
	};

	for (size_t i = 0; i < BH_COUNT(cut); i++)
		fix->script[i][0] = cut[i];
	for (size_t i = 0; i < BH_COUNT(cut); i++)
		assert_int_equal(exchange_plain(fix), BH_E_PROTOCOL);
}

static void
cut_heads_are_errors(void **state)
{
	struct fixture *fix = *state;

	fix->script[0][0] = "HTTP/1.1 200 OK\r\nContent-Len";
	fix->script[1][0] = "garbage\r\n\r\n";
	fix->script[2][0] = "HTTP/1.1 101 Switching\r\n\r\n";
	for (int i = 0; i < 3; i++) {
		assert_int_equal(exchange_plain(fix), BH_E_PROTOCOL);
		assert_true(fix->reply.sent);
	}
}

static void
endless_head_is_refused(void **state)
{
	struct fixture *fix = *state;
	struct bh_buf head = {0};

	bh_buf_text(&head, "HTTP/1.1 200 OK\r\n");
	while (head.len < 40000)
		bh_buf_text(&head, "X-Filler: 0123456789012345678901234567890123456789012345678901234\r\n");
	fix->script[0][0] = head.data;
	assert_int_equal(exchange_plain(fix), BH_E_PROTOCOL);
	bh_buf_close(&head);
}

static void
body_over_the_callers_limit_is_refused(void **state)
{
	struct fixture *fix = *state;
	const struct bh_http_call call = request();

	fix->script[0][0] = ok;
	assert_int_equal(bh_http_call(fix->client, &call, &fix->reply), 0);
	assert_int_equal(bh_http_reply_body(&fix->reply, 1, &fix->body), BH_E_TOO_LARGE);
}

static void
bytes_behind_the_answer_end_the_connection(void **state)
{
	struct fixture *fix = *state;

	fix->script[0][0] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"
		"Content-Length: 5\r\n\r\nsmugg";
	fix->script[1][0] = ok;
	assert_int_equal(exchange_plain(fix), 0);
	assert_int_equal(exchange_plain(fix), 0);
	assert_string_equal(fix->body.data, "ok");
	assert_int_equal(atomic_load(&fix->connections), 2);
}

static void
silent_peer_times_out(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_call call = request();
	int64_t start_ms = bh_clock_steady_ms();

	fix->script[0][0] = HOLD;
	call.first_byte_ms = 100;
	assert_int_equal(exchange(fix, &call), BH_E_UPSTREAM_TIMEOUT);
	assert_true(bh_clock_steady_ms() - start_ms >= 100);
	assert_true(fix->reply.sent);
}

static void
peer_that_stalls_in_its_body_times_out(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_call call = request();

	fix->script[0][0] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel";
	fix->script[0][1] = "<" HOLD;
	call.idle_ms = 100;
	assert_int_equal(exchange(fix, &call), BH_E_UPSTREAM_TIMEOUT);
}

static void
peer_that_does_not_read_times_out(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_call call = request();
	size_t len = 4000000;

	call.body = calloc(1, len);
	call.body_len = len;
	call.idle_ms = 100;
	fix->script[0][0] = "<" STALL;
	assert_int_equal(exchange(fix, &call), BH_E_UPSTREAM_TIMEOUT);
	free((void *)(uintptr_t)call.body);
}

static void
early_answer_to_a_large_body_is_heard(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_call call = request();
	size_t len = 4000000;

	call.body = calloc(1, len);
	call.body_len = len;
	fix->script[0][0] = "<HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno";
	fix->script[0][1] = "<" HOLD;
	fix->script[1][0] = ok;
	assert_int_equal(bh_http_call(fix->client, &call, &fix->reply), 0);
	assert_int_equal(fix->reply.status, 413);
	assert_int_equal(bh_http_reply_body(&fix->reply, 10, &fix->body), 0);
	bh_http_reply_close(&fix->reply);
	assert_int_equal(exchange_plain(fix), 0);
	assert_int_equal(atomic_load(&fix->connections), 2);
	free((void *)(uintptr_t)call.body);
}

/* ---- connections that died while they were kept ---- */

static void
dead_kept_connection_is_noticed_before_sending(void **state)
{
	struct fixture *fix = *state;
	struct timespec moment = {.tv_nsec = 1000000};

	fix->script[0][0] = ok; /* and closes */
	fix->script[1][0] = ok;
	assert_int_equal(exchange_plain(fix), 0);
	/* The close races with our next call only if the peer has not come to it yet. */
	for (int i = 0; i < 50; i++)
		nanosleep(&moment, NULL);
	assert_int_equal(exchange_plain(fix), 0);
	assert_int_equal(atomic_load(&fix->requests), 2);
}

static void
request_that_may_repeat_is_sent_again_on_a_fresh_connection(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_call call = request();

	fix->script[0][0] = ok;
	fix->script[0][1] = "";       /* reads the second request, answers nothing, closes */
	fix->script[1][0] = ok;
	call.repeatable = true;
	assert_int_equal(exchange(fix, &call), 0);
	assert_int_equal(exchange(fix, &call), 0);
	assert_int_equal(atomic_load(&fix->requests), 3);
}

static void
request_that_may_not_repeat_is_never_sent_twice(void **state)
{
	struct fixture *fix = *state;

	fix->script[0][0] = ok;
	fix->script[0][1] = "";
	fix->script[1][0] = ok;
	assert_int_equal(exchange_plain(fix), 0);
	assert_int_equal(exchange_plain(fix), BH_E_PROTOCOL);
	assert_true(fix->reply.sent);
	assert_int_equal(atomic_load(&fix->requests), 2);
}

static void
fresh_connection_that_dies_is_not_tried_again(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_call call = request();

	fix->script[0][0] = "";
	fix->script[1][0] = ok;
	call.repeatable = true;
	assert_int_equal(exchange(fix, &call), BH_E_PROTOCOL);
	assert_int_equal(atomic_load(&fix->requests), 1);
}

static void
half_an_answer_is_not_tried_again(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_call call = request();

	fix->script[0][0] = ok;
	fix->script[0][1] = "HTTP/1.1";
	fix->script[1][0] = ok;
	call.repeatable = true;
	assert_int_equal(exchange(fix, &call), 0);
	assert_int_equal(exchange(fix, &call), BH_E_PROTOCOL);
}

/* ---- the caller's own side ---- */

struct leaver {
	struct fixture *fix;
	int fd;
	bool *cancel;
};

/* Once the request has arrived: hangs up, or raises the flag. */
static void *
leave(void *arg)
{
	struct leaver *leaver = arg;

	while (atomic_load(&leaver->fix->requests) == 0)
		usleep(1000);
	if (leaver->cancel != NULL)
		__atomic_store_n(leaver->cancel, true, __ATOMIC_RELAXED);
	else
		close(leaver->fd);
	return NULL;
}

static void
client_that_leaves_ends_the_call(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_call call = request();
	struct leaver leaver = {.fix = fix};
	pthread_t thread;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	fix->script[0][0] = HOLD;
	call.watch_fd = fds[0];
	leaver.fd = fds[1];
	pthread_create(&thread, NULL, leave, &leaver);
	assert_int_equal(exchange(fix, &call), BH_E_GONE);
	pthread_join(thread, NULL);
	/* The peer learns it from its connection's end. */
	for (int i = 0; i < 1000 && !atomic_load(&fix->left); i++)
		usleep(5000);
	assert_true(atomic_load(&fix->left));
	close(fds[0]);
}

static void
client_that_left_before_is_noticed_before_sending(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_call call = request();
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	close(fds[1]);
	call.watch_fd = fds[0];
	assert_int_equal(exchange(fix, &call), BH_E_GONE);
	assert_false(fix->reply.sent);
	assert_int_equal(atomic_load(&fix->requests), 0);
	close(fds[0]);
}

static void
client_with_more_to_say_is_not_one_that_left(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_call call = request();
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(write(fds[1], "next request", 12), 12);
	fix->script[0][0] = ok;
	call.watch_fd = fds[0];
	assert_int_equal(exchange(fix, &call), 0);
	close(fds[0]);
	close(fds[1]);
}

static void
cancel_flag_ends_the_call(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_call call = request();
	bool cancel = false;
	struct leaver leaver = {.fix = fix, .cancel = &cancel};
	pthread_t thread;

	fix->script[0][0] = HOLD;
	call.cancel = &cancel;
	pthread_create(&thread, NULL, leave, &leaver);
	assert_int_equal(exchange(fix, &call), BH_E_CANCELLED);
	pthread_join(thread, NULL);
}

static void
line_breaks_in_headers_and_paths_are_refused(void **state)
{
	struct fixture *fix = *state;
	const struct bh_http_header headers[] = {{"x-a", "b\r\nx-c: d"}};
	struct bh_http_call call = request();

	call.headers = headers;
	call.n_headers = 1;
	assert_int_equal(exchange(fix, &call), BH_E_INVALID);
	call.n_headers = 0;
	call.path = "/x HTTP/1.1\r\nx-c: d";
	assert_int_equal(exchange(fix, &call), BH_E_INVALID);
	call.path = "x";
	assert_int_equal(exchange(fix, &call), BH_E_INVALID);
	assert_int_equal(atomic_load(&fix->connections), 0);
}

/* ---- URLs ---- */

static int
open_url(const char *url)
{
	const struct bh_http_client_conf conf = {.url = url, .idle_max = 1, .connect_ms = 300};
	struct bh_http_client *client = NULL;
	int rc = bh_http_client_open(&conf, &client);

	bh_http_client_close(client);
	return rc;
}

static void
urls_of_other_forms_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "x", "ftp://h/", "http://", "https://", "http:///x", "http://h:/", "http://h:0/",
		"http://h:65536/", "http://h:x/", "http://u@h/", "http://u:p@h/", "http://h?q",
		"http://h/a?q",
		"http://h/#f", "http://h/a b", "http://[::1/", "http://[]/", "unix:", "unix:x", "HTTP://h/",
		"http://h:-1/", "http://h\r\n/",
	};
	static const char *const good[] = {
		"unix:/a/b.sock", "http://h", "http://h/", "http://h:8080/v1/", "https://h.example/base",
		"http://127.0.0.1:1/", "http://[::1]:8080/x",
	};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(bad); i++) {
		if (open_url(bad[i]) != BH_E_INVALID)
			fail_msg("%s was taken", bad[i]);
	}
	for (size_t i = 0; i < BH_COUNT(good); i++)
		assert_int_equal(open_url(good[i]), 0);
}

static void
peer_that_is_not_there_is_a_connect_error(void **state)
{
	static const char *const urls[] = {"unix:/nonexistent/x.sock", "http://127.0.0.1:1/",
		"https://127.0.0.1:1/"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(urls); i++) {
		const struct bh_http_client_conf conf = {.url = urls[i], .idle_max = 1,
			.connect_ms = 2000};
		const struct bh_http_call call = request();
		struct bh_http_client *client;
		struct bh_http_reply reply;

		assert_int_equal(bh_http_client_open(&conf, &client), 0);
		assert_int_equal(bh_http_call(client, &call, &reply), BH_E_CONNECT);
		assert_false(reply.sent);
		bh_http_reply_close(&reply);
		bh_http_client_close(client);
	}
}

static void
tcp_peer_is_called_with_its_base_path(void **state)
{
	struct fixture *fix = *state;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(address);
	struct bh_http_client_conf conf = {.idle_max = 1, .connect_ms = 2000};
	struct bh_http_call call = request();
	struct fixture tcp = {.listener = socket(AF_INET, SOCK_STREAM, 0)};
	char url[64];
	char host[64];

	(void)fix;
	assert_int_equal(bind(tcp.listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(tcp.listener, 4), 0);
	assert_int_equal(getsockname(tcp.listener, (struct sockaddr *)&address, &size), 0);
	tcp.script[0][0] = ok;
	pthread_create(&tcp.thread, NULL, serve, &tcp);
	snprintf(url, sizeof(url), "http://localhost:%d/base/", ntohs(address.sin_port));
	conf.url = url;
	assert_int_equal(bh_http_client_open(&conf, &tcp.client), 0);
	assert_int_equal(exchange(&tcp, &call), 0);
	snprintf(host, sizeof(host), "host: localhost:%d\r\n", ntohs(address.sin_port));
	assert_non_null(strstr(tcp.last_request, host));
	assert_memory_equal(tcp.last_request, "POST /base/x HTTP/1.1\r\n", 23);
	bh_http_client_close(tcp.client);
	shutdown(tcp.listener, SHUT_RDWR);
	pthread_join(tcp.thread, NULL);
	close(tcp.listener);
	bh_buf_close(&tcp.body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(request_is_written_whole),
		TEST(connection_is_used_again),
		TEST(chunked_answer_read_to_its_data_is_kept),
		TEST(connection_closed_by_the_peer_is_not_used_again),
		TEST(half_read_answer_closes_the_connection),
		TEST(interim_answers_are_passed_over),
		TEST(body_from_a_file_is_sent),
		TEST(large_body_goes_through_a_slow_peer),
		TEST(cut_bodies_are_errors_never_ends),
		TEST(cut_heads_are_errors),
		TEST(endless_head_is_refused),
		TEST(body_over_the_callers_limit_is_refused),
		TEST(bytes_behind_the_answer_end_the_connection),
		TEST(silent_peer_times_out),
		TEST(peer_that_stalls_in_its_body_times_out),
		TEST(peer_that_does_not_read_times_out),
		TEST(early_answer_to_a_large_body_is_heard),
		TEST(dead_kept_connection_is_noticed_before_sending),
		TEST(request_that_may_repeat_is_sent_again_on_a_fresh_connection),
		TEST(request_that_may_not_repeat_is_never_sent_twice),
		TEST(fresh_connection_that_dies_is_not_tried_again),
		TEST(half_an_answer_is_not_tried_again),
		TEST(client_that_leaves_ends_the_call),
		TEST(client_that_left_before_is_noticed_before_sending),
		TEST(client_with_more_to_say_is_not_one_that_left),
		TEST(cancel_flag_ends_the_call),
		TEST(line_breaks_in_headers_and_paths_are_refused),
		TEST(urls_of_other_forms_are_refused),
		TEST(peer_that_is_not_there_is_a_connect_error),
		TEST(tcp_peer_is_called_with_its_base_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
