/* SPDX-License-Identifier: Apache-2.0 */
/* control.c: the control socket: status, down, restart, and the operator's way to the services. */
#include "supervisor/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "http/client.h"
#include "http/server.h"
#include "json/fields.h"
#include "service/request.h"
#include "supervisor/external.h"
#include "supervisor/group.h"
#include "supervisor/image.h"
#include "supervisor/operator.h"
#include "supervisor/supervisor.h"

#define BODY_MAX BH_MIB
#define CONNECTIONS_MAX 32
#define RESTART_WITHIN_MS 90000
#define RELOAD_WITHIN_MS 20000
#define ANSWER_WITHIN_MS 120000
#define METRICS_WITHIN_MS 3000
#define METRICS_MAX (8 * BH_MIB)

static const struct timespec pause_between = {.tv_nsec = 20 * 1000 * 1000};

struct supervisor_control {
	struct supervisor *supervisor;  /* borrowed */
	struct supervisor_operator *op; /* owned */
	struct bh_http_server *server;  /* owned */
};

static void
answer(struct bh_http_exchange *exchange, int status, const char *json)
{
	static const struct bh_http_header headers[] = {{"content-type", "application/json"}};

	bh_http_answer(exchange, status, BH_LIST(headers), json, strlen(json));
}

static void
answer_error(struct bh_http_exchange *exchange, int error)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};

	bh_error_body(&body, error, NULL);
	answer(exchange, bh_error_public_row(error)->status, bh_buf_string(&body));
}

/* ---- status ---- */

struct line {
	const char *name, *kind, *state;
	bool has_pid, external;
	int64_t pid, rss_bytes, restarts, ready_ms;
	const char *note; /* for the operator; NULL: none */
};

struct status {
	bool ready;
	const char *url, *home;
	const char *database; /* NULL: the embedded one */
	const struct line *services;
	size_t n_services;
};

#define AT(member) offsetof(struct line, member)
static const struct bh_field line_fields[] = {
	{"name", BH_FIELD_TEXT, AT(name)},
	{"kind", BH_FIELD_TEXT, AT(kind)},
	{"state", BH_FIELD_TEXT, AT(state)},
	{"pid", BH_FIELD_INT, AT(pid), .set = BH_SET(struct line, has_pid)},
	{"rss_bytes", BH_FIELD_INT, AT(rss_bytes)},
	{"restarts", BH_FIELD_INT, AT(restarts)},
	{"ready_ms", BH_FIELD_INT, AT(ready_ms)},
	{"note", BH_FIELD_TEXT, AT(note), BH_OMIT},
	{"external", BH_FIELD_BOOL, AT(external), BH_OMIT, .set = BH_SET(struct line, external)},
};
static const struct bh_field line_element = {.type = BH_FIELD_OBJECT, BH_FIELDS(line_fields)};
#undef AT
#define AT(member) offsetof(struct status, member)
static const struct bh_field status_fields[] = {
	{"ready", BH_FIELD_BOOL, AT(ready)},
	{"url", BH_FIELD_TEXT, AT(url)},
	{"home", BH_FIELD_TEXT, AT(home)},
	{"version", BH_FIELD_CONST, .words = BH_VERSION},
	{"database", BH_FIELD_TEXT, AT(database)},
	{"services", BH_FIELD_ARRAY, AT(services),
		BH_ELEMENTS(struct status, services, n_services, &line_element)},
};
#undef AT

/* What the main thread owns is copied under its lock; /proc is read afterwards. */
static size_t
copy_lines(struct supervisor *supervisor, struct line *lines, bool *out_ready)
{
	size_t n = 0;

	pthread_mutex_lock(&supervisor->lock);
	for (size_t i = 0; i < supervisor->n; i++) {
		const struct supervisor_process *process = &supervisor->processes[i];

		if (process->row->kind == SUPERVISOR_STEP)
			continue;
		lines[n++] = (struct line){
			.name = process->row->name,
			.kind = supervisor_kind_name(process->row->kind),
			.state = supervisor_process_state(process),
			.has_pid = process->child.pid != 0,
			.pid = process->child.pid,
			.restarts = process->restarts,
			.ready_ms = process->ready_ms,
		};
	}
	*out_ready = !supervisor->stopping && supervisor->was_ready && supervisor_is_ready(supervisor);
	pthread_mutex_unlock(&supervisor->lock);
	return n;
}

