/* SPDX-License-Identifier: Apache-2.0 */
/* services.h: the services of the platform as a list: found by name, checked as a whole, printed.
 *
 * The list ends with NULL and is borrowed everywhere: it is the one in main.c. */
#ifndef BH_SERVICE_SERVICES_H
#define BH_SERVICE_SERVICES_H

#include <stddef.h>

#include "base/buf.h"
#include "base/macros.h"
#include "service/service.h"

/* Arrays that hold something for each service are sized by it; bh_services_check refuses more. */
#define BH_SERVICES_MAX 24

size_t bh_services_count(const struct bh_service *const *services);

/* NULL if there is none. */
const struct bh_service *bh_services_find(const struct bh_service *const *services,
	const char *name);

/* The one that issues tokens; NULL if there is none. */
const struct bh_service *bh_services_issuer(const struct bh_service *const *services);

/* The call that the service `name` declares with this scope; NULL: it has no right to it. */
const struct bh_service_call *bh_services_call(const struct bh_service *const *services,
	const char *name, const char *scope);

/* What of a plan a scope belongs to; NULL: nothing. */
const char *bh_services_entitlement(const struct bh_service *const *services, const char *scope);

/* All names, divided by blanks: the audience of who may call them all. They fit once checked. */
void bh_services_names(const struct bh_service *const *services, char *out, size_t size);

/* The scopes of a role, divided by blanks, or those of them that are a key's preset. They fit into
 * BH_SCOPE_BYTES once checked. */
void bh_services_scopes(const struct bh_service *const *services, enum bh_role role, bool preset,
	char *out, size_t size);

/* Names are words of their own, routes ask for scopes that a row declares, calls lead to routes of services further up (so that a stop knows its
 * order), all of it fits. BH_E_CONFIG says what is wrong: with the table, not with a setting. */
BH_MUST_CHECK int bh_services_check(const struct bh_service *const *services);

/* {"data":[…]} with an object for each service: what migrations, tests and people read. */
void bh_services_write(const struct bh_service *const *services, struct bh_buf *out);

#endif
