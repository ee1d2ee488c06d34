/* SPDX-License-Identifier: Apache-2.0 */
/* parts.c: opens and closes what a service's process has: settings, log, secrets, pool, indexes, server. */
#include "service/parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "db/db.h"
#include "http/fetch.h"
#include "queue/worker.h"
#include "sec/token.h"
#include "service/idempotency.h"
#include "service/onward_cache.h"
#include "service/running.h"
#include "service/serving.h"

#define CONNECTIONS_MOST 2000
#define IDLE_S 75 /* longer than the gateway keeps its own side */
#define BODY_MEMORY_MOST ((size_t)1024 * BH_KIB)
#define POOL_WAIT_MS 5000
#define TOKEN_LEEWAY_S 5
#define TOKEN_CACHE 4096

extern char **environ;

const char *
bh_service_environment(const char *name, const char *preset)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : preset;
}

static int
find_places(struct bh_runtime *runtime)
{
	struct bh_platform_conf *conf = &runtime->conf;
	const char *home = bh_service_environment("BULKHEAD_HOME", NULL);
	const char *run_dir = bh_service_environment("BULKHEAD_RUN", NULL);

	if (home == NULL || run_dir == NULL)
		return bh_error(BH_E_CONFIG,
			"BULKHEAD_HOME and BULKHEAD_RUN must name the state folder and the socket folder");
	/* Room for the longest name, "/http.sock.new" and the NUL in a socket address of 108 bytes. */
	if (strlen(run_dir) > 70)
		return bh_error(BH_E_CONFIG, "the path of the socket folder is longer than 70 bytes");
	conf->home = bh_arena_strdup(&runtime->arena, home);
	conf->run_dir = bh_arena_strdup(&runtime->arena, run_dir);
	conf->log_dir = bh_arena_printf(&runtime->arena, "%s/logs", home);
	conf->program_dir = bh_arena_strdup(&runtime->arena,
		bh_service_environment("BULKHEAD_PROGRAMS", ""));
	conf->public_url = bh_arena_strdup(&runtime->arena,
		bh_service_environment("BULKHEAD_PUBLIC_URL", ""));
	runtime->spool_dir = bh_arena_strdup(&runtime->arena, bh_service_environment("TMPDIR", "/tmp"));
	return 0;
}

static int
read_settings(struct bh_runtime *runtime, const char *path)
{
	const struct bh_service *service = runtime->service;
	struct bh_section sections[10 + BH_PLACES_SECTIONS] = {
		{"platform", bh_platform_settings, bh_n_platform_settings, &runtime->conf},
		{"database", bh_database_settings, bh_n_database_settings, &runtime->conf},
		{"object", bh_object_settings, bh_n_object_settings, &runtime->conf.object},
		{"mail", bh_mail_settings, bh_n_mail_settings, &runtime->conf.mail},
		{"fetch", bh_fetch_settings, bh_n_fetch_settings, &runtime->conf.fetch},
		{"trace", bh_trace_settings, bh_n_trace_settings, &runtime->conf.trace},
		{"log", bh_log_settings, bh_n_log_settings, &runtime->log},
		{"audit", bh_audit_settings, bh_n_audit_settings, &runtime->log},
		{"limits", bh_shared_settings, bh_n_shared_settings, &runtime->conf.limits},
		{service->name, service->settings, service->n_settings, runtime->state},
	};
	int rc = find_places(runtime);

	bh_places_sections(&runtime->arena, runtime->services, &runtime->conf.places, &sections[10]);
	/* Other processes' sections were checked by whoever started us. */
	if (rc == 0)
		rc = bh_conf_load_own(&runtime->arena, BH_LIST(sections), path, environ);
	return rc < 0 ? rc : bh_places_check(&runtime->conf.places, runtime->services);
}

static int
open_log(const struct bh_runtime *runtime)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};

	for (size_t i = 0; i < BH_COUNT(names); i++) {
		if (strcmp(runtime->conf.log_level, names[i]) == 0) {
			bh_log_open(runtime->service->name, (enum bh_log_level)i);
			return 0;
		}
	}
	return bh_error(BH_E_CONFIG, "platform.log_level must be one of debug, info, warn, error");
}

static int
read_secrets(struct bh_runtime *runtime)
{
	const char *text = bh_service_environment("BULKHEAD_SECRETS_FD", "-1");
	const char *dir = bh_service_environment("BULKHEAD_SECRETS_DIR", NULL);
	int64_t fd = -1;

	if (!runtime->supervised && dir != NULL)
		return bh_service_secrets_read_dir(dir, runtime->service->name, &runtime->secrets);
	if (!runtime->supervised)
		return bh_error(BH_E_CONFIG,
			"no secrets: BULKHEAD_SECRETS_DIR must name a folder, as `bulkhead secrets create` "
			"makes "
			"it");
	if (bh_text_int(text, -1, 65535, &fd) < 0)
		return bh_error(BH_E_CONFIG, "BULKHEAD_SECRETS_FD is not a descriptor");
	return bh_service_secrets_read((int)fd, &runtime->secrets);
}

