/* SPDX-License-Identifier: Apache-2.0 */
/* conf.c: the gateway's nginx configuration, generated from the services' route tables. */
#include "nginx/conf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/processors.h"
#include "base/text.h"
#include "http/origin.h"
#include "nginx/console.h"
#include "nginx/locations.h"
#include "nginx/path.h"
#include "nginx/peers.h"
#include "service/platform.h"
#include "service/services.h"
#include "shared/lease_wire.h"

#define SELF "gateway" /* the name of the process */

int
bh_nginx_check_file(const char *what, const char *path)
{
	if (path == NULL || *path != '/')
		return bh_error(BH_E_CONFIG, "gateway: %s is not an absolute path", what);

	for (; *path != '\0'; path++) {
		if ((unsigned char)*path < 0x20 || strchr("\"'\\$;{}", *path) != NULL)
			return bh_error(BH_E_CONFIG,
				"gateway: %s contains a character that is special to nginx", what);
	}
	return 0;
}

static int
check_word(const char *what, const char *text, const char *more)
{
	if (text == NULL || *text == '\0')
		return bh_error(BH_E_CONFIG, "gateway: %s is empty", what);

	for (; *text != '\0'; text++) {
		bool plain = (*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'z') ||
			(*text >= 'A' && *text <= 'Z') || strchr(more, *text) != NULL;

		if (!plain)
			return bh_error(BH_E_CONFIG, "gateway: %s contains an invalid character", what);
	}
	return 0;
}

/* One network as nginx reads it: an address, or an address, a slash and a number of bits. */
static bool
is_network(const char *text, size_t len)
{
	char network[64];
	unsigned char address[sizeof(struct in6_addr)];
	char *slash;
	int64_t bits;
	int most;

	if (len == 0 || len >= sizeof(network))
		return false;
	memcpy(network, text, len);
	network[len] = '\0';
	slash = strchr(network, '/');
	if (slash != NULL)
		*slash = '\0';
	if (inet_pton(AF_INET, network, address) == 1)
		most = 32;
	else if (inet_pton(AF_INET6, network, address) == 1)
		most = 128;
	else
		return false;
	return slash == NULL || bh_text_int(slash + 1, 0, most, &bits) == 0;
}

/* The next of the words of a setting, which spaces or commas keep apart; its length, or 0 at the end. */
static size_t
next_word(const char **text)
{
	*text += strspn(*text, " ,");
	return strcspn(*text, " ,");
}

static int
check_proxies(const char *text)
{
	size_t len;

	for (; text != NULL && (len = next_word(&text)) > 0; text += len) {
		if (!is_network(text, len))
			return bh_error(BH_E_CONFIG, "gateway.trusted_proxies: \"%.*s\" is not a network",
				(int)len, text);
	}
	return 0;
}

/* The word that lets tenants have origins of their own. */
static bool
is_tenants(const char *word, size_t len)
{
	return len == 7 && strncmp(word, "tenants", len) == 0;
}

static int
check_cors(const char *text)
{
	size_t len, n = 0;

	for (; text != NULL && (len = next_word(&text)) > 0; text += len) {
		if (is_tenants(text, len))
			continue;
		if (!bh_origin_is(text, len))
			return bh_error(BH_E_CONFIG,
				"gateway.cors: \"%.*s\" is neither an origin, such as https://app.example, nor "
				"the word tenants",
				(int)(len < 128 ? len : 128), text);
		if (++n > BH_ORIGINS_MOST)
			return bh_error(BH_E_CONFIG, "gateway.cors: more than %d origins", BH_ORIGINS_MOST);
	}
	return 0;
}

/* A path that may be absent. */
static const char *
or_root(const char *path)
{
	return path != NULL && path[0] != '\0' ? path : "/";
}

