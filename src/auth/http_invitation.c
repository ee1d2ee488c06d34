/* SPDX-License-Identifier: Apache-2.0 */
/* http_invitation.c: a tenant's invitations, one's own or (for the platform's staff) any. */
#include "auth/routes.h"

#include "auth/auth.h"
#include "auth/invitation.h"
#include "auth/member.h"
#include "auth/names.h"
#include "auth/tries.h"
#include "base/clock.h"
#include "queue/worker.h"
#include "service/list.h"
#include "service/request.h"

struct invitation_new {
	const char *email, *role;
};

static const struct bh_field create_fields[] = {
	{"email", BH_FIELD_TEXT, offsetof(struct invitation_new, email), BH_REQUIRED, 1, 254},
	{"role", BH_FIELD_CHOICE, offsetof(struct invitation_new, role), BH_REQUIRED,
		.words = "viewer member admin owner superuser"},
};

const struct bh_shape auth_invitation_create = BH_SHAPE("InvitationCreate", struct invitation_new,
	create_fields);

struct shown {
	struct auth_invitation invitation;
	const char *state;
};

#define AT(member) offsetof(struct shown, member)

static const struct bh_field invitation_fields[] = {
	{"id", BH_FIELD_ID, AT(invitation.id)},
	{"object", BH_FIELD_CONST, .words = "invitation"},
	{"email", BH_FIELD_TEXT, AT(invitation.email)},
	{"role", BH_FIELD_TEXT, AT(invitation.role)},
	{"state", BH_FIELD_TEXT, AT(state)},
	{"created_by", BH_FIELD_TEXT, AT(invitation.created_by)},
	{"created_at", BH_FIELD_TIME, AT(invitation.created_ms)},
	{"sent_at", BH_FIELD_TIME, AT(invitation.sent_ms)},
	{"expires_at", BH_FIELD_TIME, AT(invitation.expires_ms)},
	{"accepted_at", BH_FIELD_TIME, AT(invitation.accepted_ms), BH_NULLABLE},
	{"revoked_at", BH_FIELD_TIME, AT(invitation.revoked_ms), BH_NULLABLE},
	{"user_id", BH_FIELD_ID, AT(invitation.account), BH_NULLABLE},
};

#undef AT

const struct bh_shape auth_invitation_shape = BH_SHAPE("Invitation", struct shown,
	invitation_fields);

static struct shown
show(const struct auth_invitation *invitation, int64_t now_ms)
{
	const char *state = invitation->accepted_ms != 0 ? "accepted"
		: invitation->revoked_ms != 0                ? "revoked"
		: invitation->expires_ms <= now_ms           ? "expired"
													 : "pending";

	return (struct shown){*invitation, state};
}

static int
reply_invitation(struct bh_request *req, int status, struct auth_place *place,
	const struct bh_uuid *id)
{
	struct auth_invitation invitation = {0};
	struct shown shown;
	int rc = auth_store_invitation_get(&place->db, &place->tenant, id, &invitation);

	if (rc < 0)
		return bh_reply_error(req, rc, "id");
	shown = show(&invitation, bh_clock_wall_ms());
	return bh_reply_object(req, status, &auth_invitation_shape, &shown);
}

/* GET /api/invitations, GET /api/tenants/{tenant}/invitations: newest first. */
int
auth_http_invitation_list(struct bh_request *req)
{
	struct auth_invitation *invitations = NULL;
	struct auth_place place;
	struct shown *shown;
	struct bh_page page;
	size_t n = 0;
	int rc = auth_place(req, &place);

	if (rc == 0)
		rc = bh_list_page(req, &auth_paging, &page);
	if (rc == 0)
		rc = auth_store_invitation_list(&place.db, &place.tenant, &page.after, page.limit + 1,
			&invitations, &n);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	shown = bh_arena_array(req->arena, n + 1, sizeof(*shown));
	for (size_t i = 0; i < n; i++)
		shown[i] = show(&invitations[i], bh_clock_wall_ms());
	return bh_reply_page(req, &auth_invitation_shape, &page, shown, n);
}

