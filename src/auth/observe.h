/* SPDX-License-Identifier: Apache-2.0 */
/* observe.h: what the database knows of the whole platform, as lines of auth's metrics: read at intervals, so that
 * who asks for them often costs the database nothing. No tenant is named. */
#ifndef AUTH_OBSERVE_H
#define AUTH_OBSERVE_H

#include <stddef.h>
#include <stdint.h>

#include "auth/store_platform.h"
#include "base/buf.h"
#include "base/macros.h"

struct bh_runtime;

enum { AUTH_OBSERVE_EVERY_MS = 15000 };

/* What was read last. Thread-safe. */
struct auth_observed;

BH_MUST_CHECK int auth_observed_open(struct auth_observed **out);
void auth_observed_close(struct auth_observed *observed);

/* The worker: reads everything again. */
void auth_observe_run(struct bh_runtime *runtime, void *service);

/* The service's own lines of /metrics. */
void auth_observe_metrics(const void *state, struct bh_buf *out);

/* Writes jobs and figures in Prometheus' text form; figures that are not known here are passed over.
 * `now_ms` is the wall clock. */
void auth_observe_write(const struct auth_jobs *jobs, size_t n_jobs,
	const struct auth_figure *figures, size_t n_figures, int64_t now_ms, struct bh_buf *out);

#endif
