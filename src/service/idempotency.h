/* SPDX-License-Identifier: Apache-2.0 */
/* idempotency.h: a request with an Idempotency-Key from its row to its kept answer. Only src/service
 * includes it; what handlers may say is in request.h. See docs/idempotency.md. */
#ifndef BH_SERVICE_IDEMPOTENCY_H
#define BH_SERVICE_IDEMPOTENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "sec/digest.h"
#include "service/idempotency_sql.h"

struct bh_answer;
struct bh_request;
struct bh_runtime;

#define BH_IDEMPOTENCY_HEADER "Idempotency-Key"
#define BH_IDEMPOTENCY_BODY_MAX 1048576 /* larger answers are not kept */
/* Maximum size of one tenant's keys in a service's table; beyond it, the oldest responses are removed
 * first, then the oldest keys. */
#define BH_IDEMPOTENCY_BYTES_MAX ((int64_t)256 * BH_MIB)
#define BH_IDEMPOTENCY_ROWS_MAX 100000
#define BH_IDEMPOTENCY_KEEP_MS 86400000 /* how long a key stands for its request */
#define BH_IDEMPOTENCY_LEASE_MS 12000   /* a process without renewal for this time counts as dead */
#define BH_IDEMPOTENCY_BEAT_MS 3000

/* What names a request, and what it says: keyed hashes, so that neither a key nor a guessed body can
 * be read off the table. */
struct bh_idempotency_mark {
	struct bh_digest key;
	struct bh_digest fingerprint;
};

/* One request with a key. Lies in the request's arena. */
struct bh_idempotency {
	struct bh_idempotency_mark mark;
	struct bh_uuid attempt;
	struct bh_uuid object; /* what an earlier request with this key has made; zero: nothing */
	bool running;          /* in the runtime's list: its lease is moved on */
	bool ours;             /* the row is this attempt's: its outcome is still to be written */
	bool bound;            /* answered from the object that it made: nothing else is kept */
	bool released;         /* the handler said: nothing to keep */
	bool unbound;          /* nor what it was bound to */
	struct bh_uuid tenant;
	struct bh_idempotency *next, **link;
};

/* ---- idempotency_mark.c ---- */

/* BH_E_INVALID (with the name of the header) for an invalid key, BH_E_IO. */
BH_MUST_CHECK int bh_idempotency_mark(struct bh_request *req, const char *sent,
	struct bh_idempotency_mark *out);
/* The key's half of it, which the head alone says. */
BH_MUST_CHECK int bh_idempotency_mark_key(struct bh_request *req, const char *sent,
	struct bh_digest *out);

/* ---- idempotency_store.c: a function per statement ---- */

enum bh_idempotency_state { BH_IDEMPOTENCY_RUNNING, BH_IDEMPOTENCY_DONE, BH_IDEMPOTENCY_UNKNOWN };

/* A row as found. Text and bytes lie in the handle's arena. */
struct bh_idempotency_row {
	struct bh_digest fingerprint;
	enum bh_idempotency_state state;
	bool over;             /* its lease */
	struct bh_uuid object; /* zero: none */
	int64_t status;
	const char *content_type; /* NULL: none */
	struct bh_bytes body;     /* data NULL: not kept */
	const char *request_id;
};

/* What is kept of an answer. */
struct bh_idempotency_reply {
	int status;
	const char *content_type; /* NULL: none */
	const void *body;         /* NULL: too large */
	size_t len;
};

/* Takes the key for this attempt unless a row that has not expired holds it. */
BH_MUST_CHECK int bh_idempotency_store_begin(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency,
	const char *request_id, bool *out_taken);
BH_MUST_CHECK int bh_idempotency_store_find(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency,
	struct bh_idempotency_row *out, bool *out_found);
/* A running row past its lease becomes unknown. */
BH_MUST_CHECK int bh_idempotency_store_lose(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency);
/* These three end an attempt; they pass over a row whose object was bound. */
BH_MUST_CHECK int bh_idempotency_store_keep(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency,
	const struct bh_idempotency_reply *reply);
BH_MUST_CHECK int bh_idempotency_store_doubt(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency);
BH_MUST_CHECK int bh_idempotency_store_release(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency);
/* The same of one that was bound to an object. */
BH_MUST_CHECK int bh_idempotency_store_unbind(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency);
BH_MUST_CHECK int bh_idempotency_store_extend(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency);
/* BH_E_LOST when the row is no longer this attempt's. */
BH_MUST_CHECK int bh_idempotency_store_bind(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, const struct bh_idempotency *idempotency,
	const struct bh_uuid *object);
/* Removes a few rows of the tenant that have expired. */
BH_MUST_CHECK int bh_idempotency_store_sweep(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql);
/* Drops the tenant's oldest kept answers until all of them have `bytes_max` bytes at most, and its
 * oldest keys, except those in use, until there are `rows_max`. Reads all of the tenant's rows: now and
 * then. */
BH_MUST_CHECK int bh_idempotency_store_trim(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_idempotency_sql *sql, int64_t bytes_max, int64_t rows_max);

/* ---- idempotency.c ---- */

/* Before the handler. False: the request repeats another one and is answered. */
bool bh_idempotency_begin(struct bh_request *req);

/* By the head alone: whether an earlier request had this one's key. What refuses new things by the head
 * lets it through, to be answered as that one was. */
BH_MUST_CHECK int bh_idempotency_known(struct bh_request *req, bool *out_known);

/* Before the answer is sent: keeps it, or frees the key; a stream becomes one whose bytes are kept when
 * it ends whole. Nothing for requests without a key. */
void bh_idempotency_end(struct bh_request *req, struct bh_answer *answer);

/* The skeleton's worker: moves the leases of what runs here. */
void bh_idempotency_beat(struct bh_runtime *runtime, void *service);

#endif
