/* SPDX-License-Identifier: Apache-2.0 */
/* platform.h: the settings that every process of the platform reads, and the places that follow from them. */
#ifndef BH_SERVICE_PLATFORM_H
#define BH_SERVICE_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"
#include "http/fetch_conf.h"
#include "http/mail_conf.h"
#include "object/object.h"
#include "service/places.h"
#include "service/trace.h"
#include "shared/shared.h"

struct bh_arena;

/* [platform], [database], [object], [mail], [fetch], [trace], [limits], [peer], [listen] and [service] of bulkhead.conf. */
struct bh_platform_conf {
	const char *issuer;               /* "https://bulkhead.local" by default: iss of every token */
	const char *database_url;         /* "" : the embedded one */
	const char *database_setup_url;   /* "" : as database_url */
	const char *database_replica_url; /* "" : none */
	const char *database_engine;      /* "postgresql" or "citus" */
	const char *log_level;
	int64_t database_connections;       /* per service */
	int64_t database_vital_connections; /* of these */
	int64_t database_tenant_share_percent;
	int64_t database_statement_ms;
	int64_t database_step_mib;
	int64_t tenant_percent; /* of what a service's requests share (service/admission.h) */
	int64_t body_memory_mib, parse_memory_mib, spool_mib; /* per service */
	struct bh_object_conf object;
	struct bh_mail_settings mail;
	struct bh_fetch_settings fetch;
	struct bh_trace_settings trace;
	struct bh_places places;
	struct bh_shared_conf limits;
	/* Filled by the caller, not from the file: */
	const char *home;    /* state folder */
	const char *run_dir; /* sockets */
	const char *log_dir;
	const char *public_url;  /* "https://ai.example.org": how browsers reach the gateway */
	const char *program_dir; /* where bulkhead-extract, engines, models lie */
};
extern const struct bh_setting bh_platform_settings[]; /* [platform] rows */
extern const size_t bh_n_platform_settings;
extern const struct bh_setting bh_database_settings[]; /* [database] rows, same target struct */
extern const size_t bh_n_database_settings;

/* The name of the console's cookie: that of one which only comes by TLS is held to that by browsers.
 * `public_url` NULL: without TLS. */
const char *bh_platform_cookie(const char *public_url);
bool bh_platform_is_tls(const char *public_url);

/* Whether database.engine is citus. */
bool bh_platform_is_citus(const struct bh_platform_conf *conf);

/* The conninfo of one service: database.url with every {service} replaced by its name, or the
 * embedded server's below run_dir when the URL is empty. In the arena. */
const char *bh_platform_conninfo(const struct bh_platform_conf *conf, struct bh_arena *arena,
	const char *service);
/* The same for database.replica_url; NULL: there is none. */
const char *bh_platform_replica(const struct bh_platform_conf *conf, struct bh_arena *arena,
	const char *service);

/* Where the objects of a service lie that keeps them in a folder. In the arena. */
const char *bh_platform_object_folder(const struct bh_platform_conf *conf, struct bh_arena *arena,
	const char *service);

#endif
