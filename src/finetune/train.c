/* SPDX-License-Identifier: Apache-2.0 */
/* train.c: the kind train: runs the trainer over a job until it has finished, was stopped, or failed. What an earlier
 * attempt has reached lies in the job's folder, and the trainer goes on from there. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "finetune/base.h"
#include "finetune/diary.h"
#include "finetune/folder.h"
#include "finetune/money.h"
#include "finetune/names.h"
#include "finetune/run.h"
#include "finetune/work.h"
#include "service/runtime.h"
#include "trainer/protocol.h"

enum {
	WAIT_MS = 100,
	GRACE_MS = 1600,       /* from a request to stop to a kill */
	TURN_GRACE_MS = 30000, /* nobody waits for an answer: what it has reached is written first */
	NICENESS = 10,
	RENEW_MS = 300000, /* what was set aside expires after an hour */
	OTHERS_MS = 1000,
	CHECKPOINTS_MOST = 500,       /* rows of a job, but for those of its pauses */
	CHECKPOINT_STEPS_MAX = 100000 /* as the trainer takes them */
};

#define SUPERVISED_RATE 2e-4
#define DPO_RATE 5e-5

/* Why the trainer is asked to stop. */
enum asked { ASKED_NOTHING, ASKED_PAUSE, ASKED_CANCEL, ASKED_TURN };

struct training {
	struct finetune_work *work;
	struct finetune_watch watch;
	struct finetune_run *run;    /* owned */
	struct finetune_diary diary; /* owned */
	struct finetune_base base;
	enum asked asked;
	int64_t asked_ms, began_ms, renewed_ms, others_ms; /* steady clock */
	bool others_wait;                                  /* as it was at others_ms */
	/* What it said last. */
	bool has_begun, has_finished, was_stopped;
	int64_t best_step;
	const char *best_path;
	const char *error_code, *error_message; /* NULL: none */
};

/* ---- the job as the trainer reads it ---- */

/* Steps between two checkpoints: as configured, or more in a job that would write very many. */
static int64_t
checkpoint_steps(const struct finetune_work *work)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *checked = work->row.checked != NULL ? work->row.checked : "";
	int64_t configured = work->finetune->conf.checkpoint_steps, steps, most;

	if (bh_json_parse(checked, strlen(checked), &doc) < 0)
		return configured;
	/* Examples are at most 1,000,000, and epochs 50. */
	steps = bh_json_get_int(bh_json_get(doc.root, "training"), "examples", 0) *
		finetune_spec_epochs(&work->spec) / finetune_spec_batch(&work->spec);
	most = steps / CHECKPOINTS_MOST < CHECKPOINT_STEPS_MAX ? steps / CHECKPOINTS_MOST
														   : CHECKPOINT_STEPS_MAX;
	return most > configured ? most : configured;
}

static void
write_job(const struct training *training, struct bh_buf *out)
{
	const struct finetune_work *work = training->work;
	const struct finetune_conf *conf = &work->finetune->conf;
	const struct finetune_spec *spec = &work->spec;
	bool dpo = strcmp(work->row.method, "dpo") == 0;
	bool has_file = !bh_uuid_is_zero(&work->row.validation_file);
	double factor = spec->hyper.rate_multiplier > 0 ? spec->hyper.rate_multiplier : 1;
	double rate = (dpo ? DPO_RATE : SUPERVISED_RATE) * factor;
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_pair_text(&write, "model", training->base.path);
	if (strlen(training->base.sha256) == 64)
		bh_write_pair_text(&write, "model_hash", training->base.sha256);
	bh_write_pair_text(&write, "chat_template", training->base.chat_template);
	bh_write_pair_text(&write, "training", finetune_work_path(work, "data/training.jsonl"));
	bh_write_pair_text(&write, "validation",
		has_file ? finetune_work_path(work, "data/validation.jsonl") : NULL);
	bh_write_pair_text(&write, "folder", finetune_work_path(work, "out"));
	bh_write_pair_text(&write, "method", work->row.method);
	bh_write_pair_double(&write, "held_out", (double)spec->held_out_percent / 100);
	bh_write_pair_double(&write, "learning_rate", rate < 1 ? rate : 1);
	if (dpo && spec->hyper.beta > 0)
		bh_write_pair_double(&write, "beta", spec->hyper.beta);
	bh_write_pair_int(&write, "epochs", finetune_spec_epochs(spec));
	bh_write_pair_int(&write, "batch_size", finetune_spec_batch(spec));
	bh_write_pair_int(&write, "seed", work->row.seed);
	bh_write_pair_int(&write, "context", conf->context);
	bh_write_pair_int(&write, "checkpoint_steps", checkpoint_steps(work));
	bh_write_pair_int(&write, "samples", spec->samples);
	bh_write_pair_int(&write, "threads", conf->threads);
	bh_write_pair_int(&write, "memory_bytes", conf->memory_mib * BH_MIB);
	bh_write_pair_bool(&write, "leaks_allowed", spec->leaks_allowed);
	bh_write_end(&write);
}

