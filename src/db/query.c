/* SPDX-License-Identifier: Apache-2.0 */
/* query.c: statements on connections of the pool, and the reading of their rows. */
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/error.h"
#include "base/log.h"
#include "db/conn.h"
#include "db/db.h"
#include "db/pipeline.h"
#include "db/pool.h"
#include "db/wire.h"

/* What a failure says about what may have been written, once the connection has broken. */
static int
outcome(const struct bh_conn *conn, const struct bh_statement *statement, int rc)
{
	if (rc < 0 && conn->broken && conn->sent && !statement->reads)
		return bh_error(BH_E_DB_UNKNOWN, "the connection broke during a write");
	return rc;
}

/* On a connection of the pool, or the transaction's, or the session's. One of the pool that is broken
 * is replaced once where nothing was sent or nothing can have been written. */
static int
run(struct bh_db *db, const struct bh_statement *statement, PGresult **out)
{
	struct bh_conn *conn;
	bool again;
	int rc;

	if (db->tx != NULL)
		return bh_pipeline_run(db->tx, &db->context, true, statement, out);
	if (db->session != NULL) {
		rc = bh_pipeline_run(db->session, &db->context, false, statement, out);
		return outcome(db->session, statement, rc);
	}
	for (int tries = 0;; tries++) {
		rc = bh_pool_take(db, &conn);
		if (rc < 0)
			return rc;
		rc = bh_pipeline_run(conn, &db->context, false, statement, out);
		again = rc < 0 && rc != BH_E_TOO_LARGE && tries == 0 &&
			(conn->stale || (conn->broken && (!conn->sent || statement->reads)));
		rc = outcome(conn, statement, rc);
		bh_pool_give(db->pool, conn);
		if (!again)
			return rc;
	}
}

static void
result_close(PGresult **result)
{
	PQclear(*result);
}

