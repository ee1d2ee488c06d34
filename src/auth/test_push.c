/* SPDX-License-Identifier: Apache-2.0 */
/* test_push.c: proves that the gateway is told of each revocation once, whoever waits for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "auth/push.h"
#include "auth/store_revocation.h"
#include "auth/testing.h"
#include "base/clock.h"
#include "service/testing.h"

enum { THREADS = 15, EACH = 20 };

static struct bh_service_fixture service;
static struct bh_http_server *gateway;
static const char *gateway_path;
static atomic_int forgets, tenants_forgotten, status = 204;
static atomic_bool pushing;

static const struct bh_route routes[] = {{0}};
static const struct bh_service nothing = {.name = "auth", .routes = routes, .state_size = 8};

static int64_t
gateway_admit(void *ctx, struct bh_http_exchange *exchange)
{
	(void)ctx;
	(void)exchange;
	return 0;
}

static void
gateway_handle(void *ctx, struct bh_http_exchange *exchange)
{
	(void)ctx;
	atomic_fetch_add(&forgets, 1);
	if (strncmp(exchange->query, "kind=tenant", 11) == 0)
		atomic_fetch_add(&tenants_forgotten, 1);
	bh_http_answer(exchange, atomic_load(&status), NULL, 0, "", 0);
}

static int
group_open(void **state)
{
	struct bh_http_server_conf conf = {
		.socket_fd = -1,
		.socket_mode = 0600,
		.connections_max = 50,
		.idle_s = 10,
		.body_memory_max = 4096,
		.admit = gateway_admit,
		.handle = gateway_handle,
	};

	(void)state;
	if (auth_test_open(state) < 0 || auth_pusher_open(&auth_test.auth.pusher) < 0)
		return -1;
	bh_service_fixture_open(&service, &nothing);
	service.runtime.db = auth_test.db.pool;
	gateway_path = bh_service_fixture_socket(&service, "gateway");
	conf.socket_path = gateway_path;
	conf.spool_dir = service.dir;
	return bh_http_server_open(&conf, &gateway);
}

static int
group_close(void **state)
{
	(void)state;
	bh_http_server_close(gateway, 1000);
	service.runtime.db = NULL; /* the test database's own */
	bh_service_fixture_close(&service);
	auth_pusher_close(auth_test.auth.pusher);
	auth_test_close(state);
	return 0;
}

static int
begin(void **state)
{
	(void)state;
	auth_push_run(&service.runtime, &auth_test.auth);
	atomic_store(&forgets, 0);
	atomic_store(&tenants_forgotten, 0);
	return 0;
}

static int
revoke_work(struct bh_db *tx, void *ctx)
{
	struct bh_uuid id = bh_uuid_new();

	return auth_store_revocation_credential(tx, ctx, &id);
}

/* So many credentials of one tenant, each in a transaction of its own. */
static int
revoke_all(struct bh_uuid *tenant, int many)
{
	struct bh_arena arena = {0};
	struct bh_db db = auth_test.db;
	int rc = 0;

	db.arena = &arena;
	db.context = *tenant;
	for (int i = 0; rc == 0 && i < many; i++)
		rc = bh_tx_run(&db, revoke_work, tenant);
	bh_arena_close(&arena);
	return rc;
}

static size_t
unpushed(void)
{
	struct auth_revocation *rows;
	size_t n = 0;

	assert_int_equal(auth_store_revocation_unpushed(&auth_test.db, &rows, &n), 0);
	return n;
}

/* The worker, without its rest between. */
static void *
push(void *ctx)
{
	(void)ctx;
	while (atomic_load(&pushing))
		auth_push_run(&service.runtime, &auth_test.auth);
	return NULL;
}

/* A client that revokes one after the other, as handlers do. */
static void *
client(void *ctx)
{
	int *failures = ctx;
	struct bh_uuid tenant = bh_uuid_new();

	for (int i = 0; i < EACH; i++) {
		if (revoke_all(&tenant, 1) < 0)
			__atomic_add_fetch(failures, 1, __ATOMIC_RELAXED);
		auth_push_pending(&service.runtime, &auth_test.auth);
	}
	return NULL;
}

