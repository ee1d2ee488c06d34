/* SPDX-License-Identifier: Apache-2.0 */
/* turn.h: what was asked in a turn of a chat, as text. */
#ifndef AGENT_TURN_H
#define AGENT_TURN_H

#include "base/arena.h"
#include "json/json.h"

/* Characters of it that are kept. */
enum { AGENT_QUESTION_MOST = 2000 };

/* The text of the last message of the user in an input (a string or an array of items that was checked), on one
 * line, without control characters and cut; "" where there is none. */
const char *agent_turn_question(struct bh_arena *arena, const struct bh_json *input);

#endif