static int
check_conf(const struct bh_nginx_conf *conf)
{
	const struct {
		const char *what, *path;
	} files[] = {
		{"module", conf->module},
		{"run_dir", conf->run_dir},
		{"temp_dir", conf->temp_dir},
		{"log_dir", conf->log_dir},
		{"page_dir", or_root(conf->page_dir)},
		{"cert_file", or_root(conf->tls.certificate)},
		{"key_file", or_root(conf->tls.key)},
		{"acme_dir", or_root(conf->tls.acme_dir)},
	};
	int rc = check_word("listen", conf->listen, ".:[]-");

	if (rc == 0 && conf->tls.redirect_listen != NULL && conf->tls.redirect_listen[0] != '\0')
		rc = check_word("redirect_listen", conf->tls.redirect_listen, ".:[]-");
	if (rc == 0)
		rc = bh_nginx_tls_check(&conf->tls);
	if (rc == 0)
		rc = check_proxies(conf->trusted_proxies);
	if (rc == 0)
		rc = check_cors(conf->cors);
	if (conf->workers > BH_NGINX_WORKERS_MAX)
		return bh_error(BH_E_CONFIG, "gateway: more than %d workers", BH_NGINX_WORKERS_MAX);

	for (size_t i = 0; rc == 0 && i < BH_COUNT(files); i++)
		rc = bh_nginx_check_file(files[i].what, files[i].path);
	if (rc == 0 && conf->user != NULL)
		rc = check_word("user", conf->user, "_-");
	if (rc == 0 && conf->group != NULL)
		rc = check_word("group", conf->group, "_-");
	return rc;
}

static unsigned
or_default(int64_t value, unsigned preset)
{
	return value != 0 ? (unsigned)value : preset;
}

/* A request may take a connection to the client, one to a service and a spooled body. */
static unsigned
connections_of(const struct bh_nginx_conf *conf)
{
	unsigned connections = or_default(conf->connections, 8192);
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_max != RLIM_INFINITY &&
		files.rlim_max / 2 < connections)
		connections = files.rlim_max < 512 ? 256 : (unsigned)(files.rlim_max / 2);
	return connections;
}

/* What stands for 0 and goes with what the machine can do. */
static unsigned
by_processors(int64_t given, unsigned each)
{
	return or_default(given, each * bh_processors());
}

/* Bodies are spooled: together they leave the better part of the disk to what is kept. */
static unsigned
bodies_of(const struct bh_nginx_conf *conf)
{
	const unsigned most = 8192;
	struct statvfs disk;
	uint64_t quarter;

	if (conf->bodies_mib != 0)
		return (unsigned)conf->bodies_mib;
	if (statvfs(conf->temp_dir, &disk) < 0)
		return most;
	quarter = (uint64_t)disk.f_blocks * disk.f_frsize / 4 / BH_MIB;
	if (quarter == 0)
		return 1;
	return quarter < most ? (unsigned)quarter : most;
}

static void
write_process(struct bh_buf *out, const struct bh_nginx_conf *conf)
{
	bh_buf_text(out, "# Generated from the route tables at every start. Changes here are lost.\n");
	bh_buf_printf(out, "load_module \"%s\";\n", conf->module);
	if (conf->user != NULL)
		bh_buf_printf(out, "user %s %s;\n", conf->user, conf->group != NULL ? conf->group : "");
	bh_buf_text(out, "daemon off;\n");
	bh_buf_printf(out, "worker_processes %u;\n", or_default(conf->workers, 1));
	bh_buf_text(out, "worker_shutdown_timeout 600s;\n");
	bh_buf_printf(out, "worker_rlimit_nofile %u;\n", 2 * connections_of(conf));
	bh_buf_text(out, "pcre_jit on;\n");
	bh_buf_printf(out, "pid \"%s/" SELF "/nginx.pid\";\n", conf->run_dir);
	bh_buf_printf(out, "error_log \"%s/gateway.log\" warn;\n", conf->log_dir);
	bh_buf_printf(out, "events {\n\tworker_connections %u;\n}\n", connections_of(conf));
}

