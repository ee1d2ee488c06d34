/* SPDX-License-Identifier: Apache-2.0 */
/* http_platform.c: how the platform is, and how it is set up, for its staff. What only the supervisor knows lies in
 * files of the run folder (supervisor/tell.h). */
#include "auth/routes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "auth/auth.h"
#include "auth/store_audit.h"
#include "auth/store_platform.h"
#include "auth/syslog.h"
#include "auth/traffic.h"
#include "base/clock.h"
#include "base/log.h"
#include "service/request.h"

#define FILE_MOST BH_MIB
#define METRICS_MOST ((size_t)4 * BH_MIB)
#define GATEWAY_MS 3000

/* A file that the supervisor has written. BH_E_NOT_FOUND where there is no supervisor. */
static int
read_told(const struct bh_request *req, const char *name, struct bh_json_doc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const char *path = bh_arena_printf(req->arena, "%s/%s", bh_runtime_conf(req->runtime)->run_dir,
		name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = 1;

	if (fd < 0)
		return errno == ENOENT ? BH_E_NOT_FOUND : bh_error(BH_E_IO, "open %s: %m", path);
	while (n > 0 && text.len <= FILE_MOST) {
		n = read(fd, bh_buf_room(&text, 16 * BH_KIB), 16 * BH_KIB);
		text.len += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	if (n != 0)
		return bh_error(BH_E_IO, "read %s", path);
	return bh_json_parse(text.data, text.len, out);
}

/* ---- health ---- */

struct health {
	struct bh_json_doc status; /* root NULL: there is no supervisor */
	struct auth_queue *queues;
	size_t n_queues;
	struct auth_database database;
	struct auth_audit_source *sources;
	size_t n_sources;
	struct auth_syslog_state syslog;
	bool has_traffic;
	struct auth_traffic traffic;
};

static int
ask_gateway(struct bh_request *req, struct auth_traffic *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const struct bh_http_call call = {
		.method = "GET",
		.path = "/metrics",
		.first_byte_ms = GATEWAY_MS,
		.idle_ms = GATEWAY_MS,
		.watch_fd = -1,
	};
	struct bh_http_reply reply = {0};
	int rc = bh_http_call(bh_runtime_peer(req->runtime, "gateway"), &call, &reply);

	if (rc == 0 && reply.status != 200)
		rc = bh_error(BH_E_PROTOCOL, "the gateway returned %d", reply.status);
	if (rc == 0)
		rc = bh_http_reply_body(&reply, METRICS_MOST, &text);
	bh_http_reply_close(&reply);
	if (rc == 0)
		auth_traffic_read(bh_buf_string(&text), text.len, bh_runtime_services(req->runtime), out);
	return rc;
}

/* What cannot be asked now is left out: the page is there for bad days. The database has answered, for it has judged
 * who asks. */
static int
collect(struct bh_request *req, struct health *health)
{
	struct bh_db db = *req->db;
	int rc = read_told(req, "status.json", &health->status), gateway;

	if (rc == BH_E_NOT_FOUND)
		rc = 0;
	if (rc == 0)
		rc = auth_store_platform_queues(&db, &req->tenant, &health->queues, &health->n_queues);
	if (rc == 0)
		rc = auth_store_platform_database(&db, &req->tenant, &health->database);
	if (rc == 0)
		rc = auth_store_audit_sources(&db, &req->tenant, &health->sources, &health->n_sources);
	if (rc == 0)
		rc = auth_store_syslog_state(&db, &req->tenant, &health->syslog);
	if (rc < 0)
		return rc;
	gateway = ask_gateway(req, &health->traffic);
	health->has_traffic = gateway == 0;
	if (gateway < 0)
		bh_log_failure("ask the gateway for its metrics", gateway);
	return 0;
}

static void
write_queues(struct bh_write *write, const struct health *health)
{
	bh_write_name(write, "queues");
	bh_write_array(write);
	for (size_t i = 0; i < health->n_queues; i++) {
		const struct auth_queue *queue = &health->queues[i];

		bh_write_object(write);
		bh_write_pair_text(write, "queue", queue->queue);
		bh_write_pair_int(write, "ready", queue->ready);
		bh_write_pair_int(write, "scheduled", queue->scheduled);
		bh_write_pair_int(write, "running", queue->running);
		bh_write_pair_int(write, "oldest_s", queue->oldest_s);
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
write_database(struct bh_write *write, const struct health *health)
{
	const struct auth_database *database = &health->database;

	bh_write_name(write, "database");
	bh_write_object(write);
	bh_write_pair_text(write, "version", database->version);
	bh_write_pair_int(write, "bytes", database->bytes);
	bh_write_pair_int(write, "connections", database->connections);
	bh_write_pair_int(write, "connections_max", database->connections_max);
	if (database->oldest_transaction_s >= 0)
		bh_write_pair_int(write, "oldest_transaction_s", database->oldest_transaction_s);
	else
		bh_write_pair_null(write, "oldest_transaction_s");
	bh_write_end(write);
}

static void
write_disk(struct bh_write *write, const char *home)
{
	struct statvfs stat;

	bh_write_name(write, "disk");
	if (statvfs(home, &stat) < 0) {
		bh_write_null(write);
		return;
	}
	bh_write_object(write);
	bh_write_pair_int(write, "bytes", (int64_t)(stat.f_blocks * stat.f_frsize));
	bh_write_pair_int(write, "free_bytes", (int64_t)(stat.f_bavail * stat.f_frsize));
	bh_write_end(write);
}

static void
write_sources(struct bh_write *write, const struct health *health)
{
	bh_write_name(write, "audit");
	bh_write_array(write);
	for (size_t i = 0; i < health->n_sources; i++) {
		const struct auth_audit_source *source = &health->sources[i];

		bh_write_object(write);
		bh_write_pair_text(write, "source", source->source);
		bh_write_pair_int(write, "bytes", source->bytes);
		bh_write_pair_int(write, "behind_bytes", source->behind_bytes);
		bh_write_pair_int(write, "indexed_at", source->seen_ms / 1000);
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
write_syslog(struct bh_write *write, const struct health *health, bool is_set)
{
	const struct auth_syslog_state *syslog = &health->syslog;

	bh_write_name(write, "audit_syslog");
	if (!is_set) {
		bh_write_null(write);
		return;
	}
	bh_write_object(write);
	bh_write_pair_int(write, "behind_events", syslog->behind);
	bh_write_pair_int(write, "failures", syslog->failures);
	if (syslog->error != NULL)
		bh_write_pair_text(write, "error", syslog->error);
	else
		bh_write_pair_null(write, "error");
	if (syslog->delivered_ms > 0)
		bh_write_pair_int(write, "delivered_at", syslog->delivered_ms / 1000);
	else
		bh_write_pair_null(write, "delivered_at");
	bh_write_end(write);
}

static void
write_quantile(struct bh_write *write, const char *name, const struct auth_traffic *traffic,
	const struct auth_traffic_class *class, double part)
{
	double ms = auth_traffic_quantile(traffic, class, part);

	if (ms < 0)
		bh_write_pair_null(write, name);
	else
		bh_write_pair_double(write, name, ms);
}

/* Since when the gateway counts: its counters begin with its process. */
static const struct bh_json *
gateway_since(const struct bh_json *status)
{
	const struct bh_json *list = bh_json_get(status, "processes");

	for (size_t i = 0; i < bh_json_count(list); i++) {
		const char *kind = bh_json_get_string(bh_json_at(list, i), "kind");

		if (kind != NULL && strcmp(kind, "gateway") == 0)
			return bh_json_get(bh_json_at(list, i), "ready_since");
	}
	return NULL;
}

static void
write_traffic(struct bh_write *write, const struct health *health)
{
	const struct auth_traffic *traffic = &health->traffic;

	bh_write_name(write, "traffic");
	if (!health->has_traffic) {
		bh_write_null(write);
		return;
	}
	bh_write_object(write);
	bh_write_pair_json(write, "since", gateway_since(health->status.root));
	bh_write_name(write, "classes");
	bh_write_array(write);
	for (size_t i = 0; i < traffic->n; i++) {
		const struct auth_traffic_class *class = &traffic->classes[i];

		bh_write_object(write);
		bh_write_pair_text(write, "class", class->name);
		bh_write_pair_int(write, "requests", class->requests);
		bh_write_pair_int(write, "refused", class->refused);
		bh_write_pair_int(write, "failed", class->failed);
		write_quantile(write, "p50_ms", traffic, class, 0.5);
		write_quantile(write, "p95_ms", traffic, class, 0.95);
		bh_write_end(write);
	}
	bh_write_end(write);
	bh_write_end(write);
}

/* GET /api/platform/health */
int
auth_http_platform_health(struct bh_request *req)
{
	static const char *const told[] = {"ready", "version", "url", "started_at", "external_database",
		"processes"};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct health health = {0};
	int rc = collect(req, &health);

	if (rc == 0) {
		bh_write_object(&write);
		bh_write_pair_text(&write, "object", "platform_health");
		bh_write_pair_int(&write, "time", bh_clock_wall_ms() / 1000);
		for (size_t i = 0; i < BH_COUNT(told); i++)
			bh_write_pair_json(&write, told[i], bh_json_get(health.status.root, told[i]));
		write_queues(&write, &health);
		write_database(&write, &health);
		write_disk(&write, bh_runtime_conf(req->runtime)->home);
		write_sources(&write, &health);
		write_syslog(&write, &health, ((const struct auth *)req->service)->syslog != NULL);
		write_traffic(&write, &health);
		bh_write_end(&write);
		rc = bh_reply_json(req, 200, &body);
	}
	bh_json_close(&health.status);
	return rc < 0 ? bh_reply_error(req, rc, NULL) : 0;
}

/* ---- settings ---- */

/* GET /api/platform/settings: of every process, as they were when the platform was started. */
int
auth_http_platform_settings(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct bh_json_doc settings = {0};
	int rc = read_told(req, "settings.json", &settings);

	if (rc == 0) {
		bh_write_object(&write);
		bh_write_pair_text(&write, "object", "list");
		bh_write_pair_json(&write, "data", settings.root);
		bh_write_end(&write);
		rc = bh_reply_json(req, 200, &body);
	}
	bh_json_close(&settings);
	return rc < 0 ? bh_reply_error(req, rc, NULL) : 0;
}
