/* SPDX-License-Identifier: Apache-2.0 */
/* conn.c: opening a connection, its prepared statements, and scripts as text. */
#include "db/conn.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "db/hosts.h"

enum { SETTINGS_MAX = 20 };

/* A server that vanishes without a word is noticed by the kernel, not by our patience. What the conninfo
 * says itself stands. */
#define KEEPALIVE_IDLE_S "10"
#define KEEPALIVE_INTERVAL_S "3"
#define KEEPALIVE_COUNT "3"
#define UNACKNOWLEDGED_MS "10000"

/* Keywords and values for libpq; ends with NULL. */
struct settings {
	const char *names[SETTINGS_MAX];
	const char *values[SETTINGS_MAX];
	size_t count;
};

static void
setting_add(struct settings *settings, const char *name, const char *value)
{
	if (value == NULL)
		return;
	BH_ASSERT(settings->count + 1 < SETTINGS_MAX);
	settings->names[settings->count] = name;
	settings->values[settings->count++] = value;
}

/* The server's messages of no consequence ("already exists, skipping") go nowhere. */
static void
notice_drop(void *unused, const char *message)
{
	(void)unused;
	(void)message;
}

/* libpq ends its messages with a line feed. */
static int
conn_error(int number, PGconn *pg, const char *what)
{
	const char *message = PQerrorMessage(pg);

	return bh_error(number, "%s: %.*s", what, (int)strcspn(message, "\n"), message);
}

bool
bh_conn_answers(const char *conninfo)
{
	static const char *const names[] = {"dbname", "connect_timeout", NULL};
	const char *const values[] = {conninfo, "2", NULL};

	return PQpingParams(names, values, 1) == PQPING_OK;
}

int
bh_conn_verifier(struct bh_conn *conn, const char *conninfo, struct bh_buf *out)
{
	static const char *const names[] = {"dbname", NULL};
	const char *const values[] = {conninfo, NULL};
	BH_AUTO(bh_buf_close) struct bh_buf own = {0};
	PGconn *look;
	const char *password;
	char *verifier;
	int rc;

	rc = bh_conn_word(conninfo, "password", &own);
	/* A password of the shell is its user's, not this role's. */
	if (rc < 0 || (own.len == 0 && getenv("PGPASSWORD") != NULL))
		return rc;
	/* Beginning to connect is how libpq is asked what the password file has. */
	look = PQconnectStartParams(names, values, 1);
	if (look == NULL)
		return BH_E_MEMORY;
	password = PQpass(look);
	if (password != NULL && password[0] != '\0') {
		verifier = PQencryptPasswordConn(conn->pg, password, PQuser(look), NULL);
		if (verifier != NULL)
			bh_buf_text(out, verifier);
		else
			rc = conn_error(BH_E_DB, conn->pg, "password");
		PQfreemem(verifier);
	}
	PQfinish(look);
	return rc;
}

/* What every session of ours runs with, behind the options the conninfo brings. */
static int
session_options(const struct bh_conn_conf *conf, struct bh_buf *out)
{
	int rc;

	rc = bh_conn_word(conf->conninfo, "options", out);
	if (rc < 0)
		return rc;
	/* What an operator's database, or a role, may have set otherwise. */
	bh_buf_text(out,
		" -c search_path=bulkhead,public -c jit=off -c datestyle=ISO,MDY"
		" -c default_transaction_isolation=read\\ committed");
	if (conf->instance != NULL)
		bh_buf_printf(out, " -c bulkhead.instance=%s", conf->instance);
	if (conf->statement_ms == 0)
		bh_buf_text(out,
			" -c statement_timeout=0 -c lock_timeout=0"
			" -c idle_in_transaction_session_timeout=0");
	if (conf->statement_ms > 0) {
		bh_buf_printf(out,
			" -c statement_timeout=%lld -c lock_timeout=%lld"
			" -c idle_in_transaction_session_timeout=60000",
			(long long)conf->statement_ms, (long long)(conf->statement_ms + 1) / 2);
	}
	if (conf->citus)
		bh_buf_text(out, " -c citus.propagate_set_commands=local");
	/* A step that hashes may have twice as much, as by the server's default. */
	if (conf->step_mib > 0)
		bh_buf_printf(out, " -c work_mem=%lldMB -c hash_mem_multiplier=2",
			(long long)conf->step_mib);
	return 0;
}

