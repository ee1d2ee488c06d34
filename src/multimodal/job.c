/* SPDX-License-Identifier: Apache-2.0 */
/* job.c: asks the model service for what is missing, and keeps each picture before the next one comes.
 *
 * What was kept by an earlier attempt stays, and is not asked for again: so a job whose process died goes on. What was
 * made is paid for: it is held until it can be kept, and if that does not come about the job fails. Another attempt would
 * pay for the same picture again. */
#include "multimodal/job.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "multimodal/album.h"
#include "multimodal/ask.h"
#include "multimodal/kept.h"
#include "multimodal/multimodal.h"
#include "multimodal/picture.h"
#include "multimodal/spec.h"
#include "multimodal/store.h"
#include "picture/run.h"
#include "queue/worker.h"
#include "sec/digest.h"
#include "service/peer.h"
#include "service/spool.h"

enum {
	PARTIAL_KEEP_S = 3600,
	HOLD_MS = 60000, /* longest that a picture waits to be kept */
	PAUSE_MS = 500,
	TICK_MS = 50,
	TIME_BYTES = 6, /* of an id */
	EPOCHS_LEFT = 8,
	PIXELS_PER_BYTE = 64,
	STOP_LEFT = BH_JOB_STOP_OWN,
	STOP_TIME
};

/* Lies in its job's arena; the thread that tends it reads what stands still. */
struct work {
	struct multimodal *multimodal; /* borrowed */
	struct bh_job *job;            /* borrowed */
	struct multimodal_job row;
	struct multimodal_spec spec;
	struct bh_json_doc kept; /* owned: what the spec's text lies in */
	struct bh_peer peer;
	struct bh_spool spool; /* owned: what of it lies on disk */
	int64_t began_ms;      /* steady clock */
	int64_t held_till;     /* likewise: the picture at hand must be kept by then */
	bool is_paid;          /* a picture that was made could not be kept */
};

/* ---- its end ---- */

static int
end_work(struct bh_db *tx, void *ctx)
{
	struct work *work = ctx;
	const struct bh_lease *lease = &work->job->lease;
	int rc = bh_lease_fence(tx, lease);

	if (rc == 0)
		rc = multimodal_store_job_end(tx, &lease->tenant, &work->row);
	if (rc < 0)
		return rc;
	return strcmp(work->row.status, "completed") == 0 ? bh_lease_done(tx, lease)
													  : bh_lease_fail(tx, lease, work->row.status);
}

static int
end(struct work *work, const char *status)
{
	int rc;

	work->row.status = status;
	work->row.completed_ms = bh_clock_wall_ms();
	rc = bh_tx_run(&work->job->db, end_work, work);
	bh_bell_ring(&work->multimodal->bell);
	return rc < 0 ? rc : BH_JOB_ENDED;
}

/* As a client would have been told. */
static int
fail(struct work *work, int error)
{
	const struct bh_error_row *row = bh_error_public_row(error);
	const char *detail = bh_error_detail(error), *param = bh_error_field(error);
	struct bh_arena *arena = &work->job->arena;

	bh_log_failure("make pictures", error);
	work->row.error_code = row->code;
	work->row.error_message = bh_arena_strdup(arena,
		row->status < 500 && detail[0] != '\0' ? detail : row->sentence);
	work->row.error_param = param != NULL ? bh_arena_strdup(arena, param) : NULL;
	return end(work, "failed");
}

/* What passes by itself, and nobody is told to wait for. */
static bool
may_pass(const struct work *work, int error)
{
	return bh_error_is_transient(error) && bh_error_row(error)->status != 429 && !work->is_paid &&
		work->job->lease.attempt < MULTIMODAL_ATTEMPTS_MAX;
}

static int
judge(struct work *work, int rc)
{
	switch (bh_job_stop_reason(&work->job->stop)) {
	case BH_JOB_STOP_NONE:
		break;
	case BH_JOB_STOP_LOST:
		return BH_E_LOST;
	case BH_JOB_STOP_STOPPING:
		return BH_E_CANCELLED; /* another process goes on */
	case STOP_TIME:
		return fail(work, bh_error(BH_E_UPSTREAM_TIMEOUT, "the job took too long"));
	default:
		return end(work, "cancelled");
	}
	if (rc == 0)
		return end(work, "completed");
	if (rc == BH_E_LOST || may_pass(work, rc))
		return rc;
	return fail(work, rc);
}

/* ---- a picture ---- */

struct keeping {
	struct work *work;
	struct multimodal_event event;
	struct multimodal_image image;
	struct multimodal_picture picture; /* of the gallery */
	bool has_picture;
};

