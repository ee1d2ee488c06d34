/* SPDX-License-Identifier: Apache-2.0 */
/* parked.c: a small table of stopped readers, and the looks at whether anybody still wants them. */
#include "rag/parked.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "queue/queue.h"
#include "rag/extract_run.h"
#include "rag/rag.h"
#include "rag/store.h"

enum { HELD_LOOKS = 3 };

struct rag_parked *
rag_parked_new(int64_t bytes_max)
{
	struct rag_parked *parked = calloc(1, sizeof(*parked));

	BH_ASSERT(parked != NULL);
	pthread_mutex_init(&parked->lock, NULL);
	parked->bytes_max = bytes_max;
	return parked;
}

/* Under the lock. */
static bool
has_room(const struct rag_parked *parked, const struct rag_parked_one *one)
{
	int64_t bytes = one->bytes, said_bytes = one->said_bytes;
	size_t of_one = 0;

	for (size_t i = 0; i < parked->n; i++) {
		of_one += bh_uuid_equal(&parked->all[i].name.tenant, &one->name.tenant);
		bytes += parked->all[i].bytes;
		said_bytes += parked->all[i].said_bytes;
	}
	return parked->n < RAG_PARKED_MOST && of_one < RAG_PARKED_OF_ONE &&
		bytes <= parked->bytes_max && said_bytes <= RAG_PARKED_SAID_MAX;
}

bool
rag_parked_put(struct rag_parked *parked, const struct rag_parked_name *name,
	struct rag_extraction *extraction, int64_t now_ms)
{
	const struct rag_parked_one one = {
		.name = *name,
		.extraction = extraction,
		.since_ms = now_ms,
		.bytes = rag_extract_bytes(extraction),
		.said_bytes = rag_extract_said_bytes(extraction),
	};
	bool room;

	pthread_mutex_lock(&parked->lock);
	room = has_room(parked, &one);
	if (room)
		parked->all[parked->n++] = one;
	pthread_mutex_unlock(&parked->lock);
	return room;
}

/* Under the lock. */
static struct rag_extraction *
take_out(struct rag_parked *parked, size_t at)
{
	struct rag_extraction *extraction = parked->all[at].extraction;

	parked->all[at] = parked->all[--parked->n];
	return extraction;
}

/* NULL: not here, or no longer. */
static struct rag_extraction *
take(struct rag_parked *parked, const struct bh_uuid *tenant, const struct bh_uuid *job)
{
	struct rag_extraction *extraction = NULL;

	pthread_mutex_lock(&parked->lock);
	for (size_t i = 0; extraction == NULL && i < parked->n; i++)
		if (bh_uuid_equal(&parked->all[i].name.tenant, tenant) &&
			bh_uuid_equal(&parked->all[i].name.job, job))
			extraction = take_out(parked, i);
	pthread_mutex_unlock(&parked->lock);
	return extraction;
}

void
rag_parked_free(struct rag_parked *parked)
{
	if (parked == NULL)
		return;
	while (parked->n > 0)
		rag_extract_close(take_out(parked, 0));
	pthread_mutex_destroy(&parked->lock);
	free(parked);
}

/* One that somebody has killed meanwhile, short of memory perhaps, says nothing about its document. */
struct rag_extraction *
rag_parked_take(struct rag_parked *parked, const struct bh_uuid *tenant, const struct bh_uuid *job)
{
	struct rag_extraction *extraction = take(parked, tenant, job);

	if (extraction == NULL || rag_extract_lives(extraction))
		return extraction;
	rag_extract_close(extraction);
	return NULL;
}

size_t
rag_parked_drop(struct rag_parked *parked, const struct bh_uuid *tenant)
{
	struct rag_extraction *found[RAG_PARKED_MOST];
	size_t n = 0;

	pthread_mutex_lock(&parked->lock);
	for (size_t i = parked->n; i-- > 0;)
		if (tenant == NULL || bh_uuid_equal(&parked->all[i].name.tenant, tenant))
			found[n++] = take_out(parked, i);
	pthread_mutex_unlock(&parked->lock);
	for (size_t i = 0; i < n; i++)
		rag_extract_close(found[i]);
	return n;
}

/* ---- looking after them ---- */

/* What was here at one moment. */
struct seen {
	struct rag_parked_one all[RAG_PARKED_MOST];
	struct bh_job_name jobs[RAG_PARKED_MOST];
	enum bh_job_state states[RAG_PARKED_MOST];
	size_t n;
};

static void
see(struct rag_parked *parked, struct seen *out)
{
	pthread_mutex_lock(&parked->lock);
	memcpy(out->all, parked->all, parked->n * sizeof(parked->all[0]));
	out->n = parked->n;
	pthread_mutex_unlock(&parked->lock);
	for (size_t i = 0; i < out->n; i++)
		out->jobs[i] = (struct bh_job_name){out->all[i].name.tenant, out->all[i].name.job};
}

/* Whether the file still waits for this job. */
static int
is_wanted(struct bh_db *db, const struct rag_parked_name *name, bool *out)
{
	struct rag_store_file attachment;
	bool found = false;
	int rc;

	db->context = name->tenant;
	rc = rag_store_attachment_by_id(db, &name->tenant, &name->attachment, &attachment, &found);
	if (rc == 0)
		*out = found && strcmp(attachment.status, "in_progress") == 0;
	return rc;
}

/* A job in somebody's hands may be in this process's, which has not put it down yet or is about to come for the
 * reader; at three looks in a row it is another's. */
static int
judge(struct rag_parked *parked, struct bh_db *db, const struct rag_parked_one *one,
	enum bh_job_state state)
{
	int held = state == BH_JOB_HELD ? one->held + 1 : 0;
	bool wanted = state != BH_JOB_OVER && held < HELD_LOOKS;
	int rc = wanted ? is_wanted(db, &one->name, &wanted) : 0;

	if (rc < 0)
		return rc;
	if (!wanted) {
		rag_extract_close(take(parked, &one->name.tenant, &one->name.job));
		return 0;
	}
	pthread_mutex_lock(&parked->lock);
	for (size_t i = 0; i < parked->n; i++)
		if (parked->all[i].extraction == one->extraction)
			parked->all[i].held = held;
	pthread_mutex_unlock(&parked->lock);
	return 0;
}

static void
end_old(struct rag_parked *parked, const struct seen *seen, int64_t now_ms)
{
	for (size_t i = 0; i < seen->n; i++)
		if (now_ms - seen->all[i].since_ms >= RAG_PARKED_MS)
			rag_extract_close(take(parked, &seen->jobs[i].tenant, &seen->jobs[i].job));
}

void
rag_parked_tend(struct rag_parked *parked, struct bh_db_pool *pool, int64_t now_ms)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = pool, .arena = &arena};
	struct seen seen;
	int rc;

	see(parked, &seen);
	if (seen.n == 0)
		return;
	end_old(parked, &seen, now_ms);
	rc = bh_queue_states(&db, RAG_QUEUE, seen.jobs, seen.n, seen.states);
	for (size_t i = 0; rc == 0 && i < seen.n; i++)
		rc = judge(parked, &db, &seen.all[i], seen.states[i]);
	/* Whoever cannot be asked is asked again at the next look. */
	if (rc < 0 && !bh_error_is_transient(rc))
		bh_log_failure("look after stopped document readers", rc);
}
