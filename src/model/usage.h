/* SPDX-License-Identifier: Apache-2.0 */
/* usage.h: what a model call is billed: the one rule, whoever asks and however the call ended.
 *
 *   what is known at the end                      prompt      completion             source
 *   --------------------------------------------  ----------  ---------------------  ---------
 *   the engine did no work (refused, not sent)    0           0                      reported
 *   it reported, and the report is credible       reported    reported               reported
 *   it was cut off, and had reported while it     the last    the last reported      reported
 *   wrote, with or behind the last piece          reported
 *   no credible report, some output passed        estimate    counted (see below)    counted
 *   no credible report, the answer came, empty    estimate    0                      estimated
 *   no credible report, and we hung up on an      estimate    the most that it may   estimated
 *   answer under way and read nothing (unread)                have had
 *   our process died                              estimate    counted, 0 for none    counted or
 *                                                                                    estimated
 *
 * Counted is the larger of the pieces that passed and their bytes ÷ 3, rounded up: an engine may put
 * one token or a thousand into a piece. Bytes are those of text, refusals, reasoning and the names and
 * arguments of tool calls, whether or not they are passed on.
 *
 * An engine that reports while it writes (vLLM's continuous_usage_stats, llama-server's timings_per_token) is
 * believed in the middle: what it generates behind a cut nobody asked for and nobody got. A report from before
 * the last piece that passed is none, however the call ended: it counts too little.
 *
 * The completion of a rerank call is its search units, which are counted as pieces when it is sent.
 *
 * A report is credible when
 *   - it has both figures, none is negative and none exceeds MODEL_TOKENS_MOST;
 *   - prompt > 0, and no more than the model's context, or, where that is not known, than
 *     PROMPT_HIDDEN_MOST and four times the estimate;
 *   - cached <= prompt, reasoning <= completion;
 *   - completion is 0 only if nothing passed, and at least a token for 32 bytes that passed;
 *   - completion is no more than the cap that the engine was given or, if that is less, the count of
 *     what passed; nor than what passed, byte by byte, with the reasoning that it tells and
 *     COMPLETION_HIDDEN_MOST that it does not.
 * A report that is not credible in one figure is credible in none. */
#ifndef BH_MODEL_USAGE_H
#define BH_MODEL_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "meter/act.h"

/* An engine that reports more tokens than this for one call is not believed. */
#define MODEL_TOKENS_MOST INT64_C(1000000000)

/* Usage figures an engine reported; when not present, all others are 0. */
struct model_usage {
	bool present;
	int64_t prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens;
};

/* What we saw of a call ourselves. Tokens but for `bytes` and `pieces`. */
struct model_seen {
	int64_t prompt_estimate;
	int64_t pieces, bytes; /* of output */
	int64_t cap;           /* most output that the engine was asked for; 0: none was named */
	int64_t unread_most;   /* most output of an answer that was not read */
	int64_t context;       /* input and output the model has room for; 0: not known */
	bool refused;          /* the engine did no work */
	bool unread;           /* the response was in progress, and nothing of it was read or counted */
};

struct model_figures {
	int64_t prompt_tokens, cached_tokens, completion_tokens;
	enum meter_source source;
};

/* Output as it is counted where the engine does not tell. */
int64_t model_usage_counted(int64_t pieces, int64_t bytes);

/* Whether each figure is at least a possible one, so that sums of them are safe. */
bool model_usage_in_range(const struct model_usage *reported);

bool model_usage_credible(const struct model_seen *seen, const struct model_usage *reported);

/* The rule. */
struct model_figures model_usage_decide(const struct model_seen *seen,
	const struct model_usage *reported);

#endif
