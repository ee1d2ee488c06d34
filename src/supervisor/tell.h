/* SPDX-License-Identifier: Apache-2.0 */
/* tell.h: files in the run folder in which the service that issues tokens reads what only the supervisor knows: the
 * processes, and the settings of all of them. Each appears whole, and only that service's group may read it. */
#ifndef BH_SUPERVISOR_TELL_H
#define BH_SUPERVISOR_TELL_H

#include "base/macros.h"

struct supervisor;

/* Writes run/status.json where the state of a process has changed. The caller holds the lock. */
void supervisor_tell_status(struct supervisor *supervisor);

/* Writes run/settings.json: every effective value and where it came from, secrets redacted. */
BH_MUST_CHECK int supervisor_tell_settings(const struct supervisor *supervisor);

#endif
