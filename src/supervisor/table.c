/* SPDX-License-Identifier: Apache-2.0 */
/* table.c: the process table, and the command line of each row. */
#include "supervisor/table.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "nginx/conf.h"
#include "service/platform.h"
#include "service/services.h"
#include "supervisor/external.h"
#include "supervisor/image.h"
#include "supervisor/instance.h"
#include "supervisor/passfile.h"
#include "supervisor/renew.h"
#include "supervisor/user.h"

#define WORDS_SPARE 64u /* of a command line, or besides what the environment here holds */

/* What a child may keep of the operator's environment. */
static const char *const passed_on[] = {
	"http_proxy=",
	"https_proxy=",
	"no_proxy=",
	"HTTPS_PROXY=",
	"NO_PROXY=",
	"SSL_CERT_FILE=",
	"SSL_CERT_DIR=",
	"ASAN_OPTIONS=",
	"UBSAN_OPTIONS=",
	"LSAN_OPTIONS=",
};

/* argv or environment in the making. */
struct words {
	struct bh_arena *arena;
	char **list;
	size_t n, size;
};

static void
add(struct words *words, char *text)
{
	/* Two more stay free for what the start adds, and one for the NULL at the end. */
	BH_ASSERT(words->n + 3 < words->size);
	words->list[words->n++] = text;
}

static void add_text(struct words *words, const char *format, ...) BH_PRINTF(2, 3);

static void
add_text(struct words *words, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(words, bh_arena_vprintf(words->arena, format, args));
	va_end(args);
}

static struct words
words_open(struct bh_arena *arena)
{
	size_t size = WORDS_SPARE;

	for (char **at = environ; *at != NULL; at++)
		size++;
	return (struct words){arena, bh_arena_array(arena, size, sizeof(char *)), 0, size};
}

static bool
is_passed_on(const char *variable)
{
	for (size_t i = 0; i < BH_COUNT(passed_on); i++) {
		if (bh_text_starts(variable, passed_on[i]))
			return true;
	}
	return false;
}

/* A clean environment: nothing of the operator's shell but what is named above. */
static struct words
base_environment(struct supervisor_instance *instance, const struct supervisor_row *row,
	struct bh_arena *arena)
{
	struct words words = words_open(arena);

	add_text(&words, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	add_text(&words, "LANG=C.UTF-8");
	add_text(&words, "TZ=UTC");
	add_text(&words, "HOME=%s", instance->place.home);
	if (row->user != NULL)
		add_text(&words, "TMPDIR=%s/tmp/%s", instance->place.home, row->user);
	for (char **at = environ; *at != NULL; at++) {
		if (is_passed_on(*at))
			add_text(&words, "%s", *at);
	}
	return words;
}

/* For our own executables: the settings the operator gave by variable, and where this instance lies. */
static struct words
own_environment(struct supervisor_instance *instance, const struct supervisor_row *row,
	struct bh_arena *arena)
{
	static const char *const placed[] = {"HOME=", "RUN=", "PROGRAMS=", "SECRETS_DIR=",
		"SECRETS_FD=", "SUCCEEDS=", "HANDOVER_FD=", "PUBLIC_URL="};
	struct words words = base_environment(instance, row, arena);
	/* The set-up role's password is no service's. */
	bool is_service = row->kind == SUPERVISOR_SERVICE || row->kind == SUPERVISOR_HELPER;

	for (char **at = environ; *at != NULL; at++) {
		bool is_placed = is_service && bh_text_starts(*at, "BULKHEAD_DATABASE_SETUP_URL=");

		if (!bh_text_starts(*at, "BULKHEAD_"))
			continue;
		for (size_t i = 0; i < BH_COUNT(placed); i++)
			is_placed = is_placed || bh_text_starts(*at + strlen("BULKHEAD_"), placed[i]);
		if (!is_placed)
			add_text(&words, "%s", *at);
	}
	add_text(&words, "BULKHEAD_HOME=%s", instance->place.home);
	add_text(&words, "BULKHEAD_RUN=%s", instance->place.run);
	add_text(&words, "BULKHEAD_PROGRAMS=%s", instance->place.programs);
	add_text(&words, "BULKHEAD_PUBLIC_URL=%s",
		supervisor_settings_public_url(arena, &instance->settings));
	return words;
}

/* A copy of argv, with room for what the start adds. */
static int
finish(const char *const *argv, const struct words *environment, struct supervisor_command *out)
{
	struct words words = words_open(environment->arena);

	for (; *argv != NULL; argv++)
		add_text(&words, "%s", *argv);
	*out = (struct supervisor_command){words.list, environment->list};
	return 0;
}

/* ---- the rows' commands ---- */

int
supervisor_table_step(struct supervisor_instance *instance, const struct supervisor_row *row,
	struct bh_arena *arena, struct supervisor_command *out)
{
	const char *const argv[] = {instance->place.executable, "step", row->name, NULL};
	struct words environment = own_environment(instance, row, arena);
	const char *passfile = getenv("PGPASSFILE");

