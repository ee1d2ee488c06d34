/* SPDX-License-Identifier: Apache-2.0 */
/* run.c: a service's process: workers, readiness, drain, stop. */
#include "service/run.h"

#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "queue/worker.h"
#include "service/idempotency.h"
#include "service/parts.h"
#include "service/running.h"

#define WORKERS_STOP_MS 5000
#define READY_WAIT_MS 5000
#define SUCCEED_WAIT_MS 40000 /* the predecessor serves as long */
#define READY_LOOK_MS 10
#define LAST_MS 2000 /* of a drain: for what ends only when it is told to */

/* ---- workers ---- */

/* Who has no supervisor rotates for itself. */
static void
follow_audit(struct bh_runtime *runtime, void *service)
{
	int rc;

	(void)service;
	if (!runtime->supervised)
		bh_audit_keep_own(&runtime->audit_keeper, &runtime->log, runtime->conf.log_dir,
			runtime->service->name, bh_clock_steady_ms());
	rc = bh_audit_follow(&runtime->audit);
	if (rc < 0)
		bh_log_failure("follow the audit file", rc);
}

static void
index_audit(struct bh_runtime *runtime, void *service)
{
	(void)service;
	bh_audit_index_beat(&runtime->audit_indexes[0]);
}

/* Besides our own: neither waits for the other. */
static void
index_gateway_audit(struct bh_runtime *runtime, void *service)
{
	(void)service;
	bh_audit_index_beat(&runtime->audit_indexes[1]);
}

static void
trace_gateway(struct bh_runtime *runtime, void *service)
{
	(void)service;
	bh_trace_tail_read(runtime->gateway_trace, &runtime->gateway_tail);
}

static void
remove_old(struct bh_runtime *runtime, void *service)
{
	(void)service;
	bh_retention_beat(&runtime->retention);
}

static void
do_jobs(struct bh_runtime *runtime, void *service)
{
	(void)service;
	bh_worker_pool_run(runtime->jobs);
}

static const struct bh_worker skeleton_workers[] = {
	{.name = "revocation", .every_ms = 300, .run = bh_revocation_run},
	{.name = "audit", .every_ms = 1000, .run = follow_audit},
	{.name = "audit-index", .every_ms = BH_AUDIT_INDEX_BEAT_MS, .run = index_audit},
	{.name = "audit-index-gateway", .every_ms = BH_AUDIT_INDEX_BEAT_MS, .run = index_gateway_audit},
	{.name = "trace-gateway", .every_ms = 1000, .run = trace_gateway},
	{.name = "keys", .every_ms = 0, .run = bh_keys_run},
	{.name = "retention", .every_ms = BH_RETENTION_BEAT_MS, .run = remove_old},
	{.name = "idempotency", .every_ms = BH_IDEMPOTENCY_BEAT_MS, .run = bh_idempotency_beat},
	{.name = "jobs", .every_ms = 0, .run = do_jobs},
	{.name = "instance", .every_ms = BH_INSTANCE_BEAT_MS, .run = bh_instance_run},
	{.name = "age", .every_ms = BH_AGE_BEAT_MS, .run = bh_age_run},
	{.name = "limits", .every_ms = BH_SHARED_BEAT_MS, .run = bh_instance_limits_run},
};

static bool
has_work(const struct bh_runtime *runtime, const struct bh_worker *worker)
{
	const struct bh_service *service = runtime->service;

	if (worker->run == bh_keys_run)
		return !service->issues_tokens;
	if (worker->run == index_gateway_audit)
		return service->issues_tokens;
	if (worker->run == trace_gateway)
		return service->issues_tokens;
	if (worker->run == remove_old)
		return service->retention != NULL;
	if (worker->run == bh_idempotency_beat)
		return service->idempotency != NULL;
	if (worker->run == do_jobs)
		return service->jobs != NULL;
	if (worker->run == bh_instance_limits_run)
		return runtime->shared != NULL;
	return true;
}

static int
start_workers(struct bh_runtime *runtime)
{
	const struct bh_worker *own = runtime->service->workers;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < BH_COUNT(skeleton_workers); i++) {
		if (has_work(runtime, &skeleton_workers[i]))
			rc = bh_runtime_start(runtime, &skeleton_workers[i]);
	}
	for (; rc == 0 && own != NULL && own->name != NULL; own++)
		rc = bh_runtime_start(runtime, own);
	return rc;
}

/* ---- running ---- */

/* A process that holds keys and talks to strangers leaves no memory image and gains no rights. */
static void
harden(void)
{
	const struct rlimit none = {0, 0};

	signal(SIGPIPE, SIG_IGN);
	/* Large pieces go back to the system when they are freed; the library would otherwise learn from
	 * them to keep what a burst took. */
	mallopt(M_MMAP_THRESHOLD, 256 * BH_KIB);
	mallopt(M_TRIM_THRESHOLD, 4 * BH_MIB);
	/* Each heap reserves 64 MiB of the address space that the supervisor allows us. */
	mallopt(M_ARENA_MAX, 16);
	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		bh_log(BH_LOG_WARN, "harden the process: %m");
}

/* Blocked before the first thread, so that only sigwait sees them. */
static void
block_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	pthread_sigmask(SIG_BLOCK, set, NULL);
}

