/* SPDX-License-Identifier: Apache-2.0 */
/* simulated_check.c: what must hold of the simulated books: of each admission at once, of all sums in the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "meter/simulated_world.h"

_Noreturn void
sim_wrong(const char *what, size_t act)
{
	fprintf(stderr, "seed %llu: %s (act %zu)\n", (unsigned long long)sim_world.seed, what, act);
	if (sim_world.is_test)
		fail();
	exit(1);
}

/* ---- what an admission may rest on ---- */

/* What an act in flight may cost still; what it cost, once it has ended. */
static int64_t
promised(const struct sim_truth *act)
{
	if (act->is_ended)
		return act->cost;
	return act->is_lost ? act->lost_cost : act->nanos;
}

/* Whether two days lie in one window. */
static bool
is_same(enum sim_window window, int64_t day, int64_t other)
{
	if (window == SIM_MONTH)
		return day / SIM_MONTH_DAYS == other / SIM_MONTH_DAYS;
	return window == SIM_TOTAL || day == other;
}

/* What one of those acts that reserved before `act`, or itself, takes of its window: its cost, or while it is in
 * flight what it may cost: however much of it the database has lost at the moment, it was promised. */
static int64_t
taken(size_t i, size_t act, enum sim_window window)
{
	const struct sim_act *row = &sim_books()->acts[i];
	int64_t day = sim_books_reserved_day(act);

	if (sim_books_reserved_order(i) == 0 ||
		sim_books_reserved_order(i) > sim_books_reserved_order(act))
		return 0;
	/* Nobody had vouched for it, and another window was charged for what it was promised. */
	if (row->expired_day >= 0 && !is_same(window, row->expired_day, day))
		return 0;
	if (sim_is_recorded(i))
		return is_same(window, row->day, day) ? row->cost : 0;
	/* One that was charged though it has ended is settled yet, and its charge given back. */
	if (sim_world.acts[i].fate == SIM_FATE_ADMITTED)
		return promised(&sim_world.acts[i]);
	return row->reservation == SIM_CHARGED ? sim_world.acts[i].nanos : 0;
}

static void
check_limits(size_t act)
{
	const struct sim_tenant *tenant = &sim_books()->tenants[sim_tenant_of(act)];

	for (size_t owner = 0; owner < SIM_OWNERS; owner++) {
		if (!(sim_world.acts[act].owners & 1u << owner))
			continue;
		for (int window = 0; window < SIM_WINDOWS; window++) {
			int64_t limit = tenant->owners[owner].limits[window], sum = 0;

			for (size_t i = sim_tenant_of(act); limit >= 0 && i < SIM_ACTS; i += SIM_TENANTS) {
				if (sim_world.acts[i].owners & 1u << owner)
					sum += taken(i, act, (enum sim_window)window);
			}
			if (limit >= 0 && sum > limit)
				sim_wrong("admitted beyond a limit", act);
		}
	}
}

static void
check_balance(size_t act)
{
	const struct sim_tenant *tenant = &sim_books()->tenants[sim_tenant_of(act)];
	int64_t left = 0;

	for (size_t f = 0; f < tenant->n_funds; f++)
		left += tenant->funds[f].amount;
	for (size_t i = sim_tenant_of(act); i < SIM_ACTS; i += SIM_TENANTS)
		left -= taken(i, act, SIM_TOTAL);
	if (left < 0)
		sim_wrong("admitted beyond the balance", act);
}

void
sim_check_promises(size_t tenant)
{
	if (tenant == SIM_MIXED)
		return;
	for (size_t i = tenant; i < SIM_ACTS; i += SIM_TENANTS) {
		if (sim_world.acts[i].fate != SIM_FATE_ADMITTED || !sim_world.acts[i].is_bound)
			continue;
		check_limits(i);
		if (tenant == SIM_PREPAID)
			check_balance(i);
	}
}

/* ---- the end ---- */

