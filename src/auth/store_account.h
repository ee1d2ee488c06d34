/* SPDX-License-Identifier: Apache-2.0 */
/* store_account.h: persons, their addresses and the directory of where they belong: the platform's. */
#ifndef BH_AUTH_STORE_ACCOUNT_H
#define BH_AUTH_STORE_ACCOUNT_H

#include "auth/auth.h"
#include "base/uuid.h"

struct auth_account {
	struct bh_uuid id;
	const char *email;
	const char *name;
	const char *state;
	const char *password_hash; /* NULL while no password is set */
	int64_t password_set_ms;
	/* The tenant that registered the person under an earlier version, and may know the password; else zero. */
	struct bh_uuid managed_by;
	bool familiar; /* told by auth_store_account_sign_in alone */
};

/* By sign-in address; *out_found tells. */
BH_MUST_CHECK int auth_store_account_find(struct bh_db *db, const char *email,
	struct auth_account *out, bool *out_found);
/* The same, and whether they have signed in from the client with this mark before. */
BH_MUST_CHECK int auth_store_account_sign_in(struct bh_db *db, const char *email,
	const struct bh_digest *mark, struct auth_account *out, bool *out_found);
BH_MUST_CHECK int auth_store_account_get(struct bh_db *db, const struct bh_uuid *id,
	struct auth_account *out);

/* The same, and whoever else changes the person waits. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_account_lock(struct bh_db *tx, const struct bh_uuid *id,
	struct auth_account *out);

/* The person and the address; BH_E_CONFLICT when the address is taken. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_account_add(struct bh_db *tx, const struct bh_uuid *id,
	const char *email, const char *name);

/* "active" or "disabled". BH_E_NOT_FOUND. */
BH_MUST_CHECK int auth_store_account_set_state(struct bh_db *tx, const struct bh_uuid *id,
	const char *state);

/* From now_ms on; sign-ins that began before are over. */
BH_MUST_CHECK int auth_store_account_set_password(struct bh_db *db, const struct bh_uuid *id,
	const char *hash, int64_t now_ms);
/* Rehashes the same password; sessions are kept. Nothing happens when `old` is not its hash any more. */
BH_MUST_CHECK int auth_store_account_rehash(struct bh_db *db, const struct bh_uuid *id,
	const char *old, const char *hash);

/* The person has read what was sent to the address they sign in with: nobody else speaks for them any more, not
 * even the tenant that registered them, nor the app that was set up until then. Inside bh_tx_run. */
BH_MUST_CHECK int auth_store_account_own(struct bh_db *tx, const struct bh_uuid *id,
	int64_t now_ms);

/* A tenant of the directory. */
struct auth_home {
	struct bh_uuid tenant;
	const char *name;
};
/* As many as sign-in and staff are shown. */
enum { AUTH_HOMES_SHOWN = 100 };
BH_MUST_CHECK int auth_store_account_homes(struct bh_db *db, const struct bh_uuid *id,
	int64_t limit, struct auth_home **out, size_t *out_count);
BH_MUST_CHECK int auth_store_account_add_home(struct bh_db *tx, const struct bh_uuid *id,
	const struct bh_uuid *home);

/* Address and name of many persons. */
struct auth_person {
	struct bh_uuid id;
	const char *email;
	const char *name;
	const char *state;
	bool has_password;
	bool has_second_factor;
};
BH_MUST_CHECK int auth_store_account_persons(struct bh_db *db, const struct bh_uuid *ids,
	size_t n_ids, struct auth_person **out, size_t *out_count);

#endif
