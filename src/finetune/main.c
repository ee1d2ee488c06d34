/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: the finetune service: adapters that are trained on a tenant's files. */
#include <stdio.h>

#include "finetune/finetune.h"
#include "finetune/folder.h"
#include "finetune/work.h"
#include "meter/terms.h"
#include "service/idempotency_sql.h"
#include "service/retention.h"
#include "service/runtime.h"

static const struct bh_setting settings[] = {
	BH_TEXT("trainer", "", struct finetune, conf.trainer,
		"Path of the program that trains; empty: the one that `make trainer` has compiled."),
	BH_INT("unfinished_max", "20", 1, 100000, struct finetune, conf.unfinished_max,
		"Maximum number of unfinished fine-tuning jobs of one tenant, running, paused or queued."),
	BH_INT("tokens_per_second", "80", 1, 1000000000, struct finetune, conf.tokens_per_second,
		"Speed in tokens per second, from which the duration of a training is estimated before it "
		"begins."),
	BH_INT("silence_s", "60", 1, 3600, struct finetune, conf.silence_s,
		"How long a trainer may say nothing; it says every 5 s that it is alive."),
	BH_INT("train_s_max", "604800", 1, 31536000, struct finetune, conf.train_s_max,
		"Maximum duration of a training, without what it waits and is paused."),
	BH_INT("turn_s", "900", 1, 31536000, struct finetune, conf.turn_s,
		"How long a training may run while another tenant's waits; it continues from a checkpoint "
		"in "
		"its next turn."),
	BH_INT("checkpoint_steps", "25", 1, 100000, struct finetune, conf.checkpoint_steps,
		"Steps between two checkpoints: the most that a kill costs. More in a job that would have "
		"more than 500 checkpoints."),
	BH_INT("context", "512", 16, 32768, struct finetune, conf.context,
		"Maximum number of tokens of an example; the rest is not learned."),
	BH_INT("threads", "2", 1, 256, struct finetune, conf.threads, "Threads of a training."),
	BH_INT("memory_mib", "4096", 64, 1048576, struct finetune, conf.memory_mib,
		"Memory that a training may use, the base model included."),
	BH_INT("publish_s_max", "900", 1, 86400, struct finetune, conf.publish_s_max,
		"How long the model service may take to load an adapter."),
	BH_INT("keep_tuning_s", "7776000", 1, 3153600000, struct finetune, conf.keep_tuning_s,
		"How long a fine-tuning job is kept after its end, with its events and checkpoints; the "
		"adapter is a file and stays."),
	BH_INT("keep_job_s", "604800", 1, 3153600000, struct finetune, conf.keep_job_s,
		"How long the queue's entries of a fine-tuning job are kept after their end."),
};

static const struct bh_job_kind kinds[] = {
	{FINETUNE_VALIDATE, .run = finetune_validate_run, .give_up = finetune_work_give_up,
		.attempts_max = FINETUNE_ATTEMPTS_MAX, .finish_ms = 1000},
	{FINETUNE_TRAIN, .run = finetune_train_run, .give_up = finetune_work_give_up,
		.attempts_max = FINETUNE_ATTEMPTS_MAX, .finish_ms = 2500},
	{FINETUNE_PUBLISH, .run = finetune_publish_run, .give_up = finetune_work_give_up,
		.attempts_max = FINETUNE_ATTEMPTS_MAX, .finish_ms = 1000},
	{0},
};

/* Training is in the background: one at a time, tenants in turn. What is short has the other places. */
static const struct bh_worker_conf jobs = {
	.kinds = kinds,
	.seats = {.places = FINETUNE_PLACES,
		.tenant_percent = 66,
		.tenant_most = FINETUNE_PLACES - 1,
		.tenant_background_most = 1,
		.background_most = 1},
	.lease_ms = FINETUNE_LEASE_MS,
};

static int
finetune_open(struct bh_runtime *runtime, void *state)
{
	const struct bh_platform_conf *conf = bh_runtime_conf(runtime);
	struct finetune *finetune = state;

	finetune->runtime = runtime;
	if (finetune->conf.trainer[0] != '\0')
		snprintf(finetune->trainer, sizeof(finetune->trainer), "%s", finetune->conf.trainer);
	else
		snprintf(finetune->trainer, sizeof(finetune->trainer), "%s/trainer/bulkhead-train",
			conf->program_dir);
	snprintf(finetune->home, sizeof(finetune->home), "%s/finetune", conf->home);
	bh_bell_init(&finetune->bell);
	return meter_terms_open(&finetune->terms);
}

static void
finetune_close(struct bh_runtime *runtime, void *state)
{
	struct finetune *finetune = state;

	(void)runtime;
	meter_terms_close(finetune->terms);
}

static const struct bh_worker workers[] = {
	{"sweep-folders", 60000, finetune_folder_sweep},
	{0},
};

static const struct bh_retention_kind retention[] = {
	{"tuning", BH_RETENTION_SQL("fine_tuning_job", "id", "finished_at", ""), 20,
		offsetof(struct finetune, conf.keep_tuning_s)},
	{"job", BH_RETENTION_SQL("job", "id", "finished_at", "AND queue = 'finetune'"), 200,
		offsetof(struct finetune, conf.keep_job_s)},
	BH_RETENTION_IDEMPOTENCY("idempotency_finetune"),
	{0},
};

static const struct bh_idempotency_sql idempotency = BH_IDEMPOTENCY_SQL("idempotency_finetune");

static const struct bh_service_call calls[] = {
	{"model", "internal:model"},
	{"rag", "internal:rag"},
	{0},
};

static const struct bh_scope scopes[] = {
	{"finetune:read", BH_ROLE_VIEWER, true},
	{"finetune:write", BH_ROLE_MEMBER, true, "finetune"},
	{0},
};

const struct bh_service finetune_service = {
	.name = "finetune",
	.settings = BH_LIST(settings),
	.routes = finetune_routes,
	.workers = workers,
	.jobs = &jobs,
	.scopes = scopes,
	.state_size = sizeof(struct finetune),
	.open = finetune_open,
	.close = finetune_close,
	.erase = finetune_folder_erase,
	.retention = retention,
	.idempotency = &idempotency,
	.calls = calls,
};
