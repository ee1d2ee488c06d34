/* SPDX-License-Identifier: Apache-2.0 */
/* http_impersonate.c: the platform's staff begins to act as a member of a tenant. */
#include "auth/routes.h"

#include "auth/http_console.h"
#include "auth/impersonate.h"
#include "base/clock.h"
#include "service/request.h"

struct impersonate {
	struct bh_uuid account;
	const char *reason;
	int64_t minutes;
};

#define AT(member) offsetof(struct impersonate, member)

static const struct bh_field impersonate_fields[] = {
	{"account_id", BH_FIELD_ID, AT(account), BH_NULLABLE},
	{"reason", BH_FIELD_TEXT, AT(reason), BH_REQUIRED, 1, 500},
	{"minutes", BH_FIELD_INT, AT(minutes), BH_REQUIRED, 1, 60},
};

#undef AT

const struct bh_shape auth_impersonate_shape = BH_SHAPE("Impersonate", struct impersonate,
	impersonate_fields);

/* POST /api/tenants/{tenant}/impersonate: a session in the tenant, as its owner or the member that is named.
 * The staff's own one waits. */
int
auth_http_impersonate(struct bh_request *req)
{
	struct impersonate body = {0};
	struct auth_console staff = {0}, begun = {0};
	struct auth_cookie cookie = {0};
	int64_t now_ms = bh_clock_wall_ms();
	struct auth_impersonate_new wanted;
	int rc = bh_request_object(req, &auth_impersonate_shape, &body);

	if (rc == 0)
		rc = auth_console_of(req, &staff);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	wanted = (struct auth_impersonate_new){
		.tenant = req->target,
		.account = body.account,
		.reason = body.reason,
		.until_ms = now_ms + body.minutes * 60 * 1000,
	};
	rc = auth_impersonate_begin(req->service, req->db, &staff, &wanted, now_ms, &cookie);
	if (rc == 0)
		rc = auth_console_get(req->service, req->db, &cookie.tenant, &cookie.session, now_ms,
			&begun);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	auth_impersonate_tell(req->runtime, req->request_id, &begun.impersonation, NULL);
	return auth_console_reply_new(req, &cookie, now_ms);
}
