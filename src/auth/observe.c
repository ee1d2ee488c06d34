/* SPDX-License-Identifier: Apache-2.0 */
/* observe.c: reads what the database knows of the whole platform, and writes it as metrics. */
#include "auth/observe.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/syslog.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "service/platform.h"
#include "service/request.h"

struct auth_observed {
	pthread_mutex_t lock; /* guards what follows */
	struct bh_buf text;   /* owned: the lines as they were read last */
	int64_t read_ms;      /* wall clock; 0: never */
	uint64_t failures;
	bool failing; /* of the worker alone */
};

/* clang-format off */
static const struct {
	const char *name, *label, *help; /* label NULL: the figure has none */
} known[] = {
	{"database_bytes", NULL, "Size of the database."},
	{"database_connections", NULL, "Connections to the database, of all its clients."},
	{"database_connections_max", NULL, "Connections that the database server accepts."},
	{"database_oldest_transaction_seconds", NULL, "Age of the oldest open transaction."},
	{"database_replicas", NULL, "Servers that receive the database's changes."},
	{"database_replica_lag_bytes", NULL, "Changes that the slowest replica has not applied yet."},
	{"tenants", "state", "Tenants by state."},
	{"reservations", NULL, "Acts in flight for which money is set aside."},
	{"reservation_oldest_seconds", NULL, "Since when the oldest of them has not been renewed."},
	{"quarantined", NULL, "Usage events that the database refused and that wait for an operator."},
	{"ingestion_files", "status", "Files of vector stores by the status of their ingestion."},
	{"stripe_outbox", "state", "Calls to Stripe that are owed or were refused."},
	{"mail_outbox", "state", "Mails that were not sent, by state."},
	{"invoices", "status", "Invoices that are not closed, by status."},
};
/* clang-format on */

int
auth_observed_open(struct auth_observed **out)
{
	struct auth_observed *observed = calloc(1, sizeof(*observed));

	if (observed == NULL)
		return BH_E_MEMORY;
	pthread_mutex_init(&observed->lock, NULL);
	*out = observed;
	return 0;
}

void
auth_observed_close(struct auth_observed *observed)
{
	if (observed == NULL)
		return;
	bh_buf_close(&observed->text);
	pthread_mutex_destroy(&observed->lock);
	free(observed);
}

static void
head(struct bh_buf *out, const char *name, const char *help)
{
	bh_buf_printf(out, "# HELP bulkhead_%s %s\n# TYPE bulkhead_%s gauge\n", name, help, name);
}

static void
write_jobs(const struct auth_jobs *jobs, size_t n, struct bh_buf *out)
{
	head(out, "jobs", "Jobs that are not over, by queue, kind and state.");
	for (size_t i = 0; i < n; i++) {
		const struct {
			const char *name;
			int64_t jobs;
		} states[] = {{"ready", jobs[i].ready}, {"scheduled", jobs[i].scheduled},
			{"running", jobs[i].running}};

		for (size_t j = 0; j < BH_COUNT(states); j++)
			bh_buf_printf(out, "bulkhead_jobs{queue=\"%s\",kind=\"%s\",state=\"%s\"} %lld\n",
				jobs[i].queue, jobs[i].kind, states[j].name, (long long)states[j].jobs);
	}
	head(out, "job_oldest_seconds", "How long the oldest job that is ready has waited.");
	for (size_t i = 0; i < n; i++)
		bh_buf_printf(out, "bulkhead_job_oldest_seconds{queue=\"%s\",kind=\"%s\"} %lld\n",
			jobs[i].queue, jobs[i].kind, (long long)jobs[i].oldest_s);
}

static void
write_figures(const struct auth_figure *figures, size_t n, struct bh_buf *out)
{
	for (size_t i = 0; i < BH_COUNT(known); i++) {
		head(out, known[i].name, known[i].help);
		for (size_t j = 0; j < n; j++) {
			if (strcmp(figures[j].name, known[i].name) != 0)
				continue;
			bh_buf_printf(out, "bulkhead_%s", known[i].name);
			if (known[i].label != NULL)
				bh_buf_printf(out, "{%s=\"%s\"}", known[i].label, figures[j].label);
			bh_buf_printf(out, " %lld\n", (long long)figures[j].figure);
		}
	}
}

void
auth_observe_write(const struct auth_jobs *jobs, size_t n_jobs, const struct auth_figure *figures,
	size_t n_figures, int64_t now_ms, struct bh_buf *out)
{
	write_jobs(jobs, n_jobs, out);
	write_figures(figures, n_figures, out);
	for (size_t i = 0; i < n_figures; i++) {
		if (strcmp(figures[i].name, "database_time_milliseconds") != 0)
			continue;
		head(out, "database_clock_ahead_seconds",
			"How far the database's clock is ahead of this machine's.");
		bh_buf_printf(out, "bulkhead_database_clock_ahead_seconds %.3f\n",
			(double)(figures[i].figure - now_ms) / 1000);
	}
}

void
auth_observe_run(struct bh_runtime *runtime, void *service)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const struct auth *auth = service;
	struct auth_observed *observed = auth->observed;
	struct auth_syslog_state syslog = {0};
	struct bh_db db = auth_vital_db(runtime, &arena);
	struct auth_figure *figures = NULL;
	struct auth_jobs *jobs = NULL;
	size_t n_figures = 0, n_jobs = 0;
	int rc = auth_store_platform_jobs(&db, &bh_platform_tenant, &jobs, &n_jobs);

	if (rc == 0)
		rc = auth_store_platform_figures(&db, &bh_platform_tenant, &figures, &n_figures);
	if (rc == 0 && auth->syslog != NULL)
		rc = auth_store_syslog_state(&db, &bh_platform_tenant, &syslog);
	if (rc < 0 && !observed->failing)
		bh_log_failure("read the platform's figures (will retry)", rc);
	observed->failing = rc < 0;
	if (rc == 0)
		auth_observe_write(jobs, n_jobs, figures, n_figures, bh_clock_machine_ms(), &text);
	if (rc == 0)
		auth_syslog_metrics(&syslog, &text);
	pthread_mutex_lock(&observed->lock);
	if (rc < 0) {
		observed->failures++;
	} else {
		observed->read_ms = bh_clock_wall_ms();
		bh_buf_reset(&observed->text);
		bh_buf_add(&observed->text, text.data, text.len);
	}
	pthread_mutex_unlock(&observed->lock);
}

void
auth_observe_metrics(const void *state, struct bh_buf *out)
{
	struct auth_observed *observed = ((const struct auth *)state)->observed;

	pthread_mutex_lock(&observed->lock);
	bh_buf_add(out, observed->text.data, observed->text.len);
	head(out, "figures_read_timestamp_seconds",
		"When the database was last asked for the figures of the whole platform; 0: never.");
	bh_buf_printf(out, "bulkhead_figures_read_timestamp_seconds %lld\n",
		(long long)(observed->read_ms / 1000));
	bh_buf_printf(out,
		"# HELP bulkhead_figures_failures_total Times that it did not answer.\n"
		"# TYPE bulkhead_figures_failures_total counter\n"
		"bulkhead_figures_failures_total %llu\n",
		(unsigned long long)observed->failures);
	pthread_mutex_unlock(&observed->lock);
}
