/* SPDX-License-Identifier: Apache-2.0 */
/* budget.c: budgets of a tenant, its teams, users and keys, as `bulkhead limit` sets and shows them. */
#include "cli/budget.h"

#include "cli/commands.h"
#include "cli/noun.h"

static const struct cli_member members[] = {
	{"day", CLI_MEMBER_TEXT, CLI_OPTION(budget_day), .word = "none"},
	{"total", CLI_MEMBER_TEXT, CLI_OPTION(budget_total), .word = "none"},
	{"thresholds", CLI_MEMBER_INTS, CLI_OPTION(notify), 1, 100},
	/* The tenant's own budget of a month is set with its other limits of models. */
	{"month", CLI_MEMBER_TEXT, CLI_OPTION(budget_month), .word = "none"},
};

enum { OF_TENANT = BH_COUNT(members) - 1 };

static const struct cli_column columns[] = {
	{"OWNER", "kind"},
	{"ID", "id"},
	{"NAME", "name"},
	{"DAY", "day"},
	{"SPENT TODAY", "day_spent"},
	{"MONTH", "month"},
	{"SPENT THIS MONTH", "month_spent"},
	{"TOTAL", "total"},
	{"SPENT", "total_spent"},
	{"RESERVED", "reserved"},
	{"NOTICES AT %", "thresholds"},
};

bool
cli_budget_has_owner(const struct cli *cli)
{
	return cli->options.key != NULL || cli->options.user != NULL || cli->options.team != NULL;
}

bool
cli_budget_is_given(const struct cli *cli)
{
	return cli_body_is_given(cli, members,
		cli_budget_has_owner(cli) ? BH_COUNT(members) : OF_TENANT);
}

/* Whose budget it is, by kind and id. */
static int
find_owner(struct cli *cli, const char *tenant, const char **out_kind, const char **out_id)
{
	const struct cli_options *options = &cli->options;
	const struct {
		const char *kind, *text;
		const struct cli_noun *noun;
	} owners[] = {
		{"key", options->key, cli_key_set.noun},
		{"user", options->user, cli_user_disable.noun},
		{"team", options->team, cli_team_archive.noun},
	};

	*out_kind = "tenant";
	*out_id = tenant;
	for (size_t i = 0; i < BH_COUNT(owners); i++) {
		if (owners[i].text == NULL)
			continue;
		*out_kind = owners[i].kind;
		return cli_noun_find(cli, owners[i].noun, tenant, owners[i].text, out_id);
	}
	return CLI_OK;
}

static const char *
path_of(struct cli *cli, const char *tenant, const char *kind, const char *id)
{
	return cli_api_of(cli, "billing", tenant, cli_api_path(cli, "budgets/%s/%s", kind, id));
}

int
cli_budget_set(struct cli *cli, const char *tenant)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *kind, *id;
	int status;

	if (!cli_budget_is_given(cli))
		return CLI_OK;
	status = cli_body_write(cli, members, cli_budget_has_owner(cli) ? BH_COUNT(members) : OF_TENANT,
		&body);
	if (status == CLI_OK)
		status = find_owner(cli, tenant, &kind, &id);
	if (status == CLI_OK)
		status = cli_api_control(cli, "PUT", path_of(cli, tenant, kind, id), &body, &doc);
	if (status == CLI_OK && cli_budget_has_owner(cli))
		cli_print_thing(cli, doc.root, BH_LIST(columns));
	return status;
}

int
cli_budget_add(struct cli *cli, const char *tenant, struct bh_write *write)
{
	static const char *const shown[][2] = {
		{"budget_day", "day"},
		{"budget_total", "total"},
		{"spent_today", "day_spent"},
		{"spent_ever", "total_spent"},
		{"notify", "thresholds"},
	};
	BH_AUTO(bh_json_close) struct bh_json_doc own = {0}, all = {0};
	int status = cli_api_control(cli, "GET", path_of(cli, tenant, "tenant", tenant), NULL, &own);

	if (status == CLI_OK)
		status = cli_api_list(cli, cli_api_of(cli, "billing", tenant, "budgets"), &all);
	for (size_t i = 0; status == CLI_OK && i < BH_COUNT(shown); i++) {
		const struct bh_json *value = bh_json_get(own.root, shown[i][1]);

		if (bh_json_kind(value) == BH_JSON_NULL && !cli->options.json)
			bh_write_pair_text(write, shown[i][0], "none");
		else if (value != NULL)
			bh_write_pair_json(write, shown[i][0], value);
	}
	if (status == CLI_OK)
		bh_write_pair_json(write, "budgets", bh_json_get(all.root, "data"));
	return status;
}

void
cli_budget_print(struct cli *cli, const struct bh_json *limits)
{
	const struct bh_json *budgets = bh_json_get(limits, "budgets");

	if (!cli->options.json && bh_json_count(budgets) > 0)
		cli_print_table(cli, budgets, BH_LIST(columns));
}
