/* SPDX-License-Identifier: Apache-2.0 */
/* test_lease.c: what is leased, given back and forgotten, by ten gateways that work as the nginx module does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/uuid.h"
#include "shared/lease.h"
#include "shared/testing.h"

enum { GATEWAYS = 10 };

static struct bh_test_valkey valkey;
static struct bh_shared *shared;

static int
open_group(void **state)
{
	(void)state;
	bh_test_valkey_open(&valkey);
	return 0;
}

static int
close_group(void **state)
{
	(void)state;
	bh_test_valkey_close(&valkey);
	return 0;
}

/* A client that knows of no time when the server was away. */
static int
open_client(void **state)
{
	(void)state;
	shared = bh_test_valkey_client(&valkey);
	return 0;
}

static int
close_client(void **state)
{
	(void)state;
	bh_shared_close(shared);
	return 0;
}

/* What one gateway holds of one tenant's limits, reduced to what the arithmetic needs. */
struct gateway {
	struct bh_uuid id, tenant;
	uint32_t permits, places, in_flight;
	uint32_t per_minute, at_once;
	uint64_t admitted;
};

static struct bh_lease_record
question(const struct gateway *gateway)
{
	struct bh_lease_record record = {
		.kind = BH_LEASE_ASK,
		.version = BH_LEASE_VERSION,
		.per_minute = gateway->per_minute,
		.at_once = gateway->at_once,
		.used = gateway->places > gateway->in_flight ? gateway->places : gateway->in_flight,
	};

	memcpy(record.gateway, gateway->id.bytes, sizeof(record.gateway));
	memcpy(record.tenant, gateway->tenant.bytes, sizeof(record.tenant));
	memcpy(record.id, gateway->tenant.bytes, sizeof(record.id));
	return record;
}

static struct bh_lease_record
ask(struct gateway *gateway, uint32_t needed, uint32_t spare, uint32_t places)
{
	struct bh_lease_record record = question(gateway);

	record.returned = gateway->permits;
	record.needed = gateway->permits + needed;
	record.spare = spare;
	record.places_needed = places;
	bh_lease_answer(shared, &record, 1);
	assert_int_equal(record.kind, BH_LEASE_ANSWER);
	assert_false(record.away);
	gateway->permits = record.permits;
	gateway->places = record.places;
	return record;
}

static void
open_gateways(struct gateway gateways[GATEWAYS], uint32_t per_minute, uint32_t at_once)
{
	struct bh_uuid tenant = bh_uuid_new();

	for (size_t i = 0; i < GATEWAYS; i++)
		gateways[i] = (struct gateway){.id = bh_uuid_new(),
			.tenant = tenant,
			.per_minute = per_minute,
			.at_once = at_once};
}

static bool
admit(struct gateway *gateway, uint32_t spare)
{
	if (gateway->permits == 0)
		(void)ask(gateway, 1, spare, 0);
	if (gateway->permits == 0)
		return false;
	gateway->permits--;
	gateway->admitted++;
	return true;
}

static uint64_t
admitted_by(const struct gateway gateways[GATEWAYS])
{
	uint64_t sum = 0;

	for (size_t i = 0; i < GATEWAYS; i++)
		sum += gateways[i].admitted;
	return sum;
}

/* What flows back in the meantime, rounded up. */
static uint64_t
flowed_back(int64_t begin_us, uint32_t per_minute)
{
	return (uint64_t)((bh_clock_steady_us() - begin_us) * per_minute / INT64_C(60000000)) + 1;
}

/* At every limit: not one more than one gateway would, and all of it. */
static void
ten_gateways_admit_as_many_as_one_would(void **state)
{
	static const uint32_t limits[] = {1, 7, 60, 600, 6000};

	(void)state;
	for (size_t n = 0; n < BH_COUNT(limits); n++) {
		struct gateway gateways[GATEWAYS];
		int64_t begin_us = bh_clock_steady_us();
		uint64_t refused = 0;

		open_gateways(gateways, limits[n], 0);
		for (uint64_t i = 0; refused < (uint64_t)5 * GATEWAYS; i++)
			refused += !admit(&gateways[i * 7 % GATEWAYS], i % 3 == 0 ? 50 : 0);
		assert_true(admitted_by(gateways) <= limits[n] + flowed_back(begin_us, limits[n]));
		/* What some of them still hold is the only thing that is missing. */
		for (size_t i = 0; i < GATEWAYS; i++)
			gateways[i].admitted += gateways[i].permits;
		assert_true(admitted_by(gateways) >= limits[n]);
	}
}

static void
one_of_ten_gets_the_whole_limit_when_the_others_are_idle(void **state)
{
	struct gateway gateways[GATEWAYS];
	int64_t begin_us = bh_clock_steady_us();
	uint64_t admitted = 0;

	(void)state;
	open_gateways(gateways, 1000, 0);
	for (size_t i = 0; i < GATEWAYS; i++)
		assert_true(admit(&gateways[i], 100));
	/* After the time for which permits hold they have given back what they did not use. */
	for (size_t i = 1; i < GATEWAYS; i++) {
		struct bh_lease_record record = question(&gateways[i]);

		record.returned = gateways[i].permits;
		bh_lease_answer(shared, &record, 1);
		assert_int_equal(record.permits, 0);
		gateways[i].permits = 0;
	}
	while (admit(&gateways[0], 100))
		admitted++;
	assert_true(admitted >= 1000 - GATEWAYS);
	assert_true(admitted <= 1000 - GATEWAYS + flowed_back(begin_us, 1000));
}