/* The first line is our own, without our children: those have lines of their own. */
static void
measure_lines(struct line *lines, size_t n)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct supervisor_proc *list;
	struct supervisor_proc self;
	size_t n_list;

	if (supervisor_proc_list(&arena, &list, &n_list) < 0 ||
		supervisor_proc_read(getpid(), &self) < 0)
		return;
	lines[0].rss_bytes = self.rss_bytes;
	for (size_t i = 1; i < n; i++) {
		if (lines[i].has_pid)
			lines[i].rss_bytes = supervisor_proc_rss(list, n_list, (pid_t)lines[i].pid);
	}
}

/* What the image engine says of itself; where it is not installed, there is no line to say it on. */
static size_t
note_image(const struct supervisor_instance *instance, struct bh_arena *arena, struct line *lines,
	size_t n)
{
	const char *note = supervisor_image_note(arena, instance);
	size_t i = 0;

	while (i < n && strcmp(lines[i].name, SUPERVISOR_IMAGE) != 0)
		i++;
	if (i == n && note != NULL)
		lines[n++] = (struct line){SUPERVISOR_IMAGE, supervisor_kind_name(SUPERVISOR_ENGINE),
			"stopped"};
	if (i < n)
		lines[i].note = note;
	return n;
}

static void
handle_status(struct supervisor *supervisor, struct bh_http_exchange *exchange)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const struct supervisor_instance *instance = supervisor->instance;
	const struct bh_platform_conf *conf = &instance->settings.platform;
	bool external = supervisor_external_is_used(conf);
	bool answers = !external || supervisor_external_try(conf) == 0;
	/* The operator's own database is no process of ours. */
	struct line lines[3 + SUPERVISOR_PROCESSES_MAX] = {
		{"supervisor", "supervisor", "ready", .has_pid = true, .pid = getpid()},
		{"postgres", "database", answers ? "ready" : "unreachable", .external = true},
	};
	struct status status = {
		.url = instance->url,
		.home = instance->place.home,
		.database = external ? supervisor_external_name(exchange->arena, conf) : NULL,
		.services = lines,
		.n_services = external ? 2 : 1,
	};

	status.n_services += copy_lines(supervisor, lines + status.n_services, &status.ready);
	status.ready = status.ready && answers;
	measure_lines(lines, status.n_services);
	status.n_services = note_image(instance, exchange->arena, lines, status.n_services);
	bh_fields_write(&(struct bh_write){.out = &body}, BH_LIST(status_fields), &status);
	answer(exchange, 200, bh_buf_string(&body));
}

/* ---- down, reload, restart ---- */

/* Sets what the main thread looks at, and wakes it. */
static void
ask(struct supervisor *supervisor, bool *flag)
{
	pthread_mutex_lock(&supervisor->lock);
	*flag = true;
	pthread_mutex_unlock(&supervisor->lock);
	supervisor_wake(supervisor);
}

/* Whoever waits for the main thread leaves with it: `down` ends when every handler has. */
static bool
is_stopping(struct supervisor *supervisor)
{
	bool stopping;

	pthread_mutex_lock(&supervisor->lock);
	stopping = supervisor->stopping || supervisor->stop_asked;
	pthread_mutex_unlock(&supervisor->lock);
	return stopping;
}

static int
stopping_error(void)
{
	return bh_error(BH_E_STATE, "The platform is stopping.");
}

