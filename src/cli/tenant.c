/* SPDX-License-Identifier: Apache-2.0 */
/* tenant.c: bulkhead tenant … */
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/print.h"

static const struct cli_column columns[] = {
	{"ID", "id"},
	{"NAME", "name"},
	{"STATE", "state"},
	{"CREATED", "created_at"},
};

static void
show(struct cli *cli, const struct bh_json *tenant)
{
	if (cli->options.json)
		cli_print_json(tenant);
	else
		cli_print_object(tenant, BH_LIST(columns));
}

int
cli_tenant_create(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	int status;

	bh_write_object(&write);
	bh_write_pair_text(&write, "name", cli->args[0]);
	bh_write_end(&write);
	status = cli_api_control(cli, "POST", "/api/auth/api/tenants", &body, &doc);
	if (status == CLI_OK)
		show(cli, doc.root);
	return status;
}

int
cli_tenant_list(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = cli_api_list(cli, "/api/auth/api/tenants", &doc);

	if (status != CLI_OK)
		return status;
	if (cli->options.json)
		cli_print_json(doc.root);
	else
		cli_print_table(cli, bh_json_get(doc.root, "data"), BH_LIST(columns));
	return CLI_OK;
}

static int
set_state(struct cli *cli, const char *verb)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char tenant[BH_UUID_TEXT];
	int status = cli_api_tenant(cli, cli->args[0], tenant);

	if (status == CLI_OK)
		status = cli_api_control(cli, "POST",
			cli_api_path(cli, "/api/auth/api/tenants/%s/%s", tenant, verb), NULL, &doc);
	if (status == CLI_OK && doc.root != NULL)
		show(cli, doc.root);
	return status;
}

int
cli_tenant_suspend(struct cli *cli)
{
	return set_state(cli, "suspend");
}

int
cli_tenant_resume(struct cli *cli)
{
	return set_state(cli, "resume");
}
