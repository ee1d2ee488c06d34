/* SPDX-License-Identifier: Apache-2.0 */
/* watch.c: looks at a job whenever the bell rings, and several times a second in case another process has it. */
#include "multimodal/watch.h"

#include <poll.h>

#include "base/clock.h"
#include "base/error.h"
#include "multimodal/multimodal.h"
#include "queue/queue.h"
#include "service/request.h"

enum { LOOK_MS = 250, NOTE_MS = 1000 };

int
multimodal_watcher_note(struct multimodal_watcher *watcher)
{
	struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(watcher->multimodal->runtime), .arena = &arena};
	const struct bh_job_name name = {watcher->tenant, watcher->job};
	int64_t now_ms = bh_clock_steady_ms();
	int rc = 0;

	if (watcher->noted_ms != 0 && now_ms - watcher->noted_ms < NOTE_MS)
		return 0;
	watcher->noted_ms = now_ms;
	rc = bh_queue_note_watched(&db, MULTIMODAL_QUEUE, &name, 1);
	bh_arena_close(&arena);
	return rc;
}

int
multimodal_watcher_wait(struct multimodal_watcher *watcher, uint64_t count)
{
	struct pollfd client = {.fd = watcher->client_fd, .events = POLLRDHUP};
	int rc = multimodal_watcher_note(watcher);

	if (rc < 0)
		return rc;
	if (bh_runtime_draining(watcher->multimodal->runtime) &&
		bh_runtime_stopping(watcher->multimodal->runtime))
		return BH_E_STOPPING;
	if (poll(&client, 1, 0) > 0)
		return BH_E_GONE;
	bh_bell_wait(&watcher->multimodal->bell, count, LOOK_MS);
	return 0;
}

int
multimodal_watch(struct bh_request *req, const struct bh_uuid *id, struct multimodal_job *out)
{
	struct multimodal *multimodal = req->service;
	struct multimodal_watcher watcher = {.multimodal = multimodal,
		.tenant = req->tenant,
		.client_fd = bh_http_client_fd(req->http)};
	int rc = 0;

	while (rc == 0) {
		struct bh_arena arena = {0};
		struct bh_db db = {.pool = req->db->pool, .arena = &arena, .context = req->tenant};
		uint64_t count = bh_bell_count(&multimodal->bell);
		struct multimodal_job row = {0};

		/* What is looked at in vain is not kept. */
		rc = multimodal_store_job_get(&db, &req->tenant, id, &row);
		watcher.job = row.job;
		bh_arena_close(&arena);
		if (rc == 0 && row.completed_ms != 0)
			return multimodal_store_job_get(req->db, &req->tenant, id, out);
		if (rc == 0)
			rc = multimodal_watcher_wait(&watcher, count);
	}
	return rc == BH_E_STOPPING ? bh_error(BH_E_UNAVAILABLE, "the service is stopping") : rc;
}
