/* SPDX-License-Identifier: Apache-2.0 */
/* publish.c: the kind publish: the best adapter becomes a file of the tenant, and, unless it is worse than the base model,
 * a model that the model service serves to this tenant. */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "finetune/base.h"
#include "finetune/folder.h"
#include "finetune/kept.h"
#include "finetune/work.h"
#include "sec/digest.h"
#include "service/runtime.h"

enum { HEAD_BYTES = 64 * 1024, PIECE = 256 * 1024, LOOK_MS = 500, REFUSAL_MAX = 16 * 1024 };

struct publishing {
	struct finetune_work *work;
	struct finetune_watch watch;
	struct finetune_base base;
	struct finetune_checkpoint best;
	const char *checkpoint; /* the name of its folder */
	bool worse;
	const char *not_served; /* why the result stays a file; NULL: it is served */
	int fd;                 /* owned: of the adapter; 0: none */
	int64_t bytes;
};

/* ---- the file ---- */

static int
read_evaluation(struct publishing *publishing)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct finetune_work *work = publishing->work;
	const char *text = work->row.evaluation != NULL ? work->row.evaluation : "", *checkpoint;
	int rc = bh_json_parse(text, strlen(text), &doc);

	checkpoint = rc == 0 ? bh_json_get_string(doc.root, "checkpoint") : NULL;
	if (checkpoint == NULL)
		return bh_error(BH_E_INTERNAL, "a job to be published has no evaluation");
	publishing->checkpoint = bh_arena_strdup(&work->job->arena, checkpoint);
	(void)bh_json_bool(bh_json_get(doc.root, "worse"), &publishing->worse);
	return finetune_store_checkpoint_at(&work->job->db, &work->job->lease.tenant, &work->row.id,
		bh_json_get_int(doc.root, "best_step", 0), &publishing->best);
}

/* What the trainer said of its file is true of what lies there. */
static int
check_file(const struct publishing *publishing)
{
	BH_AUTO(bh_buf_close) struct bh_buf piece = {0};
	char hex[65], type[32] = "";
	struct bh_digest digest;
	struct bh_hash hash;
	int64_t at = 0;
	ssize_t n;

	bh_hash_begin(&hash);
	while ((n = pread(publishing->fd, bh_buf_room(&piece, PIECE), PIECE, at)) > 0) {
		if (at == 0 &&
			(finetune_base_text((unsigned char *)piece.data,
				 (size_t)(n < HEAD_BYTES ? n : HEAD_BYTES), "general.type", type,
				 sizeof(type)) < 0))
			type[0] = '\0';
		bh_hash_add(&hash, piece.data, (size_t)n);
		at += n;
	}
	bh_hash_end(&hash, &digest);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), hex);
	if (n < 0 || at != publishing->bytes || strcmp(hex, publishing->best.sha256) != 0)
		return bh_error(BH_E_PROTOCOL, "the adapter's file is not the one that the trainer wrote");
	if (strcmp(type, "adapter") != 0)
		return bh_error(BH_E_PROTOCOL, "the trainer's file is not an adapter");
	return 0;
}

static int
keep(struct publishing *publishing)
{
	struct finetune_work *work = publishing->work;
	const char *folder = finetune_work_path(work,
		bh_arena_printf(&work->job->arena, "out/%s", publishing->checkpoint));
	int rc = finetune_folder_open(work->folder, folder, "adapter.gguf", FINETUNE_ADAPTER_BYTES_MAX,
		&publishing->fd, &publishing->bytes);

	if (rc == 0)
		rc = check_file(publishing);
	/* Of the same id whoever asks again: it is kept once. */
	work->row.result_file = publishing->best.id;
	if (rc == 0)
		rc = finetune_kept_put(&work->peer, &work->row.result_file,
			bh_arena_printf(&work->job->arena, "%s.gguf", work->row.fine_tuned_model),
			publishing->fd, publishing->bytes);
	return rc;
}

/* ---- the model ---- */

