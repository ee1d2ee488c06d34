/* SPDX-License-Identifier: Apache-2.0 */
/* train.c: what a job does, from top to bottom. */
#include "trainer/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "trainer/checkpoint.h"
#include "trainer/engine.h"
#include "trainer/examples.h"
#include "trainer/order.h"
#include "trainer/protocol.h"
#include "trainer/step.h"
#include "trainer/tokens.h"

struct run {
	const struct trainer_job *job;
	struct trainer_line *line;
	struct trainer_engine *engine;
	struct trainer_examples examples;
	struct trainer_position position;
	struct trainer_written
		last; /* the newest checkpoint; path "" if none was written by this process */
	int64_t steps, steps_per_epoch;
	size_t memory_bytes;
	int64_t written_step; /* of the newest checkpoint on the disk; -1: none */
	uint32_t *order;      /* owned: of the epoch below */
	int64_t order_epoch;
};

static double
now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* -- before the first step ------------------------------------------------------------------- */

/* How many of `most` examples at once fit into the memory; 0: not even one. */
static int64_t
fitting(struct run *run, int64_t most, int64_t longest, size_t *out_bytes)
{
	const int64_t each = run->job->method == TRAINER_DPO ? 2 : 1;

	for (int64_t size = most; size > 0; size = size > 8 ? size * 3 / 4 : size - 1) {
		*out_bytes = trainer_engine_bytes(run->engine, size * each, longest);
		if (*out_bytes <= (size_t)run->job->memory_bytes)
			return size;
	}
	return 0;
}

static int
check_memory(struct run *run)
{
	const struct trainer_set *training = &run->examples.training,
							 *held_out = &run->examples.held_out;
	int64_t longest = training->longest > held_out->longest ? training->longest : held_out->longest;
	const int64_t wanted = run->job->batch_size;
	const long long allowed_mb = (long long)(run->job->memory_bytes / (int64_t)BH_MIB);
	size_t bytes = 0, all_bytes = 0;
	int64_t fits = fitting(run, wanted, longest, &bytes);

	run->memory_bytes = bytes;
	if (fits == wanted)
		return 0;
	all_bytes = trainer_engine_bytes(run->engine,
		wanted * (run->job->method == TRAINER_DPO ? 2 : 1), longest);
	if (fits > 0)
		return bh_error(BH_E_TOO_LARGE,
			"batch_size %lld with examples of up to %lld tokens needs %zu MB of memory, of which "
			"%lld "
			"may be used; try batch_size %lld",
			(long long)wanted, (long long)longest, all_bytes / BH_MIB, allowed_mb, (long long)fits);
	for (int64_t shorter = longest / 2; shorter >= 16; shorter /= 2)
		if (fitting(run, 1, shorter, &bytes) == 1)
			return bh_error(BH_E_TOO_LARGE,
				"one example of %lld tokens does not fit into the %lld MB of memory that may be "
				"used; "
				"try batch_size 1 and a context of %lld tokens",
				(long long)longest, allowed_mb, (long long)shorter);
	return bh_error(BH_E_TOO_LARGE,
		"the model needs more than the %lld MB of memory that may be used; try a smaller one",
		allowed_mb);
}

static void
say_started(struct run *run)
{
	const struct trainer_set *training = &run->examples.training;
	struct trainer_line *line = run->line;

	(void)trainer_say(line, "started");
	trainer_say_int(line, "step", run->position.step);
	trainer_say_int(line, "steps", run->steps);
	trainer_say_int(line, "examples", (int64_t)training->count);
	trainer_say_int(line, "held_out", (int64_t)run->examples.held_out.count);
	trainer_say_int(line, "tokens", training->tokens);
	trainer_say_int(line, "trained_tokens", training->learned);
	trainer_say_int(line, "longest", training->longest);
	trainer_say_int(line, "cut", training->cut + run->examples.held_out.cut);
	trainer_say_int(line, "parameters", (int64_t)trainer_engine_weights(run->engine)->count);
	trainer_say_int(line, "memory_bytes", (int64_t)run->memory_bytes);
	trainer_say_int(line, "threads", run->job->threads);
	trainer_say_end(line);
}