/* Asks for a reload and waits until nginx has judged the configuration. */
static int
reload(struct supervisor *supervisor)
{
	char failed[sizeof(supervisor->reload_failed)];
	int64_t until_ms = bh_clock_steady_ms() + RELOAD_WITHIN_MS;
	bool waits = true;
	bool stopping = false;

	ask(supervisor, &supervisor->reload_asked);
	while (waits && !stopping && bh_clock_steady_ms() < until_ms) {
		nanosleep(&pause_between, NULL);
		stopping = is_stopping(supervisor);
		pthread_mutex_lock(&supervisor->lock);
		waits = supervisor->reload_asked;
		memcpy(failed, supervisor->reload_failed, sizeof(failed));
		pthread_mutex_unlock(&supervisor->lock);
	}
	if (waits)
		return stopping ? stopping_error() : bh_error(BH_E_UNAVAILABLE, "the supervisor is busy");
	return failed[0] == '\0'
		? 0
		: bh_error(BH_E_STATE, "the gateway keeps its old configuration: %s", failed);
}

/* Asks for the restart. BH_E_NOT_FOUND, or which pid it has now (0: none). */
static int
ask_restart(struct supervisor *supervisor, const char *name, pid_t *out_before)
{
	struct supervisor_process *process;
	int rc = BH_E_NOT_FOUND;

	pthread_mutex_lock(&supervisor->lock);
	process = supervisor_find(supervisor, name);
	if (process != NULL && process->row->kind != SUPERVISOR_STEP) {
		*out_before = process->child.pid;
		process->restart_asked = true;
		process->heir_failed = false;
		rc = 0;
	}
	pthread_mutex_unlock(&supervisor->lock);
	supervisor_wake(supervisor);
	return rc == BH_E_NOT_FOUND ? bh_error(rc, "process '%.32s' not found", name) : rc;
}

static bool
is_restarted(struct supervisor *supervisor, const char *name, pid_t before, bool *out_failed)
{
	const struct supervisor_process *process;
	bool done;

	pthread_mutex_lock(&supervisor->lock);
	process = supervisor_find(supervisor, name);
	done = process->state == SUPERVISOR_READY && !process->restart_asked &&
		process->child.pid != before;
	*out_failed = process->heir_failed;
	pthread_mutex_unlock(&supervisor->lock);
	return done;
}

static int
restart(struct supervisor *supervisor, const char *name)
{
	int64_t until_ms = bh_clock_steady_ms() + RESTART_WITHIN_MS;
	bool failed = false;
	pid_t before = 0;
	int rc = ask_restart(supervisor, name, &before);

	while (rc == 0 && !is_restarted(supervisor, name, before, &failed)) {
		if (is_stopping(supervisor))
			rc = stopping_error();
		else if (failed)
			rc = bh_error(BH_E_STATE,
				"the new %.32s did not become ready; the old one still serves; see its log", name);
		else if (bh_clock_steady_ms() > until_ms)
			rc = bh_error(BH_E_UNAVAILABLE, "%.32s did not become ready again in time", name);
		else
			nanosleep(&pause_between, NULL);
	}
	return rc;
}

/* Asks for the new program; who is answered at all has still the old one. */
static int
upgrade(struct supervisor *supervisor)
{
	char failed[sizeof(supervisor->upgrade_failed)];
	int64_t until_ms = bh_clock_steady_ms() + RESTART_WITHIN_MS;
	bool waits = true;

	ask(supervisor, &supervisor->upgrade_asked);
	while (waits && bh_clock_steady_ms() < until_ms) {
		nanosleep(&pause_between, NULL);
		pthread_mutex_lock(&supervisor->lock);
		waits = supervisor->upgrade_asked;
		memcpy(failed, supervisor->upgrade_failed, sizeof(failed));
		pthread_mutex_unlock(&supervisor->lock);
	}
	return waits ? bh_error(BH_E_UNAVAILABLE, "the supervisor is busy")
				 : bh_error(BH_E_STATE, "the supervisor stays what it is: %s", failed);
}

/* ---- the way to the services ---- */

