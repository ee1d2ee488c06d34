/* SPDX-License-Identifier: Apache-2.0 */
/* price.c: bulkhead price … Without --tenant the platform's prices are meant, which are those of public models. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "billing/price_file.h"
#include "cli/api.h"
#include "cli/body.h"
#include "cli/commands.h"
#include "cli/print.h"

enum { AT_ONCE = 500 };

static const struct cli_column columns[] = {
	{"ITEM", "item"},
	{"VERSION", "version"},
	{"INPUT", "prices.input"},
	{"CACHED", "prices.cached"},
	{"CACHE WRITE", "prices.cache_write"},
	{"OUTPUT", "prices.output"},
	{"UNITS", "prices.units"},
	{"EFFECTIVE", "effective_at"},
	{"SOURCE", "source"},
	{"TENANT", "tenant_id"},
};

/* ---- list ---- */

/* All pages as one list. */
int
cli_price_list(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc whole = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	struct bh_write write = {.out = &text};
	char tenant[BH_UUID_TEXT];
	const char *after = "";
	bool more = true;
	int status = cli_api_option_tenant(cli, "platform", tenant);

	bh_write_object(&write);
	bh_write_pair_text(&write, "object", "list");
	bh_write_name(&write, "data");
	bh_write_array(&write);
	while (status == CLI_OK && more) {
		BH_AUTO(bh_json_close) struct bh_json_doc page = {0};
		const struct bh_json *data;

		status = cli_api_control(cli, "GET",
			cli_api_path(cli, "%s?limit=1000&after=%s",
				cli_api_of(cli, "billing", tenant, "prices"), cli_api_escape(cli, after)),
			NULL, &page);
		data = bh_json_get(page.root, "data");
		for (size_t i = 0; i < bh_json_count(data); i++)
			bh_write_json(&write, bh_json_at(data, i));
		more = bh_json_count(data) > 0 && bh_json_bool(bh_json_get(page.root, "has_more"), &more) &&
			more;
		if (more)
			after = cli_api_path(cli, "%s",
				bh_json_get_string(bh_json_at(data, bh_json_count(data) - 1), "item"));
	}
	bh_write_end(&write);
	bh_write_end(&write);
	if (status == CLI_OK && bh_json_parse(text.data, text.len, &whole) == 0)
		cli_print_list(cli, whole.root, BH_LIST(columns));
	return status;
}

/* ---- set ---- */

static const struct cli_member units[] = {
	{"input", CLI_MEMBER_TEXT, CLI_OPTION(input)},
	{"cached", CLI_MEMBER_TEXT, CLI_OPTION(cached)},
	{"cache_write", CLI_MEMBER_TEXT, CLI_OPTION(cache_write)},
	{"output", CLI_MEMBER_TEXT, CLI_OPTION(output)},
	{"units", CLI_MEMBER_TEXT, CLI_OPTION(units)},
};
static const struct cli_member about[] = {
	{"item", CLI_MEMBER_ARGUMENT},
	{"effective_at", CLI_MEMBER_INT, CLI_OPTION(effective_at), 0, 253402300799LL},
	{"source", CLI_MEMBER_TEXT, CLI_OPTION(source)},
};

int
cli_price_set(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0}, amounts = {0};
	char tenant[BH_UUID_TEXT];
	int status;

	if (!cli_body_is_given(cli, BH_LIST(units)))
		return cli_refuse(CLI_USAGE,
			"at least one of --input, --cached, --cache-write, --output and --units is required");
	status = cli_api_option_tenant(cli, "platform", tenant);
	if (status == CLI_OK)
		status = cli_body_write(cli, BH_LIST(units), &amounts);
	if (status == CLI_OK)
		status = cli_body_write(cli, BH_LIST(about), &body);
	if (status != CLI_OK)
		return status;
	body.len--; /* its last brace comes behind the prices */
	bh_buf_text(&body, ",\"prices\":");
	bh_buf_add(&body, amounts.data, amounts.len);
	bh_buf_char(&body, '}');
	status = cli_api_control(cli, "PUT", cli_api_of(cli, "billing", tenant, "prices"), &body, &doc);
	if (status == CLI_OK)
		cli_print_thing(cli, doc.root, BH_LIST(columns));
	return status;
}

/* ---- import ---- */