/* Whether a step of what is done with a picture is taken once more; then a pause is over. */
static bool
once_more(const struct work *work, int rc)
{
	int64_t until_ms = bh_clock_steady_ms() + PAUSE_MS;

	if (rc == 0 || rc == BH_E_DB_UNKNOWN || !bh_error_is_transient(rc) ||
		until_ms > work->held_till)
		return false;
	while (bh_clock_steady_ms() < until_ms) {
		if (bh_job_stop_reason(&work->job->stop) != BH_JOB_STOP_NONE)
			return false;
		poll(NULL, 0, TICK_MS);
	}
	return true;
}

static int
keep_work(struct bh_db *tx, void *ctx)
{
	const struct keeping *keeping = ctx;
	const struct work *work = keeping->work;
	const struct bh_uuid *tenant = &work->job->lease.tenant;
	int rc = bh_lease_fence(tx, &work->job->lease);

	if (rc == 0 && keeping->event.partial == 0)
		rc = multimodal_store_image_add(tx, tenant, &work->row.id, &keeping->image);
	if (rc == 0 && keeping->has_picture)
		rc = multimodal_album_add(tx, tenant, &keeping->picture);
	if (rc == 0)
		rc = multimodal_store_event_add(tx, tenant, &work->row.id, &keeping->event);
	return rc;
}

/* What the gallery shows of it. A gallery that is full is no reason to lose a picture that was made. */
static int
show(struct keeping *keeping, const struct bh_picture_run *run)
{
	struct work *work = keeping->work;
	const struct multimodal_spec *spec = &work->spec;
	struct bh_db *db = &work->job->db;
	const struct bh_uuid *tenant = &work->job->lease.tenant;
	struct multimodal_picture *picture = &keeping->picture;
	int rc = multimodal_album_room(db, tenant, &work->multimodal->conf);

	if (rc == BH_E_TOO_MANY)
		return 0;
	*picture = (struct multimodal_picture){
		.id = bh_uuid_new(),
		.file = keeping->image.file,
		.has_file = true,
		.source = "generated",
		.format = keeping->image.format,
		.width = keeping->image.width,
		.height = keeping->image.height,
		.bytes = keeping->image.bytes,
		.prompt = spec->prompt,
		.model = work->row.model,
		.quality = spec->quality,
		.has_seed = spec->own.seed != 0 || work->row.test_backend,
		.seed = spec->own.seed,
		.created_ms = bh_clock_wall_ms(),
	};
	multimodal_album_hashes(&work->job->arena, bh_picture_run_said(run), &picture->hashes);
	if (rc == 0)
		rc = multimodal_album_terms(&work->job->arena, tenant, picture);
	keeping->has_picture = rc == 0;
	return rc;
}

/* The rows. A file that its tenant has deleted meanwhile has no place in the gallery. */
static int
keep_rows(struct keeping *keeping)
{
	int rc = bh_tx_run(&keeping->work->job->db, keep_work, keeping);

	if (rc != BH_E_REFERENCE || !keeping->has_picture)
		return rc;
	keeping->has_picture = false;
	return bh_tx_run(&keeping->work->job->db, keep_work, keeping);
}

/* A file's id tells where it belongs: what an attempt that died has left without a row is found by a later one. As a
 * version 7 it has the time of its job. */
static struct bh_uuid
file_id(const struct work *work, int64_t epoch, int64_t position, int64_t partial)
{
	const int64_t place[] = {epoch, position, partial};
	struct bh_uuid id = work->row.id;
	struct bh_digest digest;
	struct bh_hash hash;

	bh_hash_begin(&hash);
	bh_hash_add(&hash, id.bytes, sizeof(id.bytes));
	bh_hash_add(&hash, place, sizeof(place));
	bh_hash_end(&hash, &digest);
	memcpy(id.bytes + TIME_BYTES, digest.bytes, sizeof(id.bytes) - TIME_BYTES);
	id.bytes[6] = (uint8_t)(0x70 | (id.bytes[6] & 0x0f));
	id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
	return id;
}

/* Whole pictures of earlier attempts that have no row; partial ones go by themselves. What fails is left to the tenant, whose
 * files they are. */
static void
remove_left(struct work *work)
{
	const int64_t epoch = work->job->lease.epoch;

	for (int64_t at = epoch > EPOCHS_LEFT ? epoch - EPOCHS_LEFT : 1; at < epoch; at++)
		for (int64_t position = work->row.done; position < work->row.images; position++) {
			const struct bh_uuid id = file_id(work, at, position, 0);
			int rc = multimodal_kept_delete(&work->peer, &id);

			if (rc < 0) {
				bh_log_failure("remove what an earlier attempt has left", rc);
				return;
			}
		}
}

