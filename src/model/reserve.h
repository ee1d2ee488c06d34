/* SPDX-License-Identifier: Apache-2.0 */
/* reserve.h: reservations on budgets. Those of one tenant that wait at the same moment are made by one
 * statement: a row's lock would let them through one by one all the same, each with its own round
 * trip. */
#ifndef BH_MODEL_RESERVE_H
#define BH_MODEL_RESERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

struct model_reassert;
struct model_reserve;

/* `reassert` is borrowed and outlives it. */
BH_MUST_CHECK int model_reserve_open(struct model_reassert *reassert, struct model_reserve **out);
/* Safe on NULL. Nobody may be in model_reserve_take. */
void model_reserve_close(struct model_reserve *reserve);

/* Reserves `nanos` of the tenant's budget for `call`, or learns that they do not fit: *out_admitted. If
 * the budget was removed in the meantime, the call is admitted. *out_looks: model_reassert_looks when it
 * was made. Errors are those of bh_db_exec; after one it is not known whether the reservation stands.
 * Safe from any thread. */
BH_MUST_CHECK int model_reserve_take(struct model_reserve *reserve, struct bh_db *db,
	const struct bh_uuid *tenant, const struct bh_uuid *call, int64_t nanos, bool *out_admitted,
	uint64_t *out_looks);

#endif