struct proxy {
	struct bh_http_reply reply; /* owned */
};

static ssize_t
proxy_next(void *state, char *out, size_t size)
{
	struct proxy *proxy = state;

	return bh_http_reply_read(&proxy->reply, out, size);
}

static void
proxy_close(void *state)
{
	struct proxy *proxy = state;

	bh_http_reply_close(&proxy->reply);
	free(proxy);
}

static void
forward(struct supervisor_control *control, struct bh_http_exchange *exchange, uid_t uid,
	const char *service, const char *path)
{
	const struct bh_uuid id = bh_uuid_new();
	char request_id[BH_UUID_HEX];
	const char *type = bh_http_header(exchange, "content-type");
	const struct bh_http_header headers[] = {
		{"x-request-id", request_id},
		{"content-type", type != NULL ? type : "application/json"},
	};
	const struct bh_http_call call = {
		.method = exchange->method,
		.path = exchange->query == NULL
			? path
			: bh_arena_printf(exchange->arena, "%s?%s", path, exchange->query),
		.headers = headers,
		.n_headers = exchange->body.len > 0 ? 2 : 1,
		.body = exchange->body.data,
		.body_len = exchange->body.len,
		.first_byte_ms = ANSWER_WITHIN_MS,
		.idle_ms = ANSWER_WITHIN_MS,
		.watch_fd = bh_http_client_fd(exchange),
	};
	struct proxy *proxy = calloc(1, sizeof(*proxy));
	const struct bh_http_stream stream = {proxy_next, proxy_close, proxy};
	struct bh_http_header back[] = {{"content-type", "application/json"},
		{"x-request-id", request_id}};
	int rc;

	if (proxy == NULL) {
		answer_error(exchange, BH_E_MEMORY);
		return;
	}
	bh_uuid_hex(&id, request_id);
	rc = supervisor_operator_call(control->op, uid, service, &call, &proxy->reply);
	if (rc < 0) {
		bh_log_failure(service, rc);
		proxy_close(proxy);
		answer_error(exchange, rc);
		return;
	}
	type = bh_http_reply_header(&proxy->reply, "content-type");
	if (type != NULL)
		back[0].value = bh_arena_strdup(exchange->arena, type);
	if (proxy->reply.status == 204) {
		bh_http_answer(exchange, 204, &back[1], 1, "", 0);
		proxy_close(proxy);
		return;
	}
	bh_http_answer_stream(exchange, proxy->reply.status, BH_LIST(back), &stream);
}

/* The gateway asks no credential on its own socket, which only we and root can reach. */
static void
handle_metrics(struct supervisor_control *control, struct bh_http_exchange *exchange)
{
	static const struct bh_http_header headers[] = {{"content-type", "text/plain; version=0.0.4"}};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	const struct supervisor_place *place = &control->supervisor->instance->place;
	const struct bh_http_client_conf conf = {
		.url = bh_arena_printf(exchange->arena, "unix:" BH_SOCKET, place->run, "gateway"),
		.connect_ms = METRICS_WITHIN_MS,
	};
	const struct bh_http_call call = {
		.method = "GET",
		.path = "/metrics",
		.first_byte_ms = METRICS_WITHIN_MS,
		.idle_ms = METRICS_WITHIN_MS,
		.watch_fd = bh_http_client_fd(exchange),
	};
	struct bh_http_client *client = NULL;
	int rc = bh_http_client_open(&conf, &client);

	if (rc == 0)
		rc = bh_http_call(client, &call, &reply);
	if (rc == 0)
		rc = bh_http_reply_body(&reply, METRICS_MAX, &body);
	bh_http_reply_close(&reply);
	bh_http_client_close(client);
	if (rc < 0)
		answer_error(exchange, rc);
	else
		bh_http_answer(exchange, reply.status, BH_LIST(headers), body.data, body.len);
}