static int
keep(struct work *work, const struct multimodal_piece *piece, const struct bh_picture_made *made,
	const struct bh_picture_run *run)
{
	const struct multimodal_kept file = {
		.id = file_id(work, work->job->lease.epoch, piece->index, piece->partial),
		.filename = bh_arena_printf(&work->job->arena, "image-%lld.%s", (long long)piece->index + 1,
			made->format),
		.content_type = made->mime,
		.purpose = "vision",
		.expires_s = piece->partial > 0 ? PARTIAL_KEEP_S : 0,
		.fd = bh_picture_run_output(run),
		.offset = made->offset,
		.bytes = made->bytes,
	};
	struct keeping keeping = {
		.work = work,
		.event = {.position = piece->index, .partial = piece->partial, .file = file.id},
		.image = {.position = piece->index,
			.file = file.id,
			.format = made->format,
			.width = made->width,
			.height = made->height,
			.bytes = made->bytes,
			.revised_prompt = piece->revised_prompt},
	};
	int rc;

	do
		rc = multimodal_kept_put(&work->peer, &file);
	while (once_more(work, rc));
	if (rc < 0)
		return rc;
	if (piece->partial == 0) {
		do
			rc = show(&keeping, run);
		while (once_more(work, rc));
	}
	if (rc == 0) {
		do
			rc = keep_rows(&keeping);
		while (once_more(work, rc));
	}
	/* Unless its row may be there after all, nobody will ask for it. */
	if (rc < 0 && rc != BH_E_DB_UNKNOWN && multimodal_kept_delete(&work->peer, &file.id) < 0)
		bh_log(BH_LOG_WARN, "a picture without a row was not removed");
	bh_bell_ring(&work->multimodal->bell);
	return rc;
}

/* A picture may have become larger than its size lets expect; it is there then. */
static int
count(struct work *work, struct multimodal_piece *piece, int64_t bytes)
{
	const int64_t more = bytes - 4 * multimodal_spec_pixels(&work->spec);
	int rc;

	if (more <= 0)
		return 0;
	rc = bh_spool_take(&work->spool, more, work->held_till - bh_clock_steady_ms(),
		&work->job->stop.now);
	if (rc == 0)
		piece->spooled += more;
	return rc;
}

/* Written anew: what a model answers is as strange as what a client sends. */
static int
take_piece(struct work *work, struct multimodal_piece *piece)
{
	const struct multimodal_reader reader = {
		.multimodal = work->multimodal,
		.tenant = &work->job->lease.tenant,
		.cancel = &work->job->stop.now,
	};
	const struct bh_picture_order order = {
		.input_fd = piece->fd,
		.to = work->spec.output_format,
		.quality = work->spec.compression > 0 ? work->spec.compression : 1,
		.ai_generated = true,
		.analyse = piece->partial == 0 ? "hashes" : NULL,
	};
	const struct bh_picture_made *made = NULL;
	struct bh_picture_run *run = NULL;
	int rc;

	do {
		bh_picture_run_close(run);
		run = NULL;
		rc = multimodal_picture_run(&reader, &order, &run);
	} while (once_more(work, rc));
	if (rc == BH_E_INVALID)
		rc = bh_error(BH_E_UPSTREAM, "the model's response is not a readable image: %s",
			bh_error_detail(bh_picture_run_refusal(run, NULL)));
	if (rc == 0)
		rc = multimodal_picture_made(run, &made);
	if (rc == 0)
		rc = count(work, piece, made->bytes);
	if (rc == 0)
		rc = keep(work, piece, made, run);
	bh_picture_run_close(run);
	return rc;
}

/* ---- all of them ---- */

static int
note_model(struct work *work, const struct multimodal_ask *ask)
{
	if (work->row.model != NULL && strcmp(work->row.model, ask->model) == 0)
		return 0;
	work->row.model = bh_arena_strdup(&work->job->arena, ask->model);
	work->row.test_backend = ask->test_backend;
	return multimodal_store_job_model(&work->job->db, &work->job->lease.tenant, &work->row.id,
		work->row.model, ask->test_backend);
}

/* Who has no room for pictures does not pay for them. How large they become, nobody knows: this is about the least. */
static int
check_room(struct work *work, int64_t n)
{
	const int64_t pixels = multimodal_spec_pixels(&work->spec);

	return multimodal_kept_room(&work->peer, n, n * pixels / PIXELS_PER_BYTE);
}

