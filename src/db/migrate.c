/* SPDX-License-Identifier: Apache-2.0 */
/* migrate.c: database, roles, extension, migrations in order, policies; safe to run again. */
#include "db/migrate.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "db/conn.h"
#include "db/release.h"
#include "db/roles.h"

enum {
	FILES_MAX = 1024,
	WAIT_MS = 10000,
	LOCK_MS = 2000,
	LOCK_TRIES = 30,
	PAUSE_MS = 1000,
	TURN_MS = 200,
	TURN_TRIES = 4500
};

static int
name_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in db/FOLDER that end in .sql, in order. */
static int
folder_list(struct bh_migration *run, const char *folder, const char **names, size_t *out_count)
{
	const char *path;
	struct dirent *entry;
	size_t count = 0;
	DIR *dir;

	path = bh_arena_printf(&run->arena, "%s/%s", run->conf->directory, folder);
	dir = opendir(path);
	if (dir == NULL)
		return bh_error(BH_E_IO, "open %s: %m", path);
	while ((entry = readdir(dir)) != NULL && count < FILES_MAX) {
		if (bh_text_ends(entry->d_name, ".sql") && entry->d_name[0] != '.')
			names[count++] = bh_arena_strdup(&run->arena, entry->d_name);
	}
	closedir(dir);
	if (count == FILES_MAX)
		return bh_error(BH_E_STATE, "more than %d files in %s", FILES_MAX - 1, path);
	qsort(names, count, sizeof(*names), name_order);
	*out_count = count;
	return 0;
}

static int
connect_to(struct bh_migration *run, const char *database)
{
	const struct bh_conn_conf conf = {
		.conninfo = run->conf->conninfo,
		.database = database,
		.application = "bulkhead-migrate",
		.wait_ms = WAIT_MS,
	};

	return bh_conn_open(&conf, &run->conn);
}

/* Makes the database the address names, from the server's own `postgres`. BH_E_EXISTS if the
 * reason for the failed connection is another one. */
static int
database_create(struct bh_migration *run, const char *name)
{
	const char *quoted;
	bool exists;
	int rc;

	rc = connect_to(run, "postgres");
	if (rc < 0)
		return BH_E_EXISTS;
	rc = bh_migration_yes(run, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name,
		&exists);
	if (rc == 0 && exists)
		rc = BH_E_EXISTS;
	if (rc == 0)
		rc = bh_migration_ask(run,
			"SELECT format('CREATE DATABASE %I TEMPLATE template0"
			" ENCODING ''UTF8''', $1::text)",
			name, &quoted);
	if (rc == 0) {
		rc = bh_conn_script(run->conn, quoted);
		if (rc == 0)
			fprintf(run->out, "database %s created\n", name);
		else
			rc = bh_error(rc, "the database %s does not exist and cannot be created: %s", name,
				bh_arena_strdup(&run->arena, bh_error_detail(rc)));
	}
	bh_conn_close(run->conn);
	run->conn = NULL;
	return rc;
}

static int
database_open(struct bh_migration *run)
{
	BH_AUTO(bh_buf_close) struct bh_buf name = {0};
	const char *reason;
	int rc, made;

	rc = bh_conn_word(run->conf->conninfo, "dbname", &name);
	if (rc < 0)
		return rc;
	rc = connect_to(run, NULL);
	if (rc == 0 || name.len == 0)
		return rc;
	reason = bh_arena_strdup(&run->arena, bh_error_detail(rc));
	made = database_create(run, bh_buf_string(&name));
	if (made == BH_E_EXISTS)
		return bh_error(rc, "%s", reason);
	return made < 0 ? made : connect_to(run, NULL);
}

/* Refuses a server that lacks what the walls stand on. */
static int
server_check(struct bh_migration *run)
{
	const char *version;
	bool good;
	int rc;

	rc = bh_migration_yes(run, "SELECT current_setting('server_version_num')::int >= 160000", NULL,
		&good);
	if (rc < 0)
		return rc;
	rc = bh_migration_ask(run, "SHOW server_version", NULL, &version);
	if (rc < 0)
		return rc;
	if (!good)
		return bh_error(BH_E_CONFIG, "PostgreSQL %s is too old; 16 or newer is required", version);
	rc = bh_migration_yes(run, "SELECT current_setting('server_encoding') = 'UTF8'", NULL, &good);
	if (rc == 0 && !good)
		rc = bh_error(BH_E_CONFIG, "the database's encoding must be UTF8");
	return rc;
}