/* What both ways to send one need. */
BH_MUST_CHECK static int
wanted_fill(struct bh_request *req, struct auth_place *place, struct auth_invitation_new *out)
{
	const struct auth *auth = req->service;

	out->created_by = req->claims.subject_text;
	out->inviter = req->claims.subject;
	out->now_ms = bh_clock_wall_ms();
	out->expires_ms = out->now_ms + auth->conf.invitation_ttl_s * 1000;
	return auth_member_max(&place->db, &place->tenant, auth->conf.tenant_users, &out->users_max);
}

static int
reply_limited(struct bh_request *req, int64_t wait_ms)
{
	bh_reply_retry_after(req, wait_ms);
	return bh_reply_error(req, bh_error(BH_E_RATE_LIMITED, "Too many mails to this address."),
		NULL);
}

/* POST …/invitations, POST /api/users: {"email", "role"}. Whoever has the address, the answer is the same. */
int
auth_http_invitation_create(struct bh_request *req)
{
	struct auth *auth = req->service;
	struct auth_invitation_new wanted = {0};
	struct invitation_new body = {0};
	char email[AUTH_EMAIL_BYTES];
	struct auth_place place;
	struct bh_uuid id;
	int64_t wait_ms = 0;
	int rc = auth_place(req, &place);

	if (rc == 0)
		rc = bh_request_object(req, &auth_invitation_create, &body);
	if (rc == 0)
		rc = auth_email_read(body.email, email);
	if (rc == 0)
		rc = wanted_fill(req, &place, &wanted);
	if (rc == 0)
		rc = auth_tries_write(auth->tries, &place.tenant, email, bh_clock_steady_ms(), &wait_ms);
	if (rc == BH_E_RATE_LIMITED)
		return reply_limited(req, wait_ms);
	wanted.email = email;
	wanted.role = body.role;
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = auth_invitation_add(auth, &place, &wanted, &id);
	if (rc < 0) {
		auth_tries_unwrite(auth->tries, &place.tenant, email);
		return bh_reply_error(req, rc, NULL);
	}
	bh_audit_uuid(&req->audit, "target_invitation_id", &id);
	bh_audit_text(&req->audit, "role", body.role);
	bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return reply_invitation(req, 201, &place, &id);
}

/* POST …/invitations/{id}/resend: a new link by mail; the old one does not work any more. */
int
auth_http_invitation_resend(struct bh_request *req)
{
	struct auth *auth = req->service;
	struct auth_invitation_new again = {0};
	struct auth_invitation old = {0};
	struct auth_place place;
	struct bh_uuid id;
	int64_t wait_ms = 0;
	int rc = auth_place(req, &place);

	if (rc == 0)
		rc = bh_request_uuid(req, "id", &id);
	if (rc == 0)
		rc = auth_store_invitation_get(&place.db, &place.tenant, &id, &old);
	if (rc < 0)
		return bh_reply_error(req, rc, rc == BH_E_NOT_FOUND ? "id" : NULL);
	rc = wanted_fill(req, &place, &again);
	if (rc == 0)
		rc = auth_tries_write(auth->tries, &place.tenant, old.email, bh_clock_steady_ms(),
			&wait_ms);
	if (rc == BH_E_RATE_LIMITED)
		return reply_limited(req, wait_ms);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	rc = auth_invitation_resend(auth, &place, &id, &again);
	if (rc < 0) {
		auth_tries_unwrite(auth->tries, &place.tenant, old.email);
		return bh_reply_error(req, rc, rc == BH_E_NOT_FOUND ? "id" : NULL);
	}
	bh_audit_uuid(&req->audit, "target_invitation_id", &id);
	bh_worker_pool_wake(bh_runtime_jobs(req->runtime));
	return reply_invitation(req, 200, &place, &id);
}

/* DELETE …/invitations/{id}: its link does not work any more. */
int
auth_http_invitation_revoke(struct bh_request *req)
{
	struct auth_place place;
	struct bh_uuid id;
	int rc = auth_place(req, &place);

	if (rc == 0)
		rc = bh_request_uuid(req, "id", &id);
	if (rc == 0)
		rc = auth_invitation_revoke(&place, &id, bh_clock_wall_ms());
	if (rc < 0)
		return bh_reply_error(req, rc, rc == BH_E_NOT_FOUND ? "id" : NULL);
	bh_audit_uuid(&req->audit, "target_invitation_id", &id);
	return bh_reply_empty(req, 204);
}
