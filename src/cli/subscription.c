/* SPDX-License-Identifier: Apache-2.0 */
/* subscription.c: bulkhead subscription … A tenant has one, so that it is named by its tenant. */
#include "cli/commands.h"
#include "cli/noun.h"

static const struct cli_column columns[] = {
	{"ID", "id"},
	{"STATE", "state"},
	{"PLAN", "plan.name"},
	{"VERSION", "plan.version"},
	{"PRICE", "plan.price"},
	{"CURRENCY", "plan.currency"},
	{"PERIOD", "period"},
	{"FROM", "period_from"},
	{"UNTIL", "period_until"},
	{"NEXT PLAN", "next_plan"},
	{"CANCELS AT END", "cancel_at_period_end"},
};

#define NOUN(path) \
	{ \
		"subscription", "billing", path, false, NULL, BH_LIST(columns) \
	}

static const struct cli_noun subscription = NOUN("subscription"),
							 subscriptions = NOUN("subscriptions"),
							 changing = NOUN("subscription/change"),
							 pausing = NOUN("subscription/pause"),
							 resuming = NOUN("subscription/resume"),
							 canceling = NOUN("subscription/cancel");

static const struct cli_member start[] = {
	{"plan", CLI_MEMBER_TEXT, CLI_OPTION(plan)},
	{"version", CLI_MEMBER_INT, CLI_OPTION(version), 1, CLI_LIMIT_MAX},
	{"trial", CLI_MEMBER_OFF, CLI_OPTION(no_trial)},
};

static const struct cli_member change[] = {
	{"plan", CLI_MEMBER_TEXT, CLI_OPTION(plan)},
	{"version", CLI_MEMBER_INT, CLI_OPTION(version), 1, CLI_LIMIT_MAX},
	{"when", CLI_MEMBER_TEXT, CLI_OPTION(when)},
};

static const struct cli_member cancel[] = {{"when", CLI_MEMBER_TEXT, CLI_OPTION(when)}};

const struct cli_act cli_subscription_start = {&subscription, "POST", NULL, BH_LIST(start),
	CLI_OPTION(plan), "the name or id of a plan"};
const struct cli_act cli_subscription_show = {&subscription, "GET", NULL};
const struct cli_act cli_subscription_all = {&subscriptions, "GET", NULL};
const struct cli_act cli_subscription_change = {&changing, "POST", NULL, BH_LIST(change),
	CLI_OPTION(plan), "the name or id of a plan"};
const struct cli_act cli_subscription_pause = {&pausing, "POST", NULL};
const struct cli_act cli_subscription_resume = {&resuming, "POST", NULL};
const struct cli_act cli_subscription_cancel = {&canceling, "POST", NULL, BH_LIST(cancel)};

int
cli_subscription_run(struct cli *cli)
{
	return cli_noun_act(cli, cli->command->act, NULL);
}
