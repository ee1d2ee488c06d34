/* SPDX-License-Identifier: Apache-2.0 */
/* invitation.c: inviting somebody to a tenant, again, and not any more. */
#include "auth/invitation.h"

#include <string.h>

#include "auth/mail.h"
#include "auth/member.h"
#include "auth/roles.h"
#include "auth/store_membership.h"
#include "auth/store_profile.h"
#include "auth/store_tenant.h"
#include "base/error.h"

struct invite {
	const struct auth *auth;
	const struct auth_place *place;
	const struct auth_invitation_new *wanted;
	struct bh_uuid id;
	const char *email, *role;
};

/* Somebody who is a member needs no invitation. Whether anybody else has the address, the tenant does not learn,
 * not even by how long the answer takes: nobody, whose id is zero, is looked for like somebody. */
BH_MUST_CHECK static int
member_check(struct bh_db *tx, const struct invite *invite, struct auth_account *out)
{
	struct auth_account found = {0};
	struct auth_membership member = {0};
	bool known = false;
	int rc = auth_store_account_find(tx, invite->email, &found, &known);

	if (rc < 0)
		return rc;
	*out = found;
	rc = auth_store_membership_get(tx, &invite->place->tenant, &found.id, &member);
	if (rc == 0)
		return bh_error_param(BH_E_EXISTS, "email", "This user is already a member.");
	return rc == BH_E_NOT_FOUND ? 0 : rc;
}

/* Whoever is invited has a seat, so that all can accept. */
BH_MUST_CHECK static int
room_check(struct bh_db *tx, const struct invite *invite)
{
	const struct bh_uuid *tenant = &invite->place->tenant;
	int64_t most = invite->auth->conf.tenant_invitations, users_max = invite->wanted->users_max;
	int64_t open = 0, members = 0;
	int rc = auth_store_invitation_count(tx, tenant, &invite->id, invite->wanted->now_ms, most,
		&open);

	if (rc == 0 && open >= most)
		return bh_error(BH_E_TOO_MANY, "The tenant has %lld open invitations, the maximum.",
			(long long)most);
	if (rc < 0 || users_max == 0)
		return rc;
	rc = auth_store_membership_count(tx, tenant, users_max, &members);
	if (rc == 0 && members + open >= users_max)
		rc = bh_error(BH_E_TOO_MANY,
			"The tenant has %lld users and open invitations, the maximum is %lld.",
			(long long)(members + open), (long long)users_max);
	return rc;
}

/* In the language of whoever is invited where that is known, else of who invites. */
BH_MUST_CHECK static int
mail_add(struct bh_db *tx, const struct invite *invite, const struct auth_account *invited,
	const char *token)
{
	const struct bh_uuid *inviter = &invite->wanted->inviter;
	struct auth_profile from = {.name = "", .locale = "en"}, to;
	struct auth_tenant tenant = {0};
	struct auth_mail_new mail = {
		.kind = AUTH_MAIL_INVITATION,
		.about = invite->id,
		.recipient = invite->email,
		.role = invite->role,
		.token = token,
		.now_ms = invite->wanted->now_ms,
		.expires_ms = invite->wanted->expires_ms,
	};
	int rc = auth_store_tenant_get(tx, &invite->place->tenant, &tenant);

	if (rc == 0 && !bh_uuid_is_zero(inviter))
		rc = auth_store_profile_get(tx, inviter, &from);
	if (rc == BH_E_NOT_FOUND) /* a key without an owner is its own subject */
		rc = 0;
	to = from;
	if (rc == 0)
		rc = auth_store_profile_get(tx, &invited->id, &to);
	if (rc == BH_E_NOT_FOUND) /* nobody has the address yet */
		rc = 0;
	if (rc < 0)
		return rc;
	mail.tenant_name = tenant.name;
	mail.inviter = from.name;
	mail.locale = to.locale;
	return auth_mail_add(invite->auth, tx, &invite->place->tenant, &mail);
}

BH_MUST_CHECK static int
add_work(struct bh_db *tx, void *ctx)
{
	struct invite *invite = ctx;
	const struct bh_uuid *tenant = &invite->place->tenant;
	struct auth_account invited = {0};
	char text[BH_CREDENTIAL_TEXT];
	struct bh_digest hash;
	int rc = auth_store_tenant_lock(tx, tenant);

	if (rc == 0)
		rc = member_check(tx, invite, &invited);
	if (rc == 0)
		rc = room_check(tx, invite);
	if (rc < 0)
		return rc;
	bh_credential_make(BH_CREDENTIAL_LINK, tenant, &invite->id, text, &hash);
	rc = auth_store_invitation_add(tx, tenant,
		&(struct auth_invitation){
			.id = invite->id,
			.email = invite->email,
			.role = invite->role,
			.created_by = invite->wanted->created_by,
			.created_ms = invite->wanted->now_ms,
			.expires_ms = invite->wanted->expires_ms,
		},
		&hash);
	if (rc == 0)
		rc = mail_add(tx, invite, &invited, text);
	bh_wipe(text, sizeof(text));
	return rc;
}

