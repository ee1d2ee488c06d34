/* SPDX-License-Identifier: Apache-2.0 */
/* key.c: bulkhead key … */
#include "cli/key.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/noun.h"

#define DAY_S 86400
#define DAYS_MAX 3650
#define LIMIT_MAX 1000000000LL

static const struct cli_column columns[] = {
	{"ID", "id"},
	{"NAME", "name"},
	{"PREFIX", "prefix"},
	{"CREATED", "created_at"},
	{"LAST USED", "last_used_at"},
	{"EXPIRES", "expires_at"},
	{"REVOKED", "revoked_at"},
	{"PER MINUTE", "requests_per_minute"},
	{"CONCURRENCY", "concurrency"},
	{"SCOPES", "scopes"},
};
static const struct cli_noun keys = {
	"key",
	"auth",
	"keys",
	true,
	NULL,
	BH_LIST(columns),
	{"name", "prefix", NULL},
};

/* "expires_at" from --expires-days, a number or "never". */
static int
write_expires(struct cli *cli, struct bh_write *write)
{
	const char *text = cli->options.expires_days;
	int64_t days;

	if (text == NULL)
		return CLI_OK;
	if (strcmp(text, "never") == 0) {
		bh_write_pair_null(write, "expires_at");
		return CLI_OK;
	}
	if (bh_text_int(text, 1, DAYS_MAX, &days) < 0) {
		cli_say("--expires-days must be an integer between 1 and %d, or never", DAYS_MAX);
		return CLI_USAGE;
	}
	bh_write_pair_int(write, "expires_at", bh_clock_wall_ms() / 1000 + days * DAY_S);
	return CLI_OK;
}

/* What create and set have in common. */
static int
write_given(struct cli *cli, struct bh_write *write)
{
	const struct cli_options *options = &cli->options;
	int status;

	if (options->name != NULL)
		bh_write_pair_text(write, "name", options->name);
	status = cli_api_pair_number(write, "requests_per_minute", "requests-per-minute",
		options->requests_per_minute, 0, LIMIT_MAX);
	if (status == CLI_OK)
		status = cli_api_pair_number(write, "concurrency", "concurrency", options->concurrency, 0,
			LIMIT_MAX);
	return status == CLI_OK ? write_expires(cli, write) : status;
}

static int
write_new(struct cli *cli, struct bh_buf *body)
{
	struct bh_write write = {.out = body};
	int status;

	bh_write_object(&write);
	if (cli->options.n_scopes > 0) {
		bh_write_name(&write, "scopes");
		bh_write_array(&write);
		for (size_t i = 0; i < cli->options.n_scopes; i++)
			bh_write_text(&write, cli->options.scopes[i]);
		bh_write_end(&write);
	}
	status = write_given(cli, &write);
	bh_write_end(&write);
	return status;
}

int
cli_key_create(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	char tenant[BH_UUID_TEXT];
	int status = cli_noun_tenant(cli, &keys, tenant);

	if (status == CLI_OK)
		status = write_new(cli, &body);
	if (status == CLI_OK)
		status = cli_noun_send(cli, &keys, tenant, "POST", "", &body, &doc);
	if (status != CLI_OK)
		return status;
	cli_noun_show(cli, &keys, doc.root);
	if (cli->options.json)
		return CLI_OK;
	printf("%-20s %s\n", "KEY", bh_json_get_string(doc.root, "key"));
	fflush(stdout);
	cli_say("the key will not be shown again");
	return CLI_OK;
}

int
cli_key_list(struct cli *cli)
{
	return cli_noun_list(cli, &keys);
}

int
cli_key_change(struct cli *cli, const char *tenant, const char *key)
{
	const struct cli_options *options = &cli->options;
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	char id[BH_UUID_TEXT];
	int status;

	if (options->name == NULL && options->requests_per_minute == NULL &&
		options->concurrency == NULL && options->expires_days == NULL) {
		cli_say("no change specified; see `bulkhead help key set`");
		return CLI_USAGE;
	}
	bh_write_object(&write);
	status = write_given(cli, &write);
	bh_write_end(&write);
	if (status == CLI_OK)
		status = cli_noun_find(cli, &keys, tenant, key, id);
	return status != CLI_OK
		? status
		: cli_noun_act(cli, &keys, tenant, "POST", cli_api_path(cli, "/%s", id), &body);
}

int
cli_key_set(struct cli *cli)
{
	char tenant[BH_UUID_TEXT];
	int status = cli_noun_tenant(cli, &keys, tenant);

	return status != CLI_OK ? status : cli_key_change(cli, tenant, cli->args[0]);
}

int
cli_key_revoke(struct cli *cli)
{
	char tenant[BH_UUID_TEXT];
	char id[BH_UUID_TEXT];
	int status = cli_noun_tenant(cli, &keys, tenant);

	if (status == CLI_OK)
		status = cli_noun_find(cli, &keys, tenant, cli->args[0], id);
	if (status == CLI_OK)
		status = cli_noun_act(cli, &keys, tenant, "DELETE", cli_api_path(cli, "/%s", id), NULL);
	if (status == CLI_OK)
		cli_say("key %s has been revoked", id);
	return status;
}
