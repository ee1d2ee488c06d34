/* SPDX-License-Identifier: Apache-2.0 */
/* member.c: what may be done to a tenant's people, and what follows from it. */
#include "auth/member.h"

#include <string.h>

#include "auth/account.h"
#include "auth/roles.h"
#include "auth/store_account.h"
#include "auth/store_client.h"
#include "auth/store_link.h"
#include "auth/store_membership.h"
#include "auth/store_plan.h"
#include "auth/store_revocation.h"
#include "auth/store_session.h"
#include "auth/store_tenant.h"
#include "base/error.h"
#include "sec/credential.h"

static const char purpose[] = "password"; /* of links that staff makes */

/* The role that a tenant must not lose altogether. */
static const char *
top_role(const struct bh_uuid *tenant)
{
	return bh_uuid_equal(tenant, &bh_platform_tenant) ? "superuser" : "owner";
}

/* A role this tenant can have, given by somebody who may. */
int
auth_member_role_check(const struct auth_place *place, const char *role)
{
	bool platform = bh_uuid_equal(&place->tenant, &bh_platform_tenant);
	enum bh_role rank = bh_role_find(role);

	if (rank == BH_ROLE_NONE)
		return bh_error_param(BH_E_INVALID, "role",
			"'role' must be one of owner, admin, member, viewer, or superuser in the platform "
			"tenant.");
	if ((rank == BH_ROLE_SUPERUSER) != platform)
		return bh_error_param(BH_E_INVALID, "role",
			platform ? "'role' must be superuser in the platform tenant."
					 : "The role superuser exists only in the platform tenant.");
	if (!auth_role_may_change(place->rank, BH_ROLE_NONE, rank))
		return bh_error(BH_E_FORBIDDEN, "You cannot grant a role above your own.");
	return auth_place_give_check(place, role);
}

/* ---- add ---- */

struct add {
	const struct auth_place *place;
	const struct auth_member_new *member;
	struct bh_uuid account;
};

static int
already_member(void)
{
	return bh_error_param(BH_E_EXISTS, "email", "This user is already a member.");
}

/* A person the platform knows already. */
BH_MUST_CHECK static int
known_check(const struct add *add, const struct auth_account *known)
{
	if (!bh_uuid_is_zero(&known->managed_by) &&
		!bh_uuid_equal(&known->managed_by, &add->place->tenant))
		return bh_error_param(BH_E_EXISTS, "email",
			"This user was registered by another tenant, which may know the password.");
	if (add->member->password_hash != NULL)
		return bh_error_param(BH_E_EXISTS, "password",
			"This user already has an account; omit 'password'.");
	return 0;
}

int
auth_member_room_check(struct bh_db *db, const struct bh_uuid *tenant, int64_t users_max)
{
	int64_t n = 0;
	int rc;

	if (users_max == 0)
		return 0;
	rc = auth_store_membership_count(db, tenant, users_max, &n);
	if (rc == 0 && n >= users_max)
		rc = bh_error(BH_E_TOO_MANY, "The tenant has %lld users, the maximum.",
			(long long)users_max);
	return rc;
}

int
auth_member_max(struct bh_db *db, const struct bh_uuid *tenant, int64_t most, int64_t *out)
{
	struct auth_plan plan = {0};
	int rc = auth_store_plan_get(db, tenant, &plan);

	if (rc == 0)
		*out = plan.seats != 0 && (most == 0 || plan.seats < most) ? plan.seats : most;
	return rc;
}

BH_MUST_CHECK static int
add_work(struct bh_db *tx, void *ctx)
{
	struct add *add = ctx;
	const struct auth_member_new *member = add->member;
	const struct auth_place *place = add->place;
	struct auth_account known = {0};
	bool found = false;
	int rc = auth_store_tenant_lock(tx, &place->tenant);

	if (rc == 0)
		rc = auth_member_room_check(tx, &place->tenant, member->users_max);
	if (rc == 0)
		rc = auth_store_account_find(tx, member->email, &known, &found);
	if (rc < 0)
		return rc;
	if (found) {
		rc = known_check(add, &known);
		add->account = known.id;
	} else {
		add->account = bh_uuid_new();
		rc = auth_store_account_add(tx, &add->account, member->email, member->name);
		if (rc == 0 && member->password_hash != NULL)
			rc = auth_store_account_set_password(tx, &add->account, member->password_hash,
				member->now_ms);
	}
	if (rc == 0)
		rc = auth_store_membership_add(tx, &place->tenant, &add->account, member->role);
	return rc < 0 ? rc : auth_store_account_add_home(tx, &add->account, &place->tenant);
}

