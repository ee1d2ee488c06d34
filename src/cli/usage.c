/* SPDX-License-Identifier: Apache-2.0 */
/* usage.c: bulkhead usage: the rows of one tenant, or of all, tenant by tenant as the walls want it; its costs
 * by day; corrections. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"
#include "cli/api.h"
#include "cli/body.h"
#include "cli/commands.h"
#include "cli/print.h"

enum { LINES_DEFAULT = 100, LINES_MAX = 10000 };

/* Appends a tenant's rows to the list, each with the tenant it is of. */
static int
add_rows(struct cli *cli, const char *tenant, int64_t lines, struct bh_write *write)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *path = cli_api_path(cli, "/api/model/api/tenants/%s/usage%s?limit=%lld%s%s%s%s",
		tenant, cli->options.quarantined ? "/quarantine" : "", (long long)lines,
		cli->options.request != NULL ? "&request_id=" : "",
		cli->options.request != NULL ? cli_api_escape(cli, cli->options.request) : "",
		cli->options.before != NULL ? "&before=" : "",
		cli->options.before != NULL ? cli_api_escape(cli, cli->options.before) : "");
	const struct bh_json *data;
	int status = cli_api_control(cli, "GET", path, NULL, &doc);

	if (status != CLI_OK)
		return status;
	data = bh_json_get(doc.root, "data");
	for (size_t i = 0; i < bh_json_count(data); i++) {
		const struct bh_json *value;
		const char *name;
		void *cursor = NULL;

		bh_write_object(write);
		bh_write_pair_text(write, "tenant_id", tenant);
		while (bh_json_next(bh_json_at(data, i), &cursor, &name, &value)) {
			if (strcmp(name, "tenant_id") != 0)
				bh_write_pair_json(write, name, value);
		}
		bh_write_end(write);
	}
	return CLI_OK;
}

static int
add_all(struct cli *cli, int64_t lines, struct bh_write *write)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = cli_api_list(cli, "/api/auth/api/tenants", &doc);
	const struct bh_json *data = bh_json_get(doc.root, "data");

	for (size_t i = 0; status == CLI_OK && i < bh_json_count(data); i++) {
		const struct bh_json *tenant = bh_json_at(data, i);
		const char *state = bh_json_get_string(tenant, "state");

		/* Of one that is being deleted nothing can be asked any more. */
		if (state == NULL || strcmp(state, "deleting") != 0)
			status = add_rows(cli, bh_json_get_string(tenant, "id"), lines, write);
		/* It was deleted after the list was made. */
		if (status == CLI_NOT_FOUND)
			status = CLI_OK;
	}
	return status;
}

static int
check_options(const struct cli_options *options, int64_t *lines)
{
	if (options->quarantined && (options->request != NULL || options->before != NULL))
		return cli_refuse(CLI_USAGE,
			"--request and --before cannot be combined with --quarantined");
	if (options->before != NULL && options->tenant == NULL)
		return cli_refuse(CLI_USAGE,
			"--before requires --tenant, because rows are paged within a tenant");
	if (options->lines != NULL && bh_text_int(options->lines, 1, LINES_MAX, lines) < 0)
		return cli_refuse(CLI_USAGE, "--lines must be an integer between 1 and %d", LINES_MAX);
	return CLI_OK;
}

/* Where one tenant's rows fill the page, how to see those before it. */
static void
say_older(const struct cli *cli, const struct bh_json *data, int64_t lines)
{
	size_t count = bh_json_count(data);

	if (cli->options.tenant == NULL || count < (size_t)lines)
		return;
	cli_say("for older rows: --before %s", bh_json_get_string(bh_json_at(data, count - 1), "id"));
}

int
cli_usage_list(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{"TIME", "time"},
		{"REQUEST", "request_id"},
		{"MODEL", "model"},
		{"KIND", "kind"},
		{"IN", "prompt_tokens"},
		{"CACHED", "cached_tokens"},
		{"OUT", "completion_tokens"},
		{"SOURCE", "source"},
		{"COST", "cost"},
		{"STATUS", "status"},
	};
	static const struct cli_column quarantined[] = {
		{"TIME", "time"},
		{"TENANT", "tenant_id"},
		{"CALL", "id"},
		{"COST", "cost"},
		{"REASON", "reason"},
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	char tenant[BH_UUID_TEXT];
	int64_t lines = LINES_DEFAULT;
	int status = check_options(&cli->options, &lines);

	if (status != CLI_OK)
		return status;
	bh_buf_text(&text, "{\"object\":\"list\",\"data\":");
	bh_write_array(&write);
	if (cli->options.tenant == NULL)
		status = add_all(cli, lines, &write);
	else
		status = cli_api_tenant(cli, cli->options.tenant, tenant);
	if (status == CLI_OK && cli->options.tenant != NULL)
		status = add_rows(cli, tenant, lines, &write);
	if (status != CLI_OK)
		return status;
	bh_write_end(&write);
	bh_buf_char(&text, '}');
	if (bh_json_parse(text.data, text.len, &doc) < 0)
		return CLI_FAILED;
	if (cli->options.quarantined)
		cli_print_list(cli, doc.root, BH_LIST(quarantined));
	else
		cli_print_list(cli, doc.root, BH_LIST(columns));
	if (!cli->options.quarantined && !cli->options.json)
		say_older(cli, bh_json_get(doc.root, "data"), lines);
	return CLI_OK;
}

