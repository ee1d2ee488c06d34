/* SPDX-License-Identifier: Apache-2.0 */
/* seal.c: goes through the tenants' objects that nobody has seen sealed. */
#include "rag/seal.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "object/object.h"
#include "rag/rag.h"
#include "rag/store.h"
#include "service/runtime.h"

enum { OBJECTS_AT_ONCE = 100, TENANTS_AT_ONCE = 100 };

static bool
stops(const bool *stop)
{
	return __atomic_load_n(stop, __ATOMIC_RELAXED);
}

/* A file that was deleted meanwhile must not have left its object behind: it is looked for when it is there, and its
 * deletion removes it after the row. */
static int
seal_one(struct rag *rag, struct bh_db *db, const struct bh_uuid *tenant,
	const struct rag_unsealed *unsealed)
{
	struct bh_object_content content = {.bytes = unsealed->bytes};
	bool sealed = false, named = true;
	int rc;

	if (unsealed->sha256.len != sizeof(content.hash.bytes))
		return bh_error(BH_E_INTERNAL, "an object's row has no SHA-256");
	memcpy(content.hash.bytes, unsealed->sha256.data, sizeof(content.hash.bytes));
	rc = bh_object_seal(rag->objects, tenant, &unsealed->id, &content, &sealed);
	if (rc < 0 || !sealed)
		return rc == BH_E_NOT_FOUND ? 0 : rc;
	rc = rag_store_file_object_sealed(db, tenant, &unsealed->id, &named);
	return rc < 0 || named ? rc : bh_object_remove(rag->objects, tenant, &unsealed->id);
}

/* *out_failed: the last error of one that could not be sealed. */
static int
seal_page(struct rag *rag, struct bh_db *db, const struct bh_uuid *tenant, struct bh_uuid *last,
	size_t *out_n, int *out_failed, const bool *stop)
{
	struct rag_unsealed *page = NULL;
	size_t n = 0;
	int rc = rag_store_file_unsealed(db, tenant, last, OBJECTS_AT_ONCE, &page, &n);

	for (size_t i = 0; rc == 0 && i < n && !stops(stop); i++) {
		int one = seal_one(rag, db, tenant, &page[i]);

		*out_failed = one < 0 ? one : *out_failed;
		*last = page[i].id;
	}
	*out_n = n;
	return rc;
}

static int
seal_tenant(struct rag *rag, struct bh_db_pool *pool, const struct bh_uuid *tenant,
	const bool *stop)
{
	struct bh_uuid last = {{0}};
	size_t n = OBJECTS_AT_ONCE;
	int rc = 0, failed = 0;

	while (rc == 0 && n == OBJECTS_AT_ONCE && !stops(stop)) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db db = {.pool = pool, .arena = &arena, .context = *tenant};

		rc = seal_page(rag, &db, tenant, &last, &n, &failed, stop);
	}
	return rc < 0 ? rc : failed;
}

void
rag_seal_all(struct rag *rag, struct bh_db_pool *pool, const bool *stop)
{
	BH_AUTO(bh_object_walk_close) struct bh_object_walk walk = {0};
	struct bh_object_name tenants[TENANTS_AT_ONCE];
	size_t n = TENANTS_AT_ONCE;
	int rc = bh_object_walk_open(rag->objects, NULL, &walk);

	while (rc == 0 && n > 0 && !stops(stop)) {
		rc = bh_object_walk_next(&walk, 0, tenants, TENANTS_AT_ONCE, &n);
		for (size_t i = 0; rc == 0 && i < n && !stops(stop); i++) {
			int one;

			bh_error_clear();
			one = seal_tenant(rag, pool, &tenants[i].id, stop);
			if (one < 0)
				bh_log_failure("seal a tenant's objects", one);
		}
	}
	if (rc < 0)
		bh_log_failure("seal objects", rc);
}

void
rag_seal_run(struct bh_runtime *runtime, void *service)
{
	const struct bh_object_conf *conf = &bh_runtime_conf(runtime)->object;

	/* While a platform moves, its copies are sealed. */
	if (conf->seal && conf->previous[0] == '\0')
		rag_seal_all(service, bh_runtime_db(runtime), bh_runtime_stop_flag(runtime));
}
