/* SPDX-License-Identifier: Apache-2.0 */
/* direct.c: the operator's calls to services that no supervisor started. */
#include "cli/direct.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "supervisor/external.h"
#include "supervisor/operator.h"
#include "supervisor/passfile.h"

#define ANSWER_MAX (64u * BH_MIB)
#define WITHIN_MS 130000

const char *
cli_direct_secrets(void)
{
	const char *dir = getenv("BULKHEAD_SECRETS_DIR");

	return dir != NULL && dir[0] != '\0' ? dir : NULL;
}

int
cli_direct_passfile(struct cli *cli)
{
	if (!supervisor_external_is_used(&cli->instance.settings.platform))
		return 0;
	return supervisor_passfile_adopt(&cli->instance.arena, &cli->instance.place, "operator", false);
}

static int
read_reply(struct bh_http_reply *reply, struct bh_json_doc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	int rc = bh_http_reply_body(reply, ANSWER_MAX, &body);

	if (rc == 0 && body.len > 0 && out != NULL)
		rc = bh_json_parse(body.data, body.len, out);
	return rc < 0 ? rc : reply->status;
}

static int
send_call(struct cli *cli, const char *service, const struct bh_http_call *call,
	struct bh_json_doc *out)
{
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	struct supervisor_operator *op = NULL;
	int rc = supervisor_instance_adopt(&cli->instance, cli_direct_secrets());

	if (rc == 0)
		rc = supervisor_operator_open(&cli->instance, &op);
	if (rc == 0)
		rc = supervisor_operator_call(op, getuid(), service, call, &reply);
	if (rc == 0)
		rc = read_reply(&reply, out);
	bh_http_reply_close(&reply);
	supervisor_operator_close(op);
	return rc;
}

int
cli_direct_call(struct cli *cli, const char *method, const char *path, const struct bh_buf *body,
	struct bh_json_doc *out)
{
	static const struct bh_http_header json[] = {{"content-type", "application/json"}};
	struct bh_http_call call = {
		.method = method,
		.headers = json,
		.n_headers = body != NULL ? 1 : 0,
		.body = body != NULL ? body->data : NULL,
		.body_len = body != NULL ? body->len : 0,
		.first_byte_ms = WITHIN_MS,
		.idle_ms = WITHIN_MS,
		.watch_fd = -1,
	};
	const char *name, *rest;

	/* What is no service's is a supervisor's, and here is none. */
	if (!bh_text_starts(path, "/api/"))
		return BH_E_CONNECT;
	name = path + strlen("/api/");
	rest = strchr(name, '/');
	if (rest == NULL)
		return BH_E_CONNECT;
	call.path = rest;
	return send_call(cli, bh_arena_copy(&cli->instance.arena, name, (size_t)(rest - name)), &call,
		out);
}
