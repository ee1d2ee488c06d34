/* SPDX-License-Identifier: Apache-2.0 */
/* clients.c: a list, the client used last in front. */
#include "model/clients.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "http/client.h"

enum {
	CONNECT_MS = 3000,
	UNUSED_MS = 300000,
	IDLE_PLATFORM = 64, /* connections kept */
	IDLE_TENANT = 8
};

struct client {
	struct client *next;
	struct bh_uuid owner;
	char *url; /* owned */
	char *key; /* owned: sealed, as it lies in the row */
	size_t key_len;
	struct bh_http_client *client; /* held */
	int64_t used_ms;
	size_t places; /* 0: the engine was not asked yet */
	int64_t places_ms;
	struct model_pace pace; /* asked_ms 0: not yet */
	bool no_running;        /* it refuses to tell the usage while it writes */
	struct model_told told;
};

struct model_clients {
	pthread_mutex_t lock;
	struct client *first;
	size_t n;
};

int
model_clients_open(struct model_clients **out)
{
	struct model_clients *clients = calloc(1, sizeof(*clients));

	if (clients == NULL)
		return BH_E_MEMORY;
	pthread_mutex_init(&clients->lock, NULL);
	*out = clients;
	return 0;
}

static void
client_free(struct client *client)
{
	free(client->key);
	free(client->url);
	free(client);
}

/* The link to a client that goes; the next one takes its place. */
static void
drop(struct model_clients *clients, struct client **link)
{
	struct client *client = *link;

	*link = client->next;
	bh_http_client_close(client->client);
	client_free(client);
	clients->n--;
}

void
model_clients_close(struct model_clients *clients)
{
	if (clients == NULL)
		return;
	while (clients->first != NULL)
		drop(clients, &clients->first);
	pthread_mutex_destroy(&clients->lock);
	free(clients);
}

/* Drops what nobody has used for long and, past their number, the last used of the owner and of all. */
static void
make_room(struct model_clients *clients, const struct bh_uuid *owner, int64_t now_ms)
{
	bool is_platform = bh_uuid_equal(owner, &bh_platform_tenant);
	struct client **link = &clients->first;
	size_t own = 0, kept = 0;

	while (*link != NULL) {
		bool is_own = bh_uuid_equal(&(*link)->owner, owner);

		if (now_ms - (*link)->used_ms > UNUSED_MS || kept + 1 >= MODEL_CLIENTS_MOST ||
			(is_own && !is_platform && own + 1 >= MODEL_CLIENTS_TENANT)) {
			drop(clients, link);
			continue;
		}
		own += is_own;
		kept++;
		link = &(*link)->next;
	}
}

/* The entry's client, in front from now on; NULL if there is none. */
static struct client *
find(struct model_clients *clients, const struct model_entry *entry)
{
	for (struct client **link = &clients->first; *link != NULL; link = &(*link)->next) {
		struct client *client = *link;

		if (!bh_uuid_equal(&client->owner, &entry->tenant) ||
			strcmp(client->url, entry->url) != 0 || client->key_len != entry->sealed_key.len ||
			(client->key_len > 0 &&
				memcmp(client->key, entry->sealed_key.data, client->key_len) != 0))
			continue;
		*link = client->next;
		client->next = clients->first;
		clients->first = client;
		return client;
	}
	return NULL;
}

static int
add(struct model_clients *clients, const struct model_entry *entry, int64_t now_ms,
	struct client **out)
{
	const struct bh_http_client_conf conf = {
		.url = entry->url,
		.idle_max = bh_uuid_equal(&entry->tenant, &bh_platform_tenant) ? IDLE_PLATFORM
																	   : IDLE_TENANT,
		.connect_ms = CONNECT_MS,
	};
	struct client *client = calloc(1, sizeof(*client));
	int rc;

	if (client == NULL)
		return BH_E_MEMORY;
	client->url = strdup(entry->url);
	client->key = malloc(entry->sealed_key.len + 1);
	rc = client->url == NULL || client->key == NULL ? BH_E_MEMORY
													: bh_http_client_open(&conf, &client->client);
	if (rc < 0) {
		client_free(client);
		return rc;
	}
	client->key_len = entry->sealed_key.len;
	if (client->key_len > 0)
		memcpy(client->key, entry->sealed_key.data, client->key_len);
	make_room(clients, &entry->tenant, now_ms);
	client->owner = entry->tenant;
	client->next = clients->first;
	clients->first = client;
	clients->n++;
	*out = client;
	return 0;
}

int
model_clients_get(struct model_clients *clients, const struct model_entry *entry, int64_t now_ms,
	struct bh_http_client **out)
{
	struct client *client;
	int rc = 0;

