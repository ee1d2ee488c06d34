/* SPDX-License-Identifier: Apache-2.0 */
/* tenant.c: bulkhead tenant … */
#include "cli/commands.h"
#include "cli/noun.h"

static const struct cli_column columns[] = {
	{"ID", "id"},
	{"NAME", "name"},
	{"STATE", "state"},
	{"CREATED", "created_at"},
};
static const struct cli_noun tenants = {"tenant", "auth", "tenants", true, NULL, BH_LIST(columns),
	.find = cli_api_tenant};
static const struct cli_member members[] = {{"name", CLI_MEMBER_ARGUMENT}};

const struct cli_act cli_tenant_create = {&tenants, "POST", NULL, BH_LIST(members)};
const struct cli_act cli_tenant_suspend = {&tenants, "POST", "/suspend"};
const struct cli_act cli_tenant_resume = {&tenants, "POST", "/resume"};
