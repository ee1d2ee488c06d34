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
#include "nginx/testing.h"
#include "service/platform.h"
#include "service/service.h"

static void
every_public_route_has_one_line_with_its_policy(void **state)
{
	int rc;
	char *text = nginx_test_write(&nginx_test_conf, &rc);

	(void)state;
	assert_int_equal(rc, 0);
	assert_non_null(strstr(text,
		"bulkhead_route POST scope=files:write limits=data audit=file.create body=1024;"));
	assert_int_equal(nginx_test_count(text, "location = /v1/files {"), 1);
	assert_int_equal(nginx_test_count(text, "location ~ \"^/v1/files/[^/]+$\""), 1);
	assert_int_equal(nginx_test_count(text, "location ~ \"^/v1/files/[^/]+/content$\""), 1);
	/* seven rows, and /metrics of the gateway and the two services */
	assert_int_equal(nginx_test_count(text, "bulkhead_route "), 10);
	assert_int_equal(nginx_test_count(text, "location = /metrics/rag {"), 1);
	assert_int_equal(nginx_test_count(text, "proxy_pass http://bulkhead-rag/metrics;"), 1);
	free(text);
}

static void
patterns_sit_inside_the_prefix_they_share(void **state)
{
	int rc;
	char *text = nginx_test_write(&nginx_test_conf, &rc);
	const char *prefix = strstr(text, "location /v1/files/ {");

	(void)state;
	assert_non_null(prefix);
	assert_int_equal(nginx_test_count(text, "location /v1/files/ {"), 1);
	assert_true(strstr(text, "location ~ \"^/v1/files/[^/]+$\"") > prefix);
	free(text);
}

static void
internal_routes_are_not_in_it(void **state)
{
	int rc;
	char *text = nginx_test_write(&nginx_test_conf, &rc);

	(void)state;
	assert_null(strstr(text, "sweep"));
	free(text);
}

static void
a_location_takes_the_largest_body_and_the_longest_wait_of_its_rows(void **state)
{
	int rc;
	char *text = nginx_test_write(&nginx_test_conf, &rc);
	const char *location = strstr(text, "location = /v1/files {");

	(void)state;
	assert_non_null(location);
	assert_non_null(
		strstr(location, "client_max_body_size 1024;\n\t\t\tproxy_read_timeout 9000ms;"));
	/* one path, and one of its rows wants its bodies as they come */
	assert_int_equal(nginx_test_count(text, "proxy_request_buffering off;"), 1);
	/* 0 would mean "any size" to nginx */
	assert_null(strstr(text, "client_max_body_size 0;\n\t\t\tproxy_read_timeout"));
	free(text);
}

