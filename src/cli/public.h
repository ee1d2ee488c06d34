/* SPDX-License-Identifier: Apache-2.0 */
/* public.h: the public API, called as any client would call it. */
#ifndef BH_CLI_PUBLIC_H
#define BH_CLI_PUBLIC_H

#include "cli/cli.h"
#include "http/client.h"
#include "json/json.h"

struct cli_public_call {
	const char *method;
	const char *path;
	const char *type; /* of the body; NULL: JSON */
	const void *body;
	size_t len;
	const char *key; /* borrowed: the API key */
};

/* Sends the request. Errors as bh_http_call. The client belongs to the reply's user: close the reply,
 * then the client. */
BH_MUST_CHECK int cli_public_open(struct cli *cli, const struct cli_public_call *call,
	struct bh_http_client **out_client, struct bh_http_reply *out);

/* The whole answer as JSON; the HTTP status, or a negative error. *out may stay empty. */
int cli_public_json(struct cli *cli, const struct cli_public_call *call, struct bh_json_doc *out);

#endif
