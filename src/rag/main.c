/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: the rag service: files, vector stores, ingestion and search. */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/processors.h"
#include "object/object.h"
#include "queue/worker.h"
#include "rag/erase.h"
#include "rag/jobs.h"
#include "rag/meter.h"
#include "rag/parked.h"
#include "rag/quota.h"
#include "rag/rag.h"
#include "rag/routes.h"
#include "rag/seal.h"
#include "rag/sweep.h"
#include "rag/vector_cache.h"
#include "service/entitle.h"
#include "service/idempotency_sql.h"
#include "service/retention.h"
#include "service/runtime.h"

enum { SWEEP_MS = 3600000 };

static const struct bh_setting settings[] = {
	BH_TEXT("embedding_model", "all-minilm-l6-v2", struct rag, conf.embedding_model,
		"The embedding model of new vector stores that name none; see `bulkhead store set`."),
	BH_TEXT("extract_path", "", struct rag, conf.extract_path,
		"Path of the document reader; empty: bulkhead-extract in the program folder."),
	BH_INT("extract_timeout_s", "300", 1, 86400, struct rag, conf.extract_timeout_s,
		"Maximum time the document reader may take for one file."),
	BH_TEXT("ocr_languages", "auto", struct rag, conf.ocr_languages,
		"Languages in which text in images is recognized, as tesseract names them (\"eng+deu\"); "
		"auto: "
		"the installed ones of eng, deu, fra, spa, ita, por, nld and pol; off: it is not "
		"recognized."),
	BH_INT("ocr_timeout_s", "1200", 1, 20000, struct rag, conf.ocr_timeout_s,
		"Maximum processor time for recognizing the text in one file's images; pages beyond it are "
		"reported as unread."),
	BH_INT("document_characters_max", "10000000", 1000, 50000000, struct rag,
		conf.document_characters_max,
		"Maximum number of characters of text extracted from one file."),
	BH_INT("embed_batch_tokens", "2048", 64, 1000000, struct rag, conf.embed_batch_tokens,
		"Number of tokens in one embedding call of an ingestion; two calls run concurrently."),
	BH_INT("search_depth", "100", 50, 1000, struct rag, conf.search_depth,
		"Number of hits that each search leg (vectors and words) contributes to the fusion."),
	BH_INT("vector_weight_percent", "45", 0, 100, struct rag, conf.vector_weight_percent,
		"Weight of the vector leg in the fusion, in percent; the word leg has the rest."),
	BH_BOOL("rerank_auto", "false", struct rag, conf.rerank_auto,
		"Whether a search that names no ranker is put in order by the default rerank model, if "
		"there "
		"is one; turn it on where that model was measured to help."),
	BH_INT("rerank_depth", "50", 1, 200, struct rag, conf.rerank_depth,
		"Number of hits that a rerank model reads; at least as many as the search may return."),
	BH_INT("rerank_ms", "3000", 50, 60000, struct rag, conf.rerank_ms,
		"Maximum time for a rerank model to order the hits of a search; without it in time, they "
		"keep "
		"their order."),
	BH_INT("query_cache_entries", "2048", 8, 1000000, struct rag, conf.query_cache_entries,
		"Number of vectors of recent queries kept in memory."),
	BH_INT("query_cache_s", "3600", 1, 86400, struct rag, conf.query_cache_s,
		"How long such a vector is used, even if its model changes."),
	BH_INT("searches_of_one", "0", 0, 512, struct rag, conf.searches_of_one,
		"Maximum number of concurrent searches of a tenant; 0: as many as the machine has "
		"processors."),
	BH_INT("storage_bytes_max", "53687091200", 0, INT64_MAX, struct rag, conf.storage_bytes_max,
		"Maximum number of bytes of files, extracted texts, chunks and vectors of a tenant; 0: no "
		"limit."),
	BH_INT("storage_files_max", "100000", 0, INT64_MAX, struct rag, conf.storage_files_max,
		"Maximum number of files of a tenant; 0: no limit."),
	BH_INT("unnamed_days", "7", 1, 3650, struct rag, conf.unnamed_days,
		"Number of days that an object without a database row is kept, because a newer backup may "
		"still refer to it."),
	BH_INT("stores_max", "10000", 1, 10000000, struct rag, conf.stores_max,
		"Maximum number of vector stores of a tenant."),
	BH_INT("store_files_max", "100000", 1, 10000000, struct rag, conf.store_files_max,
		"Maximum number of files of a vector store."),
	BH_INT("batches_max", "100000", 1, 10000000, struct rag, conf.batches_max,
		"Maximum number of file batches of a tenant."),
	BH_INT("own_vectors_chunks", "15000", 100, 1000000000, struct rag, conf.own_vectors_chunks,
		"Number of chunks above which a vector store gets a table of its own with a graph over its "
		"vectors; below half of it, its vectors move back to the shared table."),
	BH_INT("uploads_max", "1000", 1, 1000000, struct rag, conf.uploads_max,
		"Maximum number of unfinished uploads in parts of a tenant."),
	BH_INT("keep_job_s", "604800", 1, 3153600000, struct rag, conf.keep_job_s,
		"How long a job is kept after it ends."),
	BH_INT("keep_receipt_s", "31536000", 1, 3153600000, struct rag, conf.keep_receipt_s,
		"How long the receipt of a deletion is kept after the deletion has been completed."),
	BH_INT("keep_batch_s", "2592000", 1, 3153600000, struct rag, conf.keep_batch_s,
		"How long a file batch is kept after its creation, once all of its files are processed."),
	BH_INT("keep_upload_s", "86400", 3600, 3153600000, struct rag, conf.keep_upload_s,
		"How long a completed, cancelled or expired upload in parts is kept after its creation; "
		"its "
		"file is kept."),
};

