/* SPDX-License-Identifier: Apache-2.0 */
/* top.c: bulkhead top: what the platform is doing, in one screen, from the metrics of its processes. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "cli/scrape.h"
#include "json/fields.h"

enum {
	EVERY_MS = 2000,
	ONCE_MS = 1000, /* rates need two moments */
	PROCESSES_MOST = BH_SERVICES_MAX + 1,
	TENANTS_MOST = 8,
	QUEUES_MOST = 12,
	ENGINES_MOST = 8
};

/* What a process has counted since its start. */
struct counted {
	char name[32];
	bool answers;
	double requests, failures, running, lent, open;
	struct cli_histogram times;
};

struct engine {
	char name[32];
	double running, places, waiting;
};

struct queue {
	char queue[32], kind[64];
	double ready, running, oldest_s;
};

struct tenant {
	char id[64], name[128];
	double requests, failures, busy_s;
};

/* One look at everything. */
struct look {
	int64_t at_ms;
	bool ready;
	struct counted processes[PROCESSES_MOST];
	size_t n_processes;
	struct engine engines[ENGINES_MOST];
	size_t n_engines;
	struct queue queues[QUEUES_MOST];
	size_t n_queues;
	struct tenant tenants[TENANTS_MOST * 8]; /* of all services; sorted, the first are shown */
	size_t n_tenants;
	double tokens;
};

/* ---- looking ---- */

static void
count_process(const char *text, struct counted *out)
{
	bool is_gateway = strcmp(out->name, "gateway") == 0;
	const char *requests = is_gateway ? "bulkhead_gateway_requests_total"
									  : "bulkhead_service_requests_total";

	out->answers = true;
	out->requests = cli_sample_sum(text, requests, NULL, NULL);
	out->failures = cli_sample_sum(text, requests, "status", "5");
	out->running = cli_sample_sum(text, "bulkhead_service_running", NULL, NULL);
	out->lent = cli_sample_sum(text, "bulkhead_service_db_lent", NULL, NULL);
	out->open = cli_sample_sum(text, "bulkhead_service_db_connections", NULL, NULL);
	cli_histogram_read(text,
		is_gateway ? "bulkhead_gateway_request_duration_seconds"
				   : "bulkhead_service_duration_seconds",
		&out->times);
}

static struct engine *
engine_of(struct look *look, const char *name)
{
	for (size_t i = 0; i < look->n_engines; i++) {
		if (strcmp(look->engines[i].name, name) == 0)
			return &look->engines[i];
	}
	if (look->n_engines == ENGINES_MOST)
		return NULL;
	snprintf(look->engines[look->n_engines].name, sizeof(look->engines[0].name), "%s", name);
	return &look->engines[look->n_engines++];
}

static void
read_engines(const char *text, struct look *look)
{
	static const struct {
		const char *metric;
		size_t offset;
	} rows[] = {
		{"bulkhead_engine_running", offsetof(struct engine, running)},
		{"bulkhead_engine_places", offsetof(struct engine, places)},
		{"bulkhead_engine_waiting", offsetof(struct engine, waiting)},
	};

	for (size_t i = 0; i < BH_COUNT(rows); i++) {
		struct cli_sample sample;
		const char *at = text;
		char name[32];

		while (cli_sample_next(&at, rows[i].metric, &sample)) {
			struct engine *engine = cli_sample_label(&sample, "engine", name, sizeof(name))
				? engine_of(look, name)
				: NULL;

			if (engine != NULL)
				*(double *)(void *)((char *)engine + rows[i].offset) = sample.value;
		}
	}
	look->tokens = cli_sample_sum(text, "bulkhead_model_tokens_total", NULL, NULL);
}

