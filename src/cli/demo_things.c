/* SPDX-License-Identifier: Apache-2.0 */
/* demo_things.c: the demonstration's people, keys, team, budgets, invitation and invoice: what an operator may make. */
#include <string.h>

#include "base/error.h"
#include "cli/api.h"
#include "cli/demo.h"
#include "json/fields.h"

const char *const cli_demo_emails[CLI_DEMO_PEOPLE] = {
	"olivia@northwind.example",
	"adam@northwind.example",
	"mira@northwind.example",
	"viktor@northwind.example",
};
static const char *const names[CLI_DEMO_PEOPLE] = {"Olivia Ortega", "Adam Novak", "Mira Lindqvist",
	"Viktor Iyer"};
static const char *const roles[CLI_DEMO_PEOPLE] = {"owner", "admin", "member", "viewer"};
static const char *const key_names[CLI_DEMO_KEYS] = {"Website assistant", "Weekly report"};

#define TEAM "Customer care"
#define INVITED "noor@northwind.example"

/* The row of a list whose member is this text: its id; false when there is none. */
static bool
find(const struct bh_json *list, const char *member, const char *value, struct bh_uuid *out)
{
	const struct bh_json *row = cli_api_row(list, member, value);
	const char *id = row != NULL ? bh_json_get_string(row, "id") : NULL;

	return id != NULL && bh_uuid_parse(id, out) == 0;
}

static int
id_of(const struct bh_json *thing, struct bh_uuid *out)
{
	const char *id = bh_json_get_string(thing, "id");

	if (id == NULL || bh_uuid_parse(id, out) < 0)
		return cli_refuse(CLI_FAILED, "the platform did not tell what it made");
	return CLI_OK;
}

/* ---- people ---- */

static int
make_person(struct cli_demo *demo, size_t i)
{
	struct person {
		const char *email, *name, *role, *password;
	};
	static const struct bh_field fields[] = {
		{"email", BH_FIELD_TEXT, offsetof(struct person, email)},
		{"name", BH_FIELD_TEXT, offsetof(struct person, name)},
		{"role", BH_FIELD_TEXT, offsetof(struct person, role)},
		{"password", BH_FIELD_TEXT, offsetof(struct person, password)},
	};
	const struct person person = {cli_demo_emails[i], names[i], roles[i], demo->password};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = cli_api_send(demo->cli, "POST",
		cli_api_of(demo->cli, "auth", demo->tenant, "users"), BH_LIST(fields), &person, &doc);

	return status == CLI_OK ? id_of(doc.root, &demo->people[i]) : status;
}

int
cli_demo_people(struct cli_demo *demo)
{
	BH_AUTO(bh_json_close) struct bh_json_doc users = {0};
	int status = cli_api_list(demo->cli, cli_api_of(demo->cli, "auth", demo->tenant, "users"),
		&users);

	for (size_t i = 0; status == CLI_OK && i < CLI_DEMO_PEOPLE; i++) {
		if (!find(users.root, "email", cli_demo_emails[i], &demo->people[i]))
			status = make_person(demo, i);
	}
	return status;
}

/* ---- team, keys, budgets, invitation ---- */

static int
find_or_make_team(struct cli_demo *demo)
{
	BH_AUTO(bh_json_close) struct bh_json_doc teams = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc made = {0};
	int status = cli_api_list(demo->cli, cli_api_of(demo->cli, "billing", demo->tenant, "teams"),
		&teams);

	if (status != CLI_OK || find(teams.root, "name", TEAM, &demo->team))
		return status;
	status = cli_demo_make(demo, "billing", "teams", "{\"name\":\"" TEAM "\"}", &made);
	return status == CLI_OK ? id_of(made.root, &demo->team) : status;
}

