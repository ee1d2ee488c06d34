/* SPDX-License-Identifier: Apache-2.0 */
/* client_url.c: opening and closing a client of one address or several. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "http/client.h"
#include "http/endpoint.h"
#include "http/peer.h"

/* Shorter than a process that leaves waits for those who are connected to it (service/running.h). */
#define KEPT_MS 4000

static char *
copy(const char *text, size_t len)
{
	char *out = strndup(text, len);

	BH_ASSERT(out != NULL);
	return out;
}

static void
place_unix(struct bh_http_client *client, const struct bh_endpoint *at)
{
	client->socket_path = copy(at->path.text, at->path.len);
	client->authority = copy("localhost", 9);
	client->base = copy("", 0);
}

static void
place_web(struct bh_http_client *client, const struct bh_endpoint *at)
{
	char number[8];

	client->tls = at->kind == BH_ENDPOINT_HTTPS;
	client->host = copy(at->host.text, at->host.len);
	client->authority = copy(at->authority.text, at->authority.len);
	client->base = copy(at->base.text, at->base.len);
	snprintf(number, sizeof(number), "%u", at->port);
	client->port = copy(number, strlen(number));
}

/* Whoever sends it over a Unix socket would tell nobody anything new. */
static void
take_header(struct bh_http_client *client, const struct bh_http_header *always)
{
	if (always == NULL || client->socket_path != NULL)
		return;
	client->always.name = copy(always->name, strlen(always->name));
	client->always.value = copy(always->value, strlen(always->value));
}

static struct bh_http_client *
open_one(const struct bh_http_client_conf *conf, const struct bh_endpoint *at)
{
	struct bh_http_client *client = calloc(1, sizeof(*client));

	BH_ASSERT(client != NULL);
	pthread_mutex_init(&client->lock, NULL);
	atomic_store(&client->holders, 1);
	client->idle_max = conf->idle_max;
	client->kept_ms = conf->several ? KEPT_MS : 0;
	client->connect_ms = conf->connect_ms;
	if (conf->pinned != NULL) {
		client->pinned = malloc(sizeof(*client->pinned));
		BH_ASSERT(client->pinned != NULL);
		*client->pinned = *conf->pinned;
	}
	if (conf->ca_file != NULL)
		client->ca_file = copy(conf->ca_file, strlen(conf->ca_file));
	if (bh_endpoint_is_local(at))
		place_unix(client, at);
	else
		place_web(client, at);
	take_header(client, conf->always);
	return client;
}

/* A client whose calls go to those of several addresses. */
static struct bh_http_client *
open_spread(const struct bh_http_client_conf *conf, const struct bh_endpoint *list, size_t n)
{
	struct bh_http_client *client = calloc(1, sizeof(*client));

	BH_ASSERT(client != NULL);
	client->members = calloc(n, sizeof(struct bh_http_client *));
	BH_ASSERT(client->members != NULL);
	pthread_mutex_init(&client->lock, NULL);
	atomic_store(&client->holders, 1);
	for (size_t i = 0; i < n; i++)
		client->members[client->n_members++] = open_one(conf, &list[i]);
	return client;
}

int
bh_http_client_open(const struct bh_http_client_conf *conf, struct bh_http_client **out)
{
	struct bh_endpoint list[BH_ENDPOINTS_MOST];
	size_t n = 1;
	int rc = conf->several ? bh_endpoints_read(conf->url, list, &n)
						   : bh_endpoint_read(conf->url, strlen(conf->url), &list[0]);

	if (rc < 0)
		return rc;
	*out = n == 1 ? open_one(conf, &list[0]) : open_spread(conf, list, n);
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
	for (size_t i = 0; i < client->n_members; i++)
		bh_http_client_close(client->members[i]);
	free(client->members);
	bh_peer_idle_close(client);
	bh_tls_idle_close(client);
	pthread_mutex_destroy(&client->lock);
	free(client->socket_path);
	free(client->host);
	free(client->port);
	free(client->authority);
	free(client->base);
	free(client->ca_file);
	free(client->pinned);
	free(client->always.name);
	if (client->always.value != NULL)
		explicit_bzero(client->always.value, strlen(client->always.value));
	free(client->always.value);
	free(client);
}
