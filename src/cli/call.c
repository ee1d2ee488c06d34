/* SPDX-License-Identifier: Apache-2.0 */
/* call.c: opens a client, sends, reads the answer. */
#include "cli/call.h"

#include <stdio.h>

#include "base/error.h"
#include "sec/digest.h"

#define ANSWER_MAX (64u * BH_MIB)
#define CONNECT_MS 5000
#define WITHIN_MS 300000
/* An access token lists its scopes. */
#define BEARER_BYTES 4096

int
cli_call_open(const struct cli_call *call, struct bh_http_client **out_client,
	struct bh_http_reply *out)
{
	const struct bh_http_client_conf conf = {.url = call->url, .connect_ms = CONNECT_MS};
	struct bh_http_header headers[2];
	char bearer[BEARER_BYTES] = "";
	struct bh_http_call send = {
		.method = call->method,
		.path = call->path,
		.headers = headers,
		.first_byte_ms = call->within_ms > 0 ? call->within_ms : WITHIN_MS,
		.idle_ms = call->within_ms > 0 ? call->within_ms : WITHIN_MS,
		.watch_fd = -1,
	};
	struct bh_http_client *client;
	int rc = bh_http_client_open(&conf, &client);

	if (rc < 0)
		return rc;
	if (call->key != NULL) {
		snprintf(bearer, sizeof(bearer), "Bearer %s", call->key);
		headers[send.n_headers++] = (struct bh_http_header){"authorization", bearer};
	}
	if (call->body != NULL) {
		headers[send.n_headers++] = (struct bh_http_header){"content-type",
			call->type != NULL ? call->type : "application/json"};
		send.body = call->body->data;
		send.body_len = call->body->len;
	}
	rc = bh_http_call(client, &send, out);
	bh_wipe(bearer, sizeof(bearer));
	if (rc < 0)
		bh_http_client_close(client);
	else
		*out_client = client;
	return rc;
}

int
cli_call_json(const struct cli_call *call, struct bh_json_doc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_http_reply reply = {0};
	struct bh_http_client *client;
	int status;
	int rc = cli_call_open(call, &client, &reply);

	if (rc < 0)
		return rc;
	status = reply.status;
	rc = bh_http_reply_body(&reply, ANSWER_MAX, &body);
	bh_http_reply_close(&reply);
	bh_http_client_close(client);
	if (rc == 0 && body.len > 0 && out != NULL)
		rc = bh_json_parse(body.data, body.len, out);
	return rc < 0 ? rc : status;
}

int
cli_call_get(const char *url, const char *key, const char *path, struct bh_json_doc *out)
{
	const struct cli_call call = {.url = url, .method = "GET", .path = path, .key = key};

	return cli_call_json(&call, out);
}
