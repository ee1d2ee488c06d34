/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c: bulkhead audit search: the index of the audit files, of one tenant or of all. */
#include "base/text.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/print.h"

#define LINES_DEFAULT 50
#define LINES_MAX 100000
#define PAGE_MOST 200

/* `&name=value`, where there is one. */
static const char *
pair(struct cli *cli, const char *name, const char *value)
{
	if (value == NULL)
		return "";
	return bh_arena_printf(&cli->instance.arena, "&%s=%s", name, cli_api_escape(cli, value));
}

static const char *
make_path(struct cli *cli, const char *tenant, int64_t limit, const char *after)
{
	const struct cli_options *options = &cli->options;
	const char *of = tenant != NULL ? cli_api_of(cli, "auth", tenant, "audit")
									: "/api/auth/api/platform/audit";

	return bh_arena_printf(&cli->instance.arena, "%s?limit=%lld%s%s%s%s%s%s", of,
		(long long)(limit < PAGE_MOST ? limit : PAGE_MOST), pair(cli, "after", after),
		pair(cli, "actor", options->actor), pair(cli, "action", options->action),
		pair(cli, "object", options->object), pair(cli, "request_id", options->request),
		pair(cli, "text", cli->n_args > 0 ? cli->args[0] : NULL));
}

/* Pages until there are as many rows as wanted; a page may be short and have more behind it. */
static int
add_pages(struct cli *cli, const char *tenant, int64_t lines, struct bh_write *write)
{
	const char *after = cli->options.before;
	int status = CLI_OK;

	while (status == CLI_OK && lines > 0) {
		BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
		const struct bh_json *data;
		const char *next;

		status = cli_api_control(cli, "GET", make_path(cli, tenant, lines, after), NULL, &doc);
		data = bh_json_get(doc.root, "data");
		for (size_t i = 0; i < bh_json_count(data); i++)
			bh_write_json(write, bh_json_at(data, i));
		lines -= (int64_t)bh_json_count(data);
		next = bh_json_get_string(doc.root, "next");
		if (next == NULL)
			break;
		after = bh_arena_strdup(&cli->instance.arena, next);
	}
	return status;
}

int
cli_audit_search(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{"TIME", "time"},
		{"TENANT", "tenant_id"},
		{"ACTION", "action"},
		{"ACTOR", "actor"},
		{"TARGET", "target"},
		{"STATUS", "status"},
		{"REQUEST", "request_id"},
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	char tenant[BH_UUID_TEXT];
	int64_t lines = LINES_DEFAULT;
	int status = CLI_OK;

	if (cli->options.lines != NULL && bh_text_int(cli->options.lines, 1, LINES_MAX, &lines) < 0)
		return cli_refuse(CLI_USAGE, "--lines must be an integer between 1 and %d", LINES_MAX);
	if (cli->options.tenant != NULL)
		status = cli_api_tenant(cli, cli->options.tenant, tenant);
	bh_write_object(&write);
	bh_write_pair_text(&write, "object", "list");
	bh_write_name(&write, "data");
	bh_write_array(&write);
	if (status == CLI_OK)
		status = add_pages(cli, cli->options.tenant != NULL ? tenant : NULL, lines, &write);
	bh_write_end(&write);
	bh_write_end(&write);
	if (status != CLI_OK)
		return status;
	if (bh_json_parse(text.data, text.len, &doc) < 0)
		return CLI_FAILED;
	cli_print_list(cli, doc.root, BH_LIST(columns));
	return CLI_OK;
}