struct importing {
	struct cli *cli;
	char tenant[BH_UUID_TEXT];
	const char *source;
	int64_t effective_s;
	struct billing_price_file file;
	struct bh_write write; /* the answer that is printed: items */
	int64_t changed, unchanged;
};

/* The whole file, in memory of malloc. */
static int
file_read(const char *path, char **out, size_t *out_len)
{
	struct stat about_file;
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t len = 0;
	int status = CLI_OK;

	if (file == NULL || fstat(fileno(file), &about_file) < 0)
		status = cli_refuse(CLI_FAILED, "cannot read %s: %m", path);
	else if (about_file.st_size > (off_t)BILLING_PRICE_FILE_BYTES)
		status = cli_refuse(CLI_FAILED, "%s is larger than %u bytes", path,
			BILLING_PRICE_FILE_BYTES);
	if (status == CLI_OK) {
		text = malloc(BILLING_PRICE_FILE_BYTES + 1);
		if (text == NULL)
			status = cli_refuse(CLI_FAILED, "out of memory");
	}
	if (status == CLI_OK) {
		len = fread(text, 1, BILLING_PRICE_FILE_BYTES + 1, file);
		if (ferror(file))
			status = cli_refuse(CLI_FAILED, "cannot read %s: %m", path);
	}
	if (file != NULL)
		fclose(file);
	if (status != CLI_OK) {
		free(text);
		return status;
	}
	*out = text;
	*out_len = len;
	return CLI_OK;
}

/* What one unit of the list's currency is in the installation's: 1, or as the operator confirms. */
static int
rate_find(struct cli *cli, const char *tenant, struct billing_decimal *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *theirs = cli->options.currency != NULL ? cli->options.currency : "USD";
	const char *rate = cli->options.rate, *ours;
	int status = cli_api_control(cli, "GET", cli_api_of(cli, "billing", tenant, "billing"), NULL,
		&doc);

	if (status != CLI_OK)
		return status;
	ours = bh_json_get_string(doc.root, "currency");
	if (ours == NULL)
		return cli_refuse(CLI_FAILED, "the platform did not tell its currency");
	*out = (struct billing_decimal){1, 0};
	if (strcmp(theirs, ours) == 0)
		return rate == NULL
			? CLI_OK
			: cli_refuse(CLI_USAGE, "--rate is for a list in another currency than %s", ours);
	if (rate == NULL)
		return cli_refuse(CLI_USAGE,
			"the list is in %.16s, and billing.currency is %s: --rate must say what one %.16s is "
			"in "
			"%s",
			theirs, ours, theirs, ours);
	if (strspn(rate, "0123456789.") != strlen(rate) ||
		billing_decimal_read(rate, strlen(rate), out) < 0 || out->digits == 0)
		return cli_refuse(CLI_USAGE, "--rate must be a decimal above 0, such as 0.92");
	return CLI_OK;
}

static void
write_price(struct bh_write *write, const struct billing_price *price)
{
	char amount[32];

	bh_write_object(write);
	bh_write_pair_text(write, "item", price->item);
	bh_write_name(write, "prices");
	bh_write_object(write);
	for (int i = 0; i < BILLING_PRICE_UNITS; i++) {
		if (!price->has[i])
			continue;
		bh_text_from_nanos(price->nanos[i], amount);
		bh_write_pair_text(write, billing_price_units[i], amount);
	}
	bh_write_end(write);
	bh_write_end(write);
}

/* The service takes so many at once, all or none. What came before stays, and is found unchanged the next time. */
static int
send_some(struct importing *importing, size_t from, size_t n)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct bh_write write = {.out = &body};
	struct cli *cli = importing->cli;
	const struct bh_json *items;
	int status;

	bh_write_object(&write);
	bh_write_pair_text(&write, "source", importing->source);
	bh_write_pair_int(&write, "effective_at", importing->effective_s);
	bh_write_pair_bool(&write, "dry_run", cli->options.dry_run);
	bh_write_name(&write, "items");
	bh_write_array(&write);
	for (size_t i = from; i < from + n; i++)
		write_price(&write, &importing->file.prices[i]);
	bh_write_end(&write);
	bh_write_end(&write);
	status = cli_api_control(cli, "POST",
		cli_api_of(cli, "billing", importing->tenant, "prices/import"), &body, &doc);
	if (status != CLI_OK)
		return status;
	importing->changed += bh_json_get_int(doc.root, "changed", 0);
	importing->unchanged += bh_json_get_int(doc.root, "unchanged", 0);
	items = bh_json_get(doc.root, "items");
	for (size_t i = 0; i < bh_json_count(items); i++)
		bh_write_json(&importing->write, bh_json_at(items, i));
	return CLI_OK;
}