/* ---- costs ---- */

enum { DAYS_DEFAULT = 30, DAYS_MAX = 180 };

#define DAY_S 86400

/* A line for each group of a day. */
static void
add_day(const struct bh_json *day, struct bh_write *write)
{
	const struct bh_json *results = bh_json_get(day, "results");
	char start[BH_TIME_TEXT];

	bh_clock_format(bh_json_get_int(day, "start_time", 0) * 1000, start);
	start[strlen("2026-01-01")] = '\0';
	for (size_t i = 0; i < bh_json_count(results); i++) {
		const struct bh_json *result = bh_json_at(results, i);
		const struct bh_json *amount = bh_json_get(result, "amount");

		bh_write_object(write);
		bh_write_pair_text(write, "day", start);
		bh_write_pair_json(write, "line_item", bh_json_get(result, "line_item"));
		bh_write_pair_json(write, "quantity", bh_json_get(result, "quantity"));
		bh_write_pair_json(write, "unit", bh_json_get(result, "quantity_unit"));
		bh_write_pair_json(write, "cost", bh_json_get(amount, "value"));
		bh_write_pair_json(write, "currency", bh_json_get(amount, "currency"));
		bh_write_end(write);
	}
}

static void
print_costs(struct cli *cli, const struct bh_json *page)
{
	static const struct cli_column columns[] = {
		{"DAY", "day"},
		{"ITEM", "line_item"},
		{"QUANTITY", "quantity"},
		{"UNIT", "unit"},
		{"COST", "cost"},
		{"CURRENCY", "currency"},
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	const struct bh_json *days = bh_json_get(page, "data");

	if (cli->options.json) {
		cli_print_json(page);
		return;
	}
	bh_write_array(&write);
	for (size_t i = 0; i < bh_json_count(days); i++)
		add_day(bh_json_at(days, i), &write);
	bh_write_end(&write);
	if (bh_json_parse(text.data, text.len, &doc) == 0)
		cli_print_table(cli, doc.root, BH_LIST(columns));
}

int
cli_usage_costs(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char tenant[BH_UUID_TEXT];
	int64_t days = DAYS_DEFAULT;
	int status;

	if (cli->options.days != NULL && bh_text_int(cli->options.days, 1, DAYS_MAX, &days) < 0)
		return cli_refuse(CLI_USAGE, "--days must be an integer between 1 and %d", DAYS_MAX);
	status = cli_api_option_tenant(cli, NULL, tenant);
	if (status == CLI_OK)
		status = cli_api_control(cli, "GET",
			cli_api_path(cli, "%s?group_by=line_item&limit=%lld&start_time=%lld",
				cli_api_of(cli, "billing", tenant, "costs"), (long long)days,
				(long long)(bh_clock_wall_ms() / 1000 - (days - 1) * DAY_S)),
			NULL, &doc);
	if (status == CLI_OK)
		print_costs(cli, doc.root);
	return status;
}

/* ---- corrections ---- */

#define FIGURE_MAX 1000000000000000LL

static const struct cli_member correction[] = {
	{"id", CLI_MEMBER_TEXT, CLI_OPTION(id)},
	{"prompt_tokens", CLI_MEMBER_INT, CLI_OPTION(input), -FIGURE_MAX, FIGURE_MAX},
	{"cached_tokens", CLI_MEMBER_INT, CLI_OPTION(cached), -FIGURE_MAX, FIGURE_MAX},
	{"cache_write_tokens", CLI_MEMBER_INT, CLI_OPTION(cache_write), -FIGURE_MAX, FIGURE_MAX},
	{"completion_tokens", CLI_MEMBER_INT, CLI_OPTION(output), -FIGURE_MAX, FIGURE_MAX},
	{"units", CLI_MEMBER_INT, CLI_OPTION(units), -FIGURE_MAX, FIGURE_MAX},
	{"cost", CLI_MEMBER_TEXT, CLI_OPTION(cost)},
	{"reason", CLI_MEMBER_TEXT, CLI_OPTION(reason)},
};

/* Without --id each run corrects once more. */
int
cli_usage_correct(struct cli *cli)
{
	static const struct cli_column columns[] = {
		{"ID", "id"},
		{"CORRECTS", "corrects"},
		{"IN", "prompt_tokens"},
		{"CACHED", "cached_tokens"},
		{"OUT", "completion_tokens"},
		{"UNITS", "units"},
		{"COST", "cost"},
	};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_uuid made = bh_uuid_new();
	char id[BH_UUID_TEXT], tenant[BH_UUID_TEXT];
	int status;

	if (cli->options.reason == NULL)
		return cli_refuse(CLI_USAGE, "--reason is required: why the event is corrected");
	bh_uuid_format(&made, id);
	if (cli->options.id == NULL)
		cli->options.id = id;
	status = cli_body_write(cli, BH_LIST(correction), &body);
	if (status == CLI_OK)
		status = cli_api_option_tenant(cli, NULL, tenant);
	if (status == CLI_OK)
		status = cli_api_control(cli, "POST",
			cli_api_path(cli, "%s/%s/correct", cli_api_of(cli, "billing", tenant, "usage-events"),
				cli_api_escape(cli, cli->args[0])),
			&body, &doc);
	if (status == CLI_OK)
		cli_print_thing(cli, doc.root, BH_LIST(columns));
	return status;
}
