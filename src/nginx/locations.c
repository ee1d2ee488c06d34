/* SPDX-License-Identifier: Apache-2.0 */
/* locations.c: a location for each path, with what the module must know of its routes. */
#include "nginx/locations.h"

#include <string.h>

#include "nginx/console.h"
#include "service/service.h"

/* The literal's dots are the only bytes of a template that a pattern reads otherwise. */
static void
write_pattern(struct bh_buf *out, const char *template)
{
	bh_buf_char(out, '^');
	for (; *template != '\0'; template ++) {
		if (*template == '{') {
			bh_buf_text(out, "[^/]+");
			template = strchr(template, '}');
		} else {
			if (*template == '.')
				bh_buf_char(out, '\\');
			bh_buf_char(out, *template);
		}
	}
	bh_buf_char(out, '$');
}

static void
write_location(struct bh_buf *out, const struct bh_nginx_path *path,
	const struct bh_nginx_peers *peers, const char *indent)
{
	int64_t body = path->body_bytes_max > 0 ? path->body_bytes_max : BH_NGINX_BODY_LEAST;

	if (path->prefix_len == 0) {
		bh_buf_printf(out, "%slocation = %s {\n", indent, path->template);
	} else {
		bh_buf_printf(out, "%slocation ~ \"", indent);
		write_pattern(out, path->template);
		bh_buf_text(out, "\" {\n");
	}
	bh_buf_printf(out, "%s\tbulkhead_service %s;\n", indent, path->service);
	bh_buf_printf(out, "%s\tbulkhead_template \"%s\";\n", indent, path->template);
	for (size_t i = 0; i < path->n_routes; i++) {
		const struct bh_route *route = path->routes[i];

		bh_buf_printf(out, "%s\tbulkhead_route %s scope=%s limits=%s audit=%s body=%lld%s;\n",
			indent, route->method, route->scope, route->limits, route->audit,
			(long long)route->body_bytes_max,
			(route->flags & BH_ROUTE_UNBUFFERED) != 0 ? " unbuffered" : "");
	}
	bh_buf_printf(out, "%s\tclient_max_body_size %lld;\n", indent, (long long)body);
	bh_buf_printf(out, "%s\tproxy_read_timeout %lldms;\n", indent, (long long)path->timeout_ms);
	bh_buf_printf(out, "%s\tproxy_send_timeout %lldms;\n", indent, (long long)path->timeout_ms);
	if (path->unbuffered)
		bh_buf_printf(out, "%s\tproxy_request_buffering off;\n", indent);
	bh_nginx_peer_write_pass(bh_nginx_peers_find(peers, path->service), indent, out);
	bh_buf_printf(out, "%s}\n", indent);
}

/* Patterns sit inside the prefix they share, so that a request tries only those of its family. */
void
bh_nginx_locations_write(struct bh_buf *out, const char *page_dir,
	const struct bh_nginx_paths *paths, const struct bh_nginx_peers *peers)
{
	const struct bh_nginx_path *group = NULL;

	for (size_t i = 0; i < paths->n; i++) {
		const struct bh_nginx_path *path = &paths->items[i];

		if (bh_nginx_console_has(page_dir, path))
			continue;
		if (path->prefix_len == 0) {
			write_location(out, path, peers, "\t\t");
			continue;
		}
		if (group == NULL || strncmp(path->template, group->template, group->prefix_len) != 0) {
			if (group != NULL)
				bh_buf_text(out, "\t\t}\n");
			group = path;
			for (size_t j = i + 1; j < paths->n; j++) {
				const struct bh_nginx_path *next = &paths->items[j];

				if (next->prefix_len < group->prefix_len &&
					strncmp(next->template, path->template, next->prefix_len) == 0)
					group = next;
			}
			bh_buf_printf(out, "\t\tlocation %.*s {\n", (int)group->prefix_len, group->template);
		}
		write_location(out, path, peers, "\t\t\t");
	}
	if (group != NULL)
		bh_buf_text(out, "\t\t}\n");
}

/* Each process answers for itself, so that one that is away takes nobody else's figures along. */
void
bh_nginx_metrics_write(struct bh_buf *out, const struct bh_nginx_peer *peer)
{
	const char *service = peer->name;

	bh_buf_printf(out,
		"\t\tlocation = /metrics/%s {\n\t\t\tbulkhead_service %s;\n"
		"\t\t\tbulkhead_template \"/metrics/%s\";\n"
		"\t\t\tbulkhead_route GET scope=metrics:read limits=control audit=metrics.read body=0;\n"
		"\t\t\tclient_max_body_size %d;\n\t\t\tproxy_read_timeout 5000ms;\n"
		"\t\t\tproxy_pass %s://bulkhead-%s/metrics;\n",
		service, service, service, BH_NGINX_BODY_LEAST, peer->tls ? "https" : "http", service);
	bh_nginx_peer_write_name(peer, "\t\t\t", out);
	bh_buf_text(out, "\t\t}\n");
}
