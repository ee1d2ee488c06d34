/* SPDX-License-Identifier: Apache-2.0 */
/* syslog.h: audit events of all tenants on their way to the operator's syslog, each tenant's in the order of its chain.
 *
 * One process sends at a time (audit_syslog_sender), so that a tenant's events come over one connection in their order. A
 * connection is open for AUTH_SYSLOG_OPEN_MS or some bytes. Events are written at once; tenants take turns. Positions
 * move when the connection has been ended and the receiver has shown that it read everything (http/syslog.h). Until then
 * nothing is known of any of it: after a failure or a kill all that was sent over that connection is sent again. So each
 * event that retention has not removed comes at least once, and repeats begin at a position that came before. */
#ifndef AUTH_SYSLOG_H
#define AUTH_SYSLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/auth.h"
#include "auth/store_audit.h"
#include "base/buf.h"
#include "base/macros.h"
#include "db/db.h"

#define AUTH_WORKER_SYSLOG "audit-syslog"

enum {
	AUTH_SYSLOG_BEAT_MS = 1000,
	AUTH_SYSLOG_TENANTS = 16,             /* claimed at once */
	AUTH_SYSLOG_EVENTS = 100,             /* of a turn */
	AUTH_SYSLOG_TURN_BYTES = 64 * 1024,   /* about */
	AUTH_SYSLOG_OPEN_BYTES = 1024 * 1024, /* about: what is sent again at most */
	AUTH_SYSLOG_OPEN_MS = 15000,
	AUTH_SYSLOG_WRITE_MS = 20000,  /* of a turn */
	AUTH_SYSLOG_FINISH_MS = 30000, /* to read the rest */
	AUTH_SYSLOG_HOLD_MS = 60000    /* longer than a turn's writing, or the end */
};

/* What a process keeps of it. */
struct auth_syslog;

/* By the settings; NULL where none is set. BH_E_CONFIG. */
BH_MUST_CHECK int auth_syslog_open(const struct auth_conf *conf, struct auth_syslog **out);
void auth_syslog_close(struct auth_syslog *syslog); /* safe on NULL */

/* How it is. */
struct auth_syslog_state {
	int64_t behind;       /* events that the receiver has not read */
	int64_t failures;     /* in a row */
	const char *error;    /* NULL: it last went well */
	int64_t delivered_ms; /* wall clock; 0: never */
};

/* Whose turn it is. */
struct auth_syslog_turn {
	struct bh_uuid tenant;
	int64_t at;   /* the next to be sent */
	int64_t size; /* of the chain */
};

/* In all of these `tenant` is the platform, but for _sent. The epoch is that of _begin; 0: there is nothing to send, or
 * another sends, or it is to wait. */
BH_MUST_CHECK int auth_store_syslog_begin(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t hold_ms, int64_t *out_epoch);
/* Nobody else begins for that long. BH_E_NOT_FOUND where somebody has. */
BH_MUST_CHECK int auth_store_syslog_hold(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t epoch, int64_t hold_ms);
BH_MUST_CHECK int auth_store_syslog_claim(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t epoch, int64_t most, struct auth_syslog_turn **out, size_t *out_n);
/* All before the position was written. Nothing happens where the tenant is gone, or another sends. */
BH_MUST_CHECK int auth_store_syslog_sent(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t epoch, int64_t position);
/* The connection is closed, and all was read; or it is sent again, with error NULL at once. */
BH_MUST_CHECK int auth_store_syslog_end(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t epoch, bool read, const char *error);
/* Zeroed where nothing was sent yet. */
BH_MUST_CHECK int auth_store_syslog_state(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_syslog_state *out);

/* Frames of a turn, one at least if there are any rows: up to about `most` bytes; *out_to is the position behind them. */
void auth_syslog_frames(const struct auth_conf *conf, const char *host,
	const struct auth_audit_row *rows, size_t n, size_t most, struct bh_buf *out, int64_t *out_to);

/* The worker: as long as there is something to send. */
void auth_syslog_run(struct bh_runtime *runtime, void *service);

/* Lines of metrics. */
void auth_syslog_metrics(const struct auth_syslog_state *state, struct bh_buf *out);

#endif
