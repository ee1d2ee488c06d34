/* SPDX-License-Identifier: Apache-2.0 */
/* services.c: prints the services' rows, for people and for what is made from them. */
#include "service/services.h"

#include "cli/commands.h"
#include "cli/print.h"

int
cli_services_print(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{"NAME", "name"},
		{"USER", "user"},
		{"ROLE", "role"},
		{"CALLS", "calls"},
		{"USES", "uses"},
		{"QUEUE", "works_queue"},
	};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int rc;

	bh_services_write(cli->services, &text);
	rc = bh_json_parse(bh_buf_string(&text), text.len, &doc);
	if (rc < 0)
		return cli_fail(rc);
	cli_print_list(cli, doc.root, BH_LIST(columns));
	return CLI_OK;
}