static int
open_checker(struct bh_runtime *runtime)
{
	const struct bh_token_checker_conf conf = {
		.issuer = runtime->conf.issuer,
		.audience = runtime->service->name,
		.leeway_s = TOKEN_LEEWAY_S,
		.cache_entries = TOKEN_CACHE,
	};

	return bh_token_checker_open(&conf, &runtime->checker);
}

static int
open_pool(struct bh_runtime *runtime)
{
	char instance[BH_UUID_TEXT];
	const struct bh_db_conf conf = {
		.conninfo = bh_platform_conninfo(&runtime->conf, &runtime->arena, runtime->service->name),
		.citus = bh_platform_is_citus(&runtime->conf),
		.replica = bh_platform_replica(&runtime->conf, &runtime->arena, runtime->service->name),
		.connections = runtime->conf.database_connections,
		.vital_connections = runtime->conf.database_vital_connections,
		.tenant_share_percent = runtime->conf.database_tenant_share_percent,
		.wait_ms = POOL_WAIT_MS,
		.statement_ms = runtime->conf.database_statement_ms,
		.step_mib = runtime->conf.database_step_mib,
		.application = bh_arena_printf(&runtime->arena, "bulkhead-%s", runtime->service->name),
		.instance = instance,
	};

	bh_instance_init(&runtime->instance);
	bh_uuid_format(&runtime->instance.id, instance);
	return bh_db_pool_open(&conf, &runtime->db);
}

static void
open_jobs(struct bh_runtime *runtime)
{
	struct bh_worker_conf conf;

	if (runtime->service->jobs == NULL)
		return;
	conf = *runtime->service->jobs;
	conf.queue = runtime->service->name;
	conf.db = runtime->db;
	conf.stop = &runtime->stopping;
	conf.service = runtime->state;
	runtime->jobs = bh_worker_pool_new(&conf);
}

static void
open_retention(struct bh_runtime *runtime)
{
	runtime->retention = (struct bh_retention){
		.queue = runtime->service->name,
		.kinds = runtime->service->retention,
		.state = runtime->state,
		.db = runtime->db,
		.stopping = &runtime->stopping,
	};
}

/* The gateway has no way to the database: who issues the tokens that it asks for reads its file too. */
static void
open_audit_indexes(struct bh_runtime *runtime)
{
	const char *name = runtime->service->name;
	struct bh_audit_index index = {.db = runtime->db, .stopping = &runtime->stopping};

	index.source = name;
	index.path = runtime->audit.acts.path;
	runtime->audit_indexes[runtime->n_audit_indexes++] = index;
	if (!runtime->service->issues_tokens)
		return;
	index.source = "gateway";
	index.patient = true;
	index.path = bh_arena_printf(&runtime->arena, "%s/audit-gateway.jsonl", runtime->conf.log_dir);
	runtime->audit_indexes[runtime->n_audit_indexes++] = index;
}

/* Whoever speaks over TCP needs the secret by which members know each other. */
static int
check_wire(struct bh_runtime *runtime, const char *listen)
{
	const struct bh_platform_conf *conf = &runtime->conf;
	bool remote;

	runtime->walled = bh_places_is_remote(listen);
	remote = runtime->walled ||
		bh_places_is_remote(bh_places_peer(&runtime->arena, &conf->places, runtime->services,
			conf->run_dir, BH_PLACES_GATEWAY));
	for (size_t i = 0; !remote && runtime->services[i] != NULL; i++)
		remote = bh_places_is_remote(bh_places_peer(&runtime->arena, &conf->places,
			runtime->services, conf->run_dir, runtime->services[i]->name));
	if (remote && !runtime->secrets.has_wire)
		return bh_error(BH_E_CONFIG,
			"addresses with http or https need the secret `wire`, as `bulkhead secrets create` "
			"makes it");
	return 0;
}

