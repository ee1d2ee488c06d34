/* SPDX-License-Identifier: Apache-2.0 */
/* test_citus.c: row security where Citus holds the rows on other servers. Skipped where BULKHEAD_TEST_CITUS_URL names no
 * coordinator (key=value words, a superuser, a database with a role bulkhead_rag that may sign in by trust). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/error.h"
#include "db/conn.h"
#include "db/db.h"

enum { TENANTS = 8, ROWS = 5 };

static const char make[] =
	"DROP TABLE IF EXISTS public.probe_citus;"
	"CREATE TABLE public.probe_citus (tenant_id uuid NOT NULL, id bigint NOT NULL,"
	" PRIMARY KEY (tenant_id, id));"
	"ALTER TABLE public.probe_citus ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
	"CREATE POLICY tenant_isolation ON public.probe_citus"
	" USING (tenant_id = nullif(current_setting('bulkhead.tenant_id', true), '')::uuid)"
	" WITH CHECK (tenant_id = nullif(current_setting('bulkhead.tenant_id', true), '')::uuid);";

static struct bh_arena arena;
static struct bh_db_pool *handing_on, *keeping;
static struct bh_uuid tenants[TENANTS];

static void
script(const char *sql)
{
	const struct bh_conn_conf conf = {.conninfo = getenv("BULKHEAD_TEST_CITUS_URL"),
		.application = "bulkhead-test",
		.wait_ms = 10000};
	struct bh_conn *conn;

	if (bh_conn_open(&conf, &conn) < 0 || bh_conn_script(conn, sql) < 0)
		fail_msg("%s: %s", sql, bh_error_detail(BH_E_DB));
	bh_conn_close(conn);
}

static struct bh_db_pool *
pool_of(bool citus)
{
	struct bh_db_conf conf = {
		.conninfo = bh_arena_printf(&arena, "%s user=bulkhead_rag",
			getenv("BULKHEAD_TEST_CITUS_URL")),
		.connections = 2,
		.wait_ms = 10000,
		.statement_ms = 20000,
		.citus = citus,
		.application = "bulkhead-test",
	};
	struct bh_db_pool *pool;

	assert_int_equal(bh_db_pool_open(&conf, &pool), 0);
	return pool;
}

static struct bh_db
as(struct bh_db_pool *pool, const struct bh_uuid *tenant)
{
	return (struct bh_db){.pool = pool, .arena = &arena, .context = *tenant};
}

static int
add(struct bh_db *db, const struct bh_uuid *tenant, int64_t id)
{
	const struct bh_param params[] = {bh_uuid_param(tenant), bh_int_param(id)};

	return bh_db_exec(db, "INSERT INTO public.probe_citus (tenant_id, id) VALUES ($1, $2)", params,
		BH_COUNT(params), NULL);
}

static int64_t
count(struct bh_db *db, const struct bh_uuid *tenant)
{
	const struct bh_param params[] = {bh_uuid_param(tenant)};
	int64_t n = -1;
	int rc = bh_db_read_one(db, "SELECT count(*) FROM public.probe_citus WHERE tenant_id = $1",
		params, BH_COUNT(params), &bh_row_int, &n);

	if (rc < 0)
		fail_msg("%s", bh_error_detail(rc));
	return n;
}

static int
group_open(void **state)
{
	(void)state;
	script(make);
	script("SELECT create_distributed_table('public.probe_citus', 'tenant_id', colocate_with => "
		   "'none')");
	script("GRANT USAGE ON SCHEMA public TO bulkhead_rag");
	script("GRANT SELECT, INSERT, UPDATE, DELETE ON public.probe_citus TO bulkhead_rag");
	handing_on = pool_of(true);
	keeping = pool_of(false);
	for (int i = 0; i < TENANTS; i++)
		tenants[i] = bh_uuid_new();
	return 0;
}

static int
group_close(void **state)
{
	(void)state;
	bh_db_pool_close(handing_on);
	bh_db_pool_close(keeping);
	script("DROP TABLE public.probe_citus");
	bh_arena_close(&arena);
	return 0;
}

static void
a_tenant_writes_and_reads_its_own_rows_wherever_they_lie(void **state)
{
	(void)state;
	for (int i = 0; i < TENANTS; i++) {
		struct bh_db own = as(handing_on, &tenants[i]);

		for (int64_t id = 0; id < ROWS; id++) {
			int rc = add(&own, &tenants[i], id);

			if (rc < 0)
				fail_msg("%s", bh_error_detail(rc));
		}
		assert_int_equal(count(&own, &tenants[i]), ROWS);
	}
}

static void
nobody_reads_or_writes_anothers(void **state)
{
	int64_t n = -1;

	(void)state;
	for (int i = 0; i < TENANTS; i++) {
		struct bh_db other = as(handing_on, &tenants[(i + 1) % TENANTS]);

		assert_int_equal(count(&other, &tenants[i]), 0);
		assert_int_equal(add(&other, &tenants[i], 100 + i), BH_E_DB);
		assert_int_equal(bh_db_read_one(&other, "SELECT count(*) FROM public.probe_citus", NULL, 0,
							 &bh_row_int, &n),
			0);
		assert_int_equal(n, ROWS);
	}
}

static int
twice(struct bh_db *tx, void *ctx)
{
	const struct bh_uuid *tenant = ctx;
	int rc = add(tx, tenant, 50);

	if (rc == 0)
		rc = add(tx, tenant, 51);
	assert_int_equal(rc, 0);
	assert_int_equal(count(tx, tenant), ROWS + 2);
	return BH_E_CANCELLED;
}

static void
a_transaction_hands_its_tenant_on_as_well(void **state)
{
	struct bh_db own = as(handing_on, &tenants[0]);

	(void)state;
	assert_int_equal(bh_tx_run(&own, twice, &tenants[0]), BH_E_CANCELLED);
	assert_int_equal(count(&own, &tenants[0]), ROWS);
}

static void
a_context_that_is_not_handed_on_shows_nothing(void **state)
{
	struct bh_db own = as(keeping, &tenants[0]);

	(void)state;
	assert_int_equal(count(&own, &tenants[0]), 0);
	assert_int_equal(add(&own, &tenants[0], 200), BH_E_DB);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tenant_writes_and_reads_its_own_rows_wherever_they_lie),
		cmocka_unit_test(nobody_reads_or_writes_anothers),
		cmocka_unit_test(a_transaction_hands_its_tenant_on_as_well),
		cmocka_unit_test(a_context_that_is_not_handed_on_shows_nothing),
	};
	const char *url = getenv("BULKHEAD_TEST_CITUS_URL");

	if (url == NULL || url[0] == '\0') {
		fprintf(stderr, "skipped: BULKHEAD_TEST_CITUS_URL is not set\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, group_open, group_close);
}
