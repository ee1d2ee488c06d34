/* SPDX-License-Identifier: Apache-2.0 */
/* account.c: persons on the whole platform. */
#include "auth/account.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/store_account.h"
#include "auth/store_link.h"
#include "auth/store_membership.h"
#include "auth/store_revocation.h"
#include "auth/store_session.h"
#include "base/error.h"

struct set {
	const struct bh_uuid *account;
	bool active;
};

/* Somebody must be left who can undo it from outside the machine. */
BH_MUST_CHECK static int
superuser_check(struct bh_db *platform, const struct bh_uuid *account)
{
	struct auth_membership member = {0};
	int64_t others = 0;
	int rc = auth_store_membership_lock(platform, &bh_platform_tenant, account, "superuser",
		&member, &others);

	if (rc == BH_E_NOT_FOUND)
		return 0;
	if (rc == 0 && others == 0 && strcmp(member.state, "active") == 0)
		return bh_error(BH_E_STATE, "The last active superuser cannot be disabled.");
	return rc;
}

BH_MUST_CHECK static int
sessions_end(struct bh_db *tx, const struct bh_uuid *account)
{
	struct auth_home *homes = NULL;
	size_t n = 0;
	int rc = auth_store_account_homes(tx, account, INT64_MAX, &homes, &n);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct bh_db own = auth_in_tenant(tx, &homes[i].tenant);

		rc = auth_store_session_revoke_all(&own, &homes[i].tenant, account);
	}
	return rc;
}

BH_MUST_CHECK static int
set_work(struct bh_db *tx, void *ctx)
{
	const struct set *set = ctx;
	int rc = 0;

	if (!set->active)
		rc = superuser_check(tx, set->account);
	if (rc == 0)
		rc = auth_store_account_set_state(tx, set->account, set->active ? "active" : "disabled");
	if (rc < 0 || set->active)
		return rc;
	rc = sessions_end(tx, set->account);
	return rc < 0 ? rc : auth_store_revocation_subject(tx, NULL, set->account);
}

int
auth_account_set(struct bh_db *db, const struct bh_uuid *account, bool active)
{
	struct set set = {.account = account, .active = active};

	return bh_tx_run(AUTH_DB(auth_platform(db)), set_work, &set);
}

/* ---- the password ---- */

struct password {
	const struct bh_uuid *account;
	int64_t old_ms;
	const char *hash;
	const struct bh_uuid *keep;
	int64_t now_ms;
};

int
auth_account_renew(struct bh_db *tx, const struct bh_uuid *account, const struct bh_uuid *keep,
	int64_t now_ms)
{
	struct auth_home *homes = NULL;
	size_t n = 0;
	int rc = auth_store_account_homes(tx, account, INT64_MAX, &homes, &n);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct bh_db own = auth_in_tenant(tx, &homes[i].tenant);

		rc = auth_store_link_void(&own, &homes[i].tenant, account, now_ms);
		if (rc == 0)
			rc = auth_store_session_revoke_others(&own, &homes[i].tenant, account, keep);
	}
	return rc;
}

BH_MUST_CHECK static int
password_work(struct bh_db *tx, void *ctx)
{
	const struct password *password = ctx;
	struct auth_account account = {0};
	int rc = auth_store_account_lock(tx, password->account, &account);

	if (rc == 0 && account.password_set_ms != password->old_ms)
		rc = BH_E_CONFLICT;
	if (rc == 0)
		rc = auth_store_account_set_password(tx, password->account, password->hash,
			password->now_ms);
	if (rc == 0)
		rc = auth_account_renew(tx, password->account, password->keep, password->now_ms);
	/* As with links (auth/member.c): whom a tenant registered has no other. */
	return rc < 0
		? rc
		: auth_store_revocation_subject(tx,
			  bh_uuid_is_zero(&account.managed_by) ? NULL : &account.managed_by, password->account);
}

int
auth_account_password(struct bh_db *db, const struct bh_uuid *account, int64_t old_ms,
	const char *password_hash, const struct bh_uuid *keep, int64_t now_ms)
{
	struct password password = {account, old_ms, password_hash, keep, now_ms};

	return bh_tx_run(AUTH_DB(auth_platform(db)), password_work, &password);
}
