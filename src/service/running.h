/* SPDX-License-Identifier: Apache-2.0 */
/* running.h: a running service with what only the skeleton needs of it. Only src/service includes it. */
#ifndef BH_SERVICE_RUNNING_H
#define BH_SERVICE_RUNNING_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "http/client.h"
#include "http/server.h"
#include "service/admission.h"
#include "service/audit.h"
#include "service/audit_index.h"
#include "service/audit_keep.h"
#include "service/busiest.h"
#include "service/instance.h"
#include "service/log_conf.h"
#include "service/metrics.h"
#include "service/platform.h"
#include "service/retention.h"
#include "service/router.h"
#include "service/secrets.h"
#include "service/services.h"

/* The other services and the gateway. */
#define BH_PEERS_MOST BH_SERVICES_MAX

/* When the process stops, requests under way have as long to be answered. */
#define BH_DRAIN_MS 8000

/* Whom a successor has replaced may take its time: streams of models are minutes long. The supervisor knows, too. */
#define BH_LEAVE_MS 600000

/* Longer than the gateway keeps its side of a connection that nobody uses (nginx/conf.c). */
#define BH_LEAVE_IDLE_MS 8000

/* A running worker thread. */
struct bh_worker_thread {
	struct bh_runtime *runtime;     /* borrowed */
	const struct bh_worker *worker; /* borrowed */
	pthread_t thread;
	pthread_cond_t wake; /* its own: waking one disturbs no other */
	bool woken;          /* guarded by the runtime's lock */
	struct bh_worker_thread *next;
};

struct bh_idempotency;
struct bh_onward_cache;
struct bh_serving;

/* A client of another service's socket, made on first use. */
struct bh_runtime_peer {
	char name[32];
	struct bh_http_client *client; /* owned */
};

/* How long the revocation log may go unread in a service that calls itself ready. */
#define BH_LOG_FRESH_MS 5000

struct bh_runtime {
	const struct bh_service *service;
	const struct bh_service *const *services; /* borrowed: all there are; ends with NULL */
	struct bh_platform_conf conf;
	struct bh_log_conf log; /* of a process that no supervisor looks after */
	const char *spool_dir;  /* in the arena */
	struct bh_arena arena;  /* owned: settings' text */
	void *state;            /* owned: the service's struct */
	bool state_open;        /* service->open has run; atomic */
	bool draining;          /* nobody new comes, and whoever is here is served to the end; atomic */
	bool stopping;          /* atomic */
	bool keys_known;        /* atomic */
	bool log_read;          /* the revocation log, once; atomic */
	bool log_failing;       /* its last reading failed; atomic */
	bool keys_failing;      /* so did the last fetch of the key set; atomic */
	int64_t log_read_ms;    /* steady clock, of the last reading that did not; atomic */
	bool outdated;          /* the database takes no program this old; atomic */
	bool supervised;        /* the supervisor started it */
	bool succeeds;          /* it takes the place of one that serves until this one is ready */
	bool walled;            /* it listens where anybody may connect: requests must carry `wire` */
	struct bh_service_secrets secrets;
	struct bh_instance instance;
	struct bh_fetcher *fetcher;       /* owned */
	struct bh_shared *shared;         /* owned; NULL: each process counts for itself */
	struct bh_db_pool *db;            /* owned */
	struct bh_worker_pool *jobs;      /* owned; NULL: the service has none */
	struct bh_token_checker *checker; /* owned */
	struct bh_http_server *server;    /* owned */
	struct bh_router router;
	struct bh_audit audit;
	struct bh_audit_keeper audit_keeper; /* of its worker, where there is no supervisor */
	struct bh_audit_index
		audit_indexes[2]; /* of our own file; the issuer's also of the gateway's */
	size_t n_audit_indexes;
	struct bh_metrics metrics;
	struct bh_busiest busiest;
	struct bh_trace *trace;            /* owned; NULL: none */
	struct bh_trace *gateway_trace;    /* owned: the issuer's, for the gateway; NULL: none */
	struct bh_trace_tail gateway_tail; /* of its worker alone */
	struct bh_admission admission;
	struct bh_retention retention;
	size_t body_memory_max;         /* larger bodies are spooled */
	struct bh_onward_cache *onward; /* owned */
	pthread_mutex_t lock;           /* guards peers and the workers' flags */
	pthread_cond_t wake;            /* on the steady clock; of threads that are no worker */
	struct bh_runtime_peer peers[BH_PEERS_MOST];
	size_t n_peers;
	struct bh_worker_thread *threads; /* in the arena; guarded by lock */
	pthread_mutex_t keys_lock;        /* one fetch of the key set at a time */
	int64_t keys_asked_ms;            /* of the last attempt; steady clock; guarded by keys_lock */
	int64_t keys_fetched_ms;          /* of the last success */
	struct bh_idempotency *idempotency; /* requests with a key that run here; guarded by lock */
	struct bh_serving
		*servings; /* requests of tenants, in their exchanges' arenas; guarded by lock */
};

/* Memory and locks of an empty runtime; the parts are opened one by one. */
void bh_runtime_init(struct bh_runtime *runtime, const struct bh_service *service);
void bh_runtime_close(struct bh_runtime *runtime);

/* Starts a worker's threads. */
BH_MUST_CHECK int bh_runtime_start(struct bh_runtime *runtime, const struct bh_worker *worker);
/* Waits for all workers after `stopping` was set; false when one still runs at that moment of the steady
 * clock. */
bool bh_runtime_join(struct bh_runtime *runtime, int64_t until_ms);
/* Sets `draining`. */
void bh_runtime_drain(struct bh_runtime *runtime);
/* Sets `stopping` and wakes everybody. */
void bh_runtime_stop(struct bh_runtime *runtime);
/* Ready: open, not draining or stopping, keys and revocation log known. */
bool bh_runtime_ready(const struct bh_runtime *runtime);
/* What is amiss at this moment, as names divided by blanks: "starting", "stopping", "database", "revocation_log",
 * "issuer"; "" for nothing. More than `ready` asks for: who is asked must not go away for a moment's trouble. */
void bh_runtime_missing(const struct bh_runtime *runtime, char *out, size_t size);
/* The header that shows we are a member, of `text`, which takes 65 bytes; NULL: we have no such secret. */
const struct bh_http_header *bh_runtime_wire(const struct bh_runtime *runtime, char *text,
	struct bh_http_header *out);

/* Whether the database takes a program of this age. BH_E_CONFIG with the reason where it does not; what cannot be
 * asked is asked again by the worker. */
BH_MUST_CHECK int bh_runtime_age_check(struct bh_runtime *runtime);

/* ---- age.c, beat.c, keys.c and revocation.c: five of the skeleton's workers ---- */

#define BH_AGE_BEAT_MS 30000
void bh_age_run(struct bh_runtime *runtime, void *service);

void bh_instance_run(struct bh_runtime *runtime, void *service);
void bh_instance_limits_run(struct bh_runtime *runtime, void *service);

void bh_revocation_run(struct bh_runtime *runtime, void *service);
void bh_keys_run(struct bh_runtime *runtime, void *service);
/* Fetches the issuer's key set now, unless that was tried a moment ago. True if it was fetched. */
bool bh_keys_refresh(struct bh_runtime *runtime);

#endif