int
auth_member_check(const struct auth_place *place, const struct auth_member_new *member)
{
	const struct add add = {.place = place, .member = member};
	struct auth_membership membership = {0};
	struct auth_account known = {0};
	struct bh_db db = place->db;
	bool found = false;
	int rc = auth_member_role_check(place, member->role);

	if (rc == 0)
		rc = auth_member_room_check(&db, &place->tenant, member->users_max);
	if (rc == 0)
		rc = auth_store_account_find(&db, member->email, &known, &found);
	if (rc < 0 || !found)
		return rc;
	rc = auth_store_membership_get(&db, &place->tenant, &known.id, &membership);
	if (rc == 0)
		return already_member();
	return rc == BH_E_NOT_FOUND ? known_check(&add, &known) : rc;
}

int
auth_member_add(const struct auth_place *place, const struct auth_member_new *member,
	struct bh_uuid *out_account)
{
	struct add add = {.place = place, .member = member};
	int rc = auth_member_role_check(place, member->role);

	if (rc < 0)
		return rc;
	rc = bh_tx_run(AUTH_DB(place->db), add_work, &add);
	if (rc == BH_E_CONFLICT)
		return already_member();
	if (rc == 0)
		*out_account = add.account;
	return rc;
}

/* ---- change ---- */

struct change {
	const struct auth_place *place;
	const struct bh_uuid *account;
	const char *role, *state;
	bool revoked;
};

BH_MUST_CHECK static int
change_work(struct bh_db *tx, void *ctx)
{
	struct change *change = ctx;
	const struct bh_uuid *tenant = &change->place->tenant;
	const char *top = top_role(tenant), *role, *state;
	struct auth_membership old = {0};
	int64_t others = 0;
	bool was_active, loses;
	int rc;

	change->revoked = false;
	rc = auth_store_membership_lock(tx, tenant, change->account, top, &old, &others);
	if (rc < 0)
		return rc;
	if (!auth_role_may_change(change->place->rank, bh_role_find(old.role), BH_ROLE_NONE))
		return bh_error(BH_E_FORBIDDEN, "You cannot change a user whose role is above your own.");
	role = change->role != NULL ? change->role : old.role;
	state = change->state != NULL ? change->state : old.state;
	was_active = strcmp(old.state, "active") == 0;
	if (!was_active && strcmp(state, "active") == 0)
		rc = auth_place_give_check(change->place, role);
	if (rc < 0)
		return rc;
	if (was_active && strcmp(old.role, top) == 0 && others == 0 &&
		(strcmp(role, top) != 0 || strcmp(state, "active") != 0))
		return bh_error(BH_E_STATE, "The last active %s cannot be disabled or given another role.",
			top);

	rc = auth_store_membership_set(tx, tenant, change->account, role, state);
	if (rc < 0)
		return rc;
	loses = bh_role_find(role) < bh_role_find(old.role) ||
		(was_active && strcmp(state, "active") != 0);
	if (!loses)
		return 0;
	if (strcmp(state, "active") != 0)
		rc = auth_store_session_revoke_all(tx, tenant, change->account);
	if (rc == 0)
		rc = auth_store_revocation_subject(tx, tenant, change->account);
	change->revoked = rc == 0;
	return rc;
}

int
auth_member_change(const struct auth_place *place, const struct bh_uuid *account, const char *role,
	const char *state, bool *out_revoked)
{
	struct change change = {
		.place = place,
		.account = account,
		.role = role,
		.state = state,
	};
	int rc;

	if (role != NULL) {
		rc = auth_member_role_check(place, role);
		if (rc < 0)
			return rc;
	}
	rc = bh_tx_run(AUTH_DB(place->db), change_work, &change);
	if (rc == 0)
		*out_revoked = change.revoked;
	return rc;
}

/* ---- links ---- */

struct link {
	const struct auth_place *place;
	const struct bh_uuid *account;
	const char *created_by;
	int64_t expires_ms;
	const char *text;
};

