/* SPDX-License-Identifier: Apache-2.0 */
/* unit.c: the names of kinds and meters. */
#include "meter/unit.h"

#include <stddef.h>
#include <string.h>

#include "base/macros.h"

static const char *const kinds[METER_KINDS] = {
	[METER_NONE] = "",
	[METER_CHAT] = "chat",
	[METER_EMBEDDING] = "embedding",
	[METER_RERANK] = "rerank",
	[METER_IMAGE] = "image",
	[METER_SPEECH] = "speech",
	[METER_TRANSCRIPTION] = "transcription",
	[METER_SEARCH] = "search",
	[METER_PAGE] = "page",
	[METER_STORAGE] = "storage",
	[METER_TRAINING] = "training",
	[METER_RUN] = "run",
	[METER_MODERATION] = "moderation",
};

static const char *const meters[METER_NUMBER(METER_KINDS, 0)] = {
	[METER_NUMBER(METER_CHAT, METER_INPUT)] = "chat.input_tokens",
	[METER_NUMBER(METER_CHAT, METER_CACHED)] = "chat.cached_tokens",
	[METER_NUMBER(METER_CHAT, METER_CACHE_WRITE)] = "chat.cache_write_tokens",
	[METER_NUMBER(METER_CHAT, METER_OUTPUT)] = "chat.output_tokens",
	[METER_NUMBER(METER_EMBEDDING, METER_INPUT)] = "embedding.input_tokens",
	[METER_NUMBER(METER_RERANK, METER_INPUT)] = "rerank.input_tokens",
	[METER_NUMBER(METER_RERANK, METER_UNITS)] = "rerank.search_units",
	[METER_NUMBER(METER_IMAGE, METER_INPUT)] = "image.input_tokens",
	[METER_NUMBER(METER_IMAGE, METER_OUTPUT)] = "image.output_tokens",
	[METER_NUMBER(METER_IMAGE, METER_UNITS)] = "image.images",
	[METER_NUMBER(METER_SPEECH, METER_INPUT)] = "speech.input_tokens",
	[METER_NUMBER(METER_SPEECH, METER_OUTPUT)] = "speech.output_tokens",
	[METER_NUMBER(METER_SPEECH, METER_UNITS)] = "speech.characters",
	[METER_NUMBER(METER_TRANSCRIPTION, METER_INPUT)] = "transcription.input_tokens",
	[METER_NUMBER(METER_TRANSCRIPTION, METER_OUTPUT)] = "transcription.output_tokens",
	[METER_NUMBER(METER_TRANSCRIPTION, METER_UNITS)] = "transcription.seconds",
	[METER_NUMBER(METER_SEARCH, METER_UNITS)] = "search.searches",
	[METER_NUMBER(METER_PAGE, METER_UNITS)] = "page.pages",
	[METER_NUMBER(METER_STORAGE, METER_UNITS)] = "storage.byte_days",
	[METER_NUMBER(METER_TRAINING, METER_INPUT)] = "training.input_tokens",
	[METER_NUMBER(METER_TRAINING, METER_UNITS)] = "training.seconds",
	[METER_NUMBER(METER_RUN, METER_UNITS)] = "run.runs",
	[METER_NUMBER(METER_MODERATION, METER_INPUT)] = "moderation.input_tokens",
	[METER_NUMBER(METER_MODERATION, METER_UNITS)] = "moderation.inputs",
};

const char *
meter_kind_name(enum meter_kind kind)
{
	return kind < METER_KINDS ? kinds[kind] : "";
}

enum meter_kind
meter_kind_find(const char *name)
{
	for (int kind = METER_NONE + 1; kind < METER_KINDS; kind++) {
		if (strcmp(kinds[kind], name) == 0)
			return (enum meter_kind)kind;
	}
	return METER_NONE;
}

const char *
meter_name(int64_t meter)
{
	if (meter < 0 || meter >= (int64_t)BH_COUNT(meters) || meters[meter] == NULL)
		return "";
	return meters[meter];
}

int64_t
meter_find(const char *name)
{
	for (size_t meter = 0; meter < BH_COUNT(meters); meter++) {
		if (meters[meter] != NULL && strcmp(meters[meter], name) == 0)
			return (int64_t)meter;
	}
	return -1;
}
