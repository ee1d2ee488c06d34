/* SPDX-License-Identifier: Apache-2.0 */
/* said.h: what a Response says itself in place of an answer (data/said.txt). */
#ifndef AGENT_SAID_H
#define AGENT_SAID_H

#include <stddef.h>

#include "text/tell.h"

struct agent_said {
	const char *code;         /* of the language */
	const char *nothing;      /* the documents do not say anything about it */
	const char *nearest;      /* they do not say it directly; a quotation follows */
	const char *open, *close; /* quotation marks */
};

/* Made of data/said.txt. */
extern const struct agent_said agent_said_rows[];
extern const size_t agent_said_n;

/* In English where the file lacks the language. */
const struct agent_said *agent_said_in(enum bh_language language);

#endif
