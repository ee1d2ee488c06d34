/* key.c: bulkhead key … */
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/print.h"

#define DAY_S 86400

static const struct cli_column columns[] = {
	{"ID", "id"}, {"NAME", "name"}, {"PREFIX", "prefix"}, {"SCOPES", "scopes"},
	{"CREATED", "created_at"}, {"EXPIRES", "expires_at"}, {"REVOKED", "revoked_at"},
};

static int
write_new(struct cli *cli, struct bh_buf *body)
{
	struct bh_write write = {.out = body};
	int64_t days = 0;

	bh_write_object(&write);
	if (cli->options.name != NULL)
		bh_write_pair_text(&write, "name", cli->options.name);
	if (cli->options.n_scopes > 0) {
		bh_write_name(&write, "scopes");
		bh_write_array(&write);
		for (size_t i = 0; i < cli->options.n_scopes; i++)
			bh_write_text(&write, cli->options.scopes[i]);
		bh_write_end(&write);
	}
	if (cli->options.expires_days != NULL && bh_text_int(cli->options.expires_days, 1, 3650, &days) < 0) {
		cli_say("--expires-days expects a whole number from 1 to 3650");
		return CLI_USAGE;
	}
	if (days > 0)
		bh_write_pair_int(&write, "expires_at", bh_clock_wall_ms() / 1000 + days * DAY_S);
	bh_write_end(&write);
	return CLI_OK;
}

int
cli_key_create(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	char tenant[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, NULL, tenant);

	if (status == CLI_OK)
		status = write_new(cli, &body);
	if (status == CLI_OK)
		status = cli_api_control(cli, "POST",
			cli_api_path(cli, "/api/auth/api/tenants/%s/keys", tenant), &body, &doc);
	if (status != CLI_OK)
		return status;
	if (cli->options.json) {
		cli_print_json(doc.root);
		return CLI_OK;
	}
	cli_print_object(doc.root, BH_LIST(columns));
	printf("%-20s %s\n", "KEY", bh_json_string(bh_json_get(doc.root, "key")));
	cli_say("the key is not shown again");
	return CLI_OK;
}

int
cli_key_list(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char tenant[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, NULL, tenant);

	if (status == CLI_OK)
		status = cli_api_list(cli,
			cli_api_path(cli, "/api/auth/api/tenants/%s/keys", tenant), &doc);
	if (status != CLI_OK)
		return status;
	if (cli->options.json)
		cli_print_json(doc.root);
	else
		cli_print_table(cli, bh_json_get(doc.root, "data"), BH_LIST(columns));
	return CLI_OK;
}

int
cli_key_revoke(struct cli *cli)
{
	char tenant[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, NULL, tenant);

	if (status == CLI_OK)
		status = cli_api_control(cli, "DELETE",
			cli_api_path(cli, "/api/auth/api/tenants/%s/keys/%s", tenant,
				cli_api_escape(cli, cli->args[0])), NULL, NULL);
	if (status == CLI_OK && cli->options.json)
		puts("{}");
	return status;
}
