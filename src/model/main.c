/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: the model service: the one choke point for models. */
#include <stdio.h>
#include <sys/stat.h>

#include "base/error.h"
#include "meter/slot.h"
#include "model/adapter_load.h"
#include "model/adapters.h"
#include "model/admit.h"
#include "model/bucket.h"
#include "model/catalog.h"
#include "model/clients.h"
#include "model/engine.h"
#include "model/meter.h"
#include "model/model.h"
#include "model/store.h"
#include "service/idempotency_sql.h"
#include "service/retention.h"
#include "service/runtime.h"

static const struct bh_setting settings[] = {
	BH_INT("first_byte_ms", "300000", 1000, 3600000, struct model, conf.first_byte_ms,
		"Maximum time to wait for the first byte of an engine's response."),
	BH_INT("idle_ms", "120000", 1000, 3600000, struct model, conf.idle_ms,
		"Maximum time to wait for further bytes of an engine's response."),
	BH_INT("finish_ms", "30000", 0, 600000, struct model, conf.finish_ms,
		"How long a provider's response is still read after the client has disconnected; if it is "
		"not complete by then, its maximum is billed."),
	BH_INT("assumed_output", "1024", 1, 1000000, struct model, conf.assumed_output,
		"Output tokens reserved, and allowed, if a request of a limited tenant has no maximum."),
	BH_INT("answer_bytes_max", "33554432", 65536, 1073741824, struct model, conf.answer_bytes_max,
		"Maximum size of an engine's response."),
	BH_INT("queue_ms", "60000", 100, 600000, struct model, conf.queue_ms,
		"Maximum time a call waits for a slot of an engine with limited concurrency."),
	BH_INT("queue_tenant", "64", 1, 1000, struct model, conf.queue_tenant,
		"Maximum number of calls of one tenant that wait for engine slots."),
	BH_INT("pictures_max", "16", 1, 64, struct model, conf.pictures_max,
		"Maximum number of images in a chat request."),
	BH_INT("pictures_ms", "60000", 1000, 600000, struct model, conf.pictures_ms,
		"Maximum time to fetch and read all images of a request; they are read one at a time, and "
		"of "
		"a tenant by at most half of the processors."),
	BH_INT("picture_bytes_max", "20000000", 1000, 50000000, struct model, conf.picture_bytes_max,
		"Maximum size of an image of a chat request, as it is sent or fetched."),
	BH_INT("picture_pixels_max", "50000000", 1000, 100000000, struct model, conf.picture_pixels_max,
		"Maximum number of pixels of an image of a chat request."),
	BH_INT("picture_edge", "2048", 64, 8192, struct model, conf.picture_edge,
		"Longer side to which an image is scaled down before a model gets it."),
	BH_BOOL("share_prompt_cache", "false", struct model, conf.share_prompt_cache,
		"Whether an engine may reuse the cached prefix of an earlier prompt. Faster for long "
		"conversations, but response times may then reveal to a tenant that another tenant sent "
		"the same prefix."),
	BH_INT("adapters_max", "16", 0, 256, struct model, conf.adapters_max,
		"Maximum number of fine-tuned models (adapters) of one tenant."),
	BH_INT("adapters_loaded", "64", 1, 256, struct model, conf.adapters_loaded,
		"Maximum number of adapters that the managed engine holds; others are loaded at their next "
		"use, in the place of one of the tenant that has most."),
	BH_INT("adapters_idle_days", "30", 0, 3650, struct model, conf.adapters_idle_days,
		"Days without use after which an adapter is unloaded, until it is used again; 0: never."),
	BH_INT("adapter_bytes_max", "268435456", 65536, 4294967296, struct model,
		conf.adapter_bytes_max, "Maximum size of an adapter's file."),
	BH_BOOL("test_images", "true", struct model, conf.test_images,
		"Whether the test backend draws images if there is no image model. Its images and "
		"responses "
		"are marked as such."),
	BH_INT("keep_usage_s", "34560000", 1, 3153600000, struct model, conf.keep_usage_s,
		"How long usage rows are kept; thirteen months by default. They go by whole months."),
	BH_INT("keep_image_charge_s", "2592000", 432000, 3153600000, struct model,
		conf.keep_image_charge_s,
		"How long it is known which images of an image job were charged; longer than a job may "
		"take."),
	BH_INT("keep_total_s", "157680000", 8035200, 3153600000, struct model, conf.keep_total_s,
		"How long the daily usage totals are kept; five years by default."),
};

