/* SPDX-License-Identifier: Apache-2.0 */
/* public.c: requests to the gateway with an API key. */
#include "cli/public.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"
#include "sec/digest.h"

#define ANSWER_MAX (64u * BH_MIB)
#define FIRST_BYTE_MS 300000
#define IDLE_MS 300000

int
cli_public_open(struct cli *cli, const struct cli_public_call *call,
	struct bh_http_client **out_client, struct bh_http_reply *out)
{
	const struct bh_http_client_conf conf = {.url = cli->instance.url, .connect_ms = 5000};
	char bearer[512];
	const struct bh_http_header headers[] = {
		{"authorization", bearer},
		{"content-type", call->type != NULL ? call->type : "application/json"},
	};
	const struct bh_http_call send = {
		.method = call->method,
		.path = call->path,
		.headers = headers,
		.n_headers = call->body != NULL ? 2 : 1,
		.body = call->body,
		.body_len = call->len,
		.first_byte_ms = FIRST_BYTE_MS,
		.idle_ms = IDLE_MS,
		.watch_fd = -1,
	};
	struct bh_http_client *client;
	int rc = bh_http_client_open(&conf, &client);

	if (rc < 0)
		return rc;
	snprintf(bearer, sizeof(bearer), "Bearer %s", call->key);
	rc = bh_http_call(client, &send, out);
	bh_wipe(bearer, sizeof(bearer));
	if (rc < 0)
		bh_http_client_close(client);
	else
		*out_client = client;
	return rc;
}

int
cli_public_json(struct cli *cli, const struct cli_public_call *call, struct bh_json_doc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_http_reply reply = {0};
	struct bh_http_client *client;
	int status;
	int rc = cli_public_open(cli, call, &client, &reply);

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
