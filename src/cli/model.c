/* SPDX-License-Identifier: Apache-2.0 */
/* model.c: bulkhead model … Without --tenant the platform's models are meant, which everybody may use. */
#include "cli/commands.h"
#include "cli/noun.h"

static const struct cli_column columns[] = {
	{"NAME", "name"},
	{"KIND", "kind"},
	{"DEFAULT", "is_default"},
	{"URL", "url"},
	{"UPSTREAM", "upstream_model"},
	{"CONTEXT", "context"},
	{"CONCURRENCY", "concurrency"},
	{"RUNNING", "running"},
	{"WAITING", "waiting"},
	{"IN", "price_in"},
	{"OUT", "price_out"},
	{"TENANT", "tenant_id"},
};
static const struct cli_noun models = {"model", "model", "models", false, "platform",
	BH_LIST(columns)};

static const struct cli_member members[] = {
	{"name", CLI_MEMBER_ARGUMENT},
	{"url", CLI_MEMBER_TEXT, CLI_OPTION(url)},
	{"upstream_model", CLI_MEMBER_TEXT, CLI_OPTION(upstream_model)},
	{"kind", CLI_MEMBER_TEXT, CLI_OPTION(kind)},
	{"price_in", CLI_MEMBER_TEXT, CLI_OPTION(price_in)},
	{"price_out", CLI_MEMBER_TEXT, CLI_OPTION(price_out)},
	{"vision", CLI_MEMBER_ON, CLI_OPTION(vision)},
	{"probe", CLI_MEMBER_OFF, CLI_OPTION(no_probe)},
	{"context", CLI_MEMBER_INT, CLI_OPTION(context), 1, 100000000},
	{"dimensions", CLI_MEMBER_INT, CLI_OPTION(dimensions), 1, 16384},
	{"score_form", CLI_MEMBER_TEXT, CLI_OPTION(score_form)},
	{"concurrency", CLI_MEMBER_INT, CLI_OPTION(concurrency), 1, 10000},
	{"api_key", CLI_MEMBER_SECRET, CLI_OPTION(api_key_stdin), .word = "the API key of the server"},
};

const struct cli_act cli_model_add = {&models, "POST", NULL, BH_LIST(members), CLI_OPTION(url),
	"the base URL of the server, such as https://api.example.com/v1"};
const struct cli_act cli_model_remove = {&models, "DELETE", "", .verb_end = "removed"};

int
cli_model_default(struct cli *cli)
{
	static const struct cli_noun defaults = {"model", "model", "default-model", false, "platform"};
	static const struct cli_member body[] = {
		{"model", CLI_MEMBER_ARGUMENT},
		{"kind", CLI_MEMBER_TEXT, CLI_OPTION(kind)},
	};
	static const struct cli_act act = {&defaults, "PUT", NULL, BH_LIST(body)};
	struct cli_done done = {0};
	int status = cli_noun_do(cli, &act, NULL, &done);

	if (status == CLI_OK && cli->options.json)
		cli_print_json(done.answer.root);
	else if (status == CLI_OK)
		cli_say("`default` now refers to %s%s", cli->args[0],
			cli->options.tenant == NULL ? " for tenants without a default of their own" : "");
	bh_json_close(&done.answer);
	return status;
}