static int
resume(struct run *run)
{
	struct trainer_position position = {0};
	int rc;

	memcpy(position.digest, run->examples.digest, sizeof(position.digest));
	rc = trainer_checkpoint_read(run->job->folder, &position, trainer_engine_weights(run->engine));
	if (rc == BH_E_NOT_FOUND) {
		/* What a damaged one left in the weights has to go. */
		trainer_engine_reset(run->engine, (uint64_t)run->job->seed);
		run->position = (struct trainer_position){0};
		memcpy(run->position.digest, run->examples.digest, sizeof(position.digest));
		run->written_step = -1;
		return 0;
	}
	if (rc < 0)
		return rc;
	run->position = position;
	run->written_step = position.step;
	return 0;
}

static int
prepare(struct run *run)
{
	const struct trainer_tick tick = {trainer_line_tick, run->line};
	const int64_t a_step = run->job->batch_size * run->job->accumulate;
	int rc = trainer_engine_open(run->job, &tick, &run->engine);

	if (rc == 0)
		rc = trainer_examples_open(run->job, trainer_engine_context(run->engine), run->line,
			&run->examples);
	if (rc == 0)
		rc = check_memory(run);
	if (rc < 0)
		return rc;
	run->steps_per_epoch = ((int64_t)run->examples.training.count + a_step - 1) / a_step;
	run->steps = run->job->epochs * run->steps_per_epoch;
	run->order = calloc(run->examples.training.count, sizeof(*run->order));
	run->order_epoch = -1;
	if (run->order == NULL)
		return bh_error(BH_E_INTERNAL, "out of memory");
	rc = resume(run);
	if (rc == 0)
		say_started(run);
	return rc;
}

/* -- evaluation and checkpoints -------------------------------------------------------------- */

/* The held-out loss, NaN without held-out data. */
static int
evaluate(struct run *run, enum trainer_pass pass, double *out_loss)
{
	const struct trainer_set *set = &run->examples.held_out;
	const size_t at_once = (size_t)run->job->batch_size;
	struct trainer_sums sums = {0};
	int rc = 0;

	*out_loss = NAN;
	if (set->count == 0)
		return 0;
	for (size_t first = 0; first < set->count && rc == 0; first += at_once) {
		const struct trainer_example *batch[256];
		size_t n = set->count - first < at_once ? set->count - first : at_once;

		for (size_t i = 0; i < n; i++)
			batch[i] = &set->examples[first + i];
		rc = trainer_step(run->engine, run->job, batch, n, pass, &sums);
	}
	if (rc < 0)
		return rc;
	*out_loss = sums.loss / (double)sums.count;
	(void)trainer_say(run->line, "evaluation");
	trainer_say_text(run->line, "of", pass == TRAINER_OF_BASE ? "base" : "adapter");
	trainer_say_int(run->line, "step", run->position.step);
	trainer_say_number(run->line, "valid_loss", *out_loss);
	trainer_say_number(run->line, "token_accuracy", (double)sums.right / (double)sums.count);
	trainer_say_int(run->line, "tokens", sums.count);
	trainer_say_end(run->line);
	return 0;
}

static int
write_checkpoint(struct run *run)
{
	int rc = trainer_checkpoint_write(run->job->folder, &run->position,
		trainer_engine_adapter(run->engine), trainer_engine_weights(run->engine), &run->last);

	if (rc < 0)
		return rc;
	run->written_step = run->position.step;
	(void)trainer_say(run->line, "checkpoint");
	trainer_say_int(run->line, "step", run->position.step);
	trainer_say_text(run->line, "path", run->last.path);
	trainer_say_text(run->line, "sha256", run->last.sha256);
	trainer_say_int(run->line, "bytes", run->last.bytes);
	trainer_say_end(run->line);
	trainer_checkpoint_prune(run->job->folder, run->job->checkpoints_kept, run->position.best_step);
	return 0;
}

/* A checkpoint of the steps' own interval, with its evaluation. */
static int
keep(struct run *run)
{
	double loss;
	int rc = evaluate(run, TRAINER_OF_ADAPTER, &loss);

	if (rc < 0)
		return rc;
	/* Without held-out data the newest is the best that is known. */
	if (run->position.best_step == 0 || isnan(loss) || loss < run->position.best_loss) {
		run->position.best_step = run->position.step;
		run->position.best_loss = loss;
	}
	return write_checkpoint(run);
}

/* -- steps ----------------------------------------------------------------------------------- */