/* What those may do who have not shown a credential, by the address they come from. */
static void
write_by_address(struct bh_buf *out, const struct bh_nginx_conf *conf)
{
	const struct bh_nginx_by_address *most = &conf->by_address;
	const char *network = conf->trusted_proxies;
	size_t len;

	bh_buf_printf(out, "\tbulkhead_by_address signin rate=%u concurrency=%u;\n",
		or_default(most->signin_rpm, 300), or_default(most->signin_concurrency, 16));
	bh_buf_printf(out, "\tbulkhead_by_address anonymous rate=%u concurrency=%u;\n",
		or_default(most->anonymous_rpm, 3000), or_default(most->anonymous_concurrency, 128));
	bh_buf_printf(out, "\tbulkhead_by_address unknown rate=%u concurrency=%u;\n",
		or_default(most->unknown_rpm, 600), or_default(most->unknown_concurrency, 32));
	bh_buf_printf(out, "\tbulkhead_by_address connections concurrency=%u;\n",
		or_default(most->connections, 1024));
	bh_buf_printf(out, "\tbulkhead_by_address bodies concurrency=%u;\n",
		or_default(most->bodies_mib, 64));
	bh_buf_printf(out, "\tbulkhead_by_address lines rate=%u concurrency=0;\n",
		or_default(most->lines, 30));
	bh_buf_printf(out, "\tbulkhead_by_address refusals rate=%u concurrency=0;\n",
		or_default(most->refusals, 600));
	bh_buf_printf(out, "\tbulkhead_tenant_rate %u;\n", by_processors(conf->tenant_rate, 50));
	bh_buf_printf(out, "\tbulkhead_bodies tenant=%u pace=%u total=%u;\n",
		or_default(conf->tenant_bodies_mib, 2048),
		by_processors(conf->tenant_bodies_mib_per_second, 8), bodies_of(conf));
	for (; network != NULL && (len = next_word(&network)) > 0; network += len)
		bh_buf_printf(out, "\tbulkhead_trusted_proxy %.*s;\n", (int)len, network);
}

static void
write_cors(struct bh_buf *out, const char *text)
{
	size_t len;

	if (text == NULL || next_word(&text) == 0)
		return;
	bh_buf_text(out, "\tbulkhead_cors");
	for (; (len = next_word(&text)) > 0; text += len)
		bh_buf_printf(out, " %.*s", (int)len, text);
	bh_buf_text(out, ";\n");
}

