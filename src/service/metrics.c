/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.c: plain atomic counters; the label sets are fixed by the route table. */
#include "service/audit.h"
#include "service/metrics.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "db/db.h"
#include "sec/certificate.h"

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
	metrics->route_us = calloc(n_routes + 1, sizeof(*metrics->route_us));
	BH_ASSERT(metrics->counts != NULL && metrics->route_us != NULL);
}

void
bh_metrics_close(struct bh_metrics *metrics)
{
	free(metrics->counts);
	free(metrics->route_us);
	metrics->counts = metrics->route_us = NULL;
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
	__atomic_add_fetch(&metrics->route_us[route], (uint64_t)duration_us, __ATOMIC_RELAXED);
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

/* A summary without quantiles: what a histogram of each route would tell more is not worth sixteen times the lines;
 * the gateway's has them. */
static void
write_routes(const struct bh_metrics *metrics, const struct bh_router *router, const char *service,
	struct bh_buf *out)
{
	bh_metrics_head(out, "route_duration_seconds", "summary", "The same by route.");
	for (size_t route = 0; route < metrics->n_routes; route++) {
		const struct bh_route *row = router->entries[route].route;
		uint64_t count = 0;

		for (size_t i = 0; i < BH_METRICS_STATUSES; i++)
			count += __atomic_load_n(&metrics->counts[route * BH_METRICS_STATUSES + i],
				__ATOMIC_RELAXED);
		if (count == 0)
			continue;
		bh_buf_printf(out,
			"bulkhead_service_route_duration_seconds_sum{service=\"%s\",method=\"%s\",route=\"%s\"}"
			" "
			"%.6f\n",
			service, row->method, row->path,
			(double)__atomic_load_n(&metrics->route_us[route], __ATOMIC_RELAXED) / 1e6);
		bh_buf_printf(out,
			"bulkhead_service_route_duration_seconds_count{service=\"%s\",method=\"%s\",route=\"%"
			"s\"}"
			" %llu\n",
			service, row->method, row->path, (unsigned long long)count);
	}
}

/* Resident memory, as /proc counts it: the second number of statm, in pages. */
static int64_t
resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long long all = 0, resident = 0;

	if (file == NULL)
		return 0;
	if (fscanf(file, "%lld %lld", &all, &resident) != 2)
		resident = 0;
	fclose(file);
	return resident * sysconf(_SC_PAGESIZE);
}

static int64_t
open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int64_t n = 0;

	while (dir != NULL && readdir(dir) != NULL)
		n++;
	if (dir != NULL)
		closedir(dir);
	return n > 3 ? n - 3 : 0; /* the folder's own, "." and ".." */
}

void
bh_metrics_write_process(const char *service, struct bh_buf *out)
{
	struct rusage use = {0};
	struct rlimit files = {0};

	getrusage(RUSAGE_SELF, &use);
	getrlimit(RLIMIT_NOFILE, &files);
	bh_buf_printf(out,
		"# HELP bulkhead_build_info The version that runs.\n# TYPE bulkhead_build_info gauge\n"
		"bulkhead_build_info{service=\"%s\",version=\"%s\"} 1\n",
		service, BH_VERSION);
	bh_metrics_one(out, "resident_bytes", "gauge", "Memory of the process.", service,
		resident_bytes());
	bh_metrics_one(out, "open_files", "gauge", "Open files of the process.", service, open_files());
	bh_metrics_one(out, "open_files_max", "gauge", "Files that it may open.", service,
		(int64_t)files.rlim_cur);
	bh_metrics_head(out, "cpu_seconds_total", "counter", "Processor time of the process.");
	bh_buf_printf(out, "bulkhead_service_cpu_seconds_total{service=\"%s\"} %.3f\n", service,
		(double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
			(double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6);
}

void
bh_metrics_write_certificates(const char *service, const char *cert_file, const char *ca_file,
	struct bh_buf *out)
{
	const struct {
		const char *setting, *path;
	} files[] = {{"listen.cert_file", cert_file}, {"peer.ca_file", ca_file}};
	const char *head =
		"# HELP bulkhead_certificate_end_timestamp_seconds When the first certificate of the "
		"file that a setting names ends.\n"
		"# TYPE bulkhead_certificate_end_timestamp_seconds gauge\n";

	for (size_t i = 0; i < BH_COUNT(files); i++) {
		int64_t end_ms;

		if (files[i].path == NULL || files[i].path[0] == '\0' ||
			bh_certificate_end(files[i].path, &end_ms) < 0)
			continue;
		bh_buf_text(out, head);
		head = "";
		bh_buf_printf(out,
			"bulkhead_certificate_end_timestamp_seconds{setting=\"%s\",service=\"%s\"} %lld\n",
			files[i].setting, service, (long long)(end_ms / 1000));
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
	write_routes(metrics, router, service, out);
	bh_metrics_write_process(service, out);
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
	bh_metrics_one(out, "db_replica_chosen_total", "counter", "Searches sent to a replica.",
		service, (int64_t)use->replica_chosen);
	bh_metrics_one(out, "db_replica_passed_total", "counter",
		"Searches for which the replica was away or behind.", service,
		(int64_t)use->replica_passed);
}
