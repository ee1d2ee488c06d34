/* SPDX-License-Identifier: Apache-2.0 */
/* limit.c: bulkhead limit …: requests and concurrency are auth's, tokens and a month's money are model's, budgets billing's, storage is
 * rag's, what responses keep is agent's. */
#include "cli/budget.h"
#include "cli/commands.h"
#include "cli/noun.h"

#define STORAGE_MAX 1000000000000000LL

static const struct cli_member limits[] = {
	{"requests_per_minute", CLI_MEMBER_INT, CLI_OPTION(requests_per_minute), 0, CLI_LIMIT_MAX},
	{"concurrency", CLI_MEMBER_INT, CLI_OPTION(concurrency), 0, CLI_LIMIT_MAX},
};
static const struct cli_member budget[] = {
	{"tokens_per_minute", CLI_MEMBER_INT, CLI_OPTION(tokens_per_minute), 0, CLI_LIMIT_MAX},
	{"budget_month", CLI_MEMBER_TEXT, CLI_OPTION(budget_month), .word = "none"},
};
static const struct cli_member storage[] = {
	{"storage_bytes", CLI_MEMBER_SIZE, CLI_OPTION(storage), 0, STORAGE_MAX},
	{"storage_files", CLI_MEMBER_INT, CLI_OPTION(files), 0, CLI_LIMIT_MAX},
};

/* Where they are kept, and what can be set there. */
static const struct part {
	const char *service, *path;
	const struct cli_member *members;
	size_t n;
} parts[] = {
	{"auth", "limits", BH_LIST(limits)},
	{"model", "budget", BH_LIST(budget)},
	{"rag", "storage", BH_LIST(storage)},
	{"agent", "responses", NULL, 0},
};

static const struct cli_column columns[] = {
	{"TENANT", "tenant_id"},
	{"REQUESTS PER MINUTE", "requests_per_minute"},
	{"CONCURRENCY", "concurrency"},
	{"TOKENS PER MINUTE", "tokens_per_minute"},
	{"BUDGET PER DAY", "budget_day"},
	{"SPENT TODAY", "spent_today"},
	{"BUDGET PER MONTH", "budget_month"},
	{"SPENT", "spent"},
	{"RESERVED", "reserved"},
	{"BUDGET IN TOTAL", "budget_total"},
	{"SPENT IN TOTAL", "spent_ever"},
	{"NOTICES AT %", "notify"},
	{"STORAGE", "storage_bytes"},
	{"STORAGE USED", "storage_used_bytes"},
	{"FILES", "storage_files"},
	{"FILES USED", "storage_used_files"},
	{"VECTOR STORES", "vector_stores"},
	{"RESPONSES", "responses_bytes"},
	{"RESPONSES USED", "responses_used_bytes"},
	{"UNFINISHED MAX", "responses_unfinished_max"},
	{"UNFINISHED", "responses_unfinished"},
};

/* Adds what a service's answer has of the columns. */
static int
add_part(struct cli *cli, const char *tenant, const struct part *part, struct bh_write *write)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = cli_api_control(cli, "GET", cli_api_of(cli, part->service, tenant, part->path),
		NULL, &doc);

	for (size_t i = 1; status == CLI_OK && i < BH_COUNT(columns); i++) {
		const struct bh_json *value = bh_json_get(doc.root, columns[i].member);

		if (bh_json_kind(value) == BH_JSON_NULL && !cli->options.json)
			bh_write_pair_text(write, columns[i].member, "none");
		else if (value != NULL)
			bh_write_pair_json(write, columns[i].member, value);
	}
	return status;
}

/* The services' answers as one object. */
static int
show(struct cli *cli, const char *tenant)
{
	BH_AUTO(bh_json_close) struct bh_json_doc whole = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	int status = CLI_OK;

	bh_write_object(&write);
	bh_write_pair_text(&write, "tenant_id", tenant);
	for (size_t i = 0; status == CLI_OK && i < BH_COUNT(parts); i++)
		status = add_part(cli, tenant, &parts[i], &write);
	if (status == CLI_OK)
		status = cli_budget_add(cli, tenant, &write);
	bh_write_end(&write);
	if (status == CLI_OK && bh_json_parse(text.data, text.len, &whole) == 0) {
		cli_print_thing(cli, whole.root, BH_LIST(columns));
		cli_budget_print(cli, whole.root);
	}
	return status;
}

int
cli_limit_list(struct cli *cli)
{
	char tenant[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, NULL, tenant);

	return status != CLI_OK ? status : show(cli, tenant);
}

static int
set_part(struct cli *cli, const char *tenant, const struct part *part)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	int status;

	if (!cli_body_is_given(cli, part->members, part->n))
		return CLI_OK;
	status = cli_body_write(cli, part->members, part->n, &body);
	return status != CLI_OK ? status
							: cli_api_control(cli, "PUT",
								  cli_api_of(cli, part->service, tenant, part->path), &body, NULL);
}

/* What is limited per tenant only, and what only tenants and keys have. */
static int
check_owner(const struct cli *cli)
{
	const struct cli_options *options = &cli->options;
	int owners = (options->key != NULL) + (options->user != NULL) + (options->team != NULL);

	if (owners > 1)
		return cli_refuse(CLI_USAGE, "--key, --user and --team cannot be combined");
	if (owners > 0 &&
		(options->tokens_per_minute != NULL || cli_body_is_given(cli, BH_LIST(storage))))
		return cli_refuse(CLI_USAGE, "tokens and storage are limited per tenant");
	if (owners > 0 && options->key == NULL && cli_body_is_given(cli, BH_LIST(limits)))
		return cli_refuse(CLI_USAGE,
			"--requests-per-minute and --concurrency are for a tenant or an API key; users and "
			"teams "
			"have budgets");
	return CLI_OK;
}

/* Of a key, a user or a team. */
static int
set_owner(struct cli *cli)
{
	char tenant[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, NULL, tenant);

	if (status == CLI_OK)
		status = cli_budget_set(cli, tenant);
	if (status == CLI_OK && cli_body_is_given(cli, BH_LIST(limits)))
		status = cli_noun_act(cli, &cli_key_set, cli->options.key);
	return status;
}

int
cli_limit_set(struct cli *cli)
{
	/* The budget first: an amount may be wrong in more ways, and then nothing has changed. */
	static const struct part *const order[] = {&parts[1], &parts[2], &parts[0]};
	char tenant[BH_UUID_TEXT];
	int status;

	if (!cli_budget_is_given(cli) && !cli_body_is_given(cli, BH_LIST(budget)) &&
		!cli_body_is_given(cli, BH_LIST(storage)) && !cli_body_is_given(cli, BH_LIST(limits)))
		return cli_refuse(CLI_USAGE, "no limit specified; see `bulkhead help limit set`");
	status = check_owner(cli);
	if (status == CLI_OK && cli_budget_has_owner(cli))
		return set_owner(cli);
	if (status == CLI_OK)
		status = cli_api_option_tenant(cli, NULL, tenant);
	if (status == CLI_OK)
		status = cli_budget_set(cli, tenant);
	for (size_t i = 0; status == CLI_OK && i < BH_COUNT(order); i++)
		status = set_part(cli, tenant, order[i]);
	return status != CLI_OK ? status : show(cli, tenant);
}
