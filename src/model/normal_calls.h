/* SPDX-License-Identifier: Apache-2.0 */
/* normal_calls.h: the tool calls of an answer, for normal.c alone. */
#ifndef BH_MODEL_NORMAL_CALLS_H
#define BH_MODEL_NORMAL_CALLS_H

#include "model/normal.h"

/* Adds what a message or a delta tells of tool calls to the piece. is_whole: each is a call of its own.
 * BH_E_UPSTREAM: there are too many. */
BH_MUST_CHECK int model_normal_calls(struct model_normal *normal, const struct bh_json *message,
	bool is_whole, struct model_piece *piece);

/* A call without arguments has "{}": "" is no JSON, and clients parse it. */
void model_normal_fill(struct model_normal *normal, struct model_piece *piece);

/* A member that is a text and not "", which says what null says; else NULL. */
const char *model_normal_text(const struct bh_json *object, const char *name);

#endif
