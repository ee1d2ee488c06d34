/* SPDX-License-Identifier: Apache-2.0 */
/* guard.c: who asks, and may they: the one place where a credential meets a route's policy. */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "sec/token.h"
#include "service/entitle.h"
#include "service/running.h"
#include "service/serving.h"

/* The token behind "Bearer ", or NULL. */
static const char *
bearer(const struct bh_http_exchange *exchange)
{
	const char *value = bh_http_header(exchange, "authorization");

	if (value == NULL || strncasecmp(value, "bearer ", 7) != 0)
		return NULL;
	value += 7;
	while (*value == ' ')
		value++;
	return *value != '\0' ? value : NULL;
}

static int
check_token(struct bh_request *req)
{
	struct bh_runtime *runtime = req->runtime;
	size_t len = strlen(req->token);
	bool unknown_kid = false;
	int rc;

	rc = bh_token_check(runtime->checker, req->token, len, bh_clock_wall_ms() / 1000,
		bh_clock_steady_ms(), &req->claims, &unknown_kid);
	/* A key that was taken into use a moment ago: ask once, then judge again. */
	if (rc == BH_E_UNAUTHENTICATED && unknown_kid && bh_keys_refresh(runtime))
		rc = bh_token_check(runtime->checker, req->token, len, bh_clock_wall_ms() / 1000,
			bh_clock_steady_ms(), &req->claims, &unknown_kid);
	return rc;
}

/* What is there can be read and removed whatever the plan has become. */
BH_MUST_CHECK static int
check_plan(const struct bh_request *req)
{
	const char *entitlement = bh_services_entitlement(req->runtime->services, req->route->scope);

	if (entitlement == NULL || strcmp(req->route->method, "GET") == 0 ||
		strcmp(req->route->method, "DELETE") == 0)
		return 0;
	return bh_entitle_check(&req->claims, entitlement);
}

bool
bh_route_is_elevated(const struct bh_route *route)
{
	return (route->flags & BH_ROUTE_ELEVATED) != 0 ||
		((route->flags & BH_ROUTE_OPERATOR) != 0 && strcmp(route->method, "GET") != 0);
}

/* What the row asks of a person behind the console besides a scope. */
BH_MUST_CHECK static int
check_person(const struct bh_request *req)
{
	const struct bh_claims *claims = &req->claims;
	unsigned flags = req->route->flags;
	bool elevated = bh_route_is_elevated(req->route) ||
		((flags & BH_ROUTE_STAFF_ELEVATED) != 0 &&
			bh_uuid_equal(&claims->tenant, &bh_platform_tenant));

	if ((flags & BH_ROUTE_PERSONAL) != 0 && !bh_uuid_is_zero(&claims->impersonator))
		return bh_error(BH_E_IMPERSONATED, "This cannot be done during an impersonation.");
	if (elevated && strcmp(claims->client, BH_CLIENT_CONSOLE) == 0 &&
		claims->elevated_s <= bh_clock_wall_ms() / 1000)
		return bh_error(BH_E_ELEVATION, "Prove who you are once more before you do this.");
	return 0;
}

int
bh_guard_check(struct bh_request *req)
{
	const char *token = bearer(req->http);
	int rc;

	req->token = token != NULL ? token : "";
	if (strcmp(req->route->scope, "none") == 0)
		return 0;
	if (token == NULL)
		return bh_error(BH_E_UNAUTHENTICATED,
			"No credential was sent; expected 'Authorization: Bearer ...'.");
	rc = check_token(req);
	if (rc < 0) {
		req->claims = (struct bh_claims){0};
		/* Why a token failed helps only those who forge one. */
		return rc == BH_E_UNAUTHENTICATED ? bh_error(rc, "%s", bh_error_row(rc)->sentence) : rc;
	}
	req->tenant = req->claims.tenant;
	if (!bh_text_has_word(req->claims.scope, req->route->scope))
		return bh_error(BH_E_FORBIDDEN, "The credential does not have the scope '%s'.",
			req->route->scope);
	rc = check_plan(req);
	if (rc == 0)
		rc = check_person(req);
	if (rc < 0)
		return rc;
	/* The second lock: nobody else is given such a scope. */
	if ((req->route->flags & BH_ROUTE_OPERATOR) != 0 &&
		!bh_uuid_equal(&req->tenant, &bh_platform_tenant))
		return bh_error(BH_E_FORBIDDEN, "Only the platform's staff can act for another tenant.");
	return 0;
}