static void
each_row_is_told_once_however_many_wait(void **state)
{
	pthread_t threads[THREADS], pusher;
	int failures = 0;

	(void)state;
	atomic_store(&pushing, true);
	assert_int_equal(pthread_create(&pusher, NULL, push, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, client, &failures), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	atomic_store(&pushing, false);
	pthread_join(pusher, NULL);
	auth_push_run(&service.runtime, &auth_test.auth);
	assert_int_equal(failures, 0);
	assert_int_equal(unpushed(), 0);
	assert_int_equal(atomic_load(&forgets), THREADS * EACH);
}

static void
many_rows_of_one_tenant_are_told_as_one(void **state)
{
	struct bh_uuid crowd = bh_uuid_new(), quiet = bh_uuid_new();

	(void)state;
	assert_int_equal(revoke_all(&crowd, 150), 0);
	assert_int_equal(revoke_all(&quiet, 3), 0);
	auth_push_run(&service.runtime, &auth_test.auth);
	assert_int_equal(atomic_load(&forgets), 4);
	assert_int_equal(atomic_load(&tenants_forgotten), 1);
	assert_int_equal(unpushed(), 0);
}

static void
more_rows_than_a_page_are_all_told(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();

	(void)state;
	assert_int_equal(revoke_all(&tenant, AUTH_REVOCATIONS_AT_ONCE + 5), 0);
	auth_push_run(&service.runtime, &auth_test.auth);
	assert_int_equal(unpushed(), 0);
	assert_int_equal(atomic_load(&tenants_forgotten), 1);
}

static void
what_could_not_be_told_is_told_later(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();

	(void)state;
	assert_int_equal(revoke_all(&tenant, 3), 0);
	atomic_store(&status, 500);
	auth_push_run(&service.runtime, &auth_test.auth);
	assert_int_equal(unpushed(), 3);
	atomic_store(&status, 204);
	auth_push_run(&service.runtime, &auth_test.auth);
	assert_int_equal(unpushed(), 0);
}

static void
a_tenant_that_revokes_much_gets_one_row_for_all_its_tokens(void **state)
{
	struct bh_uuid crowd = bh_uuid_new(), quiet = bh_uuid_new();
	struct bh_token_checker *checker = service.runtime.checker;
	struct auth_revocation *rows;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct bh_uuid id = bh_uuid_new();

		bh_token_checker_revoke(checker, BH_REVOKED_CREDENTIAL, &quiet, &id, 1000 + i);
	}
	auth_push_crowds(&service.runtime, &auth_test.auth);
	assert_int_equal(unpushed(), 0);
	for (int i = 0; i < 2048; i++) {
		struct bh_uuid id = bh_uuid_new();

		bh_token_checker_revoke(checker, BH_REVOKED_CREDENTIAL, &crowd, &id, 2000 + i);
	}
	auth_push_crowds(&service.runtime, &auth_test.auth);
	assert_int_equal(auth_store_revocation_unpushed(&auth_test.db, &rows, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].kind, "tenant");
	assert_true(bh_uuid_equal(&rows[0].tenant, &crowd));
}

/* One of two is away: the other is told at once, and that one when it is back, of each row once. */
static void
each_gateway_is_told_though_another_is_away(void **state)
{
	struct bh_http_client_conf conf = {.idle_max = 2, .connect_ms = 1000};
	struct bh_http_client *both[2];
	struct bh_http_server_conf server = {
		.socket_fd = -1,
		.socket_mode = 0600,
		.connections_max = 50,
		.idle_s = 10,
		.body_memory_max = 4096,
		.admit = gateway_admit,
		.handle = gateway_handle,
		.spool_dir = service.dir,
	};
	struct auth_pusher *single = auth_test.auth.pusher;
	struct bh_uuid tenant = bh_uuid_new();
	struct bh_http_server *second;
	char urls[2][160];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const char *path = i == 0 ? gateway_path : bh_service_fixture_socket(&service, "second");

		snprintf(urls[i], sizeof(urls[i]), "unix:%s", path);
		conf.url = urls[i];
		assert_int_equal(bh_http_client_open(&conf, &both[i]), 0);
		server.socket_path = path;
	}
	assert_int_equal(auth_pusher_open(&auth_test.auth.pusher), 0);
	auth_pusher_gateways(auth_test.auth.pusher, both, 2);
	auth_push_run(&service.runtime, &auth_test.auth);
	assert_int_equal(revoke_all(&tenant, 3), 0);
	auth_push_run(&service.runtime, &auth_test.auth);
	assert_int_equal(atomic_load(&forgets), 3);
	assert_int_equal(unpushed(), 3);
	assert_int_equal(revoke_all(&tenant, 2), 0);
	auth_push_run(&service.runtime, &auth_test.auth);
	assert_int_equal(atomic_load(&forgets), 5);
	assert_int_equal(bh_http_server_open(&server, &second), 0);
	auth_push_run(&service.runtime, &auth_test.auth);
	assert_int_equal(atomic_load(&forgets), 10);
	assert_int_equal(unpushed(), 0);
	bh_http_server_close(second, 1000);
	auth_pusher_close(auth_test.auth.pusher);
	auth_test.auth.pusher = single;
	bh_http_client_close(both[0]);
	bh_http_client_close(both[1]);
}

/* Nobody pushes here. */
static void
nobody_waits_for_ever(void **state)
{
	int64_t begin_ms = bh_clock_steady_ms();

	(void)state;
	auth_push_pending(&service.runtime, &auth_test.auth);
	assert_true(bh_clock_steady_ms() - begin_ms >= 400);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_row_is_told_once_however_many_wait, begin),
		cmocka_unit_test_setup(many_rows_of_one_tenant_are_told_as_one, begin),
		cmocka_unit_test_setup(more_rows_than_a_page_are_all_told, begin),
		cmocka_unit_test_setup(what_could_not_be_told_is_told_later, begin),
		cmocka_unit_test_setup(each_gateway_is_told_though_another_is_away, begin),
		cmocka_unit_test_setup(a_tenant_that_revokes_much_gets_one_row_for_all_its_tokens, begin),
		cmocka_unit_test_setup(nobody_waits_for_ever, begin),
	};

	if (!bh_test_db_named())
		return 77;
	return cmocka_run_group_tests(tests, group_open, group_close);
}
