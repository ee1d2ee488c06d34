/* SPDX-License-Identifier: Apache-2.0 */
/* test_peers.c: how the configuration reaches services by address, and how the public address speaks TLS. */
#include "nginx/peers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "nginx/testing.h"
#include "service/places.h"

static void
with_a_certificate_the_public_address_speaks_tls(void **state)
{
	struct bh_nginx_conf tls = nginx_test_conf;
	char *text;
	int rc;

	(void)state;
	text = nginx_test_write(&tls, &rc);
	assert_null(strstr(text, " ssl "));
	assert_null(strstr(text, "local.sock"));
	free(text);
	tls.public_url = "https://ai.example";
	tls.tls.certificate = "/etc/ai.pem";
	free(nginx_test_write(&tls, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
	tls.tls.key = "/etc/ai.key";
	tls.tls.redirect_listen = "0.0.0.0:80";
	tls.tls.acme_dir = "/var/acme";
	text = nginx_test_write(&tls, &rc);
	assert_int_equal(rc, 0);
	assert_non_null(strstr(text, "\t\tlisten 127.0.0.1:8080 ssl "));
	assert_non_null(strstr(text, "\t\tssl_certificate_key \"/etc/ai.key\";\n"));
	assert_non_null(strstr(text, "\t\tlisten \"unix:/run/bulkhead/gateway/local.sock\" "));
	assert_non_null(strstr(text, "\t\tlisten 0.0.0.0:80 default_server;\n"));
	assert_non_null(strstr(text, "\t\t\treturn 308 https://ai.example$request_uri;\n"));
	assert_non_null(strstr(text, "\t\t\talias \"/var/acme/\";\n"));
	free(text);
	tls.tls.acme_dir = "/var/acme\"; root /";
	free(nginx_test_write(&tls, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
	tls.tls.acme_dir = "";
	tls.tls.redirect_listen = "0.0.0.0:80; root /";
	free(nginx_test_write(&tls, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
}

#define ALSO "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define WIRE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
services_are_reached_at_all_of_their_addresses(void **state)
{
	const struct bh_places places = {
		.peers = {"http://10.0.0.1:8081", "http://[::1]:8082 unix:/run/other/rag.sock"},
		.listens = {"", "", "http://0.0.0.0:8090"},
	};
	struct bh_nginx_conf with = nginx_test_conf;
	char *text;
	int rc;

	(void)state;
	with.places = &places;
	with.wire = WIRE;
	text = nginx_test_write(&with, &rc);
	assert_int_equal(rc, 0);
	assert_int_equal(nginx_test_count(text, "server 10.0.0.1:8081 max_fails=0;"), 1);
	assert_int_equal(nginx_test_count(text, "server [::1]:8082 max_fails=1 fail_timeout=2s;"), 1);
	/* If all are left out, they are tried all the same. */
	assert_int_equal(nginx_test_count(text, "server [::1]:8082 max_fails=0 backup;"), 1);
	assert_int_equal(nginx_test_count(text, "server \"unix:/run/other/rag.sock\" max_fails=1"), 1);
	assert_int_equal(nginx_test_count(text, "least_conn;"), 1);
	/* Of all requests, and of the exchange, which names its headers anew. */
	assert_int_equal(nginx_test_count(text, "proxy_set_header " BH_WIRE_HEADER " " WIRE ";"), 2);
	assert_int_equal(nginx_test_count(text, "listen 0.0.0.0:8090;"), 1);
	assert_int_equal(nginx_test_count(text, "bulkhead_wire " WIRE ";"), 1);
	assert_int_equal(nginx_test_count(text, "bulkhead_wire_also"), 0);
	assert_int_equal(nginx_test_count(text, "https://"), 0);
	free(text);
	/* While the secret is changed: accepted from others, never shown to them. */
	with.wire_also = ALSO;
	text = nginx_test_write(&with, &rc);
	assert_int_equal(rc, 0);
	assert_int_equal(nginx_test_count(text, "bulkhead_wire_also " ALSO ";"), 1);
	assert_int_equal(nginx_test_count(text, ALSO), 1);
	free(text);
	with.wire_also = "0123";
	free(nginx_test_write(&with, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
}

static void
tls_is_verified_by_the_platforms_authority(void **state)
{
	const struct bh_places places = {
		.peers = {"https://auth.internal:8443", "https://rag.internal:8443 https://b.internal"},
		.listens = {"", "", "https://0.0.0.0:8444"},
		.ca_file = "/etc/ca.pem",
		.cert_file = "/etc/tls.pem",
		.key_file = "/etc/tls.key",
	};
	struct bh_nginx_conf with = nginx_test_conf;
	char *text;
	int rc;

	(void)state;
	with.places = &places;
	with.wire = WIRE;
	text = nginx_test_write(&with, &rc);
	assert_int_equal(rc, 0);
	assert_int_equal(nginx_test_count(text, "proxy_pass http://"), 0);
	assert_int_equal(nginx_test_count(text, "proxy_ssl_verify on;"), 1);
	assert_int_equal(nginx_test_count(text, "proxy_ssl_trusted_certificate \"/etc/ca.pem\";"), 1);
	assert_int_equal(nginx_test_count(text, "server b.internal:443 "), 2);
	assert_int_equal(nginx_test_count(text, "proxy_ssl_name "),
		nginx_test_count(text, "proxy_pass https://"));
	assert_int_equal(nginx_test_count(text, "proxy_ssl_name b.internal;"), 0);
	assert_int_equal(nginx_test_count(text, "listen 0.0.0.0:8444 ssl;"), 1);
	assert_int_equal(nginx_test_count(text, "ssl_certificate_key \"/etc/tls.key\";"), 1);
	free(text);
}

static void
addresses_that_would_be_open_are_refused(void **state)
{
	struct bh_places places = {.peers = {"http://10.0.0.1:8081"}, .ca_file = ""};
	struct bh_nginx_conf with = nginx_test_conf;
	const char *const wrong[] = {NULL, "", "0123", WIRE "0", "\"; return 200; #"};
	int rc;

	(void)state;
	with.places = &places;
	for (size_t i = 0; i < BH_COUNT(wrong); i++) {
		with.wire = wrong[i];
		free(nginx_test_write(&with, &rc));
		assert_int_equal(rc, BH_E_CONFIG);
	}
	with.wire = WIRE;
	places.peers[0] = "https://10.0.0.1:8081"; /* without an authority */
	free(nginx_test_write(&with, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
	places.peers[0] = "unix:/run/a;b";
	free(nginx_test_write(&with, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
	places.peers[0] = "";
	places.listens[2] = "https://0.0.0.0:1"; /* without a certificate */
	free(nginx_test_write(&with, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(services_are_reached_at_all_of_their_addresses),
		cmocka_unit_test(tls_is_verified_by_the_platforms_authority),
		cmocka_unit_test(addresses_that_would_be_open_are_refused),
		cmocka_unit_test(with_a_certificate_the_public_address_speaks_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
