/* SPDX-License-Identifier: Apache-2.0 */
/* test_price.c: versions of prices are only added, and the one in force is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "billing/store_price.h"
#include "db/testing.h"
#include "meter/unit.h"

enum { INPUT = 0, OUTPUT = 3 };

static struct bh_test_db test;
static struct bh_uuid acme;
static struct bh_db own, platform;

static int
group_open(void **state)
{
	(void)state;
	if (bh_test_db_open(&test) < 0)
		return -1;
	acme = bh_uuid_new();
	own = bh_test_db_as(&test, "bulkhead_billing", &acme);
	platform = bh_test_db_as(&test, "bulkhead_billing", &bh_platform_tenant);
	return 0;
}

static int
group_close(void **state)
{
	(void)state;
	bh_test_db_close(&test);
	return 0;
}

struct adding {
	const struct bh_uuid *tenant;
	struct billing_price price;
	int64_t at_ms;
	int64_t version;
};

static int
add_work(struct bh_db *tx, void *ctx)
{
	struct adding *adding = ctx;

	return billing_store_price_add(tx, adding->tenant, &adding->price, adding->at_ms, "test",
		&adding->version);
}

/* The version that was made; 0: none. */
static int64_t
add(struct bh_db *db, const char *item, int64_t at_ms, int64_t input, int64_t output)
{
	struct adding adding = {.tenant = &db->context, .price = {.item = item}, .at_ms = at_ms};

	adding.price.nanos[INPUT] = input;
	adding.price.has[INPUT] = true;
	if (output >= 0) {
		adding.price.nanos[OUTPUT] = output;
		adding.price.has[OUTPUT] = true;
	}
	assert_int_equal(bh_tx_run(db, add_work, &adding), 0);
	return adding.version;
}

static struct billing_price_row
at(const char *item, int64_t at_ms)
{
	struct billing_price_row *rows;
	size_t n;

	assert_int_equal(billing_store_price_list(&own, &acme, item, NULL, at_ms, 10, &rows, &n), 0);
	assert_true(n <= 1);
	return n == 1 ? rows[0] : (struct billing_price_row){0};
}

static void
the_version_in_force_is_the_last_that_took_effect(void **state)
{
	(void)state;
	assert_int_equal(add(&own, "m", 1000, 5, 10), 1);
	assert_int_equal(add(&own, "m", 3000, 7, 10), 2);
	assert_int_equal(add(&own, "m", 2000, 6, -1), 3);
	assert_int_equal(at("m", 999).version, 0);
	assert_int_equal(at("m", 1000).version, 1);
	assert_int_equal(at("m", 2500).version, 3);
	assert_false(at("m", 2500).price.has[OUTPUT]);
	assert_int_equal(at("m", 3000).version, 2);
	assert_int_equal(at("m", 3000).price.nanos[INPUT], 7);
	assert_int_equal(at("m", 3000).price.nanos[OUTPUT], 10);
}

static void
the_same_prices_make_no_version(void **state)
{
	(void)state;
	assert_int_equal(add(&own, "same", 1000, 5, 10), 1);
	assert_int_equal(add(&own, "same", 2000, 5, 10), 0);
	assert_int_equal(add(&own, "same", 2000, 5, -1), 2);
	assert_int_equal(add(&own, "same", 3000, 5, 10), 3);
	/* Before there was any, it is one. */
	assert_int_equal(add(&own, "same", 500, 5, 10), 4);
}

static void
a_tier_without_a_price_costs_as_the_one_below(void **state)
{
	struct billing_price price = {.item = "m"};

	(void)state;
	price.nanos[BILLING_PRICE_UNIT(0, METER_INPUT)] = 10;
	price.has[BILLING_PRICE_UNIT(0, METER_INPUT)] = true;
	price.nanos[BILLING_PRICE_UNIT(BILLING_TIER_ABOVE, METER_INPUT)] = 20;
	price.has[BILLING_PRICE_UNIT(BILLING_TIER_ABOVE, METER_INPUT)] = true;
	assert_int_equal(billing_price_of(&price, 0, METER_INPUT), 10);
	assert_int_equal(billing_price_of(&price, BILLING_TIER_ABOVE, METER_INPUT), 20);
	assert_int_equal(billing_price_of(&price, BILLING_TIER_BATCH, METER_INPUT), 10);
	assert_int_equal(billing_price_of(&price, BILLING_TIER_BATCH | BILLING_TIER_ABOVE, METER_INPUT),
		20);
	assert_int_equal(billing_price_of(&price, BILLING_TIER_ABOVE, METER_CACHED), 20);
	assert_int_equal(billing_price_of(&price, 0, METER_OUTPUT), -1);
	price.nanos[BILLING_PRICE_UNIT(BILLING_TIER_BATCH, METER_INPUT)] = 5;
	price.has[BILLING_PRICE_UNIT(BILLING_TIER_BATCH, METER_INPUT)] = true;
	assert_int_equal(billing_price_of(&price, BILLING_TIER_BATCH | BILLING_TIER_ABOVE, METER_INPUT),
		5);
	price.nanos[BILLING_PRICE_UNIT(0, METER_CACHED)] = 1;
	price.has[BILLING_PRICE_UNIT(0, METER_CACHED)] = true;
	assert_int_equal(billing_price_of(&price, BILLING_TIER_ABOVE, METER_CACHED), 1);
}

