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
#include "supervisor/database.h"
#include "supervisor/group.h"
#include "supervisor/operator.h"
#include "supervisor/supervisor.h"

#define BODY_MAX BH_MIB
#define CONNECTIONS_MAX 32
#define RESTART_WITHIN_MS 90000
#define RELOAD_WITHIN_MS 20000
#define ANSWER_WITHIN_MS 120000

struct supervisor_control {
	struct supervisor *supervisor;  /* borrowed */
	struct supervisor_operator *op; /* owned */
	struct bh_http_server *server;  /* owned */
};

static void
answer(struct bh_http_exchange *exchange, int status, const struct bh_buf *body)
{
	static const struct bh_http_header headers[] = {{"content-type", "application/json"}};

	bh_http_answer(exchange, status, BH_LIST(headers), body->data, body->len);
}

static void
answer_error(struct bh_http_exchange *exchange, int error)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};

	bh_error_body(&body, error, NULL);
	answer(exchange, bh_error_public_row(error)->status, &body);
}

/* ---- status ---- */

struct line {
	const char *name, *kind, *state;
	pid_t pid;
	int64_t restarts, ready_ms;
};

static void
write_line(struct bh_write *write, const struct line *line, const struct supervisor_proc *list,
	size_t n)
{
	bh_write_object(write);
	bh_write_pair_text(write, "name", line->name);
	bh_write_pair_text(write, "kind", line->kind);
	bh_write_pair_text(write, "state", line->state);
	if (line->pid != 0)
		bh_write_pair_int(write, "pid", line->pid);
	else
		bh_write_pair_null(write, "pid");
	bh_write_pair_int(write, "rss_bytes",
		line->pid != 0 ? supervisor_proc_rss(list, n, line->pid) : 0);
	bh_write_pair_int(write, "restarts", line->restarts);
	bh_write_pair_int(write, "ready_ms", line->ready_ms);
	bh_write_end(write);
}

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
			process->row->name,
			supervisor_kind_name(process->row->kind),
			supervisor_process_state(process),
			process->pid,
			process->restarts,
			process->ready_ms,
		};
	}
	*out_ready = !supervisor->stopping && supervisor->was_ready && supervisor_is_ready(supervisor);
	pthread_mutex_unlock(&supervisor->lock);
	return n;
}

/* The operator's own database is no process of ours. */
static void
write_external(struct bh_write *write, bool answers)
{
	bh_write_object(write);
	bh_write_pair_text(write, "name", "postgres");
	bh_write_pair_text(write, "kind", "database");
	bh_write_pair_text(write, "state", answers ? "ready" : "unreachable");
	bh_write_pair_null(write, "pid");
	bh_write_pair_int(write, "rss_bytes", 0);
	bh_write_pair_int(write, "restarts", 0);
	bh_write_pair_int(write, "ready_ms", 0);
	bh_write_pair_bool(write, "external", true);
	bh_write_end(write);
}

static void
handle_status(struct supervisor_control *control, struct bh_http_exchange *exchange)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct line lines[SUPERVISOR_PROCESSES_MAX];
	struct bh_write write = {.out = &body};
	struct supervisor_proc *list = NULL;
	struct supervisor_proc self = {0};
	size_t n_list = 0;
	const struct supervisor_instance *instance = control->supervisor->instance;
	bool external = supervisor_database_is_external(instance);
	bool answers = !external || supervisor_database_try(instance) == 0;
	bool ready;
	size_t n = copy_lines(control->supervisor, lines, &ready);

	if (supervisor_proc_list(&arena, &list, &n_list) < 0 ||
		supervisor_proc_read(getpid(), &self) < 0)
		n_list = 0;
	bh_write_object(&write);
	bh_write_pair_bool(&write, "ready", ready && answers);
	bh_write_pair_text(&write, "url", instance->url);
	bh_write_pair_text(&write, "home", instance->place.home);
	bh_write_pair_text(&write, "version", BH_VERSION);
	/* Null: the embedded one. */
	bh_write_pair_text(&write, "database",
		external ? supervisor_database_name(&arena, instance) : NULL);
	bh_write_name(&write, "services");
	bh_write_array(&write);
	/* Without children: those have lines of their own. */
	self.parent = 0;
	write_line(&write, &(struct line){"supervisor", "supervisor", "ready", getpid(), 0, 0}, &self,
		1);
	if (external)
		write_external(&write, answers);
	for (size_t i = 0; i < n; i++)
		write_line(&write, &lines[i], list, n_list);
	bh_write_end(&write);
	bh_write_end(&write);
	answer(exchange, 200, &body);
}

