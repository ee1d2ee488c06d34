/* SPDX-License-Identifier: Apache-2.0 */
/* user.c: bulkhead user … A user is a person's membership in a tenant; --everywhere means the person. */
#include "cli/commands.h"
#include "cli/link.h"
#include "cli/noun.h"

static const struct cli_column columns[] = {
	{"ID", "id"},
	{"EMAIL", "email"},
	{"NAME", "name"},
	{"ROLE", "role"},
	{"STATE", "state"},
	{"EVERYWHERE", "account_state"},
	{"PASSWORD", "has_password"},
};
static const struct cli_noun users = {"user", "auth", "users", true, NULL, BH_LIST(columns),
	.found_by = {"email"}};

static const struct cli_member members[] = {
	{"email", CLI_MEMBER_ARGUMENT},
	{"role", CLI_MEMBER_TEXT, CLI_OPTION(role)},
	{"name", CLI_MEMBER_TEXT, CLI_OPTION(name)},
	{"password", CLI_MEMBER_SECRET, CLI_OPTION(password_stdin), .word = "the password"},
};

const struct cli_act cli_user_new = {&users, "POST", NULL, BH_LIST(members)};
const struct cli_act cli_user_set_role = {&users, "POST", "/role", &members[1], 1, CLI_OPTION(role),
	"owner, admin, member or viewer"};
const struct cli_act cli_user_disable = {&users, "POST", "/disable"};
const struct cli_act cli_user_enable = {&users, "POST", "/enable"};

int
cli_user_create(struct cli *cli)
{
	struct cli_done done = {0};
	int status;

	if (cli->options.role == NULL)
		cli->options.role = "member";
	status = cli_noun_do(cli, cli->command->act, NULL, &done);
	if (status == CLI_OK)
		cli_print_thing(cli, done.answer.root, BH_LIST(columns));
	if (status == CLI_OK && !cli->options.json && !cli->options.password_stdin)
		status = cli_link_print(cli, done.tenant, bh_json_get_string(done.answer.root, "id"));
	bh_json_close(&done.answer);
	return status;
}

int
cli_user_link(struct cli *cli)
{
	char tenant[BH_UUID_TEXT];
	const char *user;
	int status = cli_noun_tenant(cli, &users, tenant);

	if (status == CLI_OK)
		status = cli_noun_find(cli, &users, tenant, cli->args[0], &user);
	return status != CLI_OK ? status : cli_link_print(cli, tenant, user);
}

/* ---- disable and enable ---- */

/* The person behind an address, on the whole platform. */
static int
find_person(struct cli *cli, const char *text, char out[BH_UUID_TEXT])
{
	return cli_api_find(cli, "user", "/api/auth/api/accounts?email=", text, out);
}

int
cli_user_switch(struct cli *cli)
{
	static const struct cli_column person[] = {
		{"ID", "id"},
		{"EMAIL", "email"},
		{"NAME", "name"},
		{"EVERYWHERE", "state"},
		{"TENANTS", "tenants"},
	};
	static const struct cli_noun accounts = {"user", "auth", "accounts", .columns = person,
		.n_columns = BH_COUNT(person), .find = find_person};
	struct cli_act act = *cli->command->act;

	if (!cli->options.everywhere)
		return cli_noun_run(cli);
	if (cli->options.tenant != NULL)
		return cli_refuse(CLI_USAGE, "--everywhere cannot be combined with --tenant");
	act.noun = &accounts;
	return cli_noun_act(cli, &act, cli->args[0]);
}
