/* SPDX-License-Identifier: Apache-2.0 */
/* validate.c: the kind validate: all that is wrong with the data, what it comes to in tokens, time and money, and then
 * the queue for training. Wrong data is final. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "finetune/money.h"
#include "finetune/reader.h"
#include "finetune/work.h"

enum { EVENTS_MOST = 2 * 100 + 4, BYTES_PER_TOKEN = 4, TOKENS_PER_MESSAGE = 5, ERRORS_TOLD = 3 };

struct checking {
	struct finetune_work *work;
	struct finetune_watch watch;
	struct finetune_data training, validation; /* owned */
	struct finetune_count counts[2];           /* owned: of these */
	struct finetune_event events[EVENTS_MOST];
	size_t n_events;
	int64_t tokens, longest; /* of an epoch, of an example; estimates */
	bool is_counted;         /* by the model's own tokenizer */
};

static int
stop(void *ctx)
{
	struct checking *checking = ctx;

	return finetune_work_watch(checking->work, &checking->watch, NULL);
}

/* ---- tokens ---- */

/* How many tokens the samples have: 0 if the model cannot be asked. */
static int64_t
ask_tokens(struct checking *checking)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc answer = {0};
	const struct finetune_count *count = &checking->counts[0];
	struct bh_peer_call call = {.service = "model", .path = "/internal/tokenize", .body = &body};
	struct bh_write write = {.out = &body};
	const struct bh_json *counts;
	int64_t total = 0;

	bh_write_object(&write);
	bh_write_pair_text(&write, "model", checking->work->row.model);
	bh_write_name(&write, "input");
	bh_write_array(&write);
	for (size_t i = 0; i < count->n_samples; i++)
		bh_write_bytes(&write, count->samples[i].data, count->samples[i].len);
	bh_write_end(&write);
	bh_write_end(&write);
	if (count->n_samples == 0 || bh_peer_ask(&checking->work->peer, &call, &answer) < 0)
		return 0;
	counts = bh_json_get(answer.root, "counts");
	for (size_t i = 0; i < bh_json_count(counts); i++) {
		int64_t one = 0;

		if (bh_json_int(bh_json_at(counts, i), &one) && one > 0)
			total += one;
	}
	return total;
}

static void
estimate(struct checking *checking)
{
	const struct finetune_count *count = &checking->counts[0];
	int64_t counted = ask_tokens(checking);
	double per_byte = counted > 0 && count->sample_bytes > 0
		? (double)counted / (double)count->sample_bytes
		: 1.0 / BYTES_PER_TOKEN;

	checking->is_counted = counted > 0;
	checking->tokens = (int64_t)((double)count->text_bytes * per_byte) +
		TOKENS_PER_MESSAGE * count->messages;
	checking->longest = (int64_t)((double)count->longest_bytes * per_byte) + TOKENS_PER_MESSAGE;
	if (checking->longest > checking->work->finetune->conf.context)
		finetune_data_find(&checking->training, FINETUNE_WARNING, count->longest_line, "size", "",
			"about %lld tokens; what lies behind the first %lld is not learned",
			(long long)checking->longest, (long long)checking->work->finetune->conf.context);
}

/* ---- what is told ---- */

static void
add_event(struct checking *checking, struct finetune_event event)
{
	if (checking->n_events < EVENTS_MOST)
		checking->events[checking->n_events++] = event;
}

static const char *
sentence_of(struct bh_arena *arena, const struct finetune_finding *finding)
{
	const char *colon = finding->field[0] != '\0' ? ": " : "";

	if (finding->line == 0)
		return bh_arena_printf(arena, "%s%s%s", finding->field, colon, finding->message);
	return bh_arena_printf(arena, "line %lld: %s%s%s", (long long)finding->line, finding->field,
		colon, finding->message);
}

