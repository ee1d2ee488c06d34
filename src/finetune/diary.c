/* SPDX-License-Identifier: Apache-2.0 */
/* diary.c: a trainer's lines as events, checkpoints and figures. What a resumed run says again is not written again. */
#include "finetune/diary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/error.h"
#include "finetune/names.h"
#include "finetune/work.h"

enum {
	WRITE_MS = 500,
	WRITE_EVENTS = 64,
	CURVE_MOST = 2000, /* points of a job's curve: of more steps, each so many-th */
	/* Of a sample: 32 of them, of control characters at six bytes each, fit into the row. */
	SHOWN_BYTES = 1280
};

void
finetune_diary_open(struct finetune_diary *diary, struct finetune_work *work)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *kept = work->row.evaluation;
	const struct bh_json *base;

	*diary = (struct finetune_diary){.work = work,
		.train_loss = NAN,
		.train_accuracy = NAN,
		.valid_step = -1,
		.said_step = -1};
	if (kept == NULL || bh_json_parse(kept, strlen(kept), &doc) < 0)
		return;
	base = bh_json_get(doc.root, "base");
	diary->has_base = bh_json_number(bh_json_get(base, "valid_loss"), &diary->base_loss) &&
		bh_json_number(bh_json_get(base, "token_accuracy"), &diary->base_accuracy);
}

void
finetune_diary_close(struct finetune_diary *diary)
{
	for (size_t i = 0; i < diary->n_shown; i++) {
		free(diary->shown[i].base);
		free(diary->shown[i].adapter);
	}
	bh_arena_close(&diary->arena);
	*diary = (struct finetune_diary){0};
}

/* ---- events ---- */

static void
add(struct finetune_diary *diary, const char *level, const char *type, const char *message,
	const char *data)
{
	diary->is_changed = true;
	/* It is written before it is full, unless the database is away: then figures of the curve are missing. */
	if (diary->n_events == FINETUNE_DIARY_EVENTS)
		return;
	diary->events[diary->n_events++] = (struct finetune_event){
		.level = level,
		.type = type,
		.message = message,
		.data = data,
	};
}

void
finetune_diary_note(struct finetune_diary *diary, const char *level, const char *sentence)
{
	add(diary, level, "message", bh_arena_strdup(&diary->arena, sentence), "{}");
}

static void
write_known(struct bh_write *write, const char *name, double value)
{
	if (isfinite(value))
		bh_write_pair_double(write, name, value);
}

static const char *
copy_of(struct finetune_diary *diary, struct bh_buf *text)
{
	const char *copy = bh_arena_strdup(&diary->arena, bh_buf_string(text));

	bh_buf_close(text);
	return copy;
}

static void
add_progress(struct finetune_diary *diary, const struct finetune_said *said)
{
	struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	bh_write_object(&write);
	bh_write_pair_int(&write, "step", said->step);
	bh_write_pair_int(&write, "total_steps", said->steps);
	write_known(&write, "epoch", said->epoch);
	write_known(&write, "train_loss", said->train_loss);
	write_known(&write, "train_mean_token_accuracy", said->token_accuracy);
	write_known(&write, "learning_rate", said->learning_rate);
	write_known(&write, "gradient_norm", said->gradient_norm);
	write_known(&write, "margin", said->margin);
	bh_write_pair_int(&write, "tokens", said->tokens);
	write_known(&write, "tokens_per_s", said->tokens_per_s);
	bh_write_end(&write);
	add(diary, "info", "metrics",
		bh_arena_printf(&diary->arena, "Step %lld/%lld: training loss=%.4f", (long long)said->step,
			(long long)said->steps, said->train_loss),
		copy_of(diary, &text));
}

static bool
is_shown(const struct finetune_said *said)
{
	int64_t every = (said->steps + CURVE_MOST - 1) / CURVE_MOST;

	return said->step == 1 || said->step == said->steps || said->step % every == 0;
}

static int
take_started(struct finetune_diary *diary, const struct finetune_said *said)
{
	struct finetune_job *row = &diary->work->row;
	const char *sentence = said->step > 0
		? bh_arena_printf(&diary->arena, "Training was resumed after step %lld of %lld.",
			  (long long)said->step, (long long)said->steps)
		: bh_arena_printf(&diary->arena, "Training has begun: %lld steps.", (long long)said->steps);

	if (diary->began_ms != 0)
		return bh_error(BH_E_PROTOCOL, "the trainer starts twice");
	diary->began_ms = bh_clock_steady_ms();
	diary->first_step = diary->said_step = said->step;
	row->steps = said->steps;
	finetune_diary_note(diary, "info", sentence);
	if (said->cut > 0)
		finetune_diary_note(diary, "warn",
			bh_arena_printf(&diary->arena,
				"%lld examples are longer than the context: their ends are not learned.",
				(long long)said->cut));
	return 0;
}

