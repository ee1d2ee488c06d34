/* SPDX-License-Identifier: Apache-2.0 */
/* print_conf.c: prints the configuration made from a small route table, for the gateway's tests. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/macros.h"
#include "nginx/conf.h"
#include "service/service.h"

#define ROUTE(verb, where, may, class, event, bytes, ms) \
	{.method = (verb), .path = (where), .scope = (may), .limits = (class), .audit = (event), \
		.body_bytes_max = (bytes), .timeout_ms = (ms)}

static const struct bh_route auth_routes[] = {
	ROUTE("POST", "/api/auth/sessions", "none", "signin", "session.create", 4096, 3000),
	ROUTE("GET", "/.well-known/jwks.json", "none", "none", "jwks.get", 0, 3000),
	{.method = "GET", .path = "/internal/exchange", .flags = BH_ROUTE_INTERNAL},
	{0},
};

static const struct bh_route rag_routes[] = {
	ROUTE("GET", "/v1/items", "items:read", "data", "item.list", 0, 3000),
	ROUTE("POST", "/v1/items", "items:write", "data", "item.create", 4096, 3000),
	ROUTE("GET", "/v1/items/{id}", "items:read", "data", "item.get", 0, 3000),
	ROUTE("DELETE", "/v1/items/{id}", "items:write", "data", "item.delete", 0, 3000),
	ROUTE("GET", "/v1/items/{id}/parts", "items:admin", "data", "part.list", 0, 3000),
	ROUTE("GET", "/v1/items/{id}/parts/{part}", "items:read", "data", "part.get", 0, 3000),
	ROUTE("POST", "/v1/upload", "items:write", "data", "item.upload", 64 * 1024 * 1024, 3000),
	{.method = "POST", .path = "/v1/direct", .scope = "items:write", .limits = "data",
		.audit = "item.direct", .body_bytes_max = 64 * 1024 * 1024, .timeout_ms = 3000,
		.flags = BH_ROUTE_UNBUFFERED},
	ROUTE("POST", "/v1/drop", "none", "none", "item.drop", 64 * 1024 * 1024, 3000),
	ROUTE("POST", "/v1/brief", "items:write", "data", "item.brief", 4096, 300),
	ROUTE("GET", "/v1/free", "items:read", "none", "item.free", 0, 3000),
	ROUTE("POST", "/v1/stream", "items:read", "inference", "item.stream", 4096, 20000),
	{0},
};

static const struct bh_route absent_routes[] = {
	ROUTE("GET", "/v1/absent", "items:read", "data", "absent.get", 0, 3000),
	ROUTE("POST", "/v1/absent", "items:read", "data", "absent.post", 4096, 3000),
	{0},
};

int
main(int argc, char **argv)
{
	static const struct bh_service auth = {.name = "auth", .routes = auth_routes, .issues_tokens = true};
	static const struct bh_service rag = {.name = "rag", .routes = rag_routes};
	static const struct bh_service absent = {.name = "absent", .routes = absent_routes};
	static const struct bh_service *const services[] = {&auth, &rag, &absent, NULL};
	struct bh_nginx_conf conf = {.user = geteuid() == 0 ? "root" : NULL};
	int rc;

	if (argc != 7 && argc != 8) {
		fprintf(stderr,
			"usage: print_conf LISTEN MODULE RUN_DIR TEMP_DIR LOG_DIR WORKERS [PAGE_DIR]\n");
		return 2;
	}
	conf.listen = argv[1];
	conf.module = argv[2];
	conf.run_dir = argv[3];
	conf.temp_dir = argv[4];
	conf.log_dir = argv[5];
	conf.workers = strtol(argv[6], NULL, 10);
	conf.page_dir = argc == 8 ? argv[7] : NULL;
	conf.connections = 512;
	/* As fast as it goes, but where the pace is what is tried. */
	conf.tenant_rate = 1000000;
	conf.tenant_bodies_mib_per_second = 100000;

	rc = bh_nginx_conf_write(&conf, services, stdout);
	if (rc < 0) {
		fprintf(stderr, "print_conf: %s\n", bh_error_detail(rc));
		return 1;
	}
	return 0;
}
