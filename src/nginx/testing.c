/* SPDX-License-Identifier: Apache-2.0 */
/* testing.c: two services with a few routes, and what is written for them. */
#include "nginx/testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

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
const struct bh_service *const nginx_test_services[] = {&auth, &rag, NULL};

const struct bh_nginx_conf nginx_test_conf = {
	.listen = "127.0.0.1:8080",
	.module = "/opt/bulkhead/ngx_http_bulkhead_module.so",
	.run_dir = "/run/bulkhead",
	.temp_dir = "/var/lib/bulkhead/gateway",
	.log_dir = "/var/lib/bulkhead/log",
};

char *
nginx_test_write(const struct bh_nginx_conf *from, int *rc)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	*rc = bh_nginx_conf_write(from, nginx_test_services, out);
	fclose(out);
	return text;
}

size_t
nginx_test_count(const char *text, const char *needle)
{
	size_t n = 0;

	while ((text = strstr(text, needle)) != NULL) {
		text += strlen(needle);
		n++;
	}
	return n;
}
