/* SPDX-License-Identifier: Apache-2.0 */
/* claim.c: claims jobs in a scratch database whose queue knows many tenants, and times them.
 *
 *     bench_claim TENANTS CLAIMS
 *
 * In the cluster that BULKHEAD_TEST_DATABASE names. Three times CLAIMS claims: with TENANTS tenants that
 * have only had jobs and one with work, with TENANTS tenants whose only job lies ahead, and with TENANTS
 * tenants that all have work due. Prints one JSON object: microseconds (p50, p99) of each. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "db/testing.h"
#include "queue/queue.h"

enum { CLAIMS_MAX = 100000, LEASE_MS = 600000 };

static const char jobs[] =
	"INSERT INTO bulkhead.job (tenant_id, id, queue, kind, subject, payload)"
	" SELECT tenant_id, gen_random_uuid(), 'rag', 'ingest', gen_random_uuid(), '{}'"
	"   FROM bulkhead.job_tenant;"
	"INSERT INTO bulkhead.job_ready (tenant_id, job_id, queue, due_at)"
	" SELECT tenant_id, id, 'rag', now() + interval '%s' FROM bulkhead.job";

struct bench {
	struct bh_test_db test; /* owned */
	struct bh_db worker;
	double *micros; /* owned: CLAIMS_MAX */
	int claims;
};

_Noreturn static void
die(const char *what, int rc)
{
	fprintf(stderr, "bench_claim: %s: %s %s\n", what, bh_error_row(rc)->symbol,
		bh_error_detail(rc));
	exit(1);
}

static void
script(struct bench *bench, const char *sql)
{
	int rc = bh_test_db_script(&bench->test, sql);

	if (rc < 0)
		die("a script", rc);
}

static double
now_micros(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int
add_work(struct bh_db *tx, void *ctx)
{
	const struct bh_uuid *tenant = ctx;
	const struct bh_job_new job = {.id = bh_uuid_new(),
		.queue = "rag",
		.kind = "ingest",
		.subject = bh_uuid_new(),
		.payload = "{}"};

	return bh_job_add(tx, tenant, &job);
}

static void
add(struct bench *bench, struct bh_uuid *tenant)
{
	struct bh_db db = bh_db_as(&bench->worker, tenant);
	int rc = bh_tx_run(&db, add_work, tenant);

	if (rc < 0)
		die("adding a job", rc);
}

static int
ascending(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* `tenant`: gets a job before each claim; NULL: nobody does. */
static void
measure(struct bench *bench, const char *name, struct bh_uuid *tenant, const char *end)
{
	script(bench, "VACUUM ANALYZE");
	for (int i = 0; i < bench->claims; i++) {
		struct bh_lease lease = {0};
		double begin;
		int rc;

		if (tenant != NULL)
			add(bench, tenant);
		begin = now_micros();
		rc = bh_lease_claim(&bench->worker, "rag", "bench", LEASE_MS, NULL, &lease);
		bench->micros[i] = now_micros() - begin;
		if (rc == 0 && tenant != NULL)
			rc = bh_lease_done(&bench->worker, &lease);
		if (rc < 0)
			die(name, rc);
	}
	qsort(bench->micros, (size_t)bench->claims, sizeof(double), ascending);
	printf("\"%s\": {\"p50_us\": %.0f, \"p99_us\": %.0f}%s", name, bench->micros[bench->claims / 2],
		bench->micros[bench->claims * 99 / 100], end);
}

/* Takes note of what the script wrote, as the first claim after it does. */
static void
settle(struct bench *bench)
{
	struct bh_lease lease = {0};
	int rc = bh_lease_claim(&bench->worker, "rag", "bench", LEASE_MS, NULL, &lease);

	if (rc < 0 && rc != BH_E_EMPTY)
		die("a claim", rc);
}

static void
run(struct bench *bench, long tenants)
{
	struct bh_uuid own = bh_uuid_new();
	char sql[1024];

	snprintf(sql, sizeof(sql),
		"INSERT INTO bulkhead.job_tenant (tenant_id, queue, served_at)"
		" SELECT gen_random_uuid(), 'rag', now() FROM generate_series(1, %ld)",
		tenants);
	script(bench, sql);
	printf("{");
	measure(bench, "idle", &own, ", ");

	script(bench, "TRUNCATE bulkhead.job, bulkhead.job_ready");
	snprintf(sql, sizeof(sql), jobs, "30 days");
	script(bench, sql);
	settle(bench);
	measure(bench, "ahead", &own, ", ");

	script(bench, "TRUNCATE bulkhead.job, bulkhead.job_ready");
	snprintf(sql, sizeof(sql), jobs, "0");
	script(bench, sql);
	settle(bench);
	measure(bench, "due", NULL, "}\n");
}

int
main(int argc, char **argv)
{
	struct bench bench = {0};
	long tenants = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
	int rc;

	bench.claims = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 0;
	if (tenants < 1 || bench.claims < 1 || bench.claims > CLAIMS_MAX) {
		fprintf(stderr, "usage: bench_claim TENANTS CLAIMS\n");
		return 2;
	}
	bench.micros = calloc(CLAIMS_MAX, sizeof(double));
	rc = bench.micros == NULL ? BH_E_MEMORY : bh_test_db_open(&bench.test);
	if (rc < 0)
		die("a scratch database", rc);
	bench.worker = bh_test_db_as(&bench.test, "bulkhead_rag", NULL);
	run(&bench, tenants);
	bh_test_db_close(&bench.test);
	free(bench.micros);
	return 0;
}