static int
start(struct training *training)
{
	BH_AUTO(bh_buf_close) struct bh_buf job = {0};
	const struct finetune_conf *conf = &training->work->finetune->conf;
	struct finetune_run_conf run = {
		.program = training->work->finetune->trainer,
		.job = &job,
		.silence_ms = conf->silence_s * 1000,
		.written_max = FINETUNE_ADAPTER_BYTES_MAX,
		.niceness = NICENESS,
	};

	write_job(training, &job);
	training->began_ms = bh_clock_steady_ms();
	return finetune_run_open(&run, &training->run);
}

/* ---- what it says ---- */

/* Fenced as all else: one that has lost its lease would take a job back that others have brought to its next stage. */
static int
begin_work(struct bh_db *tx, void *ctx)
{
	const struct training *training = ctx;
	const struct finetune_work *work = training->work;
	int rc = bh_lease_fence(tx, &work->job->lease);

	return rc < 0 ? rc : finetune_store_job_stage(tx, &work->job->lease.tenant, &work->row);
}

static int
take_begun(struct training *training, const struct finetune_said *said)
{
	struct finetune_job *row = &training->work->row;

	if (training->has_begun || said->protocol != TRAINER_PROTOCOL)
		return bh_error(BH_E_PROTOCOL, "the trainer speaks another protocol");
	training->has_begun = true;
	row->engine = bh_arena_printf(&training->work->job->arena, "bulkhead-train %s", said->version);
	row->status = "running";
	if (row->begun_ms == 0)
		row->begun_ms = bh_clock_wall_ms();
	return bh_tx_run(&training->work->job->db, begin_work, training);
}

static int
take(struct training *training, const struct finetune_said *said)
{
	struct bh_arena *arena = &training->work->job->arena;

	if (said->type == FINETUNE_SAID_BEGUN)
		return take_begun(training, said);
	if (!training->has_begun || training->has_finished || training->error_code != NULL)
		return bh_error(BH_E_PROTOCOL, "the trainer speaks before its beginning or behind its end");
	switch (said->type) {
	case FINETUNE_SAID_FINISHED:
		training->has_finished = true;
		training->best_step = said->best_step;
		training->best_path = bh_arena_strdup(arena, said->best_path);
		return 0;
	case FINETUNE_SAID_STOPPED:
		training->was_stopped = true;
		return 0;
	case FINETUNE_SAID_ERROR:
		training->error_code = bh_arena_strdup(arena, said->code);
		training->error_message = bh_arena_strdup(arena, said->message);
		return 0;
	default:
		return finetune_diary_take(&training->diary, said);
	}
}

/* ---- its course ---- */

static void
ask(struct training *training, enum asked what)
{
	/* Whoever pauses or cancels it need not wait as long as its next turn does. */
	if (training->asked != ASKED_NOTHING && (training->asked != ASKED_TURN || what == ASKED_TURN))
		return;
	training->asked = what;
	training->asked_ms = bh_clock_steady_ms();
	finetune_run_ask(training->run, what == ASKED_CANCEL ? "cancel" : "pause");
}

static void
renew(struct training *training)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	const struct finetune_work *work = training->work;
	const struct bh_uuid *tenant = &work->job->lease.tenant;
	struct bh_db db = {.pool = work->job->db.pool, .arena = &arena, .context = *tenant};
	int rc;

	if (bh_clock_steady_ms() - training->renewed_ms < RENEW_MS)
		return;
	training->renewed_ms = bh_clock_steady_ms();
	rc = finetune_money_renew(&db, tenant, &work->row.id);
	/* What expires counts as spent until the job is settled. */
	if (rc < 0)
		bh_log_failure("renew what is set aside for a training", rc);
}

