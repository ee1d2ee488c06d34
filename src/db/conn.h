/* SPDX-License-Identifier: Apache-2.0 */
/* conn.h: one connection to the server and its prepared statements. Private to src/db. */
#ifndef BH_DB_CONN_H
#define BH_DB_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "db/conninfo.h"

struct bh_turns_payer;
struct pg_conn; /* libpq's connection */

enum {
	BH_CONN_STATEMENTS = 256, /* prepared at once; the oldest in use goes first */
	BH_CONN_SLOTS = 2 * BH_CONN_STATEMENTS
};

/* A statement prepared on this connection, known by its literal's address. */
struct bh_prepared {
	const char *sql; /* borrowed: a literal */
	uint32_t number; /* its name on the server is "s" and this */
	uint64_t used;   /* the connection's count of uses at the last one */
	bool ready;      /* the server has confirmed it */
};

struct bh_conn {
	struct pg_conn *pg;           /* owned */
	struct bh_conn *next;         /* in the pool's list of free ones */
	struct bh_turns_payer *payer; /* while lent: whose share it is of; NULL is vital */
	bool citus;                   /* the context is told to the servers behind this one, too */
	char instance[BH_UUID_TEXT];  /* and who this process is; "" for nobody */
	int64_t answer_ms;            /* longest silence of the server within a call */
	bool broken;                  /* to be closed: no longer usable */
	bool stale;             /* a prepared plan no longer fits the schema: close it, try again */
	bool sent;              /* the current call's bytes may have left */
	bool begun;             /* BEGIN was sent: between it and COMMIT or ROLLBACK */
	struct bh_uuid context; /* the tenant set in the running transaction */
	struct bh_buf scratch;  /* encoded parameters of the current call */
	struct bh_prepared statements[BH_CONN_STATEMENTS];
	uint16_t slots[BH_CONN_SLOTS]; /* hash by address: 1 + index into statements, 0 for none */
	uint32_t n_statements;
	uint32_t numbers; /* names given so far */
	uint64_t uses;
};

struct bh_conn_conf {
	const char *conninfo;
	const char *database; /* instead of the conninfo's; NULL keeps it */
	const char *user;     /* likewise */
	const char *application;
	const char *instance; /* what the session says of who it is; NULL: nothing */
	int64_t statement_ms; /* 0: none (migrations) */
	int64_t step_mib; /* memory of one sort or hash before it goes to disk; 0: the server's own */
	int64_t wait_ms;  /* longest wait for the connection */
	bool citus;
	/* What a server must be where the conninfo names several and does not say it
	 * (target_session_attrs); NULL: "read-write". */
	const char *session;
	const char *asked; /* what it must be whatever the conninfo says; NULL: that */
	_Atomic uint32_t
		*last; /* which of several accepted last; it is tried first. NULL: the first is */
};

/* Goes through the servers that the conninfo names. BH_E_DB_DOWN with the servers' or the network's reasons. */
BH_MUST_CHECK int bh_conn_open(const struct bh_conn_conf *conf, struct bh_conn **out);
/* Safe on NULL. */
void bh_conn_close(struct bh_conn *conn);

/* False if the server has closed an unused connection. */
bool bh_conn_usable(struct bh_conn *conn);

/* The prepared statement of a literal. *out_evicted is the number of one that had to go, 0 for none. */
struct bh_prepared *bh_conn_statement(struct bh_conn *conn, const char *sql, uint32_t *out_evicted);

/* Runs any number of statements as text, for migrations. BH_E_DB with SQLSTATE, message and line, or
 * BH_E_DB_LATE where a lock was not to be had in time. */
BH_MUST_CHECK int bh_conn_script(struct bh_conn *conn, const char *text);

/* Runs one statement with text parameters and appends the first column of its first row to *out
 * (may be NULL). *out_found (may be NULL) tells whether there was a row with a value. */
BH_MUST_CHECK int bh_conn_value(struct bh_conn *conn, const char *sql, const char *const *args,
	size_t n_args, struct bh_buf *out, bool *out_found);

/* Streams what one connection's COPY … TO STDOUT gives into the other's COPY … FROM STDIN. */
BH_MUST_CHECK int bh_conn_copy(struct bh_conn *from, const char *out_sql, struct bh_conn *to,
	const char *in_sql, int64_t *out_rows);

/* Whether any server accepts connections at that address, even if it rejects the credentials. */
bool bh_conn_answers(const char *conninfo);

/* What a server keeps in place of the password that a conninfo, or else the password file, has for
 * the conninfo's user; made by this connection's rules. Appends nothing where there is no password. */
BH_MUST_CHECK int bh_conn_verifier(struct bh_conn *conn, const char *conninfo, struct bh_buf *out);

#endif
