/* sweep.c: removes what a killed service left in the object store.
 *
 * An upload's bytes are published before the row that names them is committed, so that no row is ever
 * without its bytes. A death between the two leaves an object that nobody can reach or delete. */
#include "rag/sweep.h"

#include "base/error.h"
#include "base/log.h"
#include "object/object.h"
#include "rag/rag.h"
#include "rag/store.h"
#include "service/service.h"

enum {
	UNFINISHED_S = 86400,
	UNNAMED_S = 3600, /* a row follows its object within milliseconds */
	IDS_AT_ONCE = 1000,
};

static int
sweep_tenant(struct rag *rag, struct bh_db *db)
{
	struct bh_uuid *ids, *unnamed;
	size_t n = 0, n_unnamed, i, k;
	int rc = bh_object_list(rag->objects, &db->context, UNNAMED_S, db->arena, &ids, &n);

	if (rc == BH_E_NOT_FOUND)
		return 0;
	for (i = 0; rc == 0 && i < n; i += IDS_AT_ONCE) {
		size_t count = n - i < IDS_AT_ONCE ? n - i : IDS_AT_ONCE;

		rc = rag_store_file_unnamed(db, &db->context, ids + i, count, &unnamed, &n_unnamed);
		for (k = 0; rc == 0 && k < n_unnamed; k++)
			rc = bh_object_remove(rag->objects, &db->context, &unnamed[k]);
	}
	return rc;
}

void
rag_sweep_run(struct bh_runtime *runtime, void *service)
{
	struct rag *rag = service;
	struct bh_arena arena = {0};
	struct bh_uuid *tenants = NULL;
	size_t n = 0, i;
	int rc = bh_object_sweep(rag->objects, UNFINISHED_S);

	bh_error_clear();
	if (rc == 0)
		rc = bh_object_tenants(rag->objects, &arena, &tenants, &n);
	for (i = 0; rc == 0 && i < n && !bh_runtime_stopping(runtime); i++) {
		struct bh_arena own = {0};
		struct bh_db db = {.pool = bh_runtime_db(runtime), .arena = &own, .context = tenants[i]};

		rc = sweep_tenant(rag, &db);
		bh_arena_close(&own);
	}
	bh_arena_close(&arena);
	if (rc < 0)
		bh_log_failure("sweeping the object store", rc);
}
