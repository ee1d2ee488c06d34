/* SPDX-License-Identifier: Apache-2.0 */
/* store_console.h: console sessions: rows of `session` with a secret of their own. */
#ifndef BH_AUTH_STORE_CONSOLE_H
#define BH_AUTH_STORE_CONSOLE_H

#include "auth/auth.h"
#include "base/uuid.h"
#include "sec/digest.h"

/* Everything that is decided on, as the tenant sees it, in one read. Times are 0 where the row says null. */
struct auth_console_row {
	struct bh_uuid id, account;
	const char *method, *client;
	struct bh_bytes secret_hash;
	int64_t created_ms, last_used_ms, expires_ms, revoked_ms;
	int64_t proved_ms, mfa_ms, elevated_until_ms;
	const char *role, *member_state;
	const char *tenant_name, *tenant_state;
	bool mfa_required;
	int64_t tenant_idle_s, tenant_max_s; /* the tenant's own wish; 0: none */
	int64_t tenant_rpm, tenant_concurrency;
	const char *origins; /* "" without any */
};
/* *out_found false: no such session, or it is none of the console. */
BH_MUST_CHECK int auth_store_console_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct auth_console_row *out, bool *out_found);

struct auth_console_new {
	struct bh_uuid id, account;
	const char *method, *client;
	struct bh_digest secret_hash;
	int64_t now_ms, expires_ms, proved_ms, mfa_ms;
};
BH_MUST_CHECK int auth_store_console_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct auth_console_new *session);

/* Notes that it asked for something; nothing happens to one that is over. */
BH_MUST_CHECK int auth_store_console_used(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, int64_t now_ms);

/* What a new secret comes with. */
struct auth_console_change {
	struct bh_digest secret_hash;
	int64_t elevated_until_ms; /* 0: not */
	int64_t mfa_ms;            /* 0: as it is */
	int64_t proved_ms;         /* 0: as it is */
	struct bh_bytes was;       /* the hash that is replaced; without data: any */
};
/* Replaces the secret of one that runs; BH_E_NOT_FOUND, also when it is not `was`. */
BH_MUST_CHECK int auth_store_console_rotate(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const struct auth_console_change *change, int64_t now_ms);

/* What the platform knows of the person behind one. BH_E_NOT_FOUND. */
struct auth_console_person {
	const char *state;
	int64_t password_set_ms;
	bool mfa; /* an authenticator app is set up */
};
BH_MUST_CHECK int auth_store_console_person(struct bh_db *db, const struct bh_uuid *account,
	struct auth_console_person *out);

#endif