/* pgvector below 0.8.2 leaks other relations' rows while it builds an index, and 0.8.6 is what we
 * test. A newer copy on disk than in the database is taken over where this role may. */
static int
extension_apply(struct bh_migration *run)
{
	static const char version_sql[] =
		"SELECT extversion FROM pg_extension WHERE extname = 'vector'";
	const char *version;
	bool good;
	int rc;

	rc = bh_migration_ask(run, version_sql, NULL, &version);
	if (rc < 0)
		return rc;
	if (version[0] == '\0') {
		rc = bh_conn_script(run->conn, "CREATE EXTENSION vector SCHEMA public");
		if (rc < 0)
			return bh_error(BH_E_CONFIG,
				"pgvector is not installed in this database (%s); ask the administrator to run: "
				"CREATE EXTENSION vector SCHEMA public;",
				bh_arena_strdup(&run->arena, bh_error_detail(rc)));
		rc = bh_migration_ask(run, version_sql, NULL, &version);
		if (rc < 0)
			return rc;
	}
	rc = bh_migration_yes(run,
		"SELECT string_to_array(regexp_replace($1, '[^0-9.].*', ''), '.')::int[]"
		" >= ARRAY[0, 8, 6]",
		version, &good);
	if (rc < 0)
		return rc;
	if (!good)
		return bh_error(BH_E_CONFIG,
			"pgvector %s is too old; install 0.8.6 or newer and run:"
			" ALTER EXTENSION vector UPDATE;",
			version);
	rc = bh_migration_yes(run,
		"SELECT n.nspname IN ('public', 'bulkhead') FROM pg_extension AS e"
		" JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'vector'",
		NULL, &good);
	if (rc == 0 && !good)
		rc = bh_error(BH_E_CONFIG,
			"pgvector is in a schema outside the search path; run: ALTER EXTENSION vector SET "
			"SCHEMA public;");
	return rc;
}

/* From here on the session is bulkhead_owner, who makes and owns all that follows. */
static int
schema_apply(struct bh_migration *run)
{
	const char *owner;
	int rc;

	rc = bh_migration_ask(run,
		"SELECT pg_get_userbyid(nspowner) FROM pg_namespace"
		" WHERE nspname = 'bulkhead'",
		NULL, &owner);
	if (rc < 0)
		return rc;
	if (owner[0] != '\0' && strcmp(owner, "bulkhead_owner") != 0)
		return bh_error(BH_E_CONFIG,
			"the schema bulkhead is not owned by bulkhead_owner; if it belongs to Bulkhead, ask "
			"the administrator to run: ALTER SCHEMA bulkhead OWNER TO bulkhead_owner");
	if (owner[0] == '\0') {
		rc = bh_conn_script(run->conn, "CREATE SCHEMA bulkhead AUTHORIZATION bulkhead_owner");
		if (rc < 0)
			return bh_error(BH_E_CONFIG,
				"the schema bulkhead does not exist and cannot be created (%s); ask the "
				"administrator to run the output of `bulkhead migrate --print-roles`",
				bh_arena_strdup(&run->arena, bh_error_detail(rc)));
	}
	return bh_conn_script(run->conn,
		"SET ROLE bulkhead_owner; COMMENT ON SCHEMA bulkhead IS"
		" 'Everything of Bulkhead; each table belongs to tenants, row by row.'");
}

/* Where a migration and a service wait for each other, the server ends the one that has waited for its
 * deadlock_timeout first: it is to be the migration, which tries again. Only a superuser may say so. */
#define YIELD \
	"DO $yield$ BEGIN PERFORM set_config('deadlock_timeout', '100ms', false);" \
	" EXCEPTION WHEN insufficient_privilege THEN NULL; END $yield$"

