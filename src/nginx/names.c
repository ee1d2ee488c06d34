/* SPDX-License-Identifier: Apache-2.0 */
/* names.c: host names of services, looked up again and again. */
#include "nginx/names.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "service/places.h"

enum {
	HOST_BYTES = 256,
	ANSWER_BYTES = 16384,
	EVERY_MS = 5000, /* where nobody says how long an answer holds */
	LEAST_MS = 1000,
	MOST_MS = 30000,
	PORT = 53,
	WITHIN_S = 2,
	TRIES = 2
};

struct address {
	char text[BH_NGINX_ADDRESS_BYTES];
	int64_t missing_ms; /* since when answers lack it; 0: they have it */
};

struct name {
	char host[HOST_BYTES];
	struct address list[BH_NGINX_ADDRESSES_MOST];
	size_t n;
	int64_t next_ms;
};

struct bh_nginx_names {
	struct name list[BH_NGINX_NAMES_MOST];
	size_t n;
	bool has_server;
	struct sockaddr_in server;
};

/* What was just looked up. */
struct found {
	char list[BH_NGINX_ADDRESSES_MOST][BH_NGINX_ADDRESS_BYTES];
	size_t n;
	int64_t hold_ms;
};

/* ---- opening ---- */

static int
read_server(const char *text, struct sockaddr_in *out)
{
	char address[64];
	char *colon;
	int64_t port = PORT;
	bool is_good = strlen(text) < sizeof(address);

	if (is_good) {
		snprintf(address, sizeof(address), "%s", text);
		colon = strchr(address, ':');
		if (colon != NULL)
			*colon++ = '\0';
		is_good = colon == NULL || bh_text_int(colon, 1, 65535, &port) == 0;
	}
	*out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	if (!is_good || inet_pton(AF_INET, address, &out->sin_addr) != 1)
		return bh_error(BH_E_CONFIG,
			"gateway.resolver must be an IPv4 address, with or without a port, such as "
			"10.0.0.2:53");
	return 0;
}

int
bh_nginx_names_check(const char *resolver)
{
	struct sockaddr_in server;

	return resolver == NULL || resolver[0] == '\0' ? 0 : read_server(resolver, &server);
}

bool
bh_nginx_names_is_name(const struct bh_endpoint_part *host)
{
	struct in6_addr address;
	char text[BH_NGINX_ADDRESS_BYTES];

	if (host->len == 0 || host->len >= sizeof(text))
		return host->len > 0;
	memcpy(text, host->text, host->len);
	text[host->len] = '\0';
	return inet_pton(AF_INET, text, &address) != 1 && inet_pton(AF_INET6, text, &address) != 1;
}

static struct name *
find(const struct bh_nginx_names *names, const char *host, size_t len)
{
	for (size_t i = 0; i < names->n; i++) {
		if (strlen(names->list[i].host) == len && memcmp(names->list[i].host, host, len) == 0)
			return (struct name *)(uintptr_t)&names->list[i];
	}
	return NULL;
}

static int
add(struct bh_nginx_names *names, const struct bh_endpoint_part *host)
{
	if (!bh_nginx_names_is_name(host) || find(names, host->text, host->len) != NULL)
		return 0;
	if (host->len >= HOST_BYTES || names->n == BH_NGINX_NAMES_MOST)
		return bh_error(BH_E_CONFIG, "gateway: the services have too many names, or too long ones");
	memcpy(names->list[names->n].host, host->text, host->len);
	names->n++;
	return 0;
}

static int
collect(struct bh_nginx_names *names, const struct bh_places *places, const char *run_dir,
	const struct bh_service *const *services)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	int rc = 0;

	for (size_t at = 0; rc == 0 && services[at] != NULL && places != NULL; at++) {
		struct bh_endpoint list[BH_ENDPOINTS_MOST];
		size_t n = 0;

		rc = bh_endpoints_read(bh_places_peer(&arena, places, services, run_dir,
								   services[at]->name),
			list, &n);
		for (size_t i = 0; rc == 0 && i < n; i++)
			rc = bh_endpoint_is_local(&list[i]) ? 0 : add(names, &list[i].host);
	}
	return rc;
}

int
bh_nginx_names_open(const struct bh_places *places, const char *run_dir,
	const struct bh_service *const *services, const char *resolver, struct bh_nginx_names **out)
{
	struct bh_nginx_names *names = calloc(1, sizeof(*names));
	int rc = names != NULL ? 0 : BH_E_MEMORY;

	if (rc == 0 && resolver != NULL && resolver[0] != '\0') {
		names->has_server = true;
		rc = read_server(resolver, &names->server);
	}
	if (rc == 0)
		rc = collect(names, places, run_dir, services);
	if (rc < 0 || names->n == 0) {
		free(names);
		names = NULL;
	}
	if (rc == 0)
		*out = names;
	return rc;
}

void
bh_nginx_names_close(struct bh_nginx_names *names)
{
	free(names);
}

int
bh_nginx_names_copy(const struct bh_nginx_names *names, struct bh_nginx_names **out)
{
	struct bh_nginx_names *copy = malloc(sizeof(*copy));

	if (copy == NULL)
		return BH_E_MEMORY;
	*copy = *names;
	*out = copy;
	return 0;
}

/* ---- looking up ---- */

static void
keep(struct found *found, int family, const void *bytes)
{
	if (found->n < BH_NGINX_ADDRESSES_MOST &&
		inet_ntop(family, bytes, found->list[found->n], BH_NGINX_ADDRESS_BYTES) != NULL)
		found->n++;
}

