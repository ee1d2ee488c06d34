/* main.c: the model service: the one choke point for models. */
#include <stdio.h>
#include <sys/stat.h>

#include "base/error.h"
#include "model/admit.h"
#include "model/calls.h"
#include "model/catalog.h"
#include "model/clients.h"
#include "model/meter.h"
#include "model/model.h"
#include "model/store.h"
#include "service/idempotency_sql.h"
#include "service/retention.h"

static const struct bh_setting settings[] = {
	BH_INT("first_byte_ms", "300000", 1000, 3600000, struct model, conf.first_byte_ms,
		"Longest wait for an engine's first byte."),
	BH_INT("idle_ms", "120000", 1000, 3600000, struct model, conf.idle_ms,
		"Longest silence of an engine in the middle of an answer."),
	BH_INT("finish_ms", "30000", 0, 600000, struct model, conf.finish_ms,
		"Longest that a provider's answer is read on after its client has left; what has not come "
		"by then is billed as the most it may have had."),
	BH_INT("assumed_output", "1024", 1, 1000000, struct model, conf.assumed_output,
		"Output tokens reserved, and allowed, when a limited tenant's request names no cap."),
	BH_INT("answer_bytes_max", "33554432", 65536, 1073741824, struct model, conf.answer_bytes_max,
		"Largest answer of an engine that is read."),
	BH_INT("queue_ms", "60000", 100, 600000, struct model, conf.queue_ms,
		"Longest wait for a place at an engine that takes a bounded number of calls."),
	BH_INT("queue_tenant", "64", 1, 1000, struct model, conf.queue_tenant,
		"Calls of one tenant that may wait for places at engines."),
	BH_BOOL("share_prompt_cache", "false", struct model, conf.share_prompt_cache,
		"Lets an engine reuse the prefix of an earlier prompt. Faster for long conversations, but "
		"a tenant may then tell from the time taken that somebody sent the same prefix."),
	BH_INT("keep_usage_s", "34560000", 1, 3153600000, struct model, conf.keep_usage_s,
		"How long usage rows are kept; thirteen months by default."),
	BH_INT("keep_total_s", "157680000", 8035200, 3153600000, struct model, conf.keep_total_s,
		"How long a month's sums of usage by model are kept; five years by default."),
};

static int
model_open(struct bh_runtime *runtime, void *state)
{
	struct model *model = state;
	char path[4096];
	int rc;

	model->runtime = runtime;
	bh_runtime_key(runtime, "model.upstream_key", &model->key_secret);
	snprintf(path, sizeof(path), "%s/model", bh_runtime_conf(runtime)->home);
	(void)mkdir(path, 0700); /* if it cannot be made, the next step says so */
	snprintf(path, sizeof(path), "%s/model/calls", bh_runtime_conf(runtime)->home);
	rc = model_calls_open(path, &model->calls);
	if (rc == 0)
		rc = model_catalog_open(&model->catalog);
	if (rc == 0)
		rc = model_clients_open(&model->clients);
	if (rc == 0)
		rc = model_admit_open(&model->admit);
	if (rc == 0)
		rc = model_meter_open(model, &model->meter);
	return rc;
}

static void
model_close(struct bh_runtime *runtime, void *state)
{
	struct model *model = state;

	model_meter_write(runtime, model);
	model_meter_close(model->meter);
	model_admit_close(model->admit);
	model_clients_close(model->clients);
	model_catalog_close(model->catalog);
	model_calls_close(model->calls);
	bh_secret_close(&model->key_secret);
}

/* clang-format off */
static const struct bh_worker workers[] = {
	/* name          every_ms  function            threads */
	{"write-usage",  1000,     model_meter_write,  1},
	{"sweep-calls",  5000,     model_meter_sweep,  1},
	{0},
};
/* clang-format on */

/* clang-format off */
static const struct bh_retention_kind retention[] = {
	{"usage", BH_RETENTION_SQL("usage_record", "id", "started_at", ""), 1000,
		offsetof(struct model, conf.keep_usage_s)},
	{"total", MODEL_STORE_TOTAL_REMOVE, 200, offsetof(struct model, conf.keep_total_s)},
	{"quarantine", BH_RETENTION_SQL("usage_quarantine", "id", "created_at", ""), 200,
		offsetof(struct model, conf.keep_usage_s)},
	BH_RETENTION_IDEMPOTENCY("idempotency_model"),
	{0},
};
/* clang-format on */

static const struct bh_idempotency_sql idempotency = BH_IDEMPOTENCY_SQL("idempotency_model");

static const char *const uses[] = {"chat", "embed", NULL};

const struct bh_service model_service = {
	.name = "model",
	.settings = BH_LIST(settings),
	.routes = model_routes,
	.workers = workers,
	.state_size = sizeof(struct model),
	.open = model_open,
	.close = model_close,
	.retention = retention,
	.metrics = model_meter_metrics,
	.idempotency = &idempotency,
	.uses = uses,
};
