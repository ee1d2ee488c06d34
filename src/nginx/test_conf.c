/* SPDX-License-Identifier: Apache-2.0 */
/* test_conf.c: what the generated configuration says. That nginx takes it: gateway/tests. */
#include "nginx/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/error.h"
#include "service/platform.h"
#include "service/service.h"

#define ROUTE(verb, where, may, class, event, bytes) \
	{ \
		.method = (verb), .path = (where), .scope = (may), .limits = (class), .audit = (event), \
		.body_bytes_max = (bytes), .timeout_ms = 5000 \
	}

static const struct bh_route rag_routes[] = {
	ROUTE("GET", "/v1/files", "files:read", "data", "file.list", 0),
	ROUTE("POST", "/v1/files", "files:write", "data", "file.create", 1024),
	ROUTE("GET", "/v1/files/{id}", "files:read", "data", "file.get", 0),
	ROUTE("GET", "/v1/files/{id}/content", "files:read", "data", "file.content", 0),
	{.method = "POST", .path = "/internal/sweep", .flags = BH_ROUTE_INTERNAL},
	{.method = "PUT",
		.path = "/v1/files",
		.scope = "files:write",
		.limits = "data",
		.audit = "file.put",
		.body_bytes_max = 10,
		.timeout_ms = 9000,
		.flags = BH_ROUTE_UNBUFFERED},
	{0},
};
static const struct bh_route auth_routes[] = {
	ROUTE("GET", "/.well-known/jwks.json", "none", "none", "jwks.get", 0),
	ROUTE("GET", "/setup", "none", "signin", "setup.get", 0),
	{0},
};
static const struct bh_service rag = {.name = "rag", .routes = rag_routes};
static const struct bh_service auth = {.name = "auth",
	.routes = auth_routes,
	.issues_tokens = true};
static const struct bh_service *const services[] = {&auth, &rag, NULL};

static const struct bh_nginx_conf conf = {
	.listen = "127.0.0.1:8080",
	.module = "/opt/bulkhead/ngx_http_bulkhead_module.so",
	.run_dir = "/run/bulkhead",
	.temp_dir = "/var/lib/bulkhead/gateway",
	.log_dir = "/var/lib/bulkhead/log",
};

static char *
generate(const struct bh_nginx_conf *from, int *rc)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	*rc = bh_nginx_conf_write(from, services, out);
	fclose(out);
	return text;
}

static size_t
count(const char *text, const char *needle)
{
	size_t n = 0;

	while ((text = strstr(text, needle)) != NULL) {
		text += strlen(needle);
		n++;
	}
	return n;
}

static void
every_public_route_has_one_line_with_its_policy(void **state)
{
	int rc;
	char *text = generate(&conf, &rc);

	(void)state;
	assert_int_equal(rc, 0);
	assert_non_null(strstr(text,
		"bulkhead_route POST scope=files:write limits=data audit=file.create body=1024;"));
	assert_int_equal(count(text, "location = /v1/files {"), 1);
	assert_int_equal(count(text, "location ~ \"^/v1/files/[^/]+$\""), 1);
	assert_int_equal(count(text, "location ~ \"^/v1/files/[^/]+/content$\""), 1);
	/* seven rows, and /metrics of the gateway and the two services */
	assert_int_equal(count(text, "bulkhead_route "), 10);
	assert_int_equal(count(text, "location = /metrics/rag {"), 1);
	assert_int_equal(count(text, "proxy_pass http://bulkhead-rag/metrics;"), 1);
	free(text);
}

static void
patterns_sit_inside_the_prefix_they_share(void **state)
{
	int rc;
	char *text = generate(&conf, &rc);
	const char *prefix = strstr(text, "location /v1/files/ {");

	(void)state;
	assert_non_null(prefix);
	assert_int_equal(count(text, "location /v1/files/ {"), 1);
	assert_true(strstr(text, "location ~ \"^/v1/files/[^/]+$\"") > prefix);
	free(text);
}

static void
internal_routes_are_not_in_it(void **state)
{
	int rc;
	char *text = generate(&conf, &rc);

	(void)state;
	assert_null(strstr(text, "sweep"));
	free(text);
}

