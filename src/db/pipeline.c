/* SPDX-License-Identifier: Apache-2.0 */
/* pipeline.c: libpq's pipeline mode: what is sent together, and the answers in their order. */
#include "db/pipeline.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "db/conn.h"
#include "db/db.h"
#include "db/wire.h"

static const char sql_begin[] = "BEGIN ISOLATION LEVEL READ COMMITTED";
static const char sql_commit[] = "COMMIT";
static const char sql_rollback[] = "ROLLBACK";
static const char sql_ping[] = "SELECT 1";
static const char sql_context[] = "SELECT set_config('bulkhead.tenant_id', $1, true)";
/* The server itself holds a read to it. */
static const char sql_context_reads[] = "SELECT set_config('bulkhead.tenant_id', $1, true),"
										"       set_config('transaction_read_only', 'on', true)";

/* One command of a pipeline, in the order of the answers. */
struct step {
	struct bh_prepared *prepares; /* confirmed by this answer; NULL for other commands */
	bool wanted;                  /* this answer is the call's result */
};

struct pipeline {
	struct bh_conn *conn;
	struct step steps[14];
	size_t n_steps;
	PGresult *result;  /* owned: the wanted answer */
	PGresult *failure; /* owned: the first error */
};

static void
pipeline_close(struct pipeline *pipeline)
{
	PQclear(pipeline->result);
	PQclear(pipeline->failure);
}

static int
conn_broke(struct bh_conn *conn, const char *what)
{
	const char *message = PQerrorMessage(conn->pg);

	conn->broken = true;
	return bh_error(BH_E_DB_DOWN, "%s: %.*s", what, (int)strcspn(message, "\n"), message);
}

static void
step_add(struct pipeline *pipeline, struct bh_prepared *prepares, bool wanted)
{
	BH_ASSERT(pipeline->n_steps < BH_COUNT(pipeline->steps));
	pipeline->steps[pipeline->n_steps++] = (struct step){prepares, wanted};
}

/* Makes sure that the statement is prepared, or will be by the time the pipeline reaches it. */
static int
pipeline_prepare(struct pipeline *pipeline, const char *sql, const struct bh_wire_params *wire,
	size_t n_params, char name[16])
{
	PGconn *pg = pipeline->conn->pg;
	struct bh_prepared *entry;
	uint32_t evicted;
	char drop[32];

	entry = bh_conn_statement(pipeline->conn, sql, &evicted);
	snprintf(name, 16, "s%u", entry->number);
	if (evicted != 0) {
		snprintf(drop, sizeof(drop), "DEALLOCATE s%u", evicted);
		if (PQsendQueryParams(pg, drop, 0, NULL, NULL, NULL, NULL, 1) == 0)
			return conn_broke(pipeline->conn, "send");
		step_add(pipeline, NULL, false);
	}
	if (entry->ready)
		return 0;
	if (PQsendPrepare(pg, name, sql, (int)n_params, wire->oids) == 0)
		return conn_broke(pipeline->conn, "send");
	step_add(pipeline, entry, false);
	return 0;
}

static int
pipeline_send(struct pipeline *pipeline, const struct bh_statement *statement, bool wanted)
{
	struct bh_conn *conn = pipeline->conn;
	struct bh_wire_params wire;
	char name[16];
	int rc;

	rc = bh_wire_encode(statement->params, statement->n_params, &conn->scratch, &wire);
	if (rc < 0)
		return rc;
	rc = pipeline_prepare(pipeline, statement->sql, &wire, statement->n_params, name);
	if (rc < 0)
		return rc;
	if (PQsendQueryPrepared(conn->pg, name, (int)statement->n_params, wire.values, wire.lengths,
			wire.formats, 1) == 0)
		return conn_broke(conn, "send");
	step_add(pipeline, NULL, wanted);
	return 0;
}

/* The context again, as Citus hands it on to the servers that hold the rows: it follows SET LOCAL, not set_config.
 * SET takes no parameters; the text is an id that we have written ourselves. It comes behind the first command,
 * because only there has the pipeline's implicit transaction begun for the server. */
static int
pipeline_set(struct pipeline *pipeline, const char *name, const char id[BH_UUID_TEXT])
{
	char set[64 + BH_UUID_TEXT];

	snprintf(set, sizeof(set), "SET LOCAL bulkhead.%s = '%s'", name, id);
	if (PQsendQueryParams(pipeline->conn->pg, set, 0, NULL, NULL, NULL, NULL, 1) == 0)
		return conn_broke(pipeline->conn, "send");
	step_add(pipeline, NULL, false);
	return 0;
}