/* After its turn it makes room for a tenant that waits, if it has got on meanwhile: what a turn reads before its first
 * step is read again in the next one. */
static void
give_way(struct training *training)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	const struct finetune_work *work = training->work;
	const struct finetune_diary *diary = &training->diary;
	struct bh_db db = work->job->db;
	int64_t now_ms = bh_clock_steady_ms();
	bool waited = training->others_wait;

	if (now_ms - training->began_ms < work->finetune->conf.turn_s * 1000 ||
		now_ms - training->others_ms < OTHERS_MS || diary->said_step <= diary->first_step)
		return;
	db.arena = &arena;
	training->others_ms = now_ms;
	training->others_wait = false;
	/* Where the database cannot tell, it goes on. One look may meet a job that is begun at this moment. */
	if (bh_job_others_wait(work->job, &db, &training->others_wait) == 0 && training->others_wait &&
		waited)
		ask(training, ASKED_TURN);
}

/* Whether somebody wants it to stop; a process that stops itself leaves it to the next one. */
static int
look_around(struct training *training)
{
	const struct finetune_work *work = training->work;
	bool paused = false;
	int rc = finetune_work_watch(training->work, &training->watch, &paused);

	renew(training);
	if (rc == BH_E_LOST)
		return rc;
	if (rc < 0)
		ask(training,
			bh_job_stop_reason(&work->job->stop) == BH_JOB_STOP_STOPPING ? ASKED_PAUSE
																		 : ASKED_CANCEL);
	else if (paused)
		ask(training, ASKED_PAUSE);
	else
		give_way(training);
	if (bh_clock_steady_ms() - training->began_ms > work->finetune->conf.train_s_max * 1000)
		return bh_error(BH_E_TIMEOUT, "the training took longer than %lld s",
			(long long)work->finetune->conf.train_s_max);
	return 0;
}

static int
write_diary(struct training *training)
{
	int rc = finetune_diary_write(&training->diary);

	/* Somebody has ended the job: the row says so, and the next look at it. */
	if (rc == BH_E_NOT_FOUND) {
		ask(training, ASKED_CANCEL);
		return 0;
	}
	/* A database that is away for a moment: it is written later, unless there is no room to wait. */
	if (rc < 0 && rc != BH_E_LOST && bh_error_is_transient(rc) &&
		training->diary.n_events < FINETUNE_DIARY_EVENTS &&
		training->diary.n_checkpoints < FINETUNE_DIARY_CHECKPOINTS)
		return 0;
	return rc;
}

/* To its end: 0, and what it said tells of it. */
static int
follow(struct training *training)
{
	int rc = 0;

	while (rc == 0) {
		struct finetune_said said = {0};

		rc = finetune_run_next(training->run, WAIT_MS, &said);
		if (rc == 1) {
			rc = take(training, &said);
			finetune_said_close(&said);
			if (rc == BH_E_NOT_FOUND)
				rc = 0; /* the row has ended; the next look tells */
		}
		if (rc == 0)
			rc = look_around(training);
		if (rc == 0 && finetune_diary_is_due(&training->diary))
			rc = write_diary(training);
		if (rc == 0 && training->asked != ASKED_NOTHING &&
			bh_clock_steady_ms() - training->asked_ms >
				(training->asked == ASKED_TURN ? TURN_GRACE_MS : GRACE_MS)) {
			finetune_run_kill(training->run);
			return 0;
		}
	}
	return rc == BH_E_EMPTY ? 0 : rc;
}

/* ---- its end ---- */

static int
pause_work(struct bh_db *tx, void *ctx)
{
	const struct training *training = ctx;
	const struct bh_lease *lease = &training->work->job->lease;
	struct finetune_job now;
	int rc = bh_lease_fence(tx, lease);

	if (rc == 0)
		rc = finetune_store_job_lock(tx, &lease->tenant, &training->work->row.id, &now);
	if (rc == BH_E_NOT_FOUND || (rc == 0 && now.finished_ms != 0))
		return bh_lease_done(tx, lease);
	/* It was resumed meanwhile, by somebody who found this job still there. */
	if (rc == 0 && now.paused_ms == 0)
		return bh_lease_yield(tx, lease, true);
	return rc < 0 ? rc : bh_lease_done(tx, lease);
}

