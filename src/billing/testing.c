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
#include "billing/store_invoice.h"
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
	struct bh_db setup = bh_test_db_as(&billing_test, NULL, tenant);
	int64_t n = 0;

	must(bh_db_read_one(&setup, sql, BH_PARAMS(tenant), &bh_row_int, &n));
	return n;
}

void
billing_test_do(const struct bh_uuid *tenant, const char *sql)
{
	struct bh_db setup = bh_test_db_as(&billing_test, NULL, tenant);

	must(bh_db_exec(&setup, sql, BH_PARAMS(tenant), NULL));
}

struct damage {
	const struct bh_uuid *tenant;
	const char *sql;
};

static int
do_damage(struct bh_db *tx, void *ctx)
{
	const struct damage *damage = ctx;
	int rc = bh_db_exec(tx, "SET LOCAL session_replication_role = replica", NULL, 0, NULL);

	return rc < 0 ? rc : bh_db_exec(tx, damage->sql, BH_PARAMS(damage->tenant), NULL);
}

void
billing_test_damage(const struct bh_uuid *tenant, const char *sql)
{
	struct bh_db setup = bh_test_db_as(&billing_test, NULL, tenant);
	struct damage damage = {tenant, sql};

	must(bh_tx_run(&setup, do_damage, &damage));
}

void
billing_test_act(const struct bh_uuid *tenant, const struct bh_uuid *act, const char *kind,
	int64_t number, int64_t nanos)
{
	static const char sql[] = "SELECT bulkhead.test_act($1, $2, $3, $4, $5)";
	struct bh_db setup = bh_test_db_as(&billing_test, NULL, tenant);

	must(bh_db_exec(&setup, sql, BH_PARAMS(tenant, act, kind, number, nanos), NULL));
}

