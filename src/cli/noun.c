/* SPDX-License-Identifier: Apache-2.0 */
/* noun.c: lists, finds and changes things over the operator's routes. */
#include "cli/noun.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/options.h"
#include "sec/digest.h"

int
cli_noun_tenant(struct cli *cli, const struct cli_noun *noun, char out[BH_UUID_TEXT])
{
	out[0] = '\0';
	return noun->find != NULL ? CLI_OK : cli_api_option_tenant(cli, noun->preset, out);
}

static const char *
path_of(struct cli *cli, const struct cli_noun *noun, const char *tenant)
{
	return noun->find != NULL ? cli_api_path(cli, "/api/%s/api/%s", noun->service, noun->path)
							  : cli_api_of(cli, noun->service, tenant, noun->path);
}

static int
get_all(struct cli *cli, const struct cli_noun *noun, const char *tenant, struct bh_json_doc *out)
{
	const char *path = path_of(cli, noun, tenant);

	return noun->paged ? cli_api_list(cli, path, out)
					   : cli_api_control(cli, "GET", path, NULL, out);
}

int
cli_noun_list(struct cli *cli)
{
	return cli_noun_list_of(cli, cli->command->act->noun);
}

int
cli_noun_list_of(struct cli *cli, const struct cli_noun *noun)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char tenant[BH_UUID_TEXT];
	int status = cli_noun_tenant(cli, noun, tenant);

	if (status == CLI_OK)
		status = get_all(cli, noun, tenant, &doc);
	if (status == CLI_OK)
		cli_print_list(cli, doc.root, noun->columns, noun->n_columns);
	return status;
}

static bool
is_called(const struct cli_noun *noun, const struct bh_json *thing, const char *text)
{
	/* What was revoked keeps its name and is not meant by it. */
	if (bh_json_kind(bh_json_get(thing, "revoked_at")) == BH_JSON_INT)
		return false;
	for (const char *const *member = noun->found_by; *member != NULL; member++) {
		const char *value = bh_json_get_string(thing, *member);

		if (value != NULL && strcasecmp(value, text) == 0)
			return true;
	}
	return false;
}

/* The one thing of the tenant that is called so. */
static int
search(struct cli *cli, const struct cli_noun *noun, const char *tenant, const char *text,
	struct bh_uuid *out)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *data;
	size_t found = 0;
	int status = get_all(cli, noun, tenant, &doc);

	if (status != CLI_OK)
		return status;
	data = bh_json_get(doc.root, "data");
	for (size_t i = 0; i < bh_json_count(data); i++) {
		const struct bh_json *thing = bh_json_at(data, i);
		const char *id = bh_json_get_string(thing, "id");

		if (id != NULL && is_called(noun, thing, text) && bh_uuid_parse(id, out) == 0)
			found++;
	}
	if (found == 1)
		return CLI_OK;
	if (found > 1)
		cli_say("the tenant has %zu %ss named '%.128s'; use the id instead", found, noun->name,
			text);
	else
		cli_say("%s '%.128s' not found; see `bulkhead %s list`", noun->name, text, noun->name);
	return found > 1 ? CLI_USAGE : CLI_NOT_FOUND;
}

int
cli_noun_find(struct cli *cli, const struct cli_noun *noun, const char *tenant, const char *text,
	const char **out)
{
	char found[BH_UUID_TEXT];
	struct bh_uuid id = {0};
	int status = CLI_OK;

	if (noun->find != NULL) {
		status = noun->find(cli, text, found);
	} else if (noun->found_by[0] == NULL) {
		*out = text;
		return CLI_OK;
	} else {
		if (bh_uuid_parse(text, &id) < 0)
			status = search(cli, noun, tenant, text, &id);
		bh_uuid_format(&id, found);
	}
	if (status == CLI_OK)
		*out = cli_api_path(cli, "%s", found);
	return status;
}

/* ---- acts ---- */

static int
check(const struct cli *cli, const struct cli_act *act)
{
	const char *const *required = (const void *)((const char *)&cli->options + act->required);

	if (act->hint == NULL || *required != NULL)
		return CLI_OK;
	return cli_refuse(CLI_USAGE, "--%s is required: %s", cli_options_name(act->required),
		act->hint);
}

static int
write_body(const struct cli *cli, const struct cli_act *act, struct bh_buf *out)
{
	if (act->changes && !cli_body_is_given(cli, act->members, act->n_members))
		return cli_refuse(CLI_USAGE, "no change specified; see `bulkhead help %s set`",
			act->noun->name);
	return act->members == NULL ? CLI_OK : cli_body_write(cli, act->members, act->n_members, out);
}

int
cli_noun_do(struct cli *cli, const struct cli_act *act, const char *text, struct cli_done *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const char *path;
	int status = check(cli, act);

	if (status == CLI_OK)
		status = cli_noun_tenant(cli, act->noun, out->tenant);
	if (status == CLI_OK)
		status = write_body(cli, act, &body);
	if (status == CLI_OK && act->tail != NULL)
		status = cli_noun_find(cli, act->noun, out->tenant, text, &out->id);
	path = path_of(cli, act->noun, out->tenant);
	if (status == CLI_OK && act->tail != NULL)
		path = cli_api_path(cli, "%s/%s%s", path, cli_api_escape(cli, out->id), act->tail);
	if (status == CLI_OK)
		status = cli_api_control(cli, act->method, path, body.data != NULL ? &body : NULL,
			&out->answer);
	if (body.data != NULL)
		bh_wipe(body.data, body.len);
	return status;
}

int
cli_noun_act(struct cli *cli, const struct cli_act *act, const char *text)
{
	struct cli_done done = {0};
	int status = cli_noun_do(cli, act, text, &done);

	if (done.answer.root != NULL)
		cli_print_thing(cli, done.answer.root, act->noun->columns, act->noun->n_columns);
	else if (status == CLI_OK && cli->options.json)
		puts("{}");
	if (status == CLI_OK && act->verb_end != NULL)
		cli_say("%s %s has been %s", act->noun->name, done.id, act->verb_end);
	bh_json_close(&done.answer);
	return status;
}

int
cli_noun_run(struct cli *cli)
{
	return cli_noun_act(cli, cli->command->act, cli->args[0]);
}