int
auth_invitation_add(const struct auth *auth, const struct auth_place *place,
	const struct auth_invitation_new *invitation, struct bh_uuid *out_id)
{
	struct invite invite = {
		.auth = auth,
		.place = place,
		.wanted = invitation,
		.id = bh_uuid_new(),
		.email = invitation->email,
		.role = invitation->role,
	};
	int rc = auth_member_role_check(place, invitation->role);

	if (rc < 0)
		return rc;
	rc = bh_tx_run(AUTH_DB(place->db), add_work, &invite);
	if (rc == BH_E_CONFLICT)
		return bh_error_param(BH_E_EXISTS, "email",
			"This address is already invited; send the invitation again or revoke it.");
	if (rc == 0)
		*out_id = invite.id;
	return rc;
}

/* ---- again, and not any more ---- */

/* An open one, of a role that the actor may deal with. */
BH_MUST_CHECK static int
open_lock(struct bh_db *tx, const struct auth_place *place, const struct bh_uuid *id,
	struct auth_invitation *out)
{
	int rc = auth_store_invitation_lock(tx, &place->tenant, id, out);

	if (rc < 0)
		return rc;
	if (!auth_role_may_change(place->rank, bh_role_find(out->role), BH_ROLE_NONE))
		return bh_error(BH_E_FORBIDDEN,
			"You cannot change an invitation whose role is above your own.");
	if (out->accepted_ms != 0)
		return bh_error(BH_E_STATE, "The invitation was accepted.");
	if (out->revoked_ms != 0)
		return bh_error(BH_E_STATE, "The invitation was revoked.");
	return 0;
}

BH_MUST_CHECK static int
resend_work(struct bh_db *tx, void *ctx)
{
	struct invite *invite = ctx;
	const struct bh_uuid *tenant = &invite->place->tenant;
	struct auth_invitation old = {0};
	struct auth_account invited = {0};
	char text[BH_CREDENTIAL_TEXT];
	struct bh_digest hash;
	int rc = auth_store_tenant_lock(tx, tenant);

	if (rc == 0)
		rc = open_lock(tx, invite->place, &invite->id, &old);
	if (rc < 0)
		return rc;
	invite->email = old.email;
	invite->role = old.role;
	rc = auth_member_role_check(invite->place, old.role);
	if (rc == 0)
		rc = member_check(tx, invite, &invited);
	if (rc == 0)
		rc = room_check(tx, invite);
	if (rc < 0)
		return rc;
	bh_credential_make(BH_CREDENTIAL_LINK, tenant, &invite->id, text, &hash);
	rc = auth_store_invitation_renew(tx, tenant, &invite->id, &hash, invite->wanted->now_ms,
		invite->wanted->expires_ms);
	if (rc == 0)
		rc = auth_store_mail_drop(tx, tenant, &invite->id);
	if (rc == 0)
		rc = mail_add(tx, invite, &invited, text);
	bh_wipe(text, sizeof(text));
	return rc;
}

int
auth_invitation_resend(const struct auth *auth, const struct auth_place *place,
	const struct bh_uuid *id, const struct auth_invitation_new *again)
{
	struct invite invite = {.auth = auth, .place = place, .wanted = again, .id = *id};

	return bh_tx_run(AUTH_DB(place->db), resend_work, &invite);
}

struct revoke {
	const struct auth_place *place;
	const struct bh_uuid *id;
	int64_t now_ms;
};

BH_MUST_CHECK static int
revoke_work(struct bh_db *tx, void *ctx)
{
	const struct revoke *revoke = ctx;
	struct auth_invitation old = {0};
	int rc = open_lock(tx, revoke->place, revoke->id, &old);

	if (rc == 0)
		rc = auth_store_invitation_revoke(tx, &revoke->place->tenant, revoke->id, revoke->now_ms);
	return rc < 0 ? rc : auth_store_mail_drop(tx, &revoke->place->tenant, revoke->id);
}

int
auth_invitation_revoke(const struct auth_place *place, const struct bh_uuid *id, int64_t now_ms)
{
	struct revoke revoke = {place, id, now_ms};

	return bh_tx_run(AUTH_DB(place->db), revoke_work, &revoke);
}
