/* SPDX-License-Identifier: Apache-2.0 */
/* reserve.h: reservations. Those of one tenant that wait at the same moment are made by one
 * statement: a row's lock would let them through one by one all the same, each with its own round
 * trip. */
#ifndef BH_METER_RESERVE_H
#define BH_METER_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "meter/books.h"

struct meter_reassert;
struct meter_reserve;

/* `reassert` is borrowed and outlives it. */
BH_MUST_CHECK int meter_reserve_open(struct meter_reassert *reassert, struct meter_reserve **out);
/* Safe on NULL. Nobody may be in meter_reserve_take. */
void meter_reserve_close(struct meter_reserve *reserve);

/* Sets aside what the act may come to, in all scopes, or learns which limit does not hold it: *out_refusal.
 * *out_looks: meter_reassert_looks when it was made. Errors are those of bh_db_exec; after one it is not
 * known whether the reservation stands. Safe from any thread. */
BH_MUST_CHECK int meter_reserve_take(struct meter_reserve *reserve, struct bh_db *db,
	const struct bh_uuid *tenant, const struct meter_wanted *want,
	struct meter_refusal *out_refusal, uint64_t *out_looks);

#endif
