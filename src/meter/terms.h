/* SPDX-License-Identifier: Apache-2.0 */
/* terms.h: what of a tenant's limits and plan a service keeps at hand: whether an act needs a reservation, and
 * what the plan charges. An answer is at most a second old. */
#ifndef BH_METER_TERMS_H
#define BH_METER_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "meter/books.h"
#include "meter/slot.h"

struct meter_terms_cache;

/* A tenant's, in the arena of whoever asked. */
struct meter_terms {
	bool binds_all; /* an act of whoever it is needs a reservation */
	const struct bh_uuid *owners;
	size_t n_owners; /* those of these do */
	const struct meter_rate *rates;
	size_t n_rates;
};

BH_MUST_CHECK int meter_terms_open(struct meter_terms_cache **out);
/* Safe on NULL. */
void meter_terms_close(struct meter_terms_cache *cache);

/* steady_ms: the steady clock. Safe from any thread. */
BH_MUST_CHECK int meter_terms_get(struct meter_terms_cache *cache, struct bh_db *db,
	const struct bh_uuid *tenant, int64_t steady_ms, struct meter_terms *out);

/* Drops what is known of the tenant, after a change by this process. */
void meter_terms_forget(struct meter_terms_cache *cache, const struct bh_uuid *tenant);

/* Whether the slot's act, whose owners are in it, needs a reservation. */
bool meter_terms_bind(const struct meter_terms *terms, const struct meter_slot *slot);

/* Puts the plan's rates for this kind of act in the place of prices. The version is that of the plan, 0 if
 * none was put. */
int64_t meter_terms_rate(const struct meter_terms *terms, enum meter_kind kind,
	int64_t prices[METER_LINES], bool rated[METER_LINES]);

#endif
