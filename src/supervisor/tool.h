/* SPDX-License-Identifier: Apache-2.0 */
/* tool.h: runs another program to its end. */
#ifndef BH_SUPERVISOR_TOOL_H
#define BH_SUPERVISOR_TOOL_H

#include "base/macros.h"

/* Waits for it; its output goes where ours goes. BH_E_IO unless it ended with status 0. Only where
 * no other child is waited for: before the supervisor's loop, or in a step. */
BH_MUST_CHECK int supervisor_tool_run(char *const argv[], char *const environment[]);

#endif
