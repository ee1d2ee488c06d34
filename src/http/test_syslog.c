/* SPDX-License-Identifier: Apache-2.0 */
/* test_syslog.c: connections to a receiver of syslog, which reads to the end, or does not. TLS is spoken by the tests of the
 * whole platform (tests/integration/test_audit_syslog.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "http/syslog.h"

#define PIECE ((size_t)64 * BH_KIB)

enum behaviour {
	READS_ALL,
	SPEAKS_AND_READS_ALL,
	CLOSES_AT_ONCE,
	DIES_WITH_BYTES_UNREAD,
	NEVER_CLOSES,
	NEVER_READS
};

struct receiver {
	enum behaviour behaviour;
	int listening;
	int port;
	pthread_t thread;
	size_t bytes; /* read */
	bool leave;   /* atomic: the test is over */
};

static char piece[PIECE];

static void
wait_for_end_of_test(struct receiver *receiver)
{
	while (!__atomic_load_n(&receiver->leave, __ATOMIC_ACQUIRE))
		poll(NULL, 0, 5);
}

static void *
receive(void *ctx)
{
	struct receiver *receiver = ctx;
	int fd = accept(receiver->listening, NULL, NULL);
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	char data[4096];
	ssize_t n = 1;

	if (receiver->behaviour == NEVER_READS)
		wait_for_end_of_test(receiver);
	if (receiver->behaviour == DIES_WITH_BYTES_UNREAD)
		poll(&ready, 1, 10000);
	if (receiver->behaviour == SPEAKS_AND_READS_ALL)
		n = send(fd, "hello\n", 6, MSG_NOSIGNAL);
	while (receiver->behaviour <= SPEAKS_AND_READS_ALL && n > 0) {
		n = read(fd, data, sizeof(data));
		receiver->bytes += n > 0 ? (size_t)n : 0;
	}
	if (receiver->behaviour == NEVER_CLOSES) {
		while ((n = read(fd, data, sizeof(data))) > 0)
			receiver->bytes += (size_t)n;
		wait_for_end_of_test(receiver);
	}
	close(fd);
	return NULL;
}

static void
begin(struct receiver *receiver, enum behaviour behaviour)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(address);

	*receiver = (struct receiver){.behaviour = behaviour};
	receiver->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(receiver->listening, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(receiver->listening, 1), 0);
	getsockname(receiver->listening, (struct sockaddr *)&address, &size);
	receiver->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&receiver->thread, NULL, receive, receiver), 0);
}

static void
end(struct receiver *receiver)
{
	__atomic_store_n(&receiver->leave, true, __ATOMIC_RELEASE);
	pthread_join(receiver->thread, NULL);
	close(receiver->listening);
}

static struct bh_syslog *
connect_to(const struct receiver *receiver)
{
	struct bh_syslog_conf conf = {.ca_file = "", .connect_ms = 5000, .write_ms = 300};
	struct bh_syslog *syslog = NULL;
	char url[64];

	snprintf(url, sizeof(url), "tcp://127.0.0.1:%d", receiver->port);
	assert_int_equal(bh_syslog_address_read(url, &conf.address), 0);
	assert_int_equal(bh_syslog_open(&conf, &syslog), 0);
	return syslog;
}

static void
an_address_says_how_and_where(void **state)
{
	static const char *const bad[] = {"", "udp://h:514", "h:514", "tcp://h", "tcp://:514",
		"tcp://h:0", "tcp://h:65536", "tcp://h:514/", "tcp://h:514 ", "tcp://a b:514",
		"tcp://a@b:514", "tcp://::1:514", "tcp://[::1]", "tls://", "tcp://h\n:514"};
	struct bh_syslog_address address;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(bad); i++)
		assert_int_equal(bh_syslog_address_read(bad[i], &address), BH_E_INVALID);
	assert_int_equal(bh_syslog_address_read("tcp://log.example:601", &address), 0);
	assert_false(address.tls);
	assert_string_equal(address.host, "log.example");
	assert_string_equal(address.port, "601");
	assert_int_equal(bh_syslog_address_read("tls://[fe80::1%eth0]:6514", &address), 0);
	assert_true(address.tls);
	assert_string_equal(address.host, "fe80::1%eth0");
	assert_string_equal(address.port, "6514");
}

