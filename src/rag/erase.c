/* SPDX-License-Identifier: Apache-2.0 */
/* erase.c: the order in which what is not rows goes with a tenant: the process's memory, tables, objects. */
#include "rag/erase.h"

#include "base/clock.h"
#include "base/error.h"
#include "object/object.h"
#include "rag/parked.h"
#include "rag/rag.h"
#include "rag/store_erase.h"
#include "rag/vector_cache.h"
#include "service/erase.h"

enum { OBJECTS_AT_ONCE = 100, UPLOADS_AT_ONCE = 1000 };

const char *const rag_erase_tables[] = {
	"chunk_vector_384_own",
	"chunk_vector_768_own",
	"chunk_vector_1024_own",
	"chunk_vector_1536_own",
	"file_object",
	"upload_part",
	"upload",
	NULL,
};

/* A step, and what it has removed. */
struct step {
	struct bh_erase *erase;
	bool parts;
	const struct bh_uuid *ids;
	size_t n;
	int64_t bytes;
	bool more;
};

static bool
goes_on(const struct step *step)
{
	return step->more && !bh_erase_is_over(step->erase, bh_clock_steady_ms());
}

/* Runs a transaction; what it counts is undone with it. */
static int
in_tx(struct step *step, struct bh_arena *arena, int (*work)(struct bh_db *tx, void *ctx))
{
	struct bh_db db = step->erase->db;

	db.arena = arena;
	return bh_tx_run(&db, work, step);
}

/* ---- the process's memory ---- */

static int
forget_memory(struct bh_erase *erase)
{
	struct rag *rag = erase->state;
	int64_t readers = (int64_t)rag_parked_drop(rag->parked, &erase->tenant);
	int64_t vectors = (int64_t)rag_vector_cache_drop(rag->cache, &erase->tenant);
	int rc = bh_erase_count(&erase->db, erase, "cache.readers", readers);

	return rc < 0 ? rc : bh_erase_count(&erase->db, erase, "cache.vectors", vectors);
}

/* ---- tables ---- */

static int
drop_one(struct bh_db *tx, void *ctx)
{
	struct step *step = ctx;
	const char *part = NULL;
	int64_t rows = 0;
	int rc = rag_store_erase_own(tx, &step->erase->tenant, &part, &rows, &step->more);

	return rc < 0 || !step->more ? rc : bh_erase_count(tx, step->erase, part, rows);
}

static int
drop_own(struct bh_erase *erase)
{
	struct step step = {.erase = erase, .more = true};
	int rc = 0;

	while (rc == 0 && goes_on(&step)) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};

		rc = in_tx(&step, &arena, drop_one);
	}
	return rc;
}

/* ---- objects ---- */

static int
drop_named(struct bh_db *tx, void *ctx)
{
	struct step *step = ctx;
	struct bh_erase *erase = step->erase;
	int64_t rows = 0;
	int rc = rag_store_erase_named(tx, &erase->tenant, step->parts, step->ids, step->n, &rows);

	if (rc == 0)
		rc = bh_erase_count(tx, erase, step->parts ? "upload_part" : "file_object", rows);
	if (rc == 0)
		rc = bh_erase_count(tx, erase, "object", rows);
	return rc < 0 ? rc : bh_erase_count(tx, erase, "object.bytes", step->bytes);
}

/* The objects first: whoever is killed in between finds their rows again. */
static int
remove_named(struct step *step)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_erase *erase = step->erase;
	const struct rag *rag = erase->state;
	struct bh_db db = erase->db;
	struct rag_erase_object *objects = NULL;
	struct bh_uuid ids[OBJECTS_AT_ONCE];
	int rc;

	db.arena = &arena;
	step->bytes = 0;
	rc = rag_store_erase_objects(&db, &erase->tenant, step->parts, OBJECTS_AT_ONCE, &objects,
		&step->n);
	for (size_t i = 0; rc == 0 && i < step->n; i++) {
		ids[i] = objects[i].id;
		step->bytes += objects[i].bytes;
		rc = bh_object_remove(rag->objects, &erase->tenant, &ids[i]);
	}
	step->ids = ids;
	step->more = step->n > 0;
	return rc < 0 || step->n == 0 ? rc : in_tx(step, &arena, drop_named);
}

static int
remove_objects(struct bh_erase *erase, bool parts)
{
	struct step step = {.erase = erase, .parts = parts, .more = true};
	int rc = 0;

	while (rc == 0 && goes_on(&step))
		rc = remove_named(&step);
	return rc;
}

static int
drop_uploads(struct bh_db *tx, void *ctx)
{
	struct step *step = ctx;
	int64_t rows = 0;
	int rc = rag_store_erase_uploads(tx, &step->erase->tenant, UPLOADS_AT_ONCE, &rows);

	step->more = rows > 0;
	return rc < 0 ? rc : bh_erase_count(tx, step->erase, "upload", rows);
}

static int
remove_uploads(struct bh_erase *erase)
{
	struct step step = {.erase = erase, .more = true};
	int rc = 0;

	while (rc == 0 && goes_on(&step)) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};

		rc = in_tx(&step, &arena, drop_uploads);
	}
	return rc;
}

/* What a killed process has published without a row, and then what it has not even published. */
static int
remove_unnamed(struct bh_erase *erase)
{
	const struct rag *rag = erase->state;
	size_t n = 1;
	int rc = 0;

	while (rc == 0 && n > 0 && !bh_erase_is_over(erase, bh_clock_steady_ms())) {
		rc = bh_object_forget(rag->objects, &erase->tenant, &n);
		if (rc == 0)
			rc = bh_erase_count(&erase->db, erase, "object.unnamed", (int64_t)n);
	}
	return rc;
}

/* First: from here on nobody opens what is still to be removed, nor any copy of it. Who was writing meanwhile may have
 * made another, which goes in the next turn. */
static int
destroy_keys(struct bh_erase *erase)
{
	const struct rag *rag = erase->state;
	size_t n = 0;
	int rc = bh_object_keys_destroy(rag->objects, &erase->tenant, &n);

	return rc < 0 ? rc : bh_erase_count(&erase->db, erase, "object.key", (int64_t)n);
}

int
rag_erase_run(struct bh_erase *erase)
{
	int rc = forget_memory(erase);

	if (rc == 0)
		rc = destroy_keys(erase);

	if (rc == 0)
		rc = drop_own(erase);
	if (rc == 0)
		rc = remove_objects(erase, false);
	if (rc == 0)
		rc = remove_objects(erase, true);
	if (rc == 0 && !bh_erase_is_over(erase, bh_clock_steady_ms()))
		rc = remove_uploads(erase);
	return rc < 0 ? rc : remove_unnamed(erase);
}
