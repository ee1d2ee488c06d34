/* SPDX-License-Identifier: Apache-2.0 */
/* names.h: what the host names of services stand for, as time goes by: nginx itself looks them up when it starts, once,
 * and takes all addresses of a name for one server.
 *
 * A new address counts at once. One that is missing from answers counts on for BH_NGINX_NAMES_GONE_MS, because a server
 * of names may tell a part of many each time, and because each change reloads nginx. What cannot be looked up stays as
 * it was. */
#ifndef BH_NGINX_NAMES_H
#define BH_NGINX_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "http/endpoint.h"
#include "service/services.h"

struct bh_places;
struct bh_nginx_names; /* used by one thread at a time */

enum {
	BH_NGINX_NAMES_MOST = 64,
	BH_NGINX_ADDRESSES_MOST = 32, /* of one name */
	BH_NGINX_ADDRESS_BYTES = 46,
	BH_NGINX_NAMES_GONE_MS = 30000
};

/* The names among the services' addresses. `resolver`: "ADDRESS[:PORT]" of a server of names, IPv4; NULL or "": the
 * system's way. *out is NULL when there are no names. BH_E_CONFIG. */
BH_MUST_CHECK int bh_nginx_names_open(const struct bh_places *places, const char *run_dir,
	const struct bh_service *const *services, const char *resolver, struct bh_nginx_names **out);
void bh_nginx_names_close(struct bh_nginx_names *names); /* safe on NULL */

/* No "ADDRESS[:PORT]". BH_E_CONFIG. */
BH_MUST_CHECK int bh_nginx_names_check(const char *resolver);

/* A copy to write a configuration from while the other is looked up. */
BH_MUST_CHECK int bh_nginx_names_copy(const struct bh_nginx_names *names,
	struct bh_nginx_names **out);

/* Looks up what is due. Returns whether anything changed. now_ms: steady clock. May take seconds. */
bool bh_nginx_names_look(struct bh_nginx_names *names, int64_t now_ms);
/* When something will be due. */
int64_t bh_nginx_names_next_ms(const struct bh_nginx_names *names);

/* What an answer does, as above. Returns whether anything changed. */
bool bh_nginx_names_tell(struct bh_nginx_names *names, const char *host,
	const char (*addresses)[BH_NGINX_ADDRESS_BYTES], size_t n, int64_t now_ms);

/* Whether it is a name rather than an address. */
bool bh_nginx_names_is_name(const struct bh_endpoint_part *host);
/* What a name stands for; borrowed, until the next look. */
size_t bh_nginx_names_find(const struct bh_nginx_names *names, const struct bh_endpoint_part *host,
	const char *out[BH_NGINX_ADDRESSES_MOST]);

#endif