/* One try of `work`, all or nothing. */
static int
attempt(struct bh_migration *run, int (*work)(struct bh_migration *run, const void *ctx),
	const void *ctx)
{
	const char *detail;
	char begin[96];
	int rc;

	snprintf(begin, sizeof(begin), "BEGIN; SET LOCAL lock_timeout = %lld",
		(long long)(run->conf->lock_ms > 0 ? run->conf->lock_ms : LOCK_MS));
	rc = bh_conn_script(run->conn, begin);
	if (rc == 0)
		rc = work(run, ctx);
	if (rc == 0)
		return bh_conn_script(run->conn, "COMMIT");
	detail = bh_arena_strdup(&run->arena, bh_error_detail(rc));
	if (bh_conn_script(run->conn, "ROLLBACK") == BH_E_DB_DOWN)
		return BH_E_DB_DOWN;
	return bh_error(rc, "%s", detail);
}

/* Runs `work` in a transaction, again while another one holds a lock that it needs. */
static int
in_transaction(struct bh_migration *run, int (*work)(struct bh_migration *run, const void *ctx),
	const void *ctx)
{
	int most = run->conf->lock_tries > 0 ? run->conf->lock_tries : LOCK_TRIES;
	int rc = BH_E_DB_LATE;

	for (int tries = 1; rc == BH_E_DB_LATE; tries++) {
		rc = attempt(run, work, ctx);
		if (rc != BH_E_DB_LATE)
			break;
		if (tries == most)
			return bh_error(rc,
				"%s; gave up after %d tries: end the transaction that holds the lock (the oldest "
				"xact_start in pg_stat_activity) and run the migration again",
				bh_arena_strdup(&run->arena, bh_error_detail(rc)), tries);
		fprintf(run->out, "waiting for a lock: %s (attempt %d of %d)\n", bh_error_detail(rc), tries,
			most);
		fflush(run->out);
		usleep(PAUSE_MS * 1000);
	}
	return rc;
}

/* A migration that is to be applied. */
struct patch {
	const char *file, *name, *text, *digest;
};

static int
patch_apply(struct bh_migration *run, const void *ctx)
{
	const struct patch *patch = ctx;
	const char *const args[] = {patch->name, patch->digest};
	bool found;
	int rc;

	rc = bh_migration_file(run, "migrations", patch->file, patch->text);
	if (rc == 0)
		rc = bh_conn_value(run->conn,
			"UPDATE schema_patch SET sha256 = $2"
			" WHERE name = $1 RETURNING name",
			args, 2, NULL, &found);
	if (rc == 0 && !found)
		rc = bh_error(BH_E_STATE, "migrations/%s does not start with SELECT register_patch('%s')",
			patch->file, patch->name);
	return rc;
}

/* ---- what runs outside a transaction ---- */

#define ONLINE "-- online: index "

/* The index that the migration makes or removes, in the arena; NULL: it runs in a transaction. BH_E_STATE for a name
 * that is none. */
static int
online_index(struct bh_migration *run, const struct patch *patch, const char **out)
{
	const char *name = patch->text + strlen(ONLINE);
	size_t len;

	*out = NULL;
	if (!bh_text_starts(patch->text, ONLINE))
		return 0;
	len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
	if (len == 0 || len > 63 || name[len] != '\n')
		return bh_error(BH_E_STATE, "migrations/%s: the first line does not name an index",
			patch->file);
	*out = bh_arena_copy(&run->arena, name, len);
	return 0;
}

static int
online_register(struct bh_migration *run, const void *ctx)
{
	const struct patch *patch = ctx;
	const char *const args[] = {patch->name, patch->digest};

	return bh_conn_value(run->conn, "INSERT INTO schema_patch (name, sha256) VALUES ($1, $2)", args,
		2, NULL, NULL);
}

/* It blocks nobody, so that it may wait for the transactions that it has to outlive. */
static int
online_build(struct bh_migration *run, const struct patch *patch, const char *index)
{
	static const char state_sql[] =
		"SELECT CASE WHEN indisvalid THEN 'valid' ELSE 'broken' END"
		"  FROM pg_index WHERE indexrelid = to_regclass('bulkhead.' || $1)";
	const bool makes = strstr(patch->text, "CREATE ") != NULL;
	const char *found;
	int rc = bh_migration_ask(run, state_sql, index, &found);

	if (rc == 0 && (strcmp(found, "broken") == 0 || (!makes && found[0] != '\0')))
		rc = bh_conn_script(run->conn,
			bh_arena_printf(&run->arena, "DROP INDEX CONCURRENTLY bulkhead.%s", index));
	if (rc == 0 && makes && strcmp(found, "valid") != 0)
		rc = bh_migration_file(run, "migrations", patch->file, patch->text);
	return rc;
}