static int
open_state(struct bh_runtime *runtime)
{
	const struct bh_service *service = runtime->service;
	int rc = service->open != NULL ? service->open(runtime, runtime->state) : 0;

	if (rc < 0)
		return rc;
	if (service->issues_tokens)
		__atomic_store_n(&runtime->keys_known, true, __ATOMIC_RELAXED);
	__atomic_store_n(&runtime->state_open, true, __ATOMIC_RELEASE);
	return 0;
}

static bool
is_told(void *ctx)
{
	sigset_t pending;

	(void)ctx;
	return sigpending(&pending) == 0 &&
		(sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

/* Gives the workers a moment to learn what tokens are checked with. After a while we listen in any case, so that
 * /readyz says what is missing; but nobody gives up a predecessor who serves for that. */
static int
await_ready(struct bh_runtime *runtime)
{
	const struct timespec pause = {.tv_nsec = READY_LOOK_MS * 1000000L};
	int64_t wait_ms = runtime->succeeds ? SUCCEED_WAIT_MS : READY_WAIT_MS;
	int64_t until_ms = bh_clock_steady_ms() + wait_ms;
	char missing[96];

	while (!bh_runtime_ready(runtime) && bh_clock_steady_ms() < until_ms && !is_told(NULL))
		nanosleep(&pause, NULL);
	if (!runtime->succeeds || bh_runtime_ready(runtime))
		return 0;
	bh_runtime_missing(runtime, missing, sizeof(missing));
	return bh_error(BH_E_UNAVAILABLE, "not ready to succeed: %s", missing);
}

/* From the open socket to the signal. */
static int
serve(struct bh_runtime *runtime, const sigset_t *signals)
{
	int number = 0;
	int rc = bh_runtime_age_check(runtime);

	if (rc == 0)
		rc = open_state(runtime);

	if (rc == 0)
		rc = start_workers(runtime);
	/* Whoever cannot connect asks another of our like, or our predecessor; whoever is answered 503 may not. */
	if (rc == 0 && runtime->server == NULL)
		rc = await_ready(runtime);
	if (rc == 0 && runtime->server == NULL)
		rc = bh_service_open_server(runtime);
	if (rc < 0)
		return rc;
	bh_log(BH_LOG_INFO, "serving");
	while (sigwait(signals, &number) != 0)
		;
	bh_log(BH_LOG_INFO, "stopping on signal %d", number);
	return __atomic_load_n(&runtime->outdated, __ATOMIC_RELAXED) ? BH_E_CONFIG : 0;
}

/* Where others serve in our place, nobody is to notice: streams and workers go on until the last client has left. */
static void
leave(struct bh_runtime *runtime, int64_t drain_ms)
{
	bh_runtime_drain(runtime);
	bh_http_server_drain(runtime->server, drain_ms, BH_LEAVE_IDLE_MS, is_told, NULL);
}

/* Streams and workers see the flag and end; requests in flight are answered; then the parts close
 * in the reverse order of their opening. */
static void
stop(struct bh_runtime *runtime)
{
	const struct bh_service *service = runtime->service;
	int64_t set_ms = runtime->conf.places.drain_s * 1000;
	/* The supervisor waits no longer. */
	int64_t drain_ms = runtime->supervised || set_ms < BH_DRAIN_MS ? BH_DRAIN_MS : set_ms;
	int64_t until_ms;

	if (runtime->server != NULL && bh_http_server_replaced(runtime->server)) {
		leave(runtime, BH_LEAVE_MS);
	} else if (runtime->server != NULL && runtime->walled) {
		leave(runtime, drain_ms - LAST_MS);
		drain_ms = LAST_MS;
	}
	until_ms = bh_clock_steady_ms() + drain_ms + WORKERS_STOP_MS;
	bh_runtime_stop(runtime);
	bh_http_server_close(runtime->server, drain_ms);
	runtime->server = NULL;
	if (!bh_runtime_join(runtime, until_ms))
		_exit(1); /* a thread still uses what would be freed */
	if (__atomic_load_n(&runtime->state_open, __ATOMIC_ACQUIRE) && service->close != NULL)
		service->close(runtime, runtime->state);
}

int
bh_service_run(const struct bh_service *service, const struct bh_service *const *services,
	const char *conf_path)
{
	struct bh_runtime runtime;
	sigset_t signals;
	int rc;

	bh_log_open(service->name, BH_LOG_INFO);
	/* Whoever runs containers reads their standard output. */
	if (bh_service_environment("BULKHEAD_SECRETS_FD", NULL) == NULL)
		bh_log_output(STDOUT_FILENO);
	harden();
	block_signals(&signals);
	bh_runtime_init(&runtime, service);
	runtime.services = services;
	runtime.supervised = bh_service_environment("BULKHEAD_SECRETS_FD", NULL) != NULL;
	runtime.succeeds = runtime.supervised &&
		bh_service_environment("BULKHEAD_SUCCEEDS", NULL) != NULL;
	rc = bh_service_open_parts(&runtime, conf_path);
	if (rc == 0)
		rc = serve(&runtime, &signals);
	if (rc < 0 && !runtime.outdated)
		bh_log_failure("start", rc);
	stop(&runtime);
	bh_service_close_parts(&runtime);
	bh_runtime_close(&runtime);
	if (rc == 0)
		bh_log(BH_LOG_INFO, "stopped");
	return rc == 0 ? 0 : rc == BH_E_CONFIG ? 2 : 1;
}
