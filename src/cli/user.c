/* SPDX-License-Identifier: Apache-2.0 */
/* user.c: bulkhead user … A user is a person's membership in a tenant; --everywhere means the person. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/link.h"
#include "cli/noun.h"
#include "sec/digest.h"

static const struct cli_column columns[] = {
	{"ID", "id"},
	{"EMAIL", "email"},
	{"NAME", "name"},
	{"ROLE", "role"},
	{"STATE", "state"},
	{"EVERYWHERE", "account_state"},
	{"PASSWORD", "has_password"},
};
static const struct cli_noun users = {
	"user",
	"auth",
	"users",
	true,
	NULL,
	BH_LIST(columns),
	{"email", NULL},
};

/* The body of a new user, which may hold a password. */
static int
write_new(struct cli *cli, struct bh_buf *body)
{
	struct bh_write write = {.out = body};
	struct bh_buf password = {0};
	int status = CLI_OK;

	bh_buf_room(body, 16 * BH_KIB);
	bh_write_object(&write);
	bh_write_pair_text(&write, "email", cli->args[0]);
	bh_write_pair_text(&write, "role", cli->options.role != NULL ? cli->options.role : "member");
	if (cli->options.name != NULL)
		bh_write_pair_text(&write, "name", cli->options.name);
	if (cli->options.password_stdin)
		status = cli_api_read_secret("the password", &password);
	if (password.len > 0)
		bh_write_pair_text(&write, "password", bh_buf_string(&password));
	bh_write_end(&write);
	if (password.data != NULL)
		bh_wipe(password.data, password.len);
	bh_buf_close(&password);
	return status;
}

int
cli_user_create(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	char tenant[BH_UUID_TEXT];
	int status = cli_noun_tenant(cli, &users, tenant);

	if (status == CLI_OK)
		status = write_new(cli, &body);
	if (status == CLI_OK)
		status = cli_noun_send(cli, &users, tenant, "POST", "", &body, &doc);
	if (status != CLI_OK)
		return status;
	cli_noun_show(cli, &users, doc.root);
	if (cli->options.json || cli->options.password_stdin)
		return CLI_OK;
	return cli_link_print(cli, tenant, bh_json_get_string(doc.root, "id"));
}

int
cli_user_list(struct cli *cli)
{
	return cli_noun_list(cli, &users);
}

/* POST …/users/ID/VERB */
static int
act(struct cli *cli, const char *verb, struct bh_buf *body)
{
	char tenant[BH_UUID_TEXT];
	char user[BH_UUID_TEXT];
	int status = cli_noun_tenant(cli, &users, tenant);

	if (status == CLI_OK)
		status = cli_noun_find(cli, &users, tenant, cli->args[0], user);
	return status != CLI_OK
		? status
		: cli_noun_act(cli, &users, tenant, "POST", cli_api_path(cli, "/%s/%s", user, verb), body);
}

int
cli_user_set_role(struct cli *cli)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};

	if (cli->options.role == NULL) {
		cli_say("--role is required: owner, admin, member or viewer");
		return CLI_USAGE;
	}
	bh_write_object(&write);
	bh_write_pair_text(&write, "role", cli->options.role);
	bh_write_end(&write);
	return act(cli, "role", &body);
}

/* ---- disable and enable ---- */

/* The person behind an address, on the whole platform. */
static int
find_person(struct cli *cli, const char *email, char out[BH_UUID_TEXT])
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct bh_uuid id;
	const char *found;
	int status;

	if (bh_uuid_parse(email, &id) == 0) {
		bh_uuid_format(&id, out);
		return CLI_OK;
	}
	status = cli_api_control(cli, "GET",
		cli_api_path(cli, "/api/auth/api/accounts?email=%s", cli_api_escape(cli, email)), NULL,
		&doc);
	if (status != CLI_OK)
		return status;
	found = bh_json_get_string(bh_json_at(bh_json_get(doc.root, "data"), 0), "id");
	if (found == NULL || bh_uuid_parse(found, &id) < 0) {
		cli_say("user '%.254s' not found", email);
		return CLI_NOT_FOUND;
	}
	bh_uuid_format(&id, out);
	return CLI_OK;
}

static int
act_everywhere(struct cli *cli, const char *verb)
{
	static const struct cli_column person[] = {
		{"ID", "id"},
		{"EMAIL", "email"},
		{"NAME", "name"},
		{"EVERYWHERE", "state"},
		{"TENANTS", "tenants"},
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char id[BH_UUID_TEXT];
	int status;

	if (cli->options.tenant != NULL) {
		cli_say("--everywhere cannot be combined with --tenant");
		return CLI_USAGE;
	}
	status = find_person(cli, cli->args[0], id);
	if (status == CLI_OK)
		status = cli_api_control(cli, "POST",
			cli_api_path(cli, "/api/auth/api/accounts/%s/%s", id, verb), NULL, &doc);
	if (status != CLI_OK)
		return status;
	if (cli->options.json)
		cli_print_json(doc.root);
	else
		cli_print_object(doc.root, BH_LIST(person));
	return CLI_OK;
}

int
cli_user_disable(struct cli *cli)
{
	return cli->options.everywhere ? act_everywhere(cli, "disable") : act(cli, "disable", NULL);
}

int
cli_user_enable(struct cli *cli)
{
	return cli->options.everywhere ? act_everywhere(cli, "enable") : act(cli, "enable", NULL);
}

int
cli_user_link(struct cli *cli)
{
	char tenant[BH_UUID_TEXT];
	char user[BH_UUID_TEXT];
	int status = cli_noun_tenant(cli, &users, tenant);

	if (status == CLI_OK)
		status = cli_noun_find(cli, &users, tenant, cli->args[0], user);
	return status != CLI_OK ? status : cli_link_print(cli, tenant, user);
}
