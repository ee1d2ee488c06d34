/* SPDX-License-Identifier: Apache-2.0 */
/* handover.h: the supervisor's program is replaced while its children go on: the new one is executed in the same process,
 * and is told in a memory file whom it supervises. */
#ifndef BH_SUPERVISOR_HANDOVER_H
#define BH_SUPERVISOR_HANDOVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "supervisor/supervisor.h"

/* Names the memory file to the program that is executed: `bulkhead step adopt`. */
#define SUPERVISOR_HANDOVER_VARIABLE "BULKHEAD_HANDOVER_FD"

/* One process that was handed over. */
struct supervisor_handed {
	char name[32];
	bool leaves; /* its successor is there */
	struct supervisor_child child;
	long long restarts, ready_ms;
	int read_end, write_end; /* of its log */
};

struct supervisor_handover {
	int lock_fd;
	bool foreground;
	struct supervisor_handed list[SUPERVISOR_PROCESSES_MAX + SUPERVISOR_LEAVERS_MAX];
	size_t n;
};

/* Becomes the program at our path, if it takes our settings; where it does not, says so in upgrade_failed and
 * returns. It waits, by returning, while a successor is getting ready or a process is not. */
void supervisor_handover_try(struct supervisor *supervisor);

/* Reads what was handed over, and takes the secrets that running services know into the instance. BH_E_STATE for what
 * no supervisor wrote. Closes the descriptor. */
BH_MUST_CHECK int supervisor_handover_read(int fd, struct supervisor_instance *instance,
	struct supervisor_handover *out);

/* Puts the processes into the table; one that it does not have any more is asked to end. */
void supervisor_handover_adopt(struct supervisor *supervisor,
	const struct supervisor_handover *handover);

#endif
