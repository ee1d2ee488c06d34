/* SPDX-License-Identifier: Apache-2.0 */
/* test_client_tls.c: https peers: trust, bodies, hang-ups; the peer is the openssl tool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "http/address.h"
#include "http/client.h"

#define BIG_BYTES 3000000u

struct fixture {
	char dir[64];
	char cert[96];
	char key[96];
	int port, held;
	pid_t server;
	struct bh_buf body;
};

static pid_t
spawn(const char *dir, const char *const *argv)
{
	pid_t pid = fork();
	int null;

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	if (chdir(dir) == 0)
		execvp(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* A port that the system gives to nobody else while *out_fd is open. The server may listen on it all the
 * same, for both sockets allow that and ours does not listen. */
static int
hold_port(int *out_fd)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	getsockname(fd, (struct sockaddr *)&address, &size);
	*out_fd = fd;
	return ntohs(address.sin_port);
}

static bool
listens(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_addr = {htonl(INADDR_LOOPBACK)},
		.sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool yes = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

	close(fd);
	return yes;
}

static int
make_certificate(const struct fixture *fix)
{
	const char *const argv[] = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
		"ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
		"subjectAltName=DNS:localhost,DNS:pinned.invalid", "-keyout", fix->key, "-out", fix->cert,
		NULL};
	int status = 0;

	waitpid(spawn("/", argv), &status, 0);
	return status;
}

static int
write_file(const struct fixture *fix, const char *name, const char *text, size_t bytes)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", fix->dir, name);
	file = fopen(path, "we");
	if (file == NULL)
		return -1;
	fputs(text, file);
	for (size_t i = 0; i < bytes; i++)
		putc('x', file);
	return fclose(file);
}

static int
setup_group(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	char port[8];
	const char *const argv[] = {"openssl", "s_server", "-quiet", "-accept", port, "-cert",
		fix->cert, "-key", fix->key, "-HTTP", NULL};

	*state = fix;
	snprintf(fix->dir, sizeof(fix->dir), "/tmp/bulkhead-test-XXXXXX");
	if (mkdtemp(fix->dir) == NULL)
		return -1;
	snprintf(fix->cert, sizeof(fix->cert), "%s/cert.pem", fix->dir);
	snprintf(fix->key, sizeof(fix->key), "%s/key.pem", fix->dir);
	/* -HTTP sends files as they are: they hold their own response heads. */
	if (make_certificate(fix) != 0 ||
		write_file(fix, "ok", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nok", 0) != 0 ||
		write_file(fix, "cut", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", 0) != 0 ||
		write_file(fix, "moved",
			"HTTP/1.1 302 Found\r\nLocation: https://localhost/ok\r\n"
			"Content-Length: 0\r\n\r\n",
			0) != 0 ||
		write_file(fix, "long", "HTTP/1.1 200 OK\r\nX: ", 40000) != 0 ||
		write_file(fix, "big", "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n", BIG_BYTES) !=
			0)
		return -1;
	fix->port = hold_port(&fix->held);
	snprintf(port, sizeof(port), "%d", fix->port);
	fix->server = spawn(fix->dir, argv);
	for (int i = 0; i < 500 && !listens(fix->port); i++)
		usleep(10000);
	return listens(fix->port) ? 0 : -1;
}

static int
teardown_group(void **state)
{
	static const char *const names[] = {"ok", "cut", "moved", "long", "big", "cert.pem", "key.pem"};
	struct fixture *fix = *state;
	char path[128];

	close(fix->held);
	kill(fix->server, SIGKILL);
	waitpid(fix->server, NULL, 0);
	for (size_t i = 0; i < BH_COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", fix->dir, names[i]);
		unlink(path);
	}
	rmdir(fix->dir);
	bh_buf_close(&fix->body);
	free(fix);
	return 0;
}

static struct bh_http_client *
client_for(const struct fixture *fix, const char *host, bool trusted)
{
	char url[64];
	const struct bh_http_client_conf conf = {
		.url = url,
		.idle_max = 2,
		.connect_ms = 5000,
		.ca_file = trusted ? fix->cert : NULL,
	};
	struct bh_http_client *client;

	snprintf(url, sizeof(url), "https://%s:%d/", host, fix->port);
	assert_int_equal(bh_http_client_open(&conf, &client), 0);
	return client;
}

static struct bh_http_call
request(const char *path)
{
	return (struct bh_http_call){
		.method = "GET",
		.path = path,
		.first_byte_ms = 5000,
		.idle_ms = 5000,
		.watch_fd = -1,
	};
}

static int
exchange(struct fixture *fix, const char *path, struct bh_http_reply *out)
{
	struct bh_http_client *client = client_for(fix, "localhost", true);
	const struct bh_http_call call = request(path);
	int rc = bh_http_call(client, &call, out);

	bh_buf_reset(&fix->body);
	if (rc == 0)
		rc = bh_http_reply_body(out, 2 * BIG_BYTES, &fix->body);
	bh_http_reply_close(out);
	bh_http_client_close(client);
	return rc;
}

static void
trusted_peer_is_read(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_client *client = client_for(fix, "localhost", true);
	struct bh_http_call call = request("/ok");
	struct bh_http_reply reply;

	call.repeatable = true; /* this peer closes after every answer */
	assert_int_equal(bh_http_call(client, &call, &reply), 0);
	assert_int_equal(reply.status, 200);
	assert_string_equal(bh_http_reply_header(&reply, "x-a"), "b");
	assert_null(bh_http_reply_header(&reply, "x-b"));
	bh_buf_reset(&fix->body);
	assert_int_equal(bh_http_reply_body(&reply, 10, &fix->body), 0);
	assert_string_equal(fix->body.data, "ok");
	assert_int_equal(bh_http_reply_fd(&reply), -1);
	bh_http_reply_close(&reply);
	bh_http_reply_close(&reply);
	assert_int_equal(bh_http_call(client, &call, &reply), 0);
	bh_http_reply_close(&reply);
	bh_http_client_close(client);
}

static void
untrusted_and_misnamed_peers_are_refused_before_anything_is_sent(void **state)
{
	struct fixture *fix = *state;
	const struct bh_http_call call = request("/ok");
	struct bh_http_client *unknown = client_for(fix, "localhost", false);
	struct bh_http_client *misnamed = client_for(fix, "127.0.0.1", true);
	struct bh_http_reply reply;

	assert_int_equal(bh_http_call(unknown, &call, &reply), BH_E_CONNECT);
	assert_false(reply.sent);
	assert_int_equal(bh_http_call(misnamed, &call, &reply), BH_E_CONNECT);
	assert_false(reply.sent);
	bh_http_client_close(unknown);
	bh_http_client_close(misnamed);
}

static void
cut_and_endless_answers_are_errors(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_reply reply;

	assert_int_equal(exchange(fix, "/cut", &reply), BH_E_PROTOCOL);
	assert_int_equal(exchange(fix, "/long", &reply), BH_E_PROTOCOL);
}

static void
redirects_are_answers(void **state)
{
	struct bh_http_reply reply;

	assert_int_equal(exchange(*state, "/moved", &reply), 0);
	assert_int_equal(reply.status, 302);
}

static void
large_body_comes_through_a_bounded_buffer(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_reply reply;

	assert_int_equal(exchange(fix, "/big", &reply), 0);
	assert_int_equal(fix->body.len, BIG_BYTES);
}

static void
client_that_leaves_ends_the_reading(void **state)
{
	struct fixture *fix = *state;
	struct bh_http_client *client = client_for(fix, "localhost", true);
	struct bh_http_call call = request("/cut");
	struct bh_http_reply reply;
	char piece[64];
	ssize_t n;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	close(fds[1]);
	call.watch_fd = fds[0];
	assert_int_equal(bh_http_call(client, &call, &reply), BH_E_GONE);
	assert_false(reply.sent);

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, &fds[0]), 0);
	call = request("/big");
	call.watch_fd = fds[0];
	assert_int_equal(bh_http_call(client, &call, &reply), 0);
	close(fds[1]);
	while ((n = bh_http_reply_read(&reply, piece, sizeof(piece))) > 0)
		;
	assert_int_equal(n, BH_E_GONE);
	bh_http_reply_close(&reply);
	bh_http_client_close(client);
}

