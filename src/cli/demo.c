/* SPDX-License-Identifier: Apache-2.0 */
/* demo.c: bulkhead demo seed and reset: a tenant to look at, which can be made again and removed. */
#include "cli/demo.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "sec/digest.h"
#include "supervisor/file.h"

#define NAME_DEFAULT "Northwind Demo"
#define QUICKSTART "Acme"
#define BYTES_MAX 4096u

/* ---- what is kept about it ---- */

const char *
cli_demo_path(const struct cli_demo *demo)
{
	return cli_api_path(demo->cli, "%s/demo.env", demo->cli->instance.place.home);
}

static const char *
value_of(const struct cli_demo *demo, const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = text; *line != '\0';
		 line += strcspn(line, "\n"), line += *line == '\n') {
		if (strncmp(line, name, len) == 0 && line[len] == '=')
			return bh_arena_copy(&demo->cli->instance.arena, line + len + 1,
				strcspn(line + len + 1, "\r\n"));
	}
	return NULL;
}

int
cli_demo_read(struct cli_demo *demo)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc = supervisor_file_read(cli_demo_path(demo), BYTES_MAX, &text);

	if (rc == BH_E_NOT_FOUND)
		return CLI_OK;
	if (rc < 0)
		return cli_fail(rc);
	demo->tenant = value_of(demo, bh_buf_string(&text), "DEMO_TENANT");
	demo->password = value_of(demo, bh_buf_string(&text), "DEMO_PASSWORD");
	bh_wipe(text.data, text.len);
	return CLI_OK;
}

int
cli_demo_write(const struct cli_demo *demo)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc;

	if (demo->tenant != NULL)
		bh_buf_printf(&text, "DEMO_TENANT=%s\n", demo->tenant);
	bh_buf_printf(&text, "DEMO_PASSWORD=%s\n", demo->password);
	rc = supervisor_file_write(cli_demo_path(demo), text.data, text.len, 0600);
	bh_wipe(text.data, text.len);
	return rc < 0 ? cli_fail(rc) : CLI_OK;
}

static const char *
new_password(struct cli *cli)
{
	unsigned char bytes[16];
	char text[2 * sizeof(bytes) + 1];

	bh_random(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	bh_wipe(bytes, sizeof(bytes));
	return bh_arena_strdup(&cli->instance.arena, text);
}

int
cli_demo_make(const struct cli_demo *demo, const char *service, const char *what, const char *json,
	struct bh_json_doc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};

	bh_buf_text(&body, json);
	return cli_api_control(demo->cli, "POST", cli_api_of(demo->cli, service, demo->tenant, what),
		&body, out);
}

/* ---- the tenant ---- */

/* Made-up people and figures do not belong beside real ones, unless that is wanted. *out is the row of the
 * tenant of that name, in `tenants`. */
static int
look_around(const struct cli_demo *demo, const struct bh_json *tenants, const struct bh_json **out)
{
	const struct bh_json *data = bh_json_get(tenants, "data");

	*out = cli_api_row(tenants, "name", demo->name);
	for (size_t i = 0; i < bh_json_count(data) && !demo->cli->options.yes; i++) {
		const char *name = bh_json_get_string(bh_json_at(data, i), "name");
		const char *id = bh_json_get_string(bh_json_at(data, i), "id");
		struct bh_uuid tenant;

		if (name == NULL || strcmp(name, QUICKSTART) == 0 || strcmp(name, demo->name) == 0 ||
			bh_uuid_parse(id, &tenant) < 0 || bh_uuid_equal(&tenant, &bh_platform_tenant) ||
			(demo->tenant != NULL && strcmp(id, demo->tenant) == 0))
			continue;
		return cli_refuse(CLI_FAILED,
			"this instance has tenants of its own (%.128s); to make a demonstration beside them, "
			"add "
			"--yes",
			name);
	}
	return CLI_OK;
}

static int
make_tenant(struct cli_demo *demo)
{
	static const struct bh_field fields[] = {{"name", BH_FIELD_TEXT}};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = cli_api_send(demo->cli, "POST", "/api/auth/api/tenants", BH_LIST(fields),
		&demo->name, &doc);
	const char *id = bh_json_get_string(doc.root, "id");

	if (status != CLI_OK || id == NULL)
		return status != CLI_OK ? status : CLI_FAILED;
	demo->tenant = bh_arena_strdup(&demo->cli->instance.arena, id);
	return cli_demo_write(demo);
}

