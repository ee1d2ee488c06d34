/* SPDX-License-Identifier: Apache-2.0 */
/* test_clients.c: who shares a client, and which ones are dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "http/client.h"
#include "model/clients.h"

static struct model_clients *clients;

static int
set_up(void **state)
{
	(void)state;
	return model_clients_open(&clients);
}

static int
tear_down(void **state)
{
	(void)state;
	model_clients_close(clients);
	clients = NULL;
	return 0;
}

/* The client, no longer held: only its address is compared. */
static const void *
get(const struct bh_uuid *owner, const char *url, const char *key, int64_t now_ms)
{
	const struct model_entry entry = {.tenant = *owner,
		.url = url,
		.sealed_key = {key, strlen(key)}};
	struct bh_http_client *client = NULL;

	assert_int_equal(model_clients_get(clients, &entry, now_ms, &client), 0);
	bh_http_client_close(client);
	return client;
}

static void
one_client_is_of_one_owner_one_address_and_one_key(void **state)
{
	struct bh_uuid one = bh_uuid_new(), other = bh_uuid_new();
	const void *found = get(&one, "http://a", "key", 1);

	(void)state;
	assert_ptr_equal(get(&one, "http://a", "key", 2), found);
	assert_ptr_not_equal(get(&other, "http://a", "key", 3), found);
	assert_ptr_not_equal(get(&one, "http://a", "kez", 4), found);
	assert_ptr_not_equal(get(&one, "http://a", "", 5), found);
	assert_ptr_not_equal(get(&one, "http://b", "key", 6), found);
	assert_ptr_equal(get(&one, "http://a", "key", 7), found);
	assert_int_equal(model_clients_count(clients), 5);
}

static void
a_tenants_many_addresses_push_out_its_own_only(void **state)
{
	struct bh_uuid greedy = bh_uuid_new(), light = bh_uuid_new();
	const void *own = get(&light, "http://light", "", 1);
	char url[64];

	(void)state;
	for (int i = 0; i < 3000; i++) {
		snprintf(url, sizeof(url), "http://host-%d", i);
		(void)get(&greedy, url, "", 2);
	}
	assert_int_equal(model_clients_count(clients), MODEL_CLIENTS_TENANT + 1);
	assert_ptr_equal(get(&light, "http://light", "", 3), own);
}

static void
there_is_an_end_to_all_of_them(void **state)
{
	char url[64];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct bh_uuid tenant = bh_uuid_new();

		snprintf(url, sizeof(url), "http://host-%d", i);
		(void)get(&tenant, url, "", 1);
	}
	assert_int_equal(model_clients_count(clients), MODEL_CLIENTS_MOST);
}

static void
what_nobody_has_used_for_long_is_dropped(void **state)
{
	struct bh_uuid tenant = bh_uuid_new();

	(void)state;
	(void)get(&tenant, "http://old", "", 1);
	(void)get(&tenant, "http://kept", "", 1);
	(void)get(&tenant, "http://kept", "", 400000);
	(void)get(&tenant, "http://new", "", 400001);
	assert_int_equal(model_clients_count(clients), 2);
}

static void
places_are_known_until_they_are_old(void **state)
{
	const struct model_entry entry = {.tenant = bh_platform_tenant, .url = "unix:/x.sock"};
	size_t places = 0;

	(void)state;
	assert_false(model_clients_places(clients, &entry, 1, 1000, &places));
	(void)get(&bh_platform_tenant, "unix:/x.sock", "", 1);
	assert_false(model_clients_places(clients, &entry, 1, 1000, &places));
	model_clients_places_set(clients, &entry, 1, 3);
	assert_true(model_clients_places(clients, &entry, 1001, 1000, &places));
	assert_int_equal(places, 3);
	assert_false(model_clients_places(clients, &entry, 1002, 1000, &places));
}

static void
a_server_that_refuses_to_tell_its_usage_is_not_asked_again(void **state)
{
	struct bh_uuid other = bh_uuid_new();
	const struct model_entry entry = {.tenant = bh_platform_tenant, .url = "http://a"};
	const struct model_entry foreign = {.tenant = other, .url = "http://a"};

	(void)state;
	(void)get(&bh_platform_tenant, "http://a", "", 1);
	(void)get(&other, "http://a", "", 1);
	assert_true(model_clients_may_tell_running(clients, &entry));
	model_clients_told_no_running(clients, &entry);
	assert_false(model_clients_may_tell_running(clients, &entry));
	assert_true(model_clients_may_tell_running(clients, &foreign));
}

static void
an_address_of_no_known_form_is_refused(void **state)
{
	const struct model_entry entry = {.tenant = bh_platform_tenant, .url = "ftp://x"};
	struct bh_http_client *client = NULL;

	(void)state;
	assert_int_equal(model_clients_get(clients, &entry, 1, &client), BH_E_INVALID);
	assert_int_equal(model_clients_count(clients), 0);
}

static void
an_engine_is_told_of_by_its_own_calls(void **state)
{
	struct bh_uuid one = bh_uuid_new(), other = bh_uuid_new();
	const struct model_entry mine = {.tenant = one, .url = "http://a", .sealed_key = {"", 0}};
	const struct model_entry theirs = {.tenant = other, .url = "http://a", .sealed_key = {"", 0}};
	struct model_told told = {0};

	(void)state;
	(void)get(&one, "http://a", "", 1);
	(void)get(&other, "http://a", "", 1);
	assert_false(model_clients_told(clients, &mine, &told));
	model_clients_note(clients, &mine, 10, BH_E_GONE, 0);
	assert_false(model_clients_told(clients, &mine, &told));
	model_clients_note(clients, &mine, 20, 0, 400);
	model_clients_note(clients, &mine, 30, BH_E_CONNECT, 0);
	assert_true(model_clients_told(clients, &mine, &told));
	assert_int_equal(told.answered_ms, 20);
	assert_int_equal(told.failed_ms, 30);
	assert_string_equal(told.error, "It could not be reached.");
	model_clients_note(clients, &mine, 40, 0, 503);
	assert_true(model_clients_told(clients, &mine, &told));
	assert_string_equal(told.error, "It refused the call. HTTP status 503.");
	assert_false(model_clients_told(clients, &theirs, &told));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(one_client_is_of_one_owner_one_address_and_one_key),
		TEST(a_tenants_many_addresses_push_out_its_own_only),
		TEST(there_is_an_end_to_all_of_them),
		TEST(what_nobody_has_used_for_long_is_dropped),
		TEST(places_are_known_until_they_are_old),
		TEST(a_server_that_refuses_to_tell_its_usage_is_not_asked_again),
		TEST(an_address_of_no_known_form_is_refused),
		TEST(an_engine_is_told_of_by_its_own_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
