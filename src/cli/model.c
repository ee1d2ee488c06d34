/* SPDX-License-Identifier: Apache-2.0 */
/* model.c: bulkhead model … Without --tenant the platform's models are meant, which everybody may use. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/noun.h"
#include "sec/digest.h"

static const struct cli_column columns[] = {
	{"NAME", "name"},
	{"KIND", "kind"},
	{"URL", "url"},
	{"UPSTREAM", "upstream_model"},
	{"CONTEXT", "context"},
	{"CONCURRENCY", "concurrency"},
	{"RUNNING", "running"},
	{"WAITING", "waiting"},
	{"IN", "price_in"},
	{"OUT", "price_out"},
	{"TENANT", "tenant_id"},
};
static const struct cli_noun models = {
	"model",
	"model",
	"models",
	false,
	"platform",
	BH_LIST(columns),
	{NULL},
};

int
cli_model_list(struct cli *cli)
{
	return cli_noun_list(cli, &models);
}

static void
write_given(struct bh_write *write, const char *name, const char *text)
{
	if (text != NULL)
		bh_write_pair_text(write, name, text);
}

/* The body, which may hold the upstream's key. */
static int
write_new(struct cli *cli, struct bh_buf *body)
{
	const struct cli_options *options = &cli->options;
	struct bh_write write = {.out = body};
	struct bh_buf key = {0};
	int status = CLI_OK;

	bh_buf_room(body, 32 * BH_KIB);
	bh_write_object(&write);
	bh_write_pair_text(&write, "name", cli->args[0]);
	bh_write_pair_text(&write, "url", options->url);
	write_given(&write, "upstream_model", options->upstream_model);
	write_given(&write, "kind", options->kind);
	write_given(&write, "price_in", options->price_in);
	write_given(&write, "price_out", options->price_out);
	if (options->no_probe)
		bh_write_pair_bool(&write, "probe", false);
	status = cli_api_pair_number(&write, "context", "context", options->context, 1, 100000000);
	if (status == CLI_OK)
		status = cli_api_pair_number(&write, "dimensions", "dimensions", options->dimensions, 1,
			16384);
	if (status == CLI_OK)
		status = cli_api_pair_number(&write, "concurrency", "concurrency", options->concurrency, 1,
			10000);
	if (status == CLI_OK && options->api_key_stdin)
		status = cli_api_read_secret("the API key of the server", &key);
	if (key.len > 0)
		bh_write_pair_text(&write, "api_key", bh_buf_string(&key));
	bh_write_end(&write);
	if (key.data != NULL)
		bh_wipe(key.data, key.len);
	bh_buf_close(&key);
	return status;
}

int
cli_model_add(struct cli *cli)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	char tenant[BH_UUID_TEXT];
	int status;

	if (cli->options.url == NULL) {
		cli_say(
			"--url is required: the base URL of the server, such as https://api.example.com/v1");
		return CLI_USAGE;
	}
	status = cli_noun_tenant(cli, &models, tenant);
	if (status == CLI_OK)
		status = write_new(cli, &body);
	return status != CLI_OK ? status : cli_noun_act(cli, &models, tenant, "POST", "", &body);
}

int
cli_model_remove(struct cli *cli)
{
	char tenant[BH_UUID_TEXT];
	int status = cli_noun_tenant(cli, &models, tenant);

	if (status == CLI_OK)
		status = cli_noun_act(cli, &models, tenant, "DELETE",
			cli_api_path(cli, "/%s", cli_api_escape(cli, cli->args[0])), NULL);
	if (status == CLI_OK)
		cli_say("model %s has been removed", cli->args[0]);
	return status;
}

int
cli_model_default(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	char tenant[BH_UUID_TEXT];
	int status = cli_noun_tenant(cli, &models, tenant);

	bh_write_object(&write);
	bh_write_pair_text(&write, "model", cli->args[0]);
	write_given(&write, "kind", cli->options.kind);
	bh_write_end(&write);
	if (status == CLI_OK)
		status = cli_api_control(cli, "PUT",
			cli_api_path(cli, "/api/model/api/tenants/%s/default-model", tenant), &body, &doc);
	if (status == CLI_OK && cli->options.json)
		cli_print_json(doc.root);
	else if (status == CLI_OK)
		cli_say("`default` now refers to %s%s", cli->args[0],
			cli->options.tenant == NULL ? " for tenants without a default of their own" : "");
	return status;
}