static void
every_upstream_keeps_its_connections(void **state)
{
	int rc;
	char *text = nginx_test_write(&nginx_test_conf, &rc);

	(void)state;
	assert_int_equal(nginx_test_count(text, "\tupstream "), BH_COUNT(nginx_test_services) - 1);
	assert_int_equal(nginx_test_count(text, "\t\tkeepalive 64;"),
		BH_COUNT(nginx_test_services) - 1);
	assert_non_null(strstr(text, "server \"unix:/run/bulkhead/rag/http.sock\""));
	/* once for all, and once where a location sets headers of its own */
	assert_int_equal(nginx_test_count(text, "proxy_set_header Connection \"\";"), 2);
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
		struct bh_nginx_conf wrong = nginx_test_conf;

		wrong.run_dir = bad[i];
		free(nginx_test_write(&wrong, &rc));
		assert_int_equal(rc, BH_E_CONFIG);
	}

	struct bh_nginx_conf wrong = nginx_test_conf;
	wrong.listen = "127.0.0.1:8080 ssl";
	free(nginx_test_write(&wrong, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
}

static void
proxies_are_networks_one_a_line(void **state)
{
	static const char *const bad[] = {"10.0.0.0/33", "10.0.0.0/8;", "proxy.example",
		"10.0.0.0/8 x"};
	struct bh_nginx_conf behind = nginx_test_conf;
	int rc;
	char *text;

	(void)state;
	behind.trusted_proxies = " 10.0.0.0/8, 2001:db8::/32 ::1,";
	text = nginx_test_write(&behind, &rc);
	assert_int_equal(rc, 0);
	assert_int_equal(nginx_test_count(text, "\tbulkhead_trusted_proxy "), 3);
	assert_non_null(strstr(text, "\tbulkhead_trusted_proxy 2001:db8::/32;\n"));
	free(text);

	for (size_t i = 0; i < BH_COUNT(bad); i++) {
		behind.trusted_proxies = bad[i];
		free(nginx_test_write(&behind, &rc));
		assert_int_equal(rc, BH_E_CONFIG);
	}
}

static void
the_cookie_needs_tls_where_the_public_address_has_it(void **state)
{
	struct bh_nginx_conf public = nginx_test_conf;
	char *text;
	int rc;

	(void)state;
	text = nginx_test_write(&public, &rc);
	assert_int_equal(rc, 0);
	assert_non_null(strstr(text, "\tbulkhead_cookie bulkhead auth;\n"));
	free(text);
	public.public_url = "http://ai.example";
	text = nginx_test_write(&public, &rc);
	assert_non_null(strstr(text, "\tbulkhead_cookie bulkhead auth;\n"));
	free(text);
	public.public_url = "https://ai.example";
	text = nginx_test_write(&public, &rc);
	assert_non_null(strstr(text, "\tbulkhead_cookie __Host-bulkhead auth;\n"));
	free(text);
}

static void
origins_of_pages_are_origins_or_the_word_tenants(void **state)
{
	static const char *const bad[] = {"*", "null", "https://a.example/", "a.example", "tenant",
		"https://a.example;", "https://a.example x", "https://A.example", "https://a\"b"};
	struct bh_nginx_conf open = nginx_test_conf;
	struct bh_buf many = {0};
	int rc;
	char *text;

	(void)state;
	text = nginx_test_write(&open, &rc);
	assert_null(strstr(text, "bulkhead_cors"));
	free(text);
	open.cors = " https://a.example, http://localhost:3000,tenants ";
	text = nginx_test_write(&open, &rc);
	assert_int_equal(rc, 0);
	assert_non_null(
		strstr(text, "\tbulkhead_cors https://a.example http://localhost:3000 tenants;\n"));
	free(text);
	open.cors = " ,";
	text = nginx_test_write(&open, &rc);
	assert_null(strstr(text, "bulkhead_cors"));
	free(text);

	for (size_t i = 0; i < BH_COUNT(bad); i++) {
		open.cors = bad[i];
		free(nginx_test_write(&open, &rc));
		assert_int_equal(rc, BH_E_CONFIG);
	}
	for (int i = 0; i < 33; i++)
		bh_buf_printf(&many, "https://%d.example ", i);
	open.cors = many.data;
	free(nginx_test_write(&open, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
	bh_buf_close(&many);
}

static void
credentials_need_a_service_to_be_put_to(void **state)
{
	const struct bh_service *const without[] = {nginx_test_services[1], NULL};
	FILE *out = fopen("/dev/null", "w");

	(void)state;
	assert_non_null(out);
	assert_int_equal(bh_nginx_conf_write(&nginx_test_conf, without, out), BH_E_CONFIG);
	fclose(out);
}

static void
bodies_take_a_quarter_of_their_disk_at_most(void **state)
{
	struct bh_nginx_conf own = nginx_test_conf;
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
	text = nginx_test_write(&own, &rc);
	assert_int_equal(rc, 0);
	assert_non_null(strstr(text, line));
	free(text);

	own.bodies_mib = 100000;
	text = nginx_test_write(&own, &rc);
	assert_int_equal(rc, 0);
	assert_non_null(strstr(text, "bulkhead_bodies tenant=2048 pace=16 total=100000;"));
	free(text);
}

static void
more_workers_than_slots_are_refused(void **state)
{
	struct bh_nginx_conf many = nginx_test_conf;
	int rc;

	(void)state;
	many.workers = BH_NGINX_WORKERS_MAX + 1;
	free(nginx_test_write(&many, &rc));
	assert_int_equal(rc, BH_E_CONFIG);
}

static void
users_are_named_only_when_root_started_it(void **state)
{
	struct bh_nginx_conf root = nginx_test_conf;
	int rc;
	char *text = nginx_test_write(&nginx_test_conf, &rc);

	(void)state;
	assert_null(strstr(text, "\nuser "));
	free(text);

	root.user = "bulkhead-gateway";
	text = nginx_test_write(&root, &rc);
	assert_non_null(strstr(text, "\nuser bulkhead-gateway ;"));
	free(text);
}

static void
a_refused_configuration_leaves_the_old_file(void **state)
{
	char folder[] = "/tmp/bulkhead-conf-XXXXXX";
	char path[64];
	char line[16] = "";
	struct bh_nginx_conf wrong = nginx_test_conf;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/nginx.conf", folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("old\n", file);
	fclose(file);

	wrong.listen = "";
	assert_int_equal(bh_nginx_conf_save(&wrong, nginx_test_services, path), BH_E_CONFIG);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	assert_string_equal(line, "old\n");

	assert_int_equal(bh_nginx_conf_save(&nginx_test_conf, nginx_test_services, path), 0);
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
	struct bh_nginx_conf local = nginx_test_conf;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(own, sizeof(own), "%s/gateway", folder);
	assert_int_equal(mkdir(own, 0700), 0);
	snprintf(path, sizeof(path), BH_SOCKET, folder, "gateway");
	snprintf(file, sizeof(file), "%s/nginx.conf", folder);
	local.run_dir = folder;

	fd = listener(path);
	assert_int_equal(bh_nginx_conf_save(&local, nginx_test_services, file), 0);
	assert_int_equal(access(path, F_OK), 0);
	close(fd);
	assert_int_equal(bh_nginx_conf_save(&local, nginx_test_services, file), 0);
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
	struct bh_nginx_conf with = nginx_test_conf;
	char *text;
	int rc;

	(void)state;
	assert_non_null(mkdtemp(folder));
	with.page_dir = folder;
	text = nginx_test_write(&with, &rc);
	assert_int_equal(rc, 0);
	/* the public one and the private server's */
	assert_int_equal(nginx_test_count(text, "location / {"), 2);
	assert_non_null(strstr(text, "script-src 'self'; style-src 'self'"));
	assert_non_null(strstr(text,
		"location ~ \"^/(?:v[0-9]+|api|internal|metrics|webhooks|\\.well-known)(?:/|$)\" "
		"{\n\t\t}"));
	assert_int_equal(nginx_test_count(text, "location = /setup {"), 1);
	free(text);

	snprintf(path, sizeof(path), "%s/setup", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	touch(path, "index.html");
	text = nginx_test_write(&with, &rc);
	assert_int_equal(nginx_test_count(text, "location = /setup {"), 0);
	free(text);

	snprintf(path, sizeof(path), "%s/setup/index.html", folder);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/setup", folder);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(folder), 0);
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
		cmocka_unit_test(a_refused_configuration_leaves_the_old_file),
		cmocka_unit_test(a_socket_left_by_a_killed_nginx_goes_and_a_living_one_stays),
		cmocka_unit_test(the_console_is_served_beside_the_api_and_has_the_pages_that_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
