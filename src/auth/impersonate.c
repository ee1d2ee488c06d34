/* SPDX-License-Identifier: Apache-2.0 */
/* impersonate.c: how acting as somebody else begins, ends, and is told. */
#include "auth/impersonate.h"

#include <string.h>

#include "auth/push.h"
#include "auth/session.h"
#include "auth/store_membership.h"
#include "auth/store_revocation.h"
#include "auth/store_session.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "service/request.h"

struct begin {
	const struct auth_console *staff;
	const struct auth_impersonate_new *wanted;
	int64_t now_ms;
	struct auth_impersonation acts;
	struct auth_cookie cookie;
};

/* As whom: a member who could sign in there now. */
BH_MUST_CHECK static int
member_find(struct bh_db *tx, struct begin *begin)
{
	const struct auth_impersonate_new *wanted = begin->wanted;
	struct auth_console_person person = {0};
	struct auth_standing standing = {0};
	int rc = 0;

	begin->acts.account = wanted->account;
	if (bh_uuid_is_zero(&wanted->account)) {
		rc = auth_store_impersonation_owner(tx, &wanted->tenant, &begin->acts.account);
		if (rc == BH_E_NOT_FOUND)
			return bh_error(BH_E_STATE, "The tenant has no active owner; name a member.");
	}
	if (rc == 0)
		rc = auth_session_standing(tx, &wanted->tenant, &begin->acts.account, &standing);
	if (rc == BH_E_FORBIDDEN)
		return bh_error_param(BH_E_NOT_FOUND, "account_id", "No such member.");
	if (rc == 0 && standing.mfa_required && !begin->staff->mfa)
		rc = bh_error(BH_E_MFA_SESSION,
			"The tenant requires two-factor authentication, which this session does not have.");
	if (rc == 0)
		rc = auth_store_console_person(tx, &begin->acts.account, &person);
	if (rc == 0 && strcmp(person.state, "active") != 0)
		rc = bh_error(BH_E_SUSPENDED, "The user is disabled.");
	return rc;
}

BH_MUST_CHECK static int
begin_work(struct bh_db *tx, void *ctx)
{
	struct begin *begin = ctx;
	const struct auth_impersonate_new *wanted = begin->wanted;
	struct auth_console_new session = {
		.id = bh_uuid_new(),
		.method = AUTH_METHOD_IMPERSONATION,
		.client = begin->staff->row.client,
		.now_ms = begin->now_ms,
		.expires_ms = wanted->until_ms,
		.proved_ms = begin->now_ms,
	};
	int rc = member_find(tx, begin);

	if (rc < 0)
		return rc;
	session.account = begin->acts.account;
	auth_console_secret(tx->arena, &wanted->tenant, &session.id, &begin->cookie,
		&session.secret_hash);
	begin->cookie.expires_ms = wanted->until_ms;
	begin->acts.id = session.id;
	rc = auth_store_console_add(tx, &wanted->tenant, &session);
	return rc < 0 ? rc : auth_store_impersonation_add(tx, &begin->acts);
}

int
auth_impersonate_begin(struct auth *auth, struct bh_db *db, const struct auth_console *staff,
	const struct auth_impersonate_new *wanted, int64_t now_ms, struct auth_cookie *out)
{
	struct begin begin = {
		.staff = staff,
		.wanted = wanted,
		.now_ms = now_ms,
		.acts =
			{
				.staff = staff->row.account,
				.staff_session = staff->row.id,
				.tenant = wanted->tenant,
				.reason = wanted->reason,
				.began_ms = now_ms,
				.until_ms = wanted->until_ms,
			},
	};
	int rc;

	(void)auth;
	if (bh_uuid_equal(&wanted->tenant, &bh_platform_tenant))
		return bh_error(BH_E_FORBIDDEN, "A superuser cannot act as another superuser.");
	rc = bh_tx_run(AUTH_DB(auth_in_tenant(db, &wanted->tenant)), begin_work, &begin);
	if (rc == 0)
		*out = begin.cookie;
	return rc;
}

