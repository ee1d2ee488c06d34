/* SPDX-License-Identifier: Apache-2.0 */
/* store.c: bulkhead store … */
#include "cli/commands.h"
#include "cli/noun.h"

static const struct cli_column columns[] = {
	{"ID", "id"},
	{"NAME", "name"},
	{"STATUS", "status"},
	{"BYTES", "usage_bytes"},
	{"CHUNKS", "bulkhead.chunks"},
	{"EMBEDDING MODEL", "bulkhead.embedding_model"},
	{"NEXT MODEL", "bulkhead.change.embedding_model"},
	{"CHANGE", "bulkhead.change.status"},
	{"DONE", "bulkhead.change.done"},
	{"ERROR", "bulkhead.change.error"},
};
static const struct cli_noun stores = {"store", "rag", "vector_stores", true, NULL,
	BH_LIST(columns)};

const struct cli_act cli_store_list = {&stores, "GET", NULL};

void
cli_store_print(const struct cli *cli, const struct bh_json *store)
{
	cli_print_thing(cli, store, BH_LIST(columns));
}

/* The change is a job: what comes back shows the model that is still searched by. */
int
cli_store_set(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	char tenant[BH_UUID_TEXT];
	int status;

	if (cli->options.embedding_model == NULL)
		return cli_refuse(CLI_USAGE, "--embedding-model is required: the name of a model");
	bh_write_object(&write);
	bh_write_name(&write, "bulkhead");
	bh_write_object(&write);
	bh_write_pair_text(&write, "embedding_model", cli->options.embedding_model);
	bh_write_end(&write);
	bh_write_end(&write);
	status = cli_api_option_tenant(cli, NULL, tenant);
	if (status == CLI_OK)
		status = cli_api_control(cli, "POST",
			cli_api_path(cli, "%s/%s", cli_api_of(cli, "rag", tenant, "vector_stores"),
				cli_api_escape(cli, cli->args[0])),
			&body, &doc);
	if (status == CLI_OK)
		cli_store_print(cli, doc.root);
	return status;
}
