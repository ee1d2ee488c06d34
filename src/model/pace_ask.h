/* SPDX-License-Identifier: Apache-2.0 */
/* pace_ask.h: the speed of a managed engine, asked for when it is needed. */
#ifndef BH_MODEL_PACE_ASK_H
#define BH_MODEL_PACE_ASK_H

#include "model/model.h"
#include "model/pace.h"

/* The engine's pace, asked at most half a minute ago; zeroes where it is not known. */
struct model_pace model_pace_get(struct model *model, const struct model_entry *entry);

#endif
