/* SPDX-License-Identifier: Apache-2.0 */
/* import.c: an import from the check of its archive to its end, or back to nothing. */
#include "rag/import.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "object/object.h"
#include "rag/archive.h"
#include "rag/import_file.h"
#include "rag/object.h"
#include "rag/rag.h"
#include "rag/remove.h"
#include "rag/store.h"
#include "rag/store_import.h"
#include "rag/store_set.h"
#include "rag/vector_sql.h"

enum { UNDONE_AT_ONCE = 20 };

struct run {
	struct bh_job *job;
	struct rag *rag;
	struct rag_import row;
	struct rag_archive archive; /* owned */
	int fd;                     /* owned */
	struct bh_arena manifest;   /* owned: what `store` lies in */
	struct rag_archive_store store;
	int64_t n_files, first; /* found by the check: how many, and where they begin */
	struct rag_embed_model model;
	bool has_model; /* the tenant has the archive's model */
	const char *failure;
};

static bool
must_stop(const struct run *run)
{
	return bh_job_stop_reason(&run->job->stop) != BH_JOB_STOP_NONE;
}

static void
run_close(struct run *run)
{
	rag_archive_close(&run->archive);
	if (run->fd >= 0)
		close(run->fd);
	bh_arena_close(&run->manifest);
}

static int
open_archive(struct run *run, struct bh_db *db)
{
	const struct bh_uuid *tenant = &run->job->lease.tenant;
	struct rag_file file;
	int rc = rag_store_file_get(db, tenant, &run->row.file_id, &file);

	if (rc == 0)
		rc = rag_object_open(run->rag, tenant, &file, &run->fd);
	if (rc == BH_E_NOT_FOUND)
		return bh_error(BH_E_INVALID, "The archive was deleted.");
	if (rc < 0)
		return rc;
	run->archive = (struct rag_archive){.members = {.fd = run->fd, .bytes = file.bytes},
		.limits = {run->rag->conf.store_files_max, run->rag->conf.document_characters_max}};
	return rag_archive_open(&run->archive, &run->manifest, &run->store);
}

/* ---- the check ---- */

static int
check_file(struct run *run, bool *out_end)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct rag_archive_file file;
	size_t n = 1;
	int rc = rag_archive_file(&run->archive, &arena, &file, out_end);

	while (rc == 0 && !*out_end && n > 0) {
		BH_AUTO(bh_arena_close) struct bh_arena page = {0};
		struct rag_archive_chunk *chunks;

		if (must_stop(run))
			return BH_E_CANCELLED;
		rc = rag_archive_chunks(&run->archive, &page, &file, &chunks, &n);
	}
	return rc;
}

/* The model of that name: whether it is the same one is seen later, by what it makes of a chunk. */
static int
find_model(struct run *run, struct bh_db *db)
{
	struct rag_embed_call call;
	int rc;

	if (run->store.dimensions == 0)
		return 0;
	rag_import_call(run->rag, run->job, db->arena, run->store.embedding_model, &call);
	rc = rag_embed_model(&call, &run->model);
	if (rc == BH_E_MODEL_NOT_FOUND || rc == BH_E_PROTOCOL)
		return 0;
	run->has_model = rc == 0 && run->model.dimensions == run->store.dimensions;
	return rc;
}

/* The archive's model, while the store is empty: as a swap, so that a file that is ingested this moment notices. */
static int
take_model(struct bh_db *tx, struct run *run)
{
	const struct bh_lease *lease = &run->job->lease;
	struct rag_set set = {.id = bh_uuid_new(),
		.embedding_model = run->store.embedding_model,
		.dimensions = run->store.dimensions};
	struct rag_store store;
	struct rag_place place;
	int rc = rag_store_move_lock(tx, &lease->tenant, &lease->subject, &place);

	if (rc == 0)
		rc = rag_store_store_get(tx, &lease->tenant, &lease->subject, &store);
	if (rc < 0 || !run->has_model || run->row.names_model || place.n_chunks > 0 ||
		store.next_state != NULL ||
		(strcmp(store.embedding_model, set.embedding_model) == 0 &&
			store.dimensions == set.dimensions))
		return rc;
	rc = rag_store_set_add(tx, &lease->tenant, &lease->subject, &set);
	if (rc == 0)
		rc = rag_store_set_swap(tx, &lease->tenant, &lease->subject, &place, &set);
	/* The first set has no vectors. */
	return rc < 0 ? rc : rag_store_set_end(tx, &lease->tenant, &place.vectors);
}

