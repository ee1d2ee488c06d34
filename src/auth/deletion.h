/* SPDX-License-Identifier: Apache-2.0 */
/* deletion.h: the deletion of a tenant, from the request to the receipt.
 *
 * A row in the platform's context is the job: while it is not completed, a worker asks every service, the one that
 * calls the others first, to remove what it has (service/erase.h). Whoever is killed meanwhile is asked again, and
 * what was removed was counted in the same transactions. When no service finds anything, and none does a moment
 * later either, the tenant's own row goes and the receipt is written, in one transaction. */
#ifndef BH_AUTH_DELETION_H
#define BH_AUTH_DELETION_H

#include "auth/chain.h"
#include "auth/store_deletion.h"
#include "base/buf.h"

struct bh_erase;

#define AUTH_WORKER_DELETION "delete-tenants"
#define AUTH_DELETION_BEAT_MS 500
/* What calls of the tenant leave behind after their end is written within this time. */
#define AUTH_DELETION_CLEAN_MS 2000

struct auth_deletion_ask {
	struct bh_uuid target;
	const char *confirm; /* the tenant's name; BH_E_INVALID when it is another */
	const char *subject; /* who asks */
};

/* Begins the deletion, or finds the one that was begun or has ended: *out_begun tells. From its commit on no
 * credential of the tenant is known. BH_E_NOT_FOUND, BH_E_STATE for the platform. */
BH_MUST_CHECK int auth_deletion_begin(struct bh_db *db, const struct auth_deletion_ask *ask,
	struct auth_deletion *out, bool *out_begun);

/* The worker. */
void auth_deletion_run(struct bh_runtime *runtime, void *service);

/* What one pass over the services has found: 0, or 1 when the deletion was completed. `chain`: the keys that sign. */
BH_MUST_CHECK int auth_deletion_judge(struct bh_db *db, const struct auth_chain_conf *chain,
	const struct auth_deletion *deletion, bool clean, int64_t now_ms);

/* bh_service.erase: what the platform has of the tenant. */
BH_MUST_CHECK int auth_deletion_erase(struct bh_erase *erase);

/* Who removes keys of objects counts them so (rag/erase.c). */
#define AUTH_DELETION_KEY_PART "object.key"
/* When the last of them was destroyed; 0: there was none. */
int64_t auth_deletion_key_destroyed(const struct auth_deletion_count *counts, size_t n);

/* What is signed of a receipt: {"completed_at","id","receipt_sha256","tenant"}; its type. */
#define AUTH_DELETION_TYPE "bulkhead-deletion"
BH_MUST_CHECK int auth_deletion_sign(const struct auth_chain_signer *signer,
	const struct auth_deletion *deletion, int64_t completed_ms, const struct bh_digest *hash,
	struct bh_buf *out);

/* The receipt as canonical JSON (RFC 8785): names sorted, integers, no blanks. Appended. */
void auth_deletion_receipt(const struct auth_deletion *deletion, int64_t completed_ms,
	const struct auth_deletion_count *counts, size_t n, struct bh_buf *out);

#endif