static void
a_location_takes_the_largest_body_and_the_longest_wait_of_its_rows(void **state)
{
	int rc;
	char *text = generate(&conf, &rc);
	const char *location = strstr(text, "location = /v1/files {");

	(void)state;
	assert_non_null(location);
	assert_non_null(
		strstr(location, "client_max_body_size 1024;\n\t\t\tproxy_read_timeout 9000ms;"));
	/* one path, and one of its rows wants its bodies as they come */
	assert_int_equal(count(text, "proxy_request_buffering off;"), 1);
	/* 0 would mean "any size" to nginx */
	assert_null(strstr(text, "client_max_body_size 0;\n\t\t\tproxy_read_timeout"));
	free(text);
}

static void
every_upstream_keeps_its_connections(void **state)
{
	int rc;
	char *text = generate(&conf, &rc);

	(void)state;
	assert_int_equal(count(text, "\tupstream "), BH_COUNT(services) - 1);
	assert_int_equal(count(text, "\t\tkeepalive 64;"), BH_COUNT(services) - 1);
	assert_non_null(strstr(text, "server \"unix:/run/bulkhead/rag/http.sock\""));
	/* once for all, and once where a location sets headers of its own */
	assert_int_equal(count(text, "proxy_set_header Connection \"\";"), 2);
	free(text);
}

