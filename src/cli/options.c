/* SPDX-License-Identifier: Apache-2.0 */
/* options.c: --name value, --name=value, -x; each command takes the options its row names. */
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/typo.h"

#define AT(member) offsetof(struct cli_options, member)

const struct cli_option cli_options_table[] = {
	{"json", 0, CLI_FLAG, AT(json), NULL, "print JSON"},
	{"help", 'h', CLI_FLAG, AT(help), NULL, "print this help"},
	{"detach", 'd', CLI_FLAG, AT(detach), NULL, "return when the platform is ready"},
	{"follow", 'f', CLI_FLAG, AT(follow), NULL, "keep printing new lines"},
	{"reload", 0, CLI_FLAG, AT(reload), NULL,
		"gateway only: load a new configuration without dropping connections"},
	{"lines", 'n', CLI_TEXT, AT(lines), "N", "number of lines from the end"},
	{"mail", 0, CLI_TEXT, AT(mail), "ADDRESS", "send a test mail to this address"},
	{"once", 0, CLI_FLAG, AT(once), NULL, "print the table once"},
	{"tenant", 't', CLI_TEXT, AT(tenant), "T", "tenant, by id or name"},
	{"everywhere", 0, CLI_FLAG, AT(everywhere), NULL, "in every tenant"},
	{"key", 0, CLI_TEXT, AT(key), "KEY",
		"one API key, by id, name or prefix; of an export: a file with the public keys"},
	{"role", 0, CLI_TEXT, AT(role), "R",
		"owner, admin, member or viewer; superuser in the platform tenant"},
	{"name", 0, CLI_TEXT, AT(name), "N", "display name"},
	{"password-stdin", 0, CLI_FLAG, AT(password_stdin), NULL, "read the password from stdin"},
	{"scope", 0, CLI_LIST, AT(scopes), "S", "scope of the key; can be repeated"},
	{"expires-days", 0, CLI_TEXT, AT(expires_days), "N", "days until the key expires, or never"},
	{"url", 0, CLI_TEXT, AT(url), "URL", "base URL of an OpenAI-compatible server"},
	{"upstream-model", 0, CLI_TEXT, AT(upstream_model), "NAME", "name of the model on that server"},
	{"kind", 0, CLI_TEXT, AT(kind), "chat|embedding|rerank|image|transcription|speech|moderation",
		"kind of model; chat by default"},
	{"context", 0, CLI_TEXT, AT(context), "N", "context length in tokens"},
	{"dimensions", 0, CLI_TEXT, AT(dimensions), "N", "number of dimensions of its vectors"},
	{"api-key-stdin", 0, CLI_FLAG, AT(api_key_stdin), NULL,
		"read the API key of the server from stdin"},
	{"price-in", 0, CLI_TEXT, AT(price_in), "D", "price of a million input tokens"},
	{"price-out", 0, CLI_TEXT, AT(price_out), "D",
		"price of a million output tokens, or search units of a rerank model"},
	{"score-form", 0, CLI_TEXT, AT(score_form), "unit|logit",
		"what a rerank model's scores are; by default as the test request shows"},
	{"vision", 0, CLI_FLAG, AT(vision), NULL, "the model takes images"},
	{"no-probe", 0, CLI_FLAG, AT(no_probe), NULL, "save without a test call to the server"},
	{"requests-per-minute", 0, CLI_TEXT, AT(requests_per_minute), "N", "0: no limit"},
	{"tokens-per-minute", 0, CLI_TEXT, AT(tokens_per_minute), "N", "0: no limit"},
	{"concurrency", 0, CLI_TEXT, AT(concurrency), "N", "concurrent requests; 0: no limit"},
	{"storage", 0, CLI_TEXT, AT(storage), "SIZE", "bytes stored, such as 20G or 500M; 0: no limit"},
	{"files", 0, CLI_TEXT, AT(files), "N", "files stored; 0: no limit"},
	{"from", 0, CLI_TEXT, AT(from), "DRIVER", "object store to copy from: fs or s3"},
	{"to", 0, CLI_TEXT, AT(to), "DRIVER", "object store to copy to: fs or s3"},
	{"budget-month", 0, CLI_TEXT, AT(budget_month), "D", "budget per calendar month, or none"},
	{"budget-day", 0, CLI_TEXT, AT(budget_day), "D", "budget per day, or none"},
	{"budget-total", 0, CLI_TEXT, AT(budget_total), "D", "budget altogether, or none"},
	{"notify", 0, CLI_TEXT, AT(notify), "P,P",
		"percentages of a budget whose crossing is told, such as 50,80,100"},
	{"user", 0, CLI_TEXT, AT(user), "USER", "one user, by id or email"},
	{"team", 0, CLI_TEXT, AT(team), "TEAM", "one team, by id or name"},
	{"days", 0, CLI_TEXT, AT(days), "N", "number of days, today included; 30 by default"},
	{"id", 0, CLI_TEXT, AT(id), "UUID",
		"id of the correction; the same one is made only once, however often it is sent"},
	{"input", 0, CLI_TEXT, AT(input), "N",
		"usage: input tokens to add, --input=-5 takes five away; price: price of a million"},
	{"cached", 0, CLI_TEXT, AT(cached), "N", "the same of tokens read from a cache"},
	{"cache-write", 0, CLI_TEXT, AT(cache_write), "N", "the same of tokens written to a cache"},
	{"output", 0, CLI_TEXT, AT(output), "N", "the same of output tokens"},
	{"units", 0, CLI_TEXT, AT(units), "N", "the same of other units: images, seconds, searches"},
	{"cost", 0, CLI_TEXT, AT(cost), "D", "cost to add; --cost=-0.5 takes half a unit away"},
	{"reason", 0, CLI_TEXT, AT(reason), "TEXT", "why"},
	{"grounding", 0, CLI_TEXT, AT(grounding), "G",
		"strict, mark or off; default: as the platform has it"},
	{"sha256", 0, CLI_TEXT, AT(sha256), "HEX", "checksum that the publisher of the file states"},
	{"token-stdin", 0, CLI_FLAG, AT(token_stdin), NULL,
		"read a bearer token for a private address from stdin"},
	{"remove", 0, CLI_FLAG, AT(remove), NULL, "remove the model, or what was fetched of it"},
	{"embedding-model", 0, CLI_TEXT, AT(embedding_model), "NAME",
		"embedding model of the vector store"},
	{"port", 0, CLI_TEXT, AT(port), "N", "port to listen on"},
	{"out", 'o', CLI_TEXT, AT(out), "FILE", "file to write"},
	{"request", 0, CLI_TEXT, AT(request), "ID", "one request, by its x-request-id"},
	{"actor", 0, CLI_TEXT, AT(actor), "ID",
		"who did it: an account, or an API key without an owner"},
	{"action", 0, CLI_TEXT, AT(action), "A",
		"an action such as key.create, or a prefix such as key."},
	{"object", 0, CLI_TEXT, AT(object), "ID", "what it was done to"},
	{"export", 0, CLI_TEXT, AT(export), "FILE", "an export of audit events as NDJSON; - for stdin"},
	{"before", 0, CLI_TEXT, AT(before), "ID", "rows older than this one"},
	{"quarantined", 0, CLI_FLAG, AT(quarantined), NULL,
		"settled calls whose usage row the database rejected"},
	{"confirm", 0, CLI_TEXT, AT(confirm), "NAME", "name of what is deleted for good"},
	{"monthly", 0, CLI_TEXT, AT(monthly), "D", "price of a month"},
	{"yearly", 0, CLI_TEXT, AT(yearly), "D", "price of a year"},
	{"include", 0, CLI_LIST, AT(included), "METER=N",
		"units included in a period, such as chat.output_tokens=2000000; can be repeated"},
	{"overage", 0, CLI_LIST, AT(overage), "METER=D",
		"price beyond those, such as chat.output_tokens=0.60/million; can be repeated"},
	{"entitle", 0, CLI_LIST, AT(entitled), "WORDS",
		"chat, embeddings, rerank, retrieval, responses, images, audio, finetune, agents, * for "
		"all, "
		"model:NAME for the only models; divided by commas, can be repeated"},
	{"billing", 0, CLI_TEXT, AT(billing), "arrears|prepaid",
		"when the price is charged; prepaid usage also needs credits"},
	{"credit", 0, CLI_TEXT, AT(credit), "D", "credit that each period begins with"},
	{"trial-days", 0, CLI_TEXT, AT(trial_days), "N",
		"days that cost nothing before the first period"},
	{"seats", 0, CLI_TEXT, AT(seats), "N", "maximum number of users; 0: no limit"},
	{"plan", 0, CLI_TEXT, AT(plan), "PLAN", "plan, by name or id"},
	{"version", 0, CLI_TEXT, AT(version), "N", "version of the plan; the newest by default"},
	{"when", 0, CLI_TEXT, AT(when), "now|period_end", "when it takes effect; now by default"},
	{"public", 0, CLI_FLAG, AT(is_public), NULL, "tenants may choose the plan themselves"},
	{"private", 0, CLI_FLAG, AT(is_private), NULL, "only the operator gives the plan"},
	{"yes", 'y', CLI_FLAG, AT(yes), NULL, "beside tenants that are not a demonstration"},
	{"no-trial", 0, CLI_FLAG, AT(no_trial), NULL, "start without the trial of the plan"},
	{"currency", 0, CLI_TEXT, AT(currency), "C",
		"currency of the amounts (ISO 4217); billing.currency by default"},
	{"rate", 0, CLI_TEXT, AT(rate), "D",
		"price: what one unit of the file's currency is in billing.currency; tax: percent"},
	{"effective-at", 0, CLI_TEXT, AT(effective_at), "TIME",
		"from when on, in seconds since 1970; now by default"},
	{"source", 0, CLI_TEXT, AT(source), "TEXT", "where the price is from"},
	{"dry-run", 0, CLI_FLAG, AT(dry_run), NULL, "show what would change, and change nothing"},
	{"category", 0, CLI_TEXT, AT(category), "C", "paid, promotional (by default) or refund"},
	{"priority", 0, CLI_TEXT, AT(priority), "N", "lower ones are drawn first; 100 by default"},
	{"kinds", 0, CLI_TEXT, AT(kinds), "K",
		"kinds of acts that may draw it, such as chat,embedding"},
	{"note", 0, CLI_TEXT, AT(note), "TEXT", "what is printed with it"},
	{"amount", 0, CLI_TEXT, AT(amount), "D", "amount in the currency"},
	{"minimum", 0, CLI_TEXT, AT(minimum), "D", "what it comes to at least, before tax"},
	{"until", 0, CLI_TEXT, AT(until), "DAY", "the day after the last, such as 2026-12-01"},
	{"reference", 0, CLI_TEXT, AT(reference), "TEXT", "reference of the payment"},
	{"inclusive", 0, CLI_FLAG, AT(inclusive), NULL, "prices contain the tax"},
	{"since", 0, CLI_TEXT, AT(since), "DAY", "first day of the rate; today by default"},
	{"print-roles", 0, CLI_FLAG, AT(print_roles), NULL,
		"print the SQL for a database administrator"},
	{"home", 0, CLI_TEXT, AT(home), "FOLDER", "state folder to restore into; must be empty"},
	{"keep", 0, CLI_TEXT, AT(keep), "N", "keep the newest N backups, and remove older ones"},
	{"identity", 0, CLI_TEXT, AT(identity), "FILE",
		"private key that opens the backup: an age or SSH key file; for gpg, a key ring's folder"},
	{"plain", 0, CLI_FLAG, AT(plain), NULL,
		"write the backup unencrypted, although the master key is in it"},
	{"database-url-file", 0, CLI_TEXT, AT(database_url_file), "FILE",
		"file with the URL of the empty database to restore into, if the backup is of one"},
	{"replace", 0, CLI_FLAG, AT(replace), NULL,
		"remove what the suspended tenant has now, and put the backup in its place"},
	{"check", 0, CLI_FLAG, AT(check), NULL, "show what would be done, and do nothing"},
};
const size_t cli_n_options = BH_COUNT(cli_options_table);

