/* SPDX-License-Identifier: Apache-2.0 */
/* roles.c: roles.sql, and what lies around it: passwords, rights of the set-up role, signing in. */
#include "db/roles.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "db/conn.h"
#include "db/migration.h"

#define SETUP_ROLE "bulkhead_setup"

enum { TRIES = 5, SIGN_IN_MS = 10000 };

/* Which of the services' roles do not exist yet. */
static int
roles_missing(struct bh_migration *run, bool *missing)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < run->conf->n_services; i++)
		rc = bh_migration_yes(run, "SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)",
			run->conf->services[i].role, &missing[i]);
	return rc;
}

/* The password leaves this process as its verifier only, so that no log of the server holds it. */
static int
password_set(struct bh_migration *run, const struct bh_migrate_service *service)
{
	BH_AUTO(bh_buf_close) struct bh_buf verifier = {0};
	BH_AUTO(bh_buf_close) struct bh_buf statement = {0};
	int rc = bh_conn_verifier(run->conn, service->conninfo, &verifier);
	const char *const args[] = {service->role, bh_buf_string(&verifier)};

	if (rc < 0 || verifier.len == 0)
		return rc;
	rc = bh_conn_value(run->conn, "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)",
		args, 2, &statement, NULL);
	if (rc == 0)
		rc = bh_conn_script(run->conn, bh_buf_string(&statement));
	if (rc == 0)
		fprintf(run->out, "role %s created with the configured password\n", service->role);
	return rc;
}

/* Roles and their passwords appear together or not at all. */
static int
roles_make(struct bh_migration *run, const char *text)
{
	bool *missing = bh_arena_array(&run->arena, run->conf->n_services + 1, sizeof(*missing));
	int rc = bh_conn_script(run->conn, "BEGIN");

	if (rc == 0)
		rc = roles_missing(run, missing);
	if (rc == 0)
		rc = bh_migration_file(run, "policies", "roles.sql", text);
	for (size_t i = 0; rc == 0 && i < run->conf->n_services; i++) {
		if (missing[i])
			rc = password_set(run, &run->conf->services[i]);
	}
	if (rc < 0) {
		const char *detail = bh_arena_strdup(&run->arena, bh_error_detail(rc));
		int undone = bh_conn_script(run->conn, "ROLLBACK");

		return bh_error(undone == BH_E_DB_DOWN ? undone : rc, "%s", detail);
	}
	return bh_conn_script(run->conn, "COMMIT");
}

/* Roles are the cluster's: two migrators of different databases may meet here, so it is repeated. */
int
bh_roles_apply(struct bh_migration *run)
{
	const char *text;
	bool member;
	int rc;

	rc = bh_migration_read(run, "policies", "roles.sql", &text);
	if (rc < 0)
		return rc;
	for (int tries = 0; tries < TRIES; tries++) {
		rc = roles_make(run, text);
		if (rc == 0 || strstr(bh_error_detail(rc), "concurrently updated") == NULL)
			break;
	}
	if (rc == BH_E_DB)
		return bh_error(BH_E_CONFIG,
			"%s (this role has no CREATEROLE and BYPASSRLS; ask the database administrator to run "
			"the output of `bulkhead migrate --print-roles`)",
			bh_arena_strdup(&run->arena, bh_error_detail(rc)));
	if (rc == 0)
		rc = bh_migration_yes(run, "SELECT pg_has_role('bulkhead_owner', 'SET')", NULL, &member);
	if (rc == 0 && !member)
		rc = bh_error(BH_E_CONFIG,
			"this role may not SET ROLE bulkhead_owner; ask the administrator to run the output of "
			"`bulkhead migrate --print-roles`");
	return rc;
}

/* A name as SQL writes it. */
static const char *
identifier(struct bh_migration *run, const char *name)
{
	BH_AUTO(bh_buf_close) struct bh_buf quoted = {0};

	bh_buf_char(&quoted, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"')
			bh_buf_char(&quoted, '"');
		bh_buf_char(&quoted, *name);
	}
	bh_buf_char(&quoted, '"');
	return bh_arena_strdup(&run->arena, bh_buf_string(&quoted));
}

