/* SPDX-License-Identifier: Apache-2.0 */
/* normal.h: what upstreams send of an answer, brought into the API's one form: tool calls with their own
 * index and id, arguments as text, content as a string, the API's words for how it ended. */
#ifndef BH_MODEL_NORMAL_H
#define BH_MODEL_NORMAL_H

#include "model/normal_calls.h"

/* An event of a stream. BH_E_UPSTREAM: there are too many calls. */
BH_MUST_CHECK int model_normal_event(struct model_normal *normal, const struct bh_json *event,
	struct model_piece *out);

/* A whole answer, which always ends. Errors as above. */
BH_MUST_CHECK int model_normal_whole(struct model_normal *normal, const struct bh_json *answer,
	struct model_piece *out);

/* Whether there was nothing but events that are none of an answer: its end mark ends none. */
bool model_normal_is_strange(const struct model_normal *normal);

/* What a stream still lacks that came to its end mark: true with a last piece that tells how it ended. */
bool model_normal_end(struct model_normal *normal, struct model_piece *out);

/* Safe on a zeroed one, and twice. */
void model_normal_close(struct model_normal *normal);

#endif