static void
add_findings(struct checking *checking, const char *file, const struct finetune_data *data)
{
	struct bh_arena *arena = &checking->work->job->arena;

	for (size_t i = 0; i < data->n_findings; i++) {
		const struct finetune_finding *finding = &data->findings[i];
		BH_AUTO(bh_buf_close) struct bh_buf text = {0};
		struct bh_write write = {.out = &text};

		bh_write_object(&write);
		bh_write_pair_text(&write, "file", file);
		bh_write_pair_int(&write, "line", finding->line);
		bh_write_pair_int(&write, "other_line", finding->other_line);
		bh_write_pair_text(&write, "code", finding->code);
		bh_write_pair_text(&write, "field", finding->field);
		bh_write_pair_text(&write, "message", finding->message);
		bh_write_end(&write);
		add_event(checking,
			(struct finetune_event){
				.level = finding->level == FINETUNE_ERROR ? "error" : "warn",
				.type = "message",
				.message = bh_arena_printf(arena, "%s file: %s", file, sentence_of(arena, finding)),
				.data = bh_arena_strdup(arena, bh_buf_string(&text)),
			});
	}
}

static void
write_count(struct bh_write *write, const char *name, const struct finetune_data *data,
	const struct finetune_count *count)
{
	bh_write_name(write, name);
	bh_write_object(write);
	bh_write_pair_int(write, "bytes", count->bytes);
	bh_write_pair_int(write, "lines", data->lines);
	bh_write_pair_int(write, "examples", data->examples);
	bh_write_pair_int(write, "distinct", data->distinct);
	bh_write_pair_int(write, "errors", data->errors);
	bh_write_pair_int(write, "warnings", data->warnings);
	bh_write_end(write);
}

static const char *
write_checked(const struct checking *checking)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const struct finetune_work *work = checking->work;
	struct bh_write write = {.out = &text};
	int64_t tokens = checking->tokens * finetune_spec_epochs(&work->spec);
	char cost[32];

	bh_text_from_nanos(finetune_money_cost(&work->row, tokens), cost);
	bh_write_object(&write);
	write_count(&write, "training", &checking->training, &checking->counts[0]);
	if (!bh_uuid_is_zero(&work->row.validation_file))
		write_count(&write, "validation", &checking->validation, &checking->counts[1]);
	bh_write_pair_int(&write, "tokens_per_epoch", checking->tokens);
	bh_write_pair_int(&write, "longest_tokens", checking->longest);
	bh_write_pair_bool(&write, "counted_by_model", checking->is_counted);
	bh_write_pair_int(&write, "estimated_tokens", tokens);
	bh_write_pair_int(&write, "estimated_seconds", tokens / work->finetune->conf.tokens_per_second);
	bh_write_pair_text(&write, "estimated_cost", cost);
	bh_write_end(&write);
	return bh_arena_strdup(&work->job->arena, bh_buf_string(&text));
}

/* ---- its end ---- */

static int
note_work(struct bh_db *tx, void *ctx)
{
	const struct checking *checking = ctx;
	struct finetune_work *work = checking->work;
	const struct bh_uuid *tenant = &work->job->lease.tenant;
	int rc = bh_lease_fence(tx, &work->job->lease);

	if (rc == 0)
		rc = finetune_store_job_stage(tx, tenant, &work->row);
	for (size_t i = 0; rc == 0 && i < checking->n_events; i++)
		rc = finetune_store_event_add(tx, tenant, &work->row.id, &checking->events[i]);
	return rc;
}