const char *
cli_options_name(size_t offset)
{
	size_t i = 0;

	while (i + 1 < cli_n_options && cli_options_table[i].offset != offset)
		i++;
	return cli_options_table[i].name;
}

static bool
takes(const struct cli_command *command, const struct cli_option *option)
{
	return option->offset == AT(help) || bh_text_has_word(command->options, option->name);
}

/* By its name, or by its letter (0: none). */
static const struct cli_option *
find(const struct cli_command *command, const char *name, size_t len, char letter)
{
	for (size_t i = 0; i < cli_n_options; i++) {
		const struct cli_option *option = &cli_options_table[i];
		bool named = letter != 0
			? option->letter == letter
			: strlen(option->name) == len && strncmp(option->name, name, len) == 0;

		if (named && takes(command, option))
			return option;
	}
	return NULL;
}

/* The command's option that was probably meant. */
static const char *
nearest(const struct cli_command *command, const char *name, size_t len)
{
	const char *names[BH_COUNT(cli_options_table)];
	char word[32];
	size_t n = 0;

	if (len >= sizeof(word))
		return NULL;
	snprintf(word, sizeof(word), "%.*s", (int)len, name);
	for (size_t i = 0; i < cli_n_options; i++) {
		if (takes(command, &cli_options_table[i]))
			names[n++] = cli_options_table[i].name;
	}
	return cli_typo_nearest(word, names, n);
}