static int
online_apply(struct bh_migration *run, const struct patch *patch, const char *index)
{
	int rc = BH_E_DB_LATE;

	for (int tries = 1; rc == BH_E_DB_LATE && tries <= LOCK_TRIES; tries++) {
		rc = online_build(run, patch, index);
		if (rc == BH_E_DB_LATE)
			fprintf(run->out, "again: %s (attempt %d of %d)\n", bh_error_detail(rc), tries,
				LOCK_TRIES);
	}
	return rc < 0 ? rc : in_transaction(run, online_register, patch);
}

static int
apply(struct bh_migration *run, const struct patch *patch)
{
	const char *index;
	int rc = online_index(run, patch, &index);

	if (rc < 0)
		return rc;
	return index != NULL ? online_apply(run, patch, index)
						 : in_transaction(run, patch_apply, patch);
}

/* Applies one migration unless it is there already. */
static int
migration_apply(struct bh_migration *run, const char *name)
{
	static const char digest_sql[] = "SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')";
	const char *const patch = bh_arena_strdup(&run->arena, name);
	const char *text, *digest, *known = "";
	bool ready;
	int rc;

	*strrchr(patch, '.') = '\0';
	rc = bh_migration_read(run, "migrations", name, &text);
	if (rc == 0)
		rc = bh_migration_ask(run, digest_sql, text, &digest);
	if (rc == 0)
		rc = bh_migration_yes(run, "SELECT to_regclass('bulkhead.schema_patch') IS NOT NULL", NULL,
			&ready);
	if (rc == 0 && ready)
		rc = bh_migration_ask(run, "SELECT sha256 FROM schema_patch WHERE name = $1", patch,
			&known);
	if (rc < 0)
		return rc;
	if (strcmp(known, digest) == 0)
		return 0;
	if (known[0] != '\0')
		return bh_error(BH_E_STATE,
			"migrations/%s has changed since it was applied; put changes into a new file", name);

	rc = apply(run, &(struct patch){name, patch, text, digest});
	if (rc == 0) {
		run->applied++;
		fprintf(run->out, "migration %s applied\n", patch);
	}
	return rc;
}

static int
migrations_apply(struct bh_migration *run)
{
	const char *names[FILES_MAX];
	size_t count;
	int rc;

	rc = folder_list(run, "migrations", names, &count);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = migration_apply(run, names[i]);
	return rc;
}

/* ---- releases ---- */

/* Whether a newer program has been here. BH_E_STATE: then this one is too old. */
static int
release_check(struct bh_migration *run, bool *out_newer)
{
	const char *version, *least;
	bool ready;
	int rc = bh_migration_yes(run, "SELECT to_regclass('bulkhead.schema_release') IS NOT NULL",
		NULL, &ready);

	*out_newer = false;
	if (rc < 0 || !ready)
		return rc;
	rc = bh_migration_ask(run, "SELECT version FROM schema_state()", NULL, &version);
	if (rc == 0)
		rc = bh_migration_ask(run, "SELECT oldest FROM schema_state()", NULL, &least);
	if (rc < 0)
		return rc;
	if (bh_release_compare(BH_VERSION, least) < 0)
		return bh_error(BH_E_STATE, BH_RELEASE_TOO_OLD, version, least);
	*out_newer = bh_release_compare(BH_VERSION, version) < 0;
	if (*out_newer)
		fprintf(run->out,
			"the database was migrated by Bulkhead %s, which is newer than this " BH_VERSION
			": nothing is changed\n",
			version);
	return 0;
}

