/* SPDX-License-Identifier: Apache-2.0 */
/* places.c: the settings that say where processes are reached and listen. */
#include "service/places.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "http/endpoint.h"

static const struct bh_setting own_rows[] = {
	BH_INT("drain_s", "8", 8, 600, struct bh_places, drain_s,
		"How long a service that stops waits for the requests that it still answers, in seconds. "
		"Under `bulkhead up` at most 8."),
};

static const struct bh_setting peer_last[] = {
	BH_TEXT("ca_file", "", struct bh_places, ca_file,
		"Certificates (PEM) that https addresses of services must be signed by; no others are "
		"trusted."),
};

static const struct bh_setting listen_last[] = {
	BH_TEXT("cert_file", "", struct bh_places, cert_file,
		"Certificate of this process (PEM, with its chain) for https addresses; read again when it "
		"changes."),
	BH_TEXT("key_file", "", struct bh_places, key_file,
		"Its private key (PEM), which must not be readable by all users."),
};

static const char *
name_of(const struct bh_service *const *services, size_t index)
{
	return index < bh_services_count(services) ? services[index]->name : BH_PLACES_GATEWAY;
}

static struct bh_setting
row(const char *name, size_t offset, const char *help)
{
	return (struct bh_setting){name, BH_SETTING_TEXT, "", 0, 0, offset, help};
}

void
bh_places_sections(struct bh_arena *arena, const struct bh_service *const *services,
	struct bh_places *places, struct bh_section out[BH_PLACES_SECTIONS])
{
	size_t n = bh_services_count(services) + 1;
	struct bh_setting *peers = bh_arena_array(arena, n + 1, sizeof(*peers));
	struct bh_setting *listens = bh_arena_array(arena, n + 2, sizeof(*listens));

	BH_ASSERT(n <= BH_SERVICES_MAX + 1);
	for (size_t i = 0; i < n; i++) {
		const char *name = name_of(services, i);
		bool gateway = i == n - 1;

		peers[i] = row(name, offsetof(struct bh_places, peers) + i * sizeof(char *),
			gateway ? "Private addresses of the gateway, separated by blanks: each is told when a "
					  "credential no longer holds. Empty: its Unix socket."
					: "Addresses of this service, separated by blanks: unix:/path, "
					  "http://host:port or https://host:port. Empty: its Unix socket.");
		listens[i] = row(gateway ? "gateway_private" : name,
			offsetof(struct bh_places, listens) + i * sizeof(char *),
			gateway ? "Where the gateway listens for other processes, as unix:/path, "
					  "http://host:port or https://host:port. Empty: its Unix socket."
					: "Where this service listens, as unix:/path, http://host:port or "
					  "https://host:port. Empty: its Unix socket.");
	}
	peers[n] = peer_last[0];
	listens[n] = listen_last[0];
	listens[n + 1] = listen_last[1];
	out[0] = (struct bh_section){"peer", peers, n + 1, places};
	out[1] = (struct bh_section){"listen", listens, n + 2, places};
	out[2] = (struct bh_section){"service", BH_LIST(own_rows), places};
}

static int
check_peer(const struct bh_places *places, const char *name, const char *text)
{
	struct bh_endpoint list[BH_ENDPOINTS_MOST];
	size_t n = 0;
	int rc;

	if (text[0] == '\0')
		return 0;
	rc = bh_endpoints_read(text, list, &n);
	if (rc < 0)
		return bh_error(BH_E_CONFIG, "peer.%s: %s", name, bh_error_detail(rc));
	for (size_t i = 0; i < n; i++) {
		if (list[i].base.len > 0)
			return bh_error(BH_E_CONFIG, "peer.%s: an address of a service has no path", name);
	}
	if (list[0].kind == BH_ENDPOINT_HTTPS && places->ca_file[0] == '\0')
		return bh_error(BH_E_CONFIG, "peer.%s is https, which needs peer.ca_file", name);
	return 0;
}

/* Certificate and key are each process's own: whether they are there is seen where they are used. */
static int
check_listen(const char *name, const char *text)
{
	struct bh_endpoint at;
	int rc;

	if (text[0] == '\0')
		return 0;
	rc = bh_endpoint_read(text, strlen(text), &at);
	if (rc < 0)
		return bh_error(BH_E_CONFIG, "listen.%s: %s", name, bh_error_detail(rc));
	if (at.base.len > 0)
		return bh_error(BH_E_CONFIG, "listen.%s: an address to listen on has no path", name);
	return 0;
}

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

int
bh_places_check(const struct bh_places *places, const struct bh_service *const *services)
{
	size_t n = bh_services_count(services) + 1;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		const char *name = name_of(services, i);

		rc = check_peer(places, name, or_empty(places->peers[i]));
		if (rc == 0)
			rc = check_listen(i == n - 1 ? "gateway_private" : name, or_empty(places->listens[i]));
	}
	return rc;
}

/* Its setting; "" where there is none. */
static const char *
find(const char *const *values, const struct bh_service *const *services, const char *name)
{
	size_t n = bh_services_count(services) + 1;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(name_of(services, i), name) == 0)
			return or_empty(values[i]);
	}
	return "";
}

static const char *
or_socket(struct bh_arena *arena, const char *set, const char *run_dir, const char *name)
{
	return set[0] != '\0' ? bh_arena_strdup(arena, set)
						  : bh_arena_printf(arena, "unix:" BH_SOCKET, run_dir, name);
}

const char *
bh_places_peer(struct bh_arena *arena, const struct bh_places *places,
	const struct bh_service *const *services, const char *run_dir, const char *name)
{
	return or_socket(arena, find(places->peers, services, name), run_dir, name);
}

const char *
bh_places_listen(struct bh_arena *arena, const struct bh_places *places,
	const struct bh_service *const *services, const char *run_dir, const char *name)
{
	return or_socket(arena, find(places->listens, services, name), run_dir, name);
}

bool
bh_places_is_remote(const char *url)
{
	struct bh_endpoint list[BH_ENDPOINTS_MOST];
	size_t n = 0;

	if (bh_endpoints_read(url, list, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!bh_endpoint_is_local(&list[i]))
			return true;
	}
	return false;
}

bool
bh_places_any(const struct bh_places *places, const struct bh_service *const *services)
{
	size_t n = bh_services_count(services) + 1;

	for (size_t i = 0; i < n; i++) {
		if (or_empty(places->peers[i])[0] != '\0' || or_empty(places->listens[i])[0] != '\0')
			return true;
	}
	return false;
}
