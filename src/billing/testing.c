/* SPDX-License-Identifier: Apache-2.0 */
/* testing.c: acts for the tests of billing, by the meter's own functions. */
#include "billing/testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "billing/ledger.h"
#include "meter/unit.h"

struct bh_test_db billing_test;

/* One act of one unit whose price is its cost. */
static const char helpers[] =
	"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_inherits"
	"  WHERE inhparent = 'bulkhead.usage_event'::regclass) THEN"
	"  CREATE TABLE bulkhead.usage_event_any PARTITION OF bulkhead.usage_event DEFAULT;"
	" END IF; END $$;"
	"CREATE FUNCTION bulkhead.test_act(t uuid, act uuid, kind text, kind_number bigint, nanos "
	"bigint)"
	" RETURNS void LANGUAGE sql AS $$"
	" SELECT bulkhead.meter_settle(p_tenant := t, p_ids := ARRAY[act], p_model_tenants := ARRAY[n],"
	"  p_models := ARRAY[n], p_credentials := ARRAY[n], p_users := ARRAY[n], p_keys := ARRAY[n],"
	"  p_teams := ARRAY[n], p_requests := ARRAY['r'], p_kinds := ARRAY[kind], p_names := "
	"ARRAY['m'],"
	"  p_subjects := ARRAY['s'], p_actors := ARRAY[''], p_statuses := ARRAY['ok'],"
	"  p_sources := ARRAY['counted'], p_kind_numbers := ARRAY[kind_number], p_started := "
	"ARRAY[0::bigint],"
	"  p_ended := ARRAY[0::bigint], p_streamed := ARRAY[0::bigint], p_batch := ARRAY[0::bigint],"
	"  p_input := ARRAY[0::bigint], p_cached := ARRAY[0::bigint], p_written := ARRAY[0::bigint],"
	"  p_output := ARRAY[0::bigint], p_units := ARRAY[1::bigint], p_priced := ARRAY[1::bigint],"
	"  p_versions := ARRAY[1::bigint], p_rate_versions := ARRAY[0::bigint], p_nanos := "
	"ARRAY[nanos],"
	"  p_prices := ARRAY[0, 0, 0, 0, nanos * 1000000]::bigint[], p_reason := NULL, p_record := "
	"NULL)"
	"   FROM (VALUES ('00000000-0000-0000-0000-000000000000'::uuid)) AS nobody (n) $$;"
	"CREATE FUNCTION bulkhead.test_lose(t uuid, act uuid, kind_number bigint, nanos bigint)"
	" RETURNS void LANGUAGE plpgsql AS $$ DECLARE"
	"  n constant uuid := '00000000-0000-0000-0000-000000000000'; BEGIN"
	"  PERFORM bulkhead.meter_reserve(p_tenant := t, p_acts := ARRAY[act], p_owners := ARRAY[n, n, "
	"n],"
	"   p_kinds := ARRAY[kind_number], p_nanos := ARRAY[nanos],"
	"   p_prices := ARRAY[0, 0, 0, 0, nanos * 1000000]::bigint[],"
	"   p_quantities := ARRAY[0, 0, 0, 0, 1]::bigint[], p_unpriced := ARRAY[0::bigint], p_forced "
	":= true);"
	"  UPDATE bulkhead.meter_reservation SET renewed_at = now() - interval '2 hours'"
	"   WHERE tenant_id = t AND act_id = act;"
	"  PERFORM bulkhead.meter_expire(t, 3600000, '{}'); END $$;";

static void
must(int rc)
{
	if (rc < 0)
		print_error("%s\n", bh_error_detail(rc));
	assert_int_equal(rc, 0);
}

int
billing_test_open(void **state)
{
	(void)state;
	return bh_test_db_open(&billing_test) < 0 ? -1 : bh_test_db_script(&billing_test, helpers);
}

int
billing_test_close(void **state)
{
	(void)state;
	bh_test_db_close(&billing_test);
	return 0;
}

struct bh_uuid
billing_test_tenant(void)
{
	return bh_uuid_new();
}

struct bh_db
billing_test_db(const struct bh_uuid *tenant)
{
	return bh_test_db_as(&billing_test, "bulkhead_billing", tenant);
}

int64_t
billing_test_count(const struct bh_uuid *tenant, const char *sql)
{
	struct bh_db setup = bh_test_db_as(&billing_test, NULL, NULL);
	int64_t n = 0;

	must(bh_db_read_one(&setup, sql, BH_PARAMS(tenant), &bh_row_int, &n));
	return n;
}

void
billing_test_do(const struct bh_uuid *tenant, const char *sql)
{
	struct bh_db setup = bh_test_db_as(&billing_test, NULL, NULL);

	must(bh_db_exec(&setup, sql, BH_PARAMS(tenant), NULL));
}

void
billing_test_act(const struct bh_uuid *tenant, const struct bh_uuid *act, const char *kind,
	int64_t number, int64_t nanos)
{
	static const char sql[] = "SELECT bulkhead.test_act($1, $2, $3, $4, $5)";
	struct bh_db setup = bh_test_db_as(&billing_test, NULL, NULL);

	must(bh_db_exec(&setup, sql, BH_PARAMS(tenant, act, kind, number, nanos), NULL));
}

void
billing_test_lose(const struct bh_uuid *tenant, const struct bh_uuid *act, int64_t nanos)
{
	static const char sql[] = "SELECT bulkhead.test_lose($1, $2, $3, $4)";
	struct bh_db setup = bh_test_db_as(&billing_test, NULL, NULL);

	must(bh_db_exec(&setup, sql, BH_PARAMS(tenant, act, (int64_t)METER_CHAT, nanos), NULL));
}

struct giving {
	const struct bh_uuid *tenant;
	const struct billing_credit *credit;
};

static int
give(struct bh_db *tx, void *ctx)
{
	const struct giving *giving = ctx;

	return billing_credit_give(tx, giving->tenant, giving->credit);
}

int
billing_test_give(const struct bh_uuid *tenant, const struct billing_credit *credit)
{
	struct giving giving = {tenant, credit};
	struct bh_db db = billing_test_db(tenant);

	return bh_tx_run(&db, give, &giving);
}

static int
post(struct bh_db *tx, void *ctx)
{
	return billing_ledger_usage(tx, ctx, BILLING_TEST_CURRENCY);
}

int
billing_test_post(const struct bh_uuid *tenant)
{
	struct bh_uuid mine = *tenant;
	struct bh_db db = billing_test_db(tenant);

	return bh_tx_run(&db, post, &mine);
}