/* A search has two legs at work: more searches than processors gain nothing. */
static size_t
searches_of_one(const struct rag_conf *conf)
{
	unsigned processors = bh_processors();

	if (conf->searches_of_one > 0)
		return (size_t)conf->searches_of_one;
	return processors > 2 ? processors : 2;
}

static int64_t
parked_bytes_max(void)
{
	return (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / RAG_PARKED_SHARE;
}

static void
tend_parked(struct bh_runtime *runtime, void *service)
{
	struct rag *rag = service;

	rag_parked_tend(rag->parked, bh_runtime_db(runtime), bh_clock_steady_ms());
}

static int
rag_open(struct bh_runtime *runtime, void *state)
{
	const struct bh_platform_conf *platform = bh_runtime_conf(runtime);
	struct rag *rag = state;
	int rc;

	snprintf(rag->extract_path, sizeof(rag->extract_path), "%s%s",
		rag->conf.extract_path[0] != '\0' ? rag->conf.extract_path : platform->program_dir,
		rag->conf.extract_path[0] != '\0' ? "" : "/bin/bulkhead-extract");
	rc = bh_runtime_objects_open(runtime, &rag->objects);
	if (rc == 0)
		rc = rag_vector_cache_new((size_t)rag->conf.query_cache_entries,
			rag->conf.query_cache_s * 1000, &rag->cache);
	if (rc == 0)
		rc = rag_meter_open(runtime, &rag->meter);
	if (rc == 0) {
		rag->runtime = runtime;
		rag_quota_init(&rag->announced);
		rag_turns_init(&rag->turns, searches_of_one(&rag->conf));
		rag_turns_init(&rag->readings, 1);
		rag_turns_init(&rag->short_readings, 1);
		rag_readers_init(&rag->readers);
		rag_turns_init(&rag->embeddings, RAG_EMBEDDINGS_OF_ONE);
		rag_turns_init(&rag->joinings, 1);
		rag->parked = rag_parked_new(parked_bytes_max());
	}
	return rc;
}

static void
rag_close(struct bh_runtime *runtime, void *state)
{
	struct rag *rag = state;

	rag_meter_close(runtime, rag->meter);
	rag_parked_free(rag->parked);
	rag_vector_cache_free(rag->cache);
	bh_object_store_close(rag->objects);
}

/* clang-format off */
static const struct bh_worker workers[] = {
	/* name               every_ms   function       threads */
	{"sweep-objects",     SWEEP_MS,  rag_sweep_run, 1},
	{"tend-parked",       RAG_PARKED_TEND_MS, tend_parked, 1},
	{"seal-objects",      SWEEP_MS,  rag_seal_run, 1},
	{"count-storage",     SWEEP_MS,  rag_meter_storage, 1},
	{"write-usage",       1000,      rag_meter_write, 1},
	{"sweep-acts",        5000,      rag_meter_sweep, 1},
	{0},
};
/* clang-format on */

/* None of its files is still being worked on. */
#define BATCH_IS_OVER \
	"AND NOT EXISTS (SELECT FROM vector_store_batch_file AS f" \
	"       JOIN job AS j ON j.tenant_id = $1 AND j.id = f.job_id" \
	"      WHERE f.tenant_id = $1 AND f.store_id = t.store_id AND f.batch_id = t.id" \
	"        AND j.state IN ('waiting', 'running'))"

/* Nothing is left in the object store. */
#define UPLOAD_IS_OVER \
	"AND status <> 'pending' AND NOT EXISTS (SELECT FROM upload_part AS p" \
	"      WHERE p.tenant_id = $1 AND p.upload_id = t.id)"

/* clang-format off */
static const struct bh_retention_kind retention[] = {
	{"job", BH_RETENTION_SQL("job", "id", "finished_at", "AND queue = 'rag'"), 200,
		offsetof(struct rag, conf.keep_job_s)},
	{"batch", BH_RETENTION_SQL("vector_store_batch", "id", "created_at", BATCH_IS_OVER), 20,
		offsetof(struct rag, conf.keep_batch_s)},
	{"receipt", BH_RETENTION_SQL("receipt", "id", "completed_at", ""), 200,
		offsetof(struct rag, conf.keep_receipt_s)},
	{"upload", BH_RETENTION_SQL("upload", "id", "created_at", UPLOAD_IS_OVER), 200,
		offsetof(struct rag, conf.keep_upload_s)},
	BH_RETENTION_IDEMPOTENCY("idempotency_rag"),
	{0},
};
/* clang-format on */

static const struct bh_idempotency_sql idempotency = BH_IDEMPOTENCY_SQL("idempotency_rag");

static const struct bh_service_call calls[] = {
	{"model", "internal:model"},
	{0},
};

static const struct bh_scope scopes[] = {
	{"files:read", BH_ROLE_VIEWER, true},
	{"vector_stores:read", BH_ROLE_VIEWER, true, "retrieval"},
	{"files:write", BH_ROLE_MEMBER, true, BH_ENTITLED_ANY},
	{"vector_stores:write", BH_ROLE_MEMBER, true, "retrieval"},
	{0},
};

const struct bh_service rag_service = {
	.name = "rag",
	.keeps_objects = true,
	.settings = BH_LIST(settings),
	.routes = rag_routes,
	.scopes = scopes,
	.workers = workers,
	.jobs = &rag_jobs,
	.state_size = sizeof(struct rag),
	.open = rag_open,
	.close = rag_close,
	.retention = retention,
	.idempotency = &idempotency,
	.calls = calls,
	.erases = rag_erase_tables,
	.erase = rag_erase_run,
};
