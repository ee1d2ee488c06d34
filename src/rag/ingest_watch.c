/* SPDX-License-Identifier: Apache-2.0 */
/* ingest_watch.c: the thread that shows a job's progress and ends its turn, so that no stage has to think of
 * it. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "rag/ingest.h"

enum {
	LOOK_MS = 400, /* between looks at the progress */
	TURN_MS = 3000 /* of reading or embedding, before somebody else who waits has a turn */
};

/* Sleeps; true when the job is over. */
static bool
wait_look(struct rag_ingest_watch *watch)
{
	int64_t until_ms = bh_clock_steady_ms() + LOOK_MS;
	bool stop;

	pthread_mutex_lock(&watch->lock);
	if (!watch->stop)
		bh_clock_wait_until(&watch->wake, &watch->lock, until_ms);
	stop = watch->stop;
	pthread_mutex_unlock(&watch->lock);
	return stop;
}

static const char *const stages[] = {"queued", "extracting", "chunking", "embedding", "indexing"};

static size_t
place_of(const char *stage)
{
	size_t at = 0;

	while (at < BH_COUNT(stages) && strcmp(stages[at], stage) != 0)
		at++;
	return at;
}

/* An earlier turn had come further than this one has: what it showed stays until it is reached. */
static bool
is_behind(const struct rag_ingest *ingest, const char *stage, int64_t done)
{
	size_t now = place_of(stage), before = place_of(ingest->attachment.stage);

	return now < before || (now == before && done < ingest->attachment.stage_done);
}

/* Whoever cannot be asked does not wait yet: the next look asks again. While a worker is free, nobody waits for
 * this one's. */
static bool
others_wait(struct rag_ingest *ingest, struct bh_db *db)
{
	bool wait = false;

	return bh_worker_pool_busy(ingest->job->pool) >= RAG_WORKERS &&
		bh_job_others_wait(ingest->job, db, &wait) == 0 && wait;
}

/* Ends the turn of a job that has read or embedded for long while others wait. *since: of embedding; 0 before
 * it. */
static void
watch_turn(struct rag_ingest *ingest, struct bh_db *db, const char *stage, int64_t *since)
{
	int64_t now = bh_clock_steady_ms();
	int64_t begun = __atomic_load_n(&ingest->reading_since_ms, __ATOMIC_RELAXED);

	if (strcmp(stage, "embedding") == 0) {
		if (*since == 0)
			*since = now;
		begun = *since;
	}
	if (begun == 0 || now - begun < TURN_MS || __atomic_load_n(&ingest->yield, __ATOMIC_RELAXED))
		return;
	if (others_wait(ingest, db))
		__atomic_store_n(&ingest->yield, true, __ATOMIC_RELAXED);
}

static void *
look(void *ctx)
{
	struct rag_ingest_watch *watch = ctx;
	struct rag_ingest *ingest = watch->ingest;
	const char *shown_stage = "";
	int64_t shown_done = -1, embedding_since = 0;

	while (!wait_look(watch)) {
		struct bh_arena arena = {0};
		struct bh_db db = *ingest->db;
		const char *stage = __atomic_load_n(&ingest->stage, __ATOMIC_ACQUIRE);
		int64_t done = __atomic_load_n(&ingest->done, __ATOMIC_RELAXED);
		int64_t total = __atomic_load_n(&ingest->total, __ATOMIC_RELAXED);

		db.arena = &arena;
		db.tx = NULL;
		watch_turn(ingest, &db, stage, &embedding_since);
		if (!is_behind(ingest, stage, done) && (stage != shown_stage || done != shown_done) &&
			rag_store_attachment_progress(&db, &ingest->lease->tenant, &ingest->attachment.id,
				stage, done, total) == 0) {
			shown_stage = stage;
			shown_done = done;
		}
		bh_arena_close(&arena);
	}
	return NULL;
}

int
rag_ingest_watch_open(struct rag_ingest_watch *watch, struct rag_ingest *ingest)
{
	watch->ingest = ingest;
	pthread_mutex_init(&watch->lock, NULL);
	bh_clock_cond_init(&watch->wake);
	watch->running = pthread_create(&watch->thread, NULL, look, watch) == 0;
	return watch->running ? 0 : bh_error(BH_E_UNAVAILABLE, "start the thread that watches a file");
}

void
rag_ingest_watch_close(struct rag_ingest_watch *watch)
{
	if (watch->ingest == NULL)
		return;
	pthread_mutex_lock(&watch->lock);
	watch->stop = true;
	pthread_cond_signal(&watch->wake);
	pthread_mutex_unlock(&watch->lock);
	if (watch->running)
		pthread_join(watch->thread, NULL);
	pthread_cond_destroy(&watch->wake);
	pthread_mutex_destroy(&watch->lock);
	*watch = (struct rag_ingest_watch){0};
}