static void
write_unused(struct bh_write *write, const struct billing_price_file *file)
{
	bh_write_name(write, "unused");
	bh_write_array(write);
	for (size_t i = 0; i < file->n_unused; i++) {
		bh_write_object(write);
		bh_write_pair_text(write, "member", file->unused[i].name);
		bh_write_pair_int(write, "models", (int64_t)file->unused[i].count);
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
report(const struct importing *importing, const struct bh_json *answer)
{
	static const struct cli_column item_columns[] = {{"ITEM", "item"}, {"VERSION", "version"}};
	static const struct cli_column unused_columns[] = {{"NOT USED", "member"},
		{"MODELS", "models"}};
	const struct billing_price_file *file = &importing->file;

	if (importing->cli->options.json) {
		cli_print_json(answer);
		return;
	}
	cli_print_table(importing->cli, bh_json_get(answer, "items"), BH_LIST(item_columns));
	if (file->n_unused > 0)
		cli_print_table(importing->cli, bh_json_get(answer, "unused"), BH_LIST(unused_columns));
	cli_say("%lld prices %s, %lld are as they were; %zu models have no price; %zu costs were "
			"rounded "
			"to a nano-unit per million",
		(long long)importing->changed,
		importing->cli->options.dry_run ? "would change" : "have changed",
		(long long)importing->unchanged, file->n_unpriced, file->n_rounded);
}

static int
send_all(struct importing *importing)
{
	BH_AUTO(bh_json_close) struct bh_json_doc whole = {0};
	BH_AUTO(bh_buf_close) struct bh_buf answer = {0};
	size_t n = importing->file.n_prices;
	int status = CLI_OK;

	importing->write = (struct bh_write){.out = &answer};
	bh_write_object(&importing->write);
	bh_write_name(&importing->write, "items");
	bh_write_array(&importing->write);
	for (size_t from = 0; status == CLI_OK && from < n; from += AT_ONCE)
		status = send_some(importing, from, n - from < AT_ONCE ? n - from : AT_ONCE);
	bh_write_end(&importing->write);
	if (status != CLI_OK)
		return status;
	bh_write_pair_bool(&importing->write, "dry_run", importing->cli->options.dry_run);
	bh_write_pair_int(&importing->write, "changed", importing->changed);
	bh_write_pair_int(&importing->write, "unchanged", importing->unchanged);
	bh_write_pair_int(&importing->write, "unpriced", (int64_t)importing->file.n_unpriced);
	bh_write_pair_int(&importing->write, "rounded", (int64_t)importing->file.n_rounded);
	write_unused(&importing->write, &importing->file);
	bh_write_end(&importing->write);
	if (bh_json_parse(answer.data, answer.len, &whole) == 0)
		report(importing, whole.root);
	return CLI_OK;
}

int
cli_price_import(struct cli *cli)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct importing importing = {.cli = cli, .effective_s = bh_clock_wall_ms() / 1000};
	const char *slash = strrchr(cli->args[0], '/');
	struct billing_decimal rate;
	char *text = NULL;
	size_t len = 0;
	int rc = 0, status;

	importing.source = slash != NULL && slash[1] != '\0' ? slash + 1 : cli->args[0];
	if (cli->options.effective_at != NULL &&
		bh_text_int(cli->options.effective_at, 0, 253402300799LL, &importing.effective_s) < 0)
		return cli_refuse(CLI_USAGE, "--effective-at must be a time in seconds since 1970");
	status = cli_api_option_tenant(cli, "platform", importing.tenant);
	if (status == CLI_OK)
		status = rate_find(cli, importing.tenant, &rate);
	if (status == CLI_OK)
		status = file_read(cli->args[0], &text, &len);
	if (status != CLI_OK)
		return status;
	rc = billing_price_file_read(&arena, text, len, rate, &importing.file);
	status = rc < 0 ? cli_fail(rc) : send_all(&importing);
	free(text);
	return status;
}
