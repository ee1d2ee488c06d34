/* model.c: bulkhead model … Without --tenant the platform's models are meant, which everybody may use. */
#include <stdio.h>
#include <string.h>

#include "cli/api.h"
#include "cli/commands.h"
#include "cli/print.h"
#include "sec/digest.h"

static const struct cli_column columns[] = {
	{"NAME", "name"}, {"KIND", "kind"}, {"URL", "url"}, {"UPSTREAM", "upstream_model"},
	{"CONTEXT", "context"}, {"IN", "price_in"}, {"OUT", "price_out"}, {"TENANT", "tenant_id"},
};

int
cli_model_list(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char tenant[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, "platform", tenant);

	if (status == CLI_OK)
		status = cli_api_control(cli, "GET",
			cli_api_path(cli, "/api/model/api/tenants/%s/models", tenant), NULL, &doc);
	if (status != CLI_OK)
		return status;
	if (cli->options.json)
		cli_print_json(doc.root);
	else
		cli_print_table(cli, bh_json_get(doc.root, "data"), BH_LIST(columns));
	return CLI_OK;
}

static void
write_given(struct bh_write *write, const char *name, const char *text)
{
	if (text != NULL)
		bh_write_pair_text(write, name, text);
}

/* The body; wiped by the caller, because it may hold the upstream's key. */
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
	if (status == CLI_OK && options->api_key_stdin)
		status = cli_api_read_secret("the server's key", &key);
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
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct bh_buf body = {0};
	char tenant[BH_UUID_TEXT];
	int status;

	if (cli->options.url == NULL) {
		cli_say("--url says where the model is served");
		return CLI_USAGE;
	}
	status = cli_api_option_tenant(cli, "platform", tenant);
	if (status == CLI_OK)
		status = write_new(cli, &body);
	if (status == CLI_OK)
		status = cli_api_control(cli, "POST",
			cli_api_path(cli, "/api/model/api/tenants/%s/models", tenant), &body, &doc);
	if (body.data != NULL)
		bh_wipe(body.data, body.len);
	bh_buf_close(&body);
	if (status != CLI_OK)
		return status;
	if (cli->options.json)
		cli_print_json(doc.root);
	else
		cli_print_object(doc.root, BH_LIST(columns));
	return CLI_OK;
}

int
cli_model_remove(struct cli *cli)
{
	char tenant[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, "platform", tenant);

	if (status == CLI_OK)
		status = cli_api_control(cli, "DELETE",
			cli_api_path(cli, "/api/model/api/tenants/%s/models/%s", tenant,
				cli_api_escape(cli, cli->args[0])), NULL, NULL);
	if (status == CLI_OK && cli->options.json)
		puts("{}");
	return status;
}

int
cli_model_default(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	char tenant[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, "platform", tenant);

	bh_write_object(&write);
	bh_write_pair_text(&write, "model", cli->args[0]);
	write_given(&write, "kind", cli->options.kind);
	bh_write_end(&write);
	if (status == CLI_OK)
		status = cli_api_control(cli, "PUT",
			cli_api_path(cli, "/api/model/api/tenants/%s/default-model", tenant), &body, &doc);
	if (status == CLI_OK && cli->options.json)
		cli_print_json(doc.root);
	return status;
}
