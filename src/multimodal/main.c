/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: the multimodal service: pictures that are made, and whatever else is neither text alone nor a document. */
#include "multimodal/multimodal.h"

#include <stdio.h>
#include <stdlib.h>

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
};

static int
multimodal_open(struct bh_runtime *runtime, void *state)
{
	struct multimodal *multimodal = state;

	const char *spool = getenv("TMPDIR");

	multimodal->runtime = runtime;
	snprintf(multimodal->audio_path, sizeof(multimodal->audio_path), "%s/bin/bulkhead-audio",
		bh_runtime_conf(runtime)->program_dir);
	snprintf(multimodal->spool_dir, sizeof(multimodal->spool_dir), "%s",
		spool != NULL && spool[0] != '\0' ? spool : "/tmp");
	bh_picture_turns_init(&multimodal->sounds, (size_t)multimodal->conf.audio_processes, 0);
	return 0;
}

static const struct bh_retention_kind retention[] = {
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
	{"images:write", BH_ROLE_MEMBER, true, "images"},
	{"audio:write", BH_ROLE_MEMBER, true, "audio"},
	{0},
};

const struct bh_service multimodal_service = {
	.name = "multimodal",
	.settings = BH_LIST(settings),
	.routes = multimodal_routes,
	.scopes = scopes,
	.state_size = sizeof(struct multimodal),
	.open = multimodal_open,
	.retention = retention,
	.idempotency = &idempotency,
	.calls = calls,
};
