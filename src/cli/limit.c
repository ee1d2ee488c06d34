/* SPDX-License-Identifier: Apache-2.0 */
/* limit.c: bulkhead limit …: requests and concurrency are auth's, tokens and money are model's, storage is
 * rag's, what responses keep is agent's. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/key.h"
#include "cli/print.h"

#define LIMIT_MAX 1000000000LL
#define STORAGE_MAX 1000000000000000LL

static void
copy_member(struct bh_write *write, const struct bh_json *object, const char *name)
{
	if (bh_json_get(object, name) != NULL)
		bh_write_pair_json(write, name, bh_json_get(object, name));
}

/* The services' answers as one object. */
static int
show(struct cli *cli, const char *tenant)
{
	static const struct cli_column columns[] = {
		{"TENANT", "tenant_id"},
		{"REQUESTS PER MINUTE", "requests_per_minute"},
		{"CONCURRENCY", "concurrency"},
		{"TOKENS PER MINUTE", "tokens_per_minute"},
		{"BUDGET PER MONTH", "budget_month"},
		{"SPENT", "spent"},
		{"RESERVED", "reserved"},
	};
	static const struct cli_column kept[] = {
		{"STORAGE", "storage_bytes"},
		{"STORAGE USED", "storage_used_bytes"},
		{"FILES", "storage_files"},
		{"FILES USED", "storage_used_files"},
		{"VECTOR STORES", "vector_stores"},
	};
	static const struct cli_column told[] = {
		{"RESPONSES", "responses_bytes"},
		{"RESPONSES USED", "responses_used_bytes"},
		{"UNFINISHED MAX", "responses_unfinished_max"},
		{"UNFINISHED", "responses_unfinished"},
	};
	struct cli_column all[BH_COUNT(columns) + BH_COUNT(kept) + BH_COUNT(told)];
	BH_AUTO(bh_json_close) struct bh_json_doc limits = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc budget = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc storage = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc responses = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc whole = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	int status = cli_api_control(cli, "GET",
		cli_api_path(cli, "/api/auth/api/tenants/%s/limits", tenant), NULL, &limits);

	if (status == CLI_OK)
		status = cli_api_control(cli, "GET",
			cli_api_path(cli, "/api/model/api/tenants/%s/budget", tenant), NULL, &budget);
	if (status == CLI_OK)
		status = cli_api_control(cli, "GET",
			cli_api_path(cli, "/api/rag/api/tenants/%s/storage", tenant), NULL, &storage);
	if (status == CLI_OK)
		status = cli_api_control(cli, "GET",
			cli_api_path(cli, "/api/agent/api/tenants/%s/responses", tenant), NULL, &responses);
	if (status != CLI_OK)
		return status;
	bh_write_object(&write);
	bh_write_pair_text(&write, "tenant_id", tenant);
	copy_member(&write, limits.root, "requests_per_minute");
	copy_member(&write, limits.root, "concurrency");
	for (size_t i = 3; i < BH_COUNT(columns); i++) {
		bool none = bh_json_kind(bh_json_get(budget.root, columns[i].member)) == BH_JSON_NULL;

		if (none && !cli->options.json)
			bh_write_pair_text(&write, columns[i].member, "none");
		else
			copy_member(&write, budget.root, columns[i].member);
	}
	for (size_t i = 0; i < BH_COUNT(kept); i++)
		copy_member(&write, storage.root, kept[i].member);
	for (size_t i = 0; i < BH_COUNT(told); i++)
		copy_member(&write, responses.root, told[i].member);
	bh_write_end(&write);
	memcpy(all, columns, sizeof(columns));
	memcpy(all + BH_COUNT(columns), kept, sizeof(kept));
	memcpy(all + BH_COUNT(columns) + BH_COUNT(kept), told, sizeof(told));
	if (cli->options.json)
		puts(bh_buf_string(&text));
	else if (bh_json_parse(text.data, text.len, &whole) == 0)
		cli_print_object(whole.root, BH_LIST(all));
	return CLI_OK;
}

int
cli_limit_list(struct cli *cli)
{
	char tenant[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, NULL, tenant);

	return status != CLI_OK ? status : show(cli, tenant);
}