	if (passfile != NULL && passfile[0] != '\0')
		add_text(&environment, "PGPASSFILE=%s", passfile);
	return finish(argv, &environment, out);
}

static int
command_service(struct supervisor_instance *instance, const struct supervisor_row *row,
	struct bh_arena *arena, struct supervisor_command *out)
{
	const char *const argv[] = {instance->place.executable, "serve", row->name, NULL};
	struct words environment = own_environment(instance, row, arena);
	const char *passfile = NULL;
	int rc = supervisor_passfile_make(arena, &instance->place, row->name, &passfile);

	if (rc < 0)
		return rc;
	if (passfile != NULL)
		add_text(&environment, "PGPASSFILE=%s", passfile);
	return finish(argv, &environment, out);
}

static int
command_helper(struct supervisor_instance *instance, const struct supervisor_row *row,
	struct bh_arena *arena, struct supervisor_command *out)
{
	const char *const argv[] = {instance->place.executable, "step", row->name, NULL};
	const struct words environment = own_environment(instance, row, arena);

	return finish(argv, &environment, out);
}

/* Modest memory, one Unix socket, no network: the other settings are PostgreSQL's own defaults. */
static int
command_postgres(struct supervisor_instance *instance, const struct supervisor_row *row,
	struct bh_arena *arena, struct supervisor_command *out)
{
	const struct supervisor_postgres_conf *conf = &instance->settings.postgres;
	const struct words environment = base_environment(instance, row, arena);
	const char *program = bh_arena_printf(arena, "%s/postgres", instance->manifest.postgres_bin);
	const char *const argv[] = {program, "-D",
		bh_arena_printf(arena, "%s/db/data", instance->place.home), "--listen_addresses=",
		bh_arena_printf(arena, "--unix_socket_directories=%s/pg", instance->place.run),
		instance->place.as_root ? "--unix_socket_permissions=0770"
								: "--unix_socket_permissions=0700",
		bh_arena_printf(arena, "--shared_buffers=%lldMB", (long long)conf->shared_buffers_mib),
		bh_arena_printf(arena, "--max_connections=%lld", (long long)conf->connections), "--jit=off",
		"--huge_pages=off", "--work_mem=8MB", "--random_page_cost=1.1", "--timezone=UTC",
		"--log_timezone=UTC",
		/* After a crash the files are synced as one file system, not one by one: back within a
		 * second. */
		"--recovery_init_sync_method=syncfs",
		/* And what has to be read again is bounded: about 4 ms a megabyte, by default four times as
		 * much. Checkpoints that come sooner for it are meant. */
		"--max_wal_size=384MB", "--checkpoint_warning=0", "--logging_collector=off",
		"--log_destination=stderr",
		instance->place.as_root ? "--unix_socket_group=" SUPERVISOR_GROUP : NULL, NULL};

	return finish(argv, &environment, out);
}

/* Settings and models as the files have them now: another model or engine needs no more than a restart of this
 * process. What cannot be read leaves those of the start in place. */
static void
read_settings(struct supervisor_instance *instance, struct bh_arena *arena,
	struct supervisor_settings *out, struct supervisor_manifest *out_manifest)
{
	struct supervisor_settings settings = {0};
	struct supervisor_manifest manifest = {0};
	int rc = supervisor_settings_load(arena, &instance->place, instance->services, &settings);