static void
a_tenants_own_price_comes_before_the_platforms(void **state)
{
	struct billing_price_row row;

	(void)state;
	assert_int_equal(add(&platform, "shared", 1000, 1, 2), 1);
	row = at("shared", 5000);
	assert_true(bh_uuid_equal(&row.tenant, &bh_platform_tenant));
	assert_int_equal(add(&own, "shared", 2000, 3, 4), 1);
	row = at("shared", 5000);
	assert_true(bh_uuid_equal(&row.tenant, &acme));
	assert_int_equal(row.price.nanos[INPUT], 3);
	assert_int_equal(at("shared", 1500).price.nanos[INPUT], 1);
	/* But a model of the platform costs what the platform says. */
	assert_int_equal(billing_store_price_get(&own, &acme, &bh_platform_tenant, "shared", 5000,
						 &row),
		0);
	assert_int_equal(row.price.nanos[INPUT], 1);
	assert_int_equal(billing_store_price_get(&own, &acme, &acme, "shared", 5000, &row), 0);
	assert_int_equal(row.price.nanos[INPUT], 3);
	assert_int_equal(billing_store_price_get(&own, &acme, &acme, "shared", 1500, &row),
		BH_E_NOT_FOUND);
}

static void
another_tenant_does_not_see_it(void **state)
{
	struct bh_uuid other = bh_uuid_new();
	struct bh_db others = bh_test_db_as(&test, "bulkhead_billing", &other);
	struct billing_price_row *rows;
	size_t n;

	(void)state;
	assert_int_equal(add(&own, "secret", 1000, 5, 10), 1);
	assert_int_equal(billing_store_price_list(&others, &other, "secret", NULL, 5000, 10, &rows, &n),
		0);
	assert_int_equal(n, 0);
	assert_int_equal(billing_store_price_list(&others, &acme, "secret", NULL, 5000, 10, &rows, &n),
		0);
	assert_int_equal(n, 0);
	assert_int_equal(billing_store_price_get(&others, &other, &acme, "secret", 5000, rows),
		BH_E_NOT_FOUND);
}

static void
nobody_changes_a_version(void **state)
{
	static const char change_sql[] = "UPDATE price_unit SET nanos = 1 WHERE tenant_id = $1";

	(void)state;
	assert_int_equal(bh_db_exec(&own, change_sql, BH_PARAMS(&acme), NULL), BH_E_DB);
}

/* As the model service writes what `model add` was told. */
static void
a_model_that_is_added_brings_a_version(void **state)
{
	static const char sql[] =
		"WITH added AS ("
		"	INSERT INTO price (tenant_id, item, version, effective_at, source)"
		"	SELECT $1, $2, coalesce(max(version), 0) + 1, now(), 'model add'"
		"	  FROM price WHERE tenant_id = $1 AND item = $2"
		"	RETURNING version"
		")"
		" INSERT INTO price_unit (tenant_id, item, version, unit, nanos)"
		" SELECT $1, $2, added.version, w.unit, w.nanos"
		"   FROM added, (VALUES ('input', $3::bigint), ('output', $4::bigint)) AS w (unit, nanos)"
		"  WHERE w.nanos IS NOT NULL";
	struct bh_db model = bh_test_db_as(&test, "bulkhead_model", &acme);
	const char *name = "added";
	struct billing_price_row row;

	(void)state;
	assert_int_equal(bh_db_exec(&model, sql,
						 BH_PARAMS(&acme, name, bh_int_param(150), bh_null_param(BH_PARAM_INT)),
						 NULL),
		0);
	assert_int_equal(billing_store_price_get(&model, &acme, &acme, name, INT64_C(4000000000000),
						 &row),
		0);
	assert_int_equal(row.version, 1);
	assert_int_equal(row.price.nanos[INPUT], 150);
	assert_false(row.price.has[OUTPUT]);
}

static void
a_list_goes_on_behind_an_item(void **state)
{
	struct billing_price_row *rows;
	size_t n;

	(void)state;
	assert_int_equal(add(&own, "za", 1000, 1, 1), 1);
	assert_int_equal(add(&own, "zb", 1000, 1, 1), 1);
	assert_int_equal(add(&platform, "zc", 1000, 1, 1), 1);
	assert_int_equal(billing_store_price_list(&own, &acme, NULL, "z", 5000, 2, &rows, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(rows[1].price.item, "zb");
	assert_int_equal(billing_store_price_list(&own, &acme, NULL, "zb", 5000, 2, &rows, &n), 0);
	assert_int_equal(n, 1);
	assert_string_equal(rows[0].price.item, "zc");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_version_in_force_is_the_last_that_took_effect),
		cmocka_unit_test(the_same_prices_make_no_version),
		cmocka_unit_test(a_tier_without_a_price_costs_as_the_one_below),
		cmocka_unit_test(a_tenants_own_price_comes_before_the_platforms),
		cmocka_unit_test(another_tenant_does_not_see_it),
		cmocka_unit_test(nobody_changes_a_version),
		cmocka_unit_test(a_model_that_is_added_brings_a_version),
		cmocka_unit_test(a_list_goes_on_behind_an_item),
	};

	return cmocka_run_group_tests(tests, group_open, group_close);
}
