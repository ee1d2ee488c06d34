/* SPDX-License-Identifier: Apache-2.0 */
/* roles.h: what each role may do, and how they compare. */
#ifndef BH_AUTH_ROLES_H
#define BH_AUTH_ROLES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "sec/token.h"
#include "service/roles.h"

struct bh_service;

/* What each role may do, by the services' rows. */
struct auth_roles {
	char scopes[BH_ROLE_SUPERUSER + 1][BH_SCOPE_BYTES]; /* divided by blanks; "" for no role */
	char preset[BH_SCOPE_BYTES]; /* of an API key that is created without any: access to data */
};

void auth_roles_init(const struct bh_service *const *services, struct auth_roles *out);

/* A role's scopes by its name; "" for no role. Borrowed. */
const char *auth_role_scopes(const struct auth_roles *roles, const char *role);

/* The most that any credential of a tenant can do: only those of the platform's reach other tenants. */
const char *auth_scopes_most(const struct auth_roles *roles, const struct bh_uuid *tenant);

/* The lowest role that has all of these scopes, as which a key without an owner acts. Static; NULL when
 * none has. */
const char *auth_role_for(const struct auth_roles *roles, const char *scopes);

/* The words of `wanted` that `allowed` has too, in the arena. */
const char *auth_scopes_both(struct bh_arena *arena, const char *wanted, const char *allowed);

/* True when `allowed` has every word of `wanted`. */
bool auth_scopes_within(const char *wanted, const char *allowed);

/* Whether somebody of rank `actor` may move a member from one role to another: neither to a role above
 * the actor's own, nor if the member's role is above it. `to` NONE: touch the member at all. */
bool auth_role_may_change(int actor, enum bh_role from, enum bh_role to);

#endif
