/* SPDX-License-Identifier: Apache-2.0 */
/* books.h: the SQL of the books, a function per statement; all but what only reads calls a function of the
 * database's owner (db/migrations/0101-meter-books.sql), for no service may write the books otherwise. Each of
 * them takes the tenant's row first: what is done to a tenant's books is done one after the other. */
#ifndef BH_METER_BOOKS_H
#define BH_METER_BOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "meter/slot.h"
#include "meter/wanted.h"

/* Sums of money stop here, below what overflows: an event that cannot be written would hold back others. */
#define METER_SPENT_MOST INT64_C(9000000000000000000)

/* No act has more of a line than this; what is told beyond it is counted as this. */
#define METER_QUANTITY_MOST INT64_C(1000000000000000)

/* Whose limit it is. */
enum meter_scope { METER_TENANT, METER_TEAM, METER_USER, METER_KEY };

/* Which of its limits an act does not fit. */
enum meter_span {
	METER_ADMITTED, /* none */
	METER_DAY,
	METER_MONTH,
	METER_TOTAL,
	METER_BALANCE, /* credits do not cover it */
	METER_PRICE    /* there is a limit, and the act has no price */
};

struct meter_refusal {
	enum meter_span span;
	enum meter_scope scope;
	struct bh_uuid owner;
	int64_t limit; /* nano-units: of day, month, total; what is left of a balance */
};

/* Reserves for all these acts in all scopes, or for none: *out tells of the first limit that does not hold
 * them. Commits asynchronously. BH_E_CONFLICT: one of them has a reservation. The day is the database's in
 * this and in all that follows. */
BH_MUST_CHECK int meter_books_reserve(struct bh_db *db, const struct bh_uuid *tenant,
	const struct meter_wanted *acts, size_t count, struct meter_refusal *out);

/* Puts reservations back that a crash of the server lost: nothing refuses, and what stands or was settled is
 * left as it is. */
BH_MUST_CHECK int meter_books_reassert(struct bh_db *db, const struct bh_uuid *tenant,
	const struct meter_wanted *acts, size_t count);

/* Says that these acts are in flight: their reservations do not expire. */
BH_MUST_CHECK int meter_books_renew(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *acts, size_t count);

/* Charges reservations of the tenant that were not renewed for `age_ms`, or whose process was not seen for
 * `dead_ms` (0: none is looked at), but for those of acts that are `live`: their machine was lost, and what the
 * act used cannot be told any more; its settlement, should it come after all, gives the charge back. Gives back
 * those of acts that were settled before. *out_expired is how many there were. */
BH_MUST_CHECK int meter_books_expire(struct bh_db *db, const struct bh_uuid *tenant, int64_t age_ms,
	int64_t dead_ms, const struct bh_uuid *live, size_t n_live, int64_t *out_expired);

/* The first `most` tenants of which a process that was not seen for `dead_ms` holds reservations. Without a
 * context. */
BH_MUST_CHECK int meter_books_dead(struct bh_db *db, int64_t dead_ms, int64_t most,
	struct bh_uuid **out, size_t *out_count);

/* Writes the events of ended acts of one tenant and settles their reservations; acts that have an event or
 * lie in quarantine change nothing but that their reservation goes. Durable after the next flush over the
 * same session. */
BH_MUST_CHECK int meter_books_settle(struct bh_db *db, const struct bh_uuid *tenant,
	struct meter_slot *const *slots, size_t count);

/* Settles an act whose event the database refuses, and puts the event where it can be mended. `reason`:
 * what the database said. Durable after the next flush, as above. */
BH_MUST_CHECK int meter_books_quarantine(struct bh_db *db, const struct bh_uuid *tenant,
	struct meter_slot *slot, const char *reason);

/* Leaves the newest `most` events in quarantine. */
BH_MUST_CHECK int meter_books_trim(struct bh_db *db, const struct bh_uuid *tenant, int64_t most,
	int64_t *out_dropped);

/* Returns when all that was settled before over the same session is durable. */
BH_MUST_CHECK int meter_books_flush(struct bh_db *db);

/* What decides whether an act of the tenant needs a reservation. */
struct meter_books_terms {
	bool is_limited;  /* the tenant has a limit of its own, or is prepaid */
	int64_t n_owners; /* that have a limit besides it */
	int64_t n_rates;  /* of its plan */
};
BH_MUST_CHECK int meter_books_terms(struct bh_db *db, const struct bh_uuid *tenant,
	struct meter_books_terms *out);

/* The first `most` of those owners. */
BH_MUST_CHECK int meter_books_owners(struct bh_db *db, const struct bh_uuid *tenant, int64_t most,
	struct bh_uuid **out, size_t *out_count);

/* What the tenant's plan charges for a meter in the place of a price. */
struct meter_rate {
	int64_t meter, version, nanos;
};
BH_MUST_CHECK int meter_books_rates(struct bh_db *db, const struct bh_uuid *tenant,
	struct meter_rate **out, size_t *out_count);

/* Limits of an owner; what is not set stays as it is. */
struct meter_limit {
	bool sets_day, sets_month, sets_total;
	bool has_day, has_month, has_total;
	int64_t day, month, total;
};
BH_MUST_CHECK int meter_books_limit(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *owner, enum meter_scope scope, const struct meter_limit *limit);

/* Where an owner stands this month. */
struct meter_standing {
	bool has_month;
	int64_t month_limit, month_spent, reserved; /* nano-units */
};
BH_MUST_CHECK int meter_books_standing(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *owner, struct meter_standing *out);

/* Makes the partitions of usage_event for this month and the next two, where they are not there. */
BH_MUST_CHECK int meter_books_months_open(struct bh_db *db, int64_t *out_made);

/* Drops those whose events are all older than keep_ms. */
BH_MUST_CHECK int meter_books_months_drop(struct bh_db *db, int64_t keep_ms, int64_t *out_dropped);

#endif
