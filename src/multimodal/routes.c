/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c: the one route table of the multimodal service. */
#include "multimodal/analysis.h"
#include "multimodal/http.h"
#include "multimodal/link.h"
#include "multimodal/multimodal.h"
#include "multimodal/spec.h"

#define QUICK_MS 15000
#define AUDIO_MS 600000
#define LOOK_MS 300000             /* a turn in the sandbox, and a page full of words */
#define LOOK_BYTES (68LL * BH_MIB) /* 50 MB as base64 */

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

	{"POST",   "/v1/images/analyses",          "images:write", "inference", "image.analysis.create",  LOOK_BYTES,   LOOK_MS,  multimodal_http_analysis_create,   BH_ROUTE_IDEMPOTENT | BH_ROUTE_UNBUFFERED,                     NULL,                         &multimodal_analysis_shape},
	{"POST",   "/v1/images/search",            "images:read",  "inference", "image.search",           LOOK_BYTES,   LOOK_MS,  multimodal_http_picture_search,    0,                                                             &multimodal_picture_search_shape, &multimodal_picture_shape},
	{"GET",    "/v1/images",                   "images:read",  "data",      "image.list",             0,            QUICK_MS, multimodal_http_picture_list,      0,                                                             NULL,                         &multimodal_picture_shape},
	{"GET",    "/v1/images/{image}",           "images:read",  "data",      "image.get",              0,            QUICK_MS, multimodal_http_picture_get,       0,                                                             NULL,                         &multimodal_picture_shape},
	{"POST",   "/v1/images/{image}",           "images:write", "data",      "image.update",           32 * BH_KIB,  QUICK_MS, multimodal_http_picture_update,    BH_ROUTE_IDEMPOTENT,                                           &multimodal_picture_update_shape, &multimodal_picture_shape},
	{"DELETE", "/v1/images/{image}",           "images:write", "data",      "image.delete",           0,            AUDIO_MS, multimodal_http_picture_delete,    0,                                                             NULL,                         &multimodal_picture_deleted_shape},

	{"POST",   "/v1/audio/transcriptions",     "audio:write",  "inference", "transcription.create",   101 * BH_MIB, AUDIO_MS, multimodal_http_transcription_create, BH_ROUTE_STREAM},
	{"POST",   "/v1/audio/translations",       "audio:write",  "inference", "translation.create",     101 * BH_MIB, AUDIO_MS, multimodal_http_translation_create},
	{"POST",   "/v1/audio/speech",             "audio:write",  "inference", "speech.create",          64 * BH_KIB,  AUDIO_MS, multimodal_http_speech_create,     BH_ROUTE_STREAM,                                               &multimodal_speech_create},

	/* the link is the credential */
	{"GET",    "/v1/images/links/{link}",      "none",         "none",      "image.link.get",         0,            QUICK_MS, multimodal_http_link_get},
	{0},
};
/* clang-format on */
