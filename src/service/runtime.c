/* SPDX-License-Identifier: Apache-2.0 */
/* runtime.c: what a running service's threads share: peers, workers, keys, the stop flag. */
#include "service/running.h"
#include "service/runtime.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#define WORKER_STACK_BYTES ((size_t)1024 * BH_KIB)
#define PEER_CONNECT_MS 2000
#define PEER_IDLE_MOST 64

/* Which of the threads this is; NULL in a request's thread. */
static _Thread_local struct bh_worker_thread *self;

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
	for (struct bh_worker_thread *at = runtime->threads; at != NULL; at = at->next)
		pthread_cond_destroy(&at->wake);
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

bool
bh_runtime_draining(const struct bh_runtime *runtime)
{
	return __atomic_load_n(&runtime->draining, __ATOMIC_RELAXED) || bh_runtime_stopping(runtime);
}

const char *
bh_runtime_spool_dir(const struct bh_runtime *runtime)
{
	return runtime->spool_dir;
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
		__atomic_load_n(&runtime->log_read, __ATOMIC_RELAXED) && !bh_runtime_draining(runtime);
}

void
bh_runtime_key(const struct bh_runtime *runtime, const char *label, struct bh_secret *out)
{
	bh_secret_derive(&runtime->secrets.data, label, out);
}

int
bh_runtime_objects_open(struct bh_runtime *runtime, struct bh_object_store **out)
{
	const char *own = bh_arena_printf(&runtime->arena, "%s/%s", runtime->conf.home,
		runtime->service->name);
	struct bh_secret secret;
	const struct bh_object_place place = {
		.folder = bh_platform_object_folder(&runtime->conf, &runtime->arena,
			runtime->service->name),
		.spool_dir = runtime->spool_dir,
		.key = &runtime->secrets.object,
		.secret = &secret,
	};
	int rc;

	/* Under the supervisor it is there and ours. What cannot be made, the next step names. */
	(void)mkdir(own, 0700);
	bh_object_secret(&runtime->secrets.data, &secret);
	rc = bh_object_store_open(&runtime->conf.object, &place, out);
	bh_secret_close(&secret);
	return rc;
}

const struct bh_service_secrets *
bh_runtime_secrets(const struct bh_runtime *runtime)
{
	return &runtime->secrets;
}

void
bh_runtime_missing(const struct bh_runtime *runtime, char *out, size_t size)
{
	int64_t read_ms = __atomic_load_n(&runtime->log_read_ms, __ATOMIC_RELAXED);
	bool failing = __atomic_load_n(&runtime->log_failing, __ATOMIC_RELAXED);
	bool fresh = __atomic_load_n(&runtime->log_read, __ATOMIC_RELAXED) &&
		bh_clock_steady_ms() - read_ms < BH_LOG_FRESH_MS;
	bool keys = __atomic_load_n(&runtime->keys_known, __ATOMIC_RELAXED) &&
		!__atomic_load_n(&runtime->keys_failing, __ATOMIC_RELAXED);
	const char *words[5] = {0};
	size_t n = 0, len = 0;

	if (!__atomic_load_n(&runtime->state_open, __ATOMIC_ACQUIRE))
		words[n++] = "starting";
	if (bh_runtime_draining(runtime))
		words[n++] = "stopping";
	if (failing)
		words[n++] = "database";
	if (!fresh)
		words[n++] = "revocation_log";
	if (!keys)
		words[n++] = "issuer";
	out[0] = '\0';
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s", i > 0 ? " " : "", words[i]);
}

const struct bh_http_header *
bh_runtime_wire(const struct bh_runtime *runtime, char *text, struct bh_http_header *out)
{
	if (!runtime->secrets.has_wire)
		return NULL;
	bh_text_hex(runtime->secrets.wire.bytes, sizeof(runtime->secrets.wire.bytes), text);
	*out = (struct bh_http_header){BH_WIRE_HEADER, text};
	return out;
}

