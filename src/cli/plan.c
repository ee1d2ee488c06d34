/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c: bulkhead plan … */
#include "cli/commands.h"
#include "cli/noun.h"

#define UNITS_MAX 1000000000000000000LL

static const struct cli_column columns[] = {
	{"ID", "id"},
	{"NAME", "name"},
	{"VERSION", "version"},
	{"PRICE", "price"},
	{"CURRENCY", "currency"},
	{"INTERVAL", "interval"},
	{"BILLING", "billing"},
	{"TRIAL DAYS", "trial_days"},
	{"PUBLIC", "public"},
	{"ENTITLEMENTS", "entitlements"},
	{"ARCHIVED", "archived_at"},
};

static int
find(struct cli *cli, const char *text, char out[BH_UUID_TEXT])
{
	return cli_api_find(cli, "plan", "/api/billing/api/plans?name=", text, out);
}

static const struct cli_noun plans = {"plan", "billing", "plans", false, NULL, BH_LIST(columns),
	.find = find};

/* What a new plan and a revision can say. */
#define MEMBERS \
	{"price", CLI_MEMBER_TEXT, CLI_OPTION(monthly)}, \
		{"interval", CLI_MEMBER_WORD, CLI_OPTION(monthly), .word = "month"}, \
		{"price", CLI_MEMBER_TEXT, CLI_OPTION(yearly)}, \
		{"interval", CLI_MEMBER_WORD, CLI_OPTION(yearly), .word = "year"}, \
		{"currency", CLI_MEMBER_TEXT, CLI_OPTION(currency)}, \
		{"billing", CLI_MEMBER_TEXT, CLI_OPTION(billing)}, \
		{"credit", CLI_MEMBER_TEXT, CLI_OPTION(credit)}, \
		{"trial_days", CLI_MEMBER_INT, CLI_OPTION(trial_days), 0, 366}, \
		{"seats", CLI_MEMBER_INT, CLI_OPTION(seats), 0, CLI_LIMIT_MAX}, \
		{"requests_per_minute", CLI_MEMBER_INT, CLI_OPTION(requests_per_minute), 0, \
			CLI_LIMIT_MAX}, \
		{"concurrency", CLI_MEMBER_INT, CLI_OPTION(concurrency), 0, CLI_LIMIT_MAX}, \
		{"tokens_per_minute", CLI_MEMBER_INT, CLI_OPTION(tokens_per_minute), 0, CLI_LIMIT_MAX}, \
		{"public", CLI_MEMBER_ON, CLI_OPTION(is_public)}, \
		{"public", CLI_MEMBER_OFF, CLI_OPTION(is_private)}, \
		{"included", CLI_MEMBER_UNITS, CLI_OPTION(included), 0, UNITS_MAX}, \
		{"overage", CLI_MEMBER_PAIRS, CLI_OPTION(overage)}, \
	{ \
		"entitlements", CLI_MEMBER_WORDS, CLI_OPTION(entitled) \
	}

static const struct cli_member new_members[] = {{"name", CLI_MEMBER_ARGUMENT}, MEMBERS};
static const struct cli_member members[] = {MEMBERS};

const struct cli_act cli_plan_new = {&plans, "POST", NULL, BH_LIST(new_members)};
const struct cli_act cli_plan_revise = {&plans, "POST", "/revise", BH_LIST(members),
	.changes = true};
const struct cli_act cli_plan_show = {&plans, "GET", ""};
const struct cli_act cli_plan_archive = {&plans, "DELETE", "", .verb_end = "archived"};

int
cli_plan_create(struct cli *cli)
{
	if ((cli->options.monthly == NULL) == (cli->options.yearly == NULL))
		return cli_refuse(CLI_USAGE,
			"either --monthly or --yearly is required: the price, such as "
			"49.00");
	return cli_noun_run(cli);
}