static void
say_progress(struct run *run, const struct trainer_sums *sums, double rate, double norm,
	double seconds)
{
	struct trainer_line *line = run->line;

	(void)trainer_say(line, "progress");
	trainer_say_int(line, "step", run->position.step);
	trainer_say_int(line, "steps", run->steps);
	trainer_say_number(line, "epoch", (double)run->position.step / (double)run->steps_per_epoch);
	trainer_say_number(line, "train_loss", sums->loss / (double)sums->count);
	trainer_say_number(line, "token_accuracy", (double)sums->right / (double)sums->count);
	if (run->job->method == TRAINER_DPO)
		trainer_say_number(line, "margin", sums->margin / (double)sums->count);
	trainer_say_number(line, "learning_rate", rate);
	trainer_say_number(line, "gradient_norm", norm);
	trainer_say_int(line, "tokens", run->position.tokens);
	trainer_say_int(line, "trained_tokens", run->position.trained_tokens);
	trainer_say_number(line, "tokens_per_s", (double)sums->tokens / seconds);
	trainer_say_end(line);
}

/* Gradients of one step's examples, batch after batch. */
static int
learn(struct run *run, struct trainer_sums *sums)
{
	const struct trainer_set *set = &run->examples.training;
	const struct trainer_job *job = run->job;
	const int64_t epoch = run->position.step / run->steps_per_epoch;
	const size_t a_step = (size_t)(job->batch_size * job->accumulate);
	size_t first = (size_t)(run->position.step % run->steps_per_epoch) * a_step;
	size_t end = first + a_step < set->count ? first + a_step : set->count;
	int rc = 0;

	if (epoch != run->order_epoch) {
		trainer_order((uint64_t)job->seed, (uint64_t)(TRAINER_STREAM_EPOCH + epoch), set->count,
			run->order);
		run->order_epoch = epoch;
	}
	while (first < end && rc == 0) {
		const struct trainer_example *batch[256];
		size_t n = 0;

		while (first < end && n < (size_t)job->batch_size)
			batch[n++] = &set->examples[run->order[first++]];
		rc = trainer_step(run->engine, job, batch, n, TRAINER_TO_LEARN, sums);
	}
	return rc;
}

static int
take_step(struct run *run)
{
	struct trainer_weights *weights = trainer_engine_weights(run->engine);
	struct trainer_sums sums = {0};
	double started_s = now_s(), norm, rate;
	int rc;

	memset(weights->gradients, 0, weights->count * sizeof(float));
	rc = learn(run, &sums);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < weights->count; i++)
		weights->gradients[i] /= (float)sums.count;
	norm = trainer_clip(weights, run->job->gradient_norm_max);
	if (!isfinite(norm) || !isfinite(sums.loss))
		return bh_error(BH_E_RANGE,
			"the loss of step %lld is not a number; try a lower learning rate",
			(long long)run->position.step + 1);
	run->position.step++;
	run->position.tokens += sums.tokens;
	run->position.trained_tokens += sums.learned;
	rate = trainer_learning_rate(run->job->learning_rate, run->job->warmup, run->position.step,
		run->steps);
	trainer_adamw(weights, run->position.step, rate, run->job->weight_decay);
	say_progress(run, &sums, rate, norm, now_s() - started_s);
	return 0;
}

static int
train(struct run *run)
{
	double unused;
	int rc = 0;

	if (run->position.step == 0)
		rc = evaluate(run, TRAINER_OF_BASE, &unused);
	while (rc == 0 && run->position.step < run->steps) {
		rc = trainer_line_tick(run->line) ? BH_E_BUSY : take_step(run);
		if (rc == 0 &&
			(run->position.step == run->steps ||
				run->position.step % run->job->checkpoint_steps == 0))
			rc = keep(run);
	}
	return rc;
}

/* -- after the last step --------------------------------------------------------------------- */

/* Tokens before the last answer of an example. */
static int
prompt_of(const struct trainer_sequence *sequence)
{
	int at = sequence->count;

	while (at > 0 && !sequence->learned[at - 1])
		at--;
	while (at > 0 && sequence->learned[at - 1])
		at--;
	return at;
}

static int
sample_all(struct run *run, const char *adapter)
{
	const struct trainer_tick tick = {trainer_line_tick, run->line};
	const struct trainer_set *set = &run->examples.held_out;
	const struct trainer_job *job = run->job;
	struct trainer_sampler *sampler;
	int rc = trainer_sampler_open(job->model, adapter, (int)job->threads,
		(int)(set->longest + job->sample_tokens), &tick, &sampler);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < set->count && (int64_t)i < job->samples && rc == 0; i++) {
		const struct trainer_sequence *sequence = &set->examples[i].sequence;
		int prompt = prompt_of(sequence), count;
		char *text;

		rc = trainer_sampler_answer(sampler, sequence->tokens, prompt, (int)job->sample_tokens,
			&text, &count);
		if (rc < 0)
			break;
		(void)trainer_say(run->line, "sample");
		trainer_say_text(run->line, "of", adapter == NULL ? "base" : "adapter");
		trainer_say_int(run->line, "index", (int64_t)i);
		trainer_say_int(run->line, "prompt_tokens", prompt);
		trainer_say_int(run->line, "tokens", count);
		trainer_say_text(run->line, "text", text);
		trainer_say_end(run->line);
		free(text);
	}
	trainer_sampler_close(sampler);
	return rc;
}

