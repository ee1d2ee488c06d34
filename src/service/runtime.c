/* SPDX-License-Identifier: Apache-2.0 */
/* runtime.c: what a running service's threads share: peers, workers, keys, the stop flag. */
#include "service/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "db/db.h"
#include "queue/worker.h"
#include "sec/token.h"
#include "service/idempotency.h"

#define WORKER_STACK_BYTES ((size_t)1024 * BH_KIB)
#define PEER_CONNECT_MS 2000
#define PEER_IDLE_MOST 64

/* Which of the threads this is; NULL in a request's thread. */
static _Thread_local struct bh_worker_thread *self;

static void
follow_audit(struct bh_runtime *runtime, void *service)
{
	int rc = bh_audit_follow(&runtime->audit);

	(void)service;
	if (rc < 0)
		bh_log_failure("follow the audit file", rc);
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
	{.name = "keys", .every_ms = 0, .run = bh_keys_run},
	{.name = "retention", .every_ms = BH_RETENTION_BEAT_MS, .run = bh_retention_beat},
	{.name = "idempotency", .every_ms = BH_IDEMPOTENCY_BEAT_MS, .run = bh_idempotency_beat},
	{.name = "jobs", .every_ms = 0, .run = do_jobs},
};

void
bh_runtime_init(struct bh_runtime *runtime, const struct bh_service *service)
{
	*runtime = (struct bh_runtime){.service = service,
		.audit = {.acts.fd = -1, .strangers.fd = -1}};
	runtime->state = bh_arena_alloc(&runtime->arena, service->state_size);
	bh_clock_cond_init(&runtime->wake);
	pthread_mutex_init(&runtime->lock, NULL);
	pthread_mutex_init(&runtime->keys_lock, NULL);
}

void
bh_runtime_close(struct bh_runtime *runtime)
{
	for (size_t i = 0; i < runtime->n_peers; i++)
		bh_http_client_close(runtime->peers[i].client);
	for (size_t i = 0; i < runtime->n_threads; i++)
		pthread_cond_destroy(&runtime->threads[i].wake);
	free(runtime->threads);
	pthread_mutex_destroy(&runtime->keys_lock);
	pthread_mutex_destroy(&runtime->lock);
	pthread_cond_destroy(&runtime->wake);
	bh_arena_close(&runtime->arena);
}

/* ---- what services ask for ---- */

const struct bh_platform_conf *
bh_runtime_conf(const struct bh_runtime *runtime)
{
	return &runtime->conf;
}

struct bh_db_pool *
bh_runtime_db(struct bh_runtime *runtime)
{
	return runtime->db;
}

struct bh_worker_pool *
bh_runtime_jobs(struct bh_runtime *runtime)
{
	return runtime->jobs;
}

struct bh_token_checker *
bh_runtime_checker(struct bh_runtime *runtime)
{
	return runtime->checker;
}

const char *
bh_runtime_name(const struct bh_runtime *runtime)
{
	return runtime->service->name;
}

const struct bh_service *const *
bh_runtime_services(const struct bh_runtime *runtime)
{
	return runtime->services;
}

bool
bh_runtime_stopping(const struct bh_runtime *runtime)
{
	return __atomic_load_n(&runtime->stopping, __ATOMIC_RELAXED);
}

const bool *
bh_runtime_stop_flag(const struct bh_runtime *runtime)
{
	return &runtime->stopping;
}

bool
bh_runtime_ready(const struct bh_runtime *runtime)
{
	return __atomic_load_n(&runtime->state_open, __ATOMIC_ACQUIRE) &&
		__atomic_load_n(&runtime->keys_known, __ATOMIC_RELAXED) &&
		__atomic_load_n(&runtime->log_read, __ATOMIC_RELAXED) && !bh_runtime_stopping(runtime);
}

void
bh_runtime_key(const struct bh_runtime *runtime, const char *label, struct bh_secret *out)
{
	bh_secret_derive(&runtime->secrets.data, label, out);
}

const struct bh_service_secrets *
bh_runtime_secrets(const struct bh_runtime *runtime)
{
	return &runtime->secrets;
}

static struct bh_http_client *
open_peer(struct bh_runtime *runtime, const char *name)
{
	struct bh_runtime_peer *peer = &runtime->peers[runtime->n_peers];
	char url[160];
	const struct bh_http_client_conf conf = {
		.url = url,
		.idle_max = PEER_IDLE_MOST,
		.connect_ms = PEER_CONNECT_MS,
	};

	BH_ASSERT(runtime->n_peers < BH_PEERS_MOST && strlen(name) < sizeof(peer->name));
	snprintf(url, sizeof(url), "unix:" BH_SOCKET, runtime->conf.run_dir, name);
	BH_ASSERT(bh_http_client_open(&conf, &peer->client) == 0); /* run_dir was checked at start */
	snprintf(peer->name, sizeof(peer->name), "%s", name);
	runtime->n_peers++;
	return peer->client;
}

