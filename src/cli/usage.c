/* SPDX-License-Identifier: Apache-2.0 */
/* usage.c: bulkhead usage: the rows of one tenant, or of all, tenant by tenant as the walls want it. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/print.h"

enum { LINES_DEFAULT = 100, LINES_MAX = 10000 };

/* Appends a tenant's rows to the list, each with the tenant it is of. */
static int
add_rows(struct cli *cli, const char *tenant, int64_t lines, struct bh_write *write)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *path = cli_api_path(cli, "/api/model/api/tenants/%s/usage%s?limit=%lld%s%s%s%s",
		tenant, cli->options.quarantined ? "/quarantine" : "", (long long)lines,
		cli->options.request != NULL ? "&request_id=" : "",
		cli->options.request != NULL ? cli_api_escape(cli, cli->options.request) : "",
		cli->options.before != NULL ? "&before=" : "",
		cli->options.before != NULL ? cli_api_escape(cli, cli->options.before) : "");
	const struct bh_json *data;
	int status = cli_api_control(cli, "GET", path, NULL, &doc);

	if (status != CLI_OK)
		return status;
	data = bh_json_get(doc.root, "data");
	for (size_t i = 0; i < bh_json_count(data); i++) {
		const struct bh_json *value;
		const char *name;
		void *cursor = NULL;

		bh_write_object(write);
		bh_write_pair_text(write, "tenant_id", tenant);
		while (bh_json_next(bh_json_at(data, i), &cursor, &name, &value)) {
			if (strcmp(name, "tenant_id") != 0)
				bh_write_pair_json(write, name, value);
		}
		bh_write_end(write);
	}
	return CLI_OK;
}

static int
add_all(struct cli *cli, int64_t lines, struct bh_write *write)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = cli_api_list(cli, "/api/auth/api/tenants", &doc);
	const struct bh_json *data = bh_json_get(doc.root, "data");

	for (size_t i = 0; status == CLI_OK && i < bh_json_count(data); i++) {
		const struct bh_json *tenant = bh_json_at(data, i);
		const char *state = bh_json_get_string(tenant, "state");

		/* Of one that is being deleted nothing can be asked any more. */
		if (state != NULL && strcmp(state, "deleting") != 0)
			status = add_rows(cli, bh_json_get_string(tenant, "id"), lines, write);
		/* It was deleted after the list was made. */
		if (status == CLI_NOT_FOUND)
			status = CLI_OK;
	}
	return status;
}

static int
check_options(const struct cli_options *options, int64_t *lines)
{
	if (options->quarantined && (options->request != NULL || options->before != NULL))
		return cli_refuse(CLI_USAGE,
			"--request and --before cannot be combined with --quarantined");
	if (options->before != NULL && options->tenant == NULL)
		return cli_refuse(CLI_USAGE,
			"--before requires --tenant, because rows are paged within a tenant");
	if (options->lines != NULL && bh_text_int(options->lines, 1, LINES_MAX, lines) < 0)
		return cli_refuse(CLI_USAGE, "--lines must be an integer between 1 and %d", LINES_MAX);
	return CLI_OK;
}

/* Where one tenant's rows fill the page, how to see those before it. */
static void
say_older(const struct cli *cli, const struct bh_json *data, int64_t lines)
{
	size_t count = bh_json_count(data);

	if (cli->options.tenant == NULL || count < (size_t)lines)
		return;
	cli_say("for older rows: --before %s", bh_json_get_string(bh_json_at(data, count - 1), "id"));
}

int
cli_usage_list(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{"TIME", "time"},
		{"REQUEST", "request_id"},
		{"MODEL", "model"},
		{"KIND", "kind"},
		{"IN", "prompt_tokens"},
		{"CACHED", "cached_tokens"},
		{"OUT", "completion_tokens"},
		{"SOURCE", "source"},
		{"COST", "cost"},
		{"STATUS", "status"},
	};
	static const struct cli_column quarantined[] = {
		{"TIME", "time"},
		{"TENANT", "tenant_id"},
		{"CALL", "id"},
		{"COST", "cost"},
		{"REASON", "reason"},
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	char tenant[BH_UUID_TEXT];
	int64_t lines = LINES_DEFAULT;
	int status = check_options(&cli->options, &lines);

	if (status != CLI_OK)
		return status;
	bh_buf_text(&text, "{\"object\":\"list\",\"data\":");
	bh_write_array(&write);
	if (cli->options.tenant == NULL)
		status = add_all(cli, lines, &write);
	else
		status = cli_api_tenant(cli, cli->options.tenant, tenant);
	if (status == CLI_OK && cli->options.tenant != NULL)
		status = add_rows(cli, tenant, lines, &write);
	if (status != CLI_OK)
		return status;
	bh_write_end(&write);
	bh_buf_char(&text, '}');
	if (bh_json_parse(text.data, text.len, &doc) < 0)
		return CLI_FAILED;
	if (cli->options.quarantined)
		cli_print_list(cli, doc.root, BH_LIST(quarantined));
	else
		cli_print_list(cli, doc.root, BH_LIST(columns));
	if (!cli->options.quarantined && !cli->options.json)
		say_older(cli, bh_json_get(doc.root, "data"), lines);
	return CLI_OK;
}