static void
write_http(struct bh_buf *out, const struct bh_nginx_conf *conf, const char *issuer)
{
	static const char *const spools[] = {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"};

	/* The module writes the log of requests; nginx's own would say the same again. */
	bh_buf_text(out,
		"\taccess_log off;\n\tserver_tokens off;\n\tdefault_type "
		"application/octet-stream;\n\tetag off;\n\tgzip off;\n");
	for (size_t i = 0; i < BH_COUNT(spools); i++)
		bh_buf_printf(out, "\t%s_temp_path \"%s/%s\";\n", spools[i], conf->temp_dir, spools[i]);

	bh_buf_printf(out, "\tbulkhead_zone %um %um;\n", or_default(conf->keys_mib, 16),
		or_default(conf->limits_mib, 16));
	if (conf->gateways > 0)
		bh_buf_printf(out, "\tbulkhead_leases \"%s/" SELF "/" BH_LEASE_SOCKET "\" gateways=%lld;\n",
			conf->run_dir, (long long)conf->gateways);
	bh_buf_printf(out, "\tbulkhead_audit_log \"%s/audit-gateway.jsonl\" refusals=%u;\n",
		conf->log_dir, or_default(conf->refusal_lines, 600));
	bh_buf_printf(out, "\tbulkhead_anonymous_log \"%s/audit-anonymous.jsonl\" lines=%u;\n",
		conf->log_dir, or_default(conf->anonymous_lines, 6000));
	bh_buf_printf(out, "\tbulkhead_metrics_file \"%s/%s\";\n", conf->run_dir,
		BH_NGINX_METRICS_FILE);
	bh_buf_printf(out, "\tbulkhead_margin %us;\n", or_default(conf->margin_s, 30));

	write_by_address(out, conf);
	write_cors(out, conf->cors);
	bh_buf_printf(out, "\tbulkhead_cookie %s %s;\n", bh_platform_cookie(conf->public_url), issuer);

	/* What a client may take its time for: all of a head, and between two reads of a body, which
	 * has a time for all of it besides. A credential alone can fill 8 KiB of header. */
	bh_buf_printf(out, "\tbulkhead_body_rate %uk;\n", or_default(conf->body_kib_per_second, 32));
	bh_buf_text(out,
		"\tclient_header_timeout 15s;\n\tclient_body_timeout 15s;\n"
		"\tlingering_time 10s;\n\tlingering_timeout 3s;\n"
		"\tsend_timeout 60s;\n\tkeepalive_timeout 75s;\n\tkeepalive_requests 100000;\n"
		/* A client's head and a small body come in one read. */
		"\tclient_header_buffer_size 4k;\n\tlarge_client_header_buffers 4 16k;\n"
		"\tclient_body_buffer_size 64k;\n"
		"\treset_timedout_connection on;\n\ttcp_nodelay on;\n");

	/* nginx chooses a location by the path as sent; see the module's entry handler. */
	bh_buf_text(out,
		"\tmerge_slashes off;\n\tunderscores_in_headers off;\n"
		"\tignore_invalid_headers on;\n\tport_in_redirect off;\n\tabsolute_redirect off;\n");

	/* Bodies reach a service whole and with a length, those of uploads as they come, so that it may
	 * refuse them by their head; answers pass as they come. */
	bh_buf_text(out,
		"\tproxy_http_version 1.1;\n\tproxy_set_header Connection \"\";\n"
		"\tproxy_request_buffering on;\n\tproxy_buffering off;\n\tproxy_buffer_size 16k;\n"
		"\tproxy_buffers 4 16k;\n\tproxy_busy_buffers_size 32k;\n"
		"\tproxy_max_temp_file_size 0;\n\tproxy_ignore_client_abort off;\n"
		"\tproxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate "
		"X-Accel-Buffering X-Accel-Charset;\n"
		"\tproxy_intercept_errors off;\n\tproxy_redirect off;\n\tproxy_connect_timeout 2s;\n"
		"\tproxy_next_upstream error;\n\tproxy_next_upstream_tries 2;\n"
		"\tproxy_socket_keepalive off;\n");
}

static void
write_servers(struct bh_buf *out, const struct bh_nginx_peer *peer, const char *how)
{
	for (size_t i = 0; i < peer->n; i++) {
		bh_buf_text(out, "\t\tserver ");
		bh_nginx_peer_address(&peer->list[i], out);
		bh_buf_text(out, how);
	}
}

/* One that cannot be connected to is left out for a moment, if there are others. If all are left out, they are tried
 * nevertheless: one may be back while the next is replaced. */
static void
write_upstream(struct bh_buf *out, const struct bh_nginx_peer *peer)
{
	bh_buf_printf(out, "\tupstream bulkhead-%s {\n", peer->name);
	if (peer->n > 1) {
		bh_buf_text(out, "\t\tleast_conn;\n");
		write_servers(out, peer, " max_fails=1 fail_timeout=2s;\n");
		write_servers(out, peer, " max_fails=0 backup;\n");
	} else if (peer->n == 1) {
		write_servers(out, peer, " max_fails=0;\n");
	} else {
		/* It answers as one that is away, until its name has an address. */
		bh_buf_text(out, "\t\tserver 127.0.0.1:9 down;\n");
	}
	/* Given up before a service that leaves gives them up (service/running.h). */
	bh_buf_text(out,
		"\t\tkeepalive 64;\n\t\tkeepalive_requests 100000;\n\t\tkeepalive_timeout 5s;\n\t}\n");
}

static void
write_public(struct bh_buf *out, const struct bh_nginx_conf *conf,
	const struct bh_nginx_paths *paths, const struct bh_nginx_peers *peers, const char *issuer)
{
	const struct bh_nginx_peer *asked = bh_nginx_peers_find(peers, issuer);

	bh_buf_text(out, "\tserver {\n");
	bh_nginx_tls_write(out, &conf->tls, conf->listen, conf->run_dir);
	bh_buf_text(out,
		"\t\tserver_name _;\n\t\tbulkhead on;\n"
		"\t\tbulkhead_exchange /internal/exchange;\n"
		/* No limit where no route is: 404 comes before 413, and the body is not read. */
		"\t\tclient_max_body_size 0;\n"
		"\t\terror_page 494 =431 /internal/431;\n"
		"\t\tlocation = /internal/431 {\n\t\t\tinternal;\n\t\t\treturn 431;\n\t\t}\n");

	/* The issuer sees the credential and nothing else of the client's request. */
	bh_buf_printf(out,
		"\t\tlocation = /internal/exchange {\n\t\t\tinternal;\n"
		"\t\t\tproxy_pass http%s://bulkhead-%s/internal/exchange;\n",
		asked->tls ? "s" : "", issuer);
	bh_nginx_peer_write_name(asked, "\t\t\t", out);
	bh_nginx_peers_write_wire(peers, "\t\t\t", out);
	bh_buf_text(out,
		"\t\t\tproxy_method GET;\n\t\t\tproxy_pass_request_headers off;\n"
		"\t\t\tproxy_pass_request_body off;\n"
		"\t\t\tproxy_set_header Connection \"\";\n\t\t\tproxy_set_header Content-Length \"\";\n"
		"\t\t\tproxy_set_header Authorization $http_authorization;\n"
		"\t\t\tproxy_set_header X-Request-Id $http_x_request_id;\n"
		"\t\t\tproxy_set_header Traceparent $http_traceparent;\n"
		"\t\t\tproxy_buffering on;\n\t\t\tproxy_connect_timeout 1s;\n"
		"\t\t\tproxy_send_timeout 1s;\n\t\t\tproxy_read_timeout 2s;\n"
		"\t\t\tsubrequest_output_buffer_size 8k;\n\t\t}\n");

	bh_buf_text(out,
		"\t\tlocation = /metrics {\n\t\t\tbulkhead_template /metrics;\n"
		"\t\t\tbulkhead_route GET scope=metrics:read limits=control audit=metrics.read body=0;\n"
		"\t\t\tbulkhead_metrics;\n\t\t}\n");
	for (size_t i = 0; i < peers->n; i++)
		bh_nginx_metrics_write(out, &peers->list[i]);
	bh_nginx_locations_write(out, conf->page_dir, paths, peers);
	/* No row: the module answers 404 and counts it. */
	if (conf->page_dir != NULL)
		bh_nginx_console_write(out, conf->page_dir);
	else
		bh_buf_text(out, "\t\tlocation / {\n\t\t}\n");
	bh_buf_text(out, "\t}\n");
}

static void
write_private(struct bh_buf *out, const struct bh_nginx_peers *peers)
{
	bh_buf_text(out, "\tserver {\n");
	bh_nginx_peers_write_listen(peers, out);
	bh_buf_text(out,
		"\t\tserver_name _;\n\t\tclient_max_body_size 1;\n"
		/* For whoever starts and stops us. */
		"\t\tlocation = /livez {\n\t\t\tbulkhead_wire \"\";\n\t\t\tbulkhead_health;\n\t\t}\n"
		"\t\tlocation = /readyz {\n\t\t\tbulkhead_wire \"\";\n\t\t\tbulkhead_health;\n\t\t}\n"
		"\t\tlocation = /internal/forget {\n\t\t\tbulkhead_forget;\n\t\t}\n"
		"\t\tlocation = /metrics {\n\t\t\tbulkhead_metrics;\n\t\t}\n"
		"\t\tlocation = /healthz {\n\t\t\tbulkhead_health;\n\t\t}\n"
		"\t\tlocation / {\n\t\t\treturn 404;\n\t\t}\n\t}\n");
}

int
bh_nginx_conf_write(const struct bh_nginx_conf *conf, const struct bh_service *const *services,
	FILE *out)
{
	const struct bh_service *issuer = bh_services_issuer(services);
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const struct bh_nginx_reach by = {conf->run_dir, conf->wire, conf->wire_also, conf->places,
		conf->names};
	struct bh_nginx_peers peers = {0};
	struct bh_nginx_paths *paths;
	int rc = check_conf(conf);

	/* Every credential is put to it: without it no scoped route could be served. */
	if (rc == 0 && issuer == NULL)
		rc = bh_error(BH_E_CONFIG, "gateway: no service issues tokens");
	if (rc < 0)
		return rc;
	rc = bh_nginx_peers_collect(&arena, &by, services, &peers);
	if (rc < 0)
		return rc;
	paths = calloc(1, sizeof(*paths));
	if (paths == NULL)
		return BH_E_MEMORY;
	rc = bh_nginx_paths_collect(services, paths);
	if (rc == 0) {
		write_process(&text, conf);
		bh_buf_text(&text, "http {\n");
		write_http(&text, conf, issuer->name);
		bh_nginx_peers_write_trust(&peers, &text);
		bh_nginx_peers_write_wire(&peers, "\t", &text);
		for (size_t i = 0; i < peers.n; i++)
			write_upstream(&text, &peers.list[i]);
		bh_nginx_peers_write_sockets(&peers, &text);
		write_public(&text, conf, paths, &peers, issuer->name);
		bh_nginx_tls_write_redirect(&text, &conf->tls, conf->public_url);
		write_private(&text, &peers);
		bh_buf_text(&text, "}\n");
	}
	free(paths);
	if (rc == 0 && (fwrite(text.data, 1, text.len, out) != text.len || fflush(out) != 0))
		rc = bh_error(BH_E_IO, "write the gateway's configuration: %m");
	return rc;
}

/* nginx does not bind over an old socket. One that refuses has lost its process; others stay. */
static int
clear_socket(const struct bh_nginx_conf *conf, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	int rc = 0;
	int fd;

	bh_buf_printf(&path, "%s/" SELF "/%s", conf->run_dir, name);
	if (path.len >= sizeof(address.sun_path))
		return bh_error(BH_E_CONFIG, "gateway: run_dir is too long for a socket path");
	memcpy(address.sun_path, path.data, path.len);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return bh_error(BH_E_IO, "socket: %m");
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 && errno == ECONNREFUSED &&
		unlink(address.sun_path) < 0 && errno != ENOENT)
		rc = bh_error(BH_E_IO, "remove %s: %m", address.sun_path);
	close(fd);
	return rc;
}