static int
end_paused(struct training *training)
{
	int rc = bh_tx_run(&training->work->job->db, pause_work, training);

	bh_bell_ring(&training->work->finetune->bell);
	return rc < 0 ? rc : BH_JOB_ENDED;
}

static int
turn_work(struct bh_db *tx, void *ctx)
{
	const struct training *training = ctx;
	struct finetune_work *work = training->work;
	const struct bh_lease *lease = &work->job->lease;
	const struct finetune_event event = finetune_said_event("info",
		"The training continues in its next turn: other tenants wait.");
	struct finetune_job now;
	int rc = bh_lease_fence(tx, lease);

	if (rc == 0)
		rc = finetune_store_job_lock(tx, &lease->tenant, &work->row.id, &now);
	if (rc == BH_E_NOT_FOUND || (rc == 0 && now.finished_ms != 0))
		return bh_lease_done(tx, lease);
	/* Whoever resumes it adds a job. */
	if (rc == 0 && now.paused_ms != 0)
		return bh_lease_done(tx, lease);
	work->row.status = "queued";
	if (rc == 0)
		rc = finetune_store_job_stage(tx, &lease->tenant, &work->row);
	if (rc == 0)
		rc = finetune_store_event_add(tx, &lease->tenant, &work->row.id, &event);
	return rc < 0 ? rc : bh_lease_yield(tx, lease, training->was_stopped);
}

static int
end_turn(struct training *training)
{
	int rc = bh_tx_run(&training->work->job->db, turn_work, training);

	bh_bell_ring(&training->work->finetune->bell);
	return rc < 0 ? rc : BH_JOB_ENDED;
}

static int
end_asked(struct training *training)
{
	struct finetune_work *work = training->work;

	if (bh_job_stop_reason(&work->job->stop) == BH_JOB_STOP_STOPPING)
		return BH_E_CANCELLED; /* another process goes on */
	if (training->asked == ASKED_PAUSE)
		return end_paused(training);
	if (training->asked == ASKED_TURN)
		return end_turn(training);
	finetune_folder_remove(work->folder);
	return BH_E_CANCELLED;
}

static int
end_finished(struct training *training)
{
	struct finetune_work *work = training->work;
	const struct bh_uuid *tenant = &work->job->lease.tenant;
	const char *folder = strrchr(training->best_path, '/');
	struct finetune_checkpoint best = {0};
	struct finetune_event event;
	char name[FINETUNE_NAME_MOST];
	int rc = finetune_store_checkpoint_at(&work->job->db, tenant, &work->row.id,
		training->best_step, &best);

	if (rc == BH_E_NOT_FOUND || folder == NULL)
		return bh_error(BH_E_PROTOCOL, "the trainer's best checkpoint is none of those it wrote");
	if (rc < 0)
		return rc;
	finetune_name_model(tenant, &work->row, name);
	work->row.fine_tuned_model = bh_arena_strdup(&work->job->arena, name);
	event = finetune_said_event(finetune_diary_is_worse(&training->diary, &best) ? "warn" : "info",
		!best.has_valid || !training->diary.has_base
			? "The result was not compared with the base model: nothing was held out."
			: bh_arena_printf(&work->job->arena,
				  "On the held-out part the base model's loss is %.4f, that of the result (step "
				  "%lld) "
				  "%.4f.",
				  training->diary.base_loss, (long long)best.step, best.valid_loss));
	return finetune_work_next(work, FINETUNE_PUBLISH,
		finetune_diary_evaluation(&training->diary, &best, folder + 1), &event, 1);
}

static const struct {
	const char *said, *code, *param;
} codes[] = {
	{TRAINER_CODE_MODEL, "model_not_trainable", "model"},
	{TRAINER_CODE_DATA, "invalid_file", "training_file"},
	{TRAINER_CODE_MEMORY, "out_of_memory", "method.hyperparameters.batch_size"},
	{TRAINER_CODE_DIVERGED, "diverged", "method.hyperparameters.learning_rate_multiplier"},
};

