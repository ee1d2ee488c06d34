/* SPDX-License-Identifier: Apache-2.0 */
/* service.h: what a service is: a table of settings, routes, workers and calls. */
#ifndef BH_SERVICE_SERVICE_H
#define BH_SERVICE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "service/roles.h"

struct bh_buf;
struct bh_erase;
struct bh_idempotency_sql;
struct bh_request;
struct bh_retention_kind;
struct bh_shape;
struct bh_runtime;
struct bh_worker_conf;
struct bh_worker_pool;

/* What else a route's row says, OR-ed. */
enum bh_route_flags {
	/* Not published by the gateway: on the service's socket only. */
	BH_ROUTE_INTERNAL = 1,
	/* May answer with an event stream. */
	BH_ROUTE_STREAM = 2,
	/* Honours an Idempotency-Key: it changes something, and its answer may be kept for a day (it holds no
	 * secret). */
	BH_ROUTE_IDEMPOTENT = 4,
	/* The gateway passes the body on as it comes, so that `admit` and the guard have judged the head
	 * before anything is kept anywhere. */
	BH_ROUTE_UNBUFFERED = 8,
	/* Below /api/tenants/{tenant}/: the skeleton looks that tenant up, which becomes req->target, and
	 * audits it; 404 when there is none. What changes something is ELEVATED without saying so. */
	BH_ROUTE_OPERATOR = 16,
	/* Destroys much or opens much: a console session must have proved who it is a moment ago (POST
	 * /api/auth/session/elevate); keys and operators are not asked. */
	BH_ROUTE_ELEVATED = 32,
	/* The same in the platform's own tenant only: what is made there reaches every tenant, and is not
	 * asked itself. */
	BH_ROUTE_STAFF_ELEVATED = 64,
	/* What somebody who acts as a person must not do: passwords, factors, keys, secrets, rights of others. */
	BH_ROUTE_PERSONAL = 128
};

/* One row of a service's route table: policy sits here, no handler re-checks it. */
struct bh_route {
	const char *method;
	const char *path;   /* "/v1/files/{id}"; a parameter is one whole segment */
	const char *scope;  /* "files:read"; "none": no credential is asked for (sign-in, JWKS) */
	const char *limits; /* limits class: "data" "control" "inference" "signin" "none" */
	const char *audit;  /* audit class, the event's name: "file.get" */
	int64_t body_bytes_max;
	int64_t timeout_ms; /* for the gateway's wait between two reads of the answer */
	int (*handler)(struct bh_request *req);
	unsigned flags; /* enum bh_route_flags */
	/* Its body and its answer as api/openapi.yaml describes them, the answer's elements where that is a
	 * list; NULL: none, or described by hand. */
	const struct bh_shape *takes, *gives;
	/* Called when the head is there and the credential is good, before the body is read; may be NULL.
	 * *body_bytes comes in as the row's most and may be lowered: a body that turns out larger is dropped
	 * and answered with *over (BH_E_TOO_LARGE unless it is set). An error answers instead of the
	 * handler. What the client declared: req->http->declared_bytes. */
	int (*admit)(struct bh_request *req, int64_t *body_bytes, int *over);
	/* Called last, once for every request that `admit` was asked about; may be NULL. */
	void (*release)(struct bh_request *req);
};

/* Whether a console session has to be elevated for it, in any tenant. */
bool bh_route_is_elevated(const struct bh_route *route);

/* Something a service does besides answering: called in a thread of its own, `every_ms` after its
 * last return (or at once when bh_runtime_wake names it). every_ms 0: called once, loops itself until
 * bh_runtime_stopping(). */
struct bh_worker {
	const char *name;
	int64_t every_ms;
	void (*run)(struct bh_runtime *runtime, void *service);
	unsigned threads; /* 0 counts as 1 */
};

/* What a route may ask a person or a key for. */
struct bh_scope {
	const char *name;  /* "files:read"; declared once, by any service */
	enum bh_role role; /* the least that has it */
	bool preset;       /* so has a key that was created without naming scopes */
	/* What of a plan its routes belong to ("chat"): a tenant whose plan does not include it is refused, but
	 * for GET and DELETE: what is there can be read and removed. NULL: nothing. */
	const char *entitlement;
};

/* Whom a service calls. Auth gives it tokens with this scope for that audience, and no others. */
struct bh_service_call {
	const char *service; /* "model" */
	const char *scope;   /* "internal:model" */
	/* The other one may stand below, and stops first: it calls this one as well. What needs it is refused then. */
	bool outlives;
};

/* A table whose rows stay when their tenant is deleted, and why, as the receipt says it. */
struct bh_erase_kept {
	const char *table, *reason;
};

struct bh_service {
	/* "auth"; also its section of the settings, its queue and its audience. Its system user is
	 * bulkhead-NAME, its role in the database bulkhead_NAME; NAME and tmp/NAME in the state folder
	 * are its own. */
	const char *name;
	const struct bh_setting *settings; /* offsets into the state, whose first member is its conf */
	size_t n_settings;
	const struct bh_route *routes;   /* ends with a zeroed row */
	const struct bh_scope *scopes;   /* ends with a zeroed row; may be NULL */
	const struct bh_worker *workers; /* ends with a zeroed row; may be NULL */
	/* Kinds and shares of the queue of its name (queue/worker.h); NULL: it works none. */
	const struct bh_worker_conf *jobs;
	size_t state_size;
	const struct bh_service_call *calls; /* ends with a zeroed row; may be NULL */
	const char *const *uses; /* engines that stop after it; ends with NULL; may be NULL */
	/* One service: it has the keys, and the others prove themselves to it for tokens. */
	bool issues_tokens;
	bool keeps_objects; /* it opens the object store, and is handed the store's key */
	int (*open)(struct bh_runtime *runtime, void *state); /* may be NULL */
	void (*close)(struct bh_runtime *runtime, void *state);
	const struct bh_retention_kind *retention; /* what is kept for a time; ends with a zeroed row */
	void (*metrics)(const void *state, struct bh_buf *out); /* its own lines; may be NULL */
	const struct bh_idempotency_sql
		*idempotency; /* its table of keys; needed by routes that honour them */
	/* When a tenant is deleted (service/erase.h): tables whose rows stay, with the reason, ends with a zeroed
	 * row; those that it removes rows of itself, ends with NULL; and the function that does, and removes what
	 * is not rows, called when the other rows are gone. `closes` comes before the rows, each turn: it draws
	 * from them what has to stay. All may be NULL. */
	const struct bh_erase_kept *keeps;
	const char *const *erases;
	int (*closes)(struct bh_erase *erase);
	int (*erase)(struct bh_erase *erase);
};

#endif