static int
begin(struct bh_db *tx, void *ctx)
{
	struct run *run = ctx;
	const struct bh_lease *lease = &run->job->lease;
	int rc = bh_lease_fence(tx, lease);

	if (rc == 0)
		rc = take_model(tx, run);
	return rc < 0 ? rc
				  : rag_store_import_begin(tx, &lease->tenant, &lease->subject, &run->store,
						run->n_files, run->first);
}

static int
note_checked(struct bh_db *tx, void *ctx)
{
	struct run *run = ctx;
	const struct bh_lease *lease = &run->job->lease;
	int rc = bh_lease_fence(tx, lease);

	return rc < 0
		? rc
		: rag_store_import_checked(tx, &lease->tenant, &lease->subject, &run->row.checked);
}

/* After a turn: an attempt behind this one begins here. BH_JOB_YIELD_MOVED when others wait. */
static int
end_turn(struct run *run)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = run->job->db;
	bool wait = false;
	int rc;

	db.arena = &arena;
	run->row.checked = (struct rag_archive_checked){run->archive.files, run->archive.members.at,
		run->archive.chunks};
	rc = bh_tx_run(&db, note_checked, run);
	if (rc == 0)
		rc = bh_job_others_wait(run->job, &db, &wait);
	return rc == 0 && wait ? BH_JOB_YIELD_MOVED : rc;
}

/* BH_JOB_YIELD_MOVED between two files, or an error. */
static int
check(struct run *run, struct bh_db *db, int64_t turn_ms)
{
	int64_t first = run->archive.members.at, since = bh_clock_steady_ms();
	bool end = false;
	int rc = rag_archive_pass(&run->archive, &run->row.checked);

	while (rc == 0 && !end) {
		rc = check_file(run, &end);
		if (rc < 0 || end || bh_clock_steady_ms() - since < turn_ms)
			continue;
		rc = end_turn(run);
		since = bh_clock_steady_ms();
	}
	if (rc == 0)
		rc = find_model(run, db);
	if (rc != 0)
		return rc;
	run->n_files = run->archive.files;
	run->first = run->row.position = first;
	return bh_tx_run(db, begin, run);
}

/* ---- the files ---- */

static int
complete(struct bh_db *tx, void *ctx)
{
	const struct bh_lease *lease = ctx;
	int rc = bh_lease_fence(tx, lease);

	if (rc == 0)
		rc = rag_store_import_complete(tx, &lease->tenant, &lease->subject);
	return rc < 0 ? rc : bh_lease_done(tx, lease);
}

/* BH_JOB_ENDED, BH_JOB_YIELD_MOVED, or an error. */
static int
make_files(struct run *run, int64_t turn_ms)
{
	struct rag_import_files files = {.rag = run->rag,
		.job = run->job,
		.archive = &run->archive,
		.store = &run->store};
	int64_t since = bh_clock_steady_ms();
	bool end = false;
	int rc = 0;

	rag_archive_go(&run->archive, run->row.position, run->row.n_done);
	while (rc == 0) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db db = run->job->db;
		bool wait = false;

		db.arena = &arena;
		if (must_stop(run))
			return BH_E_CANCELLED;
		rc = rag_import_file(&files, &db, &end);
		if (rc == 0 && end) {
			rc = bh_tx_run(&db, complete, &run->job->lease);
			return rc < 0 ? rc : BH_JOB_ENDED;
		}
		if (rc < 0 || bh_clock_steady_ms() - since < turn_ms)
			continue;
		rc = bh_job_others_wait(run->job, &db, &wait);
		if (rc == 0 && wait)
			return BH_JOB_YIELD_MOVED;
	}
	return rc;
}

/* ---- the end of one that failed ---- */

