/* SPDX-License-Identifier: Apache-2.0 */
/* probe.h: asks a starting process whether it is ready, without ever blocking the supervisor. */
#ifndef BH_SUPERVISOR_PROBE_H
#define BH_SUPERVISOR_PROBE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/macros.h"
#include "supervisor/table.h"

enum supervisor_probe_answer {
	SUPERVISOR_PROBE_PENDING,
	SUPERVISOR_PROBE_NOT_YET,
	SUPERVISOR_PROBE_YES
};

/* A question in flight. With `open` false it holds nothing. */
struct supervisor_probe {
	int fd; /* owned while open */
	bool open;
	int64_t until_ms;
	int64_t next_ms; /* when to ask again */
	pid_t only;      /* the process that is asked, whoever else may listen; 0: whoever does */
};

/* Connects and sends. NOT_YET when nobody listens. */
enum supervisor_probe_answer supervisor_probe_ask(struct supervisor_probe *probe,
	const struct supervisor_row *row, const char *socket_path, int64_t now_ms);

/* Reads the answer if it is there. */
enum supervisor_probe_answer supervisor_probe_read(struct supervisor_probe *probe,
	const struct supervisor_row *row, int64_t now_ms);

/* What is asked for stays. Safe on a zeroed probe, and twice. */
void supervisor_probe_close(struct supervisor_probe *probe);

#endif
