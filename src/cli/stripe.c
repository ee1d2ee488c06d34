/* SPDX-License-Identifier: Apache-2.0 */
/* stripe.c: bulkhead stripe …: the account at Stripe, and what is owed to it. */
#include <string.h>

#include "cli/api.h"
#include "cli/body.h"
#include "cli/commands.h"
#include "cli/noun.h"
#include "cli/print.h"

#define PATH "/api/billing/api/stripe"

static const struct cli_column account_columns[] = {
	{"MODE", "mode"},
	{"WEBHOOK", "webhook_path"},
	{"CONNECTED", "connected_at"},
};

static int
act(struct cli *cli, const char *method, const struct bh_buf *body)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = cli_api_control(cli, method, PATH, body, &doc);

	if (status == CLI_OK)
		cli_print_thing(cli, doc.root, BH_LIST(account_columns));
	return status;
}

int
cli_stripe_status(struct cli *cli)
{
	return act(cli, "GET", NULL);
}

int
cli_stripe_disconnect(struct cli *cli)
{
	return act(cli, "DELETE", NULL);
}

/* Both secrets come by stdin, a line each. */
int
cli_stripe_connect(struct cli *cli)
{
	static const struct cli_member members[] = {
		{"key", CLI_MEMBER_SECRET, CLI_OPTION(api_key_stdin), .word = "the secret key (sk_…)"},
		{"webhook_secret", CLI_MEMBER_SECRET, CLI_OPTION(api_key_stdin),
			.word = "the webhook endpoint's secret (whsec_…) as the second line"},
	};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	int status;

	if (!cli->options.api_key_stdin)
		return cli_refuse(CLI_USAGE,
			"the secrets are read from stdin: `bulkhead stripe connect --api-key-stdin`, with the "
			"secret key on the first line and the webhook endpoint's secret on the second");
	status = cli_body_write(cli, BH_LIST(members), &body);
	return status != CLI_OK ? status : act(cli, "PUT", &body);
}

static const struct cli_column outbox_columns[] = {
	{"CREATED", "created_at"},
	{"KIND", "kind"},
	{"REFERENCE", "reference"},
	{"STATE", "state"},
	{"ATTEMPTS", "attempts"},
	{"ERROR", "error"},
};

int
cli_stripe_outbox(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char tenant[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, NULL, tenant);

	if (status == CLI_OK)
		status = cli_api_control(cli, "GET", cli_api_of(cli, "billing", tenant, "stripe/outbox"),
			NULL, &doc);
	if (status == CLI_OK)
		cli_print_list(cli, doc.root, BH_LIST(outbox_columns));
	return status;
}

int
cli_stripe_retry(struct cli *cli)
{
	static const struct cli_column columns[] = {{"ROWS", "rows"}};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char tenant[BH_UUID_TEXT];
	int status = cli_api_option_tenant(cli, NULL, tenant);

	if (status == CLI_OK)
		status = cli_api_control(cli, "POST", cli_api_of(cli, "billing", tenant, "stripe/retry"),
			NULL, &doc);
	if (status == CLI_OK)
		cli_print_thing(cli, doc.root, BH_LIST(columns));
	return status;
}
