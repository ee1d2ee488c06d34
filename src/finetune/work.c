/* SPDX-License-Identifier: Apache-2.0 */
/* work.c: a job's row through its stages. Whatever is written is fenced by the lease, and refused once the row has ended. */
#include "finetune/work.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "finetune/folder.h"
#include "finetune/kept.h"
#include "finetune/money.h"
#include "service/runtime.h"

enum { LOOK_MS = 250 };

int
finetune_work_open(struct bh_job *job, struct finetune_work **out)
{
	struct finetune_work *work = bh_arena_alloc(&job->arena, sizeof(*work));
	int rc;

	work->finetune = job->service;
	work->job = job;
	rc = finetune_store_job_get(&job->db, &job->lease.tenant, &job->lease.subject, &work->row);
	if (rc == 0)
		rc = finetune_spec_read(work->row.spec, &work->spec);
	if (rc < 0)
		return rc;
	work->folder = finetune_folder_of(&job->arena, work->finetune, &job->lease.tenant,
		&work->row.id);
	work->peer = (struct bh_peer){
		.runtime = work->finetune->runtime,
		.arena = &job->arena,
		.watch_fd = -1,
		.cancel = &job->stop.now,
		.onward = {.tenant = job->lease.tenant,
			.subject = work->row.subject,
			.request_id = work->row.request_id,
			.traceparent = work->row.traceparent,
			.credential = work->row.credential},
	};
	bh_log_request(work->row.request_id);
	*out = work;
	return 0;
}

int
finetune_work_watch(struct finetune_work *work, struct finetune_watch *watch, bool *out_paused)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	const struct bh_uuid *tenant = &work->job->lease.tenant;
	struct bh_db db = {.pool = work->job->db.pool, .arena = &arena, .context = *tenant};
	int64_t now_ms = bh_clock_steady_ms();
	struct finetune_wanted wanted = {0};
	int rc = 0;

	if (bh_job_stop_reason(&work->job->stop) != BH_JOB_STOP_NONE)
		return bh_job_stop_reason(&work->job->stop) == BH_JOB_STOP_LOST ? BH_E_LOST
																		: BH_E_CANCELLED;
	if (now_ms - watch->looked_ms >= LOOK_MS) {
		watch->looked_ms = now_ms;
		rc = finetune_store_job_wanted(&db, tenant, &work->row.id, &wanted);
		watch->paused = wanted.paused_ms != 0;
	}
	if (out_paused != NULL)
		*out_paused = watch->paused;
	if (rc == BH_E_NOT_FOUND || (rc == 0 && wanted.finished_ms != 0))
		return BH_E_CANCELLED;
	/* A database that is away for a moment does not stop what needs none. */
	return 0;
}

const char *
finetune_work_path(const struct finetune_work *work, const char *name)
{
	return bh_arena_printf(&work->job->arena, "%s/%s", work->folder, name);
}

static int
fetch(struct finetune_work *work, const struct bh_uuid *id, const char *param, const char *name)
{
	int rc = finetune_kept_get(&work->peer, id, FINETUNE_FILE_BYTES_MAX,
		finetune_work_path(work, name));

	if (rc == BH_E_NOT_FOUND)
		return bh_error_param(BH_E_INVALID, param, "The file has been deleted.");
	if (rc == BH_E_TOO_LARGE)
		return bh_error_param(BH_E_INVALID, param, "The file is larger than 512 MB.");
	return rc;
}

int
finetune_work_fetch(struct finetune_work *work)
{
	int rc = finetune_folder_make(&work->job->arena, work->folder);

	if (rc == 0)
		rc = fetch(work, &work->row.training_file, "training_file", "data/training.jsonl");
	if (rc == 0 && !bh_uuid_is_zero(&work->row.validation_file))
		rc = fetch(work, &work->row.validation_file, "validation_file", "data/validation.jsonl");
	return rc;
}

void
finetune_work_forget(const struct finetune_work *work, int rc)
{
	if (rc != BH_E_LOST && bh_job_stop_reason(&work->job->stop) != BH_JOB_STOP_LOST)
		finetune_folder_remove(finetune_work_path(work, "data"));
}

/* The longest prefix that does not end within a character: details are cut to bytes. */
static const char *
whole_of(char *text)
{
	size_t len = strlen(text), end = len;

	while (end > 0 && len - end < 4 && ((unsigned char)text[end - 1] & 0xc0) == 0x80)
		end--;
	if (end > 0 && !bh_text_is_utf8(text + end - 1, len - end + 1))
		text[end - 1] = '\0';
	return text;
}

void
finetune_work_blame(struct finetune_work *work, const char *code, const char *param,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	work->row.error_message = whole_of(bh_arena_vprintf(&work->job->arena, format, args));
	va_end(args);
	work->row.error_code = code;
	work->row.error_param = param != NULL ? bh_arena_strdup(&work->job->arena, param) : NULL;
}

/* ---- its end ---- */

int
finetune_work_close(struct bh_db *tx, const struct bh_uuid *tenant, const struct finetune_job *row)
{
	const bool failed = strcmp(row->status, "failed") == 0;
	struct finetune_event event = finetune_said_event(failed ? "error" : "info",
		failed                                      ? row->error_message
			: strcmp(row->status, "cancelled") == 0 ? "The job was cancelled."
													: "The job has succeeded.");
	int rc;

	event.is_last = true;
	rc = finetune_store_event_add(tx, tenant, &row->id, &event);
	if (rc == 0)
		rc = finetune_store_job_end(tx, tenant, row);
	return rc < 0 ? rc : finetune_money_settle(tx, tenant, row);
}

