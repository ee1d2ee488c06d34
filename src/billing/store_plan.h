/* SPDX-License-Identifier: Apache-2.0 */
/* store_plan.h: the platform's plans and their versions. */
#ifndef BH_BILLING_STORE_PLAN_H
#define BH_BILLING_STORE_PLAN_H

#include <stdbool.h>

#include "base/macros.h"
#include "billing/plan.h"
#include "db/db.h"

/* The same handle (inside the same transaction, if any) in the platform's context: plans are its own. */
struct bh_db billing_platform(const struct bh_db *db);

/* A plan and its first version. BH_E_CONFLICT: the name is taken. Inside bh_tx_run. */
BH_MUST_CHECK int billing_store_plan_add(struct bh_db *tx, const struct billing_plan *plan);

/* A plan with its newest version, by id, or by name where that is NULL. BH_E_NOT_FOUND. */
BH_MUST_CHECK int billing_store_plan_get(struct bh_db *db, const struct bh_uuid *id,
	const char *name, struct billing_plan *out);
/* Whoever else revises it waits. BH_E_NOT_FOUND. Inside bh_tx_run. */
BH_MUST_CHECK int billing_store_plan_lock(struct bh_db *tx, const struct bh_uuid *id);

/* Any version of it. BH_E_NOT_FOUND. */
BH_MUST_CHECK int billing_store_plan_version(struct bh_db *db, const struct bh_uuid *id,
	int64_t version, struct billing_plan *out);

/* The plan's version becomes the newest. Inside bh_tx_run, behind the lock. */
BH_MUST_CHECK int billing_store_plan_revise(struct bh_db *tx, const struct billing_plan *plan);

/* BH_E_NOT_FOUND. Archiving again changes nothing. */
BH_MUST_CHECK int billing_store_plan_archive(struct bh_db *db, const struct bh_uuid *id);

/* The newest versions, without their meters, in the order of names. `name` NULL: all. */
BH_MUST_CHECK int billing_store_plan_list(struct bh_db *db, const char *name,
	struct billing_plan **out, size_t *out_count);

#endif
