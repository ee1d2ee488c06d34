/* SPDX-License-Identifier: Apache-2.0 */
/* simulated_money.c: see the header. */
#include "meter/simulated_money.h"

#include "meter/price.h"
#include "meter/simulated_server.h"

static int64_t
today(int64_t counted)
{
	int64_t day = sim_books_now() / SIM_DAY_MS;

	return counted > day + 1 ? day : counted > day ? counted : day;
}

static int64_t
month_sum(const struct sim_owner *owner, int64_t day)
{
	int64_t first = day / SIM_MONTH_DAYS * SIM_MONTH_DAYS, sum = 0;

	for (int64_t i = first; i < first + SIM_MONTH_DAYS; i++)
		sum += owner->days[i];
	return sum;
}

struct sim_tenant *
sim_money_lock(size_t number)
{
	struct sim_tenant *tenant = &sim_server_books()->tenants[number];
	int64_t day = tenant->has_row ? today(tenant->day) : today(-1);

	if (tenant->has_row && tenant->day == day)
		return tenant;
	tenant->has_row = true;
	tenant->day = day;
	for (size_t i = 0; i < SIM_OWNERS; i++) {
		tenant->owners[i].spent[SIM_DAY] = tenant->owners[i].days[day];
		tenant->owners[i].spent[SIM_MONTH] = month_sum(&tenant->owners[i], day);
	}
	return tenant;
}

static int64_t
at_least_zero(int64_t nanos)
{
	return nanos > 0 ? nanos : 0;
}

static int64_t
lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void
sim_money_return(struct sim_tenant *tenant, const struct sim_act *act)
{
	for (size_t f = 0; f < tenant->n_funds; f++) {
		struct sim_fund *fund = &tenant->funds[f];

		if (act->reservation == SIM_HELD)
			fund->held = at_least_zero(fund->held - act->held[f]);
		if (act->reservation == SIM_CHARGED)
			fund->remains = lesser(fund->amount, fund->remains + act->held[f]);
	}
}

void
sim_money_repay(size_t number)
{
	struct sim_tenant *tenant = &sim_server_books()->tenants[number];

	for (size_t f = 0; f < tenant->n_funds && tenant->owed > 0; f++) {
		struct sim_fund *fund = &tenant->funds[f];
		int64_t take = lesser(tenant->owed, fund->remains - fund->held);

		if (fund->line >= 0 || fund->ends_ms <= sim_books_now() || take <= 0)
			continue;
		fund->remains -= take;
		tenant->owed -= take;
		tenant->repaid += take;
		sim_server_books()->repaid[number][f] += take;
	}
}

int64_t
sim_money_draw(struct sim_tenant *tenant, const int64_t prices[METER_LINES], int64_t q[METER_LINES],
	bool holds, bool on_credit, int64_t drawn[SIM_FUNDS], int64_t *need)
{
	int64_t cost;

	for (int money = 0; money < 2; money++) {
		if (money)
			*need = meter_cost(prices, q);
		for (size_t f = 0; f < tenant->n_funds; f++) {
			struct sim_fund *fund = &tenant->funds[f];
			int64_t *wanted = money ? need : &q[fund->line < 0 ? 0 : fund->line];
			int64_t take = lesser(*wanted, fund->remains - fund->held);

			if ((fund->line < 0) != money || fund->ends_ms <= sim_books_now() || take <= 0 ||
				(money && !on_credit))
				continue;
			*wanted -= take;
			if (holds)
				fund->held += take;
			else
				fund->remains -= take;
			drawn[f] += take;
		}
		if (!money)
			cost = meter_cost(prices, q);
	}
	return cost;
}

void
sim_money_give_back(struct sim_tenant *tenant, struct sim_act *act)
{
	for (size_t i = 0; i < SIM_OWNERS; i++) {
		struct sim_owner *owner = &tenant->owners[i];

		if (!(act->owners & 1u << i) || act->reservation == SIM_NONE)
			continue;
		if (act->reservation == SIM_HELD) {
			owner->reserved = at_least_zero(owner->reserved - act->nanos);
			continue;
		}
		owner->days[act->expired_day] -= act->nanos;
		owner->spent[SIM_TOTAL] -= act->nanos;
		if (act->expired_day == tenant->day)
			owner->spent[SIM_DAY] -= act->nanos;
		if (act->expired_day / SIM_MONTH_DAYS == tenant->day / SIM_MONTH_DAYS)
			owner->spent[SIM_MONTH] -= act->nanos;
	}
	act->reservation = SIM_NONE;
}

void
sim_money_spend(struct sim_tenant *tenant, unsigned owners, int64_t nanos)
{
	for (size_t i = 0; i < SIM_OWNERS; i++) {
		if (!(owners & 1u << i))
			continue;
		tenant->owners[i].days[tenant->day] += nanos;
		for (int window = 0; window < SIM_WINDOWS; window++)
			tenant->owners[i].spent[window] += nanos;
	}
}

void
sim_money_charge(struct sim_tenant *tenant, struct sim_act *act, bool settled)
{
	for (size_t i = 0; i < SIM_OWNERS; i++) {
		if (act->owners & 1u << i)
			tenant->owners[i].reserved = at_least_zero(tenant->owners[i].reserved - act->nanos);
	}
	for (size_t f = 0; f < tenant->n_funds; f++) {
		tenant->funds[f].held = at_least_zero(tenant->funds[f].held - act->held[f]);
		tenant->funds[f].remains -= settled ? 0 : act->held[f];
	}
	act->reservation = settled ? SIM_NONE : SIM_CHARGED;
	if (settled)
		return;
	act->expired_day = tenant->day;
	sim_money_spend(tenant, act->owners, act->nanos);
}
