/* SPDX-License-Identifier: Apache-2.0 */
/* traffic.h: what the gateway's counters say of requests, by the class of their routes. */
#ifndef AUTH_TRAFFIC_H
#define AUTH_TRAFFIC_H

#include <stddef.h>
#include <stdint.h>

struct bh_service;

enum { AUTH_TRAFFIC_CLASSES = 8, AUTH_TRAFFIC_BUCKETS = 32 };

/* One class: a word of the routes' `limits`, or "other". */
struct auth_traffic_class {
	const char *name;
	int64_t requests;
	int64_t refused;                     /* 4xx */
	int64_t failed;                      /* 5xx */
	int64_t below[AUTH_TRAFFIC_BUCKETS]; /* requests that took no longer than the bound */
};

/* Zeroed means none. */
struct auth_traffic {
	struct auth_traffic_class classes[AUTH_TRAFFIC_CLASSES];
	size_t n;
	double bounds_s[AUTH_TRAFFIC_BUCKETS]; /* rising; the last is infinite */
	size_t n_bounds;
};

/* Reads the gateway's metrics (Prometheus' text form); lines of anything else are passed over. */
void auth_traffic_read(const char *text, size_t len, const struct bh_service *const *services,
	struct auth_traffic *out);

/* The time within which that part of the requests (0.95) was answered, in ms, between the bounds of its bucket by
 * proportion; the highest bound where it lies beyond all; -1 without requests. */
double auth_traffic_quantile(const struct auth_traffic *traffic,
	const struct auth_traffic_class *class, double part);

#endif