static int
take_progress(struct finetune_diary *diary, const struct finetune_said *said)
{
	struct finetune_job *row = &diary->work->row;
	int64_t now_ms = bh_clock_steady_ms(), done;

	if (diary->began_ms == 0 || said->step != diary->said_step + 1 || said->steps != row->steps)
		return bh_error(BH_E_PROTOCOL, "the trainer's steps do not follow one another");
	diary->said_step = said->step;
	diary->train_loss = said->train_loss;
	diary->train_accuracy = said->token_accuracy;
	done = said->step - diary->first_step;
	row->estimated_ms = bh_clock_wall_ms() +
		(int64_t)((double)(now_ms - diary->began_ms) / (double)done *
			(double)(said->steps - said->step));
	diary->is_changed = true;
	/* A run that was resumed takes again what was behind its checkpoint. */
	if (said->step <= row->steps_done)
		return 0;
	row->steps_done = said->step;
	if (said->tokens > row->trained_tokens)
		row->trained_tokens = said->tokens;
	if (is_shown(said))
		add_progress(diary, said);
	return 0;
}

static void
take_evaluation(struct finetune_diary *diary, const struct finetune_said *said)
{
	bool of_base = strcmp(said->of, "base") == 0;
	struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	if (!isfinite(said->valid_loss))
		return;
	if (of_base) {
		diary->has_base = diary->base_changed = true;
		diary->base_loss = said->valid_loss;
		diary->base_accuracy = isfinite(said->token_accuracy) ? said->token_accuracy : 0;
	} else {
		diary->valid_step = said->step;
		diary->valid_loss = said->valid_loss;
		diary->valid_accuracy = isfinite(said->token_accuracy) ? said->token_accuracy : 0;
	}
	bh_write_object(&write);
	bh_write_pair_text(&write, "of", said->of);
	bh_write_pair_int(&write, "step", said->step);
	bh_write_pair_double(&write, "full_valid_loss", said->valid_loss);
	write_known(&write, "full_valid_mean_token_accuracy", said->token_accuracy);
	bh_write_end(&write);
	add(diary, "info", "metrics",
		of_base ? bh_arena_printf(&diary->arena, "Base model: held-out loss=%.4f", said->valid_loss)
				: bh_arena_printf(&diary->arena, "Step %lld: held-out loss=%.4f",
					  (long long)said->step, said->valid_loss),
		copy_of(diary, &text));
}

static int
take_checkpoint(struct finetune_diary *diary, const struct finetune_said *said)
{
	struct finetune_checkpoint *checkpoint;
	char name[FINETUNE_NAME_MOST];

	if (diary->n_checkpoints == FINETUNE_DIARY_CHECKPOINTS || said->step != diary->said_step)
		return bh_error(BH_E_PROTOCOL, "the trainer's checkpoints do not follow its steps");
	finetune_name_checkpoint(&diary->work->job->lease.tenant, &diary->work->row, said->step, name);
	checkpoint = &diary->checkpoints[diary->n_checkpoints++];
	*checkpoint = (struct finetune_checkpoint){
		.id = bh_uuid_new(),
		.job = diary->work->row.id,
		.step = said->step,
		.name = bh_arena_strdup(&diary->arena, name),
		.sha256 = bh_arena_strdup(&diary->arena, said->sha256),
		.bytes = said->bytes,
		.has_train = isfinite(diary->train_loss),
		.train_loss = diary->train_loss,
		.train_accuracy = isfinite(diary->train_accuracy) ? diary->train_accuracy : 0,
		.has_valid = diary->valid_step == said->step,
		.valid_loss = diary->valid_loss,
		.valid_accuracy = diary->valid_accuracy,
		.created_ms = bh_clock_wall_ms(),
	};
	finetune_diary_note(diary, "info",
		bh_arena_printf(&diary->arena, "Checkpoint written after step %lld.",
			(long long)said->step));
	return 0;
}

static void
take_sample(struct finetune_diary *diary, const struct finetune_said *said)
{
	size_t len = bh_text_cut(said->text, strlen(said->text), SHOWN_BYTES), i = 0;
	char **place;

	while (i < diary->n_shown && diary->shown[i].index != said->index)
		i++;
	if (i == FINETUNE_SHOWN_MOST)
		return;
	if (i == diary->n_shown)
		diary->shown[diary->n_shown++] = (struct finetune_shown){.index = said->index};
	place = strcmp(said->of, "base") == 0 ? &diary->shown[i].base : &diary->shown[i].adapter;
	free(*place);
	*place = strndup(said->text, len);
}