/* Drives libpq's connecting until it ends either way or the time is up. */
static int
connect_wait(PGconn *pg, int64_t wait_ms)
{
	int64_t deadline = bh_clock_steady_ms() + wait_ms;
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;

	while (state != PGRES_POLLING_OK) {
		struct pollfd waiter = {.fd = PQsocket(pg)};
		int64_t left = deadline - bh_clock_steady_ms();

		if (state == PGRES_POLLING_FAILED || waiter.fd < 0)
			return conn_error(BH_E_DB_DOWN, pg, "connect");
		if (left <= 0)
			return bh_error(BH_E_DB_DOWN, "connect: no response in %lld ms", (long long)wait_ms);
		waiter.events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		if (poll(&waiter, 1, (int)left) < 0 && errno != EINTR)
			return bh_error(BH_E_DB_DOWN, "connect: %m");
		if (waiter.revents != 0)
			state = PQconnectPoll(pg);
	}
	return 0;
}

/* What libpq is told for a server: the later of a name stands. */
static void
settings_fill(struct settings *settings, const struct bh_conn_conf *conf,
	const struct bh_hosts *hosts, const struct bh_host *host, const char *session,
	const char *options)
{
	setting_add(settings, "keepalives_idle", KEEPALIVE_IDLE_S);
	setting_add(settings, "keepalives_interval", KEEPALIVE_INTERVAL_S);
	setting_add(settings, "keepalives_count", KEEPALIVE_COUNT);
	setting_add(settings, "tcp_user_timeout", UNACKNOWLEDGED_MS);
	if (hosts->n > 1)
		setting_add(settings, "target_session_attrs",
			conf->session != NULL ? conf->session : "read-write");
	/* libpq expands the first dbname as a conninfo; a later one replaces what it named. */
	setting_add(settings, "dbname", conf->conninfo);
	setting_add(settings, "dbname", conf->database);
	setting_add(settings, "user", conf->user);
	setting_add(settings, "host", host->host);
	setting_add(settings, "hostaddr", host->address);
	setting_add(settings, "port", host->port);
	setting_add(settings, "target_session_attrs", session);
	setting_add(settings, "application_name", conf->application);
	setting_add(settings, "client_encoding", "UTF8");
	setting_add(settings, "options", options);
}

static int
open_one(const struct settings *settings, int64_t wait_ms, struct bh_conn **out)
{
	struct bh_conn *conn = calloc(1, sizeof(*conn));
	int rc;

	if (conn == NULL)
		return BH_E_MEMORY;
	conn->pg = PQconnectStartParams(settings->names, settings->values, 1);
	if (conn->pg == NULL)
		rc = BH_E_MEMORY;
	else if (PQstatus(conn->pg) == CONNECTION_BAD)
		rc = conn_error(BH_E_DB_DOWN, conn->pg, "connect");
	else
		rc = connect_wait(conn->pg, wait_ms);
	if (rc < 0) {
		bh_conn_close(conn);
		return rc;
	}
	*out = conn;
	return 0;
}

/* Which server is tried first. */
static size_t
first_of(const struct bh_conn_conf *conf, const struct bh_hosts *hosts)
{
	if (hosts->n > 1 && hosts->shuffled)
		return arc4random_uniform((uint32_t)hosts->n);
	return conf->last != NULL ? atomic_load(conf->last) % hosts->n : 0;
}

/* One round through the servers, until `until_ms`; each may have its share of what is left. */
static int
open_round(const struct bh_conn_conf *conf, const struct bh_hosts *hosts, const char *session,
	const char *options, int64_t until_ms, struct bh_conn **out)
{
	BH_AUTO(bh_buf_close) struct bh_buf reasons = {0};
	size_t first = first_of(conf, hosts);
	int rc = 0;

	for (size_t i = 0; i < hosts->n; i++) {
		size_t at = (first + i) % hosts->n;
		int64_t left = until_ms - bh_clock_steady_ms();
		struct settings settings = {0};

		settings_fill(&settings, conf, hosts, &hosts->each[at], session, options);
		rc = open_one(&settings, left > 0 ? left / (int64_t)(hosts->n - i) : 0, out);
		if (rc == 0 && conf->last != NULL)
			atomic_store(conf->last, (uint32_t)at);
		if (rc != BH_E_DB_DOWN || hosts->n == 1)
			return rc;
		bh_buf_printf(&reasons, "%s%s", i > 0 ? "; " : "", bh_error_detail(rc));
	}
	return bh_error(rc, "%s", bh_buf_string(&reasons));
}

