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

struct model_reserve;

BH_MUST_CHECK int model_reserve_open(struct model_reserve **out);
/* Safe on NULL. Nobody may be in model_reserve_take. */
void model_reserve_close(struct model_reserve *reserve);

/* Reserves `nanos` of the tenant's budget for `call`, or learns that they do not fit: *out_admitted. A
 * budget that was taken away meanwhile admits. `month` is "2026-11-01". Errors are those of
 * bh_db_exec; after one it is not known whether the reservation stands. Safe from any thread. */
BH_MUST_CHECK int model_reserve_take(struct model_reserve *reserve, struct bh_db *db,
	const struct bh_uuid *tenant, const struct bh_uuid *call, int64_t nanos, const char *month,
	bool *out_admitted);

#endif
