/* SPDX-License-Identifier: Apache-2.0 */
/* link.c: asks auth for a one-time link. The secret is in the fragment, which no server logs. */
#include "cli/link.h"

#include <stdio.h>

#include "cli/api.h"

int
cli_link_make(struct cli *cli, const char *tenant, const char *user, const char **out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *path;
	int status = cli_api_control(cli, "POST",
		cli_api_path(cli, "%s/%s/link", cli_api_of(cli, "auth", tenant, "users"), user), NULL,
		&doc);

	if (status != CLI_OK)
		return status;
	path = bh_json_get_string(doc.root, "url_path");
	if (path == NULL)
		return cli_refuse(CLI_FAILED, "auth did not return a link");
	*out = cli_api_path(cli, "%s%s", cli->instance.url, path);
	return CLI_OK;
}

int
cli_link_print(struct cli *cli, const char *tenant, const char *user)
{
	const char *url = NULL;
	int status = cli_link_make(cli, tenant, user, &url);

	if (status != CLI_OK)
		return status;
	if (cli->options.json)
		printf("{\"url\":\"%s\"}\n", url);
	else
		printf("%-20s %s\n", "LINK", url);
	return CLI_OK;
}
