/* SPDX-License-Identifier: Apache-2.0 */
/* cors.c: bulkhead cors …: whose browser pages may use a tenant's credentials. */
#include <string.h>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/print.h"

static const struct cli_column columns[] = {
	{"ORIGINS", "origins"},
};

static const char *
path_of(struct cli *cli, const char *tenant)
{
	return cli_api_of(cli, "auth", tenant, "cors");
}

int
cli_cors_list(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char tenant[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, NULL, tenant);

	if (status == CLI_OK)
		status = cli_api_control(cli, "GET", path_of(cli, tenant), NULL, &doc);
	if (status == CLI_OK)
		cli_print_thing(cli, doc.root, BH_LIST(columns));
	return status;
}

/* The whole list, or the word that means none. */
int
cli_cors_set(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	bool none = cli->n_args == 1 && strcmp(cli->args[0], "none") == 0;
	struct bh_write write = {.out = &body};
	char tenant[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, NULL, tenant);

	bh_write_object(&write);
	bh_write_name(&write, "origins");
	bh_write_array(&write);
	for (size_t i = 0; !none && i < cli->n_args; i++)
		bh_write_text(&write, cli->args[i]);
	bh_write_end(&write);
	bh_write_end(&write);
	if (status == CLI_OK)
		status = cli_api_control(cli, "PUT", path_of(cli, tenant), &body, &doc);
	if (status == CLI_OK)
		cli_print_thing(cli, doc.root, BH_LIST(columns));
	return status;
}
