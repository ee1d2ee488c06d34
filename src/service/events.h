/* SPDX-License-Identifier: Apache-2.0 */
/* events.h: what event streams share that wait for news: bytes on their way, and a sign of life while there are none. */
#ifndef BH_SERVICE_EVENTS_H
#define BH_SERVICE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/uuid.h"
#include "service/request.h"

struct bh_events {
	struct bh_buf pending; /* owned: bytes on their way */
	bool over;             /* the last event is among them, or was sent */
	int64_t sent_ms;       /* steady clock */
	char request_id[BH_UUID_HEX];
};

void bh_events_init(struct bh_events *events, const struct bh_request *req);
/* Adds a comment where nothing has been sent for long: it keeps idle connections open. */
void bh_events_stay(struct bh_events *events);
/* A stream's next(): what is pending, up to `size` bytes. `rc` ends the stream when it is negative and nothing is
 * pending; it is logged unless the client has left (BH_E_GONE) or the service stops (BH_E_STOPPING). */
ssize_t bh_events_give(struct bh_events *events, int rc, char *out, size_t size);
void bh_events_close(struct bh_events *events);

#endif
