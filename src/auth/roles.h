/* SPDX-License-Identifier: Apache-2.0 */
/* roles.h: the five roles, what each may do, and how they compare. */
#ifndef BH_AUTH_ROLES_H
#define BH_AUTH_ROLES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/uuid.h"

#define AUTH_SCOPE_BYTES 512 /* as in struct bh_claims */

enum auth_rank {
	AUTH_RANK_NONE = 0,
	AUTH_RANK_VIEWER,
	AUTH_RANK_MEMBER,
	AUTH_RANK_ADMIN,
	AUTH_RANK_OWNER,
	AUTH_RANK_SUPERUSER
};

/* AUTH_RANK_NONE for a name that is no role. */
enum auth_rank auth_role_rank(const char *role);

/* A role's scopes, divided by blanks; "" for no role. Static. */
const char *auth_role_scopes(const char *role);

/* The most that any credential of a tenant can do: only those of the platform's reach other tenants.
 * Static. */
const char *auth_scopes_most(const struct bh_uuid *tenant);

/* The scopes of an API key that was created without any: access to data as a member has it. Static. */
const char *auth_key_scopes_preset(void);

/* The lowest role that has all of these scopes, as which a key without an owner acts. Static; NULL when
 * none has. */
const char *auth_role_for(const char *scopes);

/* The words of `wanted` that `allowed` has too, in the arena. */
const char *auth_scopes_both(struct bh_arena *arena, const char *wanted, const char *allowed);

/* True when `allowed` has every word of `wanted`. */
bool auth_scopes_within(const char *wanted, const char *allowed);

/* Whether somebody of rank `actor` may move a member from one role to another: neither to a role above
 * the actor's own, nor if the member's role is above it. `to` NONE: touch the member at all. */
bool auth_role_may_change(int actor, enum auth_rank from, enum auth_rank to);

#endif
