/* SPDX-License-Identifier: Apache-2.0 */
/* said.c: finds the words of a language. */
#include "agent/said.h"

#include <string.h>

const struct agent_said *
agent_said_in(enum bh_language language)
{
	for (size_t i = 0; i < agent_said_n; i++) {
		if (strcmp(agent_said_rows[i].code, bh_tell_code(language)) == 0)
			return &agent_said_rows[i];
	}
	return &agent_said_rows[0];
}