int
bh_conn_open(const struct bh_conn_conf *conf, struct bh_conn **out)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(bh_buf_close) struct bh_buf options = {0};
	int64_t until_ms = bh_clock_steady_ms() + conf->wait_ms;
	struct bh_hosts hosts;
	int rc;

	rc = session_options(conf, &options);
	if (rc == 0)
		rc = bh_hosts_parse(&arena, conf->conninfo, &hosts);
	if (rc < 0)
		return rc;
	/* libpq's own second round is among the hosts it is given, and here that is one at a time. */
	if (hosts.n > 1 && hosts.standby_first && conf->asked == NULL) {
		rc = open_round(conf, &hosts, "standby", bh_buf_string(&options),
			until_ms - conf->wait_ms / 2, out);
		if (rc == BH_E_DB_DOWN)
			rc = open_round(conf, &hosts, "any", bh_buf_string(&options), until_ms, out);
	} else {
		rc = open_round(conf, &hosts, conf->asked, bh_buf_string(&options), until_ms, out);
	}
	if (rc < 0)
		return rc;
	(*out)->citus = conf->citus;
	if (conf->instance != NULL)
		snprintf((*out)->instance, sizeof((*out)->instance), "%s", conf->instance);
	PQsetNoticeProcessor((*out)->pg, notice_drop, NULL);
	/* The server ends a statement by itself; past that it is gone or unreachable. */
	(*out)->answer_ms = conf->statement_ms > 0 ? conf->statement_ms + 5000 : -1;
	return 0;
}

void
bh_conn_close(struct bh_conn *conn)
{
	if (conn == NULL)
		return;
	PQfinish(conn->pg);
	bh_buf_close(&conn->scratch);
	free(conn);
}

bool
bh_conn_usable(struct bh_conn *conn)
{
	struct pollfd waiter = {.fd = PQsocket(conn->pg), .events = POLLIN};

	if (waiter.fd < 0)
		return false;
	/* Nothing to read is the healthy case: a server that goes away leaves a message or an end. */
	if (poll(&waiter, 1, 0) <= 0)
		return true;
	if (PQconsumeInput(conn->pg) == 0 || PQstatus(conn->pg) == CONNECTION_BAD)
		return false;
	/* A changed server setting may arrive at any time; only a second look tells an end from it. */
	waiter.revents = 0;
	return poll(&waiter, 1, 0) == 0;
}

static size_t
slot_of(const char *sql)
{
	uint64_t hash = (uint64_t)(uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(hash >> 32) % BH_CONN_SLOTS;
}

static void
slot_fill(struct bh_conn *conn, uint16_t index)
{
	size_t at = slot_of(conn->statements[index].sql);

	while (conn->slots[at] != 0)
		at = (at + 1) % BH_CONN_SLOTS;
	conn->slots[at] = (uint16_t)(index + 1);
}

/* Frees the entry used longest ago and returns its index. */
static uint16_t
statement_evict(struct bh_conn *conn, uint32_t *out_evicted)
{
	uint16_t oldest = 0;

	for (uint16_t i = 1; i < BH_CONN_STATEMENTS; i++) {
		if (conn->statements[i].used < conn->statements[oldest].used)
			oldest = i;
	}
	if (conn->statements[oldest].ready)
		*out_evicted = conn->statements[oldest].number;
	return oldest;
}

struct bh_prepared *
bh_conn_statement(struct bh_conn *conn, const char *sql, uint32_t *out_evicted)
{
	struct bh_prepared *entry;
	uint16_t index;
	bool full;

	*out_evicted = 0;
	conn->uses++;
	for (size_t at = slot_of(sql); conn->slots[at] != 0; at = (at + 1) % BH_CONN_SLOTS) {
		entry = &conn->statements[conn->slots[at] - 1];
		if (entry->sql == sql) {
			entry->used = conn->uses;
			return entry;
		}
	}

	full = conn->n_statements == BH_CONN_STATEMENTS;
	index = full ? statement_evict(conn, out_evicted) : (uint16_t)conn->n_statements++;
	entry = &conn->statements[index];
	*entry = (struct bh_prepared){.sql = sql, .number = ++conn->numbers, .used = conn->uses};
	if (!full) {
		slot_fill(conn, index);
		return entry;
	}
	memset(conn->slots, 0, sizeof(conn->slots));
	for (uint16_t i = 0; i < BH_CONN_STATEMENTS; i++)
		slot_fill(conn, i);
	return entry;
}

static int
result_error(PGconn *pg, const PGresult *result, const char *text)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
	/* lock_timeout, and a deadlock, which ends with us */
	bool late = state != NULL && (strcmp(state, "55P03") == 0 || strcmp(state, "40P01") == 0);
	int number = late ? BH_E_DB_LATE : BH_E_DB;
	int line = 1;

	if (PQstatus(pg) == CONNECTION_BAD)
		return conn_error(BH_E_DB_DOWN, pg, "script");
	if (position != NULL) {
		long left = strtol(position, NULL, 10);

		for (const char *at = text; *at != '\0' && left > 1; at++, left--)
			line += *at == '\n';
		return bh_error(number, "line %d: %s %s", line, state != NULL ? state : "?",
			message != NULL ? message : "failed");
	}
	return bh_error(number, "%s %s", state != NULL ? state : "?",
		message != NULL ? message : "failed");
}