	if (rc == 0)
		rc = supervisor_manifest_read(arena, instance->place.programs, instance->place.home,
			settings.engine.chat_model, &manifest);
	if (rc < 0)
		bh_log_failure("read the engine's settings; those of the start are used", rc);
	*out = rc == 0 ? settings : instance->settings;
	*out_manifest = rc == 0 ? manifest : instance->manifest;
}

static int
command_engine(struct supervisor_instance *instance, const struct supervisor_row *row,
	struct bh_arena *arena, struct supervisor_command *out)
{
	struct words environment = base_environment(instance, row, arena);
	bool chat = strcmp(row->name, "chat") == 0;
	struct supervisor_settings settings;
	const struct supervisor_engine_conf *conf = &settings.engine;
	struct supervisor_manifest with;
	const struct supervisor_model *model = chat ? &with.chat : &with.embedding;
	const char *extra[3] = {NULL, NULL, NULL};
	int64_t slots, context;
	size_t n = 0;

	read_settings(instance, arena, &settings, &with);
	slots = chat ? conf->chat_slots : conf->embedding_slots;
	context = chat ? conf->chat_context : 0;
	if (model->template != NULL)
		extra[n++] = bh_arena_printf(arena, "--chat-template=%s", model->template);
	if (with.engine_server != NULL)
		extra[n++] = bh_arena_printf(arena, "--server=%s", with.engine_server);
	if (chat)
		extra[n++] = bh_arena_printf(arena, "--adapters=%s/adapters", instance->place.home);
	const char *const argv[] = {with.python, "-I", "-B", with.engine_runner, "--socket",
		supervisor_place_socket(arena, &instance->place, row->name), "--model", model->path,
		"--kind", chat ? "chat" : "embedding", "--name", model->name, "--slots",
		bh_arena_printf(arena, "%lld", (long long)(slots > 0 ? slots : model->slots)), "--context",
		bh_arena_printf(arena, "%lld", (long long)(context > 0 ? context : model->engine_context)),
		"--threads", bh_arena_printf(arena, "%lld", (long long)conf->threads), extra[0], extra[1],
		extra[2], NULL};

	/* Threads that wait for work must not take the processors from everybody else. */
	add_text(&environment, "OMP_WAIT_POLICY=passive");
	return finish(argv, &environment, out);
}

/* Their settings are those of the start: what they serve changes with the program folder only. */
static int
command_speech(struct supervisor_instance *instance, const struct supervisor_row *row,
	struct bh_arena *arena, struct supervisor_command *out)
{
	struct words environment = base_environment(instance, row, arena);
	const struct supervisor_manifest *with = &instance->manifest;
	bool hears = strcmp(row->name, SUPERVISOR_TRANSCRIPTION) == 0;
	const struct supervisor_model *model = hears ? &with->transcription : &with->speech;
	int64_t threads = instance->settings.engine.threads;
	const char *const argv[] = {with->python, "-I", "-B", with->speech_runner, "--socket",
		supervisor_place_socket(arena, &instance->place, row->name), "--model", model->path,
		"--kind", hears ? "transcription" : "speech", "--name", model->name, "--threads",
		bh_arena_printf(arena, "%lld", (long long)threads), NULL};

	add_text(&environment, "OMP_WAIT_POLICY=passive");
	return finish(argv, &environment, out);
}

/* As the files have them now, as with the chat engine: other weights need a restart of this process only. */
static int
command_image(struct supervisor_instance *instance, const struct supervisor_row *row,
	struct bh_arena *arena, struct supervisor_command *out)
{
	struct words environment = base_environment(instance, row, arena);
	char *argv[SUPERVISOR_IMAGE_WORDS];
	struct supervisor_settings settings;
	struct supervisor_manifest with;

	read_settings(instance, arena, &settings, &with);
	if (settings.image.weights[0] == '\0' || with.image_runner == NULL)
		return bh_error(BH_E_CONFIG,
			"image.weights is not set, or `make image-engine` was not run");
	supervisor_image_command(arena, &settings.image, &with,
		supervisor_place_socket(arena, &instance->place, row->name), argv);
	add_text(&environment, "OMP_WAIT_POLICY=passive");
	return finish((const char *const *)argv, &environment, out);
}

static const char *
find_module(struct supervisor_instance *instance, struct bh_arena *arena)
{
	static const char name[] = "ngx_http_bulkhead_module.so";
	const char *const candidates[] = {
		bh_arena_printf(arena, "%s/lib/%s", instance->place.tree, name),
		bh_arena_printf(arena, "%s/lib/%s", instance->place.programs, name),
	};
	const char *folder = bh_arena_strdup(arena, instance->place.executable);

	for (size_t i = 0; i < BH_COUNT(candidates); i++) {
		if (access(candidates[i], R_OK) == 0)
			return candidates[i];
	}
	/* Run from a build folder: bulkhead and gateway/ are side by side. */
	return bh_arena_printf(arena, "%.*s/gateway/%s", (int)(strrchr(folder, '/') - folder), folder,
		name);
}

bool
supervisor_table_shares(const struct supervisor_instance *instance)
{
	const char *url = instance->settings.platform.limits.url;

	return url != NULL && url[0] != '\0';
}

void
supervisor_table_gateway(struct supervisor_instance *instance, struct bh_arena *arena,
	struct bh_nginx_conf *out)
{
	const struct bh_log_conf *log = &instance->settings.log;
	struct bh_nginx_conf conf = instance->settings.gateway;

