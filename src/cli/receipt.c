/* SPDX-License-Identifier: Apache-2.0 */
/* receipt.c: bulkhead receipt … */
#include "cli/commands.h"
#include "cli/noun.h"

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

const struct cli_act cli_receipt_list = {&receipts, "GET", NULL};