static bool
result_good(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

int
bh_conn_script(struct bh_conn *conn, const char *text)
{
	PGresult *result;
	int rc = 0;

	result = PQexec(conn->pg, text);
	if (!result_good(result))
		rc = result_error(conn->pg, result, text);
	PQclear(result);
	return rc;
}

int
bh_conn_value(struct bh_conn *conn, const char *sql, const char *const *args, size_t n_args,
	struct bh_buf *out, bool *out_found)
{
	PGresult *result;
	bool found;
	int rc = 0;

	result = PQexecParams(conn->pg, sql, (int)n_args, NULL, args, NULL, NULL, 0);
	if (!result_good(result)) {
		rc = result_error(conn->pg, result, sql);
	} else {
		found = PQntuples(result) > 0 && PQnfields(result) > 0 && !PQgetisnull(result, 0, 0);
		if (found && out != NULL)
			bh_buf_text(out, PQgetvalue(result, 0, 0));
		if (out_found != NULL)
			*out_found = found;
	}
	PQclear(result);
	return rc;
}

static int
copy_begin(struct bh_conn *conn, const char *sql, ExecStatusType wanted)
{
	PGresult *result = PQexec(conn->pg, sql);
	int rc = PQresultStatus(result) == wanted ? 0 : result_error(conn->pg, result, sql);

	PQclear(result);
	return rc;
}

/* The result behind the data, and that nothing follows it. */
static int
copy_end(struct bh_conn *conn, const char *sql, int64_t *out_rows)
{
	PGresult *result;
	int rc = 0;

	while ((result = PQgetResult(conn->pg)) != NULL) {
		if (!result_good(result))
			rc = result_error(conn->pg, result, sql);
		else
			*out_rows = strtoll(PQcmdTuples(result), NULL, 10);
		PQclear(result);
	}
	return rc;
}

static int
copy_data(struct bh_conn *from, struct bh_conn *to)
{
	for (;;) {
		char *piece = NULL;
		int len = PQgetCopyData(from->pg, &piece, 0), put;

		if (len == -1)
			return 0;
		if (len < 0)
			return conn_error(BH_E_DB, from->pg, "copy");
		put = PQputCopyData(to->pg, piece, len);
		PQfreemem(piece);
		if (put != 1)
			return conn_error(BH_E_DB_DOWN, to->pg, "copy");
	}
}

int
bh_conn_copy(struct bh_conn *from, const char *out_sql, struct bh_conn *to, const char *in_sql,
	int64_t *out_rows)
{
	int64_t rows = 0, unused = 0;
	int rc = copy_begin(from, out_sql, PGRES_COPY_OUT), ended;

	if (rc == 0)
		rc = copy_begin(to, in_sql, PGRES_COPY_IN);
	if (rc < 0)
		return rc;
	rc = copy_data(from, to);
	if (PQputCopyEnd(to->pg, rc < 0 ? "the source has failed" : NULL) != 1 && rc == 0)
		rc = conn_error(BH_E_DB_DOWN, to->pg, "copy");
	ended = copy_end(to, in_sql, &rows);
	if (rc == 0)
		rc = ended;
	if (rc == 0)
		rc = copy_end(from, out_sql, &unused);
	if (rc == 0)
		*out_rows = rows;
	return rc;
}
