/* SPDX-License-Identifier: Apache-2.0 */
/* api.c: the command line's side of the control socket. */
#include "cli/api.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/call.h"
#include "cli/direct.h"

#define ANSWER_WITHIN_MS 130000

int
cli_api_quiet(struct cli *cli, const char *method, const char *path, const struct bh_buf *body,
	struct bh_json_doc *out)
{
	const struct cli_call call = {
		.url = cli_api_path(cli, "unix:%s", cli->instance.place.control),
		.method = method,
		.path = path,
		.body = body,
		.within_ms = ANSWER_WITHIN_MS,
	};

	if (cli_direct_secrets() != NULL)
		return cli_direct_call(cli, method, path, body, out);
	return cli_call_json(&call, out);
}

void
cli_api_refused(int status, const struct bh_json *answer)
{
	const char *message = bh_json_get_string(bh_json_get(answer, "error"), "message");

	if (message != NULL)
		cli_say("%s", message);
	else
		cli_say("the platform returned HTTP status %d", status);
}

int
cli_api_not_running(const char *where)
{
	return cli_refuse(CLI_NOT_RUNNING, "no platform is running at %s; start it with `bulkhead up`",
		where);
}

int
cli_api_control(struct cli *cli, const char *method, const char *path, const struct bh_buf *body,
	struct bh_json_doc *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = cli_api_quiet(cli, method, path, body, &doc);

	if (status == BH_E_CONNECT)
		return cli_api_not_running(cli->instance.place.home);
	if (status < 0)
		return cli_fail(status);
	if (status >= 300) {
		cli_api_refused(status, doc.root);
		return status == 404 ? CLI_NOT_FOUND : CLI_FAILED;
	}
	if (out != NULL) {
		*out = doc;
		doc = (struct bh_json_doc){0};
	}
	return CLI_OK;
}

int
cli_api_send(struct cli *cli, const char *method, const char *path, const struct bh_field *fields,
	size_t n_fields, const void *row, struct bh_json_doc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};

	bh_fields_write(&(struct bh_write){.out = &body}, fields, n_fields, row);
	return cli_api_control(cli, method, path, &body, out);
}

const char *
cli_api_path(struct cli *cli, const char *format, ...)
{
	va_list args;
	const char *path;

	va_start(args, format);
	path = bh_arena_vprintf(&cli->instance.arena, format, args);
	va_end(args);
	return path;
}

const char *
cli_api_of(struct cli *cli, const char *service, const char *tenant, const char *what)
{
	return cli_api_path(cli, "/api/%s/api/tenants/%s/%s", service, tenant, what);
}

const char *
cli_api_escape(struct cli *cli, const char *text)
{
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};

	bh_text_url(&out, text);
	return bh_arena_strdup(&cli->instance.arena, bh_buf_string(&out));
}

/* Appends one page's elements; *out_after is the last one's id while there are more. */
static int
add_page(struct cli *cli, const char *path, struct bh_write *write, const char **out_after)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *data;
	const char *last;
	bool more = false;
	int status = cli_api_control(cli, "GET", path, NULL, &doc);

	if (status != CLI_OK)
		return status;
	data = bh_json_get(doc.root, "data");
	for (size_t i = 0; i < bh_json_count(data); i++)
		bh_write_json(write, bh_json_at(data, i));
	bh_json_bool(bh_json_get(doc.root, "has_more"), &more);
	last = bh_json_count(data) == 0
		? NULL
		: bh_json_get_string(bh_json_at(data, bh_json_count(data) - 1), "id");
	*out_after = more && last != NULL ? cli_api_escape(cli, last) : NULL;
	return CLI_OK;
}

int
cli_api_list(struct cli *cli, const char *path, struct bh_json_doc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	const char *after = NULL;
	int status;

	bh_buf_text(&text, "{\"object\":\"list\",\"data\":");
	bh_write_array(&write);
	do {
		status = add_page(cli,
			cli_api_path(cli, "%s?limit=100%s%s", path, after != NULL ? "&after=" : "",
				after != NULL ? after : ""),
			&write, &after);
	} while (status == CLI_OK && after != NULL);
	if (status != CLI_OK)
		return status;
	bh_write_end(&write);
	bh_buf_char(&text, '}');
	return bh_json_parse(text.data, text.len, out) < 0 ? CLI_FAILED : CLI_OK;
}

const struct bh_json *
cli_api_row(const struct bh_json *list, const char *member, const char *value)
{
	const struct bh_json *data = bh_json_get(list, "data");

	for (size_t i = 0; i < bh_json_count(data); i++) {
		const char *found = bh_json_get_string(bh_json_at(data, i), member);

		if (found != NULL && strcmp(found, value) == 0)
			return bh_json_at(data, i);
	}
	return NULL;
}

int
cli_api_find(struct cli *cli, const char *what, const char *query, const char *text,
	char out[BH_UUID_TEXT])
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct bh_uuid id;

	if (bh_uuid_parse(text, &id) < 0) {
		const char *found;
		int status = cli_api_control(cli, "GET",
			cli_api_path(cli, "%s%s", query, cli_api_escape(cli, text)), NULL, &doc);
		if (status != CLI_OK)
			return status;
		found = bh_json_get_string(bh_json_at(bh_json_get(doc.root, "data"), 0), "id");
		if (found == NULL || bh_uuid_parse(found, &id) < 0)
			return cli_refuse(CLI_NOT_FOUND, "%s '%.254s' not found", what, text);
	}
	bh_uuid_format(&id, out);
	return CLI_OK;
}

int
cli_api_tenant(struct cli *cli, const char *text, char out[BH_UUID_TEXT])
{
	if (strcmp(text, "platform") == 0) {
		bh_uuid_format(&bh_platform_tenant, out);
		return CLI_OK;
	}
	return cli_api_find(cli, "tenant", "/api/auth/api/tenants?name=", text, out);
}

int
cli_api_option_tenant(struct cli *cli, const char *preset, char out[BH_UUID_TEXT])
{
	const char *text = cli->options.tenant != NULL ? cli->options.tenant : preset;

	if (text == NULL)
		return cli_refuse(CLI_USAGE, "--tenant is required: the id or name of a tenant");
	return cli_api_tenant(cli, text, out);
}