static int
make(struct work *work)
{
	BH_AUTO(multimodal_ask_close) struct multimodal_ask ask = {0};
	const struct multimodal_wanted wanted = {
		.spec = &work->spec,
		.done = work->row.done,
		.left = work->spec.n - work->row.done,
		.job = &work->row.id,
		.spool = &work->spool,
		.wait_ms = HOLD_MS,
	};
	struct multimodal_piece piece = {0};
	int rc;

	if (wanted.left <= 0)
		return 0;
	rc = check_room(work, wanted.left);
	if (rc == 0)
		rc = multimodal_ask_open(&work->peer, &work->job->db, &wanted, &ask);
	if (rc == 0)
		rc = note_model(work, &ask);
	while (rc == 0) {
		rc = multimodal_ask_next(&ask, &piece);
		if (rc == BH_E_EMPTY)
			return 0;
		if (rc == 0) {
			piece.index += work->row.done;
			work->held_till = bh_clock_steady_ms() + HOLD_MS;
			rc = take_piece(work, &piece);
			/* Where its row may be there after all, the next attempt sees. */
			work->is_paid = rc < 0 && rc != BH_E_DB_UNKNOWN && piece.partial == 0;
		}
		multimodal_piece_close(&piece);
	}
	return rc;
}

static int
load(struct work *work)
{
	struct bh_job *job = work->job;
	int rc = multimodal_store_job_get(&job->db, &job->lease.tenant, &job->lease.subject,
		&work->row);

	if (rc == 0)
		rc = bh_json_parse(work->row.spec, strlen(work->row.spec), &work->kept);
	if (rc == 0)
		rc = multimodal_spec_read(work->kept.root, &work->spec);
	if (rc < 0)
		return rc;
	work->peer = (struct bh_peer){
		.runtime = work->multimodal->runtime,
		.arena = &job->arena,
		.watch_fd = -1,
		.cancel = &job->stop.now,
		.onward = {.tenant = job->lease.tenant,
			.subject = work->row.subject,
			.request_id = work->row.request_id,
			.traceparent = work->row.traceparent,
			.credential = work->row.credential},
	};
	return 0;
}

static struct work *
work_new(struct bh_job *job)
{
	struct work *work = bh_arena_alloc(&job->arena, sizeof(*work));

	*work = (struct work){
		.multimodal = job->service,
		.job = job,
		.began_ms = bh_clock_steady_ms(),
	};
	work->spool = (struct bh_spool){
		.runtime = work->multimodal->runtime,
		.tenant = job->lease.tenant,
	};
	return work;
}

static int
run(struct work *work)
{
	struct bh_job *job = work->job;
	int rc = load(work);

	/* Its row has gone with its tenant, or it is over already: the lease's end was lost. */
	if (rc == BH_E_NOT_FOUND || (rc == 0 && work->row.completed_ms != 0))
		return BH_JOB_DONE;
	if (rc < 0)
		return rc;
	bh_log_request(work->row.request_id);
	remove_left(work);
	if (work->row.cancel_asked)
		return end(work, "cancelled");
	rc = multimodal_store_job_begin(&job->db, &job->lease.tenant, &work->row.id);
	/* It was cancelled in between. */
	if (rc == BH_E_NOT_FOUND)
		return BH_JOB_DONE;
	if (rc < 0)
		return rc;
	bh_bell_ring(&work->multimodal->bell);
	job->state = work;
	bh_job_tend(job, true);
	rc = make(work);
	bh_job_tend(job, false);
	return judge(work, rc);
}

int
multimodal_job_run(struct bh_job *job)
{
	struct work *work = work_new(job);
	int rc = run(work);

	bh_spool_close(&work->spool);
	bh_json_close(&work->kept);
	bh_log_request("");
	return rc;
}

int
multimodal_job_give_up(struct bh_job *job)
{
	struct work *work = work_new(job);
	int rc = load(work);

	if (rc == BH_E_NOT_FOUND || (rc == 0 && work->row.completed_ms != 0)) {
		rc = BH_JOB_DONE;
	} else if (rc == 0) {
		remove_left(work);
		rc = fail(work, job->error != 0 ? job->error : BH_E_INTERNAL);
	}
	bh_json_close(&work->kept);
	return rc;
}

/* Without a client that waits, pictures are made for nobody. */
void
multimodal_job_tend(struct bh_job *job)
{
	const struct work *work = job->state;
	const struct multimodal_conf *conf = &work->multimodal->conf;
	int64_t now_ms = bh_clock_steady_ms();

	if (now_ms - work->began_ms > conf->run_s_max * 1000)
		bh_job_stop_set(&job->stop, STOP_TIME);
	if (!work->row.detached && job->unwatched_ms + (now_ms - job->beaten_ms) > conf->resume_ms)
		bh_job_stop_set(&job->stop, STOP_LEFT);
}
