/* SPDX-License-Identifier: Apache-2.0 */
/* invitation_accept.c: whoever has an invitation's link becomes a member. */
#include <string.h>

#include "auth/invitation.h"
#include "auth/mail.h"
#include "auth/member.h"
#include "auth/roles.h"
#include "auth/store_client.h"
#include "auth/store_key.h"
#include "auth/store_link.h"
#include "auth/store_membership.h"
#include "auth/store_tenant.h"
#include "base/error.h"

/* One answer for used, replaced, revoked, expired and invented links, and for those of a tenant that is not
 * there any more. */
BH_MUST_CHECK static int
refused(int rc)
{
	if (rc != BH_E_NOT_FOUND)
		return rc;
	return bh_error(BH_E_UNAUTHENTICATED, "The invitation is no longer valid; ask for a new one.");
}

/* Whether a person may still give the role, as a member or as the platform's staff. BH_E_NOT_FOUND: it is no
 * member there. */
BH_MUST_CHECK static int
person_check(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *person,
	const char *role, bool *out_may)
{
	struct bh_db own = auth_in_tenant(tx, tenant);
	struct auth_membership member = {0};
	struct auth_account account = {0};
	int rc = auth_store_membership_get(&own, tenant, person, &member);

	if (rc == 0)
		rc = auth_store_account_get(tx, person, &account);
	if (rc == 0)
		*out_may = strcmp(member.state, "active") == 0 && strcmp(account.state, "active") == 0 &&
			bh_role_find(member.role) >= bh_role_find(role);
	return rc;
}

/* An invitation is worth no more than the word of who gave it: a member, a key, or the platform. */
BH_MUST_CHECK static int
inviter_check(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct auth_invitation *invitation, int64_t now_ms)
{
	struct bh_uuid giver;
	bool may = false;
	int rc;

	if (bh_uuid_parse(invitation->created_by, &giver) < 0)
		return 0; /* the operator */
	rc = person_check(tx, tenant, &giver, invitation->role, &may);
	if (rc == BH_E_NOT_FOUND)
		rc = person_check(tx, &bh_platform_tenant, &giver, invitation->role, &may);
	if (rc == BH_E_NOT_FOUND)
		rc = auth_store_key_works(AUTH_DB(auth_in_tenant(tx, tenant)), tenant, &giver, now_ms,
			&may);
	return rc == 0 && !may ? BH_E_NOT_FOUND : rc;
}

/* The invitation and what stands behind it. */
BH_MUST_CHECK static int
find(struct bh_db *db, const struct bh_credential *link, int64_t now_ms,
	struct auth_invitation_view *out)
{
	struct bh_db own = auth_in_tenant(db, &link->tenant);
	struct auth_tenant tenant = {0};
	bool known = false;
	int rc = auth_store_invitation_find(&own, &link->tenant, &link->row, &link->hash, now_ms,
		&out->invitation);

	if (rc == 0)
		rc = auth_store_tenant_get(db, &link->tenant, &tenant);
	if (rc == 0 && strcmp(tenant.state, "active") != 0)
		rc = BH_E_NOT_FOUND;
	if (rc == 0)
		rc = inviter_check(db, &link->tenant, &out->invitation, now_ms);
	if (rc == 0)
		rc = auth_store_account_find(db, out->invitation.email, &out->account, &known);
	out->tenant_name = tenant.name;
	out->has_account = known && out->account.password_hash != NULL;
	return rc;
}

int
auth_invitation_view(struct bh_db *db, const struct bh_credential *link, int64_t now_ms,
	struct auth_invitation_view *out)
{
	struct auth_invitation_view view = {0};
	int rc = refused(find(db, link, now_ms, &view));

	if (rc == 0)
		*out = view;
	return rc;
}

/* ---- accept ---- */

struct work {
	const struct auth_invitation_accept *accept;
	struct bh_uuid account;
};

