/* SPDX-License-Identifier: Apache-2.0 */
/* http_plan.c: billing says that a tenant's plan has changed: tokens are made anew, with its limits. */
#include "auth/routes.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/push.h"
#include "auth/store_plan.h"
#include "auth/store_revocation.h"
#include "service/request.h"

struct apply {
	struct bh_uuid tenant;
	struct auth_plan plan;
	bool applies; /* it was not told before */
};

/* A plan that is over or unpaid ends what runs, as a revoked credential does. */
BH_MUST_CHECK static int
tokens_renew(struct bh_db *tx, const struct apply *apply)
{
	bool ends = strcmp(apply->plan.state, "suspended") == 0 ||
		strcmp(apply->plan.state, "canceled") == 0;

	return ends ? auth_store_revocation_tenant(tx, &apply->tenant)
				: auth_store_revocation_plan(tx, &apply->tenant);
}

BH_MUST_CHECK static int
apply_work(struct bh_db *tx, void *ctx)
{
	struct apply *apply = ctx;
	bool found = false;
	int rc = auth_store_plan_lock(tx, &apply->tenant, &apply->plan, &found);

	apply->applies = rc == 0 && found && apply->plan.applied < apply->plan.sequence;
	if (rc < 0 || !apply->applies)
		return rc;
	rc = auth_store_plan_applied(tx, &apply->tenant, apply->plan.sequence);
	return rc < 0 ? rc : tokens_renew(tx, apply);
}

struct applied {
	int64_t sequence;
};

static const struct bh_field applied_fields[] = {
	{"object", BH_FIELD_CONST, .words = "tenant_plan"},
	{"applied", BH_FIELD_INT, offsetof(struct applied, sequence)},
};

static const struct bh_shape applied_shape = BH_SHAPE(NULL, struct applied, applied_fields);

/* POST /internal/plan: of the token's tenant. Repeating it changes nothing. */
int
auth_http_plan_apply(struct bh_request *req)
{
	struct apply apply = {.tenant = req->tenant};
	int rc = bh_tx_run(req->db, apply_work, &apply);

	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (apply.applies) {
		bh_audit_text(&req->audit, "plan", apply.plan.name);
		bh_audit_text(&req->audit, "plan_state", apply.plan.state);
		auth_push_pending(req->runtime, req->service);
	}
	return bh_reply_object(req, 200, &applied_shape, &(struct applied){apply.plan.sequence});
}
