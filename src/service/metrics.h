/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.h: the process's counters, shown as Prometheus text. Nothing that a request chooses is a label, and no
 * tenant but in the lines of busiest.h, which are few. Only src/service includes it. */
#ifndef BH_SERVICE_METRICS_H
#define BH_SERVICE_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "service/router.h"

struct bh_audit;
struct bh_db_use;

#define BH_METRICS_STATUSES 24
#define BH_METRICS_BUCKETS 16

struct bh_metrics {
	size_t n_routes;                      /* and one more, for requests without a route */
	uint64_t *counts;                     /* owned: [n_routes + 1][BH_METRICS_STATUSES]; atomic */
	uint64_t buckets[BH_METRICS_BUCKETS]; /* not cumulative; atomic */
	uint64_t sum_us;                      /* atomic */
	uint64_t *route_us;                   /* owned: [n_routes + 1]; atomic */
};

void bh_metrics_init(struct bh_metrics *metrics, size_t n_routes);
void bh_metrics_close(struct bh_metrics *metrics);

/* Counts one exchange; route is an entry's index, or n_routes for none. */
void bh_metrics_count(struct bh_metrics *metrics, size_t route, int status, int64_t duration_us);

/* The version, and what the process uses of the machine. */
void bh_metrics_write_process(const char *service, struct bh_buf *out);

/* What precedes the values of bulkhead_service_<name>, and this with its one value. */
void bh_metrics_head(struct bh_buf *out, const char *name, const char *type, const char *help);
void bh_metrics_one(struct bh_buf *out, const char *name, const char *type, const char *help,
	const char *service, int64_t value);

/* When the certificates end that a process speaks with over TCP; of one without such a file nothing. */
void bh_metrics_write_certificates(const char *service, const char *cert_file, const char *ca_file,
	struct bh_buf *out);

/* The pool of database connections, by the names of struct bh_db_use. */
void bh_metrics_write_db(const struct bh_db_use *use, const char *service, struct bh_buf *out);

void bh_metrics_write(const struct bh_metrics *metrics, const struct bh_router *router,
	const char *service, unsigned running, const struct bh_audit *audit, struct bh_buf *out);

#endif
