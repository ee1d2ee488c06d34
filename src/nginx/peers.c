/* SPDX-License-Identifier: Apache-2.0 */
/* peers.c: the part of the gateway's configuration that says how services are reached. */
#include "nginx/peers.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "nginx/names.h"
#include "service/places.h"

static const struct bh_places nowhere;

static int
check_socket(const struct bh_endpoint *at, const char *name)
{
	for (size_t i = 0; i < at->path.len; i++) {
		if ((unsigned char)at->path.text[i] < 0x20 || strchr("\"'\\$;{}", at->path.text[i]) != NULL)
			return bh_error(BH_E_CONFIG,
				"gateway: the address of %s contains a character that is special to nginx", name);
	}
	return 0;
}

/* Two names may lead to one address, which is one server. */
static void
add_server(const struct bh_endpoint *at, struct bh_nginx_peer *out)
{
	for (size_t i = 0; i < out->n; i++) {
		if (!bh_endpoint_is_local(at) && out->list[i].port == at->port &&
			out->list[i].host.len == at->host.len &&
			memcmp(out->list[i].host.text, at->host.text, at->host.len) == 0)
			return;
	}
	if (out->n < BH_NGINX_SERVERS_MOST)
		out->list[out->n++] = *at;
}

static void
add_servers(struct bh_arena *arena, const struct bh_nginx_names *names,
	const struct bh_endpoint *at, struct bh_nginx_peer *out)
{
	const char *addresses[BH_NGINX_ADDRESSES_MOST];
	size_t n;

	if (names == NULL || bh_endpoint_is_local(at) || !bh_nginx_names_is_name(&at->host)) {
		add_server(at, out);
		return;
	}
	n = bh_nginx_names_find(names, &at->host, addresses);
	for (size_t i = 0; i < n; i++) {
		struct bh_endpoint server = *at;

		server.host.text = bh_arena_strdup(arena, addresses[i]);
		server.host.len = strlen(addresses[i]);
		add_server(&server, out);
	}
}

static int
collect_one(struct bh_arena *arena, const struct bh_nginx_reach *by,
	const struct bh_service *const *services, const char *name, struct bh_nginx_peer *out)
{
	const char *text = bh_places_peer(arena, by->places, services, by->run_dir, name);
	struct bh_endpoint list[BH_ENDPOINTS_MOST];
	size_t n = 0;
	int rc = bh_endpoints_read(text, list, &n);

	if (rc < 0)
		return bh_error(BH_E_CONFIG, "gateway: peer.%s: %s", name, bh_error_detail(rc));
	out->name = name;
	out->host = list[0].host;
	out->tls = list[0].kind == BH_ENDPOINT_HTTPS;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = check_socket(&list[i], name);
		add_servers(arena, by->names, &list[i], out);
	}
	return rc;
}

static int
collect_private(struct bh_arena *arena, const struct bh_service *const *services,
	struct bh_nginx_peers *peers)
{
	const struct bh_places *places = peers->by.places;
	const char *text = bh_places_listen(arena, places, services, peers->by.run_dir,
		BH_PLACES_GATEWAY);
	int rc = bh_endpoint_read(text, strlen(text), &peers->private);

	if (rc < 0)
		return bh_error(BH_E_CONFIG, "gateway: listen.gateway_private: %s", bh_error_detail(rc));
	if (!bh_endpoint_is_local(&peers->private))
		peers->remote = true;
	if (peers->private.kind != BH_ENDPOINT_HTTPS)
		return check_socket(&peers->private, "the gateway");
	rc = bh_nginx_check_file("listen.cert_file", places->cert_file);
	return rc < 0 ? rc : bh_nginx_check_file("listen.key_file", places->key_file);
}

static bool
is_secret(const char *hex)
{
	return hex != NULL && strlen(hex) == 64 && strspn(hex, "0123456789abcdef") == 64;
}

int
bh_nginx_peers_collect(struct bh_arena *arena, const struct bh_nginx_reach *by,
	const struct bh_service *const *services, struct bh_nginx_peers *out)
{
	size_t n = bh_services_count(services);
	struct bh_nginx_peers peers = {.by = *by,
		.list = bh_arena_array(arena, n + 1, sizeof(struct bh_nginx_peer))};
	int rc = 0;

	if (by->places == NULL)
		peers.by.places = &nowhere;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct bh_nginx_peer *peer = &peers.list[peers.n++];

		rc = collect_one(arena, &peers.by, services, services[i]->name, peer);
		peers.tls = peers.tls || (rc == 0 && peer->tls);
		for (size_t j = 0; rc == 0 && j < peer->n; j++)
			peers.remote = peers.remote || !bh_endpoint_is_local(&peer->list[j]);
		/* Only a name can have no address. */
		peers.remote = peers.remote || (rc == 0 && peer->n == 0);
	}
	if (rc == 0)
		rc = collect_private(arena, services, &peers);
	if (rc == 0 && peers.tls)
		rc = bh_nginx_check_file("peer.ca_file", peers.by.places->ca_file);
	if (rc == 0 && peers.remote &&
		(!is_secret(by->wire) || (by->wire_also != NULL && !is_secret(by->wire_also))))
		rc = bh_error(BH_E_CONFIG, "gateway: addresses with http or https need the secret `wire`");
	if (rc == 0)
		*out = peers;
	return rc;
}

