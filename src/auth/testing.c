/* SPDX-License-Identifier: Apache-2.0 */
/* testing.c: the common ground of auth's database tests. */
#include "auth/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/member.h"
#include "auth/signing.h"
#include "auth/store_account.h"
#include "auth/store_tenant.h"
#include "auth/tries.h"
#include "base/error.h"

struct auth_test auth_test;

/* What fails here is the test's ground, not what it proves. */
static void
need(int rc, const char *what)
{
	if (rc == 0)
		return;
	fprintf(stderr, "%s: %s %s\n", what, bh_error_row(rc)->symbol, bh_error_detail(rc));
	exit(1);
}

int
auth_test_open(void **state)
{
	const struct bh_token_checker_conf checker = {
		.issuer = "https://issuer.test",
		.audience = "rag",
		.cache_entries = 16,
	};
	struct auth_signer_conf signer = {
		.issuer = "https://issuer.test",
		.access_ttl_s = 600,
		.rotate_ms = 30LL * 86400 * 1000,
	};
	struct auth_tenant tenant;
	struct bh_db platform;

	(void)state;
	auth_test = (struct auth_test){0};
	need(bh_test_db_open(&auth_test.database), "scratch database");
	auth_test.db = bh_test_db_as(&auth_test.database, "bulkhead_auth", NULL);
	auth_test.auth.conf = (struct auth_conf){
		.access_ttl_s = 600,
		.refresh_idle_s = 3600,
		.session_max_s = 86400,
		.user_sessions = 100,
		.console_idle_s = 43200,
		.console_max_s = 604800,
		.staff_console_idle_s = 3600,
		.staff_console_max_s = 43200,
		.reset_ttl_s = 3600,
		.tenant_invitations = 100,
		.tenant_mails_per_day = 200,
	};
	strcpy(auth_test.auth.audience, "auth rag");
	auth_roles_init((const struct bh_service *const[]){&auth_service, NULL}, &auth_test.auth.roles);
	bh_random(signer.seal_key.bytes, sizeof(signer.seal_key.bytes));
	bh_random(auth_test.auth.refresh_key.bytes, sizeof(auth_test.auth.refresh_key.bytes));
	bh_random(auth_test.auth.totp_key.bytes, sizeof(auth_test.auth.totp_key.bytes));
	bh_random(auth_test.auth.recovery_key.bytes, sizeof(auth_test.auth.recovery_key.bytes));
	bh_random(auth_test.auth.mail_key.bytes, sizeof(auth_test.auth.mail_key.bytes));
	auth_test.auth.public_url = "https://ai.test";
	need(auth_tries_open(NULL, NULL, &auth_test.auth.tries), "tries");
	need(bh_token_checker_open(&checker, &auth_test.checker), "checker");
	need(auth_signer_open(&signer, &auth_test.auth.signer), "signer");
	platform = auth_platform(&auth_test.db);
	need(auth_signer_cycle(auth_test.auth.signer, &platform, auth_test.checker, AUTH_TEST_NOW_MS),
		"keys");
	auth_test.acme = bh_uuid_new();
	auth_test.other = bh_uuid_new();
	need(auth_store_tenant_add(&auth_test.db, &auth_test.acme, "acme", "acme", &tenant), "tenant");
	need(auth_store_tenant_add(&auth_test.db, &auth_test.other, "other", "other", &tenant),
		"tenant");
	return 0;
}

int
auth_test_close(void **state)
{
	(void)state;
	auth_signer_close(auth_test.auth.signer);
	auth_tries_close(auth_test.auth.tries);
	bh_token_checker_close(auth_test.checker);
	bh_test_db_close(&auth_test.database);
	return 0;
}

struct auth_place
auth_test_place(const struct bh_uuid *tenant, int rank)
{
	return (struct auth_place){
		.db = auth_in_tenant(&auth_test.db, tenant),
		.tenant = *tenant,
		.rank = rank,
		.roles = &auth_test.auth.roles,
	};
}

static struct bh_uuid
member_add(const struct bh_uuid *tenant, const char *email, const char *role, const char *hash)
{
	const struct auth_place place = auth_test_place(tenant, 5);
	const struct auth_member_new member = {
		.email = email,
		.name = "",
		.role = role,
		.password_hash = hash,
		.now_ms = AUTH_TEST_NOW_MS,
	};
	struct bh_uuid account = {0};

	need(auth_member_add(&place, &member, &account), email);
	return account;
}

struct bh_uuid
auth_test_member(const struct bh_uuid *tenant, const char *email, const char *role)
{
	return member_add(tenant, email, role, "x");
}

struct bh_uuid
auth_test_registered(const struct bh_uuid *tenant, const char *email, const char *hash)
{
	static const char sql[] =
		"UPDATE account SET managed_by_tenant_id = $3 WHERE tenant_id = $1 AND id = $2";
	const struct bh_uuid account = member_add(tenant, email, "member", hash);
	struct bh_db platform = auth_platform(&auth_test.db);

	need(bh_db_change(&platform, sql, BH_PARAMS(&bh_platform_tenant, &account, tenant)), email);
	return account;
}

int
auth_test_sign_in(const struct bh_uuid *tenant, const struct bh_uuid *account, int64_t now_ms,
	struct auth_tokens *out)
{
	struct auth_account row = {0};
	struct auth_session_new session = {
		.tenant = *tenant,
		.account = *account,
		.method = "password",
		.client = "test",
	};

	need(auth_store_account_get(&auth_test.db, account, &row), "account");
	session.password_set_ms = row.password_set_ms;
	return auth_session_begin(&auth_test.auth, &auth_test.db, &session, now_ms, out);
}

int
auth_test_refresh(const struct auth_tokens *tokens, int64_t now_ms)
{
	int64_t wait_ms = 0;
	struct auth_tokens next;
	bool revoked;

	return auth_session_refresh(&auth_test.auth, &auth_test.db, tokens->refresh, now_ms, &next,
		&revoked, &wait_ms);
}
