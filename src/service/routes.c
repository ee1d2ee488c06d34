/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c: the skeleton's own routes, and a service's, with the rest of its row checked. */
#include "base/clock.h"
#include "base/error.h"
#include "db/db.h"
#include "queue/worker.h"
#include "service/erase.h"
#include "service/running.h"
#include "service/serving.h"

/* GET /healthz: 200 once the service can judge credentials and serve. */
static int
http_health(struct bh_request *req)
{
	if (!bh_runtime_ready(req->runtime))
		return bh_reply_error(req, BH_E_STOPPING, NULL);
	return bh_reply_text(req, 200, "application/json", "{\"status\":\"ok\"}");
}

/* GET /livez: the process answers. For whoever would restart it otherwise. */
static int
http_live(struct bh_request *req)
{
	return bh_reply_text(req, 200, "application/json", "{\"status\":\"ok\"}");
}

/* GET /readyz: whether work should be sent here at this moment, and if not, what is missing. It names nothing else,
 * for anybody may ask. */
static int
http_ready(struct bh_request *req)
{
	char missing[128];

	bh_runtime_missing(req->runtime, missing, sizeof(missing));
	if (missing[0] == '\0')
		return bh_reply_text(req, 200, "application/json", "{\"status\":\"ok\"}");
	bh_reply_header(req, BH_HTTP_UNREADY, "1");
	return bh_reply_text(req, 503, "application/json",
		bh_arena_printf(req->arena, "{\"status\":\"unready\",\"missing\":\"%s\"}", missing));
}

bool
bh_route_is_probe(const struct bh_route *route)
{
	return route->handler == http_live || route->handler == http_ready;
}

/* GET /metrics: this process's counters; they are the operator's, not a tenant's. */
static int
http_metrics(struct bh_request *req)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_runtime *runtime = req->runtime;
	struct bh_db_use use;

	if (!bh_uuid_equal(&req->tenant, &bh_platform_tenant))
		return bh_reply_error(req,
			bh_error(BH_E_FORBIDDEN, "Only the platform operator can read metrics."), NULL);
	bh_metrics_write(&runtime->metrics, &runtime->router, runtime->service->name,
		bh_http_server_running(runtime->server), &runtime->audit, &body);
	bh_metrics_write_certificates(runtime->service->name, runtime->conf.places.cert_file,
		runtime->conf.places.ca_file, &body);
	if (runtime->db != NULL) {
		bh_db_pool_use(runtime->db, &use);
		bh_metrics_write_db(&use, runtime->service->name, &body);
		bh_retention_write(&runtime->retention, &body);
		bh_audit_index_write(runtime->audit_indexes, runtime->n_audit_indexes,
			runtime->service->name, &body);
	}
	if (!runtime->supervised)
		bh_audit_keep_metrics(&runtime->audit_keeper, &runtime->log, &body);
	bh_busiest_write(&runtime->busiest, runtime->service->name, bh_clock_steady_ms(), &body);
	bh_trace_metrics(runtime->trace, runtime->service->name, &body);
	bh_admission_write(&runtime->admission, runtime->service->name, &body);
	if (runtime->service->metrics != NULL)
		runtime->service->metrics(runtime->state, &body);
	return bh_reply_text(req, 200, "text/plain; version=0.0.4; charset=utf-8",
		bh_buf_string(&body));
}

/* clang-format off */
const struct bh_route bh_service_routes[] = {
	/* method  path        scope           limits  audit   body  ms    handler */
	{"GET",   "/healthz", "none",         "none", "none", 0,    5000, http_health, BH_ROUTE_INTERNAL},
	{"GET",   "/livez",   "none",         "none", "none", 0,    5000, http_live, BH_ROUTE_INTERNAL},
	{"GET",   "/readyz",  "none",         "none", "none", 0,    5000, http_ready, BH_ROUTE_INTERNAL},
	{"GET",   "/metrics", "metrics:read", "none", "none", 0,    5000, http_metrics, BH_ROUTE_INTERNAL},
	{"POST",  "/api/tenants/{tenant}/erase", BH_ERASE_SCOPE, "none", "none", 1024, 60000, bh_erase_http, BH_ROUTE_INTERNAL | BH_ROUTE_OPERATOR},
	{0},
};
/* clang-format on */

/* Their jobs end by themselves while requests are answered, and the workers' time comes after it. */
static int
check_kinds(const struct bh_worker_conf *jobs)
{
	const struct bh_job_kind *kind = jobs != NULL ? jobs->kinds : NULL;

	for (; kind != NULL && kind->name != NULL; kind++) {
		if (kind->finish_ms > BH_DRAIN_MS)
			return bh_error(BH_E_CONFIG, "jobs %s may take %lld ms to end, at most %d are allowed",
				kind->name, (long long)kind->finish_ms, BH_DRAIN_MS);
	}
	return 0;
}

static int
check_tables(const struct bh_service *service)
{
	const struct bh_retention_kind *kind = service->retention;

	while (kind != NULL && kind->name != NULL)
		kind++;
	if (kind != NULL && kind - service->retention > BH_RETENTION_KINDS_MOST)
		return bh_error(BH_E_CONFIG, "more than %d kinds of rows have a retention",
			BH_RETENTION_KINDS_MOST);
	for (const struct bh_route *at = service->routes; at->method != NULL; at++) {
		if ((at->flags & BH_ROUTE_IDEMPOTENT) != 0 && service->idempotency == NULL)
			return bh_error(BH_E_CONFIG,
				"route %s %s honours idempotency keys, but the service has no table for them",
				at->method, at->path);
	}
	return check_kinds(service->jobs);
}

int
bh_service_routes_open(struct bh_router *router, const struct bh_service *service)
{
	int rc = bh_router_add(router, bh_service_routes);

	if (rc == 0)
		rc = bh_router_add(router, service->routes);
	return rc < 0 ? rc : check_tables(service);
}
