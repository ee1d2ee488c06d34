/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c: the one route table of the multimodal service. */
#include "multimodal/http.h"
#include "multimodal/multimodal.h"

#define QUICK_MS 15000
#define AUDIO_MS 600000

/* clang-format off */
const struct bh_route multimodal_routes[] = {
	/* method  path                    scope           limits       audit                     body         ms        handler                           flags */
	{"POST",   "/v1/images/variations", "images:write", "inference", "image.variation.create", 5 * BH_MIB,  QUICK_MS, multimodal_http_variation_create, BH_ROUTE_UNBUFFERED, .admit = multimodal_http_variation_admit},
	{"POST",   "/v1/audio/transcriptions", "audio:write", "inference", "transcription.create", 101 * BH_MIB, AUDIO_MS, multimodal_http_transcription_create, BH_ROUTE_STREAM},
	{"POST",   "/v1/audio/translations",   "audio:write", "inference", "translation.create",   101 * BH_MIB, AUDIO_MS, multimodal_http_translation_create},
	{"POST",   "/v1/audio/speech",         "audio:write", "inference", "speech.create",        64 * BH_KIB,  AUDIO_MS, multimodal_http_speech_create, BH_ROUTE_STREAM, &multimodal_speech_create},
	{0},
};
/* clang-format on */
