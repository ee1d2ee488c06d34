/* SPDX-License-Identifier: Apache-2.0 */
/* sweep.c: removes what a killed service left in the object store, and what cancelled work left staged.
 *
 * An upload's bytes are published before the row that names them is committed, so that no row is ever
 * without its bytes. A death between the two leaves an object that nobody can reach or delete. A database
 * that was restored from an older backup looks the same: there the rows may come back. So an object is
 * marked when it is first found without a row, and goes when it has been without one for days. */
#include "rag/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "object/object.h"
#include "rag/rag.h"
#include "rag/store.h"
#include "service/runtime.h"

enum {
	UNFINISHED_S = 86400,
	UNNAMED_S = 3600, /* a row follows its object within milliseconds */
	DAY_S = 86400,
	IDS_AT_ONCE = 1000,
	TENANTS_AT_ONCE = 100
};

/* Marks or removes the objects without a row; takes the mark from the others. */
static int
judge(struct rag *rag, struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_object_name *names, size_t n)
{
	struct bh_uuid ids[IDS_AT_ONCE];
	int64_t age_s = rag->conf.unnamed_days * DAY_S;
	struct bh_uuid *unnamed;
	size_t n_unnamed, i;
	int rc;

	for (i = 0; i < n; i++)
		ids[i] = names[i].id;
	rc = rag_store_file_unnamed(db, tenant, ids, n, &unnamed, &n_unnamed);
	if (rc == 0 && n_unnamed > 0)
		qsort(unnamed, n_unnamed, sizeof(*unnamed), bh_uuid_order);
	for (i = 0; rc == 0 && i < n; i++) {
		bool due = false;

		if (n_unnamed > 0 &&
			bsearch(&ids[i], unnamed, n_unnamed, sizeof(*unnamed), bh_uuid_order) != NULL)
			rc = bh_object_condemn(rag->objects, tenant, &ids[i], age_s, &due);
		else if (names[i].marked)
			rc = bh_object_acquit(rag->objects, tenant, &ids[i]);
		if (rc == 0 && due)
			rc = bh_object_remove(rag->objects, tenant, &ids[i]);
	}
	return rc;
}

static int
sweep_objects(struct rag *rag, struct bh_db *db, const struct bh_uuid *tenant, const bool *stop)
{
	BH_AUTO(bh_object_walk_close) struct bh_object_walk walk = {0};
	struct bh_object_name names[IDS_AT_ONCE];
	size_t n = IDS_AT_ONCE;
	int rc = bh_object_walk_open(rag->objects, tenant, &walk);

	if (rc < 0)
		return rc == BH_E_NOT_FOUND ? 0 : rc;
	while (rc == 0 && n > 0 && !__atomic_load_n(stop, __ATOMIC_RELAXED)) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db piece = *db;

		piece.arena = &arena;
		rc = bh_object_walk_next(&walk, UNNAMED_S, names, IDS_AT_ONCE, &n);
		if (rc == 0 && n > 0)
			rc = judge(rag, &piece, tenant, names, n);
	}
	return rc;
}

static int
sweep_tenant(struct rag *rag, struct bh_db_pool *pool, const struct bh_uuid *tenant,
	const bool *stop)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = pool, .arena = &arena, .context = *tenant};
	int64_t rows = 1;
	int rc = sweep_objects(rag, &db, tenant, stop);

	while (rc == 0 && rows > 0 && !__atomic_load_n(stop, __ATOMIC_RELAXED))
		rc = rag_store_staging_sweep(&db, tenant, &rows);
	return rc;
}

void
rag_sweep_all(struct rag *rag, struct bh_db_pool *pool, const bool *stop)
{
	BH_AUTO(bh_object_walk_close) struct bh_object_walk walk = {0};
	struct bh_object_name tenants[TENANTS_AT_ONCE];
	size_t n = TENANTS_AT_ONCE, i;
	int rc = bh_object_sweep(rag->objects, UNFINISHED_S);

	if (rc < 0)
		bh_log_failure("sweep unfinished uploads", rc);
	rc = bh_object_walk_open(rag->objects, NULL, &walk);
	if (rc < 0) {
		bh_log_failure("sweep the object store", rc);
		return;
	}
	while (n > 0 && !__atomic_load_n(stop, __ATOMIC_RELAXED)) {
		rc = bh_object_walk_next(&walk, 0, tenants, TENANTS_AT_ONCE, &n);
		if (rc < 0) {
			bh_log_failure("sweep the object store", rc);
			return;
		}
		for (i = 0; i < n && !__atomic_load_n(stop, __ATOMIC_RELAXED); i++) {
			bh_error_clear();
			rc = sweep_tenant(rag, pool, &tenants[i].id, stop);
			if (rc < 0)
				bh_log_failure("sweep leftovers of a tenant", rc);
		}
	}
}

void
rag_sweep_run(struct bh_runtime *runtime, void *service)
{
	rag_sweep_all(service, bh_runtime_db(runtime), bh_runtime_stop_flag(runtime));
}