static int
row_check(const PGresult *result, const struct bh_row *row)
{
	int n = 0;
	int rc;

	while (row->members[n].type != BH_COLUMN_END)
		n++;
	if (PQnfields(result) != n)
		return bh_error(BH_E_DB, "the result has %d columns, expected %d", PQnfields(result), n);
	for (int i = 0; i < n; i++) {
		rc = bh_wire_check(row->members[i].type, PQftype(result, i), PQfname(result, i));
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Into a zeroed struct: that is what SQL NULL reads as. */
static int
row_read(const PGresult *result, int at, const struct bh_row *row, struct bh_arena *arena,
	char *out)
{
	int rc;

	for (int i = 0; row->members[i].type != BH_COLUMN_END; i++) {
		if (PQgetisnull(result, at, i))
			continue;
		rc = bh_wire_decode(row->members[i].type, PQftype(result, i), PQfname(result, i),
			PQgetvalue(result, at, i), (size_t)PQgetlength(result, at, i), arena,
			out + row->members[i].offset);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int
bh_db_exec(struct bh_db *db, const char *sql, const struct bh_param *params, size_t n_params,
	int64_t *out_rows)
{
	BH_AUTO(result_close) PGresult *result = NULL;
	const struct bh_statement statement = {sql, params, n_params, false};
	int rc;

	rc = run(db, &statement, &result);
	if (rc < 0)
		return rc;
	if (out_rows != NULL)
		*out_rows = strtoll(PQcmdTuples(result), NULL, 10);
	return 0;
}

int
bh_db_change_maybe(struct bh_db *db, const char *sql, const struct bh_param *params,
	size_t n_params, bool *out_changed)
{
	int64_t rows;
	int rc;

	rc = bh_db_exec(db, sql, params, n_params, &rows);
	if (rc < 0)
		return rc;
	BH_ASSERT(rows <= 1);
	*out_changed = rows == 1;
	return 0;
}

int
bh_db_change(struct bh_db *db, const char *sql, const struct bh_param *params, size_t n_params)
{
	bool changed;
	int rc;

	rc = bh_db_change_maybe(db, sql, params, n_params, &changed);
	if (rc < 0)
		return rc;
	return changed ? 0 : BH_E_NOT_FOUND;
}

static int
run_maybe(struct bh_db *db, const struct bh_statement *statement, const struct bh_row *row,
	void *out, bool *out_found)
{
	BH_AUTO(result_close) PGresult *result = NULL;
	_Alignas(max_align_t) char aside[BH_ROW_BYTES_MAX];
	int rc;

	BH_ASSERT(row->bytes <= sizeof(aside));
	rc = run(db, statement, &result);
	if (rc < 0)
		return rc;
	rc = row_check(result, row);
	if (rc < 0)
		return rc;
	BH_ASSERT(PQntuples(result) <= 1);
	if (PQntuples(result) == 1) {
		memset(aside, 0, row->bytes);
		rc = row_read(result, 0, row, db->arena, aside);
		if (rc < 0)
			return rc;
		memcpy(out, aside, row->bytes);
	}
	*out_found = PQntuples(result) == 1;
	return 0;
}

static int
run_one(struct bh_db *db, const struct bh_statement *statement, const struct bh_row *row, void *out)
{
	bool found;
	int rc;

	rc = run_maybe(db, statement, row, out, &found);
	if (rc < 0)
		return rc;
	return found ? 0 : BH_E_NOT_FOUND;
}

static int
run_each(struct bh_db *db, const struct bh_statement *statement, const struct bh_row *row,
	void *out_rows, size_t *out_count)
{
	BH_AUTO(result_close) PGresult *result = NULL;
	size_t count;
	char *rows;
	int rc;

	rc = run(db, statement, &result);
	if (rc < 0)
		return rc;
	rc = row_check(result, row);
	if (rc < 0)
		return rc;
	count = (size_t)PQntuples(result);
	rows = bh_arena_array(db->arena, count, row->bytes);
	for (size_t i = 0; i < count; i++) {
		rc = row_read(result, (int)i, row, db->arena, rows + i * row->bytes);
		if (rc < 0)
			return rc;
	}
	memcpy(out_rows, &rows, sizeof(rows));
	*out_count = count;
	return 0;
}

int
bh_db_one(struct bh_db *db, const char *sql, const struct bh_param *params, size_t n_params,
	const struct bh_row *row, void *out)
{
	return run_one(db, &(struct bh_statement){sql, params, n_params, false}, row, out);
}

int
bh_db_read_one(struct bh_db *db, const char *sql, const struct bh_param *params, size_t n_params,
	const struct bh_row *row, void *out)
{
	return run_one(db, &(struct bh_statement){sql, params, n_params, true}, row, out);
}

int
bh_db_maybe(struct bh_db *db, const char *sql, const struct bh_param *params, size_t n_params,
	const struct bh_row *row, void *out, bool *out_found)
{
	return run_maybe(db, &(struct bh_statement){sql, params, n_params, false}, row, out, out_found);
}

int
bh_db_read_maybe(struct bh_db *db, const char *sql, const struct bh_param *params, size_t n_params,
	const struct bh_row *row, void *out, bool *out_found)
{
	return run_maybe(db, &(struct bh_statement){sql, params, n_params, true}, row, out, out_found);
}

int
bh_db_each(struct bh_db *db, const char *sql, const struct bh_param *params, size_t n_params,
	const struct bh_row *row, void *out_rows, size_t *out_count)
{
	return run_each(db, &(struct bh_statement){sql, params, n_params, false}, row, out_rows,
		out_count);
}

int
bh_db_read_each(struct bh_db *db, const char *sql, const struct bh_param *params, size_t n_params,
	const struct bh_row *row, void *out_rows, size_t *out_count)
{
	return run_each(db, &(struct bh_statement){sql, params, n_params, true}, row, out_rows,
		out_count);
}
