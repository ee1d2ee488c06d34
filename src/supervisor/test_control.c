/* SPDX-License-Identifier: Apache-2.0 */
/* test_control.c: what the control socket answers, and what it asks of the main thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "http/client.h"
#include "json/json.h"
#include "supervisor/control.h"
#include "supervisor/supervisor.h"

static const struct supervisor_row agent = {.name = "agent", .kind = SUPERVISOR_SERVICE};
static const struct supervisor_row rag = {.name = "rag", .kind = SUPERVISOR_SERVICE};
static const struct supervisor_row migrate = {.name = "migrate", .kind = SUPERVISOR_STEP};

struct fixture {
	struct supervisor supervisor;
	struct supervisor_instance instance;
	struct supervisor_control *control;
	char folder[64];
};

static int
set_up(void **state)
{
	static const struct bh_service *const services[] = {NULL};
	struct fixture *fix = calloc(1, sizeof(*fix));

	strcpy(fix->folder, "/tmp/test_control.XXXXXX");
	if (mkdtemp(fix->folder) == NULL)
		return -1;
	fix->instance = (struct supervisor_instance){
		.services = services,
		.url = "http://127.0.0.1:1",
		.place.home = fix->folder,
		.settings.platform.database_url = "",
	};
	fix->instance.place.control = bh_arena_printf(&fix->instance.arena, "%s/c", fix->folder);
	fix->supervisor = (struct supervisor){
		.instance = &fix->instance,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.wake_fd = eventfd(0, EFD_CLOEXEC),
		.was_ready = true,
		.processes =
			{
				{.row = &migrate, .state = SUPERVISOR_DONE},
				{.row = &agent,
					.state = SUPERVISOR_READY,
					.child = {.pid = getpid()},
					.ready_ms = 30},
				{.row = &rag, .state = SUPERVISOR_READY, .restarts = 2},
			},
		.n = 3,
	};
	*state = fix;
	return supervisor_control_open(&fix->supervisor, &fix->control);
}

static int
tear_down(void **state)
{
	struct fixture *fix = *state;

	supervisor_control_close(fix->control);
	close(fix->supervisor.wake_fd);
	bh_arena_close(&fix->instance.arena);
	rmdir(fix->folder);
	free(fix);
	return 0;
}

/* The status of the answer. */
static int
ask(struct fixture *fix, const char *method, const char *path, struct bh_json_doc *out)
{
	const struct bh_http_client_conf conf = {
		.url = bh_arena_printf(&fix->instance.arena, "unix:%s", fix->instance.place.control),
		.connect_ms = 2000,
	};
	const struct bh_http_call call = {
		.method = method,
		.path = path,
		.first_byte_ms = 20000,
		.idle_ms = 20000,
		.watch_fd = -1,
	};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_http_reply reply = {0};
	struct bh_http_client *client;
	int status;

	assert_int_equal(bh_http_client_open(&conf, &client), 0);
	assert_int_equal(bh_http_call(client, &call, &reply), 0);
	assert_int_equal(bh_http_reply_body(&reply, BH_MIB, &body), 0);
	status = reply.status;
	bh_http_reply_close(&reply);
	bh_http_client_close(client);
	assert_int_equal(bh_json_parse(bh_buf_string(&body), body.len, out), 0);
	return status;
}

static const char *
message(const struct bh_json_doc *doc)
{
	return bh_json_get_string(bh_json_get(doc->root, "error"), "message");
}

static void
status_tells_of_every_process_but_the_steps(void **state)
{
	struct fixture *fix = *state;
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *list, *line;
	bool ready = false;

	assert_int_equal(ask(fix, "GET", "/status", &doc), 200);
	assert_true(bh_json_bool(bh_json_get(doc.root, "ready"), &ready) && ready);
	assert_string_equal(bh_json_get_string(doc.root, "home"), fix->folder);
	assert_string_equal(bh_json_get_string(doc.root, "version"), BH_VERSION);
	assert_int_equal(bh_json_kind(bh_json_get(doc.root, "database")), BH_JSON_NULL);
	list = bh_json_get(doc.root, "services");
	assert_int_equal(bh_json_count(list), 3);
	assert_string_equal(bh_json_get_string(bh_json_at(list, 0), "kind"), "supervisor");
	assert_true(bh_json_get_int(bh_json_at(list, 0), "rss_bytes", 0) > 0);
	line = bh_json_at(list, 1);
	assert_string_equal(bh_json_get_string(line, "name"), "agent");
	assert_string_equal(bh_json_get_string(line, "state"), "ready");
	assert_int_equal(bh_json_get_int(line, "pid", 0), getpid());
	assert_int_equal(bh_json_get_int(line, "ready_ms", 0), 30);
	assert_true(bh_json_get_int(line, "rss_bytes", 0) > 0);
	assert_null(bh_json_get(line, "external"));
	line = bh_json_at(list, 2);
	assert_int_equal(bh_json_kind(bh_json_get(line, "pid")), BH_JSON_NULL);
	assert_int_equal(bh_json_get_int(line, "rss_bytes", -1), 0);
	assert_int_equal(bh_json_get_int(line, "restarts", 0), 2);
}

