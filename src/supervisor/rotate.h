/* SPDX-License-Identifier: Apache-2.0 */
/* rotate.h: rotates the files in home/logs that others append to. */
#ifndef BH_SUPERVISOR_ROTATE_H
#define BH_SUPERVISOR_ROTATE_H

#include <stdbool.h>
#include <stdint.h>

struct supervisor;

#define SUPERVISOR_ROTATE_ALL INT64_MAX /* as `keep`: none is removed */

/* PATH becomes PATH.1, PATH.1 becomes PATH.2 and so on; `keep` of them stay, older ones are removed.
 * False when PATH could not be renamed: nothing is lost by that. */
bool supervisor_rotate_aside(const char *path, int64_t keep);

/* The same for a regular file of at least bytes_max; false when it is smaller or missing. */
bool supervisor_rotate_grown(const char *path, int64_t bytes_max, int64_t keep);

/* Looks at every such file, about once a second: the gateway's log, the audit files, our own log. A
 * writer continues in the rotated file until it has opened the new one, so that no line is lost: nginx
 * gets a signal, services follow the name (service/audit.h), we reopen ours. */
void supervisor_rotate(struct supervisor *supervisor, int64_t now_ms);

#endif