const struct bh_nginx_peer *
bh_nginx_peers_find(const struct bh_nginx_peers *peers, const char *name)
{
	size_t i = 0;

	while (i < peers->n && strcmp(peers->list[i].name, name) != 0)
		i++;
	BH_ASSERT(i < peers->n);
	return &peers->list[i];
}

static void
add_part(const struct bh_endpoint_part *part, struct bh_buf *out)
{
	if (part->len > 0)
		bh_buf_add(out, part->text, part->len);
}

void
bh_nginx_peer_address(const struct bh_endpoint *at, struct bh_buf *out)
{
	bool bracket = at->host.len > 0 && memchr(at->host.text, ':', at->host.len) != NULL;

	if (bh_endpoint_is_local(at)) {
		bh_buf_text(out, "\"unix:");
		add_part(&at->path, out);
		bh_buf_char(out, '"');
		return;
	}
	bh_buf_text(out, bracket ? "[" : "");
	add_part(&at->host, out);
	bh_buf_printf(out, "%s:%u", bracket ? "]" : "", at->port);
}

void
bh_nginx_peer_write_name(const struct bh_nginx_peer *peer, const char *indent, struct bh_buf *out)
{
	if (!peer->tls)
		return;
	bh_buf_printf(out, "%sproxy_ssl_name ", indent);
	add_part(&peer->host, out);
	bh_buf_text(out, ";\n");
}

void
bh_nginx_peer_write_pass(const struct bh_nginx_peer *peer, const char *indent, struct bh_buf *out)
{
	bh_buf_printf(out, "%s\tproxy_pass http%s://bulkhead-%s;\n", indent, peer->tls ? "s" : "",
		peer->name);
	if (peer->tls) {
		bh_buf_text(out, indent);
		bh_nginx_peer_write_name(peer, "\t", out);
	}
	/* A connect that nobody answers goes on as one that is refused; what takes long does not. */
	if (peer->n > 1)
		bh_buf_printf(out,
			"%s\tproxy_next_upstream error timeout;\n"
			"%s\tproxy_next_upstream_tries %zu;\n"
			"%s\tproxy_next_upstream_timeout 10s;\n",
			indent, indent, 2 * peer->n, indent);
}

void
bh_nginx_peers_write_sockets(const struct bh_nginx_peers *peers, struct bh_buf *out)
{
	for (size_t i = 0; i < peers->n; i++) {
		const struct bh_nginx_peer *peer = &peers->list[i];

		if (peer->n > 1 || !bh_endpoint_is_local(&peer->list[0]))
			continue;
		bh_buf_printf(out, "\tbulkhead_socket %s \"", peer->name);
		add_part(&peer->list[0].path, out);
		bh_buf_text(out, "\";\n");
	}
}

void
bh_nginx_peers_write_trust(const struct bh_nginx_peers *peers, struct bh_buf *out)
{
	if (!peers->tls)
		return;
	bh_buf_printf(out, "\tproxy_ssl_trusted_certificate \"%s\";\n", peers->by.places->ca_file);
	bh_buf_text(out,
		"\tproxy_ssl_verify on;\n\tproxy_ssl_verify_depth 4;\n\tproxy_ssl_server_name on;\n"
		"\tproxy_ssl_protocols TLSv1.2 TLSv1.3;\n");
}

void
bh_nginx_peers_write_wire(const struct bh_nginx_peers *peers, const char *indent,
	struct bh_buf *out)
{
	if (peers->remote)
		bh_buf_printf(out, "%sproxy_set_header " BH_WIRE_HEADER " %s;\n", indent, peers->by.wire);
}

void
bh_nginx_peers_write_listen(const struct bh_nginx_peers *peers, struct bh_buf *out)
{
	const struct bh_endpoint *at = &peers->private;
	const struct bh_places *places = peers->by.places;
	bool tls = at->kind == BH_ENDPOINT_HTTPS;

	bh_buf_text(out, "\t\tlisten ");
	bh_nginx_peer_address(at, out);
	bh_buf_text(out, tls ? " ssl;\n" : ";\n");
	if (tls)
		bh_buf_printf(out,
			"\t\tssl_certificate \"%s\";\n\t\tssl_certificate_key \"%s\";\n"
			"\t\tssl_protocols TLSv1.2 TLSv1.3;\n",
			places->cert_file, places->key_file);
	if (!bh_endpoint_is_local(at))
		bh_buf_printf(out, "\t\tbulkhead_wire %s;\n", peers->by.wire);
	if (!bh_endpoint_is_local(at) && peers->by.wire_also != NULL)
		bh_buf_printf(out, "\t\tbulkhead_wire_also %s;\n", peers->by.wire_also);
}
