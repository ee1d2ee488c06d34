/* SPDX-License-Identifier: Apache-2.0 */
/* address.c: questions about a conninfo that need no statement. */
#include "db/address.h"

#include <stdio.h>

#include "base/error.h"
#include "db/conn.h"
#include "db/hosts.h"

enum { WAIT_MS = 3000 };

int
bh_address_word(struct bh_arena *arena, const char *conninfo, const char *word, const char **out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc = bh_conn_word(conninfo, word, &text);

	if (rc == 0)
		*out = bh_arena_strdup(arena, bh_buf_string(&text));
	return rc;
}

int
bh_address_describe(struct bh_arena *arena, const char *conninfo, const char **out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc = bh_conn_describe(conninfo, &text);

	if (rc == 0)
		*out = bh_arena_strdup(arena, bh_buf_string(&text));
	return rc;
}

int
bh_address_service(const char *conninfo, const char *name, struct bh_buf *out)
{
	return bh_conn_service(conninfo, name, out);
}

static int
try_as(const char *conninfo, const char *session)
{
	const struct bh_conn_conf conf = {.conninfo = conninfo,
		.application = "bulkhead",
		.wait_ms = WAIT_MS,
		.asked = session};
	struct bh_conn *conn;
	int rc = bh_conn_open(&conf, &conn);

	if (rc == 0)
		bh_conn_close(conn);
	return rc;
}

/* The quick question gives no reason: where nobody answers, a real attempt tells. Where a server must be one that
 * writes, only a real attempt finds it; a standby that lets us in is none, and one that does not is a matter of the
 * credentials. */
int
bh_address_try(const char *conninfo)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	char detail[512];
	struct bh_hosts hosts;
	int rc = bh_hosts_parse(&arena, conninfo, &hosts);

	if (rc < 0)
		return rc;
	if (hosts.n == 1 && !hosts.attributes && bh_conn_answers(conninfo))
		return 0;
	rc = try_as(conninfo, NULL);
	if (rc != BH_E_DB_DOWN)
		return rc;
	snprintf(detail, sizeof(detail), "%s", bh_error_detail(rc));
	if ((hosts.n > 1 || hosts.attributes) && try_as(conninfo, "any") < 0 &&
		bh_conn_answers(conninfo))
		return 0;
	return bh_error(rc, "%s", detail);
}