static int
refuse(struct checking *checking, const char *param, const struct finetune_data *data)
{
	struct finetune_work *work = checking->work;
	struct bh_buf text = {0};
	int told = 0;
	int rc = bh_tx_run(&work->job->db, note_work, checking);

	/* It was cancelled in between. */
	if (rc == BH_E_NOT_FOUND)
		return BH_JOB_DONE;
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < data->n_findings && told < ERRORS_TOLD; i++)
		if (data->findings[i].level == FINETUNE_ERROR) {
			bh_buf_printf(&text, " %s%s", sentence_of(&work->job->arena, &data->findings[i]),
				told + 1 < data->errors && told + 1 < ERRORS_TOLD ? ";" : ".");
			told++;
		}
	finetune_work_blame(work, "invalid_file", param, "The file has %s%lld error%s:%s%s",
		checking->counts[0].cut_off || checking->counts[1].cut_off ? "at least " : "",
		(long long)data->errors, data->errors == 1 ? "" : "s", bh_buf_string(&text),
		data->errors > told ? " The job's events have more." : "");
	bh_buf_close(&text);
	return finetune_work_end(work, "failed");
}

static int
accept(struct checking *checking)
{
	struct finetune_work *work = checking->work;
	struct bh_arena *arena = &work->job->arena;

	if (bh_uuid_is_zero(&work->row.validation_file) && work->spec.held_out_percent > 0)
		add_event(checking,
			finetune_said_event("info",
				bh_arena_printf(arena,
					"No validation file: %lld %% of the training data, chosen by the seed, are "
					"held "
					"out.",
					(long long)work->spec.held_out_percent)));
	add_event(checking,
		finetune_said_event("info",
			bh_arena_printf(arena, "Files validated: %lld examples, about %lld tokens an epoch.",
				(long long)checking->training.examples, (long long)checking->tokens)));
	work->row.status = "queued";
	return finetune_work_next(work, FINETUNE_TRAIN, NULL, checking->events, checking->n_events);
}

static int
check(struct checking *checking)
{
	struct finetune_work *work = checking->work;
	enum finetune_form form = strcmp(work->row.method, "dpo") == 0 ? FINETUNE_PREFERENCE
																   : FINETUNE_CHAT;
	struct finetune_limits limits = finetune_limits_default;
	int rc = finetune_work_fetch(work);

	finetune_data_init(&checking->training, form, &limits);
	limits.examples_min = 1;
	finetune_data_init(&checking->validation, form, &limits);
	if (!work->spec.leaks_allowed)
		checking->validation.against = &checking->training;
	if (rc == 0)
		rc = finetune_reader_read(finetune_work_path(work, "data/training.jsonl"),
			&checking->training, &checking->counts[0], stop, checking);
	if (rc == 0 && !bh_uuid_is_zero(&work->row.validation_file))
		rc = finetune_reader_read(finetune_work_path(work, "data/validation.jsonl"),
			&checking->validation, &checking->counts[1], stop, checking);
	if (rc < 0)
		return finetune_work_judge(work, rc);
	if (checking->training.errors == 0)
		estimate(checking);
	add_findings(checking, "training", &checking->training);
	add_findings(checking, "validation", &checking->validation);
	work->row.checked = write_checked(checking);
	if (checking->training.errors > 0)
		return refuse(checking, "training_file", &checking->training);
	if (checking->validation.errors > 0)
		return refuse(checking, "validation_file", &checking->validation);
	return accept(checking);
}

int
finetune_validate_run(struct bh_job *job)
{
	struct checking *checking;
	struct finetune_work *work = NULL;
	int rc = finetune_work_open(job, &work);

	if (rc == BH_E_NOT_FOUND ||
		(rc == 0 &&
			(work->row.finished_ms != 0 || strcmp(work->row.stage, FINETUNE_VALIDATE) != 0)))
		return BH_JOB_DONE;
	if (rc < 0)
		return rc;
	checking = bh_arena_alloc(&job->arena, sizeof(*checking));
	checking->work = work;
	rc = check(checking);
	/* Many may wait for long to be trained, and some wait for ever. */
	finetune_work_forget(work, rc);
	finetune_data_close(&checking->validation);
	finetune_data_close(&checking->training);
	finetune_count_close(&checking->counts[0]);
	finetune_count_close(&checking->counts[1]);
	bh_log_request("");
	return rc;
}
