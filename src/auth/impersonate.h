/* SPDX-License-Identifier: Apache-2.0 */
/* impersonate.h: the platform's staff acts as a member of a tenant, for a time, and the tenant's log says so. */
#ifndef BH_AUTH_IMPERSONATE_H
#define BH_AUTH_IMPERSONATE_H

#include "auth/console.h"

struct bh_request;

#define AUTH_WORKER_IMPERSONATE "end-impersonations"

struct auth_impersonate_new {
	struct bh_uuid tenant;
	struct bh_uuid account; /* zero: the owner who is longest there */
	const char *reason;
	int64_t until_ms;
};
/* Begins one from the staff's own session. BH_E_FORBIDDEN (the platform itself), BH_E_NOT_FOUND (no such
 * member), BH_E_STATE (no owner), BH_E_SUSPENDED, BH_E_MFA_SESSION. */
BH_MUST_CHECK int auth_impersonate_begin(struct auth *auth, struct bh_db *db,
	const struct auth_console *staff, const struct auth_impersonate_new *wanted, int64_t now_ms,
	struct auth_cookie *out);

/* Ends it, and takes up the staff's own session again if that still runs: out->text NULL otherwise. */
BH_MUST_CHECK int auth_impersonate_end(struct bh_request *req,
	const struct auth_impersonation *acts, int64_t now_ms, struct auth_cookie *out);

/* Ends one in its tenant; *out_ended false: it was ended before. */
BH_MUST_CHECK int auth_impersonate_stop(struct bh_db *db, const struct auth_impersonation *acts,
	int64_t now_ms, bool *out_ended);

/* A line in the log of the tenant. `cause` NULL: it begins. */
void auth_impersonate_tell(struct bh_runtime *runtime, const char *request_id,
	const struct auth_impersonation *acts, const char *cause);

/* The worker: ends those whose time is over, or whose staff has signed out. */
void auth_impersonate_sweep(struct bh_runtime *runtime, void *service);

#endif
