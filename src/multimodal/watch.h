/* SPDX-License-Identifier: Apache-2.0 */
/* watch.h: waiting for a job, so that it is known that somebody does. */
#ifndef BH_MULTIMODAL_WATCH_H
#define BH_MULTIMODAL_WATCH_H

#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "multimodal/store.h"

struct bh_request;
struct multimodal;

/* One who waits. Lies with the waiting one; noted_ms zeroed at first. */
struct multimodal_watcher {
	struct multimodal *multimodal; /* borrowed */
	struct bh_uuid tenant, job;    /* the job in the queue */
	int client_fd;
	int64_t noted_ms;
};

/* Says that somebody waits, once a second however often it is called. */
BH_MUST_CHECK int multimodal_watcher_note(struct multimodal_watcher *watcher);

/* Says that somebody waits, and waits for news or a moment. BH_E_GONE, BH_E_STOPPING. */
BH_MUST_CHECK int multimodal_watcher_wait(struct multimodal_watcher *watcher, uint64_t count);

/* Until the job is over. BH_E_GONE, BH_E_UNAVAILABLE when the service stops. */
BH_MUST_CHECK int multimodal_watch(struct bh_request *req, const struct bh_uuid *id,
	struct multimodal_job *out);

#endif
