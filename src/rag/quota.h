/* SPDX-License-Identifier: Apache-2.0 */
/* quota.h: what a tenant may keep: bytes, files, stores, files in a store, batches.
 *
 * Checked twice. At the start of an upload: the tenant's stored bytes, the sizes announced by its other
 * running uploads and the size of this one must fit together. And at the end of the transaction that
 * adds something, under a lock of the tenant, so that concurrent requests cannot exceed the quota. */
#ifndef RAG_QUOTA_H
#define RAG_QUOTA_H

#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

struct bh_request;
struct rag_announced;
struct rag_conf;
struct rag_kept;

void rag_quota_init(struct rag_announced *announced);

/* The last step of a transaction that added something; `store`: to this store, else NULL. BH_E_STORAGE
 * with a sentence when the tenant has more than it may. */
BH_MUST_CHECK int rag_quota_check(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store, const struct rag_conf *conf);

/* The same for a new upload in parts: it announces the bytes that will come, and pending ones are limited. */
BH_MUST_CHECK int rag_quota_check_upload(struct bh_db *tx, const struct bh_uuid *tenant,
	int64_t bytes, const struct rag_conf *conf);

/* For a transaction that only takes away, or only ends something: what it noted makes no list that
 * grows. */
BH_MUST_CHECK int rag_quota_tidy(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *store);

/* What is in force; 0: no limit. */
int64_t rag_quota_bytes_max(const struct rag_conf *conf, const struct rag_kept *kept);
int64_t rag_quota_files_max(const struct rag_conf *conf, const struct rag_kept *kept);

/* Whether that much more would fit now; nothing is set aside. BH_E_STORAGE. */
BH_MUST_CHECK int rag_quota_room(struct bh_db *db, const struct bh_uuid *tenant, int64_t files,
	int64_t bytes, const struct rag_conf *conf);

/* An upload route's `admit` and `release`. */
BH_MUST_CHECK int rag_quota_admit(struct bh_request *req, int64_t *body_bytes, int *over);
void rag_quota_release(struct bh_request *req);

#endif
