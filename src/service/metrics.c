/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.c: plain atomic counters; the label sets are fixed by the route table. */
#include "service/audit.h"
#include "service/metrics.h"

#include <stdlib.h>

#include "base/log.h"
#include "db/db.h"

/* The last one counts everything else. */
static const int statuses[BH_METRICS_STATUSES - 1] = {200, 201, 202, 204, 206, 302, 303, 304, 400,
	401, 403, 404, 405, 408, 413, 415, 416, 429, 500, 502, 503, 504, 0};

/* Upper bounds in microseconds; the last bucket has none. */
static const int64_t bounds_us[BH_METRICS_BUCKETS - 1] = {500, 1000, 2500, 5000, 10000, 25000,
	50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 15000000, 60000000};

void
bh_metrics_init(struct bh_metrics *metrics, size_t n_routes)
{
	metrics->n_routes = n_routes;
	metrics->counts = calloc((n_routes + 1) * BH_METRICS_STATUSES, sizeof(*metrics->counts));
	BH_ASSERT(metrics->counts != NULL);
}

void
bh_metrics_close(struct bh_metrics *metrics)
{
	free(metrics->counts);
	metrics->counts = NULL;
}

void
bh_metrics_count(struct bh_metrics *metrics, size_t route, int status, int64_t duration_us)
{
	size_t bucket = 0;
	size_t i = 0;

	while (i < BH_METRICS_STATUSES - 1 && statuses[i] != status)
		i++;
	while (bucket < BH_METRICS_BUCKETS - 1 && duration_us > bounds_us[bucket])
		bucket++;
	__atomic_add_fetch(&metrics->counts[route * BH_METRICS_STATUSES + i], 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&metrics->buckets[bucket], 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&metrics->sum_us, (uint64_t)duration_us, __ATOMIC_RELAXED);
}

void
bh_metrics_head(struct bh_buf *out, const char *name, const char *type, const char *help)
{
	bh_buf_printf(out, "# HELP bulkhead_service_%s %s\n# TYPE bulkhead_service_%s %s\n", name, help,
		name, type);
}

void
bh_metrics_one(struct bh_buf *out, const char *name, const char *type, const char *help,
	const char *service, int64_t value)
{
	bh_metrics_head(out, name, type, help);
	bh_buf_printf(out, "bulkhead_service_%s{service=\"%s\"} %lld\n", name, service,
		(long long)value);
}

static void
write_requests(const struct bh_metrics *metrics, const struct bh_router *router,
	const char *service, struct bh_buf *out)
{
	bh_metrics_head(out, "requests_total", "counter", "Requests by route and status.");
	for (size_t route = 0; route <= metrics->n_routes; route++) {
		const struct bh_route *row = route < metrics->n_routes ? router->entries[route].route
															   : NULL;

		for (size_t i = 0; i < BH_METRICS_STATUSES; i++) {
			uint64_t count = __atomic_load_n(&metrics->counts[route * BH_METRICS_STATUSES + i],
				__ATOMIC_RELAXED);
			int status = i < BH_METRICS_STATUSES - 1 ? statuses[i] : 0;

			if (count == 0)
				continue;
			bh_buf_printf(out,
				"bulkhead_service_requests_total{service=\"%s\",method=\"%s\","
				"route=\"%s\",status=\"",
				service, row != NULL ? row->method : "", row != NULL ? row->path : "");
			if (status != 0)
				bh_buf_int(out, status);
			else
				bh_buf_text(out, "other");
			bh_buf_printf(out, "\"} %llu\n", (unsigned long long)count);
		}
	}
}

static void
write_durations(const struct bh_metrics *metrics, const char *service, struct bh_buf *out)
{
	uint64_t total = 0;

	bh_metrics_head(out, "duration_seconds", "histogram",
		"Time from the request header to the end of the response.");
	for (size_t i = 0; i < BH_METRICS_BUCKETS; i++) {
		total += __atomic_load_n(&metrics->buckets[i], __ATOMIC_RELAXED);
		bh_buf_printf(out, "bulkhead_service_duration_seconds_bucket{service=\"%s\",le=\"",
			service);
		if (i < BH_METRICS_BUCKETS - 1)
			bh_buf_printf(out, "%g", (double)bounds_us[i] / 1e6);
		else
			bh_buf_text(out, "+Inf");
		bh_buf_printf(out, "\"} %llu\n", (unsigned long long)total);
	}
	bh_buf_printf(out, "bulkhead_service_duration_seconds_sum{service=\"%s\"} %.6f\n", service,
		(double)__atomic_load_n(&metrics->sum_us, __ATOMIC_RELAXED) / 1e6);
	bh_buf_printf(out, "bulkhead_service_duration_seconds_count{service=\"%s\"} %llu\n", service,
		(unsigned long long)total);
}

void
bh_metrics_write(const struct bh_metrics *metrics, const struct bh_router *router,
	const char *service, unsigned running, const struct bh_audit *audit, struct bh_buf *out)
{
	write_requests(metrics, router, service, out);
	write_durations(metrics, service, out);
	bh_metrics_one(out, "running", "gauge", "Requests in progress.", service, running);
	bh_metrics_one(out, "audit_lost_total", "counter", "Audit lines not written.", service,
		(int64_t)__atomic_load_n(&audit->lost, __ATOMIC_RELAXED));
	bh_metrics_one(out, "audit_unwritten_total", "counter",
		"Refusals without a valid credential, counted but not written.", service,
		(int64_t)__atomic_load_n(&audit->unwritten, __ATOMIC_RELAXED));
	bh_metrics_one(out, "audit_refusals_unwritten_total", "counter",
		"Refusals of tenants, counted but not written.", service,
		(int64_t)__atomic_load_n(&audit->sampled, __ATOMIC_RELAXED));
}

void
bh_metrics_write_db(const struct bh_db_use *use, const char *service, struct bh_buf *out)
{
	bh_metrics_one(out, "db_connections", "gauge", "Database connections open.", service,
		use->open);
	bh_metrics_one(out, "db_lent", "gauge", "Database connections in use.", service, use->lent);
	bh_metrics_one(out, "db_waiting", "gauge", "Threads waiting for a database connection.",
		service, use->waiting);
	bh_metrics_one(out, "db_waited_total", "counter", "Waits for a database connection.", service,
		(int64_t)use->waited);
	bh_metrics_one(out, "db_refused_total", "counter",
		"Waits for a database connection that timed out.", service, (int64_t)use->refused);
}