static void
check_act(size_t number)
{
	const struct sim_truth *act = &sim_world.acts[number];
	const struct sim_act *row = &sim_books()->acts[number];
	int64_t used = act->fate != SIM_FATE_ADMITTED ? 0 : act->is_ended ? act->cost : act->lost_cost;

	if (row->is_written && row->is_quarantined)
		sim_wrong("written and quarantined", number);
	if (act->fate == SIM_FATE_NONE || act->fate == SIM_FATE_REFUSED) {
		if (sim_is_recorded(number))
			sim_wrong("an event of an act that was not made", number);
		return;
	}
	if (act->fate == SIM_FATE_VANISHED)
		return;
	if (!sim_is_recorded(number))
		sim_wrong("an act without an event", number);
	/* What is included takes off what it costs. */
	if (sim_tenant_of(number) == SIM_MIXED ? row->cost > used : row->cost != used)
		sim_wrong("an event of another cost", number);
	if (row->spenders != act->owners)
		sim_wrong("an event of other owners", number);
	if (row->reservation == SIM_CHARGED)
		sim_wrong("settled, and charged as well", number);
}

/* What the acts of a tenant say that an owner has spent, by day, and reserved. */
static void
check_owner(size_t tenant, size_t number)
{
	const struct sim_owner *owner = &sim_books()->tenants[tenant].owners[number];
	int64_t days[SIM_DAYS] = {0}, sums[SIM_WINDOWS] = {0}, reserved = 0;

	for (size_t i = tenant; i < SIM_ACTS; i += SIM_TENANTS) {
		const struct sim_act *act = &sim_books()->acts[i];

		if (sim_is_recorded(i) && act->spenders & 1u << number)
			days[act->day] += act->cost;
		if (!(act->owners & 1u << number))
			continue;
		if (act->reservation == SIM_CHARGED)
			days[act->expired_day] += act->nanos;
		if (act->reservation == SIM_HELD)
			reserved += act->nanos;
	}
	for (int64_t day = 0; day < SIM_DAYS; day++) {
		if (owner->days[day] != days[day])
			sim_wrong("a day's sum is not that of its acts", tenant);
		for (int window = 0; window < SIM_WINDOWS; window++) {
			if (is_same((enum sim_window)window, day, sim_books()->tenants[tenant].day))
				sums[window] += days[day];
		}
	}
	for (int window = 0; window < SIM_WINDOWS; window++) {
		if (owner->spent[window] != sums[window])
			sim_wrong("what is spent is not the sum of the window's days", tenant);
	}
	if (owner->reserved != reserved)
		sim_wrong("what is reserved is not the sum of reservations", tenant);
}

static void
check_funds(size_t number)
{
	const struct sim_tenant *tenant = &sim_books()->tenants[number];
	int64_t owed = -tenant->repaid;

	for (size_t i = number; i < SIM_ACTS; i += SIM_TENANTS) {
		if (sim_is_recorded(i) && tenant->prepaid)
			owed += sim_books()->acts[i].cost - sim_books()->acts[i].covered;
	}
	if (tenant->owed != owed || owed < 0)
		sim_wrong("what is owed is not what credits did not cover", number);
	sim_world.owed += owed > 0 || tenant->repaid > 0;
	for (size_t f = 0; f < tenant->n_funds; f++) {
		int64_t drawn = sim_books()->repaid[number][f], held = 0;

		for (size_t i = number; i < SIM_ACTS; i += SIM_TENANTS) {
			const struct sim_act *act = &sim_books()->acts[i];

			drawn += act->drawn[f];
			drawn += act->reservation == SIM_CHARGED ? act->held[f] : 0;
			held += act->reservation == SIM_HELD ? act->held[f] : 0;
		}
		if (tenant->funds[f].amount != tenant->funds[f].remains + drawn)
			sim_wrong("a fund is not what remains of it and what was drawn", number);
		if (tenant->funds[f].held != held)
			sim_wrong("what is held of a fund is not what reservations hold", number);
	}
}

void
sim_check(void)
{
	struct meter_slot *slot;
	size_t at = 0;

	if ((slot = meter_slots_next(sim_world.processes[0].slots, &at)) != NULL)
		sim_wrong("a slot is still in use", sim_number(&slot->act));
	for (size_t i = 0; i < SIM_ACTS; i++) {
		check_act(i);
		sim_world.quarantined += sim_books()->acts[i].is_quarantined;
	}
	for (size_t i = 0; i < SIM_ACTS; i++)
		sim_world.charged += sim_books()->acts[i].expired_day >= 0;
	for (size_t i = 0; i < SIM_TENANTS; i++) {
		for (size_t owner = 0; owner < SIM_OWNERS; owner++)
			check_owner(i, owner);
		check_funds(i);
	}
	sim_world.repeated += sim_books_repeated();
}
