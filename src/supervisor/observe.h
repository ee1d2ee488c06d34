/* SPDX-License-Identifier: Apache-2.0 */
/* observe.h: what only the supervisor knows, as metrics: processes, disk, memory, certificates. They lie in a file of
 * the run folder that the gateway shows among its own. */
#ifndef BH_SUPERVISOR_OBSERVE_H
#define BH_SUPERVISOR_OBSERVE_H

#include <stdint.h>

#include "base/buf.h"

struct supervisor;
struct supervisor_place;
struct bh_conf_value;

/* Writes run/supervisor.prom about twice a minute. The caller holds the lock. */
void supervisor_observe(struct supervisor *supervisor, int64_t now_ms);

/* Ends of the certificates that settings name: those whose names end with cert_file or ca_file. */
void supervisor_observe_certificates(const struct bh_conf_value *values, size_t n,
	struct bh_buf *out);

#endif