static void
read_queues(const char *text, struct look *look)
{
	struct cli_sample sample;
	const char *at = text;
	char state[16];

	while (cli_sample_next(&at, "bulkhead_jobs", &sample)) {
		struct queue one = {0}, *queue = NULL;

		if (!cli_sample_label(&sample, "queue", one.queue, sizeof(one.queue)) ||
			!cli_sample_label(&sample, "kind", one.kind, sizeof(one.kind)) ||
			!cli_sample_label(&sample, "state", state, sizeof(state)))
			continue;
		for (size_t i = 0; i < look->n_queues; i++) {
			if (strcmp(look->queues[i].queue, one.queue) == 0 &&
				strcmp(look->queues[i].kind, one.kind) == 0)
				queue = &look->queues[i];
		}
		if (queue == NULL && look->n_queues < QUEUES_MOST) {
			queue = &look->queues[look->n_queues++];
			*queue = one;
		}
		if (queue != NULL && strcmp(state, "ready") == 0)
			queue->ready = sample.value;
		if (queue != NULL && strcmp(state, "running") == 0)
			queue->running = sample.value;
	}
	for (at = text; cli_sample_next(&at, "bulkhead_job_oldest_seconds", &sample);) {
		struct queue one;

		for (size_t i = 0; i < look->n_queues; i++) {
			if (cli_sample_label(&sample, "queue", one.queue, sizeof(one.queue)) &&
				cli_sample_label(&sample, "kind", one.kind, sizeof(one.kind)) &&
				strcmp(one.queue, look->queues[i].queue) == 0 &&
				strcmp(one.kind, look->queues[i].kind) == 0)
				look->queues[i].oldest_s = sample.value;
		}
	}
}

static struct tenant *
tenant_of(struct look *look, const char *id)
{
	for (size_t i = 0; i < look->n_tenants; i++) {
		if (strcmp(look->tenants[i].id, id) == 0)
			return &look->tenants[i];
	}
	if (look->n_tenants == BH_COUNT(look->tenants))
		return NULL;
	look->tenants[look->n_tenants] = (struct tenant){0};
	snprintf(look->tenants[look->n_tenants].id, sizeof(look->tenants[0].id), "%s", id);
	return &look->tenants[look->n_tenants++];
}

static void
read_tenants(const char *text, struct look *look)
{
	static const struct {
		const char *metric;
		size_t offset;
	} rows[] = {
		{"bulkhead_service_tenant_requests", offsetof(struct tenant, requests)},
		{"bulkhead_service_tenant_failures", offsetof(struct tenant, failures)},
		{"bulkhead_service_tenant_busy_seconds", offsetof(struct tenant, busy_s)},
	};

	for (size_t i = 0; i < BH_COUNT(rows); i++) {
		struct cli_sample sample;
		const char *at = text;
		char id[64];

		while (cli_sample_next(&at, rows[i].metric, &sample)) {
			struct tenant *tenant = cli_sample_label(&sample, "tenant", id, sizeof(id))
				? tenant_of(look, id)
				: NULL;

			if (tenant != NULL)
				*(double *)(void *)((char *)tenant + rows[i].offset) += sample.value;
		}
	}
}

static int
by_time(const void *a, const void *b)
{
	double left = ((const struct tenant *)a)->busy_s, right = ((const struct tenant *)b)->busy_s;

	return (left < right) - (left > right);
}

/* The busiest few, by their names. */
static void
name_tenants(struct cli *cli, struct look *look)
{
	qsort(look->tenants, look->n_tenants, sizeof(*look->tenants), by_time);
	if (look->n_tenants > TENANTS_MOST)
		look->n_tenants = TENANTS_MOST;
	for (size_t i = 0; i < look->n_tenants; i++) {
		BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
		struct tenant *tenant = &look->tenants[i];
		struct bh_uuid id;
		const char *name = NULL;

		if (bh_uuid_parse(tenant->id, &id) == 0 && bh_uuid_equal(&id, &bh_platform_tenant))
			name = "platform";
		else if (cli_api_quiet(cli, "GET",
					 cli_api_path(cli, "/api/auth/api/tenants/%s", tenant->id), NULL, &doc) == 200)
			name = bh_json_get_string(doc.root, "name");
		snprintf(tenant->name, sizeof(tenant->name), "%.127s", name != NULL ? name : tenant->id);
	}
}

static void
look_at(struct cli *cli, const char *name, struct look *look)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct counted *process = &look->processes[look->n_processes++];

	snprintf(process->name, sizeof(process->name), "%s", name);
	if (cli_scrape(cli, name, &text) != 200)
		return;
	count_process(bh_buf_string(&text), process);
	if (strcmp(name, "gateway") == 0)
		return;
	read_tenants(bh_buf_string(&text), look);
	read_queues(bh_buf_string(&text), look);
	read_engines(bh_buf_string(&text), look);
}

