/* SPDX-License-Identifier: Apache-2.0 */
/* console.h: sessions of the console: their cookie, what they may do now, and how that changes.
 *
 * A session is a row with a secret of its own. It is over when it was not used for a time, when the time
 * since the password was proved is over, or when anything that it rests on is gone: the membership, the
 * tenant, the account, the password. Each change of rights replaces the secret. */
#ifndef BH_AUTH_CONSOLE_H
#define BH_AUTH_CONSOLE_H

#include <stdbool.h>

#include "auth/auth.h"
#include "auth/store_console.h"
#include "auth/store_impersonation.h"
#include "base/uuid.h"
#include "sec/credential.h"

/* How long somebody may do what destroys after having proved who they are once more. */
#define AUTH_ELEVATION_MS (10 * 60 * 1000LL)
/* The last use is written so often at most. */
#define AUTH_CONSOLE_USED_MS (60 * 1000LL)

/* What sessions may do that lack a second factor which their tenant wants: set one up. */
#define AUTH_CONSOLE_LIMITED "account:read account:write"

/* Methods of rows. */
#define AUTH_METHOD_CONSOLE "console"
#define AUTH_METHOD_IMPERSONATION "impersonation"

/* A session that runs. Text is in the handle's arena. */
struct auth_console {
	struct bh_uuid tenant;
	struct auth_console_row row;
	const char *scope;       /* what it may do now */
	int64_t idle_expires_ms; /* unless it is used before */
	int64_t expires_ms;
	int64_t elevated_until_ms; /* 0: not */
	bool mfa_enabled;          /* the person has an app */
	bool mfa;                  /* and has shown it in this session */
	bool impersonated;
	struct auth_impersonation impersonation;
};

/* By its cookie. BH_E_UNAUTHENTICATED for one that is unknown or over, BH_E_SUSPENDED; *out_known tells
 * whether it is a session of its tenant all the same. Notes the use. */
BH_MUST_CHECK int auth_console_find(struct auth *auth, struct bh_db *db,
	const struct bh_credential *cookie, int64_t now_ms, struct auth_console *out, bool *out_known);

/* By its id, from a verified token. The same errors. */
BH_MUST_CHECK int auth_console_get(struct auth *auth, struct bh_db *db,
	const struct bh_uuid *tenant, const struct bh_uuid *id, int64_t now_ms,
	struct auth_console *out);

/* A new secret for the browser. */
struct auth_cookie {
	struct bh_uuid tenant, session;
	const char *text; /* in the handle's arena: the only copy */
	int64_t expires_ms;
	bool ended_others; /* the oldest sign-in made room for this one, or it took the place of one */
};

struct auth_console_begin {
	struct bh_uuid tenant, account;
	const char *client;      /* what it calls itself */
	int64_t password_set_ms; /* as read with the hash that matched */
	bool mfa;                /* a second factor was shown */
};
/* A session of a person who has proved who they are. BH_E_FORBIDDEN without a membership, BH_E_SUSPENDED,
 * BH_E_UNAUTHENTICATED when the password was changed since. */
BH_MUST_CHECK int auth_console_begin(struct auth *auth, struct bh_db *db,
	const struct auth_console_begin *begin, int64_t now_ms, struct auth_cookie *out);

/* Goes on in another tenant; the session here ends, and the other lasts no longer than it would have.
 * BH_E_FORBIDDEN, BH_E_SUSPENDED, BH_E_MFA_SESSION. */
BH_MUST_CHECK int auth_console_switch(struct auth *auth, struct bh_db *db,
	const struct auth_console *from, const struct bh_uuid *to, int64_t now_ms,
	struct auth_cookie *out);

/* Replaces the secret, with what was proved for it. */
struct auth_console_proof {
	bool elevate;  /* for AUTH_ELEVATION_MS; else it is elevated no more */
	bool mfa;      /* a second factor was shown */
	bool password; /* it was just set: sessions from before are over, and this one goes on */
	/* The hash of the secret that is replaced: of two requests at once only one replaces it, so that the
	 * browser is not left with the one that came to nothing. Without data: whichever it is. */
	struct bh_bytes was;
};
/* BH_E_UNAUTHENTICATED when it is over, BH_E_STATE when another request was faster. */
BH_MUST_CHECK int auth_console_rotate(struct auth *auth, struct bh_db *db,
	const struct bh_uuid *tenant, const struct bh_uuid *id, const struct auth_console_proof *proof,
	int64_t now_ms, struct auth_cookie *out);

/* A secret for a session; its text goes to the arena. */
void auth_console_secret(struct bh_arena *arena, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct auth_cookie *out, struct bh_digest *out_hash);

/* The lives of a tenant's console sessions, by the platform's settings and the tenant's own. */
int64_t auth_console_idle_ms(const struct auth *auth, const struct bh_uuid *tenant,
	int64_t tenant_idle_s);
int64_t auth_console_max_ms(const struct auth *auth, const struct bh_uuid *tenant,
	int64_t tenant_max_s);

#endif
