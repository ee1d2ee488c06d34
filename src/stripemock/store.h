/* SPDX-License-Identifier: Apache-2.0 */
/* store.h: the rows of the mock's account. Texts of results lie in the handle's arena. */
#ifndef BH_STRIPEMOCK_STORE_H
#define BH_STRIPEMOCK_STORE_H

#include "db/db.h"

/* ---- store_account.c ---- */

struct stripemock_account {
	int64_t seq, objects;
};

/* Adds the account with its sealed keys, unless there is one. */
BH_MUST_CHECK int stripemock_store_account_add(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_bytes *keys);
BH_MUST_CHECK int stripemock_store_account_keys(struct bh_db *db, const struct bh_uuid *tenant,
	struct bh_bytes *out);
/* Locks the account until the end of the transaction. */
BH_MUST_CHECK int stripemock_store_account_lock(struct bh_db *db, const struct bh_uuid *tenant,
	struct stripemock_account *out);
BH_MUST_CHECK int stripemock_store_account_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripemock_account *account);

/* ---- store_object.c ---- */

struct stripemock_row {
	const char *id, *kind;
	int64_t seq;
	const char *customer; /* NULL: no customer's */
	const char *clock;    /* "": real time */
	int64_t created, due; /* due 0: nothing is */
	bool is_gone;
	const char *body;
};

/* Which objects of a kind. NULL and 0 do not narrow. */
struct stripemock_filter {
	const char *kind, *customer;
	const char *members; /* JSON that the body contains */
	int64_t created_least, created_most;
	int64_t after, before; /* seq of the cursor's object */
	int64_t limit;
};

BH_MUST_CHECK int stripemock_store_object_find(struct bh_db *db, const struct bh_uuid *tenant,
	const char *id, struct stripemock_row *out, bool *out_found);
BH_MUST_CHECK int stripemock_store_object_put(struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripemock_row *row);
BH_MUST_CHECK int stripemock_store_object_remove(struct bh_db *db, const struct bh_uuid *tenant,
	const char *id);
/* The newest first; with `before` the oldest first. */
BH_MUST_CHECK int stripemock_store_object_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripemock_filter *filter, struct stripemock_row **out, size_t *out_n);
/* That of a clock which is due first, at `most` or before. */
BH_MUST_CHECK int stripemock_store_object_due(struct bh_db *db, const struct bh_uuid *tenant,
	const char *clock, int64_t most, struct stripemock_row *out, bool *out_found);

struct stripemock_count {
	const char *kind;
	int64_t n;
};
BH_MUST_CHECK int stripemock_store_object_count(struct bh_db *db, const struct bh_uuid *tenant,
	struct stripemock_count **out, size_t *out_n);

/* ---- store_event.c ---- */

struct stripemock_event_row {
	const char *id, *type;
	int64_t seq, created;
	const char *body;
	int64_t pending; /* webhooks that are still to be sent */
};

BH_MUST_CHECK int stripemock_store_event_add(struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripemock_event_row *event);
BH_MUST_CHECK int stripemock_store_event_find(struct bh_db *db, const struct bh_uuid *tenant,
	const char *id, struct stripemock_event_row *out, bool *out_found);
/* Of these types (a JSON array of texts; NULL: all). */
BH_MUST_CHECK int stripemock_store_event_list(struct bh_db *db, const struct bh_uuid *tenant,
	const char *types, const struct stripemock_filter *filter, struct stripemock_event_row **out,
	size_t *out_n);

struct stripemock_delivery {
	const char *event, *type, *body;
	int64_t seq;
	const char *endpoint;
	const char *endpoint_body;
	int64_t attempts;
};

BH_MUST_CHECK int stripemock_store_delivery_add(struct bh_db *db, const struct bh_uuid *tenant,
	const char *event, const char *endpoint, int64_t delay_ms);
/* Those that are due, in the order of their events. */
BH_MUST_CHECK int stripemock_store_delivery_due(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t limit, struct stripemock_delivery **out, size_t *out_n);
BH_MUST_CHECK int stripemock_store_delivery_end(struct bh_db *db, const struct bh_uuid *tenant,
	const char *event, const char *endpoint);
BH_MUST_CHECK int stripemock_store_delivery_retry(struct bh_db *db, const struct bh_uuid *tenant,
	const char *event, const char *endpoint, int64_t status, int64_t wait_ms);

/* ---- store_meter.c ---- */

struct stripemock_usage {
	const char *meter, *customer, *identifier;
	int64_t happened, value;
};

/* *out_added is false when there was one with this identifier within a day. */
BH_MUST_CHECK int stripemock_store_usage_add(struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripemock_usage *usage, bool *out_added);
/* *out_found is false when there is none of the last day. */
BH_MUST_CHECK int stripemock_store_usage_cancel(struct bh_db *db, const struct bh_uuid *tenant,
	const char *meter, const char *identifier, bool *out_found);
struct stripemock_usage_sum {
	int64_t start, sum, count, last;
};
/* Sums of usage from `start` until before `end`, cut into pieces of `step` seconds. */
BH_MUST_CHECK int stripemock_store_usage_sums(struct bh_db *db, const struct bh_uuid *tenant,
	const struct stripemock_usage *of, int64_t start, int64_t end, int64_t step,
	struct stripemock_usage_sum **out, size_t *out_n);
/* Only one call at a time may report for a customer and meter: false while another one does. Until the end
 * of the transaction. */
BH_MUST_CHECK int stripemock_store_usage_lock(struct bh_db *db, const struct bh_uuid *tenant,
	const char *meter, const char *customer, bool *out_locked);

/* ---- store_answer.c ---- */

struct stripemock_answer {
	struct bh_bytes fingerprint;
	const char *request_id;
	int64_t status;
	const char *body;
};

/* Takes the key for this transaction; *out_taken is false when an earlier call has it, which is read into
 * *out. */
BH_MUST_CHECK int stripemock_store_answer_begin(struct bh_db *db, const struct bh_uuid *tenant,
	const char *key, const struct bh_digest *fingerprint, const char *request_id,
	struct stripemock_answer *out, bool *out_taken);
BH_MUST_CHECK int stripemock_store_answer_keep(struct bh_db *db, const struct bh_uuid *tenant,
	const char *key, int64_t status, const char *body);

#endif