static void
text_that_nginx_would_misread_is_refused(void **state)
{
	static const char *const bad[] = {
		"/run/a\"b",
		"/run/a;b",
		"/run/$x",
		"/run/a\nb",
		"run",
		"",
		"/a{b",
	};
	int rc;

	(void)state;
	for (size_t i = 0; i < BH_COUNT(bad); i++) {
		struct bh_nginx_conf wrong = conf;

		wrong.run_dir = bad[i];
		free(generate(&wrong, &rc));
		assert_int_equal(rc, BH_E_CONFIG);
	}

	struct bh_nginx_conf wrong = conf;
	wrong.listen = "127.0.0.1:8080 ssl";
	free(generate(&wrong, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
}

static void
proxies_are_networks_one_a_line(void **state)
{
	static const char *const bad[] = {"10.0.0.0/33", "10.0.0.0/8;", "proxy.example",
		"10.0.0.0/8 x"};
	struct bh_nginx_conf behind = conf;
	int rc;
	char *text;

	(void)state;
	behind.trusted_proxies = " 10.0.0.0/8, 2001:db8::/32 ::1,";
	text = generate(&behind, &rc);
	assert_int_equal(rc, 0);
	assert_int_equal(count(text, "\tbulkhead_trusted_proxy "), 3);
	assert_non_null(strstr(text, "\tbulkhead_trusted_proxy 2001:db8::/32;\n"));
	free(text);

	for (size_t i = 0; i < BH_COUNT(bad); i++) {
		behind.trusted_proxies = bad[i];
		free(generate(&behind, &rc));
		assert_int_equal(rc, BH_E_CONFIG);
	}
}

static void
the_cookie_needs_tls_where_the_public_address_has_it(void **state)
{
	struct bh_nginx_conf public = conf;
	char *text;
	int rc;

	(void)state;
	text = generate(&public, &rc);
	assert_int_equal(rc, 0);
	assert_non_null(strstr(text, "\tbulkhead_cookie bulkhead auth;\n"));
	free(text);
	public.public_url = "http://ai.example";
	text = generate(&public, &rc);
	assert_non_null(strstr(text, "\tbulkhead_cookie bulkhead auth;\n"));
	free(text);
	public.public_url = "https://ai.example";
	text = generate(&public, &rc);
	assert_non_null(strstr(text, "\tbulkhead_cookie __Host-bulkhead auth;\n"));
	free(text);
}

static void
with_a_certificate_the_public_address_speaks_tls(void **state)
{
	struct bh_nginx_conf tls = conf;
	char *text;
	int rc;

	(void)state;
	text = generate(&tls, &rc);
	assert_null(strstr(text, " ssl "));
	assert_null(strstr(text, "local.sock"));
	free(text);
	tls.public_url = "https://ai.example";
	tls.tls.certificate = "/etc/ai.pem";
	free(generate(&tls, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
	tls.tls.key = "/etc/ai.key";
	tls.tls.redirect_listen = "0.0.0.0:80";
	tls.tls.acme_dir = "/var/acme";
	text = generate(&tls, &rc);
	assert_int_equal(rc, 0);
	assert_non_null(strstr(text, "\t\tlisten 127.0.0.1:8080 ssl "));
	assert_non_null(strstr(text, "\t\tssl_certificate_key \"/etc/ai.key\";\n"));
	assert_non_null(strstr(text, "\t\tlisten \"unix:/run/bulkhead/gateway/local.sock\" "));
	assert_non_null(strstr(text, "\t\tlisten 0.0.0.0:80 default_server;\n"));
	assert_non_null(strstr(text, "\t\t\treturn 308 https://ai.example$request_uri;\n"));
	assert_non_null(strstr(text, "\t\t\talias \"/var/acme/\";\n"));
	free(text);
	tls.tls.acme_dir = "/var/acme\"; root /";
	free(generate(&tls, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
	tls.tls.acme_dir = "";
	tls.tls.redirect_listen = "0.0.0.0:80; root /";
	free(generate(&tls, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
}

static void
origins_of_pages_are_origins_or_the_word_tenants(void **state)
{
	static const char *const bad[] = {"*", "null", "https://a.example/", "a.example", "tenant",
		"https://a.example;", "https://a.example x", "https://A.example", "https://a\"b"};
	struct bh_nginx_conf open = conf;
	struct bh_buf many = {0};
	int rc;
	char *text;

	(void)state;
	text = generate(&open, &rc);
	assert_null(strstr(text, "bulkhead_cors"));
	free(text);
	open.cors = " https://a.example, http://localhost:3000,tenants ";
	text = generate(&open, &rc);
	assert_int_equal(rc, 0);
	assert_non_null(
		strstr(text, "\tbulkhead_cors https://a.example http://localhost:3000 tenants;\n"));
	free(text);
	open.cors = " ,";
	text = generate(&open, &rc);
	assert_null(strstr(text, "bulkhead_cors"));
	free(text);

	for (size_t i = 0; i < BH_COUNT(bad); i++) {
		open.cors = bad[i];
		free(generate(&open, &rc));
		assert_int_equal(rc, BH_E_CONFIG);
	}
	for (int i = 0; i < 33; i++)
		bh_buf_printf(&many, "https://%d.example ", i);
	open.cors = many.data;
	free(generate(&open, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
	bh_buf_close(&many);
}

static void
credentials_need_a_service_to_be_put_to(void **state)
{
	static const struct bh_service *const without[] = {&rag, NULL};
	FILE *out = fopen("/dev/null", "w");

	(void)state;
	assert_non_null(out);
	assert_int_equal(bh_nginx_conf_write(&conf, without, out), BH_E_CONFIG);
	fclose(out);
}

static void
bodies_take_a_quarter_of_their_disk_at_most(void **state)
{
	struct bh_nginx_conf own = conf;
	struct statvfs disk;
	uint64_t quarter;
	char line[80];
	char *text;
	int rc;

	(void)state;
	own.temp_dir = "/tmp";
	own.tenant_bodies_mib_per_second = 16;
	assert_int_equal(statvfs(own.temp_dir, &disk), 0);
	quarter = (uint64_t)disk.f_blocks * disk.f_frsize / 4 / BH_MIB;
	snprintf(line, sizeof(line), "bulkhead_bodies tenant=2048 pace=16 total=%llu;",
		(unsigned long long)(quarter < 8192 ? quarter : 8192));
	text = generate(&own, &rc);
	assert_int_equal(rc, 0);
	assert_non_null(strstr(text, line));
	free(text);

	own.bodies_mib = 100000;
	text = generate(&own, &rc);
	assert_int_equal(rc, 0);
	assert_non_null(strstr(text, "bulkhead_bodies tenant=2048 pace=16 total=100000;"));
	free(text);
}

static void
more_workers_than_slots_are_refused(void **state)
{
	struct bh_nginx_conf many = conf;
	int rc;

	(void)state;
	many.workers = BH_NGINX_WORKERS_MAX + 1;
	free(generate(&many, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
}

static void
users_are_named_only_when_root_started_it(void **state)
{
	struct bh_nginx_conf root = conf;
	int rc;
	char *text = generate(&conf, &rc);

	(void)state;
	assert_null(strstr(text, "\nuser "));
	free(text);

	root.user = "bulkhead-gateway";
	text = generate(&root, &rc);
	assert_non_null(strstr(text, "\nuser bulkhead-gateway ;"));
	free(text);
}

static void
a_refused_configuration_leaves_the_old_file(void **state)
{
	char folder[] = "/tmp/bulkhead-conf-XXXXXX";
	char path[64];
	char line[16] = "";
	struct bh_nginx_conf wrong = conf;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/nginx.conf", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("old\n", file);
	fclose(file);

	wrong.listen = "";
	assert_int_equal(bh_nginx_conf_save(&wrong, services, path), BH_E_CONFIG);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	assert_string_equal(line, "old\n");

	assert_int_equal(bh_nginx_conf_save(&conf, services, path), 0);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	assert_string_not_equal(line, "old\n");

	unlink(path);
	/* fails when a temporary file was left behind */
	assert_int_equal(rmdir(folder), 0);
}

static int
listener(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static void
a_socket_left_by_a_killed_nginx_goes_and_a_living_one_stays(void **state)
{
	char folder[] = "/tmp/bulkhead-sock-XXXXXX";
	char own[64], path[80], file[64];
	struct bh_nginx_conf local = conf;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(own, sizeof(own), "%s/gateway", folder);
	assert_int_equal(mkdir(own, 0700), 0);
	snprintf(path, sizeof(path), BH_SOCKET, folder, "gateway");
	snprintf(file, sizeof(file), "%s/nginx.conf", folder);
	local.run_dir = folder;

	fd = listener(path);
	assert_int_equal(bh_nginx_conf_save(&local, services, file), 0);
	assert_int_equal(access(path, F_OK), 0);
	close(fd);
	assert_int_equal(bh_nginx_conf_save(&local, services, file), 0);
	assert_int_equal(access(path, F_OK), -1);

	unlink(file);
	assert_int_equal(rmdir(own), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void
touch(const char *folder, const char *name)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "we");
	assert_non_null(file);
	fclose(file);
}

static void
the_console_is_served_beside_the_api_and_has_the_pages_that_it_has(void **state)
{
	char folder[] = "/tmp/bh-console-XXXXXX", path[64];
	struct bh_nginx_conf with = conf;
	char *text;
	int rc;

	(void)state;
	assert_non_null(mkdtemp(folder));
	with.page_dir = folder;
	text = generate(&with, &rc);
	assert_int_equal(rc, 0);
	/* the public one and the private server's */
	assert_int_equal(count(text, "location / {"), 2);
	assert_non_null(strstr(text, "script-src 'self'; style-src 'self'"));
	assert_non_null(strstr(text,
		"location ~ \"^/(?:v[0-9]+|api|internal|metrics|webhooks|\\.well-known)(?:/|$)\" "
		"{\n\t\t}"));
	assert_int_equal(count(text, "location = /setup {"), 1);
	free(text);

	snprintf(path, sizeof(path), "%s/setup", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	touch(path, "index.html");
	text = generate(&with, &rc);
	assert_int_equal(count(text, "location = /setup {"), 0);
	free(text);

	snprintf(path, sizeof(path), "%s/setup/index.html", folder);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/setup", folder);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

#define WIRE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
services_are_reached_at_all_of_their_addresses(void **state)
{
	const struct bh_places places = {
		.peers = {"http://10.0.0.1:8081", "http://[::1]:8082 unix:/run/other/rag.sock"},
		.listens = {"", "", "http://0.0.0.0:8090"},
	};
	struct bh_nginx_conf with = conf;
	char *text;
	int rc;

	(void)state;
	with.places = &places;
	with.wire = WIRE;
	text = generate(&with, &rc);
	assert_int_equal(rc, 0);
	assert_int_equal(count(text, "server 10.0.0.1:8081 max_fails=0;"), 1);
	assert_int_equal(count(text, "server [::1]:8082 max_fails=1 fail_timeout=2s;"), 1);
	assert_int_equal(count(text, "server \"unix:/run/other/rag.sock\" max_fails=1"), 1);
	assert_int_equal(count(text, "least_conn;"), 1);
	/* Of all requests, and of the exchange, which names its headers anew. */
	assert_int_equal(count(text, "proxy_set_header " BH_WIRE_HEADER " " WIRE ";"), 2);
	assert_int_equal(count(text, "listen 0.0.0.0:8090;"), 1);
	assert_int_equal(count(text, "bulkhead_wire " WIRE ";"), 1);
	assert_int_equal(count(text, "https://"), 0);
	free(text);
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
	struct bh_nginx_conf with = conf;
	char *text;
	int rc;

	(void)state;
	with.places = &places;
	with.wire = WIRE;
	text = generate(&with, &rc);
	assert_int_equal(rc, 0);
	assert_int_equal(count(text, "proxy_pass http://"), 0);
	assert_int_equal(count(text, "proxy_ssl_verify on;"), 1);
	assert_int_equal(count(text, "proxy_ssl_trusted_certificate \"/etc/ca.pem\";"), 1);
	assert_int_equal(count(text, "server b.internal:443 "), 1);
	assert_int_equal(count(text, "proxy_ssl_name "), count(text, "proxy_pass https://"));
	assert_int_equal(count(text, "proxy_ssl_name b.internal;"), 0);
	assert_int_equal(count(text, "listen 0.0.0.0:8444 ssl;"), 1);
	assert_int_equal(count(text, "ssl_certificate_key \"/etc/tls.key\";"), 1);
	free(text);
}

static void
addresses_that_would_be_open_are_refused(void **state)
{
	struct bh_places places = {.peers = {"http://10.0.0.1:8081"}, .ca_file = ""};
	struct bh_nginx_conf with = conf;
	const char *const wrong[] = {NULL, "", "0123", WIRE "0", "\"; return 200; #"};
	int rc;

	(void)state;
	with.places = &places;
	for (size_t i = 0; i < BH_COUNT(wrong); i++) {
		with.wire = wrong[i];
		free(generate(&with, &rc));
		assert_int_equal(rc, BH_E_CONFIG);
	}
	with.wire = WIRE;
	places.peers[0] = "https://10.0.0.1:8081"; /* without an authority */
	free(generate(&with, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
	places.peers[0] = "unix:/run/a;b";
	free(generate(&with, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
	places.peers[0] = "";
	places.listens[2] = "https://0.0.0.0:1"; /* without a certificate */
	free(generate(&with, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_public_route_has_one_line_with_its_policy),
		cmocka_unit_test(patterns_sit_inside_the_prefix_they_share),
		cmocka_unit_test(internal_routes_are_not_in_it),
		cmocka_unit_test(a_location_takes_the_largest_body_and_the_longest_wait_of_its_rows),
		cmocka_unit_test(every_upstream_keeps_its_connections),
		cmocka_unit_test(text_that_nginx_would_misread_is_refused),
		cmocka_unit_test(proxies_are_networks_one_a_line),
		cmocka_unit_test(the_cookie_needs_tls_where_the_public_address_has_it),
		cmocka_unit_test(origins_of_pages_are_origins_or_the_word_tenants),
		cmocka_unit_test(credentials_need_a_service_to_be_put_to),
		cmocka_unit_test(bodies_take_a_quarter_of_their_disk_at_most),
		cmocka_unit_test(more_workers_than_slots_are_refused),
		cmocka_unit_test(users_are_named_only_when_root_started_it),
		cmocka_unit_test(with_a_certificate_the_public_address_speaks_tls),
		cmocka_unit_test(a_refused_configuration_leaves_the_old_file),
		cmocka_unit_test(a_socket_left_by_a_killed_nginx_goes_and_a_living_one_stays),
		cmocka_unit_test(services_are_reached_at_all_of_their_addresses),
		cmocka_unit_test(tls_is_verified_by_the_platforms_authority),
		cmocka_unit_test(addresses_that_would_be_open_are_refused),
		cmocka_unit_test(the_console_is_served_beside_the_api_and_has_the_pages_that_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
