/* SPDX-License-Identifier: Apache-2.0 */
/* test_client.c: proves who counts as one client. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "auth/client.h"

static const struct bh_secret key = {{1}};

static struct auth_client
client(const char *header)
{
	struct auth_client out;

	auth_client_read(&key, header, &out);
	return out;
}

static void
an_address_is_a_client(void **state)
{
	(void)state;
	assert_string_equal(client("192.0.2.7").name, "192.0.2.7");
	assert_string_equal(client("::ffff:192.0.2.7").name, "192.0.2.7");
}

static void
a_network_of_64_bits_is_a_client(void **state)
{
	(void)state;
	assert_string_equal(client("2001:db8:1:2:3:4:5:6").name, "2001:db8:1:2::/64");
	assert_string_equal(client("2001:db8:1:2:ffff::1").name, "2001:db8:1:2::/64");
	assert_string_equal(client("2001:db8:1:3::1").name, "2001:db8:1:3::/64");
}

static void
what_is_no_address_is_our_own_socket(void **state)
{
	(void)state;
	assert_string_equal(client(NULL).name, "local");
	assert_string_equal(client("unix:").name, "local");
	assert_string_equal(client("").name, "local");
}

static void
a_mark_tells_a_client_by_the_key_only(void **state)
{
	const struct bh_secret other_key = {{2}};
	struct auth_client one = client("192.0.2.7"), again = client("192.0.2.7"), other;

	(void)state;
	assert_true(bh_digest_equal(&one.mark, &again.mark));
	again = client("192.0.2.8");
	assert_false(bh_digest_equal(&one.mark, &again.mark));
	auth_client_read(&other_key, "192.0.2.7", &other);
	assert_false(bh_digest_equal(&one.mark, &other.mark));
}

static void
turns_are_the_clients_or_the_tenants(void **state)
{
	struct auth_client one = client("192.0.2.7"), other = client("192.0.2.8");
	struct auth_client site = client("2001:db8:1:2::1"), beside = client("2001:db8:1:ffff::1");
	struct auth_client other_site = client("2001:db8:2:2::1");
	struct bh_uuid tenant = bh_uuid_new(), neighbour = bh_uuid_new();

	(void)state;
	assert_true(auth_client_turn(&site, true).owner == auth_client_turn(&beside, true).owner);
	assert_true(auth_client_turn(&site, true).owner != auth_client_turn(&other_site, true).owner);
	assert_int_equal(auth_client_turn(&one, true).kind, BH_PASSWORD_FAMILIAR);
	assert_int_equal(auth_client_turn(&one, false).kind, BH_PASSWORD_STRANGE);
	assert_true(auth_client_turn(&one, false).owner != auth_client_turn(&other, false).owner);
	assert_int_equal(auth_tenant_turn(&tenant).kind, BH_PASSWORD_SET);
	assert_true(auth_tenant_turn(&tenant).owner != auth_tenant_turn(&neighbour).owner);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_a_client),
		cmocka_unit_test(a_network_of_64_bits_is_a_client),
		cmocka_unit_test(what_is_no_address_is_our_own_socket),
		cmocka_unit_test(a_mark_tells_a_client_by_the_key_only),
		cmocka_unit_test(turns_are_the_clients_or_the_tenants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