int
finetune_diary_take(struct finetune_diary *diary, const struct finetune_said *said)
{
	switch (said->type) {
	case FINETUNE_SAID_STARTED:
		return take_started(diary, said);
	case FINETUNE_SAID_PROGRESS:
		return take_progress(diary, said);
	case FINETUNE_SAID_EVALUATION:
		take_evaluation(diary, said);
		return 0;
	case FINETUNE_SAID_CHECKPOINT:
		return take_checkpoint(diary, said);
	case FINETUNE_SAID_SAMPLE:
		take_sample(diary, said);
		return 0;
	default:
		return 0;
	}
}

/* ---- rows ---- */

bool
finetune_diary_is_due(const struct finetune_diary *diary)
{
	return diary->is_changed &&
		(diary->n_events >= WRITE_EVENTS ||
			diary->n_checkpoints >= FINETUNE_DIARY_CHECKPOINTS / 2 ||
			bh_clock_steady_ms() - diary->written_ms >= WRITE_MS);
}

static int
write_work(struct bh_db *tx, void *ctx)
{
	struct finetune_diary *diary = ctx;
	const struct finetune_work *work = diary->work;
	const struct bh_uuid *tenant = &work->job->lease.tenant, *id = &work->row.id;
	int rc = bh_lease_fence(tx, &work->job->lease);

	if (rc == 0)
		rc = finetune_store_job_progress(tx, tenant, &work->row);
	if (rc == 0 && diary->base_changed)
		rc = finetune_store_job_evaluation(tx, tenant, id,
			finetune_diary_evaluation(diary, NULL, NULL), NULL);
	for (size_t i = 0; rc == 0 && i < diary->n_events; i++)
		rc = finetune_store_event_add(tx, tenant, id, &diary->events[i]);
	for (size_t i = 0; rc == 0 && i < diary->n_checkpoints; i++)
		rc = finetune_store_checkpoint_put(tx, tenant, &diary->checkpoints[i]);
	return rc;
}

int
finetune_diary_write(struct finetune_diary *diary)
{
	const struct bh_db *db = &diary->work->job->db;
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db own = {.pool = db->pool, .arena = &arena, .context = db->context};
	int rc;

	diary->written_ms = bh_clock_steady_ms();
	if (!diary->is_changed)
		return 0;
	rc = bh_tx_run(&own, write_work, diary);
	/* Whether it was written is not known: events twice would be worse than a gap. All else can be written twice, and
	 * without the row of its best checkpoint no job is published. */
	if (rc == BH_E_DB_UNKNOWN) {
		diary->n_events = 0;
		rc = bh_tx_run(&own, write_work, diary);
	}
	if (rc < 0)
		return rc;
	diary->n_events = diary->n_checkpoints = 0;
	diary->is_changed = diary->base_changed = false;
	bh_arena_close(&diary->arena);
	bh_bell_ring(&diary->work->finetune->bell);
	return 0;
}

/* ---- the evaluation ---- */

bool
finetune_diary_is_worse(const struct finetune_diary *diary, const struct finetune_checkpoint *best)
{
	return diary->has_base && best->has_valid && best->valid_loss > diary->base_loss;
}

static void
write_shown(const struct finetune_diary *diary, struct bh_write *write)
{
	bh_write_name(write, "samples");
	bh_write_array(write);
	for (size_t i = 0; i < diary->n_shown; i++) {
		bh_write_object(write);
		bh_write_pair_int(write, "index", diary->shown[i].index);
		bh_write_pair_text(write, "base", diary->shown[i].base);
		bh_write_pair_text(write, "result", diary->shown[i].adapter);
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
write_measured(struct bh_write *write, const char *name, int64_t step, double loss, double accuracy)
{
	bh_write_name(write, name);
	bh_write_object(write);
	if (step > 0)
		bh_write_pair_int(write, "step", step);
	bh_write_pair_double(write, "valid_loss", loss);
	bh_write_pair_double(write, "token_accuracy", accuracy);
	bh_write_end(write);
}

const char *
finetune_diary_evaluation(struct finetune_diary *diary, const struct finetune_checkpoint *best,
	const char *checkpoint)
{
	struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	const char *copy;

	bh_write_object(&write);
	if (diary->has_base)
		write_measured(&write, "base", 0, diary->base_loss, diary->base_accuracy);
	if (best != NULL) {
		if (best->has_valid)
			write_measured(&write, "result", best->step, best->valid_loss, best->valid_accuracy);
		bh_write_pair_bool(&write, "worse", finetune_diary_is_worse(diary, best));
		bh_write_pair_int(&write, "best_step", best->step);
		bh_write_pair_text(&write, "checkpoint", checkpoint);
		write_shown(diary, &write);
	}
	bh_write_end(&write);
	copy = bh_arena_strdup(&diary->work->job->arena, bh_buf_string(&text));
	bh_buf_close(&text);
	return copy;
}
