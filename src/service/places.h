/* SPDX-License-Identifier: Apache-2.0 */
/* places.h: where each process of the platform is reached and where it listens: [peer], [listen] and [service].
 *
 * By default all is on one machine, over Unix sockets in the run folder, whose files say who gets through. Over TCP
 * nobody can be seen, so there the following holds:
 *
 *   - A service answers nobody but members of the platform. A member's request carries the secret `wire`
 *     (service/secrets.h), which all of them share, in the header BH_WIRE_HEADER; it is compared in constant
 *     time before anything else is looked at. Whoever lacks it gets 401, whatever the path; only the two probes
 *     GET /livez and GET /readyz are answered, with what is not ready and no more. The gateway removes the header
 *     from what its clients send, and adds its own.
 *   - The secret lets in, and gives no right: each route asks for its token as it does everywhere, and
 *     /internal/token for the caller's own secret.
 *   - Without TLS the secret and all tokens can be read on the way: http is for a machine's loopback or a network
 *     that carries nobody else. By TLS a server is verified by `peer.ca_file` and the host name of its address. */
#ifndef BH_SERVICE_PLACES_H
#define BH_SERVICE_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "service/services.h"

struct bh_http_header;
struct bh_secret;

/* Where a process listens by default, by run_dir and its name: in a folder that nobody else may write, so that
 * nobody can listen there in its place. */
#define BH_SOCKET "%s/%s/http.sock"

#define BH_WIRE_HEADER "x-bulkhead-wire"
#define BH_PLACES_GATEWAY "gateway"

/* Settings; "" stands for the Unix socket. Beside the list of services, the gateway last. */
struct bh_places {
	const char *peers[BH_SERVICES_MAX + 1];
	const char *listens[BH_SERVICES_MAX + 1]; /* the gateway's: its private one */
	const char *ca_file, *cert_file, *key_file;
	int64_t drain_s;
};

#define BH_PLACES_SECTIONS 3u

/* The sections of the settings with a row for each service. Rows live in the arena. */
void bh_places_sections(struct bh_arena *arena, const struct bh_service *const *services,
	struct bh_places *places, struct bh_section out[BH_PLACES_SECTIONS]);

/* Everything that is set can be read, and what TLS needs is set as well. BH_E_CONFIG names the setting. */
BH_MUST_CHECK int bh_places_check(const struct bh_places *places,
	const struct bh_service *const *services);

/* Where NAME (a service, "gateway", or an engine, which is always local) is reached: addresses divided by blanks. In
 * the arena. */
const char *bh_places_peer(struct bh_arena *arena, const struct bh_places *places,
	const struct bh_service *const *services, const char *run_dir, const char *name);

/* Where it listens. In the arena. */
const char *bh_places_listen(struct bh_arena *arena, const struct bh_places *places,
	const struct bh_service *const *services, const char *run_dir, const char *name);

/* Whether an address or a list of them goes over TCP. */
bool bh_places_is_remote(const char *url);

/* Whether anything is set: then the processes are not one machine's. */
bool bh_places_any(const struct bh_places *places, const struct bh_service *const *services);

#endif
