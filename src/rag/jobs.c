/* jobs.c: claims jobs and hands each to what does its kind. */
#include "rag/jobs.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "object/object.h"
#include "queue/queue.h"
#include "rag/ingest.h"
#include "rag/purge.h"
#include "rag/remove.h"
#include "rag/store.h"
#include "service/service.h"

enum {
	LEASE_MS = 10000,
	RETRY_BASE_MS = 500,
	RETRY_MOST_MS = 60000,
	FAULT_MOST_MS = 3600000,
	SPENT_WAIT_MS = 86400000
};

static int
expire_file(struct rag *rag, struct bh_db *db, const struct bh_lease *lease)
{
	int rc = rag_remove_file(db, &lease->tenant, &lease->subject);

	/* Its own job would come behind the tenant's others. */
	if (rc == 0)
		rc = bh_object_remove(rag->objects, &lease->tenant, &lease->subject);
	return rc == BH_E_NOT_FOUND ? 0 : rc;
}

/* ---- whose turn it is ---- */

void
rag_jobs_init(struct rag_running *running)
{
	pthread_mutex_init(&running->claiming, NULL);
	pthread_mutex_init(&running->lock, NULL);
}

static size_t
count_of(const struct rag_running *running, const struct bh_uuid *tenant)
{
	size_t n = 0, i;

	for (i = 0; i < RAG_WORKERS; i++)
		n += bh_uuid_equal(&running->tenants[i], tenant);
	return n;
}

/* The tenants that have as many workers as one may have. */
static size_t
served_enough(struct rag_running *running, struct bh_uuid out[RAG_WORKERS])
{
	size_t n = 0, i;

	pthread_mutex_lock(&running->lock);
	for (i = 0; i < RAG_WORKERS; i++) {
		const struct bh_uuid *tenant = &running->tenants[i];

		if (!bh_uuid_is_zero(tenant) && count_of(running, tenant) >= RAG_WORKERS_OF_ONE)
			out[n++] = *tenant;
	}
	pthread_mutex_unlock(&running->lock);
	return n;
}

/* There is one for each worker. */
static struct bh_uuid *
place_take(struct rag_running *running, const struct bh_uuid *tenant)
{
	struct bh_uuid *place = running->tenants;

	pthread_mutex_lock(&running->lock);
	while (!bh_uuid_is_zero(place)) {
		place++;
		BH_ASSERT(place < running->tenants + RAG_WORKERS);
	}
	*place = *tenant;
	pthread_mutex_unlock(&running->lock);
	return place;
}

static void
place_leave(struct rag_running *running, struct bh_uuid *place)
{
	pthread_mutex_lock(&running->lock);
	*place = (struct bh_uuid){0};
	pthread_mutex_unlock(&running->lock);
}

static void
set_busy(struct rag_running *running, bool *busy, bool now)
{
	if (*busy == now)
		return;
	pthread_mutex_lock(&running->lock);
	running->busy = now ? running->busy + 1 : running->busy - 1;
	pthread_mutex_unlock(&running->lock);
	*busy = now;
}

size_t
rag_jobs_busy(struct rag *rag)
{
	size_t n;

	pthread_mutex_lock(&rag->running.lock);
	n = rag->running.busy;
	pthread_mutex_unlock(&rag->running.lock);
	return n;
}

int
rag_jobs_others_wait(struct rag *rag, struct bh_db *db, const struct bh_uuid *tenant,
	bool *out_wait)
{
	struct bh_uuid others[RAG_WORKERS + 1];
	size_t n = served_enough(&rag->running, others);

	others[n++] = *tenant;
	return bh_queue_others_wait(db, RAG_QUEUE, others, n, out_wait);
}

/* The next job of a tenant that may have one more worker. */
static int
claim(struct rag *rag, struct bh_db *db, const char *worker, struct bh_lease *lease,
	struct bh_uuid **out_place)
{
	struct bh_uuid full[RAG_WORKERS];
	struct bh_lease_kept_back kept_back = {.tenants = full};
	int rc;

