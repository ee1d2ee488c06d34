/* SPDX-License-Identifier: Apache-2.0 */
/* test_run.c: the life of a service's process, in a child: start, answer, stop; and refusals to
 * start. There is no database: a service opens its socket all the same and says it is not ready. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "http/client.h"
#include "queue/worker.h"
#include "service/request.h"
#include "service/router.h"
#include "service/run.h"
#include "service/serving.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct state {
	int64_t answer;
	const char *word;
};

static const struct bh_setting settings[] = {
	BH_INT("answer", "42", 0, 100, struct state, answer, "A number."),
	BH_TEXT("word", "none", struct state, word, "A word."),
};

static int
http_answer(struct bh_request *req)
{
	const struct state *state = req->service;

	return bh_reply_text(req, 200, "text/plain",
		bh_arena_printf(req->arena, "%d %s %s", (int)state->answer, state->word,
			bh_runtime_conf(req->runtime)->home));
}

static int
http_ticks(struct bh_request *req)
{
	/* Ends when the worker has been woken and has run again. */
	bh_runtime_wake(req->runtime, "tick");
	return bh_reply_empty(req, 204);
}

static void
tick(struct bh_runtime *runtime, void *service)
{
	(void)service;
	bh_runtime_audit(runtime, "tick", &bh_platform_tenant, "", ",\"x\":1");
}

static void
loop(struct bh_runtime *runtime, void *service)
{
	(void)service;
	while (!bh_runtime_stopping(runtime))
		bh_runtime_wait(runtime, "loop", 60000);
}

static const struct bh_route routes[] = {
	{"GET", "/answer", "none", "none", "answer", 0, 1000, http_answer},
	{"POST", "/ticks", "none", "none", "ticks", 0, 1000, http_ticks},
	{0},
};

static const struct bh_worker workers[] = {
	{.name = "tick", .every_ms = 3600000, .run = tick},
	{.name = "loop", .every_ms = 0, .run = loop, .threads = 3},
	{0},
};

static const struct bh_service service = {
	.name = "tester",
	.settings = settings,
	.n_settings = BH_COUNT(settings),
	.routes = routes,
	.workers = workers,
	.state_size = sizeof(struct state),
};

static const struct bh_service issuer = {.name = "issuer", .issues_tokens = true};
static const struct bh_service *const services[] = {&issuer, &service, NULL};

struct fixture {
	char dir[64];
	char conf[96];
	char audit[96];
	pid_t pid;
	struct bh_http_client *client;
	struct bh_buf body;
};

static int
setup(void **state)
{
	struct fixture *fix = calloc(1, sizeof(*fix));
	char url[128];
	const struct bh_http_client_conf client = {.url = url, .idle_max = 2, .connect_ms = 1000};

	*state = fix;
	snprintf(fix->dir, sizeof(fix->dir), "/tmp/bulkhead-test-XXXXXX");
	if (mkdtemp(fix->dir) == NULL)
		return -1;
	snprintf(fix->conf, sizeof(fix->conf), "%s/bulkhead.conf", fix->dir);
	snprintf(fix->audit, sizeof(fix->audit), "%s/logs/audit-tester.jsonl", fix->dir);
	snprintf(url, sizeof(url), "unix:" BH_SOCKET, fix->dir, "tester");
	return bh_http_client_open(&client, &fix->client);
}

static int
teardown(void **state)
{
	struct fixture *fix = *state;
	char path[96];

	if (fix->pid > 0) {
		kill(fix->pid, SIGKILL);
		waitpid(fix->pid, NULL, 0);
	}
	bh_http_client_close(fix->client);
	unlink(fix->audit);
	unlink(fix->conf);
	snprintf(path, sizeof(path), "%s/logs", fix->dir);
	rmdir(path);
	snprintf(path, sizeof(path), BH_SOCKET, fix->dir, "tester");
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	rmdir(fix->dir);
	bh_buf_close(&fix->body);
	free(fix);
	return 0;
}

