/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: the multimodal service: pictures that are made, and whatever else is neither text alone nor a document. */
#include "multimodal/multimodal.h"

#include <stdio.h>

#include "multimodal/job.h"
#include "multimodal/near.h"
#include "queue/worker.h"
#include "service/erase.h"
#include "service/idempotency_sql.h"
#include "service/retention.h"
#include "service/runtime.h"

static const struct bh_setting settings[] = {
	BH_INT("audio_bytes_max", "104857600", 65536, 104857600, struct multimodal,
		conf.audio_bytes_max, "Maximum size of a recording that is sent for transcription."),
	BH_INT("audio_seconds_max", "3600", 1, 14400, struct multimodal, conf.audio_seconds_max,
		"Maximum length of such a recording in seconds; its header is held to it before it is "
		"decoded."),
	BH_INT("audio_processes", "0", 0, 256, struct multimodal, conf.audio_processes,
		"Number of recordings that are decoded concurrently; a tenant has half of them. 0: one per "
		"processor, at least 2."),
	BH_INT("resume_ms", "15000", 3000, 600000, struct multimodal, conf.resume_ms,
		"How long an image job whose client has left waits for it to come back."),
	BH_INT("run_s_max", "900", 10, 86400, struct multimodal, conf.run_s_max,
		"Maximum duration of an image job, once it has begun."),
	BH_INT("unfinished_max", "100", 1, 1000000, struct multimodal, conf.unfinished_max,
		"Maximum number of unfinished image jobs of one tenant, running or queued."),
	BH_INT("edit_bytes_max", "268435456", 1048576, 503316480, struct multimodal,
		conf.edit_bytes_max,
		"Maximum size of all images of an edit together, mask included, each re-encoded as a PNG."),
	BH_INT("fetch_ms", "60000", 1000, 600000, struct multimodal, conf.fetch_ms,
		"Maximum time to fetch all images of a request that are named by a URL; they are fetched "
		"one at a time."),
	BH_INT("link_s", "3600", 10, 604800, struct multimodal, conf.link_s,
		"How long a link to an image is good."),
	BH_INT("keep_image_s", "2592000", 1, 3153600000, struct multimodal, conf.keep_image_s,
		"How long what is known of an image job is kept after its end; its images are files and "
		"stay."),
	BH_INT("pictures_max", "100000", 1, 1000000, struct multimodal, conf.pictures_max,
		"Maximum number of images that a tenant keeps in its gallery. One that is made beyond it "
		"is a "
		"file, but not in the gallery."),
	BH_INT("near_pictures", "500000", 1000, 100000000, struct multimodal, conf.near_pictures,
		"Number of images whose hashes a process keeps in memory, 72 bytes each, to find near "
		"duplicates; beyond it, the tenants that searched longest ago are read again when they "
		"search."),
	BH_INT("keep_job_s", "604800", 1, 3153600000, struct multimodal, conf.keep_job_s,
		"How long the queue's entry of an image job is kept after its end."),
};

static const struct bh_job_kind kinds[] = {
	{MULTIMODAL_JOB_IMAGE, .run = multimodal_job_run, .give_up = multimodal_job_give_up,
		.tend = multimodal_job_tend, .attempts_max = MULTIMODAL_ATTEMPTS_MAX, .finish_ms = 2000},
	{0},
};

/* A tenant alone has two thirds; what nobody waits for leaves a third to clients that do. */
static const struct bh_worker_conf jobs = {
	.kinds = kinds,
	.seats = {.places = MULTIMODAL_JOBS,
		.tenant_percent = 66,
		.tenant_most = MULTIMODAL_JOBS,
		.tenant_background_most = MULTIMODAL_JOBS / 3,
		.background_most = MULTIMODAL_JOBS * 2 / 3},
	.lease_ms = MULTIMODAL_LEASE_MS,
};

static int
multimodal_open(struct bh_runtime *runtime, void *state)
{
	struct multimodal *multimodal = state;

	multimodal->runtime = runtime;
	snprintf(multimodal->picture_path, sizeof(multimodal->picture_path), "%s/bin/bulkhead-picture",
		bh_runtime_conf(runtime)->program_dir);
	snprintf(multimodal->audio_path, sizeof(multimodal->audio_path), "%s/bin/bulkhead-audio",
		bh_runtime_conf(runtime)->program_dir);
	bh_picture_turns_init(&multimodal->turns, 0, 0);
	bh_picture_turns_init(&multimodal->sounds, (size_t)multimodal->conf.audio_processes, 0);
	bh_bell_init(&multimodal->bell);
	multimodal->near = multimodal_near_new((size_t)multimodal->conf.near_pictures);
	return 0;
}

static void
multimodal_close(struct bh_runtime *runtime, void *state)
{
	struct multimodal *multimodal = state;

	(void)runtime;
	multimodal_near_free(multimodal->near);
	multimodal->near = NULL;
}

/* Rows go by themselves; what is known of them in memory does not. */
static int
multimodal_erase(struct bh_erase *erase)
{
	struct multimodal *multimodal = erase->state;

	return bh_erase_count(&erase->db, erase, "cache.pictures",
		(int64_t)multimodal_near_drop(multimodal->near, &erase->tenant));
}

static const struct bh_retention_kind retention[] = {
	{"image", BH_RETENTION_SQL("image_job", "id", "completed_at", ""), 50,
		offsetof(struct multimodal, conf.keep_image_s)},
	{"job", BH_RETENTION_SQL("job", "id", "finished_at", "AND queue = 'multimodal'"), 200,
		offsetof(struct multimodal, conf.keep_job_s)},
	BH_RETENTION_IDEMPOTENCY("idempotency_multimodal"),
	{0},
};

static const struct bh_idempotency_sql idempotency = BH_IDEMPOTENCY_SQL("idempotency_multimodal");

static const struct bh_service_call calls[] = {
	{"model", "internal:model"},
	{"rag", "internal:rag"},
	{0},
};

static const struct bh_scope scopes[] = {
	{"images:read", BH_ROLE_VIEWER, true},
	{"images:write", BH_ROLE_MEMBER, true, "images"},
	{"audio:write", BH_ROLE_MEMBER, true, "audio"},
	{0},
};

const struct bh_service multimodal_service = {
	.name = "multimodal",
	.settings = BH_LIST(settings),
	.routes = multimodal_routes,
	.jobs = &jobs,
	.scopes = scopes,
	.state_size = sizeof(struct multimodal),
	.open = multimodal_open,
	.close = multimodal_close,
	.erase = multimodal_erase,
	.retention = retention,
	.idempotency = &idempotency,
	.calls = calls,
};
