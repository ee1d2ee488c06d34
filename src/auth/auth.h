/* SPDX-License-Identifier: Apache-2.0 */
/* auth.h: what the files of the auth service share: settings, state, and the place an act concerns. */
#ifndef BH_AUTH_AUTH_H
#define BH_AUTH_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/roles.h"
#include "base/macros.h"
#include "db/db.h"
#include "sec/digest.h"
#include "sec/password.h"
#include "sec/token.h"
#include "service/webhook.h"

struct auth_key_bounds;
struct auth_observed;
struct auth_pusher;
struct auth_signer;
struct auth_tries;
struct bh_mail_settings;
struct bh_request;
struct bh_runtime;
struct bh_service;

/* [auth] of bulkhead.conf. */
struct auth_conf {
	int64_t access_ttl_s;
	int64_t exchange_ttl_s;
	int64_t refresh_idle_s;
	int64_t session_max_s;
	int64_t console_idle_s, console_max_s;
	int64_t staff_console_idle_s, staff_console_max_s; /* of the platform's tenant */
	int64_t link_ttl_s;
	int64_t keep_session_s, keep_link_s; /* after its end */
	int64_t keep_deletion_s;             /* of a tenant */
	int64_t keep_impersonation_s;
	int64_t keep_audit_s; /* in the index */
	int64_t key_rotate_days;
	int64_t audit_key_rotate_days;
	bool webhook_private;
	const char *webhook_ca_file;
	const char *syslog, *syslog_ca_file; /* "" for none */
	int64_t syslog_enterprise;           /* 0: none */
	int64_t hash_threads;
	int64_t hash_waiting;
	int64_t tenant_concurrency; /* 0: none */
	int64_t tenant_keys;        /* 0: as many as wanted */
	int64_t tenant_users;       /* 0: as many as wanted */
	int64_t user_sessions;
	int64_t invitation_ttl_s, reset_ttl_s;
	int64_t tenant_invitations;   /* that wait */
	int64_t tenant_mails_per_day; /* of each kind */
	int64_t keep_mail_s, keep_job_s;
};

/* The keys of audit checkpoints (chain.h). */
struct auth_chain_conf {
	struct bh_secret seal_key; /* for private parts at rest */
	int64_t rotate_ms;         /* a key signs for this long */
};

struct auth {
	struct auth_conf conf;               /* first: the settings' offsets are of it */
	struct bh_password_pool *hasher;     /* owned */
	struct auth_signer *signer;          /* owned */
	struct auth_tries *tries;            /* owned */
	struct auth_pusher *pusher;          /* owned */
	struct auth_observed *observed;      /* owned */
	struct auth_syslog *syslog;          /* owned; NULL: none is set */
	struct bh_secret refresh_key;        /* seals the successors of refresh tokens */
	struct bh_secret totp_key;           /* seals what authenticator apps share */
	struct bh_secret recovery_key;       /* hashes recovery codes */
	struct bh_secret client_key;         /* marks where people sign in from */
	struct bh_webhooks webhooks;         /* of audit events */
	struct auth_chain_conf chain;        /* of audit checkpoints */
	struct bh_secret mail_key;           /* seals what holds a link */
	const struct bh_mail_settings *mail; /* borrowed; NULL: none is sent */
	const char *public_url;              /* borrowed: what links begin with */
	struct auth_roles roles;
	char audience[BH_AUDIENCE_BYTES]; /* every service: of people and their keys */
};

extern const struct bh_service auth_service;

/* The tenant an act concerns, and who acts: a tenant's own route, or the platform's for a tenant
 * named in the path. */
struct auth_place {
	struct bh_db db; /* context = tenant */
	struct bh_uuid tenant;
	int rank;                       /* of the actor; enum bh_role */
	const struct auth_roles *roles; /* borrowed */
	/* What a key may pass on, of the request's lifetime: its own scopes. NULL: a person, whom the rank
	 * alone binds. */
	const char *gives;
	/* What limits the key and those above it, of the same lifetime; NULL with gives. */
	const struct auth_key_bounds *bounds;
};

/* BH_E_UNAUTHENTICATED for a key that is gone. */
BH_MUST_CHECK int auth_place(struct bh_request *req, struct auth_place *out);

/* BH_E_FORBIDDEN unless the actor may grant a role, or the means to act in it: a key can grant only a
 * role whose scopes it has all, and a key with limits or an expiry cannot grant any, because a user
 * would have neither. */
BH_MUST_CHECK int auth_place_give_check(const struct auth_place *place, const char *role);

/* The same handle (inside the same transaction, if any) in the platform's context: for the tables that
 * belong to the platform. */
static inline struct bh_db
auth_platform(const struct bh_db *db)
{
	struct bh_db platform = *db;

	platform.payer = *bh_db_payer(db);
	platform.context = bh_platform_tenant;
	return platform;
}

/* The same handle in a tenant's context. */
static inline struct bh_db
auth_in_tenant(const struct bh_db *db, const struct bh_uuid *tenant)
{
	struct bh_db own = *db;

	own.context = *tenant;
	return own;
}

/* The same handle without a context: sees only where there is work. */
static inline struct bh_db
auth_nowhere(const struct bh_db *db)
{
	struct bh_db nowhere = *db;

	nowhere.payer = *bh_db_payer(db);
	nowhere.context = (struct bh_uuid){0};
	return nowhere;
}

/* A worker's handle in the platform's context. */
struct bh_db auth_vital_db(struct bh_runtime *runtime, struct bh_arena *arena);

/* The address of such a handle, for one call. */
#define AUTH_DB(handle) ((struct bh_db[]){handle})

#endif
