/* SPDX-License-Identifier: Apache-2.0 */
/* client_url.c: opening and closing a client; reads the three forms of a peer's URL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "http/client.h"
#include "http/peer.h"

static char *
copy(const char *text, size_t len)
{
	char *out = strndup(text, len);

	BH_ASSERT(out != NULL);
	return out;
}

static int
parse_unix(struct bh_http_client *client, const char *path)
{
	if (path[0] != '/')
		return bh_error(BH_E_INVALID, "the URL of a Unix socket must be unix:/path");
	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return bh_error(BH_E_INVALID, "the path of the Unix socket is longer than 107 bytes");
	client->socket_path = copy(path, strlen(path));
	client->authority = copy("localhost", 9);
	client->base = copy("", 0);
	return 0;
}

static bool
is_host_char(char c, bool address)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
		c == '-' || c == '_' || (address && c == ':');
}

/* "host", "host:port" or "[address]:port". */
static int
parse_authority(struct bh_http_client *client, const char *text, size_t len)
{
	bool bracket = len > 0 && text[0] == '[';
	const char *host = text + bracket;
	const char *end = text + len;
	const char *at = host;
	int64_t port = client->tls ? 443 : 80;
	char number[8];

	while (at < end && is_host_char(*at, bracket))
		at++;
	if (at == host)
		return bh_error(BH_E_INVALID, "the URL has no host");
	client->host = copy(host, (size_t)(at - host));
	if (bracket && (at == end || *at++ != ']'))
		return bh_error(BH_E_INVALID, "the URL's IPv6 address has no closing bracket");
	if (at < end && *at == ':') {
		snprintf(number, sizeof(number), "%.*s", (int)(end - at - 1), at + 1);
		if (end - at - 1 > 5 || number[0] == '-' || bh_text_int(number, 1, 65535, &port) < 0)
			return bh_error(BH_E_INVALID, "the URL's port must be between 1 and 65535");
		at = end;
	}
	if (at != end)
		return bh_error(BH_E_INVALID, "the URL's host is malformed");
	snprintf(number, sizeof(number), "%d", (int)port);
	client->port = copy(number, strlen(number));
	client->authority = copy(text, len);
	return 0;
}

static int
parse_web(struct bh_http_client *client, const char *rest)
{
	size_t host_len = strcspn(rest, "/?#");
	const char *base = rest + host_len;
	size_t base_len = strlen(base);

	for (const char *at = base; *at != '\0'; at++) {
		if (*at <= ' ' || *at == 0x7f || *at == '?' || *at == '#')
			return bh_error(BH_E_INVALID, "the URL must not have a query, a fragment or spaces");
	}
	while (base_len > 0 && base[base_len - 1] == '/')
		base_len--;
	client->base = copy(base, base_len);
	return parse_authority(client, rest, host_len);
}

static int
parse_url(struct bh_http_client *client, const char *url)
{
	if (bh_text_starts(url, "unix:"))
		return parse_unix(client, url + 5);
	if (bh_text_starts(url, "http://"))
		return parse_web(client, url + 7);
	if (bh_text_starts(url, "https://")) {
		client->tls = true;
		return parse_web(client, url + 8);
	}
	return bh_error(BH_E_INVALID, "the URL must have the form unix:/path, http://… or https://…");
}

int
bh_http_client_open(const struct bh_http_client_conf *conf, struct bh_http_client **out)
{
	struct bh_http_client *client = calloc(1, sizeof(*client));
	int rc;

	BH_ASSERT(client != NULL);
	pthread_mutex_init(&client->lock, NULL);
	atomic_store(&client->holders, 1);
	client->idle_max = conf->idle_max;
	client->connect_ms = conf->connect_ms;
	client->public_only = conf->public_only;
	if (conf->ca_file != NULL)
		client->ca_file = copy(conf->ca_file, strlen(conf->ca_file));
	rc = parse_url(client, conf->url);
	if (rc < 0) {
		bh_http_client_close(client);
		return rc;
	}
	*out = client;
	return 0;
}

struct bh_http_client *
bh_http_client_hold(struct bh_http_client *client)
{
	atomic_fetch_add(&client->holders, 1);
	return client;
}

void
bh_http_client_close(struct bh_http_client *client)
{
	if (client == NULL || atomic_fetch_sub(&client->holders, 1) > 1)
		return;
	bh_peer_idle_close(client);
	bh_tls_idle_close(client);
	pthread_mutex_destroy(&client->lock);
	free(client->socket_path);
	free(client->host);
	free(client->port);
	free(client->authority);
	free(client->base);
	free(client->ca_file);
	free(client);
}