/* Their secrets are forgotten: whoever needs one makes a key. */
static int
find_or_make_keys(struct cli_demo *demo)
{
	BH_AUTO(bh_json_close) struct bh_json_doc keys = {0};
	char team[BH_UUID_TEXT];
	int status = cli_api_list(demo->cli, cli_api_of(demo->cli, "auth", demo->tenant, "keys"),
		&keys);

	bh_uuid_format(&demo->team, team);
	for (size_t i = 0; status == CLI_OK && i < CLI_DEMO_KEYS; i++) {
		BH_AUTO(bh_json_close) struct bh_json_doc made = {0};

		if (find(keys.root, "name", key_names[i], &demo->keys[i]))
			continue;
		status = cli_demo_make(demo, "auth", "keys",
			cli_api_path(demo->cli, "{\"name\":\"%s\",\"team_id\":\"%s\"}", key_names[i], team),
			&made);
		if (status == CLI_OK)
			status = id_of(made.root, &demo->keys[i]);
	}
	return status;
}

static int
set_budget(struct cli_demo *demo, const char *kind, const struct bh_uuid *owner, const char *json)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	char id[BH_UUID_TEXT];

	bh_uuid_format(owner, id);
	bh_buf_text(&body, json);
	return cli_api_control(demo->cli, "PUT",
		cli_api_of(demo->cli, "billing", demo->tenant,
			cli_api_path(demo->cli, "budgets/%s/%s", kind, id)),
		&body, NULL);
}

/* One that waits, so that the list has one. */
static int
find_or_make_invitation(struct cli_demo *demo)
{
	BH_AUTO(bh_json_close) struct bh_json_doc waiting = {0};
	int status = cli_api_list(demo->cli, cli_api_of(demo->cli, "auth", demo->tenant, "invitations"),
		&waiting);

	if (status != CLI_OK || cli_api_row(waiting.root, "email", INVITED) != NULL)
		return status;
	return cli_demo_make(demo, "auth", "invitations",
		"{\"email\":\"" INVITED "\",\"role\":\"member\"}", NULL);
}

int
cli_demo_things(struct cli_demo *demo)
{
	struct bh_uuid tenant;
	int status = find_or_make_team(demo);

	if (bh_uuid_parse(demo->tenant, &tenant) < 0)
		return CLI_FAILED;
	if (status == CLI_OK)
		status = find_or_make_keys(demo);
	if (status == CLI_OK)
		status = set_budget(demo, "team", &demo->team,
			"{\"month\":\"40\",\"thresholds\":[80,100]}");
	if (status == CLI_OK)
		status = set_budget(demo, "user", &demo->people[2], "{\"month\":\"15\"}");
	if (status == CLI_OK)
		status = set_budget(demo, "tenant", &tenant, "{\"day\":\"50\",\"thresholds\":[50,80,100]}");
	return status == CLI_OK ? find_or_make_invitation(demo) : status;
}

/* ---- the invoice ---- */

/* *out (closed by the caller) stays empty where the instance names no seller: it can have no invoices, which is told
 * and no failure of the demonstration. */
static int
bill(struct cli_demo *demo, const char *what, const char *json, struct bh_json_doc *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status;

	if (json != NULL)
		bh_buf_text(&body, json);
	status = cli_api_quiet(demo->cli, "POST", cli_api_of(demo->cli, "billing", demo->tenant, what),
		json != NULL ? &body : NULL, &doc);
	if (status < 0)
		return cli_fail(status);
	if (status >= 300) {
		cli_api_refused(status, doc.root);
		return status == 400 ? CLI_OK : CLI_FAILED;
	}
	*out = doc;
	doc = (struct bh_json_doc){0};
	return CLI_OK;
}

int
cli_demo_invoice(struct cli_demo *demo)
{
	BH_AUTO(bh_json_close) struct bh_json_doc invoices = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc draft = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc final = {0};
	const char *id;
	int status = cli_api_list(demo->cli, cli_api_of(demo->cli, "billing", demo->tenant, "invoices"),
		&invoices);

	if (status != CLI_OK || bh_json_count(bh_json_get(invoices.root, "data")) > 0)
		return status;
	status = bill(demo, "invoices", "{}", &draft);
	id = bh_json_get_string(draft.root, "id");
	if (status == CLI_OK && id != NULL)
		status = bill(demo, cli_api_path(demo->cli, "invoices/%s/finalize", id), NULL, &final);
	if (status == CLI_OK && final.root == NULL)
		cli_say("the demonstration has no invoice");
	return status;
}
