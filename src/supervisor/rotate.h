/* SPDX-License-Identifier: Apache-2.0 */
/* rotate.h: rotates the files in home/logs that others append to. */
#ifndef BH_SUPERVISOR_ROTATE_H
#define BH_SUPERVISOR_ROTATE_H

#include <stdint.h>

struct supervisor;

/* Looks at every such file, about once a second: the gateway's log, the audit files, our own log. A
 * writer continues in the rotated file until it has opened the new one, so that no line is lost: nginx
 * gets a signal, services follow the name (service/audit.h), we reopen ours. */
void supervisor_rotate(struct supervisor *supervisor, int64_t now_ms);

#endif