static void
write_conf(const struct fixture *fix, const char *text)
{
	FILE *file = fopen(fix->conf, "we");

	assert_non_null(file);
	fprintf(file, "[database]\nurl = host=%s dbname=none\n[other]\nunknown = 1\n%s", fix->dir,
		text);
	fclose(file);
}

static void
start(struct fixture *fix, const struct bh_service *what, const char *secrets)
{
	char number[16];
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	/* Before there is a child, which may end without having read them. */
	assert_int_equal(write(fds[1], secrets, strlen(secrets)), strlen(secrets));
	close(fds[1]);
	fix->pid = fork();
	if (fix->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(number, sizeof(number), "%d", fds[0]);
		setenv("BULKHEAD_SECRETS_FD", number, 1);
		setenv("BULKHEAD_HOME", fix->dir, 1);
		setenv("BULKHEAD_RUN", fix->dir, 1);
		setenv("TMPDIR", fix->dir, 1);
		_exit(bh_service_run(what, services, fix->conf));
	}
	close(fds[0]);
}

static int
wait_exit(struct fixture *fix)
{
	int status = 0;

	assert_int_equal(waitpid(fix->pid, &status, 0), fix->pid);
	fix->pid = 0;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Status of a request, once the socket is there. */
static int
call(struct fixture *fix, const char *method, const char *path)
{
	const struct bh_http_call request = {
		.method = method,
		.path = path,
		.first_byte_ms = 5000,
		.idle_ms = 5000,
		.watch_fd = -1,
	};
	struct bh_http_reply reply = {0};
	int rc = BH_E_CONNECT;

	for (int i = 0; i < 500 && rc == BH_E_CONNECT; i++) {
		rc = bh_http_call(fix->client, &request, &reply);
		if (rc == BH_E_CONNECT)
			usleep(10000);
	}
	assert_int_equal(rc, 0);
	bh_buf_reset(&fix->body);
	assert_int_equal(bh_http_reply_body(&reply, 10000, &fix->body), 0);
	bh_http_reply_close(&reply);
	return reply.status;
}

/* Asks until the service is past its opening. */
static int
call_open(struct fixture *fix, const char *path)
{
	int status = 503;

	for (int i = 0; i < 500 && status == 503; i++) {
		status = call(fix, "GET", path);
		if (status == 503)
			usleep(10000);
	}
	return status;
}

static void
service_answers_and_stops_on_request(void **state)
{
	struct fixture *fix = *state;
	char want[128];
	int64_t start_ms;

	write_conf(fix, "[tester]\nword = spoken\n");
	start(fix, &service, "service " HEX "\ndata " HEX "\n");
	assert_int_equal(call_open(fix, "/answer"), 200);
	snprintf(want, sizeof(want), "42 spoken %s", fix->dir);
	assert_string_equal(fix->body.data, want);
	/* Without the revocation log nobody can be judged, and it says so. */
	assert_int_equal(call(fix, "GET", "/healthz"), 503);
	start_ms = bh_clock_steady_ms();
	kill(fix->pid, SIGTERM);
	assert_int_equal(wait_exit(fix), 0);
	assert_true(bh_clock_steady_ms() - start_ms < 7000);
	assert_int_not_equal(access(fix->audit, F_OK), -1);
}

static void
take_six_seconds_to_end(struct bh_runtime *runtime, void *own)
{
	(void)own;
	while (!bh_runtime_stopping(runtime))
		bh_runtime_wait(runtime, "slow", 60000);
	usleep(6000000);
}

/* With no request under way, whose end takes its part of the time. */
static void
workers_have_the_time_that_their_jobs_may_take_to_end(void **state)
{
	static const struct bh_worker slow[] = {{.name = "slow", .run = take_six_seconds_to_end}, {0}};
	struct fixture *fix = *state;
	struct bh_service patient = service;

	patient.workers = slow;
	write_conf(fix, "");
	start(fix, &patient, "service " HEX "\ndata " HEX "\n");
	assert_int_equal(call_open(fix, "/answer"), 200);
	kill(fix->pid, SIGTERM);
	assert_int_equal(wait_exit(fix), 0);
}

static void
jobs_that_take_longer_to_end_than_there_is_time_are_refused(void **state)
{
	static struct bh_job_kind kinds[] = {{.name = "long", .finish_ms = 8000}, {0}};
	static const struct bh_worker_conf jobs = {.kinds = kinds};
	struct bh_service busy = service;
	struct bh_router router = {0};

	(void)state;
	busy.jobs = &jobs;
	assert_int_equal(bh_service_routes_open(&router, &busy), 0);
	bh_router_close(&router);
	kinds[0].finish_ms++;
	assert_int_equal(bh_service_routes_open(&router, &busy), BH_E_CONFIG);
	bh_router_close(&router);
}

static int
count_ticks(const struct fixture *fix)
{
	char line[512];
	FILE *file = fopen(fix->audit, "re");
	int count = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		count += strstr(line, "\"event\":\"tick\"") != NULL;
	if (file != NULL)
		fclose(file);
	return count;
}

static void
worker_runs_again_when_it_is_woken(void **state)
{
	struct fixture *fix = *state;

	write_conf(fix, "");
	start(fix, &service, "service " HEX "\ndata " HEX "\n");
	assert_int_equal(call_open(fix, "/answer"), 200);
	for (int i = 0; i < 500 && count_ticks(fix) < 1; i++)
		usleep(10000);
	assert_int_equal(count_ticks(fix), 1);
	assert_int_equal(call(fix, "POST", "/ticks"), 204);
	for (int i = 0; i < 500 && count_ticks(fix) < 2; i++)
		usleep(10000);
	assert_int_equal(count_ticks(fix), 2);
	kill(fix->pid, SIGTERM);
	assert_int_equal(wait_exit(fix), 0);
}

static void
wrong_settings_and_missing_secrets_stop_the_start(void **state)
{
	struct fixture *fix = *state;

	write_conf(fix, "[tester]\nanswer = 101\n");
	start(fix, &service, "service " HEX "\ndata " HEX "\n");
	assert_int_equal(wait_exit(fix), 2);
	write_conf(fix, "");
	start(fix, &service, "service " HEX "\n");
	assert_int_equal(wait_exit(fix), 2);
	write_conf(fix, "[platform]\nlog_level = loud\n");
	start(fix, &service, "service " HEX "\ndata " HEX "\n");
	assert_int_equal(wait_exit(fix), 2);
}

static int
open_fails(struct bh_runtime *runtime, void *own)
{
	(void)runtime;
	(void)own;
	return bh_error(BH_E_IO, "on purpose");
}

static void
service_that_cannot_open_ends_with_1(void **state)
{
	struct fixture *fix = *state;
	struct bh_service broken = service;

	broken.open = open_fails;
	write_conf(fix, "");
	start(fix, &broken, "service " HEX "\ndata " HEX "\n");
	assert_int_equal(wait_exit(fix), 1);
}

static void
conninfo_names_the_services_role(void **state)
{
	struct bh_platform_conf conf = {.database_url = "", .run_dir = "/run/x"};
	struct bh_arena arena = {0};

	(void)state;
	assert_string_equal(bh_platform_conninfo(&conf, &arena, "rag"),
		"host=/run/x/pg dbname=bulkhead user=bulkhead_rag");
	conf.database_url = "postgresql://bulkhead_{service}@db/bulkhead?application_name={service}";
	assert_string_equal(bh_platform_conninfo(&conf, &arena, "rag"),
		"postgresql://bulkhead_rag@db/bulkhead?application_name=rag");
	conf.database_url = "host=db";
	assert_string_equal(bh_platform_conninfo(&conf, &arena, "rag"), "host=db");
	bh_arena_close(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(service_answers_and_stops_on_request),
		TEST(worker_runs_again_when_it_is_woken),
		TEST(workers_have_the_time_that_their_jobs_may_take_to_end),
		cmocka_unit_test(jobs_that_take_longer_to_end_than_there_is_time_are_refused),
		TEST(wrong_settings_and_missing_secrets_stop_the_start),
		TEST(service_that_cannot_open_ends_with_1),
		cmocka_unit_test(conninfo_names_the_services_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