	conf.module = find_module(instance, arena);
	conf.public_url = supervisor_settings_public_url(arena, &instance->settings);
	conf.run_dir = instance->place.run;
	conf.temp_dir = bh_arena_printf(arena, "%s/tmp/gw", instance->place.home);
	conf.log_dir = instance->place.logs;
	conf.page_dir = supervisor_place_share(arena, &instance->place, "web/out");
	conf.places = &instance->settings.platform.places;
	conf.by_address.lines = log->audit_address_lines;
	conf.anonymous_lines = log->audit_anonymous_lines;
	conf.refusal_lines = log->audit_refusal_lines;
	conf.gateways = supervisor_table_shares(instance) ? instance->settings.platform.limits.gateways
													  : 0;
	*out = conf;
}

/* The configuration is made from the route tables at each start of the gateway. */
static int
command_gateway(struct supervisor_instance *instance, const struct supervisor_row *row,
	struct bh_arena *arena, struct supervisor_command *out)
{
	const char *path = bh_arena_printf(arena, "%s/nginx.conf", instance->place.home);
	struct bh_nginx_conf conf;
	const struct words environment = base_environment(instance, row, arena);
	const char *const argv[] = {instance->manifest.nginx, "-p",
		bh_arena_printf(arena, "%s/tmp/gw/", instance->place.home), "-e", "stderr", "-c", path,
		NULL};
	int rc;