/* ---- end ---- */

struct stop {
	const struct auth_impersonation *acts;
	int64_t now_ms;
	bool ended;
};

BH_MUST_CHECK static int
stop_work(struct bh_db *tx, void *ctx)
{
	struct stop *stop = ctx;
	const struct auth_impersonation *acts = stop->acts;
	int rc = auth_store_impersonation_end(tx, &acts->id, stop->now_ms, &stop->ended);

	if (rc < 0 || !stop->ended)
		return rc;
	rc = auth_store_session_revoke(tx, &acts->tenant, &acts->id, NULL);
	if (rc == BH_E_NOT_FOUND)
		return 0; /* the member has ended it, or left */
	return rc < 0 ? rc : auth_store_revocation_credential(tx, &acts->tenant, &acts->id);
}

int
auth_impersonate_stop(struct bh_db *db, const struct auth_impersonation *acts, int64_t now_ms,
	bool *out_ended)
{
	struct stop stop = {.acts = acts, .now_ms = now_ms};
	int rc = bh_tx_run(AUTH_DB(auth_in_tenant(db, &acts->tenant)), stop_work, &stop);

	if (rc == 0)
		*out_ended = stop.ended;
	return rc;
}

int
auth_impersonate_end(struct bh_request *req, const struct auth_impersonation *acts, int64_t now_ms,
	struct auth_cookie *out)
{
	struct auth_console own = {0};
	bool ended = false;
	int rc = auth_impersonate_stop(req->db, acts, now_ms, &ended);

	if (rc < 0)
		return rc;
	if (ended)
		auth_impersonate_tell(req->runtime, req->request_id, acts, "left");
	rc = auth_console_get(req->service, req->db, &bh_platform_tenant, &acts->staff_session, now_ms,
		&own);
	if (rc == 0)
		rc = auth_console_rotate(req->service, req->db, &bh_platform_tenant, &acts->staff_session,
			&(struct auth_console_proof){0}, now_ms, out);
	if (rc == 0)
		auth_push_credential(req->runtime, &bh_platform_tenant, &acts->staff_session);
	/* Their own is over meanwhile: they are signed out. */
	return rc == BH_E_UNAUTHENTICATED || rc == BH_E_SUSPENDED ? 0 : rc;
}

/* ---- told and swept ---- */

void
auth_impersonate_tell(struct bh_runtime *runtime, const char *request_id,
	const struct auth_impersonation *acts, const char *cause)
{
	BH_AUTO(bh_buf_close) struct bh_buf members = {0};

	bh_audit_uuid(&members, "impersonator", &acts->staff);
	bh_audit_uuid(&members, "target_user_id", &acts->account);
	bh_audit_uuid(&members, "target_session_id", &acts->id);
	bh_audit_text(&members, "reason", acts->reason);
	if (cause != NULL)
		bh_audit_text(&members, "cause", cause);
	else
		bh_audit_int(&members, "until", acts->until_ms / 1000);
	bh_runtime_audit(runtime, cause != NULL ? "impersonation.end" : "impersonation.begin",
		&acts->tenant, request_id, bh_buf_string(&members));
}

void
auth_impersonate_sweep(struct bh_runtime *runtime, void *service)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = auth_vital_db(runtime, &arena);
	static _Thread_local bool failing; /* one line when it begins to fail */
	struct auth_impersonation *due = NULL;
	int64_t now_ms = bh_clock_wall_ms();
	bool ended = false;
	size_t n = 0;
	int rc = auth_store_impersonation_due(&db, now_ms, &due, &n);

	(void)service;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = auth_impersonate_stop(&db, &due[i], now_ms, &ended);
		if (rc == 0 && ended)
			auth_impersonate_tell(runtime, "", &due[i],
				due[i].until_ms <= now_ms ? "time" : "signed_out");
	}
	if (rc < 0 && !failing)
		bh_log_failure("end impersonations", rc);
	failing = rc < 0;
	if (n > 0)
		bh_runtime_wake(runtime, AUTH_WORKER_PUSH);
}
