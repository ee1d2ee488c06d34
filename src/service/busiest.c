/* SPDX-License-Identifier: Apache-2.0 */
/* busiest.c: counts tenants in a table of fixed size, a minute at a time. */
#include "service/busiest.h"

#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "service/metrics.h"

void
bh_busiest_init(struct bh_busiest *busiest)
{
	*busiest = (struct bh_busiest){0};
	pthread_mutex_init(&busiest->lock, NULL);
}

void
bh_busiest_close(struct bh_busiest *busiest)
{
	pthread_mutex_destroy(&busiest->lock);
}

static int
by_time(const void *a, const void *b)
{
	uint64_t left = ((const struct bh_busy *)a)->us, right = ((const struct bh_busy *)b)->us;

	return (left < right) - (left > right);
}

/* Ends the minute that is over; nobody was busy in one that was passed over. */
static void
turn(struct bh_busiest *busiest, int64_t steady_ms)
{
	int64_t minute = steady_ms / BH_BUSIEST_MS;

	if (minute == busiest->minute)
		return;
	busiest->n_told = 0;
	if (minute == busiest->minute + 1) {
		qsort(busiest->now, busiest->n_now, sizeof(*busiest->now), by_time);
		busiest->n_told = busiest->n_now < BH_BUSIEST_TOLD ? busiest->n_now : BH_BUSIEST_TOLD;
		memcpy(busiest->told, busiest->now, busiest->n_told * sizeof(*busiest->told));
	}
	busiest->n_now = 0;
	busiest->minute = minute;
}

/* The tenant's row, a free one, or that of the least busy. */
static struct bh_busy *
row_of(struct bh_busiest *busiest, const struct bh_uuid *tenant)
{
	struct bh_busy *least = &busiest->now[0];

	for (size_t i = 0; i < busiest->n_now; i++) {
		if (bh_uuid_equal(&busiest->now[i].tenant, tenant))
			return &busiest->now[i];
		if (busiest->now[i].us < least->us)
			least = &busiest->now[i];
	}
	if (busiest->n_now < BH_BUSIEST_COUNTED) {
		least = &busiest->now[busiest->n_now++];
		*least = (struct bh_busy){0};
	}
	least->tenant = *tenant;
	return least;
}

void
bh_busiest_count(struct bh_busiest *busiest, const struct bh_uuid *tenant, int status,
	int64_t duration_us, int64_t steady_ms)
{
	struct bh_busy *row;

	pthread_mutex_lock(&busiest->lock);
	turn(busiest, steady_ms);
	row = row_of(busiest, tenant);
	row->requests++;
	row->failures += status >= 500;
	row->us += (uint64_t)duration_us;
	pthread_mutex_unlock(&busiest->lock);
}

void
bh_busiest_write(struct bh_busiest *busiest, const char *service, int64_t steady_ms,
	struct bh_buf *out)
{
	static const struct {
		const char *name, *help;
	} rows[] = {
		{"tenant_requests", "Requests of the busiest tenants in the last whole minute."},
		{"tenant_failures", "Those of them that were answered with 5xx."},
		{"tenant_busy_seconds", "Time that their requests took together in that minute."},
	};

	pthread_mutex_lock(&busiest->lock);
	turn(busiest, steady_ms);
	for (size_t i = 0; i < BH_COUNT(rows); i++) {
		bh_metrics_head(out, rows[i].name, "gauge", rows[i].help);
		for (size_t j = 0; j < busiest->n_told; j++) {
			const struct bh_busy *row = &busiest->told[j];
			double values[] = {(double)row->requests, (double)row->failures, (double)row->us / 1e6};
			char tenant[BH_UUID_TEXT];

			bh_uuid_format(&row->tenant, tenant);
			bh_buf_printf(out, "bulkhead_service_%s{service=\"%s\",tenant=\"%s\"} %.*f\n",
				rows[i].name, service, tenant, i == 2 ? 3 : 0, values[i]);
		}
	}
	pthread_mutex_unlock(&busiest->lock);
}