static int
pipeline_hand_on(struct pipeline *pipeline, const char context[BH_UUID_TEXT])
{
	int rc = pipeline_set(pipeline, "tenant_id", context);

	/* A reservation names its process. */
	return rc < 0 || pipeline->conn->instance[0] == '\0'
		? rc
		: pipeline_set(pipeline, "instance", pipeline->conn->instance);
}

/* BEGIN where a transaction starts with this statement, and the context where it is not yet set. */
static int
pipeline_preface(struct pipeline *pipeline, const struct bh_uuid *context, bool in_tx, bool reads)
{
	static const struct bh_statement begin = {.sql = sql_begin};
	struct bh_conn *conn = pipeline->conn;
	char text[BH_UUID_TEXT] = "";
	const struct bh_param params[] = {bh_text_param(text)};
	const struct bh_statement set = {
		.sql = reads && !in_tx ? sql_context_reads : sql_context,
		.params = params,
		.n_params = BH_COUNT(params),
	};
	int rc;

	if (in_tx && conn->begun && bh_uuid_equal(&conn->context, context))
		return 0;
	if (in_tx && !conn->begun) {
		rc = pipeline_send(pipeline, &begin, false);
		if (rc < 0)
			return rc;
		conn->begun = true;
	}
	conn->context = *context;
	if (!bh_uuid_is_zero(context))
		bh_uuid_format(context, text);
	rc = pipeline_send(pipeline, &set, false);
	return rc == 0 && conn->citus ? pipeline_hand_on(pipeline, text) : rc;
}

/* Waits until the socket has something to read, writing what is left meanwhile. */
static int
pipeline_wait(struct bh_conn *conn)
{
	int64_t deadline = bh_clock_steady_ms() + conn->answer_ms;
	int unsent = PQflush(conn->pg);

	while (unsent >= 0 && PQisBusy(conn->pg)) {
		struct pollfd waiter = {.fd = PQsocket(conn->pg), .events = POLLIN};
		int64_t left = deadline - bh_clock_steady_ms();

		if (left <= 0) {
			conn->broken = true;
			return bh_error(BH_E_DB_DOWN, "no response in %lld ms", (long long)conn->answer_ms);
		}
		if (unsent == 1)
			waiter.events |= POLLOUT;
		if (poll(&waiter, 1, (int)left) < 0 && errno != EINTR)
			return conn_broke(conn, "wait");
		if ((waiter.revents & ~POLLOUT) != 0 && PQconsumeInput(conn->pg) == 0)
			return conn_broke(conn, "receive");
		if (unsent == 1)
			unsent = PQflush(conn->pg);
	}
	return unsent < 0 ? conn_broke(conn, "send") : 0;
}

/* Keeps or drops one answer; true when it was the pipeline's end. */
static bool
pipeline_answer(struct pipeline *pipeline, size_t step, PGresult *result)
{
	const struct step *now = step < pipeline->n_steps ? &pipeline->steps[step] : NULL;
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
		if (now != NULL && now->prepares != NULL)
			now->prepares->ready = true;
		if (now != NULL && now->wanted && pipeline->result == NULL) {
			pipeline->result = result;
			return false;
		}
	} else if (status != PGRES_PIPELINE_SYNC && status != PGRES_PIPELINE_ABORTED &&
		pipeline->failure == NULL) {
		pipeline->failure = result;
		return false;
	}
	PQclear(result);
	return status == PGRES_PIPELINE_SYNC;
}

/* Reads answers up to the Sync: only there is an implicit transaction's commit known. */
static int
pipeline_collect(struct pipeline *pipeline)
{
	struct bh_conn *conn = pipeline->conn;
	PGresult *result;
	size_t step = 0;
	int rc;

	for (;;) {
		rc = pipeline_wait(conn);
		if (rc < 0)
			return rc;
		result = PQgetResult(conn->pg);
		if (result == NULL)
			step++;
		else if (pipeline_answer(pipeline, step, result))
			return 0;
		if (PQstatus(conn->pg) == CONNECTION_BAD || step > pipeline->n_steps + 1)
			return conn_broke(conn, "receive");
	}
}

/* Whether a failure says that this server is no longer the one to talk to: then the connection is not used again, and
 * the next one finds the server that took over. Of a statement that a standby refuses nothing was written; of one
 * that a server gave up, or whose own connections to others broke (08), that is as unknown as if it had died. */
static bool
server_is_lost(struct bh_conn *conn, const char *state, bool reads)
{
	if (strcmp(state, "25006") == 0 && !reads) {
		conn->broken = true;
		conn->sent = false;
	} else if (strncmp(state, "57P", 3) == 0 || strncmp(state, "08", 2) == 0) {
		conn->broken = true;
	}
	return conn->broken;
}

