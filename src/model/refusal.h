/* SPDX-License-Identifier: Apache-2.0 */
/* refusal.h: what an upstream says of its refusal; upstream.c reads it. */
#ifndef BH_MODEL_REFUSAL_H
#define BH_MODEL_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "json/json.h"

/* The reason, wherever in its JSON a server puts its words; nothing where there are none. */
void model_refusal_reason(const struct bh_json *told, struct bh_buf *out);
/* Words of an answer that is no JSON: plain text, but no page. */
void model_refusal_plain(const struct bh_buf *body, struct bh_buf *out);

/* The error's own object, where a server keeps one; else all of it. */
const struct bh_json *model_refusal_object(const struct bh_json *told);

/* Whether the status says that the client did wrong, and not the operator with a key, an address or a name. */
bool model_refusal_is_client(int64_t status);
/* Whether the input is longer than the model's context: by a code, or by the words of servers without one. */
bool model_refusal_is_context(const struct bh_json *error, const char *words);

/* What of a request a server says that it does not know, where the request can be made otherwise. */
enum model_unknown {
	MODEL_UNKNOWN_CAP = 1, /* the name of the answer's cap: of two names each knows at least one */
	MODEL_UNKNOWN_RUNNING = 2 /* stream_options.continuous_usage_stats */
};
/* 0: nothing of these. */
enum model_unknown model_refusal_unknown(const struct bh_json *error, const char *words);

/* The client's error: BH_E_CONTEXT_LENGTH or BH_E_INVALID, with these words, which it may see. */
int model_refusal_client(const struct bh_json *error, const char *words);

#endif