static struct bh_http_client *
open_peer(struct bh_runtime *runtime, const char *name)
{
	struct bh_runtime_peer *peer = &runtime->peers[runtime->n_peers];
	const struct bh_platform_conf *at = &runtime->conf;
	const char *ca_file = at->places.ca_file;
	struct bh_http_header header;
	char wire[65] = "";
	const struct bh_http_client_conf conf = {
		.url = bh_places_peer(&runtime->arena, &at->places, runtime->services, at->run_dir, name),
		.several = true,
		.idle_max = PEER_IDLE_MOST,
		.connect_ms = PEER_CONNECT_MS,
		.ca_file = ca_file != NULL && ca_file[0] != '\0' ? ca_file : NULL,
		.always = bh_runtime_wire(runtime, wire, &header),
	};

	BH_ASSERT(runtime->n_peers < BH_PEERS_MOST && strlen(name) < sizeof(peer->name));
	BH_ASSERT(bh_http_client_open(&conf, &peer->client) == 0); /* all was checked at start */
	bh_wipe(wire, sizeof(wire));
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

void
bh_runtime_audit(struct bh_runtime *runtime, const char *event, const struct bh_uuid *tenant,
	const char *request_id, const char *members)
{
	BH_AUTO(bh_buf_close) struct bh_buf line = {0};

	bh_audit_begin(&runtime->audit, &line, event, tenant, request_id);
	bh_buf_text(&line, members);
	bh_audit_end(&runtime->audit, &line, false);
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
	for (struct bh_worker_thread *at = runtime->threads; at != NULL; at = at->next) {
		if (strcmp(at->worker->name, worker) != 0)
			continue;
		at->woken = true;
		pthread_cond_signal(&at->wake);
	}
	pthread_mutex_unlock(&runtime->lock);
}

void
bh_runtime_drain(struct bh_runtime *runtime)
{
	__atomic_store_n(&runtime->draining, true, __ATOMIC_RELAXED);
}

void
bh_runtime_stop(struct bh_runtime *runtime)
{
	pthread_mutex_lock(&runtime->lock);
	__atomic_store_n(&runtime->stopping, true, __ATOMIC_RELAXED);
	pthread_cond_broadcast(&runtime->wake);
	for (struct bh_worker_thread *at = runtime->threads; at != NULL; at = at->next)
		pthread_cond_signal(&at->wake);
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

/* Under the lock, so that whoever wakes it sees it from its beginning. */
static int
start_thread(struct bh_runtime *runtime, const struct bh_worker *worker,
	const pthread_attr_t *attributes)
{
	struct bh_worker_thread *thread = bh_arena_alloc(&runtime->arena, sizeof(*thread));
	int error;

	*thread = (struct bh_worker_thread){.runtime = runtime, .worker = worker};
	bh_clock_cond_init(&thread->wake);
	pthread_mutex_lock(&runtime->lock);
	error = pthread_create(&thread->thread, attributes, work, thread);
	if (error == 0) {
		thread->next = runtime->threads;
		runtime->threads = thread;
	}
	pthread_mutex_unlock(&runtime->lock);
	return error;
}

int
bh_runtime_start(struct bh_runtime *runtime, const struct bh_worker *worker)
{
	unsigned n = worker->threads > 0 ? worker->threads : 1;
	pthread_attr_t attributes;
	int error = 0;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES);
	for (unsigned i = 0; error == 0 && i < n; i++)
		error = start_thread(runtime, worker, &attributes);
	pthread_attr_destroy(&attributes);
	errno = error;
	return error == 0 ? 0 : bh_error(BH_E_IO, "start a worker: %m");
}

bool
bh_runtime_join(struct bh_runtime *runtime, int64_t until_ms)
{
	bool all = true;

	for (struct bh_worker_thread *at = runtime->threads; at != NULL; at = at->next) {
		if (!bh_clock_join_until(at->thread, until_ms)) {
			bh_log(BH_LOG_WARN, "worker %s did not stop in time", at->worker->name);
			all = false;
		}
	}
	return all;
}
