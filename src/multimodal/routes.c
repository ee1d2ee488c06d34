/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c: the one route table of the multimodal service. */
#include "multimodal/http.h"
#include "multimodal/link.h"
#include "multimodal/multimodal.h"
#include "multimodal/spec.h"

#define QUICK_MS 15000
#define AUDIO_MS 600000

#define MAKE_MS 900000 /* between two reads of an answer that waits for its pictures */
#define EDIT_BYTES (802LL * BH_MIB)

/* clang-format off */
const struct bh_route multimodal_routes[] = {
	/* method  path                           scope           limits       audit                     body          ms        handler                            flags                                                           takes                         gives */
	{"POST",   "/v1/images/generations",       "images:write", "inference", "image.create",           BH_MIB,       MAKE_MS,  multimodal_http_generation_create, BH_ROUTE_STREAM | BH_ROUTE_IDEMPOTENT,                         &multimodal_generation_shape},
	{"POST",   "/v1/images/edits",             "images:write", "inference", "image.edit",             EDIT_BYTES,   MAKE_MS,  multimodal_http_edit_create,       BH_ROUTE_STREAM | BH_ROUTE_IDEMPOTENT | BH_ROUTE_UNBUFFERED},
	{"POST",   "/v1/images/variations",        "images:write", "inference", "image.variation.create", 5 * BH_MIB,   QUICK_MS, multimodal_http_variation_create,  BH_ROUTE_UNBUFFERED, .admit = multimodal_http_variation_admit},
	{"GET",    "/v1/images/jobs",              "images:read",  "data",      "image.job.list",         0,            QUICK_MS, multimodal_http_job_list,          0,                                                             NULL,                         &multimodal_job_shape},
	{"GET",    "/v1/images/jobs/{job}",        "images:read",  "data",      "image.job.get",          0,            QUICK_MS, multimodal_http_job_get,           0,                                                             NULL,                         &multimodal_job_shape},
	{"GET",    "/v1/images/jobs/{job}/events", "images:read",  "data",      "image.job.events",       0,            MAKE_MS,  multimodal_http_job_events,        BH_ROUTE_STREAM},
	{"POST",   "/v1/images/jobs/{job}/cancel", "images:write", "data",      "image.job.cancel",       BH_KIB,       QUICK_MS, multimodal_http_job_cancel,        BH_ROUTE_IDEMPOTENT,                                           NULL,                         &multimodal_job_shape},

	{"POST",   "/v1/audio/transcriptions",     "audio:write",  "inference", "transcription.create",   101 * BH_MIB, AUDIO_MS, multimodal_http_transcription_create, BH_ROUTE_STREAM},
	{"POST",   "/v1/audio/translations",       "audio:write",  "inference", "translation.create",     101 * BH_MIB, AUDIO_MS, multimodal_http_translation_create},
	{"POST",   "/v1/audio/speech",             "audio:write",  "inference", "speech.create",          64 * BH_KIB,  AUDIO_MS, multimodal_http_speech_create,     BH_ROUTE_STREAM,                                               &multimodal_speech_create},

	/* the link is the credential */
	{"GET",    "/v1/images/links/{link}",      "none",         "none",      "image.link.get",         0,            QUICK_MS, multimodal_http_link_get},
	{0},
};
/* clang-format on */
