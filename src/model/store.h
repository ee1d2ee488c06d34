/* SPDX-License-Identifier: Apache-2.0 */
/* store.h: the model service's SQL, a function per statement. Tenant is always the second argument. */
#ifndef BH_MODEL_STORE_H
#define BH_MODEL_STORE_H

#include "meter/books.h"
#include "model/model.h"

/* store_model.c: models a tenant may use (its own and the platform's). */
BH_MUST_CHECK int model_store_model_find(struct bh_db *db, const struct bh_uuid *tenant,
	const char *name, struct model_entry *out);
BH_MUST_CHECK int model_store_model_default(struct bh_db *db, const struct bh_uuid *tenant,
	const char *kind, struct model_entry *out);
BH_MUST_CHECK int model_store_model_list(struct bh_db *db, const struct bh_uuid *tenant,
	struct model_entry **out, size_t *out_count);
/* Only the tenant's own. BH_E_EXISTS for a taken name; a managed model takes its place. */
BH_MUST_CHECK int model_store_model_add(struct bh_db *db, const struct bh_uuid *tenant,
	const struct model_entry *entry);
/* BH_E_STATE: "default" means it for everybody. BH_E_MODEL_NOT_FOUND. */
BH_MUST_CHECK int model_store_model_remove(struct bh_db *db, const struct bh_uuid *tenant,
	const char *name);
BH_MUST_CHECK int model_store_default_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct model_entry *entry);

/* store_price.c: what the price book of the model's owner, in whose context this runs, says of it now; nothing
 * known where it says nothing. */
/* The first of these items that the book has; none: zeroed. */
BH_MUST_CHECK int model_store_book_first(struct bh_db *db, const struct bh_uuid *tenant,
	const char *const *items, size_t n, struct model_book *out);
BH_MUST_CHECK int model_store_book_get(struct bh_db *db, const struct bh_uuid *tenant,
	const char *name, const char *upstream_name, struct model_book *out);

/* Those of all models of the tenant, in whose context this runs and of whom the book says something, by name. */
struct model_owned_book {
	const char *model;
	struct model_book book;
};
BH_MUST_CHECK int model_store_book_list(struct bh_db *db, const struct bh_uuid *tenant,
	struct model_owned_book **out, size_t *out_n);
/* Adds a version to it that is in force from now on, in nano-units per million: of input, and of what the output is
 * counted in ("output", "units"). None where the one in force says the same. Inside bh_tx_run. */
BH_MUST_CHECK int model_store_price_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const char *name, const char *output_unit, int64_t input, int64_t output);

/* store_charge.c: pictures of jobs, each of which is charged once, however often it is made. */

/* The call `act` has made the picture at that position of a job. *out_ours: it counts in that call, also when this is
 * said twice; false where an earlier call was charged. Durable. */
BH_MUST_CHECK int model_store_charge_put(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job, int64_t position, const struct bh_uuid *act, bool *out_ours);
/* Undoes it, where it is that call's: the picture was not made after all. */
BH_MUST_CHECK int model_store_charge_take_back(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job, int64_t position, const struct bh_uuid *act);
/* How many of the `n` pictures of a job from `first` on were charged. */
BH_MUST_CHECK int model_store_charge_count(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *job, int64_t first, int64_t n, int64_t *out);
/* How many pictures count in a call. */
BH_MUST_CHECK int model_store_charge_of(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *act, int64_t *out);

/* store_budget.c: what a tenant may use of models. */

struct model_limits {
	int64_t tokens_per_minute;                   /* 0: none */
	int64_t moderation_input, moderation_output; /* enum model_policy */
};
BH_MUST_CHECK int model_store_limits_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct model_limits *out);

/* With the tenant's monthly budget, which is one of the limits of src/meter. */
struct model_budget {
	struct model_limits limits;
	struct meter_standing month;
};
BH_MUST_CHECK int model_store_budget_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct model_budget *out);
/* Only what is marked changes, so that two changes at once both stand. */
struct model_limits_change {
	int64_t tokens_per_minute;
	int64_t budget_month; /* nano-units; below 0: none */
	bool tokens, budget;  /* which of them are meant */
};
BH_MUST_CHECK int model_store_limits_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct model_limits_change *change);

/* store_usage.c */

struct model_usage_row {
	const char *request_id, *kind, *model, *source, *status, *subject, *actor;
	struct bh_uuid id;
	int64_t created_ms, duration_ms, prompt_tokens, cached_tokens;
	int64_t completion_tokens; /* of a reranker, which has none, search units */
	int64_t cost;
	bool streamed, price_known;
};
/* Newest first; from the row after `before` on, when that is not zero. */
BH_MUST_CHECK int model_store_usage_list(struct bh_db *db, const struct bh_uuid *tenant,
	const char *request_id, const struct bh_uuid *before, int64_t limit,
	struct model_usage_row **out, size_t *out_count);

struct model_quarantine_row {
	const char *reason, *record; /* record: JSON */
	struct bh_uuid id;
	int64_t created_ms, cost;
};
/* Newest first. */
BH_MUST_CHECK int model_store_quarantine_list(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t limit, struct model_quarantine_row **out, size_t *out_count);
/* Events that lie in no month's partition: the others go with it. */
#define MODEL_STORE_MONTHLESS "AND t.tableoid = 'usage_event_default'::regclass"

/* A statement of service/retention.h for sums by day, which are as old as their day's end. */
#define MODEL_STORE_DAYS_REMOVE(table) \
	"WITH old AS MATERIALIZED (" \
	"	SELECT ctid FROM " table "	 WHERE tenant_id = $1" \
	"	   AND day < (now() - $2::bigint * interval '1 millisecond') - interval '1 day'" \
	"	 ORDER BY day LIMIT $3" \
	"), gone AS (" \
	"	DELETE FROM " table " WHERE tenant_id = $1 AND ctid IN (SELECT ctid FROM old)" \
	"	RETURNING tenant_id" \
	")" \
	" SELECT (SELECT count(*) FROM gone)," \
	"       (SELECT min(day) + interval '1 day' FROM " table "         WHERE tenant_id = $1" \
	"           AND day >= (now() - $2::bigint * interval '1 millisecond')" \
	"                      - interval '1 day')::timestamptz"

/* Another: owners in the books that have come to an end, which is looked at once a day. */
#define MODEL_STORE_OWNERS_DROP \
	"SELECT dropped, again_at FROM meter_owners_drop($1, $3) WHERE $2::bigint >= 0"

#endif