/* An exit status. What does not answer is shown so. */
static int
look_around(struct cli *cli, bool with_names, struct look *look)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = cli_api_control(cli, "GET", "/status", NULL, &doc);

	*look = (struct look){.at_ms = bh_clock_steady_ms()};
	if (status != CLI_OK)
		return status;
	bh_json_bool(bh_json_get(doc.root, "ready"), &look->ready);
	look_at(cli, "gateway", look);
	for (size_t i = 0; cli->services[i] != NULL; i++)
		look_at(cli, cli->services[i]->name, look);
	if (with_names)
		name_tenants(cli, look);
	return CLI_OK;
}

/* ---- showing ---- */

static double
rate(const struct look *before, const struct look *after, double was, double is)
{
	double s = (double)(after->at_ms - before->at_ms) / 1000;

	/* Less than before: it was started again. */
	return s <= 0 ? 0 : (is >= was ? is - was : is) / s;
}

static void
time_text(double seconds, char out[16])
{
	if (seconds < 0)
		strcpy(out, "-");
	else if (seconds < 1)
		snprintf(out, 16, "%.1f ms", seconds * 1000);
	else
		snprintf(out, 16, "%.1f s", seconds);
}

static void
show_processes(const struct look *before, const struct look *after)
{
	printf("%-12s %9s %9s %10s %10s %8s %9s\n", "SERVICE", "REQ/S", "FAIL/S", "P50", "P95",
		"RUNNING", "DATABASE");
	for (size_t i = 0; i < after->n_processes; i++) {
		const struct counted *was = &before->processes[i], *is = &after->processes[i];
		char p50[16], p95[16], database[32] = "-", running[16] = "-";

		if (!is->answers) {
			printf("%-12s %s\n", is->name, "does not answer");
			continue;
		}
		time_text(cli_histogram_quantile(&was->times, &is->times, 0.5), p50);
		time_text(cli_histogram_quantile(&was->times, &is->times, 0.95), p95);
		if (i > 0) {
			snprintf(database, sizeof(database), "%.0f of %.0f", is->lent, is->open);
			snprintf(running, sizeof(running), "%.0f", is->running);
		}
		printf("%-12s %9.1f %9.1f %10s %10s %8s %9s\n", is->name,
			rate(before, after, was->requests, is->requests),
			rate(before, after, was->failures, is->failures), p50, p95, running, database);
	}
}

static void
show(const struct look *before, const struct look *after)
{
	printf("%s   %.1f tokens/s\n\n", after->ready ? "ready" : "not ready",
		rate(before, after, before->tokens, after->tokens));
	show_processes(before, after);
	if (after->n_engines > 0)
		printf("\n%-20s %9s %9s %9s\n", "ENGINE", "RUNNING", "PLACES", "WAITING");
	for (size_t i = 0; i < after->n_engines; i++)
		printf("%-20s %9.0f %9.0f %9.0f\n", after->engines[i].name, after->engines[i].running,
			after->engines[i].places, after->engines[i].waiting);
	if (after->n_queues > 0)
		printf("\n%-12s %-24s %9s %9s %9s\n", "QUEUE", "JOBS", "READY", "RUNNING", "OLDEST");
	for (size_t i = 0; i < after->n_queues; i++)
		printf("%-12s %-24.24s %9.0f %9.0f %7.0f s\n", after->queues[i].queue,
			after->queues[i].kind, after->queues[i].ready, after->queues[i].running,
			after->queues[i].oldest_s);
	if (after->n_tenants > 0)
		printf("\n%-36s %9s %9s %9s\n", "TENANT, LAST MINUTE", "REQUESTS", "FAILED", "TIME");
	for (size_t i = 0; i < after->n_tenants; i++) {
		const struct tenant *tenant = &after->tenants[i];
		char name[37];

		/* A name is a tenant's own: nothing of it moves the cursor. */
		snprintf(name, sizeof(name), "%.36s", tenant->name);
		cli_print_plain(name, strlen(name));
		printf("%*s %9.0f %9.0f %7.1f s\n", (int)(36 - strlen(name)), "", tenant->requests,
			tenant->failures, tenant->busy_s);
	}
}

static void
write_seconds(struct bh_write *write, const char *name, double seconds)
{
	if (seconds >= 0) {
		bh_write_pair_double(write, name, seconds);
		return;
	}
	bh_write_name(write, name);
	bh_write_null(write);
}