static int
end_refused(struct training *training)
{
	struct finetune_work *work = training->work;
	char detail[400];

	snprintf(detail, sizeof(detail), "%s", training->error_message);
	for (size_t i = 0; i < BH_COUNT(codes); i++)
		if (strcmp(training->error_code, codes[i].said) == 0) {
			finetune_work_blame(work, codes[i].code, codes[i].param, "%s", detail);
			return finetune_work_end(work, "failed");
		}
	if (strcmp(training->error_code, TRAINER_CODE_DISK) == 0)
		return finetune_work_judge(work, bh_error(BH_E_NO_ROOM, "%s", detail));
	/* A checkpoint of other data or settings: it is begun anew. */
	if (strcmp(training->error_code, TRAINER_CODE_RESUME) == 0)
		finetune_folder_remove(finetune_work_path(work, "out"));
	return finetune_work_judge(work,
		bh_error(BH_E_PROTOCOL, "The trainer failed: %.32s: %s", training->error_code, detail));
}

/* It ended without saying so. */
static int
end_crashed(struct training *training)
{
	const struct finetune_ending ending = finetune_run_ending(training->run);
	int64_t batch = finetune_spec_batch(&training->work->spec);

	bh_log(BH_LOG_WARN, "a trainer ended with status %d, signal %d: %.400s", ending.status,
		ending.signal, finetune_run_diagnostics(training->run));
	if (ending.signal == 9)
		return finetune_work_judge(training->work,
			bh_error(BH_E_PROTOCOL,
				"The trainer was killed, perhaps because memory ran out; try batch_size %lld.",
				(long long)(batch > 1 ? batch / 2 : 1)));
	return finetune_work_judge(training->work,
		bh_error(BH_E_PROTOCOL, "The trainer ended with status %d, signal %d.", ending.status,
			ending.signal));
}

static int
end(struct training *training, int rc)
{
	const struct finetune_ending ending = finetune_run_ending(training->run);

	if (rc == 0 && training->asked == ASKED_NOTHING)
		rc = finetune_diary_write(&training->diary);
	else if (rc == 0 && finetune_diary_write(&training->diary) < 0)
		bh_log(BH_LOG_INFO, "the last lines of a trainer that was stopped were not written");
	if (rc == BH_E_NOT_FOUND) {
		finetune_folder_remove(training->work->folder);
		return BH_E_CANCELLED;
	}
	if (rc < 0)
		return finetune_work_judge(training->work, rc);
	if (training->has_finished && ending.status == TRAINER_EXIT_OK &&
		training->asked != ASKED_CANCEL)
		rc = end_finished(training);
	else if (training->asked != ASKED_NOTHING)
		return end_asked(training);
	else if (training->error_code != NULL && ending.status == TRAINER_EXIT_ERROR)
		return end_refused(training);
	else
		return end_crashed(training);
	return rc < 0 ? finetune_work_judge(training->work, rc) : rc;
}

static int
train(struct training *training)
{
	struct finetune_work *work = training->work;
	const struct bh_platform_conf *conf = bh_runtime_conf(work->finetune->runtime);
	int rc = finetune_base_find(&work->job->arena, conf->program_dir, conf->home, work->row.model,
		&training->base);

	if (rc == 0)
		rc = finetune_work_fetch(work);
	if (rc == 0)
		rc = start(training);
	if (rc < 0)
		return finetune_work_judge(work, rc);
	rc = follow(training);
	if (rc < 0)
		finetune_run_kill(training->run);
	return end(training, rc);
}

int
finetune_train_run(struct bh_job *job)
{
	struct training *training;
	struct finetune_work *work = NULL;
	int rc = finetune_work_open(job, &work);

	if (rc == BH_E_NOT_FOUND ||
		(rc == 0 && (work->row.finished_ms != 0 || strcmp(work->row.stage, FINETUNE_TRAIN) != 0)))
		return BH_JOB_DONE;
	if (rc < 0)
		return rc;
	training = bh_arena_alloc(&job->arena, sizeof(*training));
	training->work = work;
	finetune_diary_open(&training->diary, work);
	rc = work->row.paused_ms != 0 ? end_paused(training) : train(training);
	/* A job that is paused, or waits for its next attempt, keeps its checkpoints only. */
	finetune_work_forget(work, rc);
	finetune_run_close(training->run);
	finetune_diary_close(&training->diary);
	bh_log_request("");
	return rc;
}
