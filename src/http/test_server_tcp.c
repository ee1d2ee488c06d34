/* SPDX-License-Identifier: Apache-2.0 */
/* test_server_tcp.c: the server on TCP, plain and by TLS: trust, a certificate that changes, wrong settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "http/client.h"
#include "http/testing_server.h"

struct fixture {
	struct testing_server *with; /* its handlers and folder */
	char cert[2][128], key[2][128], used_cert[128], used_key[128];
	int held;
	char url[64];
	struct bh_http_server *server;
};

/* A port that the system gives to nobody else while *out_fd is open. */
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

static int
make_certificate(const char *cert, const char *key)
{
	const char *const argv[] = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
		"ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
		"subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", cert, NULL};
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status != 0 ? -1 : chmod(key, 0600);
}

/* Puts the n-th pair where the server looks. */
static void
use(const struct fixture *fix, int n)
{
	unlink(fix->used_cert);
	unlink(fix->used_key);
	assert_int_equal(link(fix->cert[n], fix->used_cert), 0);
	assert_int_equal(link(fix->key[n], fix->used_key), 0);
}

static int
setup(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	const char *dir;
	int rc;

	if (fix == NULL || testing_server_open((void **)&fix->with) < 0)
		return -1;
	*state = fix;
	dir = fix->with->dir;
	for (int i = 0; i < 2; i++) {
		snprintf(fix->cert[i], sizeof(fix->cert[i]), "%s/cert%d.pem", dir, i);
		snprintf(fix->key[i], sizeof(fix->key[i]), "%s/key%d.pem", dir, i);
		rc = make_certificate(fix->cert[i], fix->key[i]);
		if (rc < 0)
			return rc;
	}
	snprintf(fix->used_cert, sizeof(fix->used_cert), "%s/cert.pem", dir);
	snprintf(fix->used_key, sizeof(fix->used_key), "%s/key.pem", dir);
	use(fix, 0);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fix = *state;

	bh_http_server_close(fix->server, 100);
	for (int i = 0; i < 2; i++) {
		unlink(fix->cert[i]);
		unlink(fix->key[i]);
	}
	unlink(fix->used_cert);
	unlink(fix->used_key);
	if (fix->held > 0)
		close(fix->held);
	testing_server_close((void **)&fix->with);
	free(fix);
	return 0;
}

static int
listen_on(struct fixture *fix, const char *scheme, const char *path)
{
	char url[64];
	const struct bh_http_server_conf conf = {
		.listen = url,
		.cert_file = fix->used_cert,
		.key_file = fix->used_key,
		.connections_max = 50,
		.idle_s = 5,
		.body_memory_max = 4096,
		.spool_dir = fix->with->dir,
		.ctx = fix->with,
		.admit = testing_server_admit,
		.grow = testing_server_grow,
		.handle = testing_server_handle,
	};

	snprintf(fix->url, sizeof(fix->url), "%s://127.0.0.1:%d", scheme, hold_port(&fix->held));
	snprintf(url, sizeof(url), "%s%s", fix->url, path);
	return bh_http_server_open(&conf, &fix->server);
}

/* The body of a POST of `bytes` to `path` comes back as text. */
static int
ask(const struct fixture *fix, const char *ca_file, const char *path, size_t bytes,
	struct bh_buf *out)
{
	static const struct bh_http_header always = {"x-test", "ours"};
	static const struct bh_http_header given[] = {{"X-Test", "the caller's"}};
	const struct bh_http_client_conf conf = {
		.url = fix->url,
		.idle_max = 1,
		.connect_ms = 5000,
		.ca_file = ca_file,
		.always = &always,
	};
	char *body = calloc(1, bytes + 1);
	const struct bh_http_call call = {
		.method = "POST",
		.path = path,
		.headers = given,
		.n_headers = 1,
		.body = body,
		.body_len = bytes,
		.first_byte_ms = 5000,
		.idle_ms = 5000,
		.watch_fd = -1,
	};
	struct bh_http_client *client = NULL;
	struct bh_http_reply reply = {0};
	int rc = bh_http_client_open(&conf, &client);

	memset(body, 1, bytes);
	bh_buf_reset(out);
	if (rc == 0)
		rc = bh_http_call(client, &call, &reply);
	if (rc == 0)
		rc = bh_http_reply_body(&reply, 100000, out);
	bh_http_reply_close(&reply);
	bh_http_client_close(client);
	free(body);
	return rc;
}