/* Role and database that the set-up's address names; without one, the names we use ourselves. */
static int
names_find(struct bh_migration *run, const char **out_role, const char **out_database)
{
	BH_AUTO(bh_buf_close) struct bh_buf role = {0};
	BH_AUTO(bh_buf_close) struct bh_buf database = {0};
	const char *conninfo = run->conf->conninfo != NULL ? run->conf->conninfo : "";
	int rc = bh_conn_word(conninfo, "user", &role);

	if (rc == 0)
		rc = bh_conn_word(conninfo, "dbname", &database);
	if (rc < 0)
		return rc;
	*out_role = bh_arena_strdup(&run->arena, role.len > 0 ? bh_buf_string(&role) : SETUP_ROLE);
	*out_database = bh_arena_strdup(&run->arena,
		database.len > 0 ? bh_buf_string(&database) : "bulkhead");
	return 0;
}

int
bh_roles_print(struct bh_migration *run)
{
	const char *text, *name, *role, *database;
	int rc = names_find(run, &name, &database);

	if (rc == 0)
		rc = bh_migration_read(run, "policies", "roles.sql", &text);
	if (rc < 0)
		return rc;
	role = identifier(run, name);
	fprintf(run->out,
		"-- To be run by a superuser of the server, connected to the database %s; safe to repeat.\n"
		"CREATE EXTENSION IF NOT EXISTS vector SCHEMA public;\n\n"
		"-- The list of services.\n"
		"SET bulkhead.services = '%s';\n%s\n"
		"%s\n"
		"-- The schema of all tables; migrations create them.\n"
		"CREATE SCHEMA IF NOT EXISTS bulkhead AUTHORIZATION bulkhead_owner;\n\n"
		"-- The role that `bulkhead migrate` signs in as. It cannot create roles or bypass row\n"
		"-- security; it switches to bulkhead_owner.\n"
		"DO $setup$\n"
		"BEGIN\n"
		"\tIF to_regrole($name$%s$name$) IS NULL THEN\n"
		"\t\tCREATE ROLE %s LOGIN;\n"
		"\tEND IF;\n"
		"END\n"
		"$setup$;\n"
		"GRANT bulkhead_owner TO %s WITH INHERIT FALSE, SET TRUE;\n"
		"GRANT CONNECT ON DATABASE %s TO %s;\n\n"
		"-- Passwords, to be set in psql for the setup role and for the role of each service:\n"
		"--   \\password %s\n",
		identifier(run, database), run->conf->services_json,
		run->conf->citus ? "SET bulkhead.engine = 'citus';\n" : "", text, role, role, role,
		identifier(run, database), role, role);
	for (size_t i = 0; i < run->conf->n_services; i++)
		fprintf(run->out, "--   \\password %s\n", run->conf->services[i].role);
	return 0;
}

static int
sign_in(const struct bh_migrate_service *service)
{
	const struct bh_conn_conf conf = {.conninfo = service->conninfo,
		.application = "bulkhead-migrate",
		.wait_ms = SIGN_IN_MS};
	char detail[256];
	struct bh_conn *conn;
	int rc = bh_conn_open(&conf, &conn);

	if (rc == 0) {
		bh_conn_close(conn);
		return 0;
	}
	if (!bh_conn_answers(service->conninfo))
		return rc;
	snprintf(detail, sizeof(detail), "%s", bh_error_detail(rc));
	return bh_error(BH_E_CONFIG,
		"the role %s cannot sign in: %s (set its password with \\password %s in psql and put it "
		"into the file that PGPASSFILE names, or into database.url)",
		service->role, detail, service->role);
}

int
bh_roles_sign_in(const struct bh_migrate_service *services, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = sign_in(&services[i]);
	return rc;
}

int
bh_roles_owner_is_shut_out(const char *conninfo)
{
	const struct bh_conn_conf conf = {.conninfo = conninfo,
		.application = "bulkhead-migrate",
		.wait_ms = SIGN_IN_MS};
	struct bh_conn *conn;

	/* A refusal is what is hoped for; a server that is away is met by whoever signs in next. */
	if (bh_conn_open(&conf, &conn) < 0)
		return 0;
	bh_conn_close(conn);
	return bh_error(BH_E_CONFIG,
		"bulkhead_owner can sign in from here, and it passes row security: let pg_hba.conf refuse "
		"it on the coordinator, and accept it from the coordinator only on the other servers "
		"(docs/database.md)");
}
