/* SPDX-License-Identifier: Apache-2.0 */
/* receipt.c: bulkhead receipt … */

#include "cli/commands.h"
#include "cli/noun.h"

/* What a tenant has deleted itself. */
static const struct cli_column columns[] = {
	{"ID", "id"},
	{"CREATED", "created_at"},
	{"KIND", "kind"},
	{"SUBJECT", "subject"},
	{"STATUS", "status"},
	{"REMOVED", "removed"},
};
static const struct cli_noun receipts = {"receipt", "rag", "receipts", true, NULL,
	BH_LIST(columns)};

/* Tenants that were deleted. */
static const struct cli_column deletion_columns[] = {
	{"ID", "id"},
	{"CREATED", "created_at"},
	{"TENANT", "name"},
	{"STATUS", "status"},
	{"COMPLETED", "completed_at"},
	{"KEY DESTROYED", "key_destroyed_at"},
	{"SHA-256", "receipt_sha256"},
};

/* A receipt has no name. */
static int
find(struct cli *cli, const char *text, char out[BH_UUID_TEXT])
{
	struct bh_uuid id;

	(void)cli;
	if (bh_uuid_parse(text, &id) < 0)
		return cli_refuse(CLI_NOT_FOUND, "receipt '%.128s' not found; see `bulkhead receipt list`",
			text);
	bh_uuid_format(&id, out);
	return CLI_OK;
}

static const struct cli_noun deletions = {"receipt", "auth", "receipts", true, NULL,
	BH_LIST(deletion_columns), .find = find};

const struct cli_act cli_receipt_show = {&deletions, "GET", ""};

void
cli_receipt_print(const struct cli *cli, const struct bh_json *receipt)
{
	cli_print_thing(cli, receipt, BH_LIST(deletion_columns));
}

int
cli_receipt_list(struct cli *cli)
{
	return cli_noun_list_of(cli, cli->options.tenant != NULL ? &receipts : &deletions);
}
