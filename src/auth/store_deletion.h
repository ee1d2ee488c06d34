/* SPDX-License-Identifier: Apache-2.0 */
/* store_deletion.h: tenants' deletions, what services have removed for them, and what the platform has of a
 * tenant. */
#ifndef BH_AUTH_STORE_DELETION_H
#define BH_AUTH_STORE_DELETION_H

#include "auth/auth.h"
#include "base/uuid.h"
#include "service/list.h"

/* A row of `tenant_deletion`. */
struct auth_deletion {
	struct bh_uuid id, target;
	const char *name, *requested_by;
	int64_t created_ms;
	int64_t clean_ms;         /* when nothing was found first; 0: something was */
	int64_t completed_ms;     /* 0: it goes on */
	const char *receipt;      /* canonical JSON; NULL: it goes on */
	const char *sha256;       /* of its bytes, in hex; NULL likewise */
	const char *signature;    /* a JWS over it; NULL likewise, and of an old one */
	int64_t key_destroyed_ms; /* 0: there was none, or it goes on */
};

/* A row of `tenant_deletion_count`. */
struct auth_deletion_count {
	const char *service, *part;
	int64_t n;
	const char *kept; /* why these stay; NULL: they were removed */
	int64_t first_ms, last_ms;
};

/* All in the platform's context. */

BH_MUST_CHECK int auth_store_deletion_add(struct bh_db *tx, const struct bh_uuid *id,
	const struct bh_uuid *target, const char *name, const char *requested_by);
BH_MUST_CHECK int auth_store_deletion_of(struct bh_db *db, const struct bh_uuid *target,
	struct auth_deletion *out, bool *out_found);
BH_MUST_CHECK int auth_store_deletion_get(struct bh_db *db, const struct bh_uuid *id,
	struct auth_deletion *out);
BH_MUST_CHECK int auth_store_deletion_list(struct bh_db *db, const struct bh_uuid *after,
	int64_t limit, struct auth_deletion **out, size_t *out_n);
/* Those that go on. */
BH_MUST_CHECK int auth_store_deletion_open(struct bh_db *db, struct auth_deletion **out,
	size_t *out_n);
/* Locks one that goes on; BH_E_NOT_FOUND when it is over. */
BH_MUST_CHECK int auth_store_deletion_lock(struct bh_db *tx, const struct bh_uuid *id,
	struct auth_deletion *out);
/* Zero: something was found after all. */
BH_MUST_CHECK int auth_store_deletion_clean(struct bh_db *db, const struct bh_uuid *id,
	int64_t clean_ms);
BH_MUST_CHECK int auth_store_deletion_counts(struct bh_db *tx, const struct bh_uuid *id,
	struct auth_deletion_count **out, size_t *out_n);
/* Notes what stays besides the rows that services keep. */
BH_MUST_CHECK int auth_store_deletion_stay(struct bh_db *tx, const struct bh_uuid *id,
	const struct auth_deletion_count *stay);
/* With its receipt, the SHA-256 of that, the signature, and key_destroyed_ms. */
BH_MUST_CHECK int auth_store_deletion_complete(struct bh_db *tx,
	const struct auth_deletion *deletion, int64_t now_ms, const struct bh_digest *hash);
/* How many revocations name the tenant; they stay until none of its tokens can live. */
BH_MUST_CHECK int auth_store_deletion_revocations(struct bh_db *tx, const struct bh_uuid *target,
	int64_t *out);
/* Removes the tenant itself, whose name is free then. */
BH_MUST_CHECK int auth_store_deletion_tenant(struct bh_db *tx, const struct bh_uuid *target);

/* ---- the platform's rows of it, in pieces ---- */

/* Some people who are in the tenant or whose account is the tenant's, locked: nobody makes them a member of another
 * one meanwhile. */
BH_MUST_CHECK int auth_store_deletion_people(struct bh_db *tx, const struct bh_uuid *target,
	struct bh_uuid **out, size_t *out_n);
/* They are no longer in the tenant, nor is it the one that manages them. */
BH_MUST_CHECK int auth_store_deletion_leave(struct bh_db *tx, const struct bh_uuid *target,
	const struct bh_uuid *people, size_t n, int64_t *out_places, int64_t *out_managed);
/* Removes those of them who are in no tenant now. */
BH_MUST_CHECK int auth_store_deletion_lonely(struct bh_db *tx, const struct bh_uuid *people,
	size_t n, int64_t *out_emails, int64_t *out_clients, int64_t *out_accounts);
BH_MUST_CHECK int auth_store_deletion_expiries(struct bh_db *tx, const struct bh_uuid *target,
	int64_t *out);

#endif