static void
an_external_database_has_a_line_and_must_answer(void **state)
{
	struct fixture *fix = *state;
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *line;
	bool ready = true, external = false;

	fix->instance.settings.platform.database_url =
		"host=/nonexistent dbname=b user=bulkhead_{service}";
	fix->instance.settings.platform.database_setup_url = "";
	assert_int_equal(ask(fix, "GET", "/status", &doc), 200);
	assert_true(bh_json_bool(bh_json_get(doc.root, "ready"), &ready) && !ready);
	assert_non_null(strstr(bh_json_get_string(doc.root, "database"), "dbname=b"));
	line = bh_json_at(bh_json_get(doc.root, "services"), 1);
	assert_string_equal(bh_json_get_string(line, "state"), "unreachable");
	assert_true(bh_json_bool(bh_json_get(line, "external"), &external) && external);
	assert_int_equal(bh_json_count(bh_json_get(doc.root, "services")), 4);
}

static void
down_is_asked_of_the_main_thread(void **state)
{
	struct fixture *fix = *state;
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc late = {0};
	uint64_t woken = 0;

	assert_int_equal(ask(fix, "POST", "/down", &doc), 202);
	assert_true(fix->supervisor.stop_asked);
	assert_int_equal(read(fix->supervisor.wake_fd, &woken, sizeof(woken)), sizeof(woken));
	/* Nobody waits for a platform that stops. */
	assert_int_not_equal(ask(fix, "POST", "/restart/agent", &late), 200);
	assert_string_equal(message(&late), "The platform is stopping.");
}

static void
what_is_no_process_is_not_restarted(void **state)
{
	static const char *const paths[] = {"/restart/nobody", "/restart/migrate", "/elsewhere"};
	struct fixture *fix = *state;

	for (size_t i = 0; i < BH_COUNT(paths); i++) {
		BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};

		assert_int_equal(ask(fix, "POST", paths[i], &doc), 404);
	}
}

/* The main thread's part: takes what was asked, once. */
static void *
take(void *ctx)
{
	struct supervisor *supervisor = ctx;
	uint64_t woken;

	if (read(supervisor->wake_fd, &woken, sizeof(woken)) != (ssize_t)sizeof(woken))
		return NULL;
	pthread_mutex_lock(&supervisor->lock);
	if (supervisor->reload_asked)
		strcpy(supervisor->reload_failed, "nginx rejected it");
	supervisor->reload_asked = false;
	for (size_t i = 0; i < supervisor->n; i++) {
		if (supervisor->processes[i].restart_asked)
			supervisor->processes[i].child.pid = 1;
		supervisor->processes[i].restart_asked = false;
	}
	pthread_mutex_unlock(&supervisor->lock);
	return NULL;
}

static int
ask_while_taken(struct fixture *fix, const char *path, struct bh_json_doc *out)
{
	pthread_t thread;
	int status;

	assert_int_equal(pthread_create(&thread, NULL, take, &fix->supervisor), 0);
	status = ask(fix, "POST", path, out);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return status;
}

static void
a_restart_waits_for_another_process(void **state)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};

	assert_int_equal(ask_while_taken(*state, "/restart/agent", &doc), 200);
}

static void
a_refused_configuration_is_told(void **state)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};

	assert_int_not_equal(ask_while_taken(*state, "/reload", &doc), 200);
	assert_non_null(strstr(message(&doc), "keeps its old configuration: nginx rejected it"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(status_tells_of_every_process_but_the_steps),
		TEST(an_external_database_has_a_line_and_must_answer),
		TEST(down_is_asked_of_the_main_thread),
		TEST(what_is_no_process_is_not_restarted),
		TEST(a_restart_waits_for_another_process),
		TEST(a_refused_configuration_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
