/* SPDX-License-Identifier: Apache-2.0 */
/* testing.h: what the database tests of auth share: a scratch database, a signer, two tenants. Linked by
 * tests only. */
#ifndef BH_AUTH_TESTING_H
#define BH_AUTH_TESTING_H

#include "auth/auth.h"
#include "auth/session.h"
#include "db/testing.h"
#include "sec/token.h"

#define AUTH_TEST_NOW_MS 1800000000000LL

struct auth_test {
	struct bh_test_db database;
	struct bh_db db;  /* role bulkhead_auth, no context */
	struct auth auth; /* signer and conf; no hasher, no pusher */
	struct bh_token_checker *checker;
	struct bh_uuid acme, other; /* two tenants */
};

/* Of the group of tests that is open. */
extern struct auth_test auth_test;

/* Set-up and tear-down of a group; the program has checked that there is a database. */
int auth_test_open(void **state);
int auth_test_close(void **state);

/* A place as somebody with that rank in a tenant. */
struct auth_place auth_test_place(const struct bh_uuid *tenant, int rank);

/* A new person with a password's hash of "x" as member of a tenant, made by the platform. */
struct bh_uuid auth_test_member(const struct bh_uuid *tenant, const char *email, const char *role);

/* The same as earlier versions made one: registered by the tenant, with that hash (NULL: none yet). */
struct bh_uuid auth_test_registered(const struct bh_uuid *tenant, const char *email,
	const char *hash);

/* A sign-in of a member at that time. */
int auth_test_sign_in(const struct bh_uuid *tenant, const struct bh_uuid *account, int64_t now_ms,
	struct auth_tokens *out);

/* Whether the sign-in can be refreshed at that time. */
int auth_test_refresh(const struct auth_tokens *tokens, int64_t now_ms);

#endif
