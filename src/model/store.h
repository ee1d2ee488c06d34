/* SPDX-License-Identifier: Apache-2.0 */
/* store.h: the model service's SQL, a function per statement. Tenant is always the second argument. */
#ifndef BH_MODEL_STORE_H
#define BH_MODEL_STORE_H

#include "model/calls.h"
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

/* Sums of money stop here, below what overflows: a row that cannot be written would hold back others. */
#define MODEL_SPENT_MOST INT64_C(9000000000000000000)

/* store_budget.c */

/* Limits of a tenant that concern models. */
struct model_limits {
	int64_t tokens_per_minute; /* 0: none */
	bool has_budget;
	int64_t budget_month; /* nano-units; meaningful with has_budget */
};
BH_MUST_CHECK int model_store_limits_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct model_limits *out);
struct model_budget {
	struct model_limits limits;
	int64_t spent, reserved; /* nano-units of this month */
};
BH_MUST_CHECK int model_store_budget_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct model_budget *out);
/* Only what is marked changes, so that two changes at once both stand. */
struct model_limits_change {
	struct model_limits limits;
	bool tokens, budget; /* which of them are meant */
};
BH_MUST_CHECK int model_store_limits_set(struct bh_db *db, const struct bh_uuid *tenant,
	const struct model_limits_change *change);
/* Reserves for all these calls in one statement, or for none: *out_admitted false when spent + reserved
 * + sum > budget. If the budget was removed in the meantime, the call is admitted. `sum` is the sum of
 * `nanos`. The month is the database's in this and in all that follows. */
BH_MUST_CHECK int model_store_budget_reserve(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *calls, const int64_t *nanos, size_t count, int64_t sum,
	bool *out_admitted);
/* Puts a reservation back that a crash of the server lost. */
BH_MUST_CHECK int model_store_budget_reassert(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *call, int64_t nanos);
/* Says that these calls are in flight: their reservations do not expire. */
BH_MUST_CHECK int model_store_budget_renew(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *calls, size_t count);
/* Charges reservations of the tenant that were not renewed for `age_ms`, but for those of calls that are
 * `live`: their machine was lost, and the usage of the call cannot be determined any more; its
 * settlement, should it come after all, gives the charge back. Gives back those of calls that were
 * settled before. *out_expired is 1 if there was any, else 0. */
BH_MUST_CHECK int model_store_budget_expire(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t age_ms, const struct bh_uuid *live, size_t n_live, int64_t *out_expired);

/* store_usage.c: writes the rows of ended calls of one tenant and settles their reservations, in
 * one statement; rows already written change nothing. Durable after the next flush over the same
 * session. */
BH_MUST_CHECK int model_store_usage_settle(struct bh_db *db, const struct bh_uuid *tenant,
	struct model_slot *const *slots, size_t count);

/* Settles a call whose row the database refuses, and puts the row where it can be mended. `reason`:
 * what the database said. Durable after the next flush, as above. */
BH_MUST_CHECK int model_store_usage_quarantine(struct bh_db *db, const struct bh_uuid *tenant,
	const struct model_slot *slot, const char *reason);

/* Returns when all that was settled before over the same session is durable. */
BH_MUST_CHECK int model_store_usage_flush(struct bh_db *db);

struct model_usage_row {
	const char *request_id, *kind, *model, *source, *status, *subject, *actor;
	struct bh_uuid id;
	int64_t created_ms, duration_ms, prompt_tokens, cached_tokens, completion_tokens, cost;
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
/* Leaves the newest `most` rows. */
BH_MUST_CHECK int model_store_quarantine_trim(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t most, int64_t *out_dropped);

/* A statement of service/retention.h: a month's sums are as old as its end. */
#define MODEL_STORE_TOTAL_REMOVE \
	"WITH old AS MATERIALIZED (" \
	"	SELECT month, model_tenant_id, model_id FROM usage_total" \
	"	 WHERE tenant_id = $1" \
	"	   AND month < (now() - $2::bigint * interval '1 millisecond') - interval '1 month'" \
	"	 ORDER BY month LIMIT $3" \
	"), gone AS (" \
	"	DELETE FROM usage_total" \
	"	 WHERE tenant_id = $1" \
	"	   AND (month, model_tenant_id, model_id) IN (SELECT * FROM old)" \
	"	RETURNING tenant_id" \
	")" \
	" SELECT (SELECT count(*) FROM gone)," \
	"       (SELECT min(month) + interval '1 month' FROM usage_total" \
	"         WHERE tenant_id = $1" \
	"           AND month >= (now() - $2::bigint * interval '1 millisecond')" \
	"                        - interval '1 month')::timestamptz"

#endif
