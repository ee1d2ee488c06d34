/* SPDX-License-Identifier: Apache-2.0 */
/* address.c: questions about a conninfo that need no statement. */
#include "db/address.h"

#include "base/error.h"
#include "db/conn.h"

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

/* The quick question gives no reason: where nobody answers, a real attempt tells. */
int
bh_address_try(const char *conninfo)
{
	const struct bh_conn_conf conf = {.conninfo = conninfo,
		.application = "bulkhead",
		.wait_ms = WAIT_MS};
	struct bh_conn *conn;
	int rc;

	if (bh_conn_answers(conninfo))
		return 0;
	rc = bh_conn_open(&conf, &conn);
	if (rc == 0)
		bh_conn_close(conn);
	return rc;
}
