/* SPDX-License-Identifier: Apache-2.0 */
/* conninfo.c: what a conninfo says, without connecting. */
#include "db/conninfo.h"

#include <stdbool.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/error.h"

static int
conninfo_parse(const char *conninfo, PQconninfoOption **out)
{
	char *message = NULL;

	*out = PQconninfoParse(conninfo, &message);
	if (*out != NULL)
		return 0;
	/* libpq quotes the text at fault, which may hold a password: not repeated. */
	PQfreemem(message);
	return bh_error(BH_E_CONFIG, "the database URL is malformed");
}

int
bh_conn_word(const char *conninfo, const char *word, struct bh_buf *out)
{
	PQconninfoOption *options;
	int rc = conninfo_parse(conninfo, &options);

	if (rc < 0)
		return rc;
	for (PQconninfoOption *at = options; at->keyword != NULL; at++) {
		if (strcmp(at->keyword, word) == 0 && at->val != NULL)
			bh_buf_text(out, at->val);
	}
	PQconninfoFree(options);
	return 0;
}

int
bh_conn_describe(const char *conninfo, struct bh_buf *out)
{
	PQconninfoOption *options;
	int rc = conninfo_parse(conninfo, &options);
	const char *blank = "";

	if (rc < 0)
		return rc;
	for (PQconninfoOption *at = options; at->keyword != NULL; at++) {
		/* libpq marks what a form would hide as it is typed. */
		if (at->val == NULL || at->val[0] == '\0' || strchr(at->dispchar, '*') != NULL)
			continue;
		bh_buf_printf(out, "%s%s=%s", blank, at->keyword, at->val);
		blank = " ";
	}
	PQconninfoFree(options);
	return 0;
}

int
bh_conn_service(const char *conninfo, const char *name, struct bh_buf *out)
{
	PQconninfoOption *options;
	int rc = conninfo_parse(conninfo, &options);
	bool several = false, said = false;

	if (rc < 0)
		return rc;
	bh_buf_printf(out, "[%s]\n", name);
	for (PQconninfoOption *at = options; rc == 0 && at->keyword != NULL; at++) {
		if (at->val == NULL || at->val[0] == '\0')
			continue;
		several = several || (strncmp(at->keyword, "host", 4) == 0 && strchr(at->val, ',') != NULL);
		said = said || strcmp(at->keyword, "target_session_attrs") == 0;
		/* The file has a line for each, and no way to quote. */
		if (strchr(at->val, '\n') != NULL || strchr(at->val, '\r') != NULL)
			rc = bh_error(BH_E_CONFIG, "the database URL has a line feed in %s", at->keyword);
		else
			bh_buf_printf(out, "%s=%s\n", at->keyword, at->val);
	}
	/* As everywhere: of several, the one that is written to, and not a standby that is behind. */
	if (several && !said)
		bh_buf_text(out, "target_session_attrs=read-write\n");
	PQconninfoFree(options);
	return rc;
}