static void
handle_api(struct supervisor_control *control, struct bh_http_exchange *exchange, uid_t uid)
{
	const char *name = exchange->path + strlen("/api/");
	const char *slash = strchr(name, '/');

	if (slash == NULL || exchange->body_too_large) {
		answer_error(exchange, slash == NULL ? BH_E_NO_ROUTE : BH_E_TOO_LARGE);
		return;
	}
	forward(control, exchange, uid, bh_arena_copy(exchange->arena, name, (size_t)(slash - name)),
		slash);
}

/* ---- entry ---- */

static int64_t
admit(void *ctx, struct bh_http_exchange *exchange)
{
	(void)ctx;
	(void)exchange;
	return BODY_MAX;
}

/* The kernel tells who connected. */
static int
peer_uid(struct bh_http_exchange *exchange, uid_t *out)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(bh_http_client_fd(exchange), SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return bh_error(BH_E_FORBIDDEN, "cannot identify the caller");
	if (peer.uid != 0 && peer.uid != geteuid())
		return bh_error(BH_E_FORBIDDEN,
			"only root and the user who started the platform may control it");
	*out = peer.uid;
	return 0;
}

/* Acts and answers when it is done. */
static void
handle_act(struct supervisor *supervisor, struct bh_http_exchange *exchange)
{
	int rc = BH_E_NO_ROUTE;

	if (strcmp(exchange->path, "/reload") == 0)
		rc = reload(supervisor);
	else if (strcmp(exchange->path, "/upgrade") == 0)
		rc = upgrade(supervisor);
	else if (bh_text_starts(exchange->path, "/restart/"))
		rc = restart(supervisor, exchange->path + strlen("/restart/"));
	if (rc < 0)
		answer_error(exchange, rc);
	else
		answer(exchange, 200, "{}");
}

static void
handle(void *ctx, struct bh_http_exchange *exchange)
{
	struct supervisor_control *control = ctx;
	bool post = strcmp(exchange->method, "POST") == 0;
	uid_t uid = (uid_t)-1;
	int rc = peer_uid(exchange, &uid);

	if (rc < 0) {
		answer_error(exchange, rc);
	} else if (strcmp(exchange->path, "/status") == 0) {
		handle_status(control->supervisor, exchange);
	} else if (post && strcmp(exchange->path, "/down") == 0) {
		ask(control->supervisor, &control->supervisor->stop_asked);
		answer(exchange, 202, "{}");
	} else if (strcmp(exchange->path, "/metrics") == 0) {
		handle_metrics(control, exchange);
	} else if (bh_text_starts(exchange->path, "/api/")) {
		handle_api(control, exchange, uid);
	} else if (post) {
		handle_act(control->supervisor, exchange);
	} else {
		answer_error(exchange, BH_E_NO_ROUTE);
	}
}

int
supervisor_control_open(struct supervisor *supervisor, struct supervisor_control **out)
{
	struct supervisor_control *control = calloc(1, sizeof(*control));
	const struct bh_http_server_conf conf = {
		.socket_path = supervisor->instance->place.control,
		.socket_fd = -1,
		.socket_mode = 0600,
		.connections_max = CONNECTIONS_MAX,
		.idle_s = 30,
		.body_memory_max = BODY_MAX,
		.spool_dir = supervisor->instance->place.home,
		.ctx = control,
		.admit = admit,
		.handle = handle,
	};
	int rc;

	if (control == NULL)
		return BH_E_MEMORY;
	control->supervisor = supervisor;
	rc = supervisor_operator_open(supervisor->instance, &control->op);
	if (rc == 0)
		rc = bh_http_server_open(&conf, &control->server);
	if (rc < 0) {
		supervisor_operator_close(control->op);
		free(control);
		return rc;
	}
	*out = control;
	return 0;
}

void
supervisor_control_close(struct supervisor_control *control)
{
	if (control == NULL)
		return;
	bh_http_server_close(control->server, 500);
	unlink(control->supervisor->instance->place.control);
	supervisor_operator_close(control->op);
	free(control);
}