static void
a_pinned_address_is_the_only_one_and_the_name_stays(void **state)
{
	struct fixture *fix = *state;
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct bh_addresses pinned = {.n = 1};
	char url[64];
	const struct bh_http_client_conf conf = {
		.url = url,
		.connect_ms = 5000,
		.ca_file = fix->cert,
		.pinned = &pinned,
	};
	const struct bh_http_call call = request("/ok");
	struct bh_http_client *client;
	struct bh_http_reply reply = {0};

	/* Nobody resolves this name: the certificate has it. */
	snprintf(url, sizeof(url), "https://pinned.invalid:%d/", fix->port);
	memcpy(&pinned.list[0], &at, sizeof(at));
	assert_int_equal(bh_http_client_open(&conf, &client), 0);
	assert_int_equal(bh_http_call(client, &call, &reply), 0);
	assert_int_equal(reply.status, 200);
	bh_http_reply_close(&reply);
	bh_http_client_close(client);

	/* An address in the URL itself is not reached either, if it is not the pinned one. */
	snprintf(url, sizeof(url), "https://[::1]:%d/", fix->port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
	memcpy(&pinned.list[0], &at, sizeof(at));
	assert_int_equal(bh_http_client_open(&conf, &client), 0);
	assert_int_equal(bh_http_call(client, &call, &reply), BH_E_CONNECT);
	assert_non_null(strstr(bh_error_detail(BH_E_CONNECT), "another address"));
	assert_false(reply.sent);
	bh_http_client_close(client);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trusted_peer_is_read),
		cmocka_unit_test(untrusted_and_misnamed_peers_are_refused_before_anything_is_sent),
		cmocka_unit_test(cut_and_endless_answers_are_errors),
		cmocka_unit_test(redirects_are_answers),
		cmocka_unit_test(large_body_comes_through_a_bounded_buffer),
		cmocka_unit_test(client_that_leaves_ends_the_reading),
		cmocka_unit_test(a_pinned_address_is_the_only_one_and_the_name_stays),
	};

	return cmocka_run_group_tests(tests, setup_group, teardown_group);
}
