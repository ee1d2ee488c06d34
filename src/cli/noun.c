/* SPDX-License-Identifier: Apache-2.0 */
/* noun.c: listing, finding and changing a tenant's things over the operator's routes. */
#include "cli/noun.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sec/digest.h"

int
cli_noun_tenant(struct cli *cli, const struct cli_noun *noun, char out[BH_UUID_TEXT])
{
	return cli_api_option_tenant(cli, noun->preset, out);
}

static const char *
path_of(struct cli *cli, const struct cli_noun *noun, const char *tenant, const char *tail)
{
	return cli_api_path(cli, "/api/%s/api/tenants/%s/%s%s", noun->service, tenant, noun->path,
		tail);
}

static int
get_all(struct cli *cli, const struct cli_noun *noun, const char *tenant, struct bh_json_doc *out)
{
	const char *path = path_of(cli, noun, tenant, "");

	return noun->paged ? cli_api_list(cli, path, out)
					   : cli_api_control(cli, "GET", path, NULL, out);
}

int
cli_noun_list(struct cli *cli, const struct cli_noun *noun)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	char tenant[BH_UUID_TEXT];
	int status = cli_noun_tenant(cli, noun, tenant);

	if (status == CLI_OK)
		status = get_all(cli, noun, tenant, &doc);
	if (status != CLI_OK)
		return status;
	if (cli->options.json)
		cli_print_json(doc.root);
	else
		cli_print_table(cli, bh_json_get(doc.root, "data"), noun->columns, noun->n_columns);
	return CLI_OK;
}

int
cli_noun_send(struct cli *cli, const struct cli_noun *noun, const char *tenant, const char *method,
	const char *tail, struct bh_buf *body, struct bh_json_doc *out)
{
	int status = cli_api_control(cli, method, path_of(cli, noun, tenant, tail), body, out);

	if (body != NULL && body->data != NULL)
		bh_wipe(body->data, body->len);
	return status;
}

void
cli_noun_show(struct cli *cli, const struct cli_noun *noun, const struct bh_json *thing)
{
	if (cli->options.json)
		cli_print_json(thing);
	else
		cli_print_object(thing, noun->columns, noun->n_columns);
}

int
cli_noun_act(struct cli *cli, const struct cli_noun *noun, const char *tenant, const char *method,
	const char *tail, struct bh_buf *body)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = cli_noun_send(cli, noun, tenant, method, tail, body, &doc);

	if (status != CLI_OK)
		return status;
	if (doc.root != NULL)
		cli_noun_show(cli, noun, doc.root);
	else if (cli->options.json)
		puts("{}");
	return CLI_OK;
}

static bool
is_called(const struct cli_noun *noun, const struct bh_json *thing, const char *text)
{
	for (const char *const *member = noun->found_by; *member != NULL; member++) {
		const char *value = bh_json_get_string(thing, *member);

		if (value != NULL && strcasecmp(value, text) == 0)
			return true;
	}
	return false;
}

/* What was revoked keeps its name and is not meant by it. */
static bool
is_over(const struct bh_json *thing)
{
	int64_t revoked = 0;

	return bh_json_int(bh_json_get(thing, "revoked_at"), &revoked);
}

int
cli_noun_find(struct cli *cli, const struct cli_noun *noun, const char *tenant, const char *text,
	char out[BH_UUID_TEXT])
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const struct bh_json *data;
	struct bh_uuid id;
	size_t found = 0;
	int status;

	if (bh_uuid_parse(text, &id) == 0) {
		bh_uuid_format(&id, out);
		return CLI_OK;
	}
	status = get_all(cli, noun, tenant, &doc);
	if (status != CLI_OK)
		return status;
	data = bh_json_get(doc.root, "data");
	for (size_t i = 0; i < bh_json_count(data); i++) {
		const struct bh_json *thing = bh_json_at(data, i);
		const char *named = bh_json_get_string(thing, "id");

		if (named == NULL || !is_called(noun, thing, text) || is_over(thing) ||
			bh_uuid_parse(named, &id) < 0)
			continue;
		bh_uuid_format(&id, out);
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
