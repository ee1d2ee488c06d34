/* SPDX-License-Identifier: Apache-2.0 */
/* control.h: the socket by which the command line acts, for root and the supervisor's own user only. */
#ifndef BH_SUPERVISOR_CONTROL_H
#define BH_SUPERVISOR_CONTROL_H

#include "base/macros.h"

struct supervisor;
struct supervisor_control;

/* Serves control.sock from threads of its own:
 *     GET  /status            what `bulkhead status --json` prints
 *     POST /down              begins to stop
 *     POST /restart/NAME      restarts one process; answers when it is ready again
 *     POST /reload            has the gateway take over a new configuration
 *     any  /api/SERVICE/PATH  the same request to that service, as the operator who asks */
BH_MUST_CHECK int supervisor_control_open(struct supervisor *supervisor,
	struct supervisor_control **out);
void supervisor_control_close(struct supervisor_control *control); /* safe on NULL */

#endif
