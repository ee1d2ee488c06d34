/* SPDX-License-Identifier: Apache-2.0 */
/* meter.c: reserves and settles in a scratch database, and times it.
 *
 *     bench_meter RESERVATIONS EVENTS
 *
 * In the cluster that BULKHEAD_TEST_DATABASE names. RESERVATIONS one after the other, of a tenant that has a
 * monthly limit, and of one with limits of its key, its user, its team and itself, three included quantities and
 * three credits, prepaid; then EVENTS of each in rounds, each flushed, and every event sent a second time.
 * Prints one JSON object: microseconds of a reservation (p50, p99), events a second, and what was counted. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "db/testing.h"
#include "meter/books.h"
#include "meter/settle.h"

enum { MOST = 1000000 };

struct bench {
	struct bh_test_db test; /* owned */
	double *micros;         /* owned: MOST */
	int64_t reservations, events;
};

struct payer {
	const char *name;
	struct bh_uuid tenant, team, user, key;
	struct bh_db db, billing;
	struct bh_arena arena; /* of db */
};

_Noreturn static void
die(const char *what, int rc)
{
	fprintf(stderr, "bench_meter: %s: %s %s\n", what, bh_error_row(rc)->symbol,
		bh_error_detail(rc));
	exit(1);
}

static void
must(int rc, const char *what)
{
	if (rc < 0)
		die(what, rc);
}