int
bh_service_open_server(struct bh_runtime *runtime)
{
	const char *run_dir = runtime->conf.run_dir, *name = runtime->service->name;
	const struct bh_http_server_conf conf = {
		.listen = bh_places_listen(&runtime->arena, &runtime->conf.places, runtime->services,
			run_dir, name),
		.cert_file = runtime->conf.places.cert_file,
		.key_file = runtime->conf.places.key_file,
		.socket_mode = 0660,
		.connections_max = CONNECTIONS_MOST,
		.idle_s = IDLE_S,
		.body_memory_max = runtime->body_memory_max,
		.spool_dir = runtime->spool_dir,
		.ctx = runtime,
		.admit = bh_serve_admit,
		.handle = bh_serve_handle,
		.grow = bh_serve_grow,
		.done = bh_serve_done,
	};

	/* The supervisor has made it; without one it is ours to make. What cannot be made, the next step
	 * names. */
	(void)mkdir(bh_arena_printf(&runtime->arena, "%s/%s", run_dir, name), 0750);
	return bh_http_server_open(&conf, &runtime->server);
}

/* The gateway's spans come by the service that reads its audit file anyway. */
static int
open_traces(struct bh_runtime *runtime)
{
	const struct bh_trace_settings *settings = &runtime->conf.trace;
	int rc = bh_trace_open(settings,
		bh_arena_printf(&runtime->arena, "bulkhead-%s", runtime->service->name), &runtime->trace);

	if (rc < 0 || !runtime->service->issues_tokens)
		return rc;
	runtime->gateway_tail.path = bh_arena_printf(&runtime->arena, "%s/audit-gateway.jsonl",
		runtime->conf.log_dir);
	return bh_trace_open(settings, "bulkhead-gateway", &runtime->gateway_trace);
}

/* Its password may be a secret like the others. */
static int
open_shared(struct bh_runtime *runtime)
{
	struct bh_shared_conf *conf = &runtime->conf.limits;
	const char *dir = bh_service_environment("BULKHEAD_SECRETS_DIR", NULL);

	if (!runtime->supervised && dir != NULL && conf->password_file[0] == '\0')
		conf->password_file = bh_service_secrets_file(&runtime->arena, dir, runtime->service->name,
			"shared");
	return bh_shared_open(conf, &runtime->shared);
}

int
bh_service_open_parts(struct bh_runtime *runtime, const char *conf_path)
{
	int rc = read_settings(runtime, conf_path);

	if (rc == 0)
		rc = open_log(runtime);
	if (rc == 0)
		rc = read_secrets(runtime);
	if (rc == 0)
		rc = bh_service_routes_open(&runtime->router, runtime->service);
	if (rc == 0)
		rc = bh_audit_open(&runtime->audit, runtime->conf.log_dir, runtime->service->name);
	if (rc == 0)
		rc = open_traces(runtime);
	if (rc == 0)
		rc = open_pool(runtime);
	if (rc == 0)
		rc = open_shared(runtime);
	if (rc == 0)
		rc = bh_fetcher_open(&runtime->conf.fetch, &runtime->fetcher);
	if (rc == 0)
		rc = open_checker(runtime);
	if (rc == 0) {
		bh_metrics_init(&runtime->metrics, runtime->router.n_entries);
		bh_busiest_init(&runtime->busiest);
		open_retention(runtime);
		open_audit_indexes(runtime);
		open_jobs(runtime);
		runtime->onward = bh_onward_cache_new();
		runtime->body_memory_max = BODY_MEMORY_MOST;
		bh_admission_init(&runtime->admission, &runtime->conf, CONNECTIONS_MOST);
		rc = check_wire(runtime,
			bh_places_listen(&runtime->arena, &runtime->conf.places, runtime->services,
				runtime->conf.run_dir, runtime->service->name));
	}
	/* Over TCP, and in the place of another, it listens once it can serve: see serve. */
	return rc < 0 || runtime->walled || runtime->succeeds ? rc : bh_service_open_server(runtime);
}

void
bh_service_close_parts(struct bh_runtime *runtime)
{
	bh_admission_close(&runtime->admission);
	bh_onward_cache_free(runtime->onward);
	bh_worker_pool_free(runtime->jobs);
	bh_token_checker_close(runtime->checker);
	bh_shared_close(runtime->shared);
	bh_fetcher_close(runtime->fetcher);
	if (runtime->db != NULL)
		bh_db_pool_close(runtime->db);
	for (size_t i = 0; i < runtime->n_audit_indexes; i++)
		bh_audit_index_close(&runtime->audit_indexes[i]);
	bh_audit_close(&runtime->audit);
	bh_trace_close(runtime->gateway_trace);
	bh_trace_close(runtime->trace);
	bh_trace_tail_close(&runtime->gateway_tail);
	bh_busiest_close(&runtime->busiest);
	bh_metrics_close(&runtime->metrics);
	bh_router_close(&runtime->router);
	bh_service_secrets_close(&runtime->secrets);
}
