/* SPDX-License-Identifier: Apache-2.0 */
/* team.c: bulkhead team … */
#include "cli/commands.h"
#include "cli/noun.h"

static const struct cli_column columns[] = {
	{"ID", "id"},
	{"NAME", "name"},
	{"MEMBERS", "members"},
	{"CREATED", "created_at"},
	{"ARCHIVED", "archived_at"},
};
static const struct cli_noun teams = {"team", "billing", "teams", true, NULL, BH_LIST(columns),
	.found_by = {"name"}};

static const struct cli_member created[] = {{"name", CLI_MEMBER_ARGUMENT}};
static const struct cli_member renamed[] = {{"name", CLI_MEMBER_TEXT, CLI_OPTION(name)}};

const struct cli_act cli_team_new = {&teams, "POST", NULL, BH_LIST(created)};
const struct cli_act cli_team_rename = {&teams, "POST", "", BH_LIST(renamed), CLI_OPTION(name),
	"the new name"};
const struct cli_act cli_team_archive = {&teams, "POST", "/archive"};