static int
model_open(struct bh_runtime *runtime, void *state)
{
	struct model *model = state;
	char path[4096];
	int rc;

	model->runtime = runtime;
	snprintf(model->picture_path, sizeof(model->picture_path), "%s/bin/bulkhead-picture",
		bh_runtime_conf(runtime)->program_dir);
	bh_picture_turns_init(&model->picture_turns, 0, 0);
	bh_runtime_key(runtime, "model.upstream_key", &model->key_secret);
	snprintf(path, sizeof(path), "%s/model", bh_runtime_conf(runtime)->home);
	(void)mkdir(path, 0700); /* if it cannot be made, the next step says so */
	snprintf(path, sizeof(path), "%s/model/calls", bh_runtime_conf(runtime)->home);
	rc = meter_slots_open(path, sizeof(struct model_buckets), &model->slots);
	if (rc == 0) {
		model->rate.shared = bh_runtime_shared(runtime);
		model->rate.buckets = meter_slots_extra(model->slots);
		rc = model_catalog_open(&model->catalog);
	}
	if (rc == 0)
		rc = model_clients_open(&model->clients);
	if (rc == 0)
		rc = model_engines_open(&model->engines);
	if (rc == 0)
		rc = model_adapters_open(model, &model->adapters);
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
	model_adapters_close(model->adapters);
	model_engines_close(model->engines);
	model_clients_close(model->clients);
	model_catalog_close(model->catalog);
	meter_slots_close(model->slots);
	bh_secret_close(&model->key_secret);
}

/* clang-format off */
static const struct bh_worker workers[] = {
	/* name          every_ms  function            threads */
	{"write-usage",  1000,     model_meter_write,  1},
	{"sweep-calls",  5000,     model_meter_sweep,  1},
	{"usage-months", 600000,   model_meter_months, 1},
	{"load-adapters", 1000,    model_adapter_load_run, 1},
	{"tidy-adapters", 3600000, model_adapter_load_tidy, 1},
	{0},
};
/* clang-format on */

/* Of a tenant that is deleted, billing removes these: it draws from them what was not billed. */
static const char *const billed[] = {"usage_day", "meter_day", NULL};

/* clang-format off */
static const struct bh_retention_kind retention[] = {
	{"usage", BH_RETENTION_SQL("usage_event", "id", "arrived_at", MODEL_STORE_MONTHLESS), 1000,
		offsetof(struct model, conf.keep_usage_s)},
	{"usage_day", MODEL_STORE_DAYS_REMOVE("usage_day"), 1000,
		offsetof(struct model, conf.keep_total_s)},
	{"spent_day", MODEL_STORE_DAYS_REMOVE("meter_day"), 1000,
		offsetof(struct model, conf.keep_total_s)},
	{"owner", MODEL_STORE_OWNERS_DROP, 200, 0},
	{"notice", BH_RETENTION_SQL("meter_notice", "ctid", "crossed_at", ""), 200,
		offsetof(struct model, conf.keep_total_s)},
	{"quarantine", BH_RETENTION_SQL("usage_quarantine", "id", "created_at", ""), 200,
		offsetof(struct model, conf.keep_usage_s)},
	{"image_charge", BH_RETENTION_SQL("image_charge", "ctid", "made_at", ""), 200,
		offsetof(struct model, conf.keep_image_charge_s)},
	BH_RETENTION_IDEMPOTENCY("idempotency_model"),
	{0},
};
/* clang-format on */

static const struct bh_idempotency_sql idempotency = BH_IDEMPOTENCY_SQL("idempotency_model");

/* It lends files of the tenant to models that look at them. */
static const struct bh_service_call calls[] = {
	{"rag", "internal:rag", .outlives = true},
	{0},
};

static const char *const uses[] = {"chat", "embed", "transcribe", "speech", "image", NULL};

static const struct bh_scope scopes[] = {
	{"models:read", BH_ROLE_VIEWER, true},
	{"chat:write", BH_ROLE_MEMBER, true, "chat"},
	{"embeddings:write", BH_ROLE_MEMBER, true, "embeddings"},
	{"rerank:write", BH_ROLE_MEMBER, true, "rerank"},
	{"moderations:write", BH_ROLE_MEMBER, true, "moderation"},
	{"models:write", BH_ROLE_ADMIN},
	{0},
};

const struct bh_service model_service = {
	.name = "model",
	.settings = BH_LIST(settings),
	.routes = model_routes,
	.scopes = scopes,
	.workers = workers,
	.state_size = sizeof(struct model),
	.open = model_open,
	.close = model_close,
	.retention = retention,
	.erases = billed,
	.erase = model_adapters_erase,
	.metrics = model_meter_metrics,
	.idempotency = &idempotency,
	.calls = calls,
	.uses = uses,
};