struct bh_http_client *
bh_runtime_peer(struct bh_runtime *runtime, const char *name)
{
	struct bh_http_client *client = NULL;

	pthread_mutex_lock(&runtime->lock);
	for (size_t i = 0; i < runtime->n_peers && client == NULL; i++) {
		if (strcmp(runtime->peers[i].name, name) == 0)
			client = runtime->peers[i].client;
	}
	if (client == NULL)
		client = open_peer(runtime, name);
	pthread_mutex_unlock(&runtime->lock);
	return client;
}

/* ---- workers ---- */

void
bh_runtime_wait(struct bh_runtime *runtime, const char *worker, int64_t ms)
{
	int64_t until_ms = bh_clock_steady_ms() + ms;
	struct bh_worker_thread *thread = self;
	pthread_cond_t *wake;

	if (thread != NULL && strcmp(thread->worker->name, worker) != 0)
		thread = NULL;
	wake = thread != NULL ? &thread->wake : &runtime->wake;
	pthread_mutex_lock(&runtime->lock);
	while (!bh_runtime_stopping(runtime) && (thread == NULL || !thread->woken) &&
		bh_clock_wait_until(wake, &runtime->lock, until_ms))
		;
	if (thread != NULL)
		thread->woken = false;
	pthread_mutex_unlock(&runtime->lock);
}

void
bh_runtime_wake(struct bh_runtime *runtime, const char *worker)
{
	pthread_mutex_lock(&runtime->lock);
	for (size_t i = 0; i < runtime->n_threads; i++) {
		struct bh_worker_thread *thread = &runtime->threads[i];

		if (strcmp(thread->worker->name, worker) != 0)
			continue;
		thread->woken = true;
		pthread_cond_signal(&thread->wake);
	}
	pthread_mutex_unlock(&runtime->lock);
}

void
bh_runtime_stop(struct bh_runtime *runtime)
{
	pthread_mutex_lock(&runtime->lock);
	__atomic_store_n(&runtime->stopping, true, __ATOMIC_RELAXED);
	pthread_cond_broadcast(&runtime->wake);
	for (size_t i = 0; i < runtime->n_threads; i++)
		pthread_cond_signal(&runtime->threads[i].wake);
	pthread_mutex_unlock(&runtime->lock);
}

static void *
work(void *arg)
{
	struct bh_worker_thread *thread = arg;
	struct bh_runtime *runtime = thread->runtime;
	const struct bh_worker *worker = thread->worker;

	self = thread;
	do {
		worker->run(runtime, runtime->state);
		if (worker->every_ms == 0)
			break;
		bh_runtime_wait(runtime, worker->name, worker->every_ms);
	} while (!bh_runtime_stopping(runtime));
	return NULL;
}

static size_t
count_threads(const struct bh_worker *worker)
{
	return worker->threads > 0 ? worker->threads : 1;
}

static void
plan(struct bh_runtime *runtime, const struct bh_worker *worker)
{
	for (size_t i = 0; i < count_threads(worker); i++) {
		runtime->threads[runtime->n_threads] = (struct bh_worker_thread){
			.runtime = runtime,
			.worker = worker,
		};
		bh_clock_cond_init(&runtime->threads[runtime->n_threads].wake);
		runtime->n_threads++;
	}
}

static bool
has_work(const struct bh_service *service, const struct bh_worker *worker)
{
	if (worker->run == bh_keys_run)
		return !service->verifies_itself;
	if (worker->run == bh_retention_beat)
		return service->retention != NULL;
	if (worker->run == bh_idempotency_beat)
		return service->idempotency != NULL;
	if (worker->run == do_jobs)
		return service->jobs != NULL;
	return true;
}

int
bh_runtime_start_workers(struct bh_runtime *runtime)
{
	const struct bh_worker *own = runtime->service->workers;
	size_t count = BH_COUNT(skeleton_workers);
	pthread_attr_t attributes;
	int error = 0;

	for (const struct bh_worker *at = own; at != NULL && at->name != NULL; at++)
		count += count_threads(at);
	runtime->threads = calloc(count, sizeof(*runtime->threads));
	BH_ASSERT(runtime->threads != NULL);
	for (size_t i = 0; i < BH_COUNT(skeleton_workers); i++) {
		if (has_work(runtime->service, &skeleton_workers[i]))
			plan(runtime, &skeleton_workers[i]);
	}
	for (const struct bh_worker *at = own; at != NULL && at->name != NULL; at++)
		plan(runtime, at);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
	for (size_t i = 0; error == 0 && i < runtime->n_threads; i++) {
		error = pthread_create(&runtime->threads[i].thread, &attributes, work,
			&runtime->threads[i]);
		runtime->threads[i].started = error == 0;
	}
	pthread_attr_destroy(&attributes);
	errno = error;
	return error == 0 ? 0 : bh_error(BH_E_IO, "start a worker: %m");
}

bool
bh_runtime_join_workers(struct bh_runtime *runtime, int64_t until_ms)
{
	bool all = true;

	for (size_t i = 0; i < runtime->n_threads; i++) {
		struct bh_worker_thread *thread = &runtime->threads[i];

		if (!thread->started)
			continue;
		if (!bh_clock_join_until(thread->thread, until_ms)) {
			bh_log(BH_LOG_WARN, "worker %s did not stop in time", thread->worker->name);
			all = false;
		}
	}
	return all;
}