/* Somebody who has a password has proved it, and it is theirs alone. */
BH_MUST_CHECK static int
proved_check(const struct work *work, const struct auth_account *account)
{
	const struct auth_account *proved = work->accept->proved;

	if (proved == NULL)
		return bh_error(BH_E_EXISTS,
			"There is an account for this address now; open the link again.");
	if (!bh_uuid_equal(&proved->id, &account->id) ||
		proved->password_set_ms != account->password_set_ms)
		return bh_error(BH_E_UNAUTHENTICATED, "The password was changed in the meantime.");
	if (!bh_uuid_is_zero(&account->managed_by) &&
		!bh_uuid_equal(&account->managed_by, &work->accept->link->tenant))
		return bh_error(BH_E_STATE,
			"Another tenant registered this account and may know its password; reset the password "
			"by mail first.");
	return 0;
}

/* Somebody who is new, or was registered without a password: who reads the mail is the person. */
BH_MUST_CHECK static int
person_make(struct bh_db *tx, struct work *work, const struct auth_invitation_view *view)
{
	const struct auth_invitation_accept *accept = work->accept;
	const struct auth_account *known = &view->account;
	int rc = 0;

	if (accept->password_hash == NULL)
		return bh_error(BH_E_UNAUTHENTICATED, "The account was changed in the meantime.");
	if (bh_uuid_is_zero(&known->id)) {
		work->account = bh_uuid_new();
		rc = auth_store_account_add(tx, &work->account, view->invitation.email, accept->name);
	} else if (!bh_uuid_is_zero(&known->managed_by)) {
		rc = auth_store_link_void(AUTH_DB(auth_in_tenant(tx, &known->managed_by)),
			&known->managed_by, &known->id, accept->now_ms);
	}
	return rc < 0 ? rc
				  : auth_store_account_set_password(tx, &work->account, accept->password_hash,
						accept->now_ms);
}

BH_MUST_CHECK static int
join(struct bh_db *own, const struct work *work, const struct auth_invitation *invitation)
{
	const struct auth_invitation_accept *accept = work->accept;
	const struct bh_uuid *tenant = &accept->link->tenant;
	int rc = auth_member_room_check(own, tenant, accept->users_max);

	if (rc == 0)
		rc = auth_store_membership_add(own, tenant, &work->account, invitation->role);
	if (rc == 0)
		rc = auth_store_account_add_home(own, &work->account, tenant);
	if (rc == 0)
		rc = auth_store_account_own(own, &work->account, accept->now_ms);
	if (rc == 0)
		rc = auth_store_client_note(own, &work->account, accept->client, accept->now_ms);
	if (rc == 0)
		rc = auth_store_invitation_use(own, tenant, &invitation->id, &accept->link->hash,
			&work->account, accept->now_ms);
	return rc < 0 ? rc : auth_store_mail_drop(own, tenant, &invitation->id);
}

BH_MUST_CHECK static int
accept_work(struct bh_db *tx, void *ctx)
{
	struct work *work = ctx;
	const struct auth_invitation_accept *accept = work->accept;
	struct auth_invitation_view view = {0};
	int rc = auth_store_tenant_lock(tx, &accept->link->tenant);

	if (rc == 0)
		rc = find(tx, accept->link, accept->now_ms, &view);
	if (rc == 0 && !bh_uuid_is_zero(&view.account.id))
		rc = auth_store_account_lock(tx, &view.account.id, &view.account);
	if (rc < 0)
		return rc;
	if (!bh_uuid_is_zero(&view.account.id) && strcmp(view.account.state, "active") != 0)
		return bh_error(BH_E_SUSPENDED, "The user is disabled.");
	work->account = view.account.id;
	rc = view.account.password_hash != NULL ? proved_check(work, &view.account)
											: person_make(tx, work, &view);
	return rc < 0 ? rc : join(tx, work, &view.invitation);
}

int
auth_invitation_accept(struct bh_db *db, const struct auth_invitation_accept *accept,
	struct bh_uuid *out_account)
{
	struct work work = {.accept = accept};
	int rc = refused(
		bh_tx_run(AUTH_DB(auth_in_tenant(db, &accept->link->tenant)), accept_work, &work));

	if (rc == BH_E_CONFLICT) /* a membership, or an account of the address */
		return bh_error(BH_E_EXISTS, "This user was added in the meantime; open the link again.");
	if (rc == 0)
		*out_account = work.account;
	return rc;
}