/* ---- down, reload, restart ---- */

static void
handle_down(struct supervisor_control *control, struct bh_http_exchange *exchange)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};

	pthread_mutex_lock(&control->supervisor->lock);
	control->supervisor->stop_asked = true;
	pthread_mutex_unlock(&control->supervisor->lock);
	supervisor_wake(control->supervisor);
	bh_buf_text(&body, "{}");
	answer(exchange, 202, &body);
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
static void
handle_reload(struct supervisor_control *control, struct bh_http_exchange *exchange)
{
	static const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	struct supervisor *supervisor = control->supervisor;
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	char failed[sizeof(supervisor->reload_failed)];
	int64_t until_ms = bh_clock_steady_ms() + RELOAD_WITHIN_MS;
	bool waits = true;
	bool stopping = false;

	pthread_mutex_lock(&supervisor->lock);
	supervisor->reload_asked = true;
	pthread_mutex_unlock(&supervisor->lock);
	supervisor_wake(supervisor);
	while (waits && !stopping && bh_clock_steady_ms() < until_ms) {
		nanosleep(&pause, NULL);
		stopping = is_stopping(supervisor);
		pthread_mutex_lock(&supervisor->lock);
		waits = supervisor->reload_asked;
		memcpy(failed, supervisor->reload_failed, sizeof(failed));
		pthread_mutex_unlock(&supervisor->lock);
	}
	if (waits || failed[0] != '\0') {
		answer_error(exchange,
			waits && stopping ? stopping_error()
				: waits
				? bh_error(BH_E_UNAVAILABLE, "the supervisor is busy")
				: bh_error(BH_E_STATE, "the gateway keeps its old configuration: %s", failed));
		return;
	}
	bh_buf_text(&body, "{}");
	answer(exchange, 200, &body);
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
		*out_before = process->pid;
		process->restart_asked = true;
		rc = 0;
	}
	pthread_mutex_unlock(&supervisor->lock);
	supervisor_wake(supervisor);
	return rc == BH_E_NOT_FOUND ? bh_error(rc, "process '%.32s' not found", name) : rc;
}

static bool
is_restarted(struct supervisor *supervisor, const char *name, pid_t before)
{
	const struct supervisor_process *process;
	bool done;

	pthread_mutex_lock(&supervisor->lock);
	process = supervisor_find(supervisor, name);
	done = process->state == SUPERVISOR_READY && !process->restart_asked && process->pid != before;
	pthread_mutex_unlock(&supervisor->lock);
	return done;
}

static void
handle_restart(struct supervisor_control *control, struct bh_http_exchange *exchange,
	const char *name)
{
	static const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	int64_t until_ms = bh_clock_steady_ms() + RESTART_WITHIN_MS;
	pid_t before = 0;
	int rc = ask_restart(control->supervisor, name, &before);

	while (rc == 0 && !is_restarted(control->supervisor, name, before)) {
		if (is_stopping(control->supervisor))
			rc = stopping_error();
		else if (bh_clock_steady_ms() > until_ms)
			rc = bh_error(BH_E_UNAVAILABLE, "%.32s did not become ready again in time", name);
		else
			nanosleep(&pause, NULL);
	}
	if (rc < 0) {
		answer_error(exchange, rc);
		return;
	}
	bh_buf_text(&body, "{}");
	answer(exchange, 200, &body);
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

static void
handle(void *ctx, struct bh_http_exchange *exchange)
{
	struct supervisor_control *control = ctx;
	bool post = strcmp(exchange->method, "POST") == 0;
	uid_t uid = (uid_t)-1;
	int rc = peer_uid(exchange, &uid);

	if (rc < 0)
		answer_error(exchange, rc);
	else if (strcmp(exchange->path, "/status") == 0)
		handle_status(control, exchange);
	else if (post && strcmp(exchange->path, "/down") == 0)
		handle_down(control, exchange);
	else if (post && strcmp(exchange->path, "/reload") == 0)
		handle_reload(control, exchange);
	else if (post && bh_text_starts(exchange->path, "/restart/"))
		handle_restart(control, exchange, exchange->path + strlen("/restart/"));
	else if (bh_text_starts(exchange->path, "/api/"))
		handle_api(control, exchange, uid);
	else
		answer_error(exchange, BH_E_NO_ROUTE);
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
