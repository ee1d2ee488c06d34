/* SPDX-License-Identifier: Apache-2.0 */
/* call.h: one request, to the control socket or, with an API key, to the public API as any client's. */
#ifndef BH_CLI_CALL_H
#define BH_CLI_CALL_H

#include "base/buf.h"
#include "http/client.h"
#include "json/json.h"

/* Everything is borrowed. */
struct cli_call {
	const char *url; /* "http://127.0.0.1:8080", "unix:PATH" */
	const char *method, *path;
	const struct bh_buf *body; /* NULL: none */
	const char *type;          /* of the body; NULL: JSON */
	const char *key;           /* API key or access token; NULL: none */
	int64_t within_ms;         /* for the first byte, and between two; 0: five minutes */
};

/* Sends the request. Errors as bh_http_call. The client belongs to the reply's user: close the reply,
 * then the client. */
BH_MUST_CHECK int cli_call_open(const struct cli_call *call, struct bh_http_client **out_client,
	struct bh_http_reply *out);

/* The whole answer as JSON; the HTTP status, or a negative error. *out (NULL: not wanted) may stay empty. */
int cli_call_json(const struct cli_call *call, struct bh_json_doc *out);

/* The same for a GET of the public API. */
int cli_call_get(const char *url, const char *key, const char *path, struct bh_json_doc *out);

#endif