static void
file_close(FILE **file)
{
	if (*file != NULL)
		fclose(*file);
}

int
bh_nginx_conf_save(const struct bh_nginx_conf *conf, const struct bh_service *const *services,
	const char *path)
{
	BH_AUTO(bh_buf_close) struct bh_buf part = {0};
	BH_AUTO(file_close) FILE *file = NULL;
	static const char *const sockets[] = {"http.sock", "local.sock"};
	int rc;

	bh_buf_printf(&part, "%s.part", path);
	if (unlink(part.data) < 0 && errno != ENOENT)
		return bh_error(BH_E_IO, "remove %s: %m", part.data);
	file = fopen(part.data, "wxe");
	if (file == NULL)
		return bh_error(BH_E_IO, "create %s: %m", part.data);

	rc = bh_nginx_conf_write(conf, services, file);
	for (size_t i = 0; rc == 0 && i < BH_COUNT(sockets); i++)
		rc = clear_socket(conf, sockets[i]);
	if (rc == 0 &&
		(fchmod(fileno(file), conf->wire != NULL ? 0600 : 0644) < 0 || fsync(fileno(file)) < 0 ||
			rename(part.data, path) < 0))
		rc = bh_error(BH_E_IO, "rename to %s: %m", path);
	if (rc < 0)
		unlink(part.data);
	return rc;
}