static void
write_adapter(const struct publishing *publishing, struct bh_buf *out)
{
	const struct finetune_job *row = &publishing->work->row;
	struct bh_write write = {.out = out};
	char file[64];

	bh_uuid_format_id(&row->result_file, FINETUNE_FILE_PREFIX, file, sizeof(file));
	bh_write_object(&write);
	bh_write_pair_text(&write, "name", row->fine_tuned_model);
	bh_write_pair_text(&write, "base", row->model);
	bh_write_pair_text(&write, "file_id", file);
	bh_write_pair_text(&write, "sha256", publishing->best.sha256);
	bh_write_pair_int(&write, "bytes", publishing->bytes);
	bh_write_pair_text(&write, "license", publishing->base.licence);
	bh_write_pair_text(&write, "base_sha256", publishing->base.sha256);
	bh_write_end(&write);
}

/* One call; `body` NULL: a look. BH_E_MODEL_NOT_FOUND of the first: the base has no adapters, with the reason; of a look:
 * the model was deleted. */
static int
call_model(struct publishing *publishing, const struct bh_buf *body, struct bh_json_doc *out)
{
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	struct bh_peer_call call = {.service = "model", .body = body, .answer_max = REFUSAL_MAX};
	int rc;

	bh_buf_text(&path, "/internal/v1/adapters");
	if (body == NULL) {
		bh_buf_char(&path, '/');
		bh_text_url(&path, publishing->work->row.fine_tuned_model);
	}
	call.path = bh_buf_string(&path);
	rc = bh_peer_open(&publishing->work->peer, &call, &reply);
	if (rc < 0)
		return rc;
	if (reply.status == 202)
		reply.status = 200;
	return bh_peer_read(&call, &reply, out);
}

/* An answer about the model that is final, whatever becomes of the adapter: the job has its result all the same. */
static bool
take_refusal(struct publishing *publishing, int rc, bool first)
{
	struct finetune_work *work = publishing->work;

	if (rc == BH_E_MODEL_NOT_FOUND && !first) {
		publishing->not_served = "The model was deleted before it was served, with its file.";
		work->row.result_file = (struct bh_uuid){0};
		return true;
	}
	if (rc != BH_E_MODEL_NOT_FOUND && rc != BH_E_TOO_MANY)
		return false;
	publishing->not_served = bh_arena_printf(&work->job->arena,
		"The adapter is kept as a file, and is not served: %.300s", bh_error_detail(rc));
	return true;
}

/* Until it is ready, or never will be: 0, with *out_error of one that could not be loaded. */
static int
wait_ready(struct publishing *publishing, const char **out_error)
{
	struct finetune_work *work = publishing->work;
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	int64_t until_ms = bh_clock_steady_ms() + work->finetune->conf.publish_s_max * 1000;
	int rc = 0;

	write_adapter(publishing, &body);
	for (bool first = true; rc == 0; first = false) {
		BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
		const char *state, *error;

		rc = call_model(publishing, first ? &body : NULL, &doc);
		if (rc < 0)
			return take_refusal(publishing, rc, first) ? 0 : rc;
		state = bh_json_get_string(doc.root, "state");
		error = bh_json_get_string(doc.root, "error");
		if (state != NULL && strcmp(state, "ready") == 0)
			return 0;
		if (state != NULL && strcmp(state, "failed") == 0) {
			*out_error = bh_arena_printf(&work->job->arena, "%.300s",
				error != NULL ? error : "no reason was given");
			return 0;
		}
		if (bh_clock_steady_ms() > until_ms) {
			*out_error = bh_arena_printf(&work->job->arena, "no engine had it within %lld s.",
				(long long)work->finetune->conf.publish_s_max);
			return 0;
		}
		poll(NULL, 0, LOOK_MS);
		rc = finetune_work_watch(work, &publishing->watch, NULL);
	}
	return rc;
}

/* ---- its end ---- */

static int
note_work(struct bh_db *tx, void *ctx)
{
	const struct publishing *publishing = ctx;
	const struct finetune_work *work = publishing->work;
	const struct finetune_event event = finetune_said_event("warn", publishing->not_served);
	struct finetune_job now;
	int rc = bh_lease_fence(tx, &work->job->lease);

	if (rc == 0)
		rc = finetune_store_job_lock(tx, &work->job->lease.tenant, &work->row.id, &now);
	return rc < 0 ? rc
				  : finetune_store_event_add(tx, &work->job->lease.tenant, &work->row.id, &event);
}

