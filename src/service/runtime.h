/* SPDX-License-Identifier: Apache-2.0 */
/* runtime.h: what a running service has for its handlers and workers. */
#ifndef BH_SERVICE_RUNTIME_H
#define BH_SERVICE_RUNTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "sec/digest.h"
#include "service/platform.h"
#include "service/service.h"

struct bh_db_pool;
struct bh_fetcher;
struct bh_http_client;
struct bh_instance;
struct bh_service_secrets;
struct bh_shared;
struct bh_token_checker;
struct bh_uuid;
struct bh_worker_pool;

const struct bh_platform_conf *bh_runtime_conf(const struct bh_runtime *runtime);
struct bh_db_pool *bh_runtime_db(struct bh_runtime *runtime);
/* Those who do the service's jobs: to wake, or to hand a job to. */
struct bh_worker_pool *bh_runtime_jobs(struct bh_runtime *runtime);
struct bh_token_checker *bh_runtime_checker(struct bh_runtime *runtime);
/* All services of the platform; ends with NULL. */
const struct bh_service *const *bh_runtime_services(const struct bh_runtime *runtime);
bool bh_runtime_stopping(const struct bh_runtime *runtime);
/* Whether it serves the last ones before it stops, or stops: what listens for long without an end may say good-bye. */
bool bh_runtime_draining(const struct bh_runtime *runtime);
/* The flag behind it, as a call's `cancel` (http/client.h). */
const bool *bh_runtime_stop_flag(const struct bh_runtime *runtime);
/* Where it keeps what is on its way, in files without a name. */
const char *bh_runtime_spool_dir(const struct bh_runtime *runtime);
/* Sleeps until woken for this worker, stopping, or ms have passed. */
void bh_runtime_wait(struct bh_runtime *runtime, const char *worker, int64_t ms);
void bh_runtime_wake(struct bh_runtime *runtime, const char *worker);
/* A key for this service's own use, derived from what the supervisor handed over ("model.upstream_key"). */
void bh_runtime_key(const struct bh_runtime *runtime, const char *label, struct bh_secret *out);
/* The pooled client to another service ("model"), wherever it is reached (service/places.h), to the gateway
 * ("gateway") or an engine. */
struct bh_http_client *bh_runtime_peer(struct bh_runtime *runtime, const char *name);
/* The one way to addresses that tenants name (http/fetch.h). */
struct bh_fetcher *bh_runtime_fetcher(struct bh_runtime *runtime);
/* Opens the object store by the settings, for a service that keeps objects. BH_E_CONFIG, BH_E_IO. */
BH_MUST_CHECK int bh_runtime_objects_open(struct bh_runtime *runtime, struct bh_object_store **out);
/* Who this process is among those of its service (service/instance.h). */
const struct bh_instance *bh_runtime_instance(const struct bh_runtime *runtime);
/* What all of them count together (shared/shared.h); NULL: nothing. */
struct bh_shared *bh_runtime_shared(const struct bh_runtime *runtime);
/* The secrets of this process (the issuer checks peers with them). */
const struct bh_service_secrets *bh_runtime_secrets(const struct bh_runtime *runtime);
/* An audit line outside a request (workers, streams after their handler): `members` is JSON text that
 * starts with a comma, or "". */
void bh_runtime_audit(struct bh_runtime *runtime, const char *event, const struct bh_uuid *tenant,
	const char *request_id, const char *members);

#endif
