/* SPDX-License-Identifier: Apache-2.0 */
/* upgrade_check.c: bulkhead upgrade --check: this program against the platform that runs. */
#include "cli/upgrade.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/direct.h"
#include "cli/doctor.h"
#include "db/db.h"
#include "db/release.h"
#include "supervisor/external.h"
#include "supervisor/file.h"

enum { WAIT_MS = 5000, FILES_MOST = 1024, TOUCHED_MOST = 32, NAME_MOST = 64 };

/* A migration gives way to others for a minute (db/migrate.c); who holds a lock for longer than that stops it. */
#define LONG_MS 60000

struct check {
	struct cli *cli;
	struct bh_db db;
	int problems;
};

static void tell(struct check *check, bool good, const char *what, const char *format, ...)
	BH_PRINTF(4, 5);

static void
tell(struct check *check, bool good, const char *what, const char *format, ...)
{
	va_list args;

	printf("%s  %-12s ", good ? "ok  " : "FAIL", what);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	check->problems += !good;
}

/* ---- releases ---- */

struct state {
	const char *version, *least;
};
static const struct bh_row state_row = BH_ROW(struct state, version, least);

/* *out_known: there is a release at all; the first one came without this table. */
static int
read_state(struct check *check, struct state *out, bool *out_known)
{
	static const char known_sql[] = "SELECT to_regclass('bulkhead.schema_release') IS NOT NULL";
	static const char sql[] =
		"SELECT coalesce(version, ''), coalesce(oldest, '') FROM bulkhead.schema_state()";
	int rc = bh_db_read_one(&check->db, known_sql, NULL, 0, &bh_row_bool, out_known);

	return rc < 0 || !*out_known ? rc : bh_db_read_one(&check->db, sql, NULL, 0, &state_row, out);
}

static void
check_release(struct check *check)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct state state = {"", ""};
	const char *running;
	bool known = false;
	int rc = read_state(check, &state, &known);

	if (rc < 0) {
		tell(check, false, "database", "cannot be asked: %s", bh_error_detail(rc));
		return;
	}
	if (known && bh_release_compare(BH_VERSION, state.least) < 0)
		tell(check, false, "database", BH_RELEASE_TOO_OLD, state.version, state.least);
	else
		tell(check, true, "database", "release %s", known ? state.version : "unknown: the first");
	if (cli_api_quiet(check->cli, "GET", "/status", NULL, &doc) != 200)
		return;
	running = bh_json_get_string(doc.root, "version");
	if (bh_release_follows(running, BH_VERSION))
		tell(check, true, "release", "%s runs, this is " BH_VERSION, running);
	else
		tell(check, false, "release",
			"%s runs, and this is " BH_VERSION
			": an upgrade goes one minor version ahead at a time, "
			"and never back",
			running != NULL ? running : "another");
}

/* ---- migrations ---- */

/* What a statement locks, with the size that it has. */
struct table {
	int64_t rows, bytes;
	bool exists;
};
static const struct bh_row table_row = BH_ROW(struct table, rows, bytes, exists);

static void
tell_table(struct check *check, const char *verb, const char *name)
{
	static const char sql[] =
		"SELECT greatest(coalesce((SELECT reltuples FROM pg_class WHERE oid = t.oid), 0), "
		"0)::bigint,"
		"       coalesce(pg_total_relation_size(t.oid), 0)::bigint, t.oid IS NOT NULL"
		"  FROM (SELECT to_regclass('bulkhead.' || $1)::oid AS oid) AS t";
	struct table table = {0};

	if (bh_db_read_one(&check->db, sql, BH_PARAMS(name), &table_row, &table) < 0 || !table.exists)
		return;
	printf("                    %s %s: about %lld rows, %lld MiB\n", verb, name,
		(long long)table.rows, (long long)(table.bytes / BH_MIB));
}

/* The tables behind such words, each once. Comments may name one too many, which is only said. */
static void
tell_locks(struct check *check, const char *text, const char *words, const char *verb)
{
	char told[TOUCHED_MOST][NAME_MOST];
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, words)) != NULL && n < TOUCHED_MOST;) {
		bool known = false;
		size_t len;

		at += strlen(words);
		at += bh_text_starts(at, "ONLY ") ? strlen("ONLY ") : 0;
		at += bh_text_starts(at, "bulkhead.") ? strlen("bulkhead.") : 0;
		len = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_");
		if (len == 0 || len >= NAME_MOST)
			continue;
		snprintf(told[n], NAME_MOST, "%.*s", (int)len, at);
		for (size_t i = 0; i < n; i++)
			known = known || strcmp(told[i], told[n]) == 0;
		if (!known)
			tell_table(check, verb, told[n++]);
	}
}

