/* SPDX-License-Identifier: Apache-2.0 */
/* thought.h: what a model thinks before it answers, where its engine leaves that in the text: <think>…</think>. */
#ifndef AGENT_THOUGHT_H
#define AGENT_THOUGHT_H

#include <stdbool.h>

#include "base/buf.h"

/* Where in a message the model is. */
enum agent_thought { AGENT_THOUGHT_MAY_BEGIN, AGENT_THOUGHT_GOES_ON, AGENT_THOUGHT_IS_OVER };

/* Takes what is thought from the beginning of `held`, to which the message is added as it comes. False: what is
 * left is no answer, or not known to be one, until more comes. What stays of a thought is short. */
bool agent_thought_skip(enum agent_thought *state, struct bh_buf *held);

#endif
