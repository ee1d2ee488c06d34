/* SPDX-License-Identifier: Apache-2.0 */
/* names.c: kinds and forms as they are called in rows, answers and audit lines. */
#include "base/macros.h"
#include "model/model.h"

static const char *
name_of(const char *const *names, size_t count, unsigned value)
{
	return value < count ? names[value] : "";
}

const char *
model_kind_name(enum model_kind kind)
{
	static const char *const names[] = {"chat", "embedding", "rerank", "image", "transcription",
		"speech", "moderation"};

	return name_of(BH_LIST(names), kind);
}

const char *
model_excerpts_name(enum model_excerpts excerpts)
{
	static const char *const names[] = {"passages", "sentences"};

	return name_of(BH_LIST(names), excerpts);
}

const char *
model_score_form_name(enum model_score_form form)
{
	static const char *const names[] = {"unit", "logit"};

	return name_of(BH_LIST(names), form);
}