static void
tcp_serves_what_a_unix_socket_does(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct fixture *fix = *state;

	assert_int_equal(listen_on(fix, "http", ""), 0);
	assert_int_equal(ask(fix, NULL, "/a?q=1", 3, &text), 0);
	assert_non_null(strstr(text.data, "POST /a q=ok(1) bytes=3 memory=3"));
	/* What goes with every call stands above what one call brings. */
	assert_non_null(strstr(text.data, "x=ours"));
	assert_int_equal(ask(fix, NULL, "/a", 90000, &text), 0);
	assert_non_null(strstr(text.data, "bytes=90000 memory=0 spooled=90000 sum=90000"));
	assert_int_equal(ask(fix, NULL, "/file", 0, &text), 0);
	assert_string_equal(text.data, "content of a file");
}

static void
tls_serves_it_too(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct fixture *fix = *state;

	assert_int_equal(listen_on(fix, "https", ""), 0);
	assert_int_equal(ask(fix, fix->cert[0], "/a", 90000, &text), 0);
	assert_non_null(strstr(text.data, "bytes=90000 memory=0 spooled=90000 sum=90000"));
	assert_non_null(strstr(text.data, "x=ours"));
	assert_int_equal(ask(fix, fix->cert[0], "/file", 0, &text), 0);
	assert_string_equal(text.data, "content of a file");
}

static void
another_authority_is_not_trusted(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct fixture *fix = *state;

	assert_int_equal(listen_on(fix, "https", ""), 0);
	assert_int_equal(ask(fix, fix->cert[1], "/a", 3, &text), BH_E_CONNECT);
	assert_int_equal(ask(fix, NULL, "/a", 3, &text), BH_E_CONNECT);
	/* Nor is what is not TLS taken for it. */
	memmove(fix->url + 4, fix->url + 5, strlen(fix->url + 4));
	assert_true(ask(fix, NULL, "/a", 3, &text) < 0);
}

/* Until the server has looked at its files again, which it does once a second. */
static int
ask_until(const struct fixture *fix, const char *ca_file, int wanted)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const struct timespec pause = {.tv_nsec = 50 * 1000000};
	int64_t until_ms = bh_clock_steady_ms() + 20000;
	int rc;

	while ((rc = ask(fix, ca_file, "/a", 3, &text)) != wanted && bh_clock_steady_ms() < until_ms)
		nanosleep(&pause, NULL);
	return rc;
}

static void
certificate_is_replaced_while_it_serves(void **state)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct fixture *fix = *state;

	assert_int_equal(listen_on(fix, "https", ""), 0);
	assert_int_equal(ask(fix, fix->cert[0], "/a", 3, &text), 0);
	use(fix, 1);
	assert_int_equal(ask_until(fix, fix->cert[1], 0), 0);
	assert_int_equal(ask(fix, fix->cert[0], "/a", 3, &text), BH_E_CONNECT);
	/* A pair that does not fit together leaves the last one in use, until it does. */
	unlink(fix->used_cert);
	assert_int_equal(link(fix->cert[0], fix->used_cert), 0);
	for (int i = 0; i < 25; i++) {
		const struct timespec pause = {.tv_nsec = 60 * 1000000};

		assert_int_equal(ask(fix, fix->cert[1], "/a", 3, &text), 0);
		nanosleep(&pause, NULL);
	}
	use(fix, 0);
	assert_int_equal(ask_until(fix, fix->cert[0], 0), 0);
}

static void
wrong_settings_are_refused(void **state)
{
	struct fixture *fix = *state;

	assert_int_equal(listen_on(fix, "http", "/base"), BH_E_CONFIG);
	assert_int_equal(listen_on(fix, "ftp", ""), BH_E_CONFIG);
	assert_int_equal(chmod(fix->key[0], 0644), 0);
	assert_int_equal(listen_on(fix, "https", ""), BH_E_CONFIG);
	assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), "can be read by all users"));
	assert_int_equal(chmod(fix->key[0], 0600), 0);
	unlink(fix->used_cert);
	assert_int_equal(link(fix->cert[1], fix->used_cert), 0);
	assert_int_equal(listen_on(fix, "https", ""), BH_E_CONFIG);
	unlink(fix->used_cert);
	assert_int_equal(listen_on(fix, "https", ""), BH_E_CONFIG);
	fix->used_cert[0] = '\0';
	assert_int_equal(listen_on(fix, "https", ""), BH_E_CONFIG);
	assert_non_null(strstr(bh_error_detail(BH_E_CONFIG), "listen.cert_file"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tcp_serves_what_a_unix_socket_does),
		TEST(tls_serves_it_too),
		TEST(another_authority_is_not_trusted),
		TEST(certificate_is_replaced_while_it_serves),
		TEST(wrong_settings_are_refused),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