static int
release_note(struct bh_migration *run)
{
	static const char sql[] = "INSERT INTO schema_release (version, oldest) VALUES ($1, $2)"
							  " ON CONFLICT (tenant_id, version) DO UPDATE SET oldest = $2";
	const char *const args[] = {BH_VERSION, BH_SCHEMA_LEAST};
	bool ready;
	int rc = bh_migration_yes(run, "SELECT to_regclass('bulkhead.schema_release') IS NOT NULL",
		NULL, &ready);

	return rc < 0 || !ready ? rc : bh_conn_value(run->conn, sql, args, 2, NULL, NULL);
}

/* Functions, policies and grants, all in one transaction: no moment is without its walls. */
static int
policies_apply(struct bh_migration *run, const void *unused)
{
	const char *names[FILES_MAX];
	const char *text;
	size_t count;
	int rc;

	(void)unused;
	rc = folder_list(run, "policies", names, &count);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		if (strcmp(names[i], "roles.sql") == 0)
			continue;
		rc = bh_migration_read(run, "policies", names[i], &text);
		if (rc == 0)
			rc = bh_migration_file(run, "policies", names[i], text);
	}
	return rc < 0 ? rc : release_note(run);
}

/* From here on the database is this program's. */
static int
all_apply(struct bh_migration *run)
{
	bool newer;
	int rc = release_check(run, &newer);

	if (rc < 0 || newer)
		return rc;
	rc = migrations_apply(run);
	return rc < 0 ? rc : in_transaction(run, policies_apply, NULL);
}

/* One migrates at a time. Whoever waits asks now and then: a statement that waits for the lock holds a snapshot, for
 * which an index that is built online would wait in turn. */
static int
take_turn(struct bh_migration *run)
{
	static const char sql[] = "SELECT pg_try_advisory_lock(hashtext('bulkhead.migrate'))";
	int most = run->conf->lock_tries > 0 ? run->conf->lock_tries : TURN_TRIES;
	bool taken = false;
	int rc = bh_migration_yes(run, sql, NULL, &taken);

	if (rc == 0 && !taken)
		fprintf(run->out, "waiting for another migration to end\n");
	fflush(run->out);
	for (int tries = 1; rc == 0 && !taken && tries < most; tries++) {
		usleep(TURN_MS * 1000);
		rc = bh_migration_yes(run, sql, NULL, &taken);
	}
	return rc < 0 || taken ? rc : bh_error(BH_E_DB_LATE, "another migration does not end");
}

/* The policies' files read the list of services from a setting of the session. */
static int
services_tell(struct bh_migration *run)
{
	const char *same;
	int rc = bh_migration_ask(run, "SELECT set_config('bulkhead.services', $1, false)",
		run->conf->services_json, &same);

	return rc < 0 || !run->conf->citus ? rc
									   : bh_conn_script(run->conn, "SET bulkhead.engine = 'citus'");
}

/* For whoever brings the tables along. */
static int
check_empty(struct bh_migration *run)
{
	bool filled;
	int rc = bh_migration_yes(run, "SELECT to_regclass('bulkhead.schema_patch') IS NOT NULL", NULL,
		&filled);

	return rc == 0 && filled ? bh_error(BH_E_EXISTS, "the database already holds a platform") : rc;
}

int
bh_migrate(const struct bh_migrate_conf *conf, FILE *out)
{
	BH_AUTO(bh_migration_close) struct bh_migration run = {.conf = conf, .out = out};
	int rc;

	if (conf->print_roles)
		return bh_roles_print(&run);
	rc = database_open(&run);
	if (rc == 0)
		rc = server_check(&run);
	if (rc == 0)
		rc = services_tell(&run);
	if (rc == 0)
		rc = take_turn(&run);
	if (rc == 0)
		rc = bh_conn_script(run.conn, YIELD);
	if (rc == 0)
		rc = bh_roles_apply(&run);
	if (rc == 0)
		rc = extension_apply(&run);
	if (rc == 0)
		rc = schema_apply(&run);
	if (conf->prepare)
		return rc < 0 ? rc : check_empty(&run);
	if (rc == 0)
		rc = all_apply(&run);
	if (rc == 0 && conf->checkpoint && run.applied > 0)
		rc = bh_conn_script(run.conn, "RESET ROLE; CHECKPOINT");
	if (rc == 0)
		fprintf(out, "database up to date (%d new migrations)\n", run.applied);
	return rc;
}
