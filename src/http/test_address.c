/* SPDX-License-Identifier: Apache-2.0 */
/* test_address.c: whom a request that a tenant asks for may reach. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "http/address.h"

static enum bh_address_kind
kind(const char *text)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return bh_address_kind((const struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return bh_address_kind((const struct sockaddr *)&v6);
}

static void
what_belongs_to_everybody_is_public(void **state)
{
	static const char *const open[] = {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255",
		"100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255", "172.15.255.255",
		"172.32.0.0", "192.0.1.1", "192.167.255.255", "198.17.255.255", "198.20.0.0",
		"223.255.255.255", "2606:4700::1111", "2a00::1", "2001:4860:4860::8888", "::ffff:8.8.8.8",
		"64:ff9b::808:808", "2002:808:808::1"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(open); i++) {
		if (kind(open[i]) != BH_ADDRESS_PUBLIC)
			fail_msg("%s is public", open[i]);
	}
}

static void
what_belongs_to_a_machine_or_its_network_is_private(void **state)
{
	static const char *const closed[] = {"10.0.0.1", "10.255.255.255", "100.64.0.1",
		"100.127.255.255", "127.0.0.1", "127.255.255.255", "172.16.0.1", "172.31.255.255",
		"192.168.1.1", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fc00::1", "fd12::1",
		"fdff:ffff::1"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(closed); i++) {
		if (kind(closed[i]) != BH_ADDRESS_PRIVATE)
			fail_msg("%s is private", closed[i]);
	}
}

static void
what_is_no_single_machines_or_leads_elsewhere_is_never_reached(void **state)
{
	static const char *const never[] = {"0.0.0.0", "0.255.255.255", "169.254.0.1",
		"169.254.169.254", "192.0.0.1", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255",
		"198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::2",
		"::7f00:1", "::a00:1", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "::ffff:0:127.0.0.1",
		"64:ff9b::a00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
		"64:ff9b:1::808:808", "100::1", "2001::1", "2001:0:808:808::1", "2001:db8::1",
		"2002:7f00:1::1", "2002:a00:1::1", "2002:a9fe:a9fe::1", "3fff::1", "5f00::1", "fe80::1",
		"febf::1", "fec0::1", "ff02::1", "ff0e::1"};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(never); i++) {
		if (kind(never[i]) != BH_ADDRESS_NEVER)
			fail_msg("%s is never reached", never[i]);
	}
	assert_int_equal(bh_address_kind(&(struct sockaddr){.sa_family = AF_UNIX}), BH_ADDRESS_NEVER);
}

static void
the_machines_own_addresses_are_known(void **state)
{
	struct sockaddr_in own = {.sin_family = AF_INET}, other = {.sin_family = AF_INET};

	(void)state;
	assert_int_equal(inet_pton(AF_INET, "127.0.0.1", &own.sin_addr), 1);
	assert_int_equal(inet_pton(AF_INET, "1.1.1.1", &other.sin_addr), 1);
	assert_true(bh_address_is_own((const struct sockaddr *)&own));
	assert_false(bh_address_is_own((const struct sockaddr *)&other));
}

static void
nor_are_they_reached_as_ipv6(void **state)
{
	static const struct {
		const char *text;
		bool own;
	} rows[] = {{"::ffff:127.0.0.1", true}, {"64:ff9b::7f00:1", true}, {"2002:7f00:1::1", true},
		{"::ffff:1.1.1.1", false}, {"64:ff9b::101:101", false}, {"2002:101:101::1", false}};

	(void)state;
	for (size_t i = 0; i < BH_COUNT(rows); i++) {
		struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

		assert_int_equal(inet_pton(AF_INET6, rows[i].text, &v6.sin6_addr), 1);
		if (bh_address_is_own((const struct sockaddr *)&v6) != rows[i].own)
			fail_msg("%s is told wrong", rows[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_belongs_to_everybody_is_public),
		cmocka_unit_test(what_belongs_to_a_machine_or_its_network_is_private),
		cmocka_unit_test(what_is_no_single_machines_or_leads_elsewhere_is_never_reached),
		cmocka_unit_test(the_machines_own_addresses_are_known),
		cmocka_unit_test(nor_are_they_reached_as_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
