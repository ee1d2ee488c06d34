/* SPDX-License-Identifier: Apache-2.0 */
/* test_names.c: names whose addresses come, go and are told in part, asked of a small server of names. */
#include "nginx/names.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <resolv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "nginx/peers.h"
#include "nginx/testing.h"
#include "service/places.h"

enum { RECORDS_MOST = 8, LOOK_MS = 20 };

/* Answers each question about addresses of version 4 with the same ones. */
struct responder {
	pthread_t thread;
	int fd;
	char address[32];
	char records[RECORDS_MOST][16];
	size_t n;
	uint32_t ttl_s;
	atomic_bool stop;
	bool is_broken; /* claims more than it sends */
};

static size_t
answer(const struct responder *responder, unsigned char *bytes, size_t len, size_t room)
{
	bool is_a = len > 16 && bytes[len - 3] == ns_t_a;
	size_t n = is_a ? responder->n : 0;

	/* The question stays; what stands behind it (EDNS) goes. */
	bytes[2] |= 0x80;
	bytes[7] = (unsigned char)(responder->is_broken ? n + 3 : n);
	memset(bytes + 8, 0, 4);
	for (size_t i = 0; i < n && len + 16 <= room; i++) {
		const unsigned char head[] = {0xc0, 12, 0, ns_t_a, 0, ns_c_in, 0, 0, 0,
			(unsigned char)responder->ttl_s, 0, 4};

		memcpy(bytes + len, head, sizeof(head));
		assert_int_equal(inet_pton(AF_INET, responder->records[i], bytes + len + sizeof(head)), 1);
		len += sizeof(head) + 4;
	}
	return len;
}

static void *
respond(void *arg)
{
	struct responder *responder = arg;

	while (!atomic_load(&responder->stop)) {
		struct pollfd polled = {.fd = responder->fd, .events = POLLIN};
		unsigned char bytes[512];
		struct sockaddr_in from;
		socklen_t from_len = sizeof(from);
		ssize_t len;

		if (poll(&polled, 1, LOOK_MS) <= 0)
			continue;
		len = recvfrom(responder->fd, bytes, 256, 0, (struct sockaddr *)&from, &from_len);
		if (len > 0) {
			size_t size = answer(responder, bytes, (size_t)len, sizeof(bytes));

			assert_true(
				sendto(responder->fd, bytes, size, 0, (struct sockaddr *)&from, from_len) > 0);
		}
	}
	return NULL;
}

static void
responder_open(struct responder *out)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	out->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(out->fd, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(out->fd, (struct sockaddr *)&address, &len), 0);
	snprintf(out->address, sizeof(out->address), "127.0.0.1:%u", ntohs(address.sin_port));
	assert_int_equal(pthread_create(&out->thread, NULL, respond, out), 0);
}

static void
responder_close(struct responder *responder)
{
	atomic_store(&responder->stop, true);
	pthread_join(responder->thread, NULL);
	close(responder->fd);
}

static const struct bh_service auth = {.name = "auth", .issues_tokens = true};
static const struct bh_service model = {.name = "model"};
static const struct bh_service *const services[] = {&auth, &model, NULL};

static const struct bh_places places = {
	.peers = {"http://127.0.0.1:7000", "http://model.test:8080 http://[::1]:8081"},
	.listens = {"", ""},
};

static struct bh_nginx_names *
open_names(const char *resolver)
{
	struct bh_nginx_names *names = NULL;

	assert_int_equal(bh_nginx_names_open(&places, "/run/bulkhead", services, resolver, &names), 0);
	assert_non_null(names);
	return names;
}

static size_t
count(const struct bh_nginx_names *names)
{
	const struct bh_endpoint_part host = {"model.test", 10};
	const char *found[BH_NGINX_ADDRESSES_MOST];

	return bh_nginx_names_find(names, &host, found);
}

static void
what_is_no_name_is_not_looked_up(void **state)
{
	static const char *const addresses[] = {"127.0.0.1", "::1", "2001:db8::7"};
	static const char *const names[] = {"model", "10.0.0.1.example", "1.2.3"};
	struct bh_nginx_names *none = (struct bh_nginx_names *)state;

	for (size_t i = 0; i < BH_COUNT(addresses); i++)
		assert_false(
			bh_nginx_names_is_name(&(struct bh_endpoint_part){addresses[i], strlen(addresses[i])}));
	for (size_t i = 0; i < BH_COUNT(names); i++)
		assert_true(bh_nginx_names_is_name(&(struct bh_endpoint_part){names[i], strlen(names[i])}));
	assert_int_equal(bh_nginx_names_open(NULL, "/run/bulkhead", services, NULL, &none), 0);
	assert_null(none);
}

static void
a_server_of_names_is_an_address(void **state)
{
	static const char *const wrong[] = {"dns.example", "10.0.0.1:0", "10.0.0.1:x", "::1", ":53"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(wrong); i++)
		assert_int_equal(bh_nginx_names_check(wrong[i]), BH_E_CONFIG);
	assert_int_equal(bh_nginx_names_check(""), 0);
	assert_int_equal(bh_nginx_names_check("10.0.0.1"), 0);
	assert_int_equal(bh_nginx_names_check("10.0.0.1:5353"), 0);
}