static void
what_is_good_to_have_is_little_near_the_limit(void **state)
{
	struct gateway gateways[GATEWAYS];
	struct bh_lease_record record;

	(void)state;
	open_gateways(gateways, 160, 0);
	record = ask(&gateways[0], 0, 1000, 0);
	assert_int_equal(record.permits, 10);
	record = ask(&gateways[1], 140, 1000, 0);
	assert_int_equal(record.permits, 140);
	assert_int_equal(record.left, 10);
	record = ask(&gateways[2], 0, 1000, 0);
	assert_int_equal(record.permits, 0);
	/* Of what is needed nothing but the limit is held back, and then it is said for how long. */
	record = ask(&gateways[3], 12, 1000, 0);
	assert_in_range(record.permits, 10, 11);
	assert_in_range(record.wait_ms, 1, 375);
}

/* Held over from before, they would let a tenant be early: what goes back is charged anew. */
static void
what_is_returned_and_taken_again_is_charged_once(void **state)
{
	struct gateway gateways[GATEWAYS];
	int64_t begin_us = bh_clock_steady_us();
	struct bh_lease_record record;

	(void)state;
	open_gateways(gateways, 600, 0);
	for (size_t i = 0; i < 200; i++)
		record = ask(&gateways[0], 0, gateways[0].permits < 20 ? 20 - gateways[0].permits : 0, 0);
	assert_int_equal(gateways[0].permits, 20);
	assert_in_range(record.left + gateways[0].permits, 599, 600);
	/* More than was ever taken is given back: the bucket is full, and no fuller. */
	record = question(&gateways[1]);
	record.returned = 100000;
	record.needed = 1;
	bh_lease_answer(shared, &record, 1);
	assert_int_equal(record.left, 599);
	assert_true(flowed_back(begin_us, 600) < 600);
}

static void
places_are_never_more_than_the_limit(void **state)
{
	struct gateway gateways[GATEWAYS];
	uint32_t held = 0;

	(void)state;
	open_gateways(gateways, 0, 25);
	for (size_t i = 0; i < 4 * (size_t)GATEWAYS; i++) {
		struct gateway *gateway = &gateways[i * 3 % GATEWAYS];

		(void)ask(gateway, 0, 0, 1);
		gateway->in_flight = gateway->places;
	}
	for (size_t i = 0; i < GATEWAYS; i++)
		held += gateways[i].places;
	assert_int_equal(held, 25);
	/* What is in flight is never taken away, whatever the limit has become. */
	gateways[0].at_once = 1;
	held = gateways[0].places;
	assert_int_equal(ask(&gateways[0], 0, 0, 5).places, held);
	/* What one gives back another has. */
	gateways[1].places = gateways[1].in_flight = 0;
	held = gateways[1].places;
	(void)ask(&gateways[1], 0, 0, 0);
	assert_true(ask(&gateways[2], 0, 0, 25).places > gateways[2].in_flight);
}

static void
a_dead_gateways_places_are_free_after_its_time(void **state)
{
	struct gateway gateways[GATEWAYS];
	int64_t begin_ms = bh_clock_steady_ms();

	(void)state;
	open_gateways(gateways, 0, 3);
	assert_int_equal(ask(&gateways[0], 0, 0, 3).places, 3);
	assert_int_equal(ask(&gateways[1], 0, 0, 1).places, 0);
	while (ask(&gateways[1], 0, 0, 1).places == 0) {
		assert_true(bh_clock_steady_ms() - begin_ms < BH_SHARED_HOLD_MS + 5000);
		usleep(100000);
	}
	assert_true(bh_clock_steady_ms() - begin_ms >= BH_SHARED_HOLD_MS - 1);
}

static void
where_nothing_is_known_it_is_said(void **state)
{
	struct gateway gateways[GATEWAYS];
	struct bh_lease_record record;
	int64_t begin_us;

	(void)state;
	open_gateways(gateways, 600, 0);
	for (size_t i = 0; i < GATEWAYS; i++)
		assert_int_equal(bh_lease_beat(shared, gateways[i].id.bytes), 0);
	assert_true(bh_shared_instances(shared) >= GATEWAYS);
	bh_test_valkey_kill(&valkey);
	record = question(&gateways[0]);
	record.needed = 1;
	bh_lease_answer(shared, &record, 1);
	assert_true(record.away);
	assert_true(record.gateways >= GATEWAYS);
	bh_test_valkey_start(&valkey);
	bh_test_valkey_wait(shared);
	begin_us = bh_clock_steady_us();
	/* Nobody knows what was admitted meanwhile: one part is there, and what flows back. */
	bh_shared_instances_set(shared, GATEWAYS);
	while (admit(&gateways[1], 0))
		continue;
	assert_true(gateways[1].admitted <= 600 / GATEWAYS + flowed_back(begin_us, 600) + 5);
	assert_true(gateways[1].admitted >= 600 / GATEWAYS - 5);
}