/* The model is loaded as it is served; the memory of training is given back first. */
static int
sample(struct run *run)
{
	char path[sizeof(run->last.path) + 16];
	int rc;

	trainer_engine_close(run->engine);
	run->engine = NULL;
	if (run->job->samples == 0 || run->examples.held_out.count == 0)
		return 0;
	trainer_checkpoint_path(run->job->folder, run->position.step, path, sizeof(path) - 16);
	strcat(path, "/adapter.gguf");
	rc = sample_all(run, NULL);
	return rc < 0 ? rc : sample_all(run, path);
}

static int
say_finished(struct run *run)
{
	char path[sizeof(run->last.path)];
	struct trainer_line *line = run->line;

	(void)trainer_say(line, "finished");
	trainer_say_int(line, "step", run->position.step);
	trainer_say_int(line, "steps", run->steps);
	trainer_checkpoint_path(run->job->folder, run->position.step, path, sizeof(path));
	trainer_say_text(line, "path", path);
	trainer_say_text(line, "sha256", run->last.sha256[0] == '\0' ? NULL : run->last.sha256);
	trainer_say_int(line, "best_step", run->position.best_step);
	trainer_checkpoint_path(run->job->folder, run->position.best_step, path, sizeof(path));
	trainer_say_text(line, "best_path", path);
	trainer_say_end(line);
	return TRAINER_EXIT_OK;
}

/* The weights are those of the last whole step, whatever was interrupted. */
static int
say_stopped(struct run *run)
{
	char path[sizeof(run->last.path)];
	int rc = 0;

	if (run->engine != NULL && run->position.step > 0 && run->written_step != run->position.step)
		rc = write_checkpoint(run);
	if (rc < 0)
		return rc;
	(void)trainer_say(run->line, "stopped");
	trainer_say_text(run->line, "command",
		run->line->command == TRAINER_CANCEL ? "cancel" : "pause");
	trainer_say_int(run->line, "step", run->position.step);
	trainer_checkpoint_path(run->job->folder, run->position.step, path, sizeof(path));
	trainer_say_text(run->line, "path", run->position.step > 0 ? path : NULL);
	trainer_say_end(run->line);
	return TRAINER_EXIT_STOPPED;
}

static int
say_error(struct trainer_line *line, int rc)
{
	const char *code = rc == BH_E_INVALID || rc == BH_E_NOT_FOUND ? TRAINER_CODE_DATA
		: rc == BH_E_UNSUPPORTED                                  ? TRAINER_CODE_MODEL
		: rc == BH_E_TOO_LARGE                                    ? TRAINER_CODE_MEMORY
		: rc == BH_E_STORAGE                                      ? TRAINER_CODE_DISK
		: rc == BH_E_STATE                                        ? TRAINER_CODE_RESUME
		: rc == BH_E_RANGE                                        ? TRAINER_CODE_DIVERGED
																  : TRAINER_CODE_INTERNAL;
	const char *detail = bh_error_detail(rc);

	(void)trainer_say(line, "error");
	trainer_say_text(line, "code", code);
	trainer_say_text(line, "message", detail[0] != '\0' ? detail : bh_error_row(rc)->sentence);
	trainer_say_end(line);
	return TRAINER_EXIT_ERROR;
}

int
trainer_train(const struct trainer_job *job, struct trainer_line *line)
{
	struct run run = {.job = job, .line = line, .written_step = -1};
	int rc = prepare(&run);

	if (rc == 0)
		rc = train(&run);
	if (rc == 0)
		rc = sample(&run);
	if (rc == 0)
		rc = say_finished(&run);
	else if (rc == BH_E_BUSY)
		rc = say_stopped(&run);
	if (rc < 0)
		rc = say_error(line, rc);
	trainer_engine_close(run.engine);
	trainer_examples_close(&run.examples);
	free(run.order);
	return rc;
}