/* An object that no row names. One that a row names has become another file's too, and is needed. */
static int
remove_unnamed(struct run *run, struct bh_db *db, const struct bh_uuid *object)
{
	const struct bh_uuid *tenant = &run->job->lease.tenant;
	bool named = false;
	int rc = rag_store_file_object_exists(db, tenant, object, &named);

	return rc < 0 || named ? rc : bh_object_remove(run->rag->objects, tenant, object);
}

static int
undo_file(struct run *run, struct bh_db *db, const struct bh_uuid *file)
{
	const struct bh_lease *lease = &run->job->lease;
	struct bh_uuid object;
	int rc = rag_remove_file(db, &lease->tenant, file, NULL, &object);

	/* It was never made, or somebody has deleted it; its object may be there without it. */
	if (rc == BH_E_NOT_FOUND)
		rc = remove_unnamed(run, db, file);
	return rc < 0 ? rc : rag_store_import_unmade(db, &lease->tenant, &lease->subject, file);
}

static int
undo(struct run *run)
{
	const struct bh_lease *lease = &run->job->lease;
	size_t n = 1;
	int rc = 0;

	while (rc == 0 && n > 0) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct bh_db db = run->job->db;
		struct bh_uuid *files = NULL;

		db.arena = &arena;
		rc = rag_store_import_made(&db, &lease->tenant, &lease->subject, UNDONE_AT_ONCE, &files,
			&n);
		for (size_t i = 0; rc == 0 && i < n; i++) {
			if (must_stop(run))
				return BH_E_CANCELLED;
			rc = undo_file(run, &db, &files[i]);
		}
	}
	return rc;
}

static int
write_failure(struct bh_db *tx, void *ctx)
{
	const struct run *run = ctx;
	const struct bh_lease *lease = &run->job->lease;
	int rc = bh_lease_fence(tx, lease);

	return rc < 0 ? rc : rag_store_import_fail(tx, &lease->tenant, &lease->subject, run->failure);
}

static int
fail(struct run *run, const char *failure)
{
	int rc;

	run->failure = bh_arena_strdup(&run->job->arena, failure);
	rc = bh_tx_run(&run->job->db, write_failure, run);
	return rc < 0 ? rc : undo(run);
}

/* What no time mends; the sentence is for the client. */
static const char *
lasting(int error)
{
	switch (error) {
	case BH_E_INVALID:
		return bh_error_detail(error);
	case BH_E_STORAGE:
		return "The tenant's storage quota, or the number of files that it or a vector store may "
			   "have, is exhausted.";
	case BH_E_OVER_BUDGET:
		return "The tenant's budget for the embedding model is exhausted.";
	default:
		return NULL;
	}
}

/* ---- the whole ---- */

static int
work(struct run *run, int64_t turn_ms)
{
	struct bh_db *db = &run->job->db;
	int rc = open_archive(run, db);

	if (rc == 0 && strcmp(run->row.state, "checking") == 0)
		rc = check(run, db, turn_ms);
	return rc != 0 ? rc : make_files(run, turn_ms);
}

int
rag_import_run(struct bh_job *job, int64_t turn_ms)
{
	BH_AUTO(run_close)
	struct run run = {.job = job,
		.rag = job->service,
		.fd = -1,
		.archive = {.members = {.fd = -1}}};
	bool found = false;
	int rc = rag_store_import_get(&job->db, &job->lease.tenant, &job->lease.subject, &run.row,
		&found);

	if (rc < 0 || !found || strcmp(run.row.state, "completed") == 0)
		return rc;
	if (strcmp(run.row.state, "failed") == 0)
		return undo(&run);
	rc = work(&run, turn_ms);
	/* The store has gone: its files are the tenant's. */
	if (rc == BH_E_NOT_FOUND)
		return 0;
	return rc < 0 && lasting(rc) != NULL ? fail(&run, lasting(rc)) : rc;
}

int
rag_import_give_up(struct bh_job *job)
{
	BH_AUTO(run_close)
	struct run run = {.job = job,
		.rag = job->service,
		.fd = -1,
		.archive = {.members = {.fd = -1}}};
	int rc = fail(&run, "The archive could not be imported because of an internal error.");

	if (rc == 0)
		rc = bh_lease_fail(&job->db, &job->lease, "given up");
	return rc < 0 ? rc : BH_JOB_ENDED;
}