static int
end_work(struct bh_db *tx, void *ctx)
{
	struct finetune_work *work = ctx;
	const struct bh_lease *lease = &work->job->lease;
	struct finetune_job now;
	int rc = bh_lease_fence(tx, lease);

	if (rc == 0)
		rc = finetune_store_job_lock(tx, &lease->tenant, &work->row.id, &now);
	if (rc == BH_E_NOT_FOUND || (rc == 0 && now.finished_ms != 0))
		return bh_lease_done(tx, lease);
	if (rc < 0)
		return rc;
	work->row.trained_tokens = now.trained_tokens;
	if (work->row.fine_tuned_model == NULL)
		work->row.fine_tuned_model = now.fine_tuned_model;
	rc = finetune_work_close(tx, &lease->tenant, &work->row);
	if (rc < 0)
		return rc;
	return strcmp(work->row.status, "succeeded") == 0 ? bh_lease_done(tx, lease)
													  : bh_lease_fail(tx, lease, work->row.status);
}

int
finetune_work_end(struct finetune_work *work, const char *status)
{
	int rc;

	work->row.status = status;
	work->row.finished_ms = bh_clock_wall_ms();
	rc = bh_tx_run(&work->job->db, end_work, work);
	bh_bell_ring(&work->finetune->bell);
	if (rc == 0)
		finetune_folder_remove(work->folder);
	return rc < 0 ? rc : BH_JOB_ENDED;
}

int
finetune_work_judge(struct finetune_work *work, int error)
{
	const struct bh_error_row *row = bh_error_public_row(error);
	const char *detail = bh_error_detail(error);

	if (error == BH_E_LOST || error == BH_E_CANCELLED ||
		bh_job_stop_reason(&work->job->stop) != BH_JOB_STOP_NONE)
		return error;
	if (bh_error_is_transient(error) && work->job->lease.attempt < FINETUNE_ATTEMPTS_MAX)
		return error;
	bh_log_failure(work->job->lease.kind, error);
	finetune_work_blame(work, row->code, bh_error_field(error), "%s",
		(row->status < 500 || error == BH_E_TIMEOUT || error == BH_E_PROTOCOL) && detail[0] != '\0'
			? detail
			: row->sentence);
	return finetune_work_end(work, "failed");
}

int
finetune_work_give_up(struct bh_job *job)
{
	struct finetune_work *work = NULL;
	int rc = finetune_work_open(job, &work);

	if (rc == BH_E_NOT_FOUND || (rc == 0 && work->row.finished_ms != 0))
		return BH_JOB_DONE;
	if (rc < 0)
		return rc;
	finetune_work_blame(work, "internal_error", NULL,
		"The job ended its process again and again; search the log for the request id %s.",
		work->row.request_id);
	rc = finetune_work_end(work, "failed");
	bh_log_request("");
	return rc;
}

/* ---- its next stage ---- */

int
finetune_work_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const char *kind)
{
	const struct bh_job_new job = {
		.id = bh_uuid_new(),
		.queue = FINETUNE_QUEUE,
		.kind = kind,
		.subject = *id,
		.payload = "{}",
		/* Seats let one job in the background run at a time. */
		.background = strcmp(kind, FINETUNE_TRAIN) == 0,
	};

	return bh_job_add(tx, tenant, &job);
}

struct next {
	struct finetune_work *work;
	const char *kind, *evaluation;
	const struct finetune_event *events;
	size_t n_events;
};

static int
next_work(struct bh_db *tx, void *ctx)
{
	const struct next *next = ctx;
	struct finetune_work *work = next->work;
	const struct bh_lease *lease = &work->job->lease;
	struct finetune_job now;
	int rc = bh_lease_fence(tx, lease);

	if (rc == 0)
		rc = finetune_store_job_lock(tx, &lease->tenant, &work->row.id, &now);
	if (rc == BH_E_NOT_FOUND || (rc == 0 && now.finished_ms != 0))
		return bh_lease_done(tx, lease);
	work->row.stage = next->kind;
	if (rc == 0)
		rc = finetune_store_job_stage(tx, &lease->tenant, &work->row);
	if (rc == 0 && next->evaluation != NULL)
		rc = finetune_store_job_evaluation(tx, &lease->tenant, &work->row.id, next->evaluation,
			work->row.fine_tuned_model);
	for (size_t i = 0; rc == 0 && i < next->n_events; i++)
		rc = finetune_store_event_add(tx, &lease->tenant, &work->row.id, &next->events[i]);
	/* Whoever resumes it takes the same lock, and adds the job then. */
	if (rc == 0 && (now.paused_ms == 0 || strcmp(next->kind, FINETUNE_PUBLISH) == 0))
		rc = finetune_work_add(tx, &lease->tenant, &work->row.id, next->kind);
	return rc < 0 ? rc : bh_lease_done(tx, lease);
}

int
finetune_work_next(struct finetune_work *work, const char *kind, const char *evaluation,
	const struct finetune_event *events, size_t n_events)
{
	struct next next = {work, kind, evaluation, events, n_events};
	int rc = bh_tx_run(&work->job->db, next_work, &next);

	bh_bell_ring(&work->finetune->bell);
	if (rc < 0)
		return rc;
	bh_worker_pool_wake(work->job->pool);
	return BH_JOB_ENDED;
}