void
billing_test_lose(const struct bh_uuid *tenant, const struct bh_uuid *act, int64_t nanos)
{
	static const char sql[] = "SELECT bulkhead.test_lose($1, $2, $3, $4)";
	struct bh_db setup = bh_test_db_as(&billing_test, NULL, tenant);

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

/* ---- invoices ---- */

static const struct billing_tax_rate rates[] = {
	{"DE", "2021-01-01", "VAT", 190000, false},
	{"DE", "2020-07-01", "VAT", 160000, false},
	{"ES", "2012-09-01", "IVA", 210000, false},
	{"JP", "2019-10-01", "tax", 100000, true},
};

const struct billing_terms billing_test_terms = {.currency = BILLING_TEST_CURRENCY,
	.seller = {"Seller GmbH", "Street 1", "DE", "DE123456789", ""},
	.prefix = "INV",
	.note_prefix = "CN",
	.payment_days = 14,
	.tax = {BH_LIST(rates)}};

void
billing_test_age(const struct bh_uuid *tenant)
{
	/* A day without acts has a row all the same, as the tenant's month begins with one of its own. */
	static const char *const all[] = {
		"DELETE FROM bulkhead.meter_day WHERE tenant_id = $1 AND spent = 0",
		"UPDATE bulkhead.usage_day SET day = day - 1 WHERE tenant_id = $1",
		"UPDATE bulkhead.meter_day SET day = day - 1 WHERE tenant_id = $1",
		"INSERT INTO bulkhead.meter_day (tenant_id, owner_id, day)"
		" VALUES ($1, $1, (now() AT TIME ZONE 'UTC')::date)",
		"UPDATE bulkhead.meter_owner SET day = day - 1 WHERE tenant_id = $1",
		("UPDATE bulkhead.usage_event SET arrived_at = arrived_at - interval '1 day'"
		 " WHERE tenant_id = $1"),
	};

	for (size_t i = 0; i < BH_COUNT(all); i++)
		billing_test_do(tenant, all[i]);
}

struct act {
	const struct bh_uuid *tenant, *id, *note;
	int64_t nanos, minimum;
	const char *reference;
	struct billing_invoice invoice;
	struct billing_proof proof;
};

static int
run(const struct bh_uuid *tenant, int (*work)(struct bh_db *tx, void *ctx), struct act *act)
{
	struct bh_db db = billing_test_db(tenant);

	act->tenant = tenant;
	return bh_tx_run(&db, work, act);
}

static int
begin(struct bh_db *tx, void *ctx)
{
	const struct act *act = ctx;
	const struct billing_invoice invoice = {.id = *act->id,
		.kind = "invoice",
		.currency = BILLING_TEST_CURRENCY,
		.minimum = act->minimum,
		.bills_usage = true,
		.note = ""};
	const struct billing_invoice_line line = {.kind = "manual",
		.description = "By hand",
		.nanos = act->nanos};
	bool is_new = false;

	return billing_invoice_begin(tx, act->tenant, &invoice, &line, act->nanos != 0, &is_new);
}

struct bh_uuid
billing_test_draft(const struct bh_uuid *tenant, int64_t manual, int64_t minimum)
{
	const struct bh_uuid id = bh_uuid_new();
	struct act act = {.id = &id, .nanos = manual, .minimum = minimum};

	must(run(tenant, begin, &act));
	return id;
}

static int
finalize(struct bh_db *tx, void *ctx)
{
	const struct act *act = ctx;

	return billing_invoice_finalize(tx, act->tenant, act->id, &billing_test_terms);
}

int
billing_test_finalize(const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	struct act act = {.id = id};

	return run(tenant, finalize, &act);
}

int
billing_test_draft_at(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	struct act act = {.tenant = tenant, .id = id, .nanos = BH_NANOS_PER_UNIT};

	return bh_tx_run(db, begin, &act);
}

int
billing_test_finalize_at(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	struct act act = {.tenant = tenant, .id = id};

	return bh_tx_run(db, finalize, &act);
}

struct billing_invoice
billing_test_invoice(const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	struct bh_db db = billing_test_db(tenant);
	struct billing_invoice invoice;

	must(billing_store_invoice_get(&db, tenant, id, &invoice));
	return invoice;
}

static int
pay(struct bh_db *tx, void *ctx)
{
	const struct act *act = ctx;

	return billing_invoice_pay(tx, act->tenant, act->id, act->reference, act->nanos);
}

int
billing_test_pay(const struct bh_uuid *tenant, const struct bh_uuid *id, const char *reference,
	int64_t nanos)
{
	struct act act = {.id = id, .reference = reference, .nanos = nanos};

	return run(tenant, pay, &act);
}

static int
take_back(struct bh_db *tx, void *ctx)
{
	const struct act *act = ctx;

	return billing_invoice_credit(tx, act->tenant, act->id, act->note, act->nanos, "reason",
		&billing_test_terms);
}

int
billing_test_credit(const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_uuid *note, int64_t nanos)
{
	struct act act = {.id = id, .note = note, .nanos = nanos};

	return run(tenant, take_back, &act);
}

int
billing_test_credit_at(struct bh_db *db, const struct bh_uuid *tenant, const struct bh_uuid *id,
	const struct bh_uuid *note)
{
	struct act act = {.tenant = tenant, .id = id, .note = note};

	return bh_tx_run(db, take_back, &act);
}

static int
void_it(struct bh_db *tx, void *ctx)
{
	const struct act *act = ctx;

	return billing_invoice_void(tx, act->tenant, act->id);
}

int
billing_test_void(const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	struct act act = {.id = id};

	return run(tenant, void_it, &act);
}

static int
write_off(struct bh_db *tx, void *ctx)
{
	const struct act *act = ctx;

	return billing_invoice_write_off(tx, act->tenant, act->id);
}

int
billing_test_write_off(const struct bh_uuid *tenant, const struct bh_uuid *id)
{
	struct act act = {.id = id};

	return run(tenant, write_off, &act);
}

struct billing_proof
billing_test_check(const struct bh_uuid *tenant, int64_t event_days)
{
	struct bh_db db = billing_test_db(tenant);
	struct billing_proof proof = {0};

	must(billing_check(&db, tenant, BILLING_TEST_CURRENCY, event_days, &proof));
	return proof;
}

uint64_t
billing_test_draw(uint64_t *seed, uint64_t below)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (*seed * UINT64_C(2685821657736338717) >> 33) % below;
}