static int
publish(struct publishing *publishing)
{
	struct finetune_work *work = publishing->work;
	const struct bh_platform_conf *conf = bh_runtime_conf(work->finetune->runtime);
	const char *error = NULL;
	int rc = read_evaluation(publishing);

	if (rc == 0)
		rc = finetune_base_find(&work->job->arena, conf->program_dir, conf->home, work->row.model,
			&publishing->base);
	if (rc == 0)
		rc = keep(publishing);
	if (rc < 0) {
		work->row.result_file = (struct bh_uuid){0}; /* there is none */
		return finetune_work_judge(work, rc);
	}
	if (publishing->worse && !work->spec.publish_worse)
		publishing->not_served = "The result is worse than the base model on the held-out part: "
								 "the adapter is kept as a "
								 "file, and is not served.";
	else
		rc = wait_ready(publishing, &error);
	if (rc == 0 && publishing->not_served != NULL)
		rc = bh_tx_run(&work->job->db, note_work, publishing);
	if (rc < 0)
		return finetune_work_judge(work, rc);
	work->row.published = error == NULL && publishing->not_served == NULL;
	if (error == NULL)
		return finetune_work_end(work, "succeeded");
	finetune_work_blame(work, "adapter_not_loaded", NULL,
		"The adapter is kept as a file, but could not be loaded: %s", error);
	return finetune_work_end(work, "failed");
}

/* ---- a job that was cancelled ---- */

/* Nobody asked for what it has made: the model with its file, or the file alone. */
static int
withdraw(struct publishing *publishing)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	struct finetune_work *work = publishing->work;
	struct bh_peer_call call = {.service = "model", .method = "DELETE"};
	int rc = read_evaluation(publishing);

	if (rc < 0)
		return rc;
	bh_buf_text(&path, "/internal/v1/adapters/");
	bh_text_url(&path, work->row.fine_tuned_model);
	call.path = bh_buf_string(&path);
	rc = bh_peer_ask(&work->peer, &call, &doc);
	if (rc == BH_E_MODEL_NOT_FOUND)
		rc = finetune_kept_remove(&work->peer, &publishing->best.id);
	return rc;
}

/* `rc` is what publishing has come to: nothing, for a row that had ended before. A row that was cancelled by now keeps
 * nothing of it; a process that ends leaves the job to the next one. */
static int
end_cancelled(struct publishing *publishing, int rc)
{
	struct finetune_work *work = publishing->work;
	struct finetune_job now = {0};
	int found = finetune_store_job_get(&work->job->db, &work->job->lease.tenant, &work->row.id,
		&now);

	if (found == 0 && strcmp(now.status, "cancelled") != 0)
		return rc;
	if (found == 0)
		found = withdraw(publishing);
	if (found == BH_E_NOT_FOUND)
		found = 0;
	if (found < 0 && rc != BH_JOB_ENDED)
		return found;
	/* Nobody comes back to a job that has ended. */
	if (found < 0)
		bh_log_failure("take back what a cancelled job has kept", found);
	return rc == BH_JOB_ENDED ? rc : BH_JOB_DONE;
}

int
finetune_publish_run(struct bh_job *job)
{
	struct publishing *publishing;
	struct finetune_work *work = NULL;
	int rc = finetune_work_open(job, &work);

	if (rc == BH_E_NOT_FOUND || (rc == 0 && strcmp(work->row.stage, FINETUNE_PUBLISH) != 0))
		return BH_JOB_DONE;
	if (rc < 0)
		return rc;
	publishing = bh_arena_alloc(&job->arena, sizeof(*publishing));
	publishing->work = work;
	if (work->row.finished_ms == 0)
		rc = publish(publishing);
	if (publishing->fd > 0)
		close(publishing->fd);
	if (rc >= 0 || rc == BH_E_CANCELLED)
		rc = end_cancelled(publishing, rc);
	bh_log_request("");
	return rc;
}
