/* SPDX-License-Identifier: Apache-2.0 */
/* conf.h: the gateway's nginx configuration, generated from the services' route tables. */
#ifndef BH_NGINX_CONF_H
#define BH_NGINX_CONF_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/macros.h"
#include "nginx/tls.h"

struct bh_nginx_names;
struct bh_places;
struct bh_service;

/* The module has 64 slots, and during a reload the old workers go on. */
#define BH_NGINX_WORKERS_MAX 32

/* In run_dir: lines in Prometheus' text form that the gateway shows among its own. */
#define BH_NGINX_METRICS_FILE "supervisor.prom"

/* What one client address may do without a credential; an IPv6 address counts with its /64. */
struct bh_nginx_by_address {
	int64_t signin_rpm;            /* routes of the class "signin", a minute; 0 counts as 300 */
	int64_t signin_concurrency;    /* and at once; 0 counts as 16 */
	int64_t anonymous_rpm;         /* other routes without credential, and refusals; as 3000 */
	int64_t anonymous_concurrency; /* 0 counts as 128 */
	int64_t unknown_rpm;           /* credentials that auth does not know; 0 counts as 600 */
	int64_t unknown_concurrency;   /* credentials put to auth at once; 0 counts as 32 */
	int64_t connections;           /* open at once; 0 counts as 1024 */
	int64_t bodies_mib;            /* of bodies over 64 KiB in transfer; 0 counts as 64 */
	int64_t lines;                 /* of the anonymous audit, a minute; 0 counts as 30 */
	/* answered at once, a minute, also for a tenant; the others a second later; 0 counts as 600 */
	int64_t refusals;
};

/* What the route tables do not know. All strings are borrowed; paths are absolute. */
struct bh_nginx_conf {
	const char *listen; /* "127.0.0.1:8080" */
	/* How browsers reach it, "https://ai.example.org"; NULL: http, as far as the console's cookie goes. */
	const char *public_url;
	struct bh_nginx_tls tls; /* on: listen speaks TLS, and public_url is https */
	const char *module;      /* ngx_http_bulkhead_module.so */
	const char *run_dir;     /* a folder of each process's socket; nginx's own is gateway/ */
	const char *temp_dir;    /* exists; bodies on their way are spooled to folders made in it */
	const char *log_dir;     /* exists; gateway.log, audit-gateway.jsonl, audit-anonymous.jsonl */
	const char *user;        /* of the workers; NULL unless started by root */
	const char *group;       /* NULL: the user's own */
	const char *page_dir;    /* the console's export; NULL: there is none */
	const struct bh_places *places; /* where the services are reached; NULL: all in run_dir */
	const struct bh_nginx_names
		*names;           /* what host names stand for now; NULL: nginx looks them up */
	const char *resolver; /* for whoever looks up; see names.h */
	/* What members of the platform show each other, 64 hex digits, wherever an address is not a Unix socket; NULL:
	 * none is given, and then all must be. */
	const char *wire;
	const char *wire_also; /* NULL: none */
	int64_t workers;       /* 0 counts as 1; at most BH_NGINX_WORKERS_MAX */
	int64_t connections;   /* per worker, both sides of a request counted; 0 counts as 8192, and
	                       * half of the files that a process may open are the most */
	/* Requests of one tenant a second before the next ones wait; 0: 50 for each processor. */
	int64_t tenant_rate;
	int64_t tenant_bodies_mib; /* of bodies over 64 KiB in transfer for one tenant; as 2048 */
	int64_t tenant_bodies_mib_per_second; /* how fast they may come; 0: 8 a processor */
	/* For all together; 0: a quarter of temp_dir's file system, 8192 at most. */
	int64_t bodies_mib;
	int64_t body_kib_per_second; /* a body that comes more slowly is given up; 0 counts as 32 */
	/* Networks of the operator's own proxies, whose X-Forwarded-For is believed: "10.0.0.0/8 ::1",
	 * apart by spaces or commas. NULL or "": none. */
	const char *trusted_proxies;
	/* Origins whose pages may read answers on /v1 paths, apart by spaces or commas; with the word "tenants"
	 * also those that the tenant of a credential allows. NULL or "": none, and no preflight is answered. */
	const char *cors;
	struct bh_nginx_by_address by_address;
	int64_t anonymous_lines; /* of the anonymous audit, a minute; 0 counts as 6000 */
	int64_t refusal_lines;   /* of the audit, a minute for each tenant; 0 counts as 600 */
	int64_t margin_s;        /* a cached token that expires sooner is renewed; 0 counts as 30 */
	int64_t keys_mib;        /* shared memory for credentials; 0 counts as 16 */
	int64_t limits_mib;      /* shared memory for limits, metrics and audit; 0 counts as 16 */
	/* How many gateways share the limits, as far as one knows at its start; 0: each counts for itself. Then a process
	 * leases for it (shared/lease.h). */
	int64_t gateways;
};

/* Writes the whole nginx.conf. Missing policy is an error, not a default: BH_E_CONFIG for a public
 * route without scope, limits class, audit class or timeout, with a scope that is internal, with a
 * path that is no template, listed twice, or owned by two services; without a service that issues tokens; and
 * for text that nginx's grammar could misread. BH_E_IO. The detail names the route. */
BH_MUST_CHECK int bh_nginx_conf_write(const struct bh_nginx_conf *conf,
	const struct bh_service *const *services, FILE *out);

/* The same into a file that appears whole or not at all (mode 0644, or 0600 with `wire`, fsync, rename). Also removes
 * a socket of its own on which nobody listens: a killed nginx leaves it, and none binds over it. */
BH_MUST_CHECK int bh_nginx_conf_save(const struct bh_nginx_conf *conf,
	const struct bh_service *const *services, const char *path);

#endif
