/* SPDX-License-Identifier: Apache-2.0 */
/* distribute.c: asks distribution() for the places, and runs its commands. */
#include "db/distribute.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "db/conn.h"

enum { WAIT_MS = 10000 };

static int
is_true(struct bh_conn *conn, const char *sql, bool *out)
{
	return bh_conn_value(conn, sql, NULL, 0, NULL, out);
}

static int
print_places(struct bh_conn *conn, FILE *out)
{
	static const char sql[] =
		"SELECT string_agg(concat_ws(E'\t', place, name, nullif(breaks, ''), nullif(needs, '')), "
		"E'\n')"
		"  FROM (SELECT * FROM bulkhead.distribution() ORDER BY place, name) AS d";
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc = bh_conn_value(conn, sql, NULL, 0, &text, NULL);

	if (rc == 0)
		fprintf(out, "%s\n", bh_buf_string(&text));
	return rc;
}

/* Nothing would be half done, but it would be refused after minutes. */
static int
check_first(struct bh_conn *conn, bool check)
{
	bool refused, extended;
	int rc = is_true(conn, "SELECT 1 FROM bulkhead.distribution() WHERE breaks <> ''", &refused);

	if (rc == 0 && refused)
		return bh_error(BH_E_STATE, "Citus would refuse the tables that are marked above");
	if (rc < 0 || check)
		return rc;
	rc = is_true(conn, "SELECT 1 FROM pg_extension WHERE extname = 'citus'", &extended);
	if (rc == 0 && !extended)
		return bh_error(BH_E_STATE, "the extension citus is not in this database");
	return rc;
}

/* One command a line. */
static int
run_commands(struct bh_conn *conn)
{
	static const char sql[] =
		"SELECT string_agg(command, E'\n' ORDER BY number) FROM bulkhead.distribution_commands()";
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	BH_AUTO(bh_buf_close) struct bh_buf command = {0};
	int rc = bh_conn_value(conn, sql, NULL, 0, &text, NULL);
	const char *at = rc == 0 ? bh_buf_string(&text) : "";

	while (rc == 0 && *at != '\0') {
		size_t len = strcspn(at, "\n");

		bh_buf_reset(&command);
		bh_buf_add(&command, at, len);
		rc = bh_conn_script(conn, bh_buf_string(&command));
		at += len + (at[len] == '\n');
	}
	return rc;
}

static int
put(struct bh_conn *conn)
{
	/* Its tables have triggers, which write rows of the same tenant only. Keys between tables of one transaction want one
	 * connection to each server. */
	int rc = bh_conn_script(conn,
		"BEGIN; SET LOCAL citus.enable_unsafe_triggers = on;"
		" SET LOCAL citus.multi_shard_modify_mode = 'sequential'");

	if (rc == 0)
		rc = run_commands(conn);
	/* What is not committed is undone when the connection closes. */
	return rc < 0 ? rc : bh_conn_script(conn, "COMMIT");
}

int
bh_distribute(const char *conninfo, bool check, FILE *out)
{
	const struct bh_conn_conf conf = {.conninfo = conninfo,
		.application = "bulkhead-distribute",
		.wait_ms = WAIT_MS};
	struct bh_conn *conn;
	int rc = bh_conn_open(&conf, &conn);

	if (rc < 0)
		return rc;
	rc = print_places(conn, out);
	if (rc == 0)
		rc = check_first(conn, check);
	if (rc == 0 && !check)
		rc = put(conn);
	bh_conn_close(conn);
	return rc;
}
