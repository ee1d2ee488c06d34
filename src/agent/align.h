/* align.h: a claim laid word by word on its source, to see what was put in place of what. */
#ifndef AGENT_ALIGN_H
#define AGENT_ALIGN_H

#include <stdbool.h>

#include "agent/contrast.h"

/* True when the claim follows the source's wording but has another number or name in a place, or a
 * "not" more or less. A claim in words of its own is not judged here: false. */
bool agent_align_differs(const struct agent_slice *claim, const struct agent_slice *source);

#endif