/* A tenant of that name that this command did not make is left alone. */
static int
find_or_make_tenant(struct cli_demo *demo)
{
	BH_AUTO(bh_json_close) struct bh_json_doc tenants = {0};
	const struct bh_json *row = NULL;
	int status = cli_api_list(demo->cli, "/api/auth/api/tenants", &tenants);

	if (status == CLI_OK)
		status = look_around(demo, tenants.root, &row);
	if (status != CLI_OK)
		return status;
	if (row == NULL && demo->tenant != NULL &&
		cli_api_row(tenants.root, "id", demo->tenant) != NULL)
		return cli_refuse(CLI_FAILED,
			"there is a demonstration already; `bulkhead demo reset` removes it");
	if (row == NULL)
		return make_tenant(demo);
	if (demo->tenant != NULL && strcmp(demo->tenant, bh_json_get_string(row, "id")) == 0)
		return CLI_OK;
	return cli_refuse(CLI_FAILED,
		"the tenant '%.128s' is not a demonstration; name another with --tenant", demo->name);
}

/* ---- the commands ---- */

int
cli_demo_seed(struct cli *cli)
{
	static int (*const steps[])(struct cli_demo *) = {find_or_make_tenant, cli_demo_people,
		cli_demo_things, cli_demo_past, cli_demo_invoice, cli_demo_content};
	struct cli_demo demo = {.cli = cli,
		.name = cli->options.tenant != NULL ? cli->options.tenant : NAME_DEFAULT};
	int status = cli_demo_read(&demo);

	if (status == CLI_OK && demo.password == NULL) {
		demo.password = new_password(cli);
		status = cli_demo_write(&demo);
	}
	for (size_t i = 0; status == CLI_OK && i < BH_COUNT(steps); i++)
		status = steps[i](&demo);
	if (status != CLI_OK)
		return status;
	if (cli->options.json) {
		printf("{\"tenant\":\"%s\",\"owner\":\"%s\",\"file\":\"%s\"}\n", demo.tenant,
			cli_demo_emails[0], cli_demo_path(&demo));
		return CLI_OK;
	}
	printf("%s is there. Sign in at %s as:\n", demo.name, cli->instance.url);
	for (size_t i = 0; i < CLI_DEMO_PEOPLE; i++)
		printf("  %s\n", cli_demo_emails[i]);
	printf("with the password in %s. `bulkhead demo reset` removes it again.\n",
		cli_demo_path(&demo));
	return CLI_OK;
}

/* The password stays: its people remain known to the platform. */
int
cli_demo_reset(struct cli *cli)
{
	struct cli_demo demo = {.cli = cli};
	BH_AUTO(bh_json_close) struct bh_json_doc tenants = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc receipt = {0};
	const struct bh_json *row = NULL;
	int status = cli_demo_read(&demo);

	if (status == CLI_OK && demo.tenant != NULL)
		status = cli_api_list(cli, "/api/auth/api/tenants", &tenants);
	if (status != CLI_OK)
		return status;
	if (demo.tenant != NULL)
		row = cli_api_row(tenants.root, "id", demo.tenant);
	if (row != NULL)
		status = cli_api_control(cli, "DELETE",
			cli_api_path(cli, "/api/auth/api/tenants/%s?confirm=%s", demo.tenant,
				cli_api_escape(cli, bh_json_get_string(row, "name"))),
			NULL, &receipt);
	if (status != CLI_OK)
		return status;
	if (demo.tenant != NULL) {
		demo.tenant = NULL;
		status = cli_demo_write(&demo);
	}
	if (row != NULL)
		cli_say("the demonstration is closed and is being removed; see `bulkhead receipt show %s`",
			bh_json_get_string(receipt.root, "id"));
	else if (status == CLI_OK)
		cli_say("there is no demonstration");
	if (status == CLI_OK && cli->options.json)
		puts("{}");
	return status;
}