BH_MUST_CHECK static int
link_work(struct bh_db *tx, void *ctx)
{
	struct link *link = ctx;
	const struct auth_place *place = link->place;
	struct auth_membership member = {0};
	struct bh_uuid id = bh_uuid_new();
	char text[BH_CREDENTIAL_TEXT];
	struct bh_digest hash;
	int rc = auth_store_membership_get(tx, &place->tenant, link->account, &member);

	if (rc < 0)
		return rc;
	if (!auth_role_may_change(place->rank, bh_role_find(member.role), BH_ROLE_NONE))
		return bh_error(BH_E_FORBIDDEN,
			"You cannot create a link for a user whose role is above your own.");
	/* It may be somebody who is more elsewhere. */
	rc = auth_place_give_check(place, "superuser");
	if (rc < 0)
		return rc;

	bh_credential_make(BH_CREDENTIAL_LINK, &place->tenant, &id, text, &hash);
	link->text = bh_arena_copy(tx->arena, text, sizeof(text) - 1);
	bh_wipe(text, sizeof(text));
	return auth_store_link_add(tx, &place->tenant, &id, link->account, purpose, &hash,
		link->created_by, link->expires_ms);
}

int
auth_member_link(const struct auth_place *place, const struct bh_uuid *account,
	const char *created_by, int64_t expires_ms, const char **out_text)
{
	struct link link = {
		.place = place,
		.account = account,
		.created_by = created_by,
		.expires_ms = expires_ms,
	};
	int rc = bh_tx_run(AUTH_DB(place->db), link_work, &link);

	if (rc == 0)
		*out_text = link.text;
	return rc;
}

/* One answer for used, replaced, expired and invented links. */
static int
link_refused(int rc)
{
	if (rc != BH_E_NOT_FOUND)
		return rc;
	return bh_error(BH_E_UNAUTHENTICATED, "The link is no longer valid; request a new one.");
}

int
auth_member_link_check(struct bh_db *db, const struct bh_credential *link, int64_t now_ms)
{
	struct auth_link found;

	return link_refused(auth_store_link_get(AUTH_DB(auth_in_tenant(db, &link->tenant)),
		&link->tenant, &link->row, &link->hash, now_ms, &found));
}

struct redeem {
	const struct bh_credential *link;
	const char *password_hash;
	const struct bh_digest *client;
	int64_t now_ms;
	struct bh_uuid account;
};

BH_MUST_CHECK static int
redeem_work(struct bh_db *tx, void *ctx)
{
	struct redeem *redeem = ctx;
	const struct bh_credential *link = redeem->link;
	struct auth_account account = {0};
	struct auth_link found = {0};
	int rc = auth_store_link_get(tx, &link->tenant, &link->row, &link->hash, redeem->now_ms,
		&found);

	if (rc == 0)
		rc = auth_store_link_use(tx, &link->tenant, &link->row, &link->hash, redeem->now_ms);
	if (rc == 0)
		rc = auth_account_renew(tx, &found.account, NULL, redeem->now_ms);
	if (rc < 0)
		return rc;
	redeem->account = found.account;
	if (strcmp(found.purpose, AUTH_LINK_RESET) == 0)
		rc = auth_store_account_own(tx, &redeem->account, redeem->now_ms);
	if (rc == 0)
		rc = auth_store_account_set_password(tx, &redeem->account, redeem->password_hash,
			redeem->now_ms);
	if (rc == 0)
		rc = auth_store_client_note(tx, &redeem->account, redeem->client, redeem->now_ms);
	if (rc == 0)
		rc = auth_store_account_get(tx, &redeem->account, &account);
	/* Refresh tokens from before die by password_set_at, access tokens by this row: in all tenants, and
	 * whom a tenant registered has no other. So its links count as its own revocations. */
	if (rc == 0)
		rc = auth_store_revocation_subject(tx,
			bh_uuid_is_zero(&account.managed_by) ? NULL : &account.managed_by, &redeem->account);
	return rc;
}

int
auth_member_redeem(struct bh_db *db, const struct bh_credential *link, const char *password_hash,
	const struct bh_digest *client, int64_t now_ms, struct bh_uuid *out_account)
{
	struct redeem redeem = {
		.link = link,
		.password_hash = password_hash,
		.client = client,
		.now_ms = now_ms,
	};
	int rc = link_refused(
		bh_tx_run(AUTH_DB(auth_in_tenant(db, &link->tenant)), redeem_work, &redeem));

	if (rc == 0)
		*out_account = redeem.account;
	return rc;
}