	supervisor_table_gateway(instance, arena, &conf);
	rc = supervisor_renew_install(instance, arena, &conf.tls);
	if (rc == 0)
		rc = bh_nginx_conf_save(&conf, instance->services, path);
	return rc < 0 ? rc : finish(argv, &environment, out);
}

/* ---- the rows ---- */

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *const after_migrate[] = {"migrate", NULL};

/* PostgreSQL ends itself cleanly on SIGINT and nginx its workers on SIGTERM; the rest is killed,
 * because nothing of theirs is lost by it. */
static const struct supervisor_row before_services[] = {
	{"database-setup", SUPERVISOR_STEP, "db", NULL, NULL, SUPERVISOR_PROBE_EXIT, NULL, SIGTERM,
		SIGKILL, 5000, 120000, supervisor_table_step},
	{"postgres", SUPERVISOR_DATABASE, "db", NAMES("database-setup"), NULL,
		SUPERVISOR_PROBE_POSTGRES, NULL, SIGINT, SIGINT, 20000, 300000, command_postgres},
	{"migrate", SUPERVISOR_STEP, NULL, NAMES("postgres"), NULL, SUPERVISOR_PROBE_EXIT, NULL,
		SIGTERM, SIGKILL, 5000, 600000, supervisor_table_step},
	{"chat", SUPERVISOR_ENGINE, "engine", NULL, NULL, SUPERVISOR_PROBE_HTTP, "/health", SIGTERM,
		SIGKILL, 3000, 300000, command_engine, SIGUSR1},
	{"embed", SUPERVISOR_ENGINE, "engine", NULL, NULL, SUPERVISOR_PROBE_HTTP, "/health", SIGTERM,
		SIGKILL, 3000, 300000, command_engine},
	{SUPERVISOR_TRANSCRIPTION, SUPERVISOR_ENGINE, "engine", NULL, NULL, SUPERVISOR_PROBE_HTTP,
		"/health", SIGTERM, SIGKILL, 3000, 300000, command_speech},
	{SUPERVISOR_SPEECH, SUPERVISOR_ENGINE, "engine", NULL, NULL, SUPERVISOR_PROBE_HTTP, "/health",
		SIGTERM, SIGKILL, 3000, 300000, command_speech},
	{SUPERVISOR_IMAGE, SUPERVISOR_ENGINE, "engine", NULL, NULL, SUPERVISOR_PROBE_HTTP, "/health",
		SIGTERM, SIGKILL, 3000, 300000, command_image},
};

/* Starts when the schema is there; stops before the database, whom it calls and the engines it uses. */
static struct supervisor_row
service_row(struct bh_arena *arena, const struct bh_service *const *services,
	const struct bh_service *service)
{
	const struct bh_service *issuer = bh_services_issuer(services);
	struct words uses = words_open(arena);

	add_text(&uses, "postgres");
	if (issuer != NULL && issuer != service)
		add_text(&uses, "%s", issuer->name);
	for (const struct bh_service_call *at = service->calls; at != NULL && at->service != NULL; at++)
		if (!at->outlives)
			add_text(&uses, "%s", at->service);
	for (const char *const *at = service->uses; at != NULL && *at != NULL; at++)
		add_text(&uses, "%s", *at);
	return (struct supervisor_row){service->name, SUPERVISOR_SERVICE, service->name, after_migrate,
		(const char *const *)uses.list, SUPERVISOR_PROBE_HTTP, "/healthz", SIGTERM, SIGKILL, 15000,
		60000, command_service, SIGTERM};
}

/* Leases limits for the gateway, which goes on without it by its part of them: nobody waits for it, and it has nothing
 * to be asked but by nginx. */
static struct supervisor_row
limits_row(void)
{
	return (struct supervisor_row){SUPERVISOR_LIMITS, SUPERVISOR_HELPER, "gw", NULL, NULL,
		SUPERVISOR_PROBE_NONE, NULL, SIGTERM, SIGKILL, 5000, 10000, command_helper};
}

static struct supervisor_row
gateway_row(struct bh_arena *arena, const struct bh_service *const *services)
{
	struct words after = words_open(arena);

	for (; *services != NULL; services++)
		add_text(&after, "%s", (*services)->name);
	return (struct supervisor_row){"gateway", SUPERVISOR_GATEWAY, "gw",
		(const char *const *)after.list, NULL, SUPERVISOR_PROBE_HTTP, "/healthz", SIGQUIT, SIGTERM,
		10000, 30000, command_gateway};
}

const struct supervisor_row *
supervisor_table_make(struct bh_arena *arena, const struct bh_service *const *services)
{
	size_t n = BH_COUNT(before_services), n_services = bh_services_count(services);
	struct supervisor_row *rows = bh_arena_array(arena, n + n_services + 3, sizeof(*rows));

	memcpy(rows, before_services, sizeof(before_services));
	for (size_t i = 0; i < n_services; i++)
		rows[n++] = service_row(arena, services, services[i]);
	rows[n++] = limits_row();
	rows[n++] = gateway_row(arena, services);
	rows[n] = (struct supervisor_row){0};
	return rows;
}

bool
supervisor_table_speaks(const struct supervisor_instance *instance)
{
	return instance->settings.engine.speech && instance->manifest.speech_runner != NULL;
}

bool
supervisor_table_has(const struct supervisor_instance *instance, const struct supervisor_row *row)
{
	bool embedded = !supervisor_external_is_used(&instance->settings.platform);

	switch (row->kind) {
	case SUPERVISOR_ENGINE:
		if (row->command == command_image)
			return supervisor_image_runs(instance);
		if (row->command == command_speech && !supervisor_table_speaks(instance))
			return false;
		return instance->settings.engine.enabled;
	case SUPERVISOR_DATABASE:
		return embedded;
	case SUPERVISOR_STEP:
		return embedded || strcmp(row->name, "database-setup") != 0;
	case SUPERVISOR_HELPER:
		return supervisor_table_shares(instance);
	case SUPERVISOR_SERVICE:
	case SUPERVISOR_GATEWAY:
		break;
	}
	return true;
}

const char *
supervisor_kind_name(enum supervisor_kind kind)
{
	static const char *const names[] = {
		[SUPERVISOR_SERVICE] = "service",
		[SUPERVISOR_GATEWAY] = "gateway",
		[SUPERVISOR_HELPER] = "helper",
		[SUPERVISOR_DATABASE] = "database",
		[SUPERVISOR_ENGINE] = "engine",
		[SUPERVISOR_STEP] = "step",
	};

	return names[kind];
}