static bool
look_by_system(const char *host, struct found *out)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;

	out->hold_ms = EVERY_MS;
	if (getaddrinfo(host, NULL, &hints, &list) != 0)
		return false;
	for (const struct addrinfo *at = list; at != NULL; at = at->ai_next) {
		if (at->ai_family == AF_INET)
			keep(out, AF_INET, &((const struct sockaddr_in *)(const void *)at->ai_addr)->sin_addr);
		else if (at->ai_family == AF_INET6)
			keep(out, AF_INET6,
				&((const struct sockaddr_in6 *)(const void *)at->ai_addr)->sin6_addr);
	}
	freeaddrinfo(list);
	return out->n > 0;
}

/* The library checks the answer's bounds; what is cut off is not an answer. */
static void
read_answer(const unsigned char *bytes, int len, struct found *out)
{
	ns_msg message;
	ns_rr record;

	if (len <= 0 || len > ANSWER_BYTES || ns_initparse(bytes, len, &message) < 0)
		return;
	for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
		int64_t hold_ms;

		if (ns_parserr(&message, ns_s_an, i, &record) < 0)
			return;
		hold_ms = (int64_t)ns_rr_ttl(record) * 1000;
		out->hold_ms = hold_ms < out->hold_ms ? hold_ms : out->hold_ms;
		if (ns_rr_type(record) == ns_t_a && ns_rr_rdlen(record) == 4)
			keep(out, AF_INET, ns_rr_rdata(record));
		else if (ns_rr_type(record) == ns_t_aaaa && ns_rr_rdlen(record) == 16)
			keep(out, AF_INET6, ns_rr_rdata(record));
	}
}

static bool
look_by_server(const struct sockaddr_in *server, const char *host, struct found *out)
{
	static const int types[] = {ns_t_a, ns_t_aaaa};
	static _Thread_local unsigned char answer[ANSWER_BYTES];
	struct __res_state state = {0};

	out->hold_ms = MOST_MS;
	if (res_ninit(&state) < 0)
		return false;
	state.nscount = 1;
	state.nsaddr_list[0] = *server;
	state.retrans = WITHIN_S;
	state.retry = TRIES;
	for (size_t i = 0; i < BH_COUNT(types); i++)
		read_answer(answer, res_nsearch(&state, host, ns_c_in, types[i], answer, sizeof(answer)),
			out);
	res_nclose(&state);
	if (out->hold_ms < LEAST_MS)
		out->hold_ms = LEAST_MS;
	return out->n > 0;
}

static bool
is_found(const struct address *address, const char (*list)[BH_NGINX_ADDRESS_BYTES], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(address->text, list[i]) == 0)
			return true;
	}
	return false;
}

static bool
is_known(const struct name *name, const char *text)
{
	for (size_t i = 0; i < name->n; i++) {
		if (strcmp(name->list[i].text, text) == 0)
			return true;
	}
	return false;
}

/* Returns whether one has gone. */
static bool
forget_missing(struct name *name, const char (*list)[BH_NGINX_ADDRESS_BYTES], size_t n,
	int64_t now_ms)
{
	size_t kept = 0, before = name->n;

	for (size_t i = 0; i < before; i++) {
		struct address address = name->list[i];

		if (is_found(&address, list, n))
			address.missing_ms = 0;
		else if (address.missing_ms == 0)
			address.missing_ms = now_ms > 0 ? now_ms : 1;
		else if (now_ms - address.missing_ms >= BH_NGINX_NAMES_GONE_MS)
			continue;
		name->list[kept++] = address;
	}
	name->n = kept;
	return kept < before;
}

bool
bh_nginx_names_tell(struct bh_nginx_names *names, const char *host,
	const char (*addresses)[BH_NGINX_ADDRESS_BYTES], size_t n, int64_t now_ms)
{
	struct name *name = find(names, host, strlen(host));
	bool has_changed;

	if (name == NULL || n == 0)
		return false;
	has_changed = forget_missing(name, addresses, n, now_ms);
	for (size_t i = 0; i < n && name->n < BH_NGINX_ADDRESSES_MOST; i++) {
		if (is_known(name, addresses[i]))
			continue;
		name->list[name->n] = (struct address){0};
		memcpy(name->list[name->n++].text, addresses[i], BH_NGINX_ADDRESS_BYTES);
		has_changed = true;
	}
	return has_changed;
}

bool
bh_nginx_names_look(struct bh_nginx_names *names, int64_t now_ms)
{
	bool has_changed = false;

	for (size_t i = 0; i < names->n; i++) {
		struct name *name = &names->list[i];
		struct found found = {0};
		bool is_there;

		if (name->next_ms > now_ms)
			continue;
		is_there = names->has_server ? look_by_server(&names->server, name->host, &found)
									 : look_by_system(name->host, &found);
		/* One that is not known at all is asked for soon: it is about to start. */
		name->next_ms = now_ms + (is_there || name->n > 0 ? found.hold_ms : LEAST_MS);
		if (is_there && bh_nginx_names_tell(names, name->host, found.list, found.n, now_ms))
			has_changed = true;
	}
	return has_changed;
}

int64_t
bh_nginx_names_next_ms(const struct bh_nginx_names *names)
{
	int64_t least = INT64_MAX;

	for (size_t i = 0; i < names->n; i++)
		least = names->list[i].next_ms < least ? names->list[i].next_ms : least;
	return least;
}

size_t
bh_nginx_names_find(const struct bh_nginx_names *names, const struct bh_endpoint_part *host,
	const char *out[BH_NGINX_ADDRESSES_MOST])
{
	const struct name *name = find(names, host->text, host->len);
	size_t n = name != NULL ? name->n : 0;

	for (size_t i = 0; i < n; i++)
		out[i] = name->list[i].text;
	return n;
}
