/* SPDX-License-Identifier: Apache-2.0 */
/* place.c: which tenant an act concerns, and with what rank. */
#include <string.h>

#include "auth/auth.h"
#include "auth/key.h"
#include "base/error.h"
#include "service/request.h"

/* A key acts within its scopes and within its bounds; those of the keys above it are its own. */
BH_MUST_CHECK static int
key_read(struct bh_request *req, struct auth_place *place)
{
	struct auth_key_bounds *bounds = bh_arena_alloc(req->arena, sizeof(*bounds));
	int rc = auth_key_bounds(AUTH_DB(auth_in_tenant(req->db, &req->claims.tenant)),
		&req->claims.tenant, &req->claims.session, bounds);

	if (rc < 0)
		return rc == BH_E_NOT_FOUND ? BH_E_UNAUTHENTICATED : rc;
	place->gives = req->claims.scope;
	place->bounds = bounds;
	return 0;
}

int
auth_place(struct bh_request *req, struct auth_place *out)
{
	struct auth_place place = {
		.db = *req->target_db,
		.tenant = req->target,
		.roles = &((const struct auth *)req->service)->roles,
		.rank = (int)bh_role_find(req->claims.role),
	};
	int rc = strcmp(req->claims.client, "api_key") == 0 ? key_read(req, &place) : 0;

	if (rc == 0)
		*out = place;
	return rc;
}

int
auth_place_give_check(const struct auth_place *place, const char *role)
{
	if (place->gives == NULL)
		return 0;
	if (!auth_scopes_within(auth_role_scopes(place->roles, role), place->gives))
		return bh_error(BH_E_FORBIDDEN, "An API key cannot grant scopes that it does not have.");
	if (place->bounds != NULL && auth_key_is_bound(place->bounds))
		return bh_error(BH_E_FORBIDDEN,
			"An API key that has limits or expires cannot grant a role or set a password.");
	return 0;
}
