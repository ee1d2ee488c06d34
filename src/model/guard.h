/* SPDX-License-Identifier: Apache-2.0 */
/* guard.h: a tenant's policy about harmful content, before and after a chat model's answer.
 *
 *   policy   what is sent to the model            what it answers
 *   -------  -----------------------------------  -------------------------------------------------------------
 *   off      not judged                           not judged
 *   flag     judged, and noted in the audit line  the same; a stream is judged beside its way to the client
 *   refuse   refused, before the model sees it    replaced by nothing, with finish_reason content_filter; of a
 *                                                 stream nothing is sent before it was judged
 *
 * Where nobody can judge, flag lets pass and says so in the audit line, and refuse is the error. */
#ifndef BH_MODEL_GUARD_H
#define BH_MODEL_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/model.h"
#include "model/moderation.h"

struct bh_request;
struct model_chat;
struct model_pictures;
struct model_piece;

/* As the tenant's settings have it. */
enum model_policy { MODEL_POLICY_OFF, MODEL_POLICY_FLAG, MODEL_POLICY_REFUSE };

/* One request's. Zeroed: nothing is judged. */
struct model_guard {
	struct bh_request *req;   /* borrowed */
	struct model_entry entry; /* who judges; its text is the request's */
	int64_t input, output;    /* enum model_policy */
	struct model_verdict found;
	bool failed;        /* something was let pass without a verdict */
	struct bh_buf said; /* owned: the end of what was judged, and what was not yet */
	size_t fresh;       /* bytes of it that were not */
	bool is_due;
};

/* Reads the tenant's policy, and finds who judges by it: its default moderation model or the rules. */
BH_MUST_CHECK int model_guard_open(struct bh_request *req, struct model_guard *out);

/* Judges all that the client has written for the model, in messages, tools and the form of the answer, and the pictures where the moderation model takes them and the chat model gets
 * them. BH_E_CONTENT: they are refused. Otherwise as model_judge. */
BH_MUST_CHECK int model_guard_input(struct model_guard *guard, const struct model_chat *chat,
	const struct model_pictures *pictures);

/* Whether the answer may only be passed on when it was judged. */
bool model_guard_holds(const struct model_guard *guard);

/* Takes note of more of the answer. */
void model_guard_hear(struct model_guard *guard, const struct model_piece *piece);
void model_guard_hear_text(struct model_guard *guard, const char *text, size_t len);

/* Whether what was heard is to be judged now: a sentence has ended, or it became too much. */
bool model_guard_is_due(const struct model_guard *guard);

/* Judges what was heard, with a little of what came before it. *out_refused: it may not be passed on. Errors as
 * model_judge, under refuse only. */
BH_MUST_CHECK int model_guard_judge(struct model_guard *guard, bool *out_refused);

/* Writes what was found into the audit line. Safe on a zeroed one, and twice. */
void model_guard_close(struct model_guard *guard);

#endif
