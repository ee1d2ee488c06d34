/* SPDX-License-Identifier: Apache-2.0 */
/* key.c: bulkhead key … */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/noun.h"

#define DAYS_MAX 3650

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
static const struct cli_noun keys = {"key", "auth", "keys", true, NULL, BH_LIST(columns),
	.found_by = {"name", "prefix"}};

/* A change has no scopes and no team: the command does not take them. */
static const struct cli_member members[] = {
	{"scopes", CLI_MEMBER_WORDS, CLI_OPTION(scopes)},
	{"name", CLI_MEMBER_TEXT, CLI_OPTION(name)},
	{"team_id", CLI_MEMBER_TEXT, CLI_OPTION(team)},
	{"requests_per_minute", CLI_MEMBER_INT, CLI_OPTION(requests_per_minute), 0, CLI_LIMIT_MAX},
	{"concurrency", CLI_MEMBER_INT, CLI_OPTION(concurrency), 0, CLI_LIMIT_MAX},
	{"expires_at", CLI_MEMBER_DAYS, CLI_OPTION(expires_days), 1, DAYS_MAX, "never"},
};

const struct cli_act cli_key_new = {&keys, "POST", NULL, BH_LIST(members)};
const struct cli_act cli_key_set = {&keys, "POST", "", BH_LIST(members), .changes = true};
const struct cli_act cli_key_revoke = {&keys, "DELETE", "", .verb_end = "revoked"};

int
cli_key_create(struct cli *cli)
{
	struct cli_done done = {0};
	char tenant[BH_UUID_TEXT];
	int status = CLI_OK;

	if (cli->options.team != NULL)
		status = cli_noun_tenant(cli, &keys, tenant);
	if (status == CLI_OK && cli->options.team != NULL)
		status = cli_noun_find(cli, cli_team_new.noun, tenant, cli->options.team,
			&cli->options.team);
	if (status == CLI_OK)
		status = cli_noun_do(cli, cli->command->act, NULL, &done);

	if (status == CLI_OK)
		cli_print_thing(cli, done.answer.root, BH_LIST(columns));
	if (status == CLI_OK && !cli->options.json) {
		printf("%-20s %s\n", "KEY", bh_json_get_string(done.answer.root, "key"));
		fflush(stdout);
		cli_say("the key will not be shown again");
	}
	bh_json_close(&done.answer);
	return status;
}