static void
write_processes(struct bh_write *write, const struct look *before, const struct look *after)
{
	bh_write_name(write, "services");
	bh_write_array(write);
	for (size_t i = 0; i < after->n_processes; i++) {
		const struct counted *was = &before->processes[i], *is = &after->processes[i];

		bh_write_object(write);
		bh_write_pair_text(write, "name", is->name);
		bh_write_pair_bool(write, "answers", is->answers);
		bh_write_pair_double(write, "requests_per_second",
			rate(before, after, was->requests, is->requests));
		bh_write_pair_double(write, "failures_per_second",
			rate(before, after, was->failures, is->failures));
		write_seconds(write, "p50_s", cli_histogram_quantile(&was->times, &is->times, 0.5));
		write_seconds(write, "p95_s", cli_histogram_quantile(&was->times, &is->times, 0.95));
		bh_write_pair_int(write, "requests", (int64_t)is->requests);
		bh_write_pair_int(write, "running", (int64_t)is->running);
		bh_write_pair_int(write, "database_lent", (int64_t)is->lent);
		bh_write_pair_int(write, "database_connections", (int64_t)is->open);
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
write_rest(struct bh_write *write, const struct look *look)
{
	bh_write_name(write, "engines");
	bh_write_array(write);
	for (size_t i = 0; i < look->n_engines; i++) {
		bh_write_object(write);
		bh_write_pair_text(write, "name", look->engines[i].name);
		bh_write_pair_int(write, "running", (int64_t)look->engines[i].running);
		bh_write_pair_int(write, "places", (int64_t)look->engines[i].places);
		bh_write_pair_int(write, "waiting", (int64_t)look->engines[i].waiting);
		bh_write_end(write);
	}
	bh_write_end(write);
	bh_write_name(write, "queues");
	bh_write_array(write);
	for (size_t i = 0; i < look->n_queues; i++) {
		bh_write_object(write);
		bh_write_pair_text(write, "queue", look->queues[i].queue);
		bh_write_pair_text(write, "kind", look->queues[i].kind);
		bh_write_pair_int(write, "ready", (int64_t)look->queues[i].ready);
		bh_write_pair_int(write, "running", (int64_t)look->queues[i].running);
		bh_write_pair_int(write, "oldest_s", (int64_t)look->queues[i].oldest_s);
		bh_write_end(write);
	}
	bh_write_end(write);
	bh_write_name(write, "tenants");
	bh_write_array(write);
	for (size_t i = 0; i < look->n_tenants; i++) {
		bh_write_object(write);
		bh_write_pair_text(write, "id", look->tenants[i].id);
		bh_write_pair_text(write, "name", look->tenants[i].name);
		bh_write_pair_int(write, "requests", (int64_t)look->tenants[i].requests);
		bh_write_pair_int(write, "failures", (int64_t)look->tenants[i].failures);
		bh_write_pair_double(write, "busy_s", look->tenants[i].busy_s);
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
show_json(const struct look *before, const struct look *after)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};

	bh_write_object(&write);
	bh_write_pair_bool(&write, "ready", after->ready);
	bh_write_pair_double(&write, "interval_s", (double)(after->at_ms - before->at_ms) / 1000);
	bh_write_pair_double(&write, "tokens_per_second",
		rate(before, after, before->tokens, after->tokens));
	write_processes(&write, before, after);
	write_rest(&write, after);
	bh_write_end(&write);
	puts(bh_buf_string(&text));
	fflush(stdout);
}

static void
pause_ms(int64_t ms)
{
	const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

int
cli_top_run(struct cli *cli)
{
	static struct look looks[2]; /* too large for a stack */
	bool once = cli->options.once || cli->options.json || !isatty(STDOUT_FILENO);
	int status = look_around(cli, false, &looks[0]);

	for (int now = 1; status == CLI_OK; now = 1 - now) {
		pause_ms(once ? ONCE_MS : EVERY_MS);
		status = look_around(cli, true, &looks[now]);
		if (status != CLI_OK)
			break;
		if (cli->options.json) {
			show_json(&looks[1 - now], &looks[now]);
		} else {
			/* From the upper left corner, and what was below it is removed: no flicker. */
			if (!once)
				fputs("\033[H\033[J", stdout);
			show(&looks[1 - now], &looks[now]);
			fflush(stdout);
		}
		if (once)
			break;
	}
	return status;
}
