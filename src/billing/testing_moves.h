/* SPDX-License-Identifier: Apache-2.0 */
/* testing_moves.h: a tenant whose subscription the test moves, in time that the test owns. Tests only. */
#ifndef BH_BILLING_TESTING_MOVES_H
#define BH_BILLING_TESTING_MOVES_H

#include <stdbool.h>
#include <stdint.h>

#include "billing/plan.h"
#include "billing/store_subscription.h"
#include "billing/testing.h"
#include "meter/unit.h"

#define BILLING_MOVES_UNIT INT64_C(1000000000)
#define BILLING_MOVES_METER METER_NUMBER(METER_CHAT, METER_OUTPUT)

struct billing_moves {
	struct bh_uuid tenant; /* another for each test */
	struct bh_db db, all;  /* the service's handle in its context; the set-up role's */
	struct billing_plan basic, pro, yearly, prepaid;
};
extern struct billing_moves billing_moves;

/* Setup of the group, beside billing_test_close; and of each test. */
int billing_moves_open(void **state);
int billing_moves_each(void **state);

/* Noon of a day of 2030. */
int64_t billing_moves_at(int month, int day);

/* A plan of so many units of money a month, which includes output of chat; a year or prepaid by its name. */
struct billing_plan billing_moves_plan(const char *name, int64_t units, int64_t included,
	int64_t overage);
/* A plan as it is; its meters are borrowed for good. */
struct billing_plan billing_moves_plan_add(const struct billing_plan *plan);

/* A step in a transaction of its own. */
struct billing_move {
	int (*take)(struct bh_db *tx, const struct billing_move *move);
	const struct billing_plan *plan;
	bool flag;
	int64_t now_ms;
};
int billing_moves_run(int (*take)(struct bh_db *, const struct billing_move *),
	const struct billing_plan *plan, bool flag, int64_t now_ms);
int billing_moves_start(struct bh_db *tx, const struct billing_move *move); /* flag: with a trial */
int billing_moves_change(struct bh_db *tx, const struct billing_move *move); /* flag: at the end */
int billing_moves_pause(struct bh_db *tx, const struct billing_move *move);
int billing_moves_resume(struct bh_db *tx, const struct billing_move *move);
int billing_moves_cancel(struct bh_db *tx, const struct billing_move *move); /* flag: at the end */
int billing_moves_roll(struct bh_db *tx, const struct billing_move *move);
int billing_moves_dun(struct bh_db *tx,
	const struct billing_move *move); /* flag: suspended, else active */
int billing_moves_dun_late(struct bh_db *tx, const struct billing_move *move); /* past due */

/* ---- what is there ---- */

struct billing_subscription billing_moves_current(void);
/* What is left of included quantities. */
int64_t billing_moves_included(void);
/* What the lines of a period sum up to, and how many there are. */
int64_t billing_moves_charged(int64_t number);
int64_t billing_moves_lines(int64_t number);
/* What tokens tell. */
void billing_moves_expect(const char *plan, const char *state);
/* Draws from what is included, as a settled act does. */
void billing_moves_draw(int64_t units);

/* The number that a statement of the set-up role answers about the tenant, $1. */
#define BILLING_MOVES_NUMBER(out, sql) \
	do { \
		static const char text[] = "SELECT (" sql ")::bigint"; \
		assert_int_equal(bh_db_read_one(&billing_moves.all, text, \
							 BH_PARAMS(&billing_moves.tenant), &bh_row_int, &(out)), \
			0); \
	} while (0)

#endif