static int
set_requests(struct cli *cli, const char *tenant)
{
	const struct cli_options *options = &cli->options;
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	int status;

	if (options->requests_per_minute == NULL && options->concurrency == NULL)
		return CLI_OK;
	bh_write_object(&write);
	status = cli_api_pair_number(&write, "requests_per_minute", "requests-per-minute",
		options->requests_per_minute, 0, LIMIT_MAX);
	if (status == CLI_OK)
		status = cli_api_pair_number(&write, "concurrency", "concurrency", options->concurrency, 0,
			LIMIT_MAX);
	bh_write_end(&write);
	return status != CLI_OK
		? status
		: cli_api_control(cli, "PUT", cli_api_path(cli, "/api/auth/api/tenants/%s/limits", tenant),
			  &body, NULL);
}

static int
set_budget(struct cli *cli, const char *tenant)
{
	const struct cli_options *options = &cli->options;
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	int status;

	if (options->tokens_per_minute == NULL && options->budget_month == NULL)
		return CLI_OK;
	bh_write_object(&write);
	status = cli_api_pair_number(&write, "tokens_per_minute", "tokens-per-minute",
		options->tokens_per_minute, 0, LIMIT_MAX);
	if (options->budget_month != NULL && strcmp(options->budget_month, "none") == 0)
		bh_write_pair_null(&write, "budget_month");
	else if (options->budget_month != NULL)
		bh_write_pair_text(&write, "budget_month", options->budget_month);
	bh_write_end(&write);
	return status != CLI_OK
		? status
		: cli_api_control(cli, "PUT", cli_api_path(cli, "/api/model/api/tenants/%s/budget", tenant),
			  &body, NULL);
}

/* "20G", "500M", "8K", or bytes. */
static int
read_size(const char *text, int64_t *out)
{
	static const char units[] = "KMGT";
	char digits[32];
	size_t len = strspn(text, "0123456789");
	const char *unit = text[len] != '\0' ? strchr(units, text[len]) : NULL;
	int64_t value, factor = 1;
	int rc;

	if (len >= sizeof(digits) || (text[len] != '\0' && (unit == NULL || text[len + 1] != '\0')))
		return BH_E_INVALID;
	memcpy(digits, text, len);
	digits[len] = '\0';
	for (const char *at = units; unit != NULL && at <= unit; at++)
		factor *= 1024;
	rc = bh_text_int(digits, 0, STORAGE_MAX / factor, &value);
	if (rc == 0)
		*out = value * factor;
	return rc;
}

static int
set_storage(struct cli *cli, const char *tenant)
{
	const struct cli_options *options = &cli->options;
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	int64_t bytes = 0;
	int status;

	if (options->storage == NULL && options->files == NULL)
		return CLI_OK;
	if (options->storage != NULL && read_size(options->storage, &bytes) < 0) {
		cli_say("--storage must be a number of bytes, optionally with the suffix K, M, G or T, "
				"such as 20G");
		return CLI_USAGE;
	}
	bh_write_object(&write);
	if (options->storage != NULL)
		bh_write_pair_int(&write, "storage_bytes", bytes);
	status = cli_api_pair_number(&write, "storage_files", "files", options->files, 0, LIMIT_MAX);
	bh_write_end(&write);
	return status != CLI_OK
		? status
		: cli_api_control(cli, "PUT", cli_api_path(cli, "/api/rag/api/tenants/%s/storage", tenant),
			  &body, NULL);
}

int
cli_limit_set(struct cli *cli)
{
	const struct cli_options *options = &cli->options;
	bool of_tenant = options->tokens_per_minute != NULL || options->budget_month != NULL ||
		options->storage != NULL || options->files != NULL;
	char tenant[BH_UUID_TEXT];
	int status;

	if (!of_tenant && options->requests_per_minute == NULL && options->concurrency == NULL) {
		cli_say("no limit specified; see `bulkhead help limit set`");
		return CLI_USAGE;
	}
	if (options->key != NULL && of_tenant) {
		cli_say("tokens, budget and storage are limited per tenant; an API key has only "
				"--requests-per-minute and --concurrency");
		return CLI_USAGE;
	}
	status = cli_api_option_tenant(cli, NULL, tenant);
	if (status == CLI_OK && options->key != NULL)
		return cli_key_change(cli, tenant, options->key);
	/* The budget first: an amount may be wrong in more ways, and then nothing has changed. */
	if (status == CLI_OK)
		status = set_budget(cli, tenant);
	if (status == CLI_OK)
		status = set_storage(cli, tenant);
	if (status == CLI_OK)
		status = set_requests(cli, tenant);
	return status != CLI_OK ? status : show(cli, tenant);
}