static void
a_new_address_counts_at_once_and_a_missing_one_for_a_while(void **state)
{
	static const char two[][BH_NGINX_ADDRESS_BYTES] = {"10.0.0.1", "10.0.0.2"};
	static const char other[][BH_NGINX_ADDRESS_BYTES] = {"10.0.0.2", "10.0.0.3"};
	struct bh_nginx_names *names = open_names(NULL);
	int64_t now_ms = 1000;

	(void)state;
	assert_int_equal(count(names), 0);
	assert_true(bh_nginx_names_tell(names, "model.test", two, 2, now_ms));
	assert_false(bh_nginx_names_tell(names, "model.test", two, 2, now_ms));
	assert_true(bh_nginx_names_tell(names, "model.test", other, 2, now_ms));
	assert_int_equal(count(names), 3);
	/* A part of many each time: nothing is lost, and nothing is loaded again. */
	for (; now_ms < 1000 + 4 * BH_NGINX_NAMES_GONE_MS; now_ms += BH_NGINX_NAMES_GONE_MS / 2)
		assert_false(bh_nginx_names_tell(names, "model.test",
			now_ms / (BH_NGINX_NAMES_GONE_MS / 2) % 2 == 0 ? two : other, 2, now_ms));
	assert_int_equal(count(names), 3);
	assert_false(bh_nginx_names_tell(names, "model.test", two, 1, now_ms));
	now_ms += BH_NGINX_NAMES_GONE_MS - 1;
	assert_false(bh_nginx_names_tell(names, "model.test", two, 1, now_ms));
	assert_true(bh_nginx_names_tell(names, "model.test", two, 1, now_ms + BH_NGINX_NAMES_GONE_MS));
	assert_int_equal(count(names), 1);
	/* No answer is none that says that there is nobody. */
	assert_false(bh_nginx_names_tell(names, "model.test", two, 0, now_ms + 9999999));
	assert_int_equal(count(names), 1);
	bh_nginx_names_close(names);
}

static void
each_address_is_a_server_of_its_own(void **state)
{
	static const char two[][BH_NGINX_ADDRESS_BYTES] = {"10.0.0.1", "2001:db8::1"};
	struct bh_nginx_conf conf = nginx_test_conf;
	struct bh_nginx_names *names = open_names(NULL);
	struct bh_nginx_reach by = {.run_dir = "/run/bulkhead",
		.wire = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		.places = &places,
		.names = names};
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_nginx_peers peers;
	char *text;
	int rc;

	(void)state;
	assert_int_equal(bh_nginx_peers_collect(&arena, &by, services, &peers), 0);
	assert_int_equal(bh_nginx_peers_find(&peers, "model")->n, 1);
	assert_true(bh_nginx_names_tell(names, "model.test", two, 2, 1));
	assert_int_equal(bh_nginx_peers_collect(&arena, &by, services, &peers), 0);
	assert_int_equal(bh_nginx_peers_find(&peers, "model")->n, 3);
	assert_int_equal(bh_nginx_peers_find(&peers, "auth")->n, 1);
	conf.names = names;
	conf.places = &places;
	conf.wire = by.wire;
	text = nginx_test_write(&conf, &rc);
	assert_int_equal(rc, 0);
	assert_non_null(strstr(text, "\t\tserver 10.0.0.1:8080 max_fails=1 fail_timeout=2s;\n"));
	assert_non_null(strstr(text, "\t\tserver [2001:db8::1]:8080 max_fails=1 fail_timeout=2s;\n"));
	assert_null(strstr(text, "model.test"));
	assert_null(strstr(text, "bulkhead_leases"));
	free(text);
	bh_nginx_names_close(names);
}

/* It starts, and answers that the service is unavailable. */
static void
a_name_without_an_address_does_not_stop_the_gateway(void **state)
{
	static const struct bh_places nowhere = {
		.peers = {"http://127.0.0.1:7000", "http://model.test:8080"},
		.listens = {"", ""},
	};
	struct bh_nginx_conf conf = nginx_test_conf;
	struct bh_nginx_names *names = open_names(NULL);
	char *text;
	int rc;

	(void)state;
	conf.names = names;
	conf.places = &nowhere;
	conf.wire = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	conf.gateways = 3;
	text = nginx_test_write(&conf, &rc);
	assert_int_equal(rc, 0);
	assert_int_equal(nginx_test_count(text, "\t\tserver 127.0.0.1:9 down;\n"), 1);
	assert_non_null(
		strstr(text, "\tbulkhead_leases \"/run/bulkhead/gateway/limits.sock\" gateways=3;\n"));
	free(text);
	bh_nginx_names_close(names);
}

static void
a_server_of_names_is_asked(void **state)
{
	struct responder responder = {.records = {"10.0.0.1", "10.0.0.2"}, .n = 2, .ttl_s = 3};
	struct bh_nginx_names *names, *copy;

	(void)state;
	responder_open(&responder);
	names = open_names(responder.address);
	assert_int_equal(bh_nginx_names_next_ms(names), 0);
	assert_true(bh_nginx_names_look(names, 5000));
	assert_int_equal(count(names), 2);
	/* The answer says for how long it holds. */
	assert_int_equal(bh_nginx_names_next_ms(names), 8000);
	assert_false(bh_nginx_names_look(names, 7999));
	assert_int_equal(bh_nginx_names_copy(names, &copy), 0);
	responder_close(&responder);

	responder = (struct responder){.records = {"10.0.0.9"}, .n = 1, .is_broken = true};
	responder_open(&responder);
	bh_nginx_names_close(names);
	names = open_names(responder.address);
	(void)bh_nginx_names_look(names, 1);
	assert_true(count(names) <= 1);
	assert_true(bh_nginx_names_next_ms(names) >= 1001);
	responder_close(&responder);
	assert_int_equal(count(copy), 2);
	bh_nginx_names_close(names);
	bh_nginx_names_close(copy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_name_is_not_looked_up),
		cmocka_unit_test(a_server_of_names_is_an_address),
		cmocka_unit_test(a_new_address_counts_at_once_and_a_missing_one_for_a_while),
		cmocka_unit_test(each_address_is_a_server_of_its_own),
		cmocka_unit_test(a_name_without_an_address_does_not_stop_the_gateway),
		cmocka_unit_test(a_server_of_names_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
