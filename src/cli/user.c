/* user.c: bulkhead user … */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/link.h"
#include "cli/print.h"
#include "sec/digest.h"

static const struct cli_column columns[] = {
	{"ID", "id"}, {"EMAIL", "email"}, {"ROLE", "role"}, {"STATE", "state"},
	{"PASSWORD", "has_password"},
};

/* Finds a user of the tenant by id or email. */
static int
find(struct cli *cli, const char *tenant, const char *text, char out[BH_UUID_TEXT])
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *data;
	struct bh_uuid id;
	int status;

	if (bh_uuid_parse(text, &id) == 0) {
		bh_uuid_format(&id, out);
		return CLI_OK;
	}
	status = cli_api_list(cli,
		cli_api_path(cli, "/api/auth/api/tenants/%s/users", tenant), &doc);
	if (status != CLI_OK)
		return status;
	data = bh_json_get(doc.root, "data");
	for (size_t i = 0; i < bh_json_count(data); i++) {
		const char *email = bh_json_string(bh_json_get(bh_json_at(data, i), "email"));
		const char *user = bh_json_string(bh_json_get(bh_json_at(data, i), "id"));

		if (email == NULL || user == NULL || strcasecmp(email, text) != 0)
			continue;
		if (bh_uuid_parse(user, &id) < 0)
			continue;
		bh_uuid_format(&id, out);
		return CLI_OK;
	}
	cli_say("the tenant has no user %.128s", text);
	return CLI_NOT_FOUND;
}

/* The body of a new user; wiped by the caller, because it may hold a password. */
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
	struct bh_buf body = {0};
	char tenant[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, NULL, tenant);

	if (status == CLI_OK)
		status = write_new(cli, &body);
	if (status == CLI_OK)
		status = cli_api_control(cli, "POST",
			cli_api_path(cli, "/api/auth/api/tenants/%s/users", tenant), &body, &doc);
	if (body.data != NULL)
		bh_wipe(body.data, body.len);
	bh_buf_close(&body);
	if (status != CLI_OK)
		return status;
	if (cli->options.json) {
		cli_print_json(doc.root);
		return CLI_OK;
	}
	cli_print_object(doc.root, BH_LIST(columns));
	if (!cli->options.password_stdin)
		return cli_link_print(cli, tenant, bh_json_string(bh_json_get(doc.root, "id")));
	return CLI_OK;
}

int
cli_user_list(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char tenant[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, NULL, tenant);

	if (status == CLI_OK)
		status = cli_api_list(cli,
			cli_api_path(cli, "/api/auth/api/tenants/%s/users", tenant), &doc);
	if (status != CLI_OK)
		return status;
	if (cli->options.json)
		cli_print_json(doc.root);
	else
		cli_print_table(cli, bh_json_get(doc.root, "data"), BH_LIST(columns));
	return CLI_OK;
}

static int
act(struct cli *cli, const char *verb, const struct bh_buf *body)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char tenant[BH_UUID_TEXT];
	char user[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, NULL, tenant);

	if (status == CLI_OK)
		status = find(cli, tenant, cli->args[0], user);
	if (status == CLI_OK)
		status = cli_api_control(cli, "POST",
			cli_api_path(cli, "/api/auth/api/tenants/%s/users/%s/%s", tenant, user, verb), body,
			&doc);
	if (status != CLI_OK || doc.root == NULL)
		return status;
	if (cli->options.json)
		cli_print_json(doc.root);
	else
		cli_print_object(doc.root, BH_LIST(columns));
	return CLI_OK;
}

int
cli_user_set_role(struct cli *cli)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};

	if (cli->options.role == NULL) {
		cli_say("--role says which role is meant");
		return CLI_USAGE;
	}
	bh_write_object(&write);
	bh_write_pair_text(&write, "role", cli->options.role);
	bh_write_end(&write);
	return act(cli, "role", &body);
}

int
cli_user_disable(struct cli *cli)
{
	return act(cli, "disable", NULL);
}

int
cli_user_enable(struct cli *cli)
{
	return act(cli, "enable", NULL);
}

int
cli_user_link(struct cli *cli)
{
	char tenant[BH_UUID_TEXT];
	char user[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, NULL, tenant);

	if (status == CLI_OK)
		status = find(cli, tenant, cli->args[0], user);
	return status != CLI_OK ? status : cli_link_print(cli, tenant, user);
}