static double
now_micros(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int
ascending(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static void
limit(struct payer *payer, const struct bh_uuid *owner, enum meter_scope scope, bool all)
{
	const struct meter_limit most = {
		.sets_day = all,
		.sets_month = true,
		.sets_total = all,
		.has_day = true,
		.has_month = true,
		.has_total = true,
		.day = INT64_C(1000000000000000),
		.month = INT64_C(1000000000000000),
		.total = INT64_C(1000000000000000),
	};

	must(meter_books_limit(&payer->billing, &payer->tenant, owner, scope, &most), "a limit");
}

static void
fund(struct payer *payer, int64_t meter, int64_t priority, int64_t amount)
{
	static const char sql[] =
		"SELECT meter_fund($1, gen_random_uuid(), $2, -1, $3, 'infinity', now(), $4)";
	bool done;

	must(bh_db_one(&payer->billing, sql, BH_PARAMS(&payer->tenant, meter, priority, amount),
			 &bh_row_bool, &done),
		"a fund");
}

static void
arrange(struct bench *bench, struct payer *payer, bool all)
{
	static const char prepaid[] = "SELECT meter_prepaid($1, true, NULL) IS NULL";
	bool done;

	payer->name = all ? "all_scopes" : "budget";
	payer->tenant = bh_uuid_new();
	payer->team = bh_uuid_new();
	payer->user = bh_uuid_new();
	payer->key = bh_uuid_new();
	payer->db = bh_test_db_as(&bench->test, "bulkhead_model", &payer->tenant);
	payer->db.arena = &payer->arena;
	payer->billing = bh_test_db_as(&bench->test, "bulkhead_billing", &payer->tenant);
	limit(payer, &payer->tenant, METER_TENANT, all);
	if (!all)
		return;
	limit(payer, &payer->team, METER_TEAM, true);
	limit(payer, &payer->user, METER_USER, true);
	limit(payer, &payer->key, METER_KEY, true);
	must(bh_db_one(&payer->billing, prepaid, BH_PARAMS(&payer->tenant), &bh_row_bool, &done),
		"prepaid");
	fund(payer, METER_NUMBER(METER_CHAT, METER_INPUT), 0, 1000000);
	fund(payer, METER_NUMBER(METER_CHAT, METER_OUTPUT), 0, 1000000);
	fund(payer, METER_NUMBER(METER_EMBEDDING, METER_INPUT), 0, 1000000);
	for (int64_t i = 1; i <= 3; i++)
		fund(payer, -1, i, INT64_C(1000000000000));
}

/* A chat call of 190 tokens and 150. */
static struct meter_slot
slot_of(const struct payer *payer)
{
	return (struct meter_slot){
		.tenant = payer->tenant,
		.act = bh_uuid_new(),
		.team = payer->team,
		.user = payer->user,
		.key = payer->key,
		.kind = METER_CHAT,
		.request_id = "0199c7a2b3c4d5e6f708192a3b4c5d6e",
		.model = "m",
		.subject = "user",
		.started_ms = 1793500000000,
		.ended_ms = 1793500001000,
		.price_known = true,
		.prices = {[METER_INPUT] = 150000000, [METER_OUTPUT] = 600000000},
		.most = {[METER_INPUT] = 190, [METER_OUTPUT] = 1024},
		.used = {[METER_INPUT] = 190, [METER_OUTPUT] = 150},
	};
}

static void
settle(struct payer *payer, struct meter_slot *slots, size_t n)
{
	struct meter_slot *pointers[METER_SETTLE_EVENTS];

	for (size_t i = 0; i < n; i++)
		pointers[i] = &slots[i];
	must(meter_books_settle(&payer->db, &payer->tenant, pointers, n), "settle");
}

/* One after the other, in rounds that are settled aside. */
static void
reserve(struct bench *bench, struct payer *payer)
{
	struct meter_slot *slots = calloc(METER_SETTLE_EVENTS, sizeof(*slots));
	size_t n = 0;

	for (int64_t i = 0; slots != NULL && i < bench->reservations; i++) {
		struct meter_refusal refusal = {0};
		struct meter_wanted want;
		double begin;

		slots[n] = slot_of(payer);
		want = meter_wanted_of(&slots[n++]);
		begin = now_micros();
		must(meter_books_reserve(&payer->db, &payer->tenant, &want, 1, &refusal), "reserve");
		bench->micros[i] = now_micros() - begin;
		if (refusal.span != METER_ADMITTED)
			die("a reservation was refused", BH_E_STATE);
		if (n == METER_SETTLE_EVENTS || i + 1 == bench->reservations) {
			settle(payer, slots, n);
			bh_arena_close(&payer->arena);
			n = 0;
		}
	}
	free(slots);
	qsort(bench->micros, (size_t)bench->reservations, sizeof(double), ascending);
	printf("\"reserve_%s\": {\"p50_us\": %.1f, \"p99_us\": %.1f}, ", payer->name,
		bench->micros[bench->reservations / 2], bench->micros[bench->reservations * 99 / 100]);
}

static int64_t
events_of(struct payer *payer)
{
	int64_t count = 0;

	must(bh_db_one(&payer->billing, "SELECT count(*) FROM usage_event WHERE tenant_id = $1",
			 BH_PARAMS(&payer->tenant), &bh_row_int, &count),
		"count");
	return count;
}

static void
write_events(struct bench *bench, struct payer *payer, const char *end)
{
	struct meter_slot *slots = calloc(METER_SETTLE_EVENTS, sizeof(*slots));
	int64_t before = events_of(payer), done = 0;
	double took = 0, again = 0;

	while (slots != NULL && done < bench->events) {
		double begin;

		for (size_t i = 0; i < METER_SETTLE_EVENTS; i++)
			slots[i] = slot_of(payer);
		begin = now_micros();
		settle(payer, slots, METER_SETTLE_EVENTS);
		must(meter_books_flush(&payer->db), "flush");
		took += now_micros() - begin;
		begin = now_micros();
		settle(payer, slots, METER_SETTLE_EVENTS);
		must(meter_books_flush(&payer->db), "flush");
		again += now_micros() - begin;
		bh_arena_close(&payer->arena);
		done += METER_SETTLE_EVENTS;
	}
	free(slots);
	printf("\"events_%s\": {\"per_s\": %.0f, \"again_per_s\": %.0f, \"sent\": %lld, \"written\": "
		   "%lld}%s",
		payer->name, (double)done * 1e6 / took, (double)done * 1e6 / again, (long long)(2 * done),
		(long long)(events_of(payer) - before), end);
}

int
main(int argc, char **argv)
{
	struct bench bench = {0};
	struct payer payers[2] = {0};

	bench.reservations = argc == 3 ? strtoll(argv[1], NULL, 10) : 0;
	bench.events = argc == 3 ? strtoll(argv[2], NULL, 10) : 0;
	if (bench.reservations < 1 || bench.reservations > MOST || bench.events < 1) {
		fprintf(stderr, "usage: bench_meter RESERVATIONS EVENTS\n");
		return 2;
	}
	bench.micros = calloc(MOST, sizeof(double));
	must(bench.micros == NULL ? BH_E_MEMORY : bh_test_db_open(&bench.test), "a scratch database");
	arrange(&bench, &payers[0], false);
	arrange(&bench, &payers[1], true);
	printf("{");
	for (size_t i = 0; i < BH_COUNT(payers); i++)
		reserve(&bench, &payers[i]);
	for (size_t i = 0; i < BH_COUNT(payers); i++)
		write_events(&bench, &payers[i], i + 1 < BH_COUNT(payers) ? ", " : "}\n");
	bh_test_db_close(&bench.test);
	free(bench.micros);
	return 0;
}
