/* SPDX-License-Identifier: Apache-2.0 */
/* simulated_money.h: how the simulated books move the money of one tenant whose row is locked. For simulated_books.c
 * alone. */
#ifndef BH_METER_SIMULATED_MONEY_H
#define BH_METER_SIMULATED_MONEY_H

#include "meter/simulated_books.h"
#include "meter/slot.h"

/* meter_lock: the row is there, and all owners' windows are those of now. */
struct sim_tenant *sim_money_lock(size_t number);

/* What the act's reservation holds, or was charged, goes back to the funds. */
void sim_money_return(struct sim_tenant *tenant, const struct sim_act *act);
/* What funds have again pays what is owed. */
void sim_money_repay(size_t number);

/* Draws what the act used, or `holds` it: included units, then credits for `need`. Returns what its units cost
 * with those that are included; *need becomes what no credit covers. */
int64_t sim_money_draw(struct sim_tenant *tenant, const int64_t prices[METER_LINES],
	int64_t q[METER_LINES], bool holds, bool on_credit, int64_t drawn[SIM_FUNDS], int64_t *need);

/* Takes the act's reservation away. */
void sim_money_give_back(struct sim_tenant *tenant, struct sim_act *act);
void sim_money_spend(struct sim_tenant *tenant, unsigned owners, int64_t nanos);
/* What it reserved is spent, unless it has settled: then it only goes. */
void sim_money_charge(struct sim_tenant *tenant, struct sim_act *act, bool settled);

#endif
