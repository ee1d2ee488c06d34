/* place.c: which tenant an act concerns, and with what rank. */
#include <string.h>

#include "auth/auth.h"
#include "auth/roles.h"
#include "auth/store_tenant.h"
#include "base/text.h"
#include "service/request.h"

int
auth_place(struct bh_request *req, struct auth_place *out)
{
	struct auth_place place = {
		.db = *req->db,
		.tenant = req->tenant,
		.rank = (int)auth_role_rank(req->claims.role),
		.gives = strcmp(req->claims.client, "api_key") == 0 ? req->claims.scope : NULL,
	};
	struct auth_tenant tenant = {0};
	int rc;

	if (!bh_text_starts(req->route->path, "/api/tenants/{tenant}")) {
		*out = place;
		return 0;
	}
	/* The scope in the route's row says that this is the platform's staff. */
	rc = bh_request_uuid(req, "tenant", &place.tenant);
	if (rc == 0)
		rc = auth_store_tenant_get(req->db, &place.tenant, &tenant);
	if (rc < 0)
		return rc;
	place.platform = true;
	place.db = bh_db_as(req->db, &place.tenant);
	bh_audit_text(req, "target_tenant_id", bh_request_param(req, "tenant"));
	*out = place;
	return 0;
}

bool
auth_place_may_give(const struct auth_place *place, const char *role)
{
	return place->gives == NULL || auth_scopes_within(auth_role_scopes(role), place->gives);
}