	pthread_mutex_lock(&clients->lock);
	client = find(clients, entry);
	if (client == NULL)
		rc = add(clients, entry, now_ms, &client);
	if (rc == 0) {
		client->used_ms = now_ms;
		*out = bh_http_client_hold(client->client);
	}
	pthread_mutex_unlock(&clients->lock);
	return rc;
}

bool
model_clients_places(struct model_clients *clients, const struct model_entry *entry, int64_t now_ms,
	int64_t age_ms, size_t *out)
{
	struct client *client;
	bool known;

	pthread_mutex_lock(&clients->lock);
	client = find(clients, entry);
	known = client != NULL && client->places > 0 && now_ms - client->places_ms <= age_ms;
	if (known)
		*out = client->places;
	pthread_mutex_unlock(&clients->lock);
	return known;
}

void
model_clients_places_set(struct model_clients *clients, const struct model_entry *entry,
	int64_t now_ms, size_t places)
{
	struct client *client;

	pthread_mutex_lock(&clients->lock);
	client = find(clients, entry);
	if (client != NULL) {
		client->places = places;
		client->places_ms = now_ms;
	}
	pthread_mutex_unlock(&clients->lock);
}

bool
model_clients_pace(struct model_clients *clients, const struct model_entry *entry,
	struct model_pace *out)
{
	struct client *client;
	bool known;

	pthread_mutex_lock(&clients->lock);
	client = find(clients, entry);
	known = client != NULL && client->pace.asked_ms > 0;
	if (known)
		*out = client->pace;
	pthread_mutex_unlock(&clients->lock);
	return known;
}

void
model_clients_pace_set(struct model_clients *clients, const struct model_entry *entry,
	const struct model_pace *pace)
{
	struct client *client;

	pthread_mutex_lock(&clients->lock);
	client = find(clients, entry);
	if (client != NULL)
		client->pace = *pace;
	pthread_mutex_unlock(&clients->lock);
}

bool
model_clients_may_tell_running(struct model_clients *clients, const struct model_entry *entry)
{
	struct client *client;
	bool may;

	pthread_mutex_lock(&clients->lock);
	client = find(clients, entry);
	may = client == NULL || !client->no_running;
	pthread_mutex_unlock(&clients->lock);
	return may;
}

void
model_clients_told_no_running(struct model_clients *clients, const struct model_entry *entry)
{
	struct client *client;

	pthread_mutex_lock(&clients->lock);
	client = find(clients, entry);
	if (client != NULL)
		client->no_running = true;
	pthread_mutex_unlock(&clients->lock);
}

/* Of a failure of the engine's, the words for it; NULL: it answered; "" where the end says nothing of it. */
static const char *
words_for(int rc, int status)
{
	switch (rc) {
	case 0:
		return status >= 500 || status == 401 || status == 403 || status == 429
			? "It refused the call."
			: NULL;
	case BH_E_CONNECT:
		return "It could not be reached.";
	case BH_E_UPSTREAM_TIMEOUT:
		return "It did not answer in time.";
	case BH_E_PROTOCOL:
		return "It broke off, or did not speak HTTP.";
	default:
		return "";
	}
}

void
model_clients_note(struct model_clients *clients, const struct model_entry *entry, int64_t wall_ms,
	int rc, int status)
{
	const char *words = words_for(rc, status);
	struct client *client;

	if (words != NULL && words[0] == '\0')
		return;
	pthread_mutex_lock(&clients->lock);
	client = find(clients, entry);
	if (client != NULL && words == NULL) {
		client->told.answered_ms = wall_ms;
	} else if (client != NULL) {
		client->told.failed_ms = wall_ms;
		if (rc == 0)
			snprintf(client->told.error, sizeof(client->told.error), "%s HTTP status %d.", words,
				status);
		else
			snprintf(client->told.error, sizeof(client->told.error), "%s", words);
	}
	pthread_mutex_unlock(&clients->lock);
}

bool
model_clients_told(struct model_clients *clients, const struct model_entry *entry,
	struct model_told *out)
{
	struct client *client;
	bool known;

	pthread_mutex_lock(&clients->lock);
	client = find(clients, entry);
	known = client != NULL && (client->told.answered_ms != 0 || client->told.failed_ms != 0);
	if (known)
		*out = client->told;
	pthread_mutex_unlock(&clients->lock);
	return known;
}

size_t
model_clients_count(struct model_clients *clients)
{
	size_t n;

	pthread_mutex_lock(&clients->lock);
	n = clients->n;
	pthread_mutex_unlock(&clients->lock);
	return n;
}