/* A failed statement as an error. Class 22's messages quote the value at fault, so they stay out. */
static int
failure_error(struct bh_conn *conn, const PGresult *failure, bool reads)
{
	const char *state = PQresultErrorField(failure, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(failure, PG_DIAG_MESSAGE_PRIMARY);
	int number = BH_E_DB;

	if (state == NULL)
		return conn_broke(conn, "protocol");
	if (message == NULL || strncmp(state, "22", 2) == 0)
		message = "data exception";
	if (strcmp(state, "23505") == 0 || strcmp(state, "23P01") == 0)
		number = BH_E_CONFLICT;
	else if (strcmp(state, "23503") == 0)
		number = BH_E_REFERENCE;
	else if (strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0)
		number = BH_E_DB_RETRY;
	else if ((strncmp(state, "53", 2) == 0 && strcmp(state, "53400") != 0) ||
		server_is_lost(conn, state, reads))
		number = BH_E_DB_DOWN; /* no resources: nothing was written */
	else if (strncmp(state, "22", 2) == 0)
		number = BH_E_DB_DATA;
	else if (strcmp(state, "57014") == 0 || strcmp(state, "55P03") == 0)
		number = BH_E_DB_LATE; /* statement_timeout, lock_timeout */
	else if (strcmp(state, "26000") == 0 ||
		(strcmp(state, "0A000") == 0 && strstr(message, "cached plan") != NULL)) {
		conn->stale = true; /* a migration has passed beneath this connection */
		number = BH_E_DB_RETRY;
	}
	return bh_error(number, "%s %s", state, message);
}

int
bh_pipeline_run(struct bh_conn *conn, const struct bh_uuid *context, bool in_tx,
	const struct bh_statement *statement, PGresult **out_result)
{
	BH_AUTO(pipeline_close) struct pipeline pipeline = {.conn = conn};
	int rc = 0;

	conn->sent = false;
	if (conn->broken)
		return bh_error(BH_E_DB_DOWN, "the connection of this transaction or session is broken");
	if (PQpipelineStatus(conn->pg) == PQ_PIPELINE_OFF &&
		(PQsetnonblocking(conn->pg, 1) != 0 || PQenterPipelineMode(conn->pg) == 0))
		return conn_broke(conn, "pipeline");
	if (context != NULL)
		rc = pipeline_preface(&pipeline, context, in_tx, statement->reads);
	if (rc == 0)
		rc = pipeline_send(&pipeline, statement, true);
	if (rc < 0) {
		/* Half a pipeline may be queued; nothing of it takes effect without its Sync. */
		conn->broken = true;
		return rc;
	}
	conn->sent = true;
	if (PQpipelineSync(conn->pg) == 0)
		return conn_broke(conn, "send");
	rc = pipeline_collect(&pipeline);
	if (rc < 0)
		return rc;
	if (pipeline.failure != NULL)
		return failure_error(conn, pipeline.failure, statement->reads);
	if (pipeline.result == NULL)
		return conn_broke(conn, "protocol");
	*out_result = pipeline.result;
	pipeline.result = NULL;
	return 0;
}

int
bh_pipeline_commit(struct bh_conn *conn)
{
	static const struct bh_statement commit = {.sql = sql_commit};
	PGresult *result;
	bool committed;
	int rc;

	if (!conn->begun)
		return 0;
	rc = bh_pipeline_run(conn, NULL, true, &commit, &result);
	if (rc < 0) {
		if (conn->broken && conn->sent)
			return bh_error(BH_E_DB_UNKNOWN, "the connection broke at COMMIT");
		conn->begun = conn->broken; /* a refused COMMIT has rolled back */
		return rc;
	}
	conn->begun = false;
	committed = strcmp(PQcmdStatus(result), "COMMIT") == 0;
	PQclear(result);
	if (!committed)
		return bh_error(BH_E_DB, "a statement of the transaction failed; rolled back");
	return 0;
}

void
bh_pipeline_rollback(struct bh_conn *conn)
{
	static const struct bh_statement rollback = {.sql = sql_rollback};
	PGresult *result;

	if (!conn->begun || conn->broken)
		return;
	if (bh_pipeline_run(conn, NULL, true, &rollback, &result) < 0) {
		conn->broken = true;
		return;
	}
	PQclear(result);
	conn->begun = false;
}

int
bh_pipeline_ping(struct bh_conn *conn)
{
	static const struct bh_statement ping = {.sql = sql_ping};
	PGresult *result;
	int rc;

	rc = bh_pipeline_run(conn, NULL, false, &ping, &result);
	if (rc == 0)
		PQclear(result);
	return rc;
}
