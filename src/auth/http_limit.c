/* SPDX-License-Identifier: Apache-2.0 */
/* http_limit.c: request limits: a tenant reads its own, the platform's staff sets them. */
#include "auth/routes.h"

#include "auth/auth.h"
#include "auth/push.h"
#include "auth/store_limit.h"
#include "service/request.h"

#define LIMIT_MOST 1000000000.0

#define AT(member) offsetof(struct auth_limit_change, limit.member)
#define SET(member) BH_SET(struct auth_limit_change, member)

static const struct bh_field limit_fields[] = {
	{"requests_per_minute", BH_FIELD_INT, AT(requests_per_minute), 0, 0, LIMIT_MOST,
		.set = SET(has_requests)},
	{"concurrency", BH_FIELD_INT, AT(concurrency), 0, 0, LIMIT_MOST, .set = SET(has_concurrency)},
};

const struct bh_shape auth_limit_shape = BH_SHAPE("Limits", struct auth_limit_change, limit_fields);

static int
reply_limit(struct bh_request *req, const struct auth_limit *limit)
{
	const struct auth_limit_change whole = {*limit, true, true};

	return bh_reply_object(req, 200, &auth_limit_shape, &whole);
}

/* GET /api/limits, GET /api/tenants/{tenant}/limits: 0 is no limit. */
int
auth_http_limit_get(struct bh_request *req)
{
	struct auth_place place;
	struct auth_limit limit = {0};
	int rc = auth_place(req, &place);

	if (rc == 0)
		rc = auth_store_limit_get(&place.db, &place.tenant, &limit);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return reply_limit(req, &limit);
}

/* PUT /api/tenants/{tenant}/limits: what is not named stays. */
int
auth_http_limit_put(struct bh_request *req)
{
	struct auth_limit_change body = {0};
	struct auth_limit limit = {0};
	struct auth_place place;
	int rc = auth_place(req, &place);

	if (rc == 0)
		rc = bh_request_object(req, &auth_limit_shape, &body);
	if (rc == 0)
		rc = auth_store_limit_set(&place.db, &place.tenant, &body, &limit);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_int(&req->audit, "requests_per_minute", limit.requests_per_minute);
	bh_audit_int(&req->audit, "concurrency", limit.concurrency);
	auth_push_tenant(req->runtime, &place.tenant);
	return reply_limit(req, &limit);
}
