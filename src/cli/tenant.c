/* SPDX-License-Identifier: Apache-2.0 */
/* tenant.c: bulkhead tenant … */
#include "cli/commands.h"
#include "cli/noun.h"

static const struct cli_column columns[] = {
	{"ID", "id"},
	{"NAME", "name"},
	{"STATE", "state"},
	{"CREATED", "created_at"},
};
static const struct cli_noun tenants = {"tenant", "auth", "tenants", true, NULL, BH_LIST(columns),
	.find = cli_api_tenant};
static const struct cli_member members[] = {{"name", CLI_MEMBER_ARGUMENT}};

const struct cli_act cli_tenant_create = {&tenants, "POST", NULL, BH_LIST(members)};
const struct cli_act cli_tenant_suspend = {&tenants, "POST", "/suspend"};
const struct cli_act cli_tenant_resume = {&tenants, "POST", "/resume"};

static const struct cli_member settings[] = {
	{"grounding", CLI_MEMBER_TEXT, CLI_OPTION(grounding), .word = "default"},
};

static const struct cli_column settings_columns[] = {
	{"GROUNDING", "grounding"},
};

int
cli_tenant_set(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	bool changes = cli_body_is_given(cli, BH_LIST(settings));
	char tenant[BH_UUID_TEXT];
	int status = cli_api_tenant(cli, cli->args[0], tenant);

	if (status == CLI_OK && changes)
		status = cli_body_write(cli, BH_LIST(settings), &body);
	if (status == CLI_OK)
		status = cli_api_control(cli, changes ? "PUT" : "GET",
			cli_api_of(cli, "agent", tenant, "responses"), changes ? &body : NULL, &doc);
	if (status == CLI_OK)
		cli_print_thing(cli, doc.root, BH_LIST(settings_columns));
	return status;
}

/* The name is said twice, because nothing brings the tenant back. */
int
cli_tenant_delete(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char tenant[BH_UUID_TEXT];
	int status;

	if (cli->options.confirm == NULL)
		return cli_refuse(CLI_USAGE, "--confirm is required: the name of the tenant");
	status = cli_api_tenant(cli, cli->args[0], tenant);
	if (status == CLI_OK)
		status = cli_api_control(cli, "DELETE",
			cli_api_path(cli, "/api/auth/api/tenants/%s?confirm=%s", tenant,
				cli_api_escape(cli, cli->options.confirm)),
			NULL, &doc);
	if (status != CLI_OK)
		return status;
	cli_receipt_print(cli, doc.root);
	cli_say("the tenant is closed and is being removed; see `bulkhead receipt show %s`",
		bh_json_get_string(doc.root, "id"));
	return CLI_OK;
}
