/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c: prints the route tables, for the checks that hold the API's description against them. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/fields.h"
#include "json/fields.h"

static bool
has(const struct bh_route *route, enum bh_route_flags flag)
{
	return (route->flags & flag) != 0;
}

static void
write_route(struct bh_write *write, const char *service, const struct bh_route *route)
{
	bh_write_object(write);
	bh_write_pair_text(write, "service", service);
	bh_write_pair_text(write, "method", route->method);
	bh_write_pair_text(write, "path", route->path);
	bh_write_pair_text(write, "scope", route->scope);
	bh_write_pair_text(write, "limits", route->limits);
	bh_write_pair_text(write, "audit", route->audit);
	bh_write_pair_text(write, "reach", has(route, BH_ROUTE_INTERNAL) ? "internal" : "public");
	bh_write_pair_int(write, "body_bytes_max", route->body_bytes_max);
	bh_write_pair_int(write, "timeout_ms", route->timeout_ms);
	bh_write_pair_bool(write, "stream", has(route, BH_ROUTE_STREAM));
	bh_write_pair_bool(write, "idempotent_key", has(route, BH_ROUTE_IDEMPOTENT));
	bh_write_pair_bool(write, "unbuffered", has(route, BH_ROUTE_UNBUFFERED));
	bh_write_pair_bool(write, "operator", has(route, BH_ROUTE_OPERATOR));
	bh_write_pair_bool(write, "elevated", bh_route_is_elevated(route));
	bh_write_pair_bool(write, "staff_elevated", has(route, BH_ROUTE_STAFF_ELEVATED));
	bh_write_pair_bool(write, "personal", has(route, BH_ROUTE_PERSONAL));
	cli_fields_write(write, "takes", route->takes);
	cli_fields_write(write, "gives", route->gives);
	bh_write_end(write);
}

int
cli_routes_print(struct cli *cli)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	bh_write_array(&write);
	for (size_t i = 0; cli->services[i] != NULL; i++) {
		for (const struct bh_route *route = cli->services[i]->routes; route->method != NULL;
			 route++)
			write_route(&write, cli->services[i]->name, route);
	}
	bh_write_end(&write);
	puts(bh_buf_string(&text));
	return CLI_OK;
}