static void
tell_migration(struct check *check, const char *folder, const char *file)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	char path[1024];

	snprintf(path, sizeof(path), "%.700s/migrations/%.200s", folder, file);
	printf("      would run     %.*s\n", (int)(strlen(file) - strlen(".sql")), file);
	if (supervisor_file_read(path, 4 * BH_MIB, &text) < 0)
		return;
	if (bh_text_starts(bh_buf_string(&text), "-- online:"))
		tell_locks(check, bh_buf_string(&text), " ON ", "reads, without a lock,");
	else
		tell_locks(check, bh_buf_string(&text), "ALTER TABLE ", "locks for a moment");
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The files of this program that the database does not have. */
static size_t
find_pending(struct check *check, const char *folder, const char **out)
{
	static const char sql[] = "SELECT EXISTS (SELECT FROM bulkhead.schema_patch"
							  " WHERE tenant_id = $1 AND name = $2)";
	struct bh_arena *arena = check->db.arena;
	DIR *dir = opendir(bh_arena_printf(arena, "%s/migrations", folder));
	struct dirent *entry;
	size_t n = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL && n < FILES_MOST) {
		const char *name = entry->d_name;
		bool applied = false;

		if (!bh_text_ends(name, ".sql"))
			continue;
		name = bh_arena_copy(arena, name, strlen(name) - strlen(".sql"));
		if (bh_db_read_one(&check->db, sql, BH_PARAMS(&bh_platform_tenant, name), &bh_row_bool,
				&applied) == 0 &&
			!applied)
			out[n++] = bh_arena_strdup(arena, entry->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	qsort(out, n, sizeof(*out), by_name);
	return n;
}

static void
check_migrations(struct check *check)
{
	const char *folder = supervisor_place_share(check->db.arena, &check->cli->instance.place, "db");
	const char *pending[FILES_MOST];
	size_t n;

	if (folder == NULL) {
		tell(check, false, "migrations", "were not found next to the executable");
		return;
	}
	n = find_pending(check, folder, pending);
	tell(check, true, "migrations", "%zu would run", n);
	for (size_t i = 0; i < n; i++)
		tell_migration(check, folder, pending[i]);
}

/* Whoever holds a lock for long makes a migration wait, and others behind it. */
static void
check_transactions(struct check *check)
{
	static const char sql[] =
		"SELECT coalesce((extract(epoch FROM max(now() - xact_start)) * 1000)::bigint, 0)"
		"  FROM pg_stat_activity"
		" WHERE datname = current_database() AND pid <> pg_backend_pid()"
		"   AND backend_type = 'client backend'";
	int64_t oldest_ms = 0;

	if (bh_db_read_one(&check->db, sql, NULL, 0, &bh_row_int, &oldest_ms) < 0)
		return;
	tell(check, oldest_ms < LONG_MS, "transactions", "the oldest has run for %lld s%s",
		(long long)(oldest_ms / 1000),
		oldest_ms < LONG_MS ? ""
							: ": end it first (pg_stat_activity), a migration would wait for it");
}

/* ---- the machine ---- */

/* The embedded server reads files of its own major version only. */
static void
check_major(struct check *check)
{
	struct cli *cli = check->cli;
	BH_AUTO(bh_buf_close) struct bh_buf data = {0};
	struct supervisor_manifest manifest;
	char line[128] = "";
	int old = 0, new = 0;
	FILE *said;

	if (supervisor_external_is_used(&cli->instance.settings.platform) ||
		supervisor_file_read(bh_arena_printf(check->db.arena, "%s/db/data/PG_VERSION",
								 cli->instance.place.home),
			64, &data) < 0 ||
		supervisor_manifest_read(check->db.arena, cli->instance.place.programs,
			cli->instance.place.home, cli->instance.settings.engine.chat_model, &manifest) < 0)
		return;
	said = popen(bh_arena_printf(check->db.arena, "'%s/postgres' --version", manifest.postgres_bin),
		"re");
	if (said != NULL) {
		if (fgets(line, sizeof(line), said) == NULL)
			line[0] = '\0';
		pclose(said);
	}
	if (sscanf(line, "postgres (PostgreSQL) %d", &new) != 1 ||
		sscanf(bh_buf_string(&data), "%d", &old) != 1)
		return;
	tell(check, old == new, "postgresql", "data of version %d, programs of version %d%s", old, new,
		old == new ? "" : ": move the data with pg_upgrade or a dump first");
}

static void
check_machine(struct check *check)
{
	static cli_finder *const finders[] = {cli_find_version, cli_find_connections, cli_find_disk,
		cli_find_backup};
	struct cli_machine machine;

	cli_doctor_machine(check->cli, &machine);
	cli_doctor_database(check->cli, &machine);
	for (size_t i = 0; i < BH_COUNT(finders); i++) {
		struct cli_finding finding = {0};

		if (!finders[i](&machine, &finding))
			continue;
		tell(check, finding.mark != CLI_BAD, finding.what, "%s", finding.text);
		if (finding.fix[0] != '\0')
			printf("                    to do: %s\n", finding.fix);
	}
}

int
cli_upgrade_check(struct cli *cli)
{
	struct check check = {.cli = cli,
		.db = {.arena = &cli->instance.arena, .context = bh_platform_tenant}};
	const struct bh_db_conf conf = {
		.conninfo = supervisor_external_setup(&cli->instance.arena,
			&cli->instance.settings.platform),
		.connections = 1,
		.wait_ms = WAIT_MS,
		.statement_ms = WAIT_MS,
		.application = "bulkhead-upgrade",
	};
	int rc = cli_direct_passfile(cli);

	if (rc == 0)
		rc = bh_db_pool_open(&conf, &check.db.pool);
	/* The instance is open: this program knows every setting there is. */
	tell(&check, true, "settings", "%s", cli->instance.place.conf);
	if (rc == 0)
		rc = bh_db_pool_ping(check.db.pool);
	if (rc < 0) {
		tell(&check, false, "database", "cannot be asked: %s", bh_error_detail(rc));
	} else {
		check_release(&check);
		check_migrations(&check);
		check_transactions(&check);
	}
	check_major(&check);
	check_machine(&check);
	if (check.db.pool != NULL)
		bh_db_pool_close(check.db.pool);
	return check.problems > 0 ? CLI_FAILED : CLI_OK;
}
