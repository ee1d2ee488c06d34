/* SPDX-License-Identifier: Apache-2.0 */
/* events.c: hands out the bytes of an event stream that waits for news. */
#include "service/events.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

enum { ALIVE_MS = 15000 };

void
bh_events_init(struct bh_events *events, const struct bh_request *req)
{
	*events = (struct bh_events){.sent_ms = bh_clock_steady_ms()};
	memcpy(events->request_id, req->request_id,
		strnlen(req->request_id, sizeof(events->request_id) - 1));
}

void
bh_events_stay(struct bh_events *events)
{
	if (bh_clock_steady_ms() - events->sent_ms >= ALIVE_MS)
		bh_buf_text(&events->pending, ": keep-alive\n\n");
}

ssize_t
bh_events_give(struct bh_events *events, int rc, char *out, size_t size)
{
	size_t len;

	if (rc < 0 && events->pending.len == 0) {
		if (rc != BH_E_GONE && rc != BH_E_STOPPING)
			bh_log_failure("stream", rc);
		return -1;
	}
	len = events->pending.len < size ? events->pending.len : size;
	if (len > 0)
		memcpy(out, events->pending.data, len);
	bh_buf_shift(&events->pending, len);
	events->sent_ms = bh_clock_steady_ms();
	return (ssize_t)len;
}

void
bh_events_close(struct bh_events *events)
{
	bh_buf_close(&events->pending);
}
