/* SPDX-License-Identifier: Apache-2.0 */
/* platform.c: the settings that every process of the platform reads. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "service/platform.h"

const struct bh_setting bh_platform_settings[] = {
	BH_TEXT("issuer", "https://bulkhead.local", struct bh_platform_conf, issuer,
		"The `iss` claim of every access token; independent of the listen address."),
	BH_TEXT("log_level", "info", struct bh_platform_conf, log_level,
		"Minimum log level: debug, info, warn or error."),
	BH_INT("tenant_percent", "34", 5, 100, struct bh_platform_conf, tenant_percent,
		"Share of a service's requests, memory and spool space that one tenant may use, in "
		"percent."),
	BH_INT("body_memory_mib", "128", 16, 65536, struct bh_platform_conf, body_memory_mib,
		"Memory of each service for request bodies of up to 1 MiB, in MiB."),
	BH_INT("parse_memory_mib", "384", 136, 65536, struct bh_platform_conf, parse_memory_mib,
		"Memory of each service for parsed request bodies, in MiB; one of 8 MiB may take 112."),
	BH_INT("spool_mib", "8192", 1024, 16777216, struct bh_platform_conf, spool_mib,
		"Disk space of each service for bodies larger than 1 MiB while they are received, in MiB."),
};
const size_t bh_n_platform_settings = BH_COUNT(bh_platform_settings);

const struct bh_setting bh_database_settings[] = {
	BH_SECRET("url", "", struct bh_platform_conf, database_url,
		"PostgreSQL as a libpq URL or key=value string with the user bulkhead_{service}, with "
		"several hosts where standbys may take over; empty: the embedded server. Put passwords "
		"into the file that PGPASSFILE names. See "
		"docs/database.md."),
	BH_SECRET("setup_url", "", struct bh_platform_conf, database_setup_url,
		"The same for the role that runs migrations; empty: database.url with the user "
		"bulkhead_setup."),
	BH_SECRET("replica_url", "", struct bh_platform_conf, database_replica_url,
		"The same for standbys that answer searches as soon as they have replayed all that was "
		"written before; empty: the primary answers."),
	BH_TEXT("engine", "postgresql", struct bh_platform_conf, database_engine,
		"postgresql, or citus where tables are spread over several servers by its extension: then "
		"each statement hands its tenant on to them."),
	BH_INT("connections", "12", 2, 200, struct bh_platform_conf, database_connections,
		"Maximum number of connections of one service."),
	BH_INT("vital_connections", "2", 1, 100, struct bh_platform_conf, database_vital_connections,
		"Number of these connections reserved for revocation, signing keys, leases and "
		"settlement."),
	BH_INT("tenant_share_percent", "20", 1, 100, struct bh_platform_conf,
		database_tenant_share_percent,
		"Maximum share of the other connections that one tenant holds, in percent. With several "
		"active tenants each gets less, and one connection stays free for the next."),
	BH_INT("statement_ms", "30000", 100, 600000, struct bh_platform_conf, database_statement_ms,
		"Maximum duration of a statement."),
	BH_INT("step_mib", "8", 1, 4096, struct bh_platform_conf, database_step_mib,
		"Memory that one step of a statement (a sort, a hash) may use before it spills to disk."),
};
const size_t bh_n_database_settings = BH_COUNT(bh_database_settings);

bool
bh_platform_is_tls(const char *public_url)
{
	return public_url != NULL && bh_text_starts(public_url, "https://");
}

const char *
bh_platform_cookie(const char *public_url)
{
	return bh_platform_is_tls(public_url) ? "__Host-bulkhead" : "bulkhead";
}

const char *
bh_platform_object_folder(const struct bh_platform_conf *conf, struct bh_arena *arena,
	const char *service)
{
	if (conf->object.folder[0] != '\0')
		return conf->object.folder;
	return bh_arena_printf(arena, "%s/%s/objects", conf->home, service);
}

/* The text with every mark for a service's name filled in. */
static const char *
of_service(struct bh_arena *arena, const char *at, const char *service)
{
	static const char mark[] = "{service}";
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	const char *found;

	while ((found = strstr(at, mark)) != NULL) {
		bh_buf_add(&text, at, (size_t)(found - at));
		bh_buf_text(&text, service);
		at = found + strlen(mark);
	}
	bh_buf_text(&text, at);
	return bh_arena_strdup(arena, bh_buf_string(&text));
}

const char *
bh_platform_conninfo(const struct bh_platform_conf *conf, struct bh_arena *arena,
	const char *service)
{
	const char *url = conf->database_url;

	if (url == NULL || url[0] == '\0')
		return bh_arena_printf(arena, "host=%s/pg dbname=bulkhead user=bulkhead_%s", conf->run_dir,
			service);
	return of_service(arena, url, service);
}

const char *
bh_platform_replica(const struct bh_platform_conf *conf, struct bh_arena *arena,
	const char *service)
{
	const char *url = conf->database_replica_url;

	return url == NULL || url[0] == '\0' ? NULL : of_service(arena, url, service);
}

bool
bh_platform_is_citus(const struct bh_platform_conf *conf)
{
	return conf->database_engine != NULL && strcmp(conf->database_engine, "citus") == 0;
}
