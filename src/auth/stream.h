/* SPDX-License-Identifier: Apache-2.0 */
/* stream.h: audit events on their way to a tenant's webhook, in the order of its chain.
 *
 * The receiver gets each event at least once: the position moves when it has answered with 2xx, and sending goes on
 * from there after whatever happened. One that does not answer costs one of AUTH_STREAM_THREADS ten seconds at a
 * time, and after each failure waits longer. */
#ifndef AUTH_STREAM_H
#define AUTH_STREAM_H

#include <stdint.h>

#include "auth/auth.h"
#include "auth/store_audit.h"
#include "base/macros.h"
#include "db/db.h"
#include "service/webhook.h"

enum {
	AUTH_STREAM_BEAT_MS = 1000,
	AUTH_STREAM_THREADS = 4,
	AUTH_STREAM_EVENTS = 100,       /* of a request */
	AUTH_STREAM_BYTES = 256 * 1024, /* about */
	AUTH_STREAM_TURN_MS = 20000     /* then it is another tenant's turn */
};

struct auth_stream {
	const char *url; /* NULL: there is none */
	struct bh_bytes secret, previous;
	int64_t previous_until_ms;
	int64_t position, epoch, attempts;
	const char *error;
	int64_t next_ms, delivered_ms;
};

/* Zeroed where there is none. */
BH_MUST_CHECK int auth_store_stream_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_stream *out);
/* An address, and a secret for one that had none, which `sealed` is; *out_used: it was taken. A position below 0: it
 * stays, and of a new one is the chain's end. */
BH_MUST_CHECK int auth_store_stream_set(struct bh_db *db, const struct bh_uuid *tenant,
	const char *url, const struct bh_buf *sealed, int64_t position, bool *out_used);
/* BH_E_NOT_FOUND without one. */
BH_MUST_CHECK int auth_store_stream_rotate(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_buf *sealed, int64_t previous_until_ms);
BH_MUST_CHECK int auth_store_stream_remove(struct bh_db *db, const struct bh_uuid *tenant);

/* Whose events are to be sent now; zero: nobody's. `tenant` is the platform. */
BH_MUST_CHECK int auth_store_stream_claim(struct bh_db *db, const struct bh_uuid *tenant,
	struct bh_uuid *out);
/* Events from a position on. */
BH_MUST_CHECK int auth_store_stream_events(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t from, int64_t most, struct auth_audit_row **out, size_t *out_n);
/* All before the position was taken. BH_E_NOT_FOUND where another sends by now, or it was changed. */
BH_MUST_CHECK int auth_store_stream_taken(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t epoch, int64_t position);
/* It was not; or, with error NULL, it is the next one's turn. */
BH_MUST_CHECK int auth_store_stream_leave(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t epoch, const char *error, int64_t next_ms);

/* A request's body: the events, and the position behind them in *out_to. */
void auth_stream_body(const struct bh_uuid *tenant, int64_t from, const struct auth_audit_row *rows,
	size_t n, int64_t now_ms, struct bh_buf *out, int64_t *out_to);

/* A worker's turn: as long as somebody's events are to be sent. */
void auth_stream_run(struct bh_runtime *runtime, void *service);

#endif