static int
refuse(const struct cli_command *command, const char *word, size_t len)
{
	char name[CLI_NAME_MAX];
	const char *near = bh_text_starts(word, "--") ? nearest(command, word + 2, len - 2) : NULL;

	return bh_error(BH_E_INVALID, "`%s` has no option %.*s%s%s%s", cli_command_name(command, name),
		(int)(len < 64 ? len : 64), word, near != NULL ? "; did you mean --" : "",
		near != NULL ? near : "", near != NULL ? "?" : "");
}

static int
store(const struct cli_option *option, const char *value, struct cli_options *out)
{
	char *place = (char *)out + option->offset;
	struct cli_words *words;

	switch (option->type) {
	case CLI_FLAG:
		*(bool *)place = true;
		break;
	case CLI_TEXT:
		if (*(const char **)(void *)place != NULL)
			return bh_error(BH_E_INVALID, "--%s is specified twice", option->name);
		*(const char **)(void *)place = value;
		break;
	case CLI_LIST:
		words = (struct cli_words *)(void *)place;
		if (words->n == CLI_WORDS_MAX)
			return bh_error(BH_E_INVALID, "too many --%s options", option->name);
		words->at[words->n++] = value;
		break;
	}
	return 0;
}

/* One word that begins with '-'; *at moves past a value that is a word of its own. */
static int
read_option(const struct cli_command *command, const char *const *words, size_t n_words, size_t *at,
	struct cli_options *out)
{
	const char *word = words[*at];
	bool is_long = bh_text_starts(word, "--");
	const char *equals = is_long ? strchr(word, '=') : NULL;
	size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);
	const struct cli_option *option = NULL;
	const char *value = equals != NULL ? equals + 1 : NULL;

	if (is_long)
		option = find(command, word + 2, len - 2, 0);
	else if (len == 2)
		option = find(command, NULL, 0, word[1]);
	if (option == NULL)
		return refuse(command, word, len);
	if (option->type == CLI_FLAG && value != NULL)
		return bh_error(BH_E_INVALID, "--%s takes no value", option->name);
	if (option->type != CLI_FLAG && value == NULL) {
		if (*at + 1 >= n_words)
			return bh_error(BH_E_INVALID, "--%s requires a value", option->name);
		value = words[++*at];
	}
	return store(option, value, out);
}

int
cli_options_read(const struct cli_command *command, const char *const *words, size_t n_words,
	struct cli_options *out, const char **args, size_t args_max, size_t *out_n)
{
	bool options = true;
	size_t n = 0;

	for (size_t i = 0; i < n_words; i++) {
		int rc = 0;

		if (options && strcmp(words[i], "--") == 0) {
			options = false;
		} else if (options && words[i][0] == '-' && words[i][1] != '\0') {
			rc = read_option(command, words, n_words, &i, out);
		} else if (n == args_max || n == command->most) {
			rc = bh_error(BH_E_INVALID, "unexpected argument: %.64s", words[i]);
		} else {
			args[n++] = words[i];
		}
		if (rc < 0)
			return rc;
	}
	if (n < command->least && !out->help)
		return bh_error(BH_E_INVALID, "missing argument: %s", command->arguments);
	*out_n = n;
	return 0;
}