	pthread_mutex_lock(&rag->running.claiming);
	kept_back.n_tenants = served_enough(&rag->running, full);
	rc = bh_lease_claim(db, RAG_QUEUE, worker, LEASE_MS, &kept_back, lease);
	if (rc == 0)
		*out_place = place_take(&rag->running, &lease->tenant);
	pthread_mutex_unlock(&rag->running.claiming);
	return rc;
}

/* ---- the jobs ---- */

static void
run_job(struct bh_runtime *runtime, struct rag *rag, struct bh_db *db, const struct bh_lease *lease)
{
	bool ended = false;
	int rc, ending;

	if (strcmp(lease->kind, RAG_JOB_INGEST) == 0) {
		rag_ingest_run(runtime, rag, db, lease);
		return;
	}
	if (lease->spent) {
		/* What it is about must not stay either. */
		bh_log(BH_LOG_ERROR, "a job %s was put off for a day: it ended its process %lld times",
			lease->kind, (long long)lease->lapses);
		rc = bh_lease_put_off(db, lease, bh_clock_wall_ms() + SPENT_WAIT_MS,
			"it ended its process again and again");
		ended = rc == 0;
	} else if (strcmp(lease->kind, RAG_JOB_PURGE) == 0)
		rc = rag_purge_run(rag, db, lease, bh_runtime_stop_flag(runtime), RAG_PURGE_TURN_MS,
			&ended);
	else if (strcmp(lease->kind, RAG_JOB_REMOVE_OBJECT) == 0)
		rc = bh_object_remove(rag->objects, &lease->tenant, &lease->subject);
	else if (strcmp(lease->kind, RAG_JOB_EXPIRE_FILE) == 0)
		rc = expire_file(rag, db, lease);
	else if (strcmp(lease->kind, RAG_JOB_EXPIRE_STORE) == 0)
		rc = rag_remove_expired(db, lease, &ended);
	else
		rc = bh_error(BH_E_INTERNAL, "no such kind of job: %s", lease->kind);

	if (rc == 0 && !ended)
		rc = bh_lease_done(db, lease);
	if (rc == 0 || rc == BH_E_LOST)
		return;
	bh_log_failure(lease->kind, rc);
	/* What it is about must not stay: only the wait grows where the failure does not pass by itself. */
	ending = bh_lease_retry(db, lease,
		bh_clock_wall_ms() +
			bh_retry_wait_ms(lease->attempt, RETRY_BASE_MS,
				bh_error_is_transient(rc) ? RETRY_MOST_MS : FAULT_MOST_MS),
		bh_error_row(rc)->code);
	if (ending < 0 && ending != BH_E_LOST)
		bh_log_failure("giving a job back", ending);
}

void
rag_jobs_run(struct bh_runtime *runtime, void *service)
{
	struct rag *rag = service;
	char worker[BH_WORKER_NAME];
	bool busy = false;
	int rc = 0;

	bh_lease_worker(RAG_QUEUE, worker);
	while (rc == 0 && !bh_runtime_stopping(runtime)) {
		struct bh_arena arena = {0};
		struct bh_db db = {.pool = bh_runtime_db(runtime), .arena = &arena};
		struct bh_lease lease = {0};
		struct bh_uuid *place = NULL;

		bh_error_clear();
		rc = claim(rag, &db, worker, &lease, &place);
		if (rc == 0) {
			set_busy(&rag->running, &busy, true);
			run_job(runtime, rag, &db, &lease);
			place_leave(&rag->running, place);
		}
		bh_arena_close(&arena);
	}
	set_busy(&rag->running, &busy, false);
	/* A database that is away shows at every request; here only the next round is waited for. */
	if (rc < 0 && rc != BH_E_EMPTY && !bh_error_is_transient(rc))
		bh_log_failure("claiming a job", rc);
}
