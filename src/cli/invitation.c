/* SPDX-License-Identifier: Apache-2.0 */
/* invitation.c: bulkhead invitation …, and bulkhead outbox, where links wait that no mail server was given. */
#include "cli/commands.h"
#include "cli/noun.h"

static const struct cli_column columns[] = {
	{"ID", "id"},
	{"EMAIL", "email"},
	{"ROLE", "role"},
	{"STATE", "state"},
	{"SENT", "sent_at"},
	{"EXPIRES", "expires_at"},
};
static const struct cli_noun invitations = {"invitation", "auth", "invitations", true, NULL,
	BH_LIST(columns), .found_by = {"email"}};

static const struct cli_member members[] = {
	{"email", CLI_MEMBER_ARGUMENT},
	{"role", CLI_MEMBER_TEXT, CLI_OPTION(role)},
};

const struct cli_act cli_invitation_new = {&invitations, "POST", NULL, BH_LIST(members)};
const struct cli_act cli_invitation_resend = {&invitations, "POST", "/resend"};
const struct cli_act cli_invitation_revoke = {&invitations, "DELETE", "", .verb_end = "revoked"};

int
cli_invitation_create(struct cli *cli)
{
	if (cli->options.role == NULL)
		cli->options.role = "member";
	return cli_noun_run(cli);
}

int
cli_outbox_list(struct cli *cli)
{
	static const struct cli_column mails[] = {
		{"CREATED", "created_at"},
		{"KIND", "kind"},
		{"TO", "recipient"},
		{"STATE", "state"},
		{"ERROR", "error"},
		{"LINK", "link"},
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char tenant[BH_UUID_TEXT];
	const char *path = "/api/auth/api/outbox";
	int status = CLI_OK;

	if (cli->options.tenant != NULL) {
		status = cli_api_option_tenant(cli, NULL, tenant);
		path = cli_api_of(cli, "auth", tenant, "outbox");
	}
	if (status == CLI_OK)
		status = cli_api_control(cli, "GET", path, NULL, &doc);
	if (status == CLI_OK)
		cli_print_list(cli, doc.root, BH_LIST(mails));
	return status;
}