static void
what_no_worker_says_is_refused(void **state)
{
	struct gateway gateways[GATEWAYS];
	struct bh_lease_record good, bad;

	(void)state;
	open_gateways(gateways, 600, 10);
	good = question(&gateways[0]);
	assert_true(bh_lease_is_good(&good, sizeof(good)));
	assert_false(bh_lease_is_good(&good, sizeof(good) - 1));
	bad = good;
	bad.kind = BH_LEASE_ANSWER;
	assert_false(bh_lease_is_good(&bad, sizeof(bad)));
	bad = good;
	bad.version++;
	assert_false(bh_lease_is_good(&bad, sizeof(bad)));
	bad = good;
	bad.owner = 2;
	assert_false(bh_lease_is_good(&bad, sizeof(bad)));
	bad = good;
	bad.needed = UINT32_MAX;
	assert_false(bh_lease_is_good(&bad, sizeof(bad)));
	bad = good;
	bad.used = UINT32_MAX;
	assert_false(bh_lease_is_good(&bad, sizeof(bad)));
}

/* ---- the socket ---- */

static atomic_bool stopping;

static void *
run_server(void *server)
{
	assert_int_equal(bh_lease_server_run(server, &stopping, 20), 0);
	return NULL;
}

static int
connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timeval within = {.tv_sec = 20};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &within, sizeof(within)), 0);
	return fd;
}

/* The next record of this kind; states may come at any time. */
static struct bh_lease_record
hear(int fd, uint8_t kind)
{
	struct bh_lease_record record = {0};

	while (record.kind != kind)
		assert_int_equal(recv(fd, &record, sizeof(record), 0), sizeof(record));
	return record;
}

static void
workers_are_answered_over_the_socket(void **state)
{
	struct bh_lease_server *server = NULL;
	struct bh_lease_record record, hello = {.kind = BH_LEASE_HELLO, .version = BH_LEASE_VERSION};
	struct gateway gateways[GATEWAYS];
	pthread_t thread;
	char path[96], byte;
	int fd, other;

	(void)state;
	snprintf(path, sizeof(path), "%s/limits.sock", valkey.folder);
	assert_int_equal(bh_lease_server_open(shared, path, &server), 0);
	atomic_store(&stopping, false);
	assert_int_equal(pthread_create(&thread, NULL, run_server, server), 0);
	open_gateways(gateways, 60, 0);
	fd = connect_to(path);
	memcpy(hello.gateway, gateways[0].id.bytes, sizeof(hello.gateway));
	assert_int_equal(send(fd, &hello, sizeof(hello), 0), sizeof(hello));
	do
		record = hear(fd, BH_LEASE_STATE);
	while (record.away);
	for (uint32_t i = 1; i <= 70; i++) {
		record = question(&gateways[0]);
		record.sequence = i;
		record.needed = 1;
		assert_int_equal(send(fd, &record, sizeof(record), 0), sizeof(record));
	}
	for (uint32_t i = 1; i <= 70; i++) {
		record = hear(fd, BH_LEASE_ANSWER);
		assert_int_equal(record.sequence, i);
		gateways[0].admitted += record.permits;
	}
	assert_in_range(gateways[0].admitted, 60, 70);
	/* Who talks nonsense is left, and nobody else. */
	other = connect_to(path);
	assert_int_equal(send(other, "nonsense", 8, 0), 8);
	assert_true(recv(other, &byte, 1, 0) <= 0);
	record = question(&gateways[0]);
	record.sequence = 99;
	assert_int_equal(send(fd, &record, sizeof(record), 0), sizeof(record));
	assert_int_equal(hear(fd, BH_LEASE_ANSWER).sequence, 99);
	close(other);
	close(fd);
	atomic_store(&stopping, true);
	pthread_join(thread, NULL);
	bh_lease_server_close(server);
	(void)unlink(path);
}

#define WITH_CLIENT(test) cmocka_unit_test_setup_teardown(test, open_client, close_client)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_CLIENT(ten_gateways_admit_as_many_as_one_would),
		WITH_CLIENT(one_of_ten_gets_the_whole_limit_when_the_others_are_idle),
		WITH_CLIENT(what_is_good_to_have_is_little_near_the_limit),
		WITH_CLIENT(what_is_returned_and_taken_again_is_charged_once),
		WITH_CLIENT(places_are_never_more_than_the_limit),
		WITH_CLIENT(a_dead_gateways_places_are_free_after_its_time),
		WITH_CLIENT(where_nothing_is_known_it_is_said),
		WITH_CLIENT(what_no_worker_says_is_refused),
		WITH_CLIENT(workers_are_answered_over_the_socket),
	};

	bh_log_open("test", BH_LOG_ERROR + 1);
	if (!bh_test_valkey_named())
		return 77;
	return cmocka_run_group_tests_name("lease", tests, open_group, close_group);
}