static void
the_end_tells_that_all_was_read(void **state)
{
	for (enum behaviour behaviour = READS_ALL; behaviour <= SPEAKS_AND_READS_ALL; behaviour++) {
		struct receiver receiver;
		struct bh_syslog *syslog;

		(void)state;
		begin(&receiver, behaviour);
		syslog = connect_to(&receiver);
		for (int i = 0; i < 64; i++)
			assert_int_equal(bh_syslog_write(syslog, piece, sizeof(piece)), 0);
		assert_int_equal(bh_syslog_finish(syslog, 5000), 0);
		bh_syslog_close(syslog);
		end(&receiver);
		assert_int_equal(receiver.bytes, 64 * sizeof(piece));
	}
}

static void
a_receiver_that_closes_has_read_nothing_that_we_know_of(void **state)
{
	int64_t until_ms = bh_clock_steady_ms() + 5000;
	struct receiver receiver;
	struct bh_syslog *syslog;
	int rc = 0;

	(void)state;
	begin(&receiver, CLOSES_AT_ONCE);
	syslog = connect_to(&receiver);
	while (rc == 0 && bh_clock_steady_ms() < until_ms)
		rc = bh_syslog_look(syslog);
	assert_int_equal(rc, BH_E_PROTOCOL);
	assert_int_equal(bh_syslog_write(syslog, "x", 1), BH_E_PROTOCOL);
	assert_int_equal(bh_syslog_finish(syslog, 5000), BH_E_PROTOCOL);
	bh_syslog_close(syslog);
	end(&receiver);
}

static void
a_receiver_that_dies_with_bytes_unread_is_found_out(void **state)
{
	struct receiver receiver;
	struct bh_syslog *syslog;

	(void)state;
	begin(&receiver, DIES_WITH_BYTES_UNREAD);
	syslog = connect_to(&receiver);
	assert_int_equal(bh_syslog_write(syslog, piece, 1000), 0);
	assert_int_equal(bh_syslog_finish(syslog, 5000), BH_E_PROTOCOL);
	bh_syslog_close(syslog);
	end(&receiver);
}

static void
a_receiver_that_does_not_close_is_not_waited_for_longer(void **state)
{
	struct receiver receiver;
	struct bh_syslog *syslog;

	(void)state;
	begin(&receiver, NEVER_CLOSES);
	syslog = connect_to(&receiver);
	assert_int_equal(bh_syslog_write(syslog, piece, 1000), 0);
	assert_int_equal(bh_syslog_finish(syslog, 200), BH_E_UPSTREAM_TIMEOUT);
	bh_syslog_close(syslog);
	end(&receiver);
}

static void
a_receiver_that_does_not_read_ends_the_writing(void **state)
{
	struct receiver receiver;
	struct bh_syslog *syslog;
	int rc = 0;

	(void)state;
	begin(&receiver, NEVER_READS);
	syslog = connect_to(&receiver);
	for (int i = 0; rc == 0 && i < 1000; i++)
		rc = bh_syslog_write(syslog, piece, sizeof(piece));
	assert_int_equal(rc, BH_E_UPSTREAM_TIMEOUT);
	bh_syslog_close(syslog);
	end(&receiver);
}

static void
a_receiver_that_is_not_there_is_an_error(void **state)
{
	struct bh_syslog_conf conf = {.ca_file = "", .connect_ms = 5000, .write_ms = 300};
	struct bh_syslog *syslog = NULL;
	struct receiver receiver;

	(void)state;
	begin(&receiver, READS_ALL);
	bh_syslog_close(connect_to(&receiver));
	end(&receiver);
	snprintf(conf.address.host, sizeof(conf.address.host), "127.0.0.1");
	snprintf(conf.address.port, sizeof(conf.address.port), "%u", (unsigned)(uint16_t)receiver.port);
	assert_int_equal(bh_syslog_open(&conf, &syslog), BH_E_CONNECT);
	assert_null(syslog);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_says_how_and_where),
		cmocka_unit_test(the_end_tells_that_all_was_read),
		cmocka_unit_test(a_receiver_that_closes_has_read_nothing_that_we_know_of),
		cmocka_unit_test(a_receiver_that_dies_with_bytes_unread_is_found_out),
		cmocka_unit_test(a_receiver_that_does_not_close_is_not_waited_for_longer),
		cmocka_unit_test(a_receiver_that_does_not_read_ends_the_writing),
		cmocka_unit_test(a_receiver_that_is_not_there_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
